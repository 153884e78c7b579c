/* 1.24  Two queries that break the division
 *
 * Dot products may be negative, and then dividing a row of them by its sum goes wrong in two ways.
 * You will understand both when you can cause them for any keys you are given.
 *
 *   s_j = q . k_j       p_j = s_j / sum_l s_l
 *
 *   query 0   the scores sum to 0, but they are not all 0: every weight is infinite
 *   query 1   the order turns around: the key with the LOWEST score gets the LARGEST weight, and no
 *             weight is infinite
 *
 *   keys     (n x d), d at least 2; their mean is not 0
 *   queries  (2 x d): fill both rows
 *
 * There are many right answers. "To 0" means: up to the rounding of a double. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>

#ifdef SOLUTION
static double sum_of_column(const gsl_matrix *keys, size_t c)
{
    double sum = 0.0;
    for (size_t j = 0; j < keys->size1; j++) {
        sum += gsl_matrix_get(keys, j, c);
    }
    return sum;
}
#endif

int breaking_queries(const gsl_matrix *keys, gsl_matrix *queries)
{
#ifdef SOLUTION
    /* sum_j q . k_j = q . sum_j k_j, so only the sum of the keys matters */
    gsl_matrix_set_zero(queries);
    gsl_matrix_set(queries, 0, 0, -sum_of_column(keys, 1));
    gsl_matrix_set(queries, 0, 1, sum_of_column(keys, 0));
    for (size_t c = 0; c < keys->size2; c++) {
        gsl_matrix_set(queries, 1, c, -sum_of_column(keys, c));
    }
    return GSL_SUCCESS;
#else
    /* TODO(1.24) */
    return GSL_SUCCESS;
#endif
}
