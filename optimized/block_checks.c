/* What a block asks of its arguments. */
#include "optimized/block_checks.h"
#include "optimized/checks.h"
#include "optimized/multi_head_checks.h"
#include "optimized/rows.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/** Whether parameters, or their gradients, belong to a block of this width, but for those of the
 *  attention. */
static bool parameters_fit(const fast_block *p, size_t d_model, size_t n_hidden)
{
    const fast_feed_forward *layers = &p->feed_forward;
    return is_one_matrix(&p->gain_1, 1, d_model) && is_one_matrix(&p->bias_1, 1, d_model) &&
           is_one_matrix(&p->gain_2, 1, d_model) && is_one_matrix(&p->bias_2, 1, d_model) &&
           is_one_matrix(&layers->weight_1, d_model, n_hidden) &&
           is_one_matrix(&layers->bias_1, 1, n_hidden) &&
           is_one_matrix(&layers->weight_2, n_hidden, d_model) &&
           is_one_matrix(&layers->bias_2, 1, d_model);
}

static bool has_rows(const fast_view *view, const fast_view *x, size_t n_rows, size_t n_cols)
{
    return have_same_heads(view, x) && has_shape(view, n_rows, n_cols);
}

static bool cache_fits(const fast_block_cache *cache, const fast_view *x, size_t n_hidden)
{
    size_t n = x->n_rows, d_model = x->n_cols;
    return has_rows(&cache->mean_1, x, 1, n) && has_rows(&cache->rate_1, x, 1, n) &&
           has_rows(&cache->mean_2, x, 1, n) && has_rows(&cache->rate_2, x, 1, n) &&
           has_rows(&cache->norm_1, x, n, d_model) && has_rows(&cache->middle, x, n, d_model) &&
           has_rows(&cache->norm_2, x, n, d_model) && has_rows(&cache->hidden, x, n, n_hidden);
}

static int check_choices(const fast_block_shape *shape, const fast_dropout *dropout)
{
    if (shape->norm != FAST_PRE_NORM && shape->norm != FAST_POST_NORM) {
        GSL_ERROR("the normalisations must stand before or behind the layers", GSL_EINVAL);
    }
    if (shape->activation != FAST_RELU && shape->activation != FAST_GELU) {
        GSL_ERROR("the activation must be ReLU or GELU", GSL_EINVAL);
    }
    if (!(shape->epsilon > 0.0f && isfinite(shape->epsilon))) {
        GSL_ERROR("epsilon must be positive and finite", GSL_EINVAL);
    }
    if (dropout != NULL && !(dropout->rate >= 0.0 && dropout->rate < 1.0)) {
        GSL_ERROR("the rate of dropout must be in [0, 1)", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

int fast_check_block(const fast_view *x, const fast_block *parameters,
                     const fast_block_shape *shape, const fast_mask *mask,
                     const fast_dropout *dropout, const fast_block_cache *cache,
                     const fast_view *output, const fast_context *context)
{
    size_t n_hidden = parameters->feed_forward.weight_1.n_cols;
    if (!has_rows(output, x, x->n_rows, x->n_cols)) {
        GSL_ERROR("input and output must have the same shape", GSL_EBADLEN);
    }
    if (!parameters_fit(parameters, x->n_cols, n_hidden)) {
        GSL_ERROR("the parameters must fit the columns of x and one another", GSL_EBADLEN);
    }
    if (!cache_fits(cache, x, n_hidden)) {
        GSL_ERROR("the cache must fit x and the hidden layer", GSL_EBADLEN);
    }
    if (is_empty(x) || n_hidden == 0) {
        GSL_ERROR("there must be at least one row, one column and one hidden unit", GSL_EINVAL);
    }
    int status = check_choices(shape, dropout);
    return status ? status
                  : fast_check_multi_head(x, x, &parameters->attention, mask, &cache->attention,
                                          output, context);
}

int fast_check_block_gradients(const fast_view *x, const fast_block *parameters,
                               const fast_block_cache *cache, const fast_view *grad_x,
                               const fast_block *gradients)
{
    size_t n_hidden = parameters->feed_forward.weight_1.n_cols;
    if (!has_rows(grad_x, x, x->n_rows, x->n_cols) ||
        !parameters_fit(gradients, x->n_cols, n_hidden)) {
        GSL_ERROR("x and the parameters must have the shape of their gradients", GSL_EBADLEN);
    }
    if (overlaps_itself(grad_x) || overlaps_itself(&gradients->feed_forward.weight_1) ||
        overlaps_itself(&gradients->feed_forward.weight_2)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    return fast_check_multi_head_gradients(x, x, &parameters->attention, &cache->attention, grad_x,
                                           grad_x, &gradients->attention);
}
