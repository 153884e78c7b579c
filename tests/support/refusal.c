#include "tests/support/refusal.h"

#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <string.h>

static double doubles[MAX_ARGUMENTS][ROOM * ROOM];
static float floats[MAX_ARGUMENTS][ROOM * ROOM];

gsl_matrix wide(const size_t shape[2], int n)
{
    return (gsl_matrix){shape[0], shape[1], ROOM, doubles[n], NULL, 0};
}

gsl_vector wide_line(size_t size, int n)
{
    return (gsl_vector){size, 1, doubles[n], NULL, 0};
}

fast_view narrow(const size_t shape[2], int n)
{
    return (fast_view){floats[n], 1, 1, shape[0], shape[1], ROOM * ROOM, ROOM * ROOM, ROOM};
}

fast_view narrow_line(size_t size, int n)
{
    return narrow((const size_t[]){1, size}, n);
}

void check_refusal(const char *name, const char *whose, int status, int expected)
{
    CHECK(status == expected, "%s, %s: status %d, '%s', expected %d", name, whose, status,
          suite_last_error(), expected);
    CHECK(status == GSL_SUCCESS || strchr(suite_last_error(), ' '), "%s, %s: no sentence but '%s'",
          name, whose, suite_last_error());
    suite_forget_error();
}

void check_refusal_by_kernels(const char *name, int (*call)(const void *, fast_context *),
                              const void *arguments, int expected)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 22);
        check_refusal(name, kernels_at(isa)->name, call(arguments, &ample->context), expected);
        guarded_free(ample);
    }
}
