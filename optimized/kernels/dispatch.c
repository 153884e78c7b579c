/* Which tables there are, and which of them this machine can run. */
#include "optimized/kernels/kernels.h"
#include <gsl/gsl_errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Each is defined by table_f32.c, which is compiled once for every instruction set. */
extern const fast_kernels fast_kernels_portable;

static bool runs_always(void)
{
    return true;
}

#if defined(__x86_64__)
extern const fast_kernels fast_kernels_avx2;
extern const fast_kernels fast_kernels_avx512;

static bool runs_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool runs_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && runs_avx2();
}
#endif

/* Slowest first. */
static const struct {
    const fast_kernels *kernels;
    bool (*can_run)(void);
} tables[] = {
    {&fast_kernels_portable, runs_always},
#if defined(__x86_64__)
    {&fast_kernels_avx2, runs_avx2},
    {&fast_kernels_avx512, runs_avx512},
#endif
};

enum { N_TABLES = sizeof tables / sizeof tables[0] };

const fast_kernels *fast_kernels_at(size_t index)
{
    for (size_t t = 0; t < N_TABLES; t++) {
        if (tables[t].can_run() && index-- == 0) {
            return tables[t].kernels;
        }
    }
    return NULL;
}

const fast_kernels *fast_kernels_named(const char *name)
{
    for (size_t t = 0; t < N_TABLES; t++) {
        if (strcmp(tables[t].kernels->name, name) == 0) {
            return tables[t].can_run() ? tables[t].kernels : NULL;
        }
    }
    return NULL;
}

const fast_kernels *fast_kernels_best(void)
{
    static atomic_flag is_reported = ATOMIC_FLAG_INIT;
    const char *name = getenv("FAST_KERNELS");
    if (name != NULL && name[0] != '\0') {
        const fast_kernels *wanted = fast_kernels_named(name);
        if (wanted != NULL) {
            return wanted;
        }
        if (!atomic_flag_test_and_set(&is_reported)) {
            gsl_error("FAST_KERNELS names no kernels that this machine can run; the best are taken",
                      __FILE__, __LINE__, GSL_EINVAL);
        }
    }
    for (size_t t = N_TABLES - 1; t > 0; t--) {
        if (tables[t].can_run()) {
            return tables[t].kernels;
        }
    }
    return tables[0].kernels;
}
