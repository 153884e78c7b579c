/* The scores of additive attention and their gradient, in whole vectors of hidden units.
 *
 * Measured with AVX-512: a division of its own for each share makes the scores 2.7 times slower, and
 * one for every two of them 1.5 times. */
#include "optimized/kernels/additive_kernels.h"
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/row.h"
#include "optimized/kernels/square.h"
#include <math.h>

/* So many keys are looked at with a query at once, and so many quotients share a division. */
enum { KEYS = 4, SHARING = 4 };

/* ---- Shares ---------------------------------------------------------------------------------- */

static float exponentials(fast_rows x, float *e, size_t width)
{
    vec largest = {0};
    ivec is_nan = {0};
    for (size_t i = 0; i < x.n_rows; i++) {
        for (size_t c = 0; c < width; c += LANES) {
            vec piece = row_load(x.data + i * x.stride, c, x.n_cols, 0);
            is_nan |= piece != piece;
            largest = vec_max(vec_max(piece, -piece), largest);
            vec_store(e + i * width + c, vec_exp(2.0f * piece));
        }
    }
    return ivec_any(is_nan) ? NAN : vec_largest(largest);
}

static fast_additive_size size(float largest_query, float largest_key)
{
    if (largest_query + largest_key <= 10.8f) {
        return FAST_ADDITIVE_SMALL;
    }
    bool fit = largest_query <= 43.0f && largest_key <= 43.0f;
    return fit ? FAST_ADDITIVE_LARGE : FAST_ADDITIVE_HUGE;
}

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

/* ---- Scores ---------------------------------------------------------------------------------- */

// [shared-quotient]
/** v_0 / d_0 + v_1 / d_1 + v_2 / d_2 + v_3 / d_3. */
INLINE vec sum_of_quotients(const vec v[SHARING], const vec d[SHARING])
{
    vec v_01 = v[0] * d[1] + v[1] * d[0], d_01 = d[0] * d[1];
    vec v_23 = v[2] * d[3] + v[3] * d[2], d_23 = d[2] * d[3];
    return (v_01 * d_23 + v_23 * d_01) / (d_01 * d_23);
}
// [shared-quotient]

/** sums_j += v r_j  for SHARING vectors of hidden units and n_keys keys. */
INLINE void add_shares(const float *q, const float *keys, size_t stride, const float *v, int n_keys,
                       fast_additive_size size, vec sums[KEYS])
{
    vec q_w[SHARING], v_w[SHARING];
    UNROLLED
    for (int w = 0; w < SHARING; w++) {
        q_w[w] = vec_load(q + w * LANES);
        v_w[w] = vec_load(v + w * LANES);
    }
    UNROLLED_LONG
    for (int j = 0; j < n_keys; j++) {
        vec d[SHARING];
        UNROLLED
        for (int w = 0; w < SHARING; w++) {
            d[w] = inverse_share(q_w[w], vec_load(keys + j * stride + w * LANES), size);
        }
        sums[j] += sum_of_quotients(v_w, d);
    }
}

/** The sum of the lanes of each of KEYS vectors: transposed inside quarters, added, and then the
    quarters are added. */
INLINE void store_sums(vec sums[KEYS], float origin, float *scores)
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
        scores[j] = sum;
    }
}

/** The scores of one query and n_keys keys. */
INLINE void score_keys(fast_additive_block b, const float *q, const float *keys, int n_keys,
                       fast_additive_size size, float *scores)
{
    vec sums[KEYS] = {{0}};
    size_t c = 0;
    for (; size != FAST_ADDITIVE_HUGE && c + SHARING * LANES <= b.width; c += SHARING * LANES) {
        add_shares(q + c, keys + c, b.width, b.v + c, n_keys, size, sums);
    }
    for (; c < b.width; c += LANES) {
        vec q_c = vec_load(q + c), v_c = vec_load(b.v + c);
        UNROLLED_LONG
        for (int j = 0; j < n_keys; j++) {
            sums[j] += v_c * share(q_c, vec_load(keys + j * b.width + c), size);
        }
    }
    if (n_keys == KEYS) {
        store_sums(sums, b.sum_v, scores);
    } else {
        scores[0] = b.sum_v + vec_sum(sums[0]);
    }
}

INLINE void score_all(fast_additive_block b, fast_additive_size size, float *scores)
{
    for (size_t j = 0, n_keys; j < b.n_k; j += n_keys) {
        const float *keys = b.keys + j * b.width;
        n_keys = j + KEYS <= b.n_k ? KEYS : 1;
        for (size_t i = 0; i < b.n_q; i++) {
            const float *q = b.queries + i * b.width;
            float *s = scores + i * b.stride + j;
            if (n_keys == KEYS) {
                score_keys(b, q, keys, KEYS, size, s);
            } else {
                score_keys(b, q, keys, 1, size, s);
            }
        }
    }
}

static void score(const fast_additive_block *block, float *scores)
{
    if (block->size == FAST_ADDITIVE_SMALL) {
        score_all(*block, FAST_ADDITIVE_SMALL, scores);
    } else if (block->size == FAST_ADDITIVE_LARGE) {
        score_all(*block, FAST_ADDITIVE_LARGE, scores);
    } else {
        score_all(*block, FAST_ADDITIVE_HUGE, scores);
    }
}

/* ---- Weights --------------------------------------------------------------------------------- */

static float weigh(float *scores, size_t n)
{
    vec largest = vec_all(-INFINITY), sums = {0};
    for (size_t j = 0; j < n; j += LANES) { /* NaN is not the largest, but makes the sum NaN */
        largest = vec_max(row_load(scores, j, n, -INFINITY), largest);
    }
    float maximum = vec_largest(largest), origin = maximum > -INFINITY ? maximum : 0.0f;
    for (size_t j = 0; j < n; j += LANES) {
        vec weight = vec_exp(row_load(scores, j, n, -INFINITY) - origin);
        sums += weight;
        row_store(scores, j, n, weight);
    }
    float sum = vec_sum(sums), inverse = sum != 0 ? 1.0f / sum : 0.0f;
    for (size_t j = 0; j < n; j += LANES) {
        row_store(scores, j, n, row_load(scores, j, n, 0) * inverse);
    }
    return sum != 0 ? origin + logf(sum) : -INFINITY;
}

static void weigh_again(float *scores, float log_sum_exp, float *grad, float product, size_t n)
{
    float origin = log_sum_exp != -INFINITY ? log_sum_exp : 0.0f;
    for (size_t j = 0; j < n; j += LANES) {
        vec weight = vec_exp(row_load(scores, j, n, -INFINITY) - origin);
        vec grad_score = weight * (row_load(grad, j, n, 0) - product);
        row_store(scores, j, n, weight);
        row_store(grad, j, n, vec_keep(weight != 0, grad_score));
    }
}

/* ---- Backward -------------------------------------------------------------------------------- */

/** The shares of one query and n_keys keys, two by two with one division. */
INLINE void shares(vec q, const vec k[KEYS], int n_keys, fast_additive_size size, vec r[KEYS])
{
    bool are_pairs = n_keys == KEYS && size != FAST_ADDITIVE_HUGE;
    UNROLLED
    for (int j = 0; j < n_keys && !are_pairs; j++) {
        r[j] = share(q, k[j], size);
    }
    UNROLLED
    for (int j = 0; j < KEYS && are_pairs; j += 2) {
        vec d_0 = inverse_share(q, k[j], size), d_1 = inverse_share(q, k[j + 1], size);
        vec both = 1.0f / (d_0 * d_1);
        r[j] = both * d_1;
        r[j + 1] = both * d_0;
    }
}

/** What one vector of hidden units of n_keys keys has to do with all queries. */
INLINE void go_back_to_keys(fast_additive_block b, fast_additive_gradient g, size_t j, size_t c,
                            int n_keys, fast_additive_size size)
{
    vec k[KEYS], grad_k[KEYS], grad_v = vec_load(g.v + c);
    UNROLLED
    for (int l = 0; l < n_keys; l++) {
        k[l] = vec_load(b.keys + (j + l) * b.width + c);
        grad_k[l] = vec_load(g.keys + (j + l) * b.width + c);
    }
    for (size_t i = 0; i < b.n_q; i++) {
        const float *grad_scores = g.grad_scores + i * b.stride + j;
        float *grad_query = g.queries + i * b.width + c;
        vec r[KEYS], grad_q = vec_load(grad_query);
        shares(vec_load(b.queries + i * b.width + c), k, n_keys, size, r);
        UNROLLED_LONG
        for (int l = 0; l < n_keys; l++) {
            vec slope = r[l] - r[l] * r[l];
            grad_v += grad_scores[l] * r[l];
            grad_q += grad_scores[l] * slope;
            grad_k[l] += grad_scores[l] * slope;
        }
        vec_store(grad_query, grad_q);
    }
    UNROLLED
    for (int l = 0; l < n_keys; l++) {
        vec_store(g.keys + (j + l) * b.width + c, grad_k[l]);
    }
    vec_store(g.v + c, grad_v);
}

INLINE void go_back_over_all(fast_additive_block b, fast_additive_gradient g,
                             fast_additive_size size)
{
    for (size_t c = 0; c < b.width; c += LANES) {
        size_t j = 0;
        for (; j + KEYS <= b.n_k; j += KEYS) {
            go_back_to_keys(b, g, j, c, KEYS, size);
        }
        for (; j < b.n_k; j++) {
            go_back_to_keys(b, g, j, c, 1, size);
        }
    }
}

static void go_back(const fast_additive_block *block, const fast_additive_gradient *gradient)
{
    if (block->size == FAST_ADDITIVE_SMALL) {
        go_back_over_all(*block, *gradient, FAST_ADDITIVE_SMALL);
    } else if (block->size == FAST_ADDITIVE_LARGE) {
        go_back_over_all(*block, *gradient, FAST_ADDITIVE_LARGE);
    } else {
        go_back_over_all(*block, *gradient, FAST_ADDITIVE_HUGE);
    }
}

extern const fast_additive_kernels FOR_ISA(fast_additive_kernels);
const fast_additive_kernels FOR_ISA(fast_additive_kernels) = {
    .exponentials = exponentials,
    .size = size,
    .score = score,
    .weigh = weigh,
    .weigh_again = weigh_again,
    .go_back = go_back,
};
