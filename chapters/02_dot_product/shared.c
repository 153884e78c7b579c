#include "chapters/02_dot_product/parts.h"

#include <math.h>

void hide_cells(const gsl_matrix *scores, gsl_matrix *cells)
{
    for (size_t i = 0; i < cells->size1; i++) {
        for (size_t j = 0; j < cells->size2; j++) {
            if (gsl_matrix_get(scores, i, j) == -INFINITY) {
                gsl_matrix_set(cells, i, j, NAN);
            }
        }
    }
}

const char *const similarity_names[] = {"dot", "scaled-dot", "cosine", "euclidean", NULL};

double scale_of(const settings *choices, size_t d)
{
    double divisor = choices->similarity == CHOICE_SCALED_DOT ? sqrt((double)d) : 1.0;
    return 1.0 / (divisor * choices->temperature);
}

ref_similarity similarity_of(int choice)
{
    switch (choice) {
    case CHOICE_COSINE:
        return REF_COSINE;
    case CHOICE_EUCLIDEAN:
        return REF_NEG_SQ_EUCLIDEAN;
    default:
        return REF_DOT;
    }
}
