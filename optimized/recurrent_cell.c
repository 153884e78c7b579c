/* Recurrent networks, forward.
 *
 * What differs from reference/recurrent_cell.c:
 *   1. all sequences of a batch take a step together, so that U^T h_{t-1} of all is one product;
 *   2. sequences do not depend on each other: each OpenMP task walks all steps of its own, and no
 *      thread ever waits for another. No number depends on how the batch is cut;
 *   3. U is packed once for all steps;
 *   4. the products of some units, as many as a register tile is wide, are made for all their
 *      gates, and become gates and state while they are in the cache;
 *   5. b and b' are added up once, and to the products, not the products to them;
 *   6. where there is no initial state, the first step has no product.
 * The steps are in recurrent_steps.c, the backward pass is in recurrent_backward.c. */
#include "optimized/recurrent_cell.h"
#include "optimized/checks.h"
#include "optimized/projection.h"
#include "optimized/recurrent_checks.h"
#include "optimized/recurrent_steps.h"
#include "optimized/recurrent_walk.h"
#include <gsl/gsl_errno.h>

/** Bytes for a = X W, whichever way the tokens are stored. */
static size_t inputs_size(const fast_view *x, const fast_recurrent_cell *parameters,
                          const fast_context *context)
{
    fast_view swapped = by_token(x);
    return larger_of(fast_projection_forward_size(x, &parameters->weight_x, context),
                     fast_projection_forward_size(&swapped, &parameters->weight_x, context));
}

size_t fast_recurrent_forward_size(const fast_view *x, const fast_recurrent_cell *parameters,
                                   const fast_recurrent_walk *walk, const fast_context *context)
{
    if (is_empty(x) || is_empty(&parameters->weight_h)) {
        return 0;
    }
    fast_packed_cell packed;
    size_t steps = fast_recurrent_steps_size(x, parameters->weight_h.n_rows, walk, context);
    return fast_size_sum(
        fast_packed_cell_take(x, parameters, walk, context->kernels, NULL, &packed),
        larger_of(steps, inputs_size(x, parameters, context)));
}

/** a = W^T x_t without its bias, for all tokens of all sequences in one product. */
static int multiply_inputs(const fast_view *x, const fast_recurrent_cell *parameters,
                           const fast_view *gates, fast_context *context)
{
    fast_view rows = *x, a = *gates;
    if (is_stored_by_token(x) && is_stored_by_token(gates)) {
        rows = by_token(x);
        a = by_token(gates);
    }
    return fast_projection_forward(&rows, &parameters->weight_x, NULL, &a, context);
}

int fast_recurrent_forward(const fast_view *x, const fast_recurrent_state *initial,
                           const fast_recurrent_cell *parameters, const fast_recurrent_walk *walk,
                           const fast_recurrent_cache *cache, const fast_recurrent_state *final,
                           fast_view *output, fast_context *context)
{
    int status = fast_recurrent_check(x, initial, parameters, walk, cache, final, output);
    if (status == GSL_SUCCESS) {
        status = fast_recurrent_check_overlap(walk, cache, final, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    if (!fast_workspace_take(&all, fast_recurrent_forward_size(x, parameters, walk, context))) {
        GSL_ERROR("the workspace is smaller than fast_recurrent_forward_size()", GSL_ENOMEM);
    }
    fast_packed_cell packed;
    fast_packed_cell_take(x, parameters, walk, context->kernels, &rest, &packed);
    fast_context behind = {context->kernels, context->n_threads, &rest};
    status = multiply_inputs(x, parameters, &cache->gates, &behind);
    if (status == GSL_SUCCESS) {
        fast_packed_cell_fill(&packed, parameters, walk, &behind);
        fast_recurrent_steps(&packed, initial, walk, cache, final, output, &behind);
    }
    return status;
}
