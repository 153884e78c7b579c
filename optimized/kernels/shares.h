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
/** a_0 / d_0 + a_step / d_step + ..., below n: sums of two become sums of four. */
INLINE vec sum_of_quotients(vec a[MOST_SHARING], vec d[MOST_SHARING], int step, int n)
{
    UNROLLED
    for (; step < n; step *= 2) {
        UNROLLED
        for (int i = 0; i < n; i += 2 * step) {
            a[i] = a[i] * d[i + step] + a[i + step] * d[i];
            d[i] *= d[i + step];
        }
    }
    return a[0] / d[0];
}

/** 1 / d_0 + 1 / d_1 + ...: n of them, 4 or 8. The first sums take no product. */
INLINE vec sum_of_inverses(vec d[MOST_SHARING], int n)
{
    vec a[MOST_SHARING];
    UNROLLED
    for (int i = 0; i < n; i += 2) {
        a[i] = d[i] + d[i + 1];
        d[i] *= d[i + 1];
    }
    return sum_of_quotients(a, d, 2, n);
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

/* KEYS floats, at any address. */
typedef float quarter __attribute__((vector_size(4 * KEYS), aligned(4), may_alias));

/** The sum of the lanes of each of n_keys vectors, in a unit and counted from an origin. KEYS of them
    are transposed inside quarters, added, and then the quarters are added. */
INLINE void store_sums(vec sums[KEYS], int n_keys, float unit, float origin, float *to)
{
    if (n_keys < KEYS) {
        to[0] = origin + unit * vec_sum(sums[0]);
        return;
    }
    float quarters[LANES];
    transpose_quarters(sums);
    vec_store(quarters, (sums[0] + sums[1]) + (sums[2] + sums[3]));
    quarter sum = *(quarter *)quarters;
    UNROLLED
    for (int l = KEYS; l < LANES; l += KEYS) {
        sum += *(quarter *)(quarters + l);
    }
    *(quarter *)to = origin + unit * sum;
}

#endif
