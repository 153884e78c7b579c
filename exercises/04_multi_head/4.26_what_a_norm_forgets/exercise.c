/* 4.26  What a norm forgets
 *
 * Layer normalisation moves a row to mean 0 and scales it to spread 1:
 *
 *   z_c = (x_c - mu) / sqrt(1/d sum_l (x_l - mu)^2),      mu = 1/d sum_l x_l
 *
 * (gain 1, bias 0, epsilon 0). What is lost on the way nobody behind it can know. Prove that by
 * giving, for any row x, two others:
 *
 *   row 0   another row with the same z; its mean and its spread both differ from those of x, by at
 *           least 0.1
 *   row 1   a row whose z is that of x with all signs turned, and whose mean is that of x
 *
 *   x       (d), d at least 3, not constant
 *   others  (2 x d): fill both rows, with numbers between -100 and 100
 *
 * There are many right answers for row 0. "The same" means: up to 1e-9. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

int forgotten(const gsl_vector *x, gsl_matrix *others)
{
#ifdef SOLUTION
    double mean = 0.0;
    for (size_t c = 0; c < x->size; c++) {
        mean += gsl_vector_get(x, c) / (double)x->size;
    }
    for (size_t c = 0; c < x->size; c++) {
        double from_mean = gsl_vector_get(x, c) - mean;
        gsl_matrix_set(others, 0, c, 3.0 * from_mean + mean + 1.0);
        gsl_matrix_set(others, 1, c, mean - from_mean);
    }
    return GSL_SUCCESS;
#else
    /* TODO(4.26) */
    return GSL_SUCCESS;
#endif
}
