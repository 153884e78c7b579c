/* 2.22  To each query its own temperature
 *
 * A temperature says how sharply a query chooses. Here every query has its own, and both ends count:
 * at INFINITY it looks at all keys alike, and at 0 at its best key only.
 *
 *   weights_ij = softmax over j of (q_i . k_j / sqrt(d_k) / T_i)                    0 < T_i <= INFINITY
 *   weights_ij = 1 / (number of best keys) for each key with the largest score, else 0      T_i = 0
 *
 *   q            (n_q x d_k)
 *   k            (n_k x d_k); two keys may be equal, and then their scores are exactly equal
 *   temperature  T, (n_q): not negative
 *   weights      (n_q x n_k): fill all of it; each row sums to 1
 *
 * Write the loops yourself, no BLAS. A score divided by a small T may be too large for exp(), and
 * even for a double: T may be as small as 1e-310. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

int tempered_weights(const gsl_matrix *q, const gsl_matrix *k, const gsl_vector *temperature,
                     gsl_matrix *weights)
{
#ifdef SOLUTION
    for (size_t i = 0; i < q->size1; i++) {
        double t = gsl_vector_get(temperature, i), largest = -INFINITY, sum = 0.0;
        for (size_t j = 0; j < k->size1; j++) {
            double dot = 0.0;
            for (size_t c = 0; c < q->size2; c++) {
                dot += gsl_matrix_get(q, i, c) * gsl_matrix_get(k, j, c);
            }
            gsl_matrix_set(weights, i, j, dot / sqrt((double)q->size2));
            largest = fmax(largest, dot / sqrt((double)q->size2));
        }
        for (size_t j = 0; j < k->size1; j++) {
            /* the largest goes first: 0 / t is safe for every t but 0, and -inf at worst for others */
            double below = gsl_matrix_get(weights, i, j) - largest;
            double e = below == 0.0 ? 1.0 : exp(below / t);
            gsl_matrix_set(weights, i, j, e);
            sum += e;
        }
        for (size_t j = 0; j < k->size1; j++) {
            gsl_matrix_set(weights, i, j, gsl_matrix_get(weights, i, j) / sum);
        }
    }
    return GSL_SUCCESS;
#else
    /* TODO(2.22) */
    return GSL_SUCCESS;
#endif
}
