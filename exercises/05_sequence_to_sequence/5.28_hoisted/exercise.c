/* 5.28  What does not depend on the step
 *
 *   scores_tj = v . tanh(s_t W + h_j U)
 *
 *   s       (n_q x d_s): states of the decoder, in the order in which they come
 *   h       (n_k x d_h): states of the encoder
 *   w       (d_s x d_a), d_a at most 16
 *   u       (d_h x d_a)
 *   v       (1 x d_a)
 *   keys    (n_k x d_a): a place to keep something in; at the end h U has to stand there
 *   scores  (n_q x n_k): fill all of it
 *
 * The function below is right, and follows the formula from left to right: 67 968 loads for 12
 * states of a decoder, 16 of an encoder, d_s = 18, d_h = 20 and d_a = 8. Fewer than 12 000 are
 * enough. The states of the decoder come one after another, so s W cannot be made before its row
 * has come.
 *
 * The matrices are reached through counted_get() and counted_set(), and each counted_get() is a
 * load. Local variables are registers, and are not counted. */

#include "exercises/checker/counted.h"

#include <math.h>

enum { MOST = 16 };

/* One number of one row of x W. */
static double projected(counted_matrix x, size_t i, counted_matrix weight, size_t c)
{
    double sum = 0.0;
    for (size_t a = 0; a < counted_cols(x); a++) {
        sum += counted_get(x, i, a) * counted_get(weight, a, c);
    }
    return sum;
}

void additive_scores(counted_matrix s, counted_matrix h, counted_matrix w, counted_matrix u,
                     counted_matrix v, counted_matrix keys, counted_matrix scores)
{
    size_t n_q = counted_rows(s), n_k = counted_rows(h), d_a = counted_cols(v);
#ifdef SOLUTION
    for (size_t j = 0; j < n_k; j++) {
        for (size_t c = 0; c < d_a; c++) {
            counted_set(keys, j, c, projected(h, j, u, c));
        }
    }
#endif
    for (size_t t = 0; t < n_q; t++) {
        double query[MOST];
        for (size_t c = 0; c < d_a; c++) {
            query[c] = projected(s, t, w, c);
        }
        for (size_t j = 0; j < n_k; j++) {
            double score = 0.0;
            for (size_t c = 0; c < d_a; c++) {
#ifdef SOLUTION
#else
                counted_set(keys, j, c, projected(h, j, u, c));
#endif
                score += counted_get(v, 0, c) * tanh(query[c] + counted_get(keys, j, c));
            }
            counted_set(scores, t, j, score);
        }
    }
}
