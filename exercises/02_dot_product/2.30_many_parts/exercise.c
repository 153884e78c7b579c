/* 2.30  Many parts, and some of them empty
 *
 * The keys of one query lie on many machines. Each machine attends over its own keys and sends its
 * output y_r and its log-sum-exp L_r. You put them together, all at once:
 *
 *   L = ln sum_r exp(L_r)
 *   y = sum_r exp(L_r - L) y_r
 *
 *   parts        y_r, (n_parts x d_v)
 *   log_sum_exp  L_r, (n_parts): any size, also in the thousands; -INFINITY where a machine had no key
 *   merged       (d_v + 1): y, and L behind it; fill all of it
 *
 * A part without keys counts nothing, whatever stands in its row: that memory was never written, and
 * may hold NaN. Where all parts are empty, y is 0 and L is -INFINITY. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

int merge_parts(const gsl_matrix *parts, const gsl_vector *log_sum_exp, gsl_vector *merged)
{
#ifdef SOLUTION
    double largest = gsl_vector_max(log_sum_exp), sum = 0.0;
    gsl_vector_set_zero(merged);
    for (size_t r = 0; r < parts->size1; r++) {
        double own = gsl_vector_get(log_sum_exp, r);
        if (own == -INFINITY) {
            continue; /* 0 times NaN is NaN */
        }
        double share = exp(own - largest);
        for (size_t c = 0; c < parts->size2; c++) {
            double y = gsl_vector_get(merged, c) + share * gsl_matrix_get(parts, r, c);
            gsl_vector_set(merged, c, y);
        }
        sum += share;
    }
    gsl_vector_set(merged, parts->size2, largest + log(sum));
    for (size_t c = 0; largest > -INFINITY && c < parts->size2; c++) {
        gsl_vector_set(merged, c, gsl_vector_get(merged, c) / sum);
    }
    return GSL_SUCCESS;
#else
    /* TODO(2.30) */
    return GSL_SUCCESS;
#endif
}
