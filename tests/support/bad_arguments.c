#include "tests/support/bad_arguments.h"

#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <string.h>

static double doubles[MAX_MATRICES][ROOM * ROOM];
static float floats[MAX_MATRICES][ROOM * ROOM];

gsl_matrix bad_wide(const bad_arguments *a, int m)
{
    return (gsl_matrix){a->shapes[m][0], a->shapes[m][1], ROOM, doubles[m], NULL, 0};
}

gsl_vector bad_line(const bad_arguments *a, int m)
{
    return (gsl_vector){a->shapes[m][1], 1, doubles[m], NULL, 0};
}

fast_view bad_narrow(const bad_arguments *a, int m)
{
    return (fast_view){floats[m],       1,           1,           a->shapes[m][0],
                       a->shapes[m][1], ROOM * ROOM, ROOM * ROOM, ROOM};
}

const int *bad_list(const bad_arguments *a, int m)
{
    static int list[ROOM];
    memset(list, 0, sizeof list);
    list[a->shapes[m][0] > 0 ? a->shapes[m][0] - 1 : 0] = a->choice;
    return list;
}

static void check_status(const bad_call *call, const char *whose, int status)
{
    CHECK(status == call->expected, "%s, %s: status %d, '%s', expected %d", call->name, whose,
          status, suite_last_error(), call->expected);
    CHECK(status == GSL_SUCCESS || strchr(suite_last_error(), ' '), "%s, %s: no sentence but '%s'",
          call->name, whose, suite_last_error());
    suite_forget_error();
}

void check_bad_calls(const bad_call *calls, size_t n_calls)
{
    for (size_t n = 0; n < n_calls; n++) {
        check_status(&calls[n], "reference", calls[n].ref(&calls[n].arguments));
        for (size_t isa = 0; kernels_at(isa); isa++) {
            guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 22);
            check_status(&calls[n], kernels_at(isa)->name,
                         calls[n].fast(&calls[n].arguments, &ample->context));
            guarded_free(ample);
        }
    }
}
