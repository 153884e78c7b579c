/* 4.28  A key is made once
 *
 * A text is written word after word. When word t comes, its query is compared with the keys of all
 * words so far, its own among them:
 *
 *   k_j = x_j W_K,    q_t = x_t W_Q,    scores_tj = q_t . k_j for j <= t,  else 0
 *
 *   x         (n x d_x): the words, in the order in which they come
 *   weight_q  (d_x x d_k), d_k at most 16
 *   weight_k  (d_x x d_k)
 *   keys      (n x d_k): fill all of it; what was written can be read again
 *   scores    (n x n): fill all of it
 *
 * The function below is right. For each word it makes all keys again, which no word that comes
 * later can change: 106 080 loads for 24 words of 20 numbers with d_k = 8. Fewer than 18 000 are
 * enough, with no more memory than there is.
 *
 * The matrices are reached through counted_get() and counted_set(), and each counted_get() is a
 * load. Local variables are registers, and are not counted. */

#include "exercises/checker/counted.h"

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

/* A word comes: row t of the scores. */
static void write_word(size_t t, counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
                       counted_matrix keys, counted_matrix scores)
{
    double q[MOST];
    size_t d_k = counted_cols(weight_q);
    for (size_t c = 0; c < d_k; c++) {
        q[c] = projected(x, t, weight_q, c);
#ifdef SOLUTION
        counted_set(keys, t, c, projected(x, t, weight_k, c));
#endif
    }
    for (size_t j = 0; j < counted_rows(x); j++) {
        double score = 0.0;
        for (size_t c = 0; j <= t && c < d_k; c++) {
#ifdef SOLUTION
#else
            counted_set(keys, j, c, projected(x, j, weight_k, c));
#endif
            score += q[c] * counted_get(keys, j, c);
        }
        counted_set(scores, t, j, score);
    }
}

void keys_once(counted_matrix x, counted_matrix weight_q, counted_matrix weight_k,
               counted_matrix keys, counted_matrix scores)
{
    for (size_t t = 0; t < counted_rows(x); t++) {
        write_word(t, x, weight_q, weight_k, keys, scores);
    }
}
