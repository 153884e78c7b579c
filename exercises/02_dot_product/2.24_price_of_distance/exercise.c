/* 2.24  A price for distance
 *
 * Dot products know nothing of positions. A cheap way to give them some is a price: every step that a
 * key lies behind the query costs a little score. Each of several heads has a price of its own, so
 * that some look near and some look far (Press et al. 2022):
 *
 *   s_ij = q_i . k_j / sqrt(d_k) - m (position of i - j),     m = 2^(-8 (head + 1) / n_heads)
 *   weights_i = softmax of s_i over the keys j <= position of i,  else 0
 *
 * There may be fewer queries than keys, and the last query stands at the last key: the position of
 * query i is i + (n_k - n_q).
 *
 *   q        (n_q x d_k)
 *   k        (n_k x d_k), n_k >= n_q
 *   head     0 .. n_heads - 1
 *   n_heads  at least 1
 *   weights  (n_q x n_k): fill all of it; each row sums to 1
 *
 * Write the loops yourself: exp(), exp2(), sqrt(), no BLAS. Scores may be as large as a thousand. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <math.h>

#ifdef SOLUTION
static double dot_of_rows(const gsl_matrix *a, size_t i, const gsl_matrix *b, size_t j)
{
    double sum = 0.0;
    for (size_t c = 0; c < a->size2; c++) {
        sum += gsl_matrix_get(a, i, c) * gsl_matrix_get(b, j, c);
    }
    return sum;
}
#endif

int priced_weights(const gsl_matrix *q, const gsl_matrix *k, size_t head, size_t n_heads,
                   gsl_matrix *weights)
{
#ifdef SOLUTION
    double price = exp2(-8.0 * (double)(head + 1) / (double)n_heads);
    double scale = 1.0 / sqrt((double)q->size2);
    gsl_matrix_set_zero(weights);
    for (size_t i = 0; i < q->size1; i++) {
        size_t position = i + (k->size1 - q->size1);
        double largest = -INFINITY, sum = 0.0;
        for (size_t j = 0; j <= position; j++) {
            double score = scale * dot_of_rows(q, i, k, j) - price * (double)(position - j);
            gsl_matrix_set(weights, i, j, score);
            largest = fmax(largest, score);
        }
        for (size_t j = 0; j <= position; j++) {
            double e = exp(gsl_matrix_get(weights, i, j) - largest);
            gsl_matrix_set(weights, i, j, e);
            sum += e;
        }
        for (size_t j = 0; j <= position; j++) {
            gsl_matrix_set(weights, i, j, gsl_matrix_get(weights, i, j) / sum);
        }
    }
    return GSL_SUCCESS;
#else
    /* TODO(2.24) */
    return GSL_SUCCESS;
#endif
}
