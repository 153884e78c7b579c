/**
 * @file shares.h
 * The share r = 1 / (1 + e^(2 (q + k))) of additive attention, for one vector of hidden units or for
 * several that share a division: the part that the forward and the backward pass share.
 */
#ifndef OPTIMIZED_KERNELS_SHARES_H
#define OPTIMIZED_KERNELS_SHARES_H

#include "optimized/kernels/additive_kernels.h"
#include "optimized/kernels/square.h"

/* So many keys are looked at with a query at once. So many quotients share a division at most: eight
   of them would need more than 16 registers, and so would four, going back. */
enum { KEYS = 4, MOST_SHARING = TILE_ROWS == 8 ? 8 : 4, SHARING_BACKWARD = MOST_SHARING / 2 };

/** 1 / r = 1 + e^(2 q) e^(2 k). */
INLINE vec inverse_share(vec q, vec k, fast_additive_size size)
{
    if (size == FAST_ADDITIVE_LARGE) {
        return 1.0f - vec_max(vec_all(-0x1p30f), -q * k); /* NaN stays NaN */
    }
    return 1.0f + q * k;
}

/** r = 1 / (1 + e^(2 (q + k))). */
INLINE vec share(vec q, vec k, fast_additive_size size)
{
    if (size == FAST_ADDITIVE_HUGE) {
        return vec_sigmoid(-2.0f * (q + k));
    }
    return 1.0f / inverse_share(q, k, size);
}

// [shared-quotient]
/** v_0 / d_0 + v_1 / d_1 + ...: n of them, 2, 4 or 8. Sums of two become sums of four. */
INLINE vec sum_of_quotients(const vec v[MOST_SHARING], vec d[MOST_SHARING], int n)
{
    vec sum[MOST_SHARING];
    UNROLLED
    for (int i = 0; i < n; i += 2) {
        sum[i] = v[i] * d[i + 1] + v[i + 1] * d[i];
        d[i] *= d[i + 1];
    }
    UNROLLED
    for (int step = 2; step < n; step *= 2) {
        UNROLLED
        for (int i = 0; i < n; i += 2 * step) {
            sum[i] = sum[i] * d[i + step] + sum[i + step] * d[i];
            d[i] *= d[i + step];
        }
    }
    return sum[0] / d[0];
}
// [shared-quotient]

/** The shares of one query and n_keys keys. */
INLINE void shares(vec q, const vec k[KEYS], int n_keys, fast_additive_size size, vec r[KEYS])
{
    if (n_keys < KEYS || size == FAST_ADDITIVE_HUGE) {
        UNROLLED
        for (int j = 0; j < n_keys; j++) {
            r[j] = share(q, k[j], size);
        }
        return;
    }
    vec d[KEYS];
    UNROLLED
    for (int j = 0; j < KEYS; j++) {
        d[j] = inverse_share(q, k[j], size);
    }
    vec pair_0 = d[0] * d[1], pair_1 = d[2] * d[3];
    if (SHARING_BACKWARD == 4) {
        vec all = 1.0f / (pair_0 * pair_1), of_first = all * pair_1;
        pair_1 = all * pair_0;
        pair_0 = of_first;
    } else {
        pair_0 = 1.0f / pair_0;
        pair_1 = 1.0f / pair_1;
    }
    r[0] = pair_0 * d[1];
    r[1] = pair_0 * d[0];
    r[2] = pair_1 * d[3];
    r[3] = pair_1 * d[2];
}

/** The sum of the lanes of each of KEYS vectors: transposed inside quarters, added, and then the
    quarters are added. */
INLINE void store_sums(vec sums[KEYS], float origin, float *to)
{
    float quarters[LANES];
    transpose_quarters(sums);
    vec_store(quarters, (sums[0] + sums[1]) + (sums[2] + sums[3]));
    UNROLLED
    for (int j = 0; j < KEYS; j++) {
        float sum = origin;
        UNROLLED
        for (int l = j; l < LANES; l += 4) {
            sum += quarters[l];
        }
        to[j] = sum;
    }
}

#endif
