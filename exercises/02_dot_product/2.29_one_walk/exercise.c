/* 2.29  Attention in one walk
 *
 *   output_i = sum_j p_ij v_j,   p_i = softmax over j of (q_i . k_j)      no scale: it is in q already
 *
 * The function below is right, and safe for large scores. It walks over the keys three times: for
 * the largest score, for the sum, for the output. A row of weights has no room in the 2 KiB of local
 * variables, so it computes each score three times.
 *
 * One walk is enough. Read each key and each value once for each query.
 *
 *   q       (n_q x d_k), d_k at most 8
 *   k       (n_k x d_k), hundreds of keys
 *   v       (n_k x d_v), d_v at most 16
 *   output  (n_q x d_v)
 *
 * The matrices are reached through counted_get() and counted_set(). Scores may be as large as a
 * thousand, with either sign. */

#include "exercises/checker/counted.h"

#include <math.h>

static double score(counted_matrix q, size_t i, counted_matrix k, size_t j)
{
    double sum = 0.0;
    for (size_t c = 0; c < counted_cols(q); c++) {
        sum += counted_get(q, i, c) * counted_get(k, j, c);
    }
    return sum;
}

void walk_once(counted_matrix q, counted_matrix k, counted_matrix v, counted_matrix output)
{
    size_t n_k = counted_rows(k), d_v = counted_cols(v);
    for (size_t i = 0; i < counted_rows(q); i++) {
#ifdef SOLUTION
        double largest = -INFINITY, sum = 0.0, y[16] = {0.0};
        for (size_t j = 0; j < n_k; j++) {
            double s = score(q, i, k, j), before = largest;
            largest = fmax(largest, s);
            double shrink = exp(before - largest), e = exp(s - largest);
            sum = shrink * sum + e;
            for (size_t c = 0; c < d_v; c++) {
                y[c] = shrink * y[c] + e * counted_get(v, j, c);
            }
        }
        for (size_t c = 0; c < d_v; c++) {
            counted_set(output, i, c, y[c] / sum);
        }
#else
        double largest = -INFINITY, sum = 0.0;
        for (size_t j = 0; j < n_k; j++) {
            largest = fmax(largest, score(q, i, k, j));
        }
        for (size_t j = 0; j < n_k; j++) {
            sum += exp(score(q, i, k, j) - largest);
        }
        for (size_t c = 0; c < d_v; c++) {
            counted_set(output, i, c, 0.0);
        }
        for (size_t j = 0; j < n_k; j++) {
            double weight = exp(score(q, i, k, j) - largest) / sum;
            for (size_t c = 0; c < d_v; c++) {
                double y = counted_get(output, i, c) + weight * counted_get(v, j, c);
                counted_set(output, i, c, y);
            }
        }
#endif
    }
}
