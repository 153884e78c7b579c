/* 5.27  Does it look at all?
 *
 * A decoder whose attention never saw the encoder was copied for six years: it trained, its loss
 * fell, and its maps showed a diagonal. A test of what attention *is* would have found it in a
 * second. Here it is yours to write. The decoder under test is trained; you do not know its numbers:
 *
 *   p_tj = softmax over the words j < length of  s_t^T A h_j,      0 for j >= length
 *   c_t  = sum_j p_tj h_j
 *   z_t  = s_t B + c_t C
 *
 *   memory    h, (n x d): states of the encoder, one for each word; only read
 *   length    so many of the n words are words, the rest is padding; 1 to n
 *   states    s, (m x e): states of the decoder, one for each step; only read
 *   weights   p, (m x n): filled by the decoder
 *   logits    z, (m x k): filled by the decoder, for a k of your choice
 *
 * A, B and C depend on the sizes alone: two calls with the same d, e and k have the same ones.
 *
 * check_decoder() calls it on states of yours, with at most 64 rows and columns, as often as you
 * like, and with different ones. It returns 0 if all your checks hold, else the number of the one
 * that failed, from 1 on. The right decoder must be accepted, although its results are rounded, by
 * one part in 10^12. Eight others must be rejected.
 *
 * What you print is in build/exercises/5.27/log.txt after each run. */

#include <gsl/gsl_matrix.h>
#include <math.h>

typedef int decoder_function(const gsl_matrix *memory, size_t length, const gsl_matrix *states,
                             gsl_matrix *weights, gsl_matrix *logits);

#ifdef SOLUTION

enum { WORDS = 5, LENGTH = 4, D = 3, STEPS = 2, E = 6, K = 7 };

static int is_near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

/* Check 1: each row is a distribution over the words, and nothing is left for padding. */
static int is_distribution(const gsl_matrix *weights)
{
    int ok = 1;
    for (size_t t = 0; t < STEPS; t++) {
        double sum = 0.0, beyond = 0.0;
        for (size_t j = 0; j < WORDS; j++) {
            sum += gsl_matrix_get(weights, t, j);
            beyond += j >= LENGTH ? fabs(gsl_matrix_get(weights, t, j)) : 0.0;
        }
        ok = ok && is_near(sum, 1.0) && is_near(beyond, 0.0);
    }
    return ok;
}

/* Check 2: if two words change places, their weights do. */
static int weights_follow(decoder_function *decode, const gsl_matrix *memory,
                          const gsl_matrix *states, const gsl_matrix *weights, gsl_matrix *logits)
{
    int ok = 1;
    gsl_matrix *other = gsl_matrix_alloc(WORDS, D), *moved = gsl_matrix_calloc(STEPS, WORDS);
    gsl_matrix_memcpy(other, memory);
    gsl_matrix_swap_rows(other, 0, 2);
    decode(other, LENGTH, states, moved, logits);
    gsl_matrix_swap_columns(moved, 0, 2);
    for (size_t t = 0; t < STEPS; t++) {
        for (size_t j = 0; j < WORDS; j++) {
            ok = ok && is_near(gsl_matrix_get(moved, t, j), gsl_matrix_get(weights, t, j));
        }
    }
    gsl_matrix_free(other);
    gsl_matrix_free(moved);
    return ok;
}

/* Check 5: a word alone has the weight 1. So what the decoder says of all words is the mixture of
 * what it says of each of them alone, under the weights that it shows. */
static int says_what_it_saw(decoder_function *decode, gsl_matrix *memory, const gsl_matrix *states,
                            const gsl_matrix *weights, const gsl_matrix *logits)
{
    int ok = 1, differs = 0;
    gsl_matrix *left = gsl_matrix_alloc(STEPS, K), *alone = gsl_matrix_calloc(STEPS, K);
    gsl_matrix *one = gsl_matrix_calloc(STEPS, 1);
    gsl_matrix_memcpy(left, logits);
    for (size_t j = 0; j < LENGTH; j++) {
        gsl_matrix_view word = gsl_matrix_submatrix(memory, j, 0, 1, D);
        decode(&word.matrix, 1, states, one, alone);
        differs = differs || !is_near(gsl_matrix_get(alone, 0, 0), gsl_matrix_get(logits, 0, 0));
        for (size_t t = 0; t < STEPS; t++) {
            for (size_t c = 0; c < K; c++) {
                *gsl_matrix_ptr(left, t, c) -=
                    gsl_matrix_get(weights, t, j) * gsl_matrix_get(alone, t, c);
            }
        }
    }
    for (size_t n = 0; n < STEPS * K; n++) {
        ok = ok && is_near(gsl_matrix_get(left, n / K, n % K), 0.0);
    }
    gsl_matrix_free(left);
    gsl_matrix_free(alone);
    gsl_matrix_free(one);
    return ok && differs;
}

static void fill(gsl_matrix *a, double first)
{
    for (size_t i = 0; i < a->size1; i++) {
        for (size_t j = 0; j < a->size2; j++) {
            gsl_matrix_set(a, i, j, sin(first + 1.7 * (double)(i * a->size2 + j)));
        }
    }
}

static int first_failure(decoder_function *decode, gsl_matrix *memory, const gsl_matrix *states,
                         gsl_matrix *weights, gsl_matrix *logits)
{
    decode(memory, LENGTH, states, weights, logits);
    if (!is_distribution(weights)) {
        return 1;
    }
    if (!says_what_it_saw(decode, memory, states, weights, logits)) {
        return 5;
    }
    if (is_near(gsl_matrix_get(weights, 0, 0), gsl_matrix_get(weights, 1, 0))) {
        return 3; /* another state, and the same look */
    }
    if (is_near(gsl_matrix_get(weights, 0, 0), gsl_matrix_get(weights, 0, 1))) {
        return 4; /* another word, and the same weight */
    }
    return weights_follow(decode, memory, states, weights, logits) ? 0 : 2;
}

#endif

int check_decoder(decoder_function *decode)
{
#ifdef SOLUTION
    gsl_matrix *memory = gsl_matrix_alloc(WORDS, D), *states = gsl_matrix_alloc(STEPS, E);
    gsl_matrix *weights = gsl_matrix_calloc(STEPS, WORDS), *logits = gsl_matrix_calloc(STEPS, K);
    fill(memory, 1.0);
    fill(states, 2.0);
    int failed = first_failure(decode, memory, states, weights, logits);
    gsl_matrix_free(memory);
    gsl_matrix_free(states);
    gsl_matrix_free(weights);
    gsl_matrix_free(logits);
    return failed;
#else
    /* TODO(5.27): what must change if the words change, and what must not? */
    return 0;
#endif
}
