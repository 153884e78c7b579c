/* 5.24  The best memory and the worst
 *
 * A GRU decides with gates what it keeps:
 *
 *   r = sigma(a_r + u_r),  z = sigma(a_z + u_z),  n = tanh(a_n + r o u_n),  h_t = (1 - z) o n + z o h
 *
 * where a = x W + b is the view of the word, u = h U that of the state before, and o multiplies
 * entry by entry. W and U are given and have numbers of about 1. Choose b so that the cell becomes
 *
 *   row 0   a safe: h_t = h, whatever the word is
 *   row 1   forgetful: h_t depends on the word, and not on h at all
 *
 *   weight_x  W, (d x 3k): the columns of r, then of z, then of n
 *   weight_h  U, (k x 3k), in the same order
 *   biases    (2 x 3k): b, in the same order; fill both rows, with numbers between -1000 and 1000
 *
 * It is tried with words and states between -2 and 2. There are many right answers. "Equal" means:
 * up to 1e-6. */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>

int two_memories(const gsl_matrix *weight_x, const gsl_matrix *weight_h, gsl_matrix *biases)
{
#ifdef SOLUTION
    size_t k = weight_h->size1;
    (void)weight_x;
    for (size_t c = 0; c < k; c++) {
        for (size_t row = 0; row < 2; row++) {
            gsl_matrix_set(biases, row, c, -500.0); /* r is 0: no state in n */
            gsl_matrix_set(biases, row, 2 * k + c, 0.0);
        }
        gsl_matrix_set(biases, 0, k + c, 500.0);  /* z is 1: all of h stays */
        gsl_matrix_set(biases, 1, k + c, -500.0); /* z is 0: nothing of it does */
    }
    return GSL_SUCCESS;
#else
    /* TODO(5.24) */
    return GSL_SUCCESS;
#endif
}
