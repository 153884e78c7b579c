#include "tests/support/bounded_block.h"

#include "tests/support/matrices.h"
#include <gsl/gsl_errno.h>

static gsl_matrix *row_of(const gsl_vector *v)
{
    gsl_matrix *row = new_matrix(1, v->size);
    gsl_matrix_set_row(row, 0, v);
    return row;
}

static bounded dropped(bounded x, const ref_dropout *dropout, unsigned layer)
{
    if (!dropout) {
        return x;
    }
    ref_dropout own = *dropout;
    own.seed += layer;
    return bounded_dropout(x, &own);
}

static bounded project(bounded x, const gsl_matrix *weight, const gsl_vector *bias)
{
    return bounded_projection(x, bounded_exact(weight), row_of(bias));
}

/* ---- forward ----------------------------------------------------------------------------------- */

static bounded feed_forward(bounded x, const ref_feed_forward *p, ref_activation activation,
                            bounded_transformer *f)
{
    f->hidden = project(x, p->weight_1, p->bias_1);
    f->activated = bounded_activation(f->hidden, activation);
    return project(f->activated, p->weight_2, p->bias_2);
}

static bounded_norm norm(bounded x, const gsl_vector *gain, const gsl_vector *bias, double epsilon)
{
    return bounded_layer_norm(x, row_of(gain), row_of(bias), epsilon);
}

bounded_transformer bounded_block(bounded x, const ref_block *p, const ref_block_shape *shape,
                                  const batch_masks *masks, const ref_dropout *dropout)
{
    bounded_transformer f;
    double epsilon = (double)(float)shape->epsilon;
    bool is_pre = shape->norm == REF_PRE_NORM;
    if (is_pre) {
        f.norm_1 = norm(x, p->gain_1, p->bias_1, epsilon);
        f.attention = bounded_multi_head(f.norm_1.output, f.norm_1.output, &p->attention, masks);
    } else {
        f.attention = bounded_multi_head(x, x, &p->attention, masks);
    }
    f.path_1 = bounded_sum(dropped(f.attention.output, dropout, 0), x);
    if (is_pre) {
        f.middle = f.path_1;
        f.norm_2 = norm(f.middle, p->gain_2, p->bias_2, epsilon);
    } else {
        f.norm_1 = norm(f.path_1, p->gain_1, p->bias_1, epsilon);
        f.middle = f.norm_1.output;
    }
    bounded fed =
        feed_forward(is_pre ? f.norm_2.output : f.middle, &p->feed_forward, shape->activation, &f);
    f.path_2 = bounded_sum(dropped(fed, dropout, 1), f.middle);
    if (!is_pre) {
        f.norm_2 = norm(f.path_2, p->gain_2, p->bias_2, epsilon);
    }
    f.output = is_pre ? f.path_2 : f.norm_2.output;
    return f;
}

/* ---- backward ---------------------------------------------------------------------------------- */

/* The gradient of what the feed-forward layers read. */
static bounded feed_forward_backward(const bounded_transformer *f, bounded input,
                                     const ref_feed_forward *p, ref_activation activation,
                                     bounded dy, bounded_transformer_gradients *grad)
{
    bounded w_1 = bounded_exact(p->weight_1), w_2 = bounded_exact(p->weight_2);
    bounded grad_activated = bounded_product(1.0, CblasNoTrans, dy, CblasTrans, w_2);
    bounded dh = bounded_times(bounded_activation_slope(f->hidden, activation), grad_activated);
    grad->weight_1 = bounded_product(1.0, CblasTrans, input, CblasNoTrans, dh);
    grad->hidden_bias = bounded_column_sums(dh);
    grad->weight_2 = bounded_product(1.0, CblasTrans, f->activated, CblasNoTrans, dy);
    grad->output_bias = bounded_column_sums(dy);
    return bounded_product(1.0, CblasNoTrans, dh, CblasTrans, w_1);
}

/* The gradient of what a normalisation read. */
static bounded norm_backward(bounded_norm forward, const gsl_vector *gain, bounded dy,
                             bounded *grad_gain, bounded *grad_bias)
{
    *grad_gain = bounded_column_sums(bounded_times(dy, forward.normal));
    *grad_bias = bounded_column_sums(dy);
    return bounded_layer_norm_backward(forward, row_of(gain), dy);
}

static bounded_transformer_gradients
pre_norm_backward(const bounded_transformer *f, const ref_block *p, const ref_block_shape *shape,
                  const batch_masks *masks, const ref_dropout *dropout, bounded dy)
{
    bounded_transformer_gradients grad;
    bounded normal = feed_forward_backward(f, f->norm_2.output, &p->feed_forward, shape->activation,
                                           dropped(dy, dropout, 1), &grad);
    bounded dz =
        bounded_sum(norm_backward(f->norm_2, p->gain_2, normal, &grad.gain_2, &grad.bias_2), dy);
    grad.attention =
        bounded_multi_head_backward(f->attention, f->norm_1.output, f->norm_1.output, true,
                                    &p->attention, masks, dropped(dz, dropout, 0));
    grad.x = bounded_sum(
        norm_backward(f->norm_1, p->gain_1, grad.attention.x, &grad.gain_1, &grad.bias_1), dz);
    return grad;
}

static bounded_transformer_gradients post_norm_backward(const bounded_transformer *f, bounded x,
                                                        const ref_block *p,
                                                        const ref_block_shape *shape,
                                                        const batch_masks *masks,
                                                        const ref_dropout *dropout, bounded dy)
{
    bounded_transformer_gradients grad;
    bounded path_2 = norm_backward(f->norm_2, p->gain_2, dy, &grad.gain_2, &grad.bias_2);
    bounded fed = feed_forward_backward(f, f->middle, &p->feed_forward, shape->activation,
                                        dropped(path_2, dropout, 1), &grad);
    bounded path_1 =
        norm_backward(f->norm_1, p->gain_1, bounded_sum(fed, path_2), &grad.gain_1, &grad.bias_1);
    grad.attention = bounded_multi_head_backward(f->attention, x, x, true, &p->attention, masks,
                                                 dropped(path_1, dropout, 0));
    grad.x = bounded_sum(grad.attention.x, path_1);
    return grad;
}

bounded_transformer_gradients
bounded_block_backward(bounded_transformer f, bounded x, const ref_block *p,
                       const ref_block_shape *shape, const batch_masks *masks,
                       const ref_dropout *dropout, bounded grad_output)
{
    return shape->norm == REF_PRE_NORM
               ? pre_norm_backward(&f, p, shape, masks, dropout, grad_output)
               : post_norm_backward(&f, x, p, shape, masks, dropout, grad_output);
}
