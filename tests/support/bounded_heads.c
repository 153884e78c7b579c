/* The rules of bounded_block.h for multi-head attention. */

#include "tests/support/bounded_block.h"

#include "tests/support/matrices.h"
#include "tests/support/uncertain.h"
#include <math.h>
#include <stdlib.h>

/* ---- parts of a matrix ------------------------------------------------------------------------- */

bounded bounded_beside(bounded left, bounded right)
{
    size_t n_left = left.value->size2;
    bounded both = bounded_new(left.value->size1, n_left + right.value->size2);
    bounded_put(both, 0, 0, left);
    bounded_put(both, 0, n_left, right);
    return both;
}

static bounded project(bounded x, const gsl_matrix *weight, const gsl_vector *bias)
{
    gsl_matrix *row = NULL;
    if (bias) {
        row = new_matrix(1, bias->size);
        gsl_matrix_set_row(row, 0, bias);
    }
    return bounded_projection(x, bounded_exact(weight), row);
}

/* ---- one head of one sequence ------------------------------------------------------------------ */

typedef struct {
    size_t batch, head, first_q, n_q, first_k, n_k, d_k, d_v;
    double scale;
    ref_mask mask;
    gsl_vector_view relative;
    bounded q, k, v;
} head_part;

static head_part take(const bounded_heads *f, const ref_multi_head *p, const batch_masks *masks,
                      size_t batch, size_t head)
{
    head_part h = {.batch = batch, .head = head};
    h.n_q = f->q.value->size1 / masks->n_batch, h.n_k = f->k.value->size1 / masks->n_batch;
    h.d_k = f->q.value->size2 / p->n_heads, h.d_v = f->v.value->size2 / p->n_heads;
    h.first_q = batch * h.n_q, h.first_k = batch * h.n_k;
    h.scale = (double)(1.0f / sqrtf((float)h.d_k));
    h.mask.causal = masks->causal;
    h.mask.key_length = masks->key_lengths ? &masks->key_lengths[batch] : NULL;
    if (p->relative_bias) {
        h.relative = gsl_matrix_row(p->relative_bias, head);
    }
    h.q = bounded_part(f->q, h.first_q, h.n_q, head * h.d_k, h.d_k);
    h.k = bounded_part(f->k, h.first_k, h.n_k, head * h.d_k, h.d_k);
    h.v = bounded_part(f->v, h.first_k, h.n_k, head * h.d_v, h.d_v);
    return h;
}

static bounded scores_of(head_part *h, const ref_multi_head *p)
{
    h->mask.relative_bias = p->relative_bias ? &h->relative.vector : NULL;
    return bounded_scores(h->q, h->k, REF_DOT, h->scale, &h->mask);
}

bounded_heads bounded_multi_head(bounded x, bounded memory, const ref_multi_head *p,
                                 const batch_masks *masks)
{
    bounded_heads f = {.q = project(x, p->heads.weight_q, p->heads.bias_q),
                       .k = project(memory, p->heads.weight_k, p->heads.bias_k),
                       .v = project(memory, p->heads.weight_v, p->heads.bias_v)};
    f.log_sum_exp = bounded_new(masks->n_batch * p->n_heads, x.value->size1 / masks->n_batch);
    f.concatenated = bounded_new(x.value->size1, f.v.value->size2);
    for (size_t batch = 0; batch < masks->n_batch; batch++) {
        for (size_t head = 0; head < p->n_heads; head++) {
            head_part h = take(&f, p, masks, batch, head);
            bounded scores = scores_of(&h, p), l = bounded_log_sum_exp(scores);
            for (size_t i = 0; i < h.n_q; i++) {
                uncertain l_i = entry_of(l, i, 0);
                bounded_set(f.log_sum_exp, batch * p->n_heads + head, i, l_i.value, l_i.bound);
            }
            bounded_put(f.concatenated, h.first_q, head * h.d_v, bounded_attend(scores, h.v));
        }
    }
    f.output = project(f.concatenated, p->weight_o, p->bias_o);
    return f;
}

/* ---- backward ---------------------------------------------------------------------------------- */

/* dQ, dK, dV of all rows; the sums of the relative biases as they grow. */
typedef struct {
    bounded q, k, v;
    uncertain_sum *relative;
} projected_gradients;

static void add_relative(const head_part *h, const ref_multi_head *p, bounded grad_scores,
                         uncertain_sum *sums)
{
    size_t n = p->relative_bias->size2;
    for (size_t i = 0; i < h->n_q; i++) {
        for (size_t j = 0; j < h->n_k; j++) {
            size_t entry = relative_entry(i, j, h->n_q, h->n_k, n);
            add_term(&sums[h->head * n + entry], entry_of(grad_scores, i, j));
        }
    }
}

static void head_backward(const bounded_heads *f, const ref_multi_head *p, head_part *h,
                          bounded grad_concatenated, const projected_gradients *grad)
{
    size_t first_v = h->head * h->d_v, first_k = h->head * h->d_k;
    bounded y = bounded_part(f->concatenated, h->first_q, h->n_q, first_v, h->d_v);
    bounded dy = bounded_part(grad_concatenated, h->first_q, h->n_q, first_v, h->d_v);
    bounded scores = scores_of(h, p);
    bounded weights = bounded_weights_again(scores, bounded_log_sum_exp(scores));
    bounded grad_weights = bounded_product(1.0, CblasNoTrans, dy, CblasTrans, h->v);
    bounded ds = bounded_softmax_backward(weights, grad_weights, bounded_row_dot(dy, y));
    bounded_put(grad->v, h->first_k, first_v,
                bounded_product(1.0, CblasTrans, weights, CblasNoTrans, dy));
    bounded_put(grad->q, h->first_q, first_k,
                bounded_product(h->scale, CblasNoTrans, ds, CblasNoTrans, h->k));
    bounded_put(grad->k, h->first_k, first_k,
                bounded_product(h->scale, CblasTrans, ds, CblasNoTrans, h->q));
    if (p->relative_bias) {
        add_relative(h, p, ds, grad->relative);
    }
}

static bounded relative_gradient(const ref_multi_head *p, const uncertain_sum *sums)
{
    size_t n_rows = p->relative_bias->size1, n_cols = p->relative_bias->size2;
    bounded gradient = bounded_new(n_rows, n_cols);
    for (size_t n = 0; n < n_rows * n_cols; n++) {
        uncertain total = total_of(sums[n]);
        bounded_set(gradient, n / n_cols, n % n_cols, total.value, total.bound);
    }
    return gradient;
}

static bounded transposed_product(bounded a, bounded b)
{
    return bounded_product(1.0, CblasTrans, a, CblasNoTrans, b);
}

static projected_gradients attention_backward(const bounded_heads *f, const ref_multi_head *p,
                                              const batch_masks *masks, bounded grad_concatenated)
{
    size_t n_q = f->q.value->size1, n_k = f->k.value->size1, all_k = f->q.value->size2;
    size_t n_biases = p->relative_bias ? p->relative_bias->size1 * p->relative_bias->size2 : 1;
    projected_gradients grad = {bounded_new(n_q, all_k), bounded_new(n_k, all_k),
                                bounded_new(n_k, f->v.value->size2),
                                calloc(n_biases, sizeof *grad.relative)};
    for (size_t batch = 0; batch < masks->n_batch; batch++) {
        for (size_t head = 0; head < p->n_heads; head++) {
            head_part h = take(f, p, masks, batch, head);
            head_backward(f, p, &h, grad_concatenated, &grad);
        }
    }
    return grad;
}

bounded_heads_gradients bounded_multi_head_backward(bounded_heads f, bounded x, bounded memory,
                                                    bool is_self, const ref_multi_head *p,
                                                    const batch_masks *masks, bounded grad_output)
{
    bounded w_q = bounded_exact(p->heads.weight_q), w_k = bounded_exact(p->heads.weight_k);
    bounded w_v = bounded_exact(p->heads.weight_v), w_o = bounded_exact(p->weight_o);
    bounded dc = bounded_product(1.0, CblasNoTrans, grad_output, CblasTrans, w_o);
    projected_gradients d = attention_backward(&f, p, masks, dc);
    bounded_heads_gradients grad = {.weight_q = transposed_product(x, d.q),
                                    .bias_q = bounded_column_sums(d.q),
                                    .weight_k = transposed_product(memory, d.k),
                                    .bias_k = bounded_column_sums(d.k),
                                    .weight_v = transposed_product(memory, d.v),
                                    .bias_v = bounded_column_sums(d.v),
                                    .weight_o = transposed_product(f.concatenated, grad_output),
                                    .bias_o = bounded_column_sums(grad_output)};
    bounded d_kv = bounded_beside(d.k, d.v), w_kv = bounded_beside(w_k, w_v);
    if (is_self) { /* [dQ dK dV] [W_Q W_K W_V]^T, in whatever order */
        grad.x = bounded_product(1.0, CblasNoTrans, bounded_beside(d.q, d_kv), CblasTrans,
                                 bounded_beside(w_q, w_kv));
    } else {
        grad.x = bounded_product(1.0, CblasNoTrans, d.q, CblasTrans, w_q);
        grad.memory = bounded_product(1.0, CblasNoTrans, d_kv, CblasTrans, w_kv);
    }
    if (p->relative_bias) {
        grad.relative = relative_gradient(p, d.relative);
    }
    free(d.relative);
    return grad;
}
