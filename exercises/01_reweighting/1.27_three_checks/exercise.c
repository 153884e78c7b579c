/* 1.27  Three checks for six wrong programs
 *
 * Whoever writes a function wrongly often tests it wrongly, too. Here you only write the test. The
 * function under test divides scores by their sum and mixes the values:
 *
 *   p_ij = s_ij / sum_l s_il        y_i = sum_j p_ij v_j
 *
 *   scores   (m x n), all positive; only read
 *   values   (n x d); only read
 *   weights  (m x n): p, filled by the function under test
 *   output   (m x d): y, filled by it as well
 *
 * check_reweighting() calls it on matrices of yours, with at most 64 rows and columns, as often as
 * you like. It returns 0 if all your checks hold, else the number of the one that failed: 1, 2 or 3.
 * The right function must be accepted. Six others must be rejected; what is wrong with them you
 * hear when one gets through. A right function may sum in any order: its results may differ from
 * yours by one part in 10^12.
 *
 * What you print is in build/exercises/1.27/log.txt after each run. */

#include <gsl/gsl_matrix.h>
#include <math.h>

typedef int reweight_function(const gsl_matrix *scores, const gsl_matrix *values,
                              gsl_matrix *weights, gsl_matrix *output);

#ifdef SOLUTION

enum { M = 2, N = 4, D = 3 };

static int rows_sum_to_1(const gsl_matrix *weights)
{
    int ok = 1;
    for (size_t i = 0; i < M; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < N; j++) {
            sum += gsl_matrix_get(weights, i, j);
        }
        ok = ok && fabs(sum - 1.0) < 1e-9;
    }
    return ok;
}

static int is_mixture(const gsl_matrix *output, const gsl_matrix *weights, const gsl_matrix *values)
{
    int ok = 1;
    for (size_t i = 0; i < M; i++) {
        for (size_t c = 0; c < D; c++) {
            double y = 0.0;
            for (size_t j = 0; j < N; j++) {
                y += gsl_matrix_get(weights, i, j) * gsl_matrix_get(values, j, c);
            }
            ok = ok && fabs(gsl_matrix_get(output, i, c) - y) < 1e-9;
        }
    }
    return ok;
}

/* p_ij / p_i0 = s_ij / s_i0, without the division */
static int is_in_proportion(const gsl_matrix *weights, const gsl_matrix *scores)
{
    int ok = 1;
    for (size_t i = 0; i < M; i++) {
        for (size_t j = 0; j < N; j++) {
            double one = gsl_matrix_get(weights, i, j) * gsl_matrix_get(scores, i, 0);
            double other = gsl_matrix_get(weights, i, 0) * gsl_matrix_get(scores, i, j);
            ok = ok && fabs(one - other) < 1e-9;
        }
    }
    return ok;
}

#endif

int check_reweighting(reweight_function *reweight)
{
#ifdef SOLUTION
    double s[] = {1.0, 3.0, 0.5, 2.0, 4.0, 0.7, 1.5, 2.5};
    double v[] = {1.0, -2.0, 0.5, 3.0, 1.5, -1.0, 0.2, 4.0, 2.5, -0.6, 0.9, 1.1};
    double p[M * N], y[M * D] = {9.0, 9.0, 9.0, 9.0, 9.0, 9.0}; /* whoever adds is caught */
    gsl_matrix_view scores = gsl_matrix_view_array(s, M, N);
    gsl_matrix_view values = gsl_matrix_view_array(v, N, D);
    gsl_matrix_view weights = gsl_matrix_view_array(p, M, N);
    gsl_matrix_view output = gsl_matrix_view_array(y, M, D);
    gsl_matrix_set_zero(&weights.matrix);
    reweight(&scores.matrix, &values.matrix, &weights.matrix, &output.matrix);
    if (!rows_sum_to_1(&weights.matrix)) {
        return 1;
    }
    if (!is_mixture(&output.matrix, &weights.matrix, &values.matrix)) {
        return 2;
    }
    return is_in_proportion(&weights.matrix, &scores.matrix) ? 0 : 3;
#else
    /* TODO(1.27): make matrices, call reweight(), look at weights and output */
    return 0;
#endif
}
