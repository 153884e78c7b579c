/* 2.28  Scores, a block at a time
 *
 *   scores_ij = q_i . k_j      q (n_q x d_k), k (n_k x d_k), scores (n_q x n_k)
 *
 * The function below is right, and reads the whole of k from memory again for each row of q: for
 * 96 x 96 matrices that is 112 896 misses of a cache of 32 KiB, because k alone takes 72 KiB. With
 * blocks that fit into the cache it can be done with fewer than 16 000.
 *
 * The matrices are reached through counted_get() and counted_set(), which are replayed through a
 * simulated cache: the count is the same on every machine. Local variables are registers, and are
 * not counted; there may be 2 KiB of them. */

#include "exercises/checker/counted.h"

#ifdef SOLUTION
enum { BLOCK = 16 };

static size_t end_of(size_t begin, size_t n)
{
    return begin + BLOCK < n ? begin + BLOCK : n;
}
#endif

static double dot_of_rows(counted_matrix q, size_t i, counted_matrix k, size_t j)
{
    double sum = 0.0;
    for (size_t c = 0; c < counted_cols(q); c++) {
        sum += counted_get(q, i, c) * counted_get(k, j, c);
    }
    return sum;
}

void blocked_scores(counted_matrix q, counted_matrix k, counted_matrix scores)
{
    size_t n_q = counted_rows(q), n_k = counted_rows(k);
#ifdef SOLUTION
    for (size_t ii = 0; ii < n_q; ii += BLOCK) {
        for (size_t jj = 0; jj < n_k; jj += BLOCK) {
            for (size_t i = ii; i < end_of(ii, n_q); i++) {
                for (size_t j = jj; j < end_of(jj, n_k); j++) {
                    counted_set(scores, i, j, dot_of_rows(q, i, k, j));
                }
            }
        }
    }
#else
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            counted_set(scores, i, j, dot_of_rows(q, i, k, j));
        }
    }
#endif
}
