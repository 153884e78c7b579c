/* The transformer's block.
 *
 * What differs from reference/block.c:
 *   1. all sequences of a batch pass each layer together; padding is computed along and read by
 *      nobody;
 *   2. without dropout, the gradient of what a layer adds is that of the residual path: it is read
 *      from there, not copied. */
#include "optimized/block.h"
#include "optimized/block_checks.h"
#include "optimized/kernels/row_kernels.h"
#include "optimized/layer_norm.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/* ---- The residual path ----------------------------------------------------------------------- */

/** The attention is layer 0, the feed-forward layer is layer 1: each has a seed of its own. */
static fast_dropout dropout_of(const fast_dropout *dropout, unsigned layer)
{
    fast_dropout own = *dropout;
    own.seed += layer;
    return own;
}

/** sum += x,  row by row. */
static void add_rows(const fast_view *x, fast_view *sum, const fast_context *context)
{
#pragma omp parallel for schedule(static) num_threads(n_threads_for(x, context))
    for (size_t i = 0; i < n_listed_rows(x); i++) {
        row_place place = place_of(x, i);
        context->kernels->row->add(row_at(x, place), row_at(sum, place), x->n_cols);
    }
}

/** to = x,  row by row. */
static void copy_rows(const fast_view *x, fast_view *to, const fast_context *context)
{
#pragma omp parallel for schedule(static) num_threads(n_threads_for(x, context))
    for (size_t i = 0; i < n_listed_rows(x); i++) {
        row_place place = place_of(x, i);
        memcpy(row_at(to, place), row_at(x, place), x->n_cols * sizeof(float));
    }
}

/** added = path + dropout(added) */
static int join_path(const fast_view *path, const fast_dropout *dropout, unsigned layer,
                     fast_view *added, fast_context *context)
{
    int status = GSL_SUCCESS;
    if (dropout != NULL) {
        fast_dropout own = dropout_of(dropout, layer);
        status = fast_dropout_forward(added, &own, added, context);
    }
    if (status == GSL_SUCCESS) {
        add_rows(path, added, context);
    }
    return status;
}

/** All rows become 0. */
static void clear_rows(const fast_view *x, const fast_context *context)
{
#pragma omp parallel for schedule(static) num_threads(n_threads_for(x, context))
    for (size_t i = 0; i < n_listed_rows(x); i++) {
        memset(listed_row(x, i), 0, x->n_cols * sizeof(float));
    }
}

/** What of the path's gradient belongs to what a layer added: in scratch, or, without dropout, all
 *  of it. */
static int leave_path(const fast_view *grad_path, const fast_dropout *dropout, unsigned layer,
                      fast_view *scratch, fast_view *grad_added, fast_context *context)
{
    *grad_added = dropout != NULL ? *scratch : *grad_path; /* 2 */
    if (dropout == NULL) {
        return GSL_SUCCESS;
    }
    fast_dropout own = dropout_of(dropout, layer);
    clear_rows(scratch, context);
    return fast_dropout_backward(&own, grad_path, scratch, context);
}

/* ---- Forward --------------------------------------------------------------------------------- */

size_t fast_block_forward_size(const fast_view *x, const fast_block *parameters,
                               const fast_block_shape *shape, const fast_context *context)
{
    (void)shape;
    return larger_of(fast_multi_head_forward_size(x, x, &parameters->attention, context),
                     fast_feed_forward_forward_size(x, &parameters->feed_forward, context));
}

// [block-forward]
static int pre_norm_forward(const fast_view *x, const fast_block *p, const fast_block_shape *shape,
                            const fast_mask *mask, const fast_dropout *dropout, fast_block_cache c,
                            fast_view *y, fast_context *context)
{
    // [pre-norm-forward]
    /* Z = X + dropout(attention(norm_1(X))) */
    int status = fast_layer_norm_forward(x, &p->gain_1, &p->bias_1, shape->epsilon, &c.mean_1,
                                         &c.rate_1, &c.norm_1, context);
    status = status ? status
                    : fast_multi_head_forward(&c.norm_1, &c.norm_1, &p->attention, mask,
                                              &c.attention, &c.middle, context);
    status = status ? status : join_path(x, dropout, 0, &c.middle, context);

    /* Y = Z + dropout(feed_forward(norm_2(Z))) */
    status = status ? status
                    : fast_layer_norm_forward(&c.middle, &p->gain_2, &p->bias_2, shape->epsilon,
                                              &c.mean_2, &c.rate_2, &c.norm_2, context);
    status = status ? status
                    : fast_feed_forward_forward(&c.norm_2, &p->feed_forward, shape->activation,
                                                &c.hidden, y, context);
    return status ? status : join_path(&c.middle, dropout, 1, y, context);
    // [pre-norm-forward]
}

static int post_norm_forward(const fast_view *x, const fast_block *p, const fast_block_shape *shape,
                             const fast_mask *mask, const fast_dropout *dropout, fast_block_cache c,
                             fast_view *y, fast_context *context)
{
    /* A = X + dropout(attention(X)),  Z = norm_1(A) */
    int status =
        fast_multi_head_forward(x, x, &p->attention, mask, &c.attention, &c.norm_1, context);
    status = status ? status : join_path(x, dropout, 0, &c.norm_1, context);
    status = status ? status
                    : fast_layer_norm_forward(&c.norm_1, &p->gain_1, &p->bias_1, shape->epsilon,
                                              &c.mean_1, &c.rate_1, &c.middle, context);

    /* F = Z + dropout(feed_forward(Z)),  Y = norm_2(F) */
    status = status ? status
                    : fast_feed_forward_forward(&c.middle, &p->feed_forward, shape->activation,
                                                &c.hidden, &c.norm_2, context);
    status = status ? status : join_path(&c.middle, dropout, 1, &c.norm_2, context);
    return status ? status
                  : fast_layer_norm_forward(&c.norm_2, &p->gain_2, &p->bias_2, shape->epsilon,
                                            &c.mean_2, &c.rate_2, y, context);
}
// [block-forward]

int fast_block_forward(const fast_view *x, const fast_block *parameters,
                       const fast_block_shape *shape, const fast_mask *mask,
                       const fast_dropout *dropout, const fast_block_cache *cache,
                       fast_view *output, fast_context *context)
{
    int status = fast_check_block(x, parameters, shape, mask, dropout, cache, output, context);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace;
    if (!fast_workspace_take(&all, fast_block_forward_size(x, parameters, shape, context))) {
        GSL_ERROR("the workspace is smaller than fast_block_forward_size()", GSL_ENOMEM);
    }
    return shape->norm == FAST_PRE_NORM
               ? pre_norm_forward(x, parameters, shape, mask, dropout, *cache, output, context)
               : post_norm_forward(x, parameters, shape, mask, dropout, *cache, output, context);
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

/** Gradients of what a layer added, of a normalisation or a sum, and of Z. */
typedef struct {
    fast_view added, norm, middle;
} block_scratch;

/** The scratch: taken, or only counted if from is NULL. */
static size_t take_scratch(const fast_view *x, fast_workspace *from, block_scratch *s)
{
    s->added = s->norm = s->middle = fast_view_tensor(NULL, x->n_batch, 1, x->n_rows, x->n_cols);
    size_t size = take_part(from, n_listed_rows(x), x->n_cols, &s->added.data);
    size = fast_size_sum(size, take_part(from, n_listed_rows(x), x->n_cols, &s->norm.data));
    return fast_size_sum(size, take_part(from, n_listed_rows(x), x->n_cols, &s->middle.data));
}

size_t fast_block_backward_size(const fast_view *x, const fast_block *parameters,
                                const fast_block_shape *shape, const fast_context *context)
{
    (void)shape;
    size_t norm = fast_layer_norm_backward_size(x, context);
    size_t attention = fast_multi_head_backward_size(x, x, &parameters->attention, context);
    size_t layers = fast_feed_forward_backward_size(x, &parameters->feed_forward, context);
    return fast_size_sum(take_scratch(x, NULL, &(block_scratch){0}),
                         larger_of(norm, larger_of(attention, layers)));
}

// [block-backward]
static int pre_norm_backward(const fast_view *x, const fast_block *p, const fast_block_shape *shape,
                             const fast_mask *mask, const fast_dropout *dropout,
                             const fast_block_cache *c, const fast_view *grad_y, fast_view *grad_x,
                             const fast_block *grad, block_scratch s, fast_context *context)
{
    fast_view *grad_z = &s.middle, *grad_norm = &s.norm, grad_added;
    fast_view grad_gain_1 = grad->gain_1, grad_bias_1 = grad->bias_1;
    fast_view grad_gain_2 = grad->gain_2, grad_bias_2 = grad->bias_2;
    /* Y = Z + dropout(feed_forward(norm_2(Z))):  dZ = dY + norm_2'(feed_forward'(dropout'(dY))) */
    int status = leave_path(grad_y, dropout, 1, &s.added, &grad_added, context);
    clear_rows(grad_norm, context);
    status = status ? status
                    : fast_feed_forward_backward(&c->norm_2, &p->feed_forward, shape->activation,
                                                 &c->hidden, &grad_added, grad_norm,
                                                 &grad->feed_forward, context);
    copy_rows(grad_y, grad_z, context);
    status = status
                 ? status
                 : fast_layer_norm_backward(&c->middle, &p->gain_2, &c->mean_2, &c->rate_2,
                                            grad_norm, grad_z, &grad_gain_2, &grad_bias_2, context);

    /* Z = X + dropout(attention(norm_1(X))):  dX += dZ + norm_1'(attention'(dropout'(dZ))) */
    status = status ? status : leave_path(grad_z, dropout, 0, &s.added, &grad_added, context);
    clear_rows(grad_norm, context);
    status = status ? status
                    : fast_multi_head_backward(&c->norm_1, &c->norm_1, &p->attention, mask,
                                               &c->attention, &grad_added, grad_norm, grad_norm,
                                               &grad->attention, context);
    if (status != GSL_SUCCESS) {
        return status;
    }
    add_rows(grad_z, grad_x, context);
    return fast_layer_norm_backward(x, &p->gain_1, &c->mean_1, &c->rate_1, grad_norm, grad_x,
                                    &grad_gain_1, &grad_bias_1, context);
}

static int post_norm_backward(const fast_view *x, const fast_block *p,
                              const fast_block_shape *shape, const fast_mask *mask,
                              const fast_dropout *dropout, const fast_block_cache *c,
                              const fast_view *grad_y, fast_view *grad_x, const fast_block *grad,
                              block_scratch s, fast_context *context)
{
    fast_view *grad_z = &s.middle, *grad_sum = &s.norm, grad_added;
    fast_view grad_gain_1 = grad->gain_1, grad_bias_1 = grad->bias_1;
    fast_view grad_gain_2 = grad->gain_2, grad_bias_2 = grad->bias_2;
    /* Y = norm_2(F),  F = Z + dropout(feed_forward(Z)):  dZ = dF + feed_forward'(dropout'(dF)) */
    clear_rows(grad_sum, context);
    int status = fast_layer_norm_backward(&c->norm_2, &p->gain_2, &c->mean_2, &c->rate_2, grad_y,
                                          grad_sum, &grad_gain_2, &grad_bias_2, context);
    status = status ? status : leave_path(grad_sum, dropout, 1, &s.added, &grad_added, context);
    copy_rows(grad_sum, grad_z, context);
    status = status ? status
                    : fast_feed_forward_backward(&c->middle, &p->feed_forward, shape->activation,
                                                 &c->hidden, &grad_added, grad_z,
                                                 &grad->feed_forward, context);

    /* Z = norm_1(A),  A = X + dropout(attention(X)):  dX += dA + attention'(dropout'(dA)) */
    clear_rows(grad_sum, context);
    status = status
                 ? status
                 : fast_layer_norm_backward(&c->norm_1, &p->gain_1, &c->mean_1, &c->rate_1, grad_z,
                                            grad_sum, &grad_gain_1, &grad_bias_1, context);
    status = status ? status : leave_path(grad_sum, dropout, 0, &s.added, &grad_added, context);
    if (status != GSL_SUCCESS) {
        return status;
    }
    add_rows(grad_sum, grad_x, context);
    return fast_multi_head_backward(x, x, &p->attention, mask, &c->attention, &grad_added, grad_x,
                                    grad_x, &grad->attention, context);
}
// [block-backward]

int fast_block_backward(const fast_view *x, const fast_block *parameters,
                        const fast_block_shape *shape, const fast_mask *mask,
                        const fast_dropout *dropout, const fast_block_cache *cache,
                        const fast_view *grad_output, fast_view *grad_x,
                        const fast_block *gradients, fast_context *context)
{
    int status = fast_check_block(x, parameters, shape, mask, dropout, cache, grad_output, context);
    if (status == GSL_SUCCESS) {
        status = fast_check_block_gradients(x, parameters, cache, grad_x, gradients);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    if (!fast_workspace_take(&all, fast_block_backward_size(x, parameters, shape, context))) {
        GSL_ERROR("the workspace is smaller than fast_block_backward_size()", GSL_ENOMEM);
    }
    block_scratch s;
    take_scratch(x, &rest, &s);
    fast_context behind = {context->kernels, context->n_threads, &rest};
    return shape->norm == FAST_PRE_NORM
               ? pre_norm_backward(x, parameters, shape, mask, dropout, cache, grad_output, grad_x,
                                   gradients, s, &behind)
               : post_norm_backward(x, parameters, shape, mask, dropout, cache, grad_output, grad_x,
                                    gradients, s, &behind);
}
