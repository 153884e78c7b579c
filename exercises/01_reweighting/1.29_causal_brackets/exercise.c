/* 1.29  The brackets moved, for readers
 *
 * (X X^T) X = X (X^T X): moving the brackets saves the table of all pairs. A reader does not know the
 * words to come, so row i may take from the rows 0 .. i only, and then there are no brackets to move:
 *
 *   output_i = sum_{j <= i} (q_i . k_j) v_j
 *
 * Or are there? The function below is right, and loads about 200 000 numbers for 96 words. It can be
 * done with less than a tenth, in one walk over the words.
 *
 *   q, k    (n x d_k), d_k at most 8
 *   v       (n x d_v), d_v at most 16
 *   output  (n x d_v)
 *
 * The matrices are reached through counted_get() and counted_set(). Local variables are registers,
 * and are not counted; there may be 2 KiB of them. That is room for more than one row. */

#include "exercises/checker/counted.h"

#ifdef SOLUTION
enum { MOST_K = 8, MOST_V = 16 };
#endif

void read_forward(counted_matrix q, counted_matrix k, counted_matrix v, counted_matrix output)
{
    size_t n = counted_rows(q), d_k = counted_cols(q), d_v = counted_cols(v);
#ifdef SOLUTION
    /* output_i = q_i S_i  with  S_i = sum_{j <= i} k_j^T v_j = S_{i-1} + k_i^T v_i */
    double state[MOST_K][MOST_V] = {{0.0}};
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < d_v; c++) {
            double value = counted_get(v, i, c), sum = 0.0;
            for (size_t p = 0; p < d_k; p++) {
                state[p][c] += counted_get(k, i, p) * value;
                sum += counted_get(q, i, p) * state[p][c];
            }
            counted_set(output, i, c, sum);
        }
    }
#else
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < d_v; c++) {
            counted_set(output, i, c, 0.0);
        }
        for (size_t j = 0; j <= i; j++) {
            double score = 0.0;
            for (size_t p = 0; p < d_k; p++) {
                score += counted_get(q, i, p) * counted_get(k, j, p);
            }
            for (size_t c = 0; c < d_v; c++) {
                double sum = counted_get(output, i, c) + score * counted_get(v, j, c);
                counted_set(output, i, c, sum);
            }
        }
    }
#endif
}
