/**
 * @file inverses.h
 * Additive scores in which v stands in the denominators:
 *
 *     v r = 1 / d,   d = w / r = w + w e^(2 q) e^(2 k),   w = 1 / v,
 *
 * so that the first sums of quotients, 1 / a + 1 / b = (a + b) / (a b), take no product with v.
 */
#ifndef OPTIMIZED_KERNELS_INVERSES_H
#define OPTIMIZED_KERNELS_INVERSES_H

#include "optimized/kernels/row.h"
#include "optimized/kernels/shares.h"
#include <math.h>

/* ---- v --------------------------------------------------------------------------------------- */

/** A power of two for which 2^-12 <= unit / (2 |v|), whatever v is up to the largest. Products of
    eight of them are then normal numbers. */
INLINE float unit_of(float largest)
{
    return ldexpf(1.0f, ilogbf(fmaxf(largest, 0x1p-80f)) - 10);
}

/** How many vectors share a division, if n are left. */
INLINE int n_sharing(size_t n)
{
    return n >= MOST_SHARING ? MOST_SHARING : 4;
}

/** Whether the units fill all groups that share a division, none being left or padded, and whether
    the product of |w| of each group is at most 1: then that of d does not overflow if that of 1 / r
    does not. A v that is 0 or far smaller than the others has a w too large for that. */
INLINE bool can_be_inverted(const float *w, size_t width)
{
    size_t n_vectors = width / LANES;
    for (size_t i = 0, n; i < n_vectors; i += n) {
        n = n_sharing(n_vectors - i);
        vec product = vec_all(1.0f);
        for (size_t l = 0; i + l < n_vectors && l < n; l++) {
            product *= vec_load(w + (i + l) * LANES);
        }
        if (i + n > n_vectors || !(vec_largest(vec_max(product, -product)) <= 1.0f)) {
            return false;
        }
    }
    return true;
}

static void pack_v(fast_rows row, size_t width, fast_additive_v *v)
{
    double sum = 0.0; /* rounded once: it stands in every score */
    float largest = 0.0f;
    for (size_t c = 0; c < row.n_cols; c++) {
        sum += (double)row.data[c];
        largest = fmaxf(largest, fabsf(row.data[c]));
    }
    bool is_finite = isfinite(sum);
    v->sum = (float)sum;
    v->unit = is_finite ? unit_of(largest) : 1.0f;
    for (size_t c = 0; c < width; c += LANES) {
        vec numerator = row_load(row.data, c, row.n_cols, 0) * (-2.0f / v->unit);
        vec_store(v->numerators + c, numerator);
        vec_store(v->inverses + c, 1.0f / numerator);
    }
    v->is_inverted = is_finite && can_be_inverted(v->inverses, width);
}

/* ---- Scores ---------------------------------------------------------------------------------- */

/** sums_j += 1 / d_j  for n vectors of hidden units, which share a division, and n_keys keys. */
INLINE void add_inverses(const float *q, const float *keys, size_t stride, const float *w, int n,
                         int n_keys, vec sums[KEYS])
{
    vec q_i[MOST_SHARING], w_i[MOST_SHARING];
    UNROLLED
    for (int i = 0; i < n; i++) {
        q_i[i] = vec_load(q + i * LANES);
        w_i[i] = vec_load(w + i * LANES);
    }
    UNROLLED_LONG
    for (int j = 0; j < n_keys; j++) {
        vec d[MOST_SHARING];
        UNROLLED
        for (int i = 0; i < n; i++) {
            d[i] = w_i[i] + q_i[i] * vec_load(keys + j * stride + i * LANES);
        }
        sums[j] += sum_of_inverses(d, n);
    }
}

/** e^(2 Q) / v. */
INLINE void divide_queries_by_v(const fast_additive_block *b)
{
    for (size_t i = 0; i < b->n_q; i++) {
        for (size_t c = 0; c < b->width; c += LANES) {
            vec w = vec_load(b->v->inverses + c), q = vec_load(b->queries + i * b->width + c);
            vec_store(b->queries_by_v + i * b->width + c, w * q);
        }
    }
}

/** The scores of all queries and n_keys keys. */
INLINE void score_keys_inverted(const fast_additive_block *b, const float *keys, int n_keys,
                                float *scores)
{
    const float *w = b->v->inverses;
    float unit = b->v->unit, origin = b->v->sum;
    size_t width = b->width, n_q = b->n_q, stride = b->stride;
    for (size_t i = 0; i < n_q; i++) {
        const float *q = b->queries_by_v + i * width;
        vec sums[KEYS] = {{0}};
        size_t c = 0;
        for (; c + MOST_SHARING * LANES <= width; c += MOST_SHARING * LANES) {
            add_inverses(q + c, keys + c, width, w + c, MOST_SHARING, n_keys, sums);
        }
        if (c < width) {
            add_inverses(q + c, keys + c, width, w + c, 4, n_keys, sums);
        }
        store_sums(sums, n_keys, unit, origin, scores + i * stride);
    }
}

/* A function of its own: among the other ways to a score, GCC leaves its registers in memory, which
   takes 1.1 times as long. */
OUT_OF_LINE void score_inverted(const fast_additive_block *b, float *scores)
{
    size_t j = 0;
    divide_queries_by_v(b);
    for (; j + KEYS <= b->n_k; j += KEYS) {
        score_keys_inverted(b, b->keys + j * b->width, KEYS, scores + j);
    }
    for (; j < b->n_k; j++) {
        score_keys_inverted(b, b->keys + j * b->width, 1, scores + j);
    }
}

#endif
