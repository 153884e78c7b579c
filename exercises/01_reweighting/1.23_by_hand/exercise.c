/* 1.23  Predict, then run
 *
 * given.txt, beside this file, holds three words of two numbers each. Take a pencil and reweight
 * the last of them, word 2, by content:
 *
 *   w_j = x_2 . x_j            the dot products with all three words, itself among them
 *   p_j = w_j / sum_l w_l      divided by their sum
 *   y   = sum_j p_j x_j        the new word
 *
 *   words      (3 x 2), as in given.txt
 *   predicted  (5): p_0, p_1, p_2, then the two numbers of y; three decimals are enough
 *
 * Write your five numbers down as constants, and only then run the check. What is right is not
 * shown, but known mistakes are named. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>

int predict_last_word(const gsl_matrix *words, gsl_vector *predicted)
{
#ifdef SOLUTION
    double score[3], sum = 0.0;
    for (size_t j = 0; j < 3; j++) {
        score[j] = gsl_matrix_get(words, 2, 0) * gsl_matrix_get(words, j, 0) +
                   gsl_matrix_get(words, 2, 1) * gsl_matrix_get(words, j, 1);
        sum += score[j];
    }
    for (size_t c = 0; c < 2; c++) {
        double y = 0.0;
        for (size_t j = 0; j < 3; j++) {
            y += score[j] / sum * gsl_matrix_get(words, j, c);
        }
        gsl_vector_set(predicted, 3 + c, y);
    }
    for (size_t j = 0; j < 3; j++) {
        gsl_vector_set(predicted, j, score[j] / sum);
    }
    return GSL_SUCCESS;
#else
    /* TODO(1.23): gsl_vector_set(predicted, 0, 0.123); and so on */
    return GSL_SUCCESS;
#endif
}
