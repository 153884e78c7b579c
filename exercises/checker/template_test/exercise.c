/* @ID@  A title without maths
 *
 * Why one would want this, in two sentences. Then the formula of the function under test, every
 * argument with its shape, and what the mutants get wrong, without naming them.
 *
 *   mean_c = 1/n sum_i x_ic
 *
 *   x     (n x d)
 *   mean  (d): filled by the function under test
 *
 * check_mean() calls it as often as it likes, with at most 64 rows and columns, and returns 0 if all
 * checks hold, else the number of the one that failed: 1, 2, 3. A right function may sum in any
 * order, so its results may differ from yours by one part in 10^12. */

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

typedef int mean_function(const gsl_matrix *x, gsl_vector *mean);

int check_mean(mean_function *mean_of_rows)
{
#ifdef SOLUTION
    double numbers[] = {1.0, 5.0, -2.0, 4.0, 0.5, 7.0}, result[3] = {9.0, 9.0, 9.0};
    gsl_matrix_view x = gsl_matrix_view_array(numbers, 2, 3);
    gsl_vector_view mean = gsl_vector_view_array(result, 3);
    mean_of_rows(&x.matrix, &mean.vector);
    for (size_t c = 0; c < 3; c++) {
        if (!(fabs(result[c] - (numbers[c] + numbers[3 + c]) / 2.0) < 1e-9)) {
            return 1;
        }
    }
    return 0;
#else
    /* TODO(@ID@) */
    return 0;
#endif
}
