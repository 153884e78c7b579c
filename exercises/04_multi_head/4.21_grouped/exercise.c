/* 4.21  Heads that share
 *
 * Whoever writes word after word keeps the keys and values of all words before. To make this memory
 * smaller, neighbouring heads may share one head of keys and values (Ainslie et al. 2023): with 6
 * heads of queries and 2 of keys, the heads 0, 1, 2 look at keys 0, and the heads 3, 4, 5 at keys
 * 1.
 *
 *   head_h = softmax(Q^h (K^g)^T / sqrt(d_k)) V^g,    g = the group that head h belongs to
 *
 *   q        (n_q x n_heads d_k): the heads stand side by side
 *   k        (n_k x n_groups d_k)
 *   v        (n_k x n_groups d_v)
 *   n_heads  of the queries; n_groups divides it
 *   n_groups
 *   weights  (n_heads n_q x n_k): the map of head 0, below it that of head 1, and so on; fill all
 *   output   (n_q x n_heads d_v): fill all of it
 *
 * No mask. Write the loops yourself, without BLAS. Scores may be as large as a thousand. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <math.h>

#ifdef SOLUTION
static void softmax(gsl_matrix *weights, size_t row)
{
    double largest = -INFINITY, sum = 0.0;
    for (size_t j = 0; j < weights->size2; j++) {
        largest = fmax(largest, gsl_matrix_get(weights, row, j));
    }
    for (size_t j = 0; j < weights->size2; j++) {
        double e = exp(gsl_matrix_get(weights, row, j) - largest);
        gsl_matrix_set(weights, row, j, e);
        sum += e;
    }
    for (size_t j = 0; j < weights->size2; j++) {
        gsl_matrix_set(weights, row, j, gsl_matrix_get(weights, row, j) / sum);
    }
}

/* One head; all of them are views. */
static void attend(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v,
                   gsl_matrix *weights, gsl_matrix *output)
{
    for (size_t i = 0; i < q->size1; i++) {
        for (size_t j = 0; j < k->size1; j++) {
            double score = 0.0;
            for (size_t c = 0; c < q->size2; c++) {
                score += gsl_matrix_get(q, i, c) * gsl_matrix_get(k, j, c);
            }
            gsl_matrix_set(weights, i, j, score / sqrt((double)q->size2));
        }
        softmax(weights, i);
        for (size_t c = 0; c < v->size2; c++) {
            double sum = 0.0;
            for (size_t j = 0; j < k->size1; j++) {
                sum += gsl_matrix_get(weights, i, j) * gsl_matrix_get(v, j, c);
            }
            gsl_matrix_set(output, i, c, sum);
        }
    }
}
#endif

int grouped_attention(const gsl_matrix *q, const gsl_matrix *k, const gsl_matrix *v, size_t n_heads,
                      size_t n_groups, gsl_matrix *weights, gsl_matrix *output)
{
#ifdef SOLUTION
    size_t n_q = q->size1, n_k = k->size1;
    size_t d_k = q->size2 / n_heads, d_v = v->size2 / n_groups;
    for (size_t h = 0; h < n_heads; h++) {
        size_t g = h / (n_heads / n_groups);
        gsl_matrix_const_view q_h = gsl_matrix_const_submatrix(q, 0, h * d_k, n_q, d_k);
        gsl_matrix_const_view k_g = gsl_matrix_const_submatrix(k, 0, g * d_k, n_k, d_k);
        gsl_matrix_const_view v_g = gsl_matrix_const_submatrix(v, 0, g * d_v, n_k, d_v);
        gsl_matrix_view map = gsl_matrix_submatrix(weights, h * n_q, 0, n_q, n_k);
        gsl_matrix_view head = gsl_matrix_submatrix(output, 0, h * d_v, n_q, d_v);
        attend(&q_h.matrix, &k_g.matrix, &v_g.matrix, &map.matrix, &head.matrix);
    }
    return GSL_SUCCESS;
#else
    /* TODO(4.21) */
    return GSL_SUCCESS;
#endif
}
