/* 2.27  How an output leans on its query
 *
 * Exercise 2.6 shows on paper that the derivative of an output by its query is a covariance, where
 * values are keys. Usually they are not, and they do not even have as many numbers. With
 *
 *   p = softmax(scale K q),   y = sum_j p_j v_j
 *
 * work out the matrix of all derivatives,
 *
 *   lean_ab = d y_a / d q_b
 *
 *   q      (d_k)
 *   k      (n x d_k)
 *   v      (n x d_v)
 *   scale  any number
 *   lean   (d_v x d_k): fill all of it
 *
 * Write the loops yourself, and no differences of small steps: eight digits are asked for. Scores may
 * be as large as a thousand. At most 64 keys; d_k and d_v are at most 16. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

#ifdef SOLUTION
static void weigh(const gsl_vector *q, const gsl_matrix *k, double scale, double *p)
{
    double largest = -INFINITY, sum = 0.0;
    for (size_t j = 0; j < k->size1; j++) {
        double dot = 0.0;
        for (size_t b = 0; b < q->size; b++) {
            dot += gsl_vector_get(q, b) * gsl_matrix_get(k, j, b);
        }
        p[j] = scale * dot;
        largest = fmax(largest, p[j]);
    }
    for (size_t j = 0; j < k->size1; j++) {
        p[j] = exp(p[j] - largest);
        sum += p[j];
    }
    for (size_t j = 0; j < k->size1; j++) {
        p[j] /= sum;
    }
}

/* The mean of column c under the weights. */
static double mean(const double *p, const gsl_matrix *x, size_t c)
{
    double sum = 0.0;
    for (size_t j = 0; j < x->size1; j++) {
        sum += p[j] * gsl_matrix_get(x, j, c);
    }
    return sum;
}
#endif

int lean_on_query(const gsl_vector *q, const gsl_matrix *k, const gsl_matrix *v, double scale,
                  gsl_matrix *lean)
{
#ifdef SOLUTION
    /* dy/dq = scale sum_j p_j (v_j - mean v) (k_j - mean k)^T */
    double p[64];
    weigh(q, k, scale, p);
    for (size_t a = 0; a < v->size2; a++) {
        for (size_t b = 0; b < k->size2; b++) {
            double y = mean(p, v, a), center = mean(p, k, b), sum = 0.0;
            for (size_t j = 0; j < k->size1; j++) {
                sum += p[j] * (gsl_matrix_get(v, j, a) - y) * (gsl_matrix_get(k, j, b) - center);
            }
            gsl_matrix_set(lean, a, b, scale * sum);
        }
    }
    return GSL_SUCCESS;
#else
    /* TODO(2.27) */
    return GSL_SUCCESS;
#endif
}
