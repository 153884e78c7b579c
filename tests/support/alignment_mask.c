#include "tests/support/alignment_mask.h"

#include <math.h>

/* A window is so many states wide to either side. */
enum { REACH = 2 };

const size_t *alignment_lengths(size_t n_k)
{
    static size_t lengths[MAX_SOURCES];
    lengths[0] = n_k - n_k / 3, lengths[1] = 0, lengths[2] = n_k;
    return lengths;
}

void alignment_window(twin *bias)
{
    size_t n_q = bias->view.n_rows, n_k = bias->view.n_cols;
    for (size_t b = 0; b < bias->view.n_batch; b++) {
        gsl_matrix_view m = twin_matrix(bias, b, 0);
        for (size_t i = 0; i < n_q; i++) {
            for (size_t j = 0; j < n_k; j++) {
                size_t middle = i * n_k / n_q;
                if (j + REACH < middle || j > middle + REACH) {
                    gsl_matrix_set(&m.matrix, i, j, -INFINITY);
                }
            }
        }
    }
    twin_round(bias);
}
