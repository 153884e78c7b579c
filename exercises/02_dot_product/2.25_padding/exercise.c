/* 2.25  The sentence that is all padding
 *
 * Sentences of a batch are made equally long by padding. Row i of the scores belongs to a sentence
 * of length[i] words: only its first length[i] keys are real. The function below hides the others
 * with minus infinity, as it should, and takes the softmax. It has worked for months, until an
 * empty sentence came: length[i] = 0. Since then the training shows nothing but NaN.
 *
 *   weights_ij = exp(scores_ij - m_i) / sum over l < length[i] of exp(scores_il - m_i),   j < length[i]
 *   weights_ij = 0,   j >= length[i]
 *
 *   scores   (n_q x n_k); it must not change
 *   length   (n_q), each from 0 to n_k
 *   weights  (n_q x n_k): a row sums to 1, or is 0 where its sentence is empty
 *
 * Find the reason, and mend it there: turning NaN into 0 afterwards would also hide the NaN of a
 * broken score, and a NaN among the scores of real keys must still spoil its own row. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <math.h>

int masked_softmax(const gsl_matrix *scores, const size_t *length, gsl_matrix *weights)
{
    gsl_matrix_memcpy(weights, scores);
    for (size_t i = 0; i < scores->size1; i++) {
        double largest = -INFINITY, sum = 0.0;
        for (size_t j = length[i]; j < scores->size2; j++) {
            gsl_matrix_set(weights, i, j, -INFINITY);
        }
        for (size_t j = 0; j < scores->size2; j++) {
            largest = fmax(largest, gsl_matrix_get(weights, i, j));
        }
#ifdef SOLUTION
        if (length[i] == 0) {
            /* no softmax: -inf - (-inf) is NaN, and so is 0 / 0 */
            for (size_t j = 0; j < scores->size2; j++) {
                gsl_matrix_set(weights, i, j, 0.0);
            }
            continue;
        }
#endif
        for (size_t j = 0; j < scores->size2; j++) {
            double e = exp(gsl_matrix_get(weights, i, j) - largest);
            gsl_matrix_set(weights, i, j, e);
            sum += e;
        }
        for (size_t j = 0; j < scores->size2; j++) {
            gsl_matrix_set(weights, i, j, gsl_matrix_get(weights, i, j) / sum);
        }
    }
    return GSL_SUCCESS;
}
