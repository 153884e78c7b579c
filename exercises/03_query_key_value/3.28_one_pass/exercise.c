/* 3.28  Three matrices, one pass
 *
 *   Q = X W_Q,   K = X W_K,   V = X W_V
 *
 *   x                              (n x d_x), d_x at most 40
 *   weight_q, weight_k, weight_v   (d_x x d_k), (d_x x d_k), (d_x x d_v)
 *   q, k, v                        (n x d_k), (n x d_k), (n x d_v)
 *
 * The function below is right. It loads a number of X again for every column of every matrix, and a
 * number of the matrices again for every word: 107 520 loads for 24 words of 40 numbers, with d_k =
 * 16 and d_v = 24. Fewer than 16 000 are enough.
 *
 * The matrices are reached through counted_get() and counted_set(), and each counted_get() is a
 * load. Local variables are registers, and are not counted; there may be 2 KiB of them. */

#include "exercises/checker/counted.h"

#ifdef SOLUTION
enum { ROWS = 4, MOST = 40 };

/* A few words at a time: every number of the matrix is loaded once for all of them. */
static void project(double x[ROWS][MOST], size_t begin, size_t n_rows, counted_matrix weight,
                    counted_matrix output)
{
    for (size_t c = 0; c < counted_cols(weight); c++) {
        double sum[ROWS] = {0.0};
        for (size_t a = 0; a < counted_rows(weight); a++) {
            double w = counted_get(weight, a, c);
            for (size_t r = 0; r < n_rows; r++) {
                sum[r] += x[r][a] * w;
            }
        }
        for (size_t r = 0; r < n_rows; r++) {
            counted_set(output, begin + r, c, sum[r]);
        }
    }
}
#else
static void project(counted_matrix x, counted_matrix weight, counted_matrix output)
{
    for (size_t i = 0; i < counted_rows(x); i++) {
        for (size_t c = 0; c < counted_cols(weight); c++) {
            double sum = 0.0;
            for (size_t a = 0; a < counted_cols(x); a++) {
                sum += counted_get(x, i, a) * counted_get(weight, a, c);
            }
            counted_set(output, i, c, sum);
        }
    }
}
#endif

void one_pass(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
              counted_matrix weight_v, counted_matrix q, counted_matrix k, counted_matrix v)
{
#ifdef SOLUTION
    size_t n = counted_rows(x);
    for (size_t begin = 0; begin < n; begin += ROWS) {
        double rows[ROWS][MOST];
        size_t n_rows = begin + ROWS < n ? ROWS : n - begin;
        for (size_t r = 0; r < n_rows; r++) {
            for (size_t a = 0; a < counted_cols(x); a++) {
                rows[r][a] = counted_get(x, begin + r, a);
            }
        }
        project(rows, begin, n_rows, weight_q, q);
        project(rows, begin, n_rows, weight_k, k);
        project(rows, begin, n_rows, weight_v, v);
    }
#else
    project(x, weight_q, q);
    project(x, weight_k, k);
    project(x, weight_v, v);
#endif
}
