/* Division by the sum, where the sum may be as small as it likes. */

#include "reference/reweighting.h"

int careful_division(const gsl_matrix *weights, double least, gsl_matrix *divided);

int ref_divide_by_sum(const gsl_matrix *scores, gsl_matrix *weights)
{
    gsl_matrix *copy = gsl_matrix_alloc(scores->size1, scores->size2); /* weights may be scores */
    gsl_matrix_memcpy(copy, scores);
    int status = careful_division(copy, 0.0, weights);
    gsl_matrix_free(copy);
    return status;
}
