/* 5.22  A window that is aimed
 *
 * A decoder may look at a part of the source only: at the states near a place that it has chosen,
 * and less at those by the rim (Luong et al. 2015, local-p). In the paper the weights are made
 * first and multiplied by a bell curve afterwards, so that they no longer sum to 1. Here they do:
 * the bell curve takes part in the softmax.
 *
 *   weights_tj ~ exp(scores_tj) exp(-(j - centre_t)^2 / (2 sigma^2)),   sigma = half_width / 2,
 *
 * for the states j with |j - centre_t| <= half_width and j < length, else 0; and each row is
 * divided by its sum. A row whose window holds no real state is all 0.
 *
 *   scores      (n_q x n_k)
 *   centre      (n_q): a place from 0 to n_k, seldom a whole number
 *   half_width  above 0
 *   length      how many states are real; those behind them are padding
 *   weights     (n_q x n_k): fill all of it
 *
 * Write the loops yourself, without BLAS. Scores may be as large as a thousand. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>

int aimed_weights(const gsl_matrix *scores, const gsl_vector *centre, double half_width,
                  size_t length, gsl_matrix *weights)
{
#ifdef SOLUTION
    double sigma = half_width / 2.0;
    for (size_t t = 0; t < scores->size1; t++) {
        double largest = -INFINITY, sum = 0.0;
        for (size_t j = 0; j < scores->size2; j++) {
            double distance = fabs((double)j - gsl_vector_get(centre, t));
            double score = gsl_matrix_get(scores, t, j);
            score -= distance * distance / (2.0 * sigma * sigma);
            score = distance <= half_width && j < length ? score : -INFINITY;
            gsl_matrix_set(weights, t, j, score);
            largest = fmax(largest, score);
        }
        for (size_t j = 0; j < scores->size2; j++) {
            double score = gsl_matrix_get(weights, t, j);
            double e = score == -INFINITY ? 0.0 : exp(score - largest);
            gsl_matrix_set(weights, t, j, e);
            sum += e;
        }
        for (size_t j = 0; sum != 0.0 && j < scores->size2; j++) {
            gsl_matrix_set(weights, t, j, gsl_matrix_get(weights, t, j) / sum);
        }
    }
    return GSL_SUCCESS;
#else
    /* TODO(5.22) */
    return GSL_SUCCESS;
#endif
}
