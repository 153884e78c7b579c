/* What additive attention asks of its arguments. */
#include "optimized/additive_checks.h"
#include "optimized/attention_checks.h"
#include "optimized/checks.h"
#include "optimized/rows.h"
#include <gsl/gsl_errno.h>

int fast_check_additive(const fast_view *x, const attention_problem *a,
                        const fast_additive_attention *p, const fast_additive_cache *cache,
                        const fast_view *output)
{
    const fast_view *keys = a->k;
    if (!is_one_matrix(&p->weight_q, x->n_cols, keys->n_cols) || x->n_heads != 1 ||
        !have_same_heads(&cache->q, x) || !has_shape(&cache->q, x->n_rows, keys->n_cols)) {
        GSL_ERROR("W must lead from the columns of x to those of the keys", GSL_EBADLEN);
    }
    if (!is_one_matrix(&p->v, 1, keys->n_cols)) {
        GSL_ERROR("there must be one row v with one number per column of the keys", GSL_EBADLEN);
    }
    if (cache->powers != NULL && !fast_additive_powers_fit(cache->powers, keys)) {
        GSL_ERROR("there must be one power per key and hidden unit", GSL_EBADLEN);
    }
    int status = fast_check_attention(a, &cache->log_sum_exp, output);
    if (status == GSL_SUCCESS && is_empty(x)) {
        GSL_ERROR("there must be at least one column of x", GSL_EINVAL);
    }
    if (status == GSL_SUCCESS && a->mask.relative_bias != NULL) {
        GSL_ERROR("additive attention takes no relative bias", GSL_EINVAL);
    }
    return status;
}

int fast_check_additive_gradients(const fast_view *x, const attention_problem *a,
                                  const fast_additive_attention *p,
                                  const fast_additive_cache *cache, const fast_view *output,
                                  const fast_view *grad_output, const fast_view *grad_x,
                                  const fast_view *grad_keys, const fast_view *grad_memory,
                                  const fast_additive_attention *grad)
{
    if (!same_shape(grad_x, x) || !same_shape(grad_keys, a->k) || !same_shape(grad_memory, a->v)) {
        GSL_ERROR("x, the keys and the memory must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!is_one_matrix(&grad->weight_q, p->weight_q.n_rows, p->weight_q.n_cols) ||
        !is_one_matrix(&grad->v, 1, p->v.n_cols)) {
        GSL_ERROR("W and v must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!same_shape(grad_output, output)) {
        GSL_ERROR("the output and its gradient must have the same shape", GSL_EBADLEN);
    }
    int status = fast_check_additive(x, a, p, cache, output);
    if (status == GSL_SUCCESS &&
        (overlaps_itself(grad_x) || overlaps_itself(grad_keys) || overlaps_itself(grad_memory) ||
         overlaps_itself(&grad->weight_q))) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    return status;
}
