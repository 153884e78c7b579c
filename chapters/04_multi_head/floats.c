/* Doubles to floats and back, number by number. */
#include "chapters/04_multi_head/floats.h"

void floats_narrow(const gsl_matrix *from, const fast_view *to)
{
    for (size_t i = 0; i < from->size1; i++) {
        for (size_t c = 0; c < from->size2; c++) {
            to->data[i * to->row_stride + c] = (float)gsl_matrix_get(from, i, c);
        }
    }
}

void floats_widen(const fast_view *from, gsl_matrix *to)
{
    for (size_t i = 0; i < to->size1; i++) {
        for (size_t c = 0; c < to->size2; c++) {
            gsl_matrix_set(to, i, c, from->data[i * from->row_stride + c]);
        }
    }
}
