/* Recurrent networks, backward: the steps in reverse. The numbers go on from recurrent_cell.c:
 *
 *   7. U^T is packed once for all steps;
 *   8. the steps hand dh on and leave da, du and a copy of h_{t-1} in rows as those of X, so that
 *      the gradients of the parameters are whole-sequence products, afterwards;
 *   9. the rows of padding are 0 there, and so is then X: nothing that stands in padding counts.
 * The steps are in recurrent_steps_backward.c. */
#include "optimized/checks.h"
#include "optimized/recurrent_cell.h"
#include "optimized/recurrent_checks.h"
#include "optimized/recurrent_gradients.h"
#include "optimized/recurrent_steps.h"
#include "optimized/recurrent_walk.h"
#include <gsl/gsl_errno.h>

size_t fast_recurrent_backward_size(const fast_view *x, const fast_recurrent_cell *parameters,
                                    const fast_recurrent_walk *walk, const fast_context *context)
{
    if (is_empty(x) || is_empty(&parameters->weight_h)) {
        return 0;
    }
    fast_packed_cell_backward packed;
    size_t steps =
        fast_recurrent_steps_backward_size(x, parameters->weight_h.n_rows, walk, context);
    size_t products = fast_recurrent_gradients_size(x, parameters, walk, context);
    return fast_size_sum(
        fast_packed_cell_backward_take(x, parameters, walk, context->kernels, NULL, &packed),
        larger_of(steps, products));
}

int fast_recurrent_backward(const fast_view *x, const fast_recurrent_state *initial,
                            const fast_recurrent_cell *parameters, const fast_recurrent_walk *walk,
                            const fast_recurrent_cache *cache, const fast_view *output,
                            const fast_view *grad_output, const fast_recurrent_state *grad_final,
                            fast_view *grad_x, const fast_recurrent_state *grad_initial,
                            const fast_recurrent_cell *gradients, fast_context *context)
{
    int status =
        fast_recurrent_check_backward(x, initial, parameters, walk, cache, output, grad_output,
                                      grad_final, grad_x, grad_initial, gradients);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    if (!fast_workspace_take(&all, fast_recurrent_backward_size(x, parameters, walk, context))) {
        GSL_ERROR("the workspace is smaller than fast_recurrent_backward_size()", GSL_ENOMEM);
    }
    fast_packed_cell_backward packed;
    fast_packed_cell_backward_take(x, parameters, walk, context->kernels, &rest, &packed);
    fast_context behind = {context->kernels, context->n_threads, &rest};
    fast_packed_cell_backward_fill(&packed, &behind);
    fast_recurrent_steps_backward(&packed, initial, walk, cache, output, grad_output, grad_final,
                                  grad_initial, &behind);
    return fast_recurrent_add_gradients(&packed.rows, x, parameters, walk, grad_x, gradients,
                                        &behind);
}
