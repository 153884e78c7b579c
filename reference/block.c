#include "reference/block.h"
#include "reference/checks.h"
#include "reference/layer_norm.h"
#include "reference/multi_head_checks.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdbool.h>

/* ---- Checks ---------------------------------------------------------------------------------- */

/* Whether parameters, or their gradients, belong to a block of this width, but for those of the
 * attention. */
static bool parameters_fit(const ref_block *p, size_t d_model, size_t n_hidden)
{
    const ref_feed_forward *layers = &p->feed_forward;
    return p->gain_1->size == d_model && p->bias_1->size == d_model && p->gain_2->size == d_model &&
           p->bias_2->size == d_model && has_shape(layers->weight_1, d_model, n_hidden) &&
           layers->bias_1->size == n_hidden && has_shape(layers->weight_2, n_hidden, d_model) &&
           layers->bias_2->size == d_model;
}

static bool cache_fits(const ref_block_cache *cache, size_t n, size_t d_model, size_t n_hidden)
{
    return cache->mean_1->size == n && cache->rate_1->size == n && cache->mean_2->size == n &&
           cache->rate_2->size == n && has_shape(cache->norm_1, n, d_model) &&
           has_shape(cache->middle, n, d_model) && has_shape(cache->norm_2, n, d_model) &&
           has_shape(cache->hidden, n, n_hidden) && has_shape(cache->activated, n, n_hidden);
}

static int check_choices(const ref_block_shape *shape, const ref_dropout *dropout)
{
    if (shape->norm != REF_PRE_NORM && shape->norm != REF_POST_NORM) {
        GSL_ERROR("the normalisations must stand before or behind the layers", GSL_EINVAL);
    }
    if (shape->activation != REF_RELU && shape->activation != REF_GELU) {
        GSL_ERROR("the activation must be ReLU or GELU", GSL_EINVAL);
    }
    if (!(shape->epsilon > 0.0 && isfinite(shape->epsilon))) {
        GSL_ERROR("epsilon must be positive and finite", GSL_EINVAL);
    }
    if (dropout && !(dropout->rate >= 0.0 && dropout->rate < 1.0)) {
        GSL_ERROR("the rate of dropout must be in [0, 1)", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* All is checked here, also what the attention asks: no layer begins if a later one would refuse. */
static int check_block(const gsl_matrix *x, const ref_block *parameters,
                       const ref_block_shape *shape, const ref_mask *mask,
                       const ref_dropout *dropout, const ref_block_cache *cache,
                       const gsl_matrix *output)
{
    size_t n_hidden = parameters->feed_forward.weight_1->size2;
    if (!same_shape(output, x)) {
        GSL_ERROR("input and output must have the same shape", GSL_EBADLEN);
    }
    if (!parameters_fit(parameters, x->size2, n_hidden)) {
        GSL_ERROR("the parameters must fit the columns of x and one another", GSL_EBADLEN);
    }
    if (!cache_fits(cache, x->size1, x->size2, n_hidden)) {
        GSL_ERROR("the cache must fit x and the hidden layer", GSL_EBADLEN);
    }
    if (is_empty(x) || n_hidden == 0) {
        GSL_ERROR("there must be at least one row, one column and one hidden unit", GSL_EINVAL);
    }
    int status = check_choices(shape, dropout);
    return status ? status
                  : ref_check_multi_head(x, x, &parameters->attention, mask, &cache->attention,
                                         output);
}

/* ---- Dropout of what a layer adds to the residual path --------------------------------------- */

/* The attention is layer 0, the feed-forward layer is layer 1: each has a seed of its own. */
static ref_dropout dropout_of(const ref_dropout *dropout, unsigned layer)
{
    ref_dropout own = *dropout;
    own.seed += layer;
    return own;
}

static void drop(const ref_dropout *dropout, unsigned layer, gsl_matrix *added)
{
    if (dropout) {
        ref_dropout own = dropout_of(dropout, layer);
        ref_dropout_forward(added, &own, added);
    }
}

/* grad_added = what of the path's gradient belongs to the layer */
static void drop_backward(const ref_dropout *dropout, unsigned layer, const gsl_matrix *grad_path,
                          gsl_matrix *grad_added)
{
    if (dropout) {
        ref_dropout own = dropout_of(dropout, layer);
        gsl_matrix_set_zero(grad_added);
        ref_dropout_backward(&own, grad_path, grad_added);
    } else {
        gsl_matrix_memcpy(grad_added, grad_path);
    }
}

/* ---- Forward --------------------------------------------------------------------------------- */

// [block-forward]
static int pre_norm_forward(const gsl_matrix *x, const ref_block *p, const ref_block_shape *shape,
                            const ref_mask *mask, const ref_dropout *dropout,
                            const ref_block_cache *c, gsl_matrix *y)
{
    // [pre-norm-forward]
    /* Z = X + dropout(attention(norm_1(X))) */
    ref_layer_norm_forward(x, p->gain_1, p->bias_1, shape->epsilon, c->mean_1, c->rate_1,
                           c->norm_1);
    int status =
        ref_multi_head_forward(c->norm_1, c->norm_1, &p->attention, mask, &c->attention, c->middle);
    if (status != GSL_SUCCESS) {
        return status;
    }
    drop(dropout, 0, c->middle);
    gsl_matrix_add(c->middle, x);

    /* Y = Z + dropout(feed_forward(norm_2(Z))) */
    ref_layer_norm_forward(c->middle, p->gain_2, p->bias_2, shape->epsilon, c->mean_2, c->rate_2,
                           c->norm_2);
    ref_feed_forward_forward(c->norm_2, &p->feed_forward, shape->activation, c->hidden,
                             c->activated, y);
    drop(dropout, 1, y);
    gsl_matrix_add(y, c->middle);
    // [pre-norm-forward]
    return GSL_SUCCESS;
}

static int post_norm_forward(const gsl_matrix *x, const ref_block *p, const ref_block_shape *shape,
                             const ref_mask *mask, const ref_dropout *dropout,
                             const ref_block_cache *c, gsl_matrix *y)
{
    // [post-norm-forward]
    /* A = X + dropout(attention(X)),  Z = norm_1(A) */
    int status = ref_multi_head_forward(x, x, &p->attention, mask, &c->attention, c->norm_1);
    if (status != GSL_SUCCESS) {
        return status;
    }
    drop(dropout, 0, c->norm_1);
    gsl_matrix_add(c->norm_1, x);
    ref_layer_norm_forward(c->norm_1, p->gain_1, p->bias_1, shape->epsilon, c->mean_1, c->rate_1,
                           c->middle);

    /* F = Z + dropout(feed_forward(Z)),  Y = norm_2(F) */
    ref_feed_forward_forward(c->middle, &p->feed_forward, shape->activation, c->hidden,
                             c->activated, c->norm_2);
    drop(dropout, 1, c->norm_2);
    gsl_matrix_add(c->norm_2, c->middle);
    ref_layer_norm_forward(c->norm_2, p->gain_2, p->bias_2, shape->epsilon, c->mean_2, c->rate_2,
                           y);
    // [post-norm-forward]
    return GSL_SUCCESS;
}
// [block-forward]

int ref_block_forward(const gsl_matrix *x, const ref_block *parameters,
                      const ref_block_shape *shape, const ref_mask *mask,
                      const ref_dropout *dropout, const ref_block_cache *cache, gsl_matrix *output)
{
    int status = check_block(x, parameters, shape, mask, dropout, cache, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    return shape->norm == REF_PRE_NORM
               ? pre_norm_forward(x, parameters, shape, mask, dropout, cache, output)
               : post_norm_forward(x, parameters, shape, mask, dropout, cache, output);
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

/* In the gradients' cache, norm_1, middle and norm_2 hold what is needed at the time: the gradient
 * of what a layer added, of the sum, of a normalisation. */
// [block-backward]
static int pre_norm_backward(const gsl_matrix *x, const ref_block *p, const ref_block_shape *shape,
                             const ref_mask *mask, const ref_dropout *dropout,
                             const ref_block_cache *c, const gsl_matrix *grad_y, gsl_matrix *grad_x,
                             const ref_block *grad, const ref_block_cache *g)
{
    gsl_matrix *grad_z = g->middle, *grad_added = g->norm_1, *grad_norm = g->norm_2;
    // [pre-norm-backward]
    /* Y = Z + dropout(feed_forward(norm_2(Z))):  dZ = dY + norm_2'(feed_forward'(dropout'(dY))) */
    drop_backward(dropout, 1, grad_y, grad_added);
    gsl_matrix_set_zero(grad_norm);
    ref_feed_forward_backward(c->norm_2, &p->feed_forward, shape->activation, c->hidden, grad_added,
                              grad_norm, &grad->feed_forward, g->activated, g->hidden);
    gsl_matrix_memcpy(grad_z, grad_y);
    ref_layer_norm_backward(c->middle, p->gain_2, c->mean_2, c->rate_2, grad_norm, grad_z,
                            grad->gain_2, grad->bias_2);

    /* Z = X + dropout(attention(norm_1(X))):  dX += dZ + norm_1'(attention'(dropout'(dZ))) */
    drop_backward(dropout, 0, grad_z, grad_added);
    gsl_matrix_set_zero(grad_norm);
    int status =
        ref_multi_head_backward(c->norm_1, c->norm_1, &p->attention, mask, &c->attention,
                                grad_added, grad_norm, grad_norm, &grad->attention, &g->attention);
    gsl_matrix_add(grad_x, grad_z);
    ref_layer_norm_backward(x, p->gain_1, c->mean_1, c->rate_1, grad_norm, grad_x, grad->gain_1,
                            grad->bias_1);
    // [pre-norm-backward]
    return status;
}

static int post_norm_backward(const gsl_matrix *x, const ref_block *p, const ref_block_shape *shape,
                              const ref_mask *mask, const ref_dropout *dropout,
                              const ref_block_cache *c, const gsl_matrix *grad_y,
                              gsl_matrix *grad_x, const ref_block *grad, const ref_block_cache *g)
{
    gsl_matrix *grad_z = g->middle, *grad_added = g->norm_1, *grad_sum = g->norm_2;
    /* Y = norm_2(F),  F = Z + dropout(feed_forward(Z)):  dZ = dF + feed_forward'(dropout'(dF)) */
    gsl_matrix_set_zero(grad_sum);
    ref_layer_norm_backward(c->norm_2, p->gain_2, c->mean_2, c->rate_2, grad_y, grad_sum,
                            grad->gain_2, grad->bias_2);
    drop_backward(dropout, 1, grad_sum, grad_added);
    gsl_matrix_memcpy(grad_z, grad_sum);
    ref_feed_forward_backward(c->middle, &p->feed_forward, shape->activation, c->hidden, grad_added,
                              grad_z, &grad->feed_forward, g->activated, g->hidden);

    /* Z = norm_1(A),  A = X + dropout(attention(X)):  dX += dA + attention'(dropout'(dA)) */
    gsl_matrix_set_zero(grad_sum);
    ref_layer_norm_backward(c->norm_1, p->gain_1, c->mean_1, c->rate_1, grad_z, grad_sum,
                            grad->gain_1, grad->bias_1);
    drop_backward(dropout, 0, grad_sum, grad_added);
    gsl_matrix_add(grad_x, grad_sum);
    return ref_multi_head_backward(x, x, &p->attention, mask, &c->attention, grad_added, grad_x,
                                   grad_x, &grad->attention, &g->attention);
}
// [block-backward]

int ref_block_backward(const gsl_matrix *x, const ref_block *parameters,
                       const ref_block_shape *shape, const ref_mask *mask,
                       const ref_dropout *dropout, const ref_block_cache *cache,
                       const gsl_matrix *grad_output, gsl_matrix *grad_x,
                       const ref_block *gradients, const ref_block_cache *grad_cache)
{
    int status = check_block(x, parameters, shape, mask, dropout, cache, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    size_t n_hidden = cache->hidden->size2;
    if (!same_shape(grad_x, x) || !parameters_fit(gradients, x->size2, n_hidden) ||
        !cache_fits(grad_cache, x->size1, x->size2, n_hidden)) {
        GSL_ERROR("x, parameters and cache must have the shape of their gradients", GSL_EBADLEN);
    }
    status = ref_check_multi_head_gradients(x, x, &parameters->attention, grad_x, grad_x,
                                            &gradients->attention, &grad_cache->attention);
    if (status != GSL_SUCCESS) {
        return status;
    }
    return shape->norm == REF_PRE_NORM
               ? pre_norm_backward(x, parameters, shape, mask, dropout, cache, grad_output, grad_x,
                                   gradients, grad_cache)
               : post_norm_backward(x, parameters, shape, mask, dropout, cache, grad_output, grad_x,
                                    gradients, grad_cache);
}
