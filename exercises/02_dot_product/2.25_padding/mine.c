/* The softmax of rows that end in keys that are not seen, or see none at all. */

#include "reference/softmax.h"

#include <math.h>
#include <stdlib.h>

int masked_softmax(const gsl_matrix *scores, const size_t *length, gsl_matrix *weights);

/* Keys up to the last one whose score is not minus infinity. */
static size_t seen(const gsl_matrix *scores, size_t i)
{
    size_t n = scores->size2;
    while (n > 0 && gsl_matrix_get(scores, i, n - 1) == -INFINITY) {
        n--;
    }
    return n;
}

int ref_softmax_forward(const gsl_matrix *scores, gsl_matrix *weights)
{
    gsl_matrix *copy = gsl_matrix_alloc(scores->size1, scores->size2); /* weights may be scores */
    size_t *length = malloc(scores->size1 * sizeof *length);
    gsl_matrix_memcpy(copy, scores);
    for (size_t i = 0; i < scores->size1; i++) {
        length[i] = seen(scores, i);
    }
    int status = masked_softmax(copy, length, weights);
    free(length);
    gsl_matrix_free(copy);
    return status;
}
