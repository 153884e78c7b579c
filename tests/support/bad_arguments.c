#include "tests/support/bad_arguments.h"

#include "tests/support/runs.h"
#include <string.h>

gsl_matrix bad_wide(const bad_arguments *a, int m)
{
    return wide(a->shapes[m], m);
}

gsl_vector bad_line(const bad_arguments *a, int m)
{
    return wide_line(a->shapes[m][1], m);
}

fast_view bad_narrow(const bad_arguments *a, int m)
{
    return narrow(a->shapes[m], m);
}

const int *bad_list(const bad_arguments *a, int m)
{
    static int list[ROOM];
    memset(list, 0, sizeof list);
    list[a->shapes[m][0] > 0 ? a->shapes[m][0] - 1 : 0] = a->choice;
    return list;
}

void check_bad_calls(const bad_call *calls, size_t n_calls)
{
    for (size_t n = 0; n < n_calls; n++) {
        const bad_call *call = &calls[n];
        check_refusal(call->name, "reference", call->ref(&call->arguments), call->expected);
        for (size_t isa = 0; kernels_at(isa); isa++) {
            guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 22);
            check_refusal(call->name, kernels_at(isa)->name,
                          call->fast(&call->arguments, &ample->context), call->expected);
            guarded_free(ample);
        }
    }
}
