#include "reference/attention.h"
#include "reference/attention_checks.h"
#include "reference/attention_mask.h"
#include "reference/softmax.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* ---- Scores ---------------------------------------------------------------------------------- */

/* 1 / |x|, and 0 for the zero vector: its cosine with anything is 0. */
static double inverse_norm(const gsl_vector *x)
{
    double norm = gsl_blas_dnrm2(x);
    return norm > 0.0 || isnan(norm) ? 1.0 / norm : 0.0;
}

// [similarities]
static double similarity_of(const gsl_vector *q, const gsl_vector *k, ref_similarity similarity)
{
    double sum = 0.0;
    if (similarity == REF_NEG_SQ_EUCLIDEAN) {
        for (size_t p = 0; p < q->size; p++) {
            sum -= gsl_pow_2(gsl_vector_get(q, p) - gsl_vector_get(k, p));
        }
        return sum;
    }
    gsl_blas_ddot(q, k, &sum);
    return similarity == REF_COSINE ? sum * inverse_norm(q) * inverse_norm(k) : sum;
}
// [similarities]

/* S = scale * similarity(Q, K) */
static void unmasked_scores(const gsl_matrix *q, const gsl_matrix *k, ref_similarity similarity,
                            double scale, gsl_matrix *scores)
{
    if (similarity == REF_DOT) {
        gsl_blas_dgemm(CblasNoTrans, CblasTrans, scale, q, k, 0.0, scores);
        return;
    }
    for (size_t i = 0; i < q->size1; i++) {
        gsl_vector_const_view q_i = gsl_matrix_const_row(q, i);
        for (size_t j = 0; j < k->size1; j++) {
            gsl_vector_const_view k_j = gsl_matrix_const_row(k, j);
            double s = scale * similarity_of(&q_i.vector, &k_j.vector, similarity);
            gsl_matrix_set(scores, i, j, s);
        }
    }
}

// [relative-bias]
/* Which entry of r_0 .. r_2clip serves query i and key j. As above, the last query is aligned with
 * the last key: their distance is 0, that of a key further left is negative. */
static size_t entry_of_distance(size_t i, size_t j, size_t n_q, size_t n_k, size_t n_entries)
{
    ptrdiff_t clip = (ptrdiff_t)(n_entries / 2);
    ptrdiff_t distance = (ptrdiff_t)j - (ptrdiff_t)i - ((ptrdiff_t)n_k - (ptrdiff_t)n_q);
    return (size_t)(clip + GSL_MAX(-clip, GSL_MIN(distance, clip)));
}

/* S_ij += r_e, where e is the entry of the distance from query i to key j */
static void add_relative_bias(const gsl_vector *r, gsl_matrix *scores)
{
    size_t n_q = scores->size1, n_k = scores->size2;
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            size_t e = entry_of_distance(i, j, n_q, n_k, r->size);
            *gsl_matrix_ptr(scores, i, j) += gsl_vector_get(r, e);
        }
    }
}
// [relative-bias]

static void masked_scores(const gsl_matrix *q, const gsl_matrix *k, ref_similarity similarity,
                          double scale, const ref_mask *mask, gsl_matrix *scores)
{
    unmasked_scores(q, k, similarity, scale, scores);
    if (mask && mask->relative_bias) {
        add_relative_bias(mask->relative_bias, scores);
    }
    if (mask) {
        apply_mask(mask, scores);
    }
}

int ref_attention_scores(const gsl_matrix *q, const gsl_matrix *k, ref_similarity similarity,
                         double scale, const ref_mask *mask, gsl_matrix *scores)
{
    int status = ref_check_attention(q, k, NULL, similarity, scale, mask, scores, NULL);
    if (status == GSL_SUCCESS) {
        masked_scores(q, k, similarity, scale, mask, scores);
    }
    return status;
}

/* ---- Forward --------------------------------------------------------------------------------- */

int ref_attention_forward(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                          ref_similarity similarity, double scale, const ref_mask *mask,
                          gsl_matrix *weights, gsl_matrix *output)
{
    int status = ref_check_attention(q, k, v, similarity, scale, mask, weights, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [attention-forward]
    masked_scores(q, k, similarity, scale, mask, weights);
    ref_softmax_forward(weights, weights);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, weights, v, 0.0, output);
    // [attention-forward]
    return GSL_SUCCESS;
}

/* ---- Backward: the lines of the forward pass in reverse -------------------------------------- */

// [backward-dot]
/* S = scale Q K^T:  dQ += scale dS K,  dK += scale dS^T Q */
static void dot_backward(const gsl_matrix *q, const gsl_matrix *k, double scale,
                         const gsl_matrix *grad_scores, gsl_matrix *grad_q, gsl_matrix *grad_k)
{
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, scale, grad_scores, k, 1.0, grad_q);
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, scale, grad_scores, q, 1.0, grad_k);
}
// [backward-dot]

// [backward-cosine]
/* c = q . k / (|q| |k|):  dc/dq = (k / |k| - c q / |q|) / |q|,  and the same with q and k swapped */
static void cosine_backward(const gsl_vector *q, const gsl_vector *k, double grad_cosine,
                            gsl_vector *grad_q, gsl_vector *grad_k)
{
    double inverse_q = inverse_norm(q), inverse_k = inverse_norm(k);
    double cosine = similarity_of(q, k, REF_COSINE);
    gsl_blas_daxpy(grad_cosine * inverse_q * inverse_k, k, grad_q);
    gsl_blas_daxpy(-grad_cosine * cosine * inverse_q * inverse_q, q, grad_q);
    gsl_blas_daxpy(grad_cosine * inverse_q * inverse_k, q, grad_k);
    gsl_blas_daxpy(-grad_cosine * cosine * inverse_k * inverse_k, k, grad_k);
}
// [backward-cosine]

// [backward-euclidean]
/* e = -|q - k|^2:  de/dq = -2 (q - k),  de/dk = 2 (q - k) */
static void neg_sq_euclidean_backward(const gsl_vector *q, const gsl_vector *k, double grad,
                                      gsl_vector *grad_q, gsl_vector *grad_k)
{
    for (size_t p = 0; p < q->size; p++) {
        double difference = gsl_vector_get(q, p) - gsl_vector_get(k, p);
        *gsl_vector_ptr(grad_q, p) -= 2.0 * grad * difference;
        *gsl_vector_ptr(grad_k, p) += 2.0 * grad * difference;
    }
}
// [backward-euclidean]

/* S = scale * similarity(Q, K), so d similarity_ij = scale dS_ij */
static void similarity_backward(const gsl_matrix *q, const gsl_matrix *k, ref_similarity similarity,
                                double scale, const gsl_matrix *grad_scores, gsl_matrix *grad_q,
                                gsl_matrix *grad_k)
{
    if (similarity == REF_DOT) {
        dot_backward(q, k, scale, grad_scores, grad_q, grad_k);
        return;
    }
    for (size_t i = 0; i < q->size1; i++) {
        gsl_vector_const_view q_i = gsl_matrix_const_row(q, i);
        gsl_vector_view grad_q_i = gsl_matrix_row(grad_q, i);
        for (size_t j = 0; j < k->size1; j++) {
            gsl_vector_const_view k_j = gsl_matrix_const_row(k, j);
            gsl_vector_view grad_k_j = gsl_matrix_row(grad_k, j);
            double grad = scale * gsl_matrix_get(grad_scores, i, j);
            if (grad == 0.0) { /* a hidden key stays untouched */
                continue;
            }
            if (similarity == REF_COSINE) {
                cosine_backward(&q_i.vector, &k_j.vector, grad, &grad_q_i.vector, &grad_k_j.vector);
            } else {
                neg_sq_euclidean_backward(&q_i.vector, &k_j.vector, grad, &grad_q_i.vector,
                                          &grad_k_j.vector);
            }
        }
    }
}

// [relative-bias-backward]
/* S_ij = ... + r_e:  dr_e += dS_ij for every i and j of that distance; 0 where a key is hidden */
static void relative_bias_backward(const gsl_matrix *grad_scores, gsl_vector *grad_r)
{
    size_t n_q = grad_scores->size1, n_k = grad_scores->size2;
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            size_t e = entry_of_distance(i, j, n_q, n_k, grad_r->size);
            *gsl_vector_ptr(grad_r, e) += gsl_matrix_get(grad_scores, i, j);
        }
    }
}
// [relative-bias-backward]

int ref_attention_backward(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                           ref_similarity similarity, double scale, const ref_mask *mask,
                           const gsl_matrix *weights, const gsl_matrix *output,
                           const gsl_matrix *grad_output, gsl_matrix *grad_q, gsl_matrix *grad_k,
                           gsl_matrix *grad_v, gsl_matrix *grad_scores)
{
    int status = ref_check_attention_gradients(q, k, v, weights, output, grad_output, grad_q,
                                               grad_k, grad_v, grad_scores);
    if (status == GSL_SUCCESS) {
        status = ref_check_attention(q, k, v, similarity, scale, mask, weights, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    // [attention-backward]
    /* Y = P V:  dV += P^T dY,  dP = dY V^T */
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1.0, weights, grad_output, 1.0, grad_v);
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, grad_output, v, 0.0, grad_scores);

    /* P = softmax(S):  dS_i = P_i o (dP_i - D_i),  D_i = dY_i . Y_i */
    for (size_t i = 0; i < q->size1; i++) {
        gsl_vector_const_view y_i = gsl_matrix_const_row(output, i);
        gsl_vector_const_view grad_y_i = gsl_matrix_const_row(grad_output, i);
        gsl_vector_const_view p_i = gsl_matrix_const_row(weights, i);
        gsl_vector_view grad_s_i = gsl_matrix_row(grad_scores, i);
        double d_i = 0.0;
        gsl_blas_ddot(&grad_y_i.vector, &y_i.vector, &d_i);
        gsl_vector_add_constant(&grad_s_i.vector, -d_i);
        gsl_vector_mul(&grad_s_i.vector, &p_i.vector);
    }

    /* S = scale * similarity(Q, K) + bias */
    similarity_backward(q, k, similarity, scale, grad_scores, grad_q, grad_k);
    // [attention-backward]
    if (mask && mask->grad_relative_bias) {
        relative_bias_backward(grad_scores, mask->grad_relative_bias);
    }
    return GSL_SUCCESS;
}
