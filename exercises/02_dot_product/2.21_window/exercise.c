/* 2.21  A window that slides
 *
 * In a long text a word hardly needs the words of a page ago. Some models therefore let each query
 * see a window of keys only: its own position, and the width - 1 positions before it (Beltagy et
 * al. 2020).
 *
 *   weights_ij = softmax over the keys j in the window of (q_i . k_j / sqrt(d_k)),  else 0
 *
 * There may be fewer queries than keys, because the first words were read earlier: the LAST query
 * stands at the LAST key. So query i stands at position i + (n_k - n_q), and sees the keys from
 * position - width + 1, or 0 if that is before the start, up to position.
 *
 *   q        (n_q x d_k)
 *   k        (n_k x d_k), n_k >= n_q
 *   width    at least 1
 *   weights  (n_q x n_k): fill all of it; each row sums to 1
 *
 * Write the loops yourself: gsl_matrix_get() and gsl_matrix_set(), exp() and sqrt(), no BLAS.
 * Scores may be as large as a thousand. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <math.h>

#ifdef SOLUTION
static double dot_of_rows(const gsl_matrix *a, size_t i, const gsl_matrix *b, size_t j)
{
    double sum = 0.0;
    for (size_t p = 0; p < a->size2; p++) {
        sum += gsl_matrix_get(a, i, p) * gsl_matrix_get(b, j, p);
    }
    return sum;
}
#endif

int window_weights(const gsl_matrix *q, const gsl_matrix *k, size_t width, gsl_matrix *weights)
{
#ifdef SOLUTION
    double scale = 1.0 / sqrt((double)q->size2);
    gsl_matrix_set_zero(weights);
    for (size_t i = 0; i < q->size1; i++) {
        size_t end = i + (k->size1 - q->size1) + 1;
        size_t begin = end > width ? end - width : 0;
        double largest = -INFINITY, sum = 0.0;
        for (size_t j = begin; j < end; j++) {
            double score = scale * dot_of_rows(q, i, k, j);
            gsl_matrix_set(weights, i, j, score);
            largest = fmax(largest, score);
        }
        for (size_t j = begin; j < end; j++) {
            double e = exp(gsl_matrix_get(weights, i, j) - largest);
            gsl_matrix_set(weights, i, j, e);
            sum += e;
        }
        for (size_t j = begin; j < end; j++) {
            gsl_matrix_set(weights, i, j, gsl_matrix_get(weights, i, j) / sum);
        }
    }
    return GSL_SUCCESS;
#else
    /* TODO(2.21) */
    return GSL_SUCCESS;
#endif
}
