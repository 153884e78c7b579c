/* 1.26  As wide as needed
 *
 * One bandwidth for all queries is too wide where the keys are many and reaches nobody where they
 * are few. So give each query its own: just so wide that it sees its r nearest keys. The kernel is
 * Epanechnikov's, which is 0 at a distance of 1, and so the bandwidth of query i is
 *
 *   h_i = the distance to its (r + 1)-th nearest key
 *   w_ij = max(0, 1 - u_ij^2),   u_ij = |q_i - k_j| / h_i,   p_ij = w_ij / sum_l w_il
 *
 * Keys may lie at the same place, and each counts. If r + 1 of them lie exactly where the query is,
 * then h_i = 0: the keys at that place share the weight equally, and all others get 0.
 *
 *   queries  (n_q) places on a line
 *   keys     (n_k) places on a line
 *   r        from 1 to n_k - 1
 *   weights  p, (n_q x n_k): fill all of it; each row sums to 1
 *
 * In all other cases no tie stands at the (r + 1)-th key, so at least r keys get a weight. No sorting
 * functions; you can do without. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

#ifdef SOLUTION
static double distance(const gsl_vector *queries, size_t i, const gsl_vector *keys, size_t j)
{
    return fabs(gsl_vector_get(queries, i) - gsl_vector_get(keys, j));
}

/* The smallest distance within which there are n keys. */
static double reach(const gsl_vector *queries, size_t i, const gsl_vector *keys, size_t n)
{
    double best = INFINITY;
    for (size_t j = 0; j < keys->size; j++) {
        double radius = distance(queries, i, keys, j);
        size_t n_within = 0;
        for (size_t l = 0; l < keys->size; l++) {
            n_within += distance(queries, i, keys, l) <= radius;
        }
        best = n_within >= n ? fmin(best, radius) : best;
    }
    return best;
}
#endif

int neighbour_weights(const gsl_vector *queries, const gsl_vector *keys, size_t r,
                      gsl_matrix *weights)
{
#ifdef SOLUTION
    for (size_t i = 0; i < queries->size; i++) {
        double h = reach(queries, i, keys, r + 1), sum = 0.0;
        for (size_t j = 0; j < keys->size; j++) {
            double d = distance(queries, i, keys, j);
            double w = h > 0.0 ? fmax(0.0, 1.0 - d / h * (d / h)) : d == 0.0;
            gsl_matrix_set(weights, i, j, w);
            sum += w;
        }
        for (size_t j = 0; j < keys->size; j++) {
            gsl_matrix_set(weights, i, j, gsl_matrix_get(weights, i, j) / sum);
        }
    }
    return GSL_SUCCESS;
#else
    /* TODO(1.26) */
    return GSL_SUCCESS;
#endif
}
