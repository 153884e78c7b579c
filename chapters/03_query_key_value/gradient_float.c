/* The loss of the gradient problem by the optimized forward pass. */
#include "chapters/03_query_key_value/gradient_problem.h"

#include "chapters/common/program/program.h"
#include "optimized/query_key_value.h"
#include <stdlib.h>

enum { MAX_FLOATS = 64 /* of any matrix of the problem */ };

/* Everything that the call takes. */
typedef struct {
    float numbers[N_INPUTS + 5][MAX_FLOATS];
    fast_view inputs[N_INPUTS];
    fast_query_key_value_cache cache;
    fast_view output;
} floats;

static fast_view narrow(const gsl_matrix *x, float *numbers)
{
    for (size_t i = 0; i < x->size1 * x->size2; i++) {
        numbers[i] = (float)gsl_matrix_get(x, i / x->size2, i % x->size2);
    }
    return fast_view_matrix(numbers, x->size1, x->size2);
}

double problem_loss_float(gradient_problem *of)
{
    floats *all = program_allocate(1, sizeof *all);
    for (size_t n = 0; n < N_INPUTS; n++) {
        all->inputs[n] = narrow(of->inputs[n], all->numbers[n]);
    }
    float(*rest)[MAX_FLOATS] = all->numbers + N_INPUTS;
    all->cache = (fast_query_key_value_cache){
        fast_view_matrix(rest[0], P_N_Q, P_D_K), fast_view_matrix(rest[1], P_N_K, P_D_K),
        fast_view_matrix(rest[2], P_N_K, P_D_V), fast_view_matrix(rest[3], 1, P_N_Q)};
    all->output = fast_view_matrix(rest[4], P_N_Q, P_D_V);
    const fast_query_key_value parameters = {all->inputs[IN_WEIGHT_Q], all->inputs[IN_BIAS_Q],
                                             all->inputs[IN_WEIGHT_K], all->inputs[IN_BIAS_K],
                                             all->inputs[IN_WEIGHT_V], all->inputs[IN_BIAS_V]};
    const fast_view *x = &all->inputs[IN_X], *memory = &all->inputs[IN_MEMORY];
    fast_context context = {.kernels = fast_kernels_best(), .n_threads = 1};
    context.workspace =
        fast_workspace_alloc(fast_query_key_value_forward_size(x, memory, &parameters, &context));
    program_check(fast_query_key_value_forward(x, memory, &parameters, (float)of->scale, NULL,
                                               &all->cache, &all->output, &context));
    double sum = 0.0;
    for (size_t i = 0; i < (size_t)P_N_Q * P_D_V; i++) {
        sum += gsl_matrix_get(of->grad_output, i / P_D_V, i % P_D_V) * (double)rest[4][i];
    }
    fast_workspace_free(context.workspace);
    free(all);
    return sum;
}
