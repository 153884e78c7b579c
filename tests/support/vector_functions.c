#include "tests/support/kernels/vector_functions.h"

#include <string.h>

extern const vector_functions vector_functions_portable;
#if defined(__x86_64__)
extern const vector_functions vector_functions_avx2, vector_functions_avx512;
#endif

const vector_functions *vector_functions_named(const char *name)
{
    const vector_functions *const all[] = {
        &vector_functions_portable,
#if defined(__x86_64__)
        &vector_functions_avx2,
        &vector_functions_avx512,
#endif
    };
    for (size_t n = 0; n < sizeof all / sizeof all[0]; n++) {
        if (strcmp(all[n]->name, name) == 0) {
            return all[n];
        }
    }
    return NULL;
}
