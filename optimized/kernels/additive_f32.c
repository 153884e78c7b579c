/* The scores of additive attention and their gradient, in whole vectors of hidden units.
 *
 * Measured on one core of Zen 5 with AVX-512 and 256 units, in 10^9 tanh a second: 21 with a division
 * for each share, 32 with one for two of them, 30 for four, 29 for eight, and 36 for eight with v in
 * the denominators. Zen 5 begins a division of a whole vector every 2.5 cycles, in which it finishes
 * five products; eight share one for the sake of processors that divide more slowly. Where 1 / r is
 * cut off it is 26, and without factors, each tanh from an exponential of its own, 5. */
#include "optimized/kernels/inverses.h"
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/row.h"
#include "optimized/kernels/shares.h"
#include <math.h>

/* ---- Exponentials ---------------------------------------------------------------------------- */

static float exponentials(fast_rows x, float *e, size_t width)
{
    vec largest = {0}, nothing = {0};
    for (size_t i = 0; i < x.n_rows; i++) {
        for (size_t c = 0; c < width; c += LANES) {
            vec piece = row_load(x.data + i * x.stride, c, x.n_cols, 0);
            largest = vec_max(vec_max(piece, -piece), largest);
            nothing += 0.0f * piece; /* 0, but NaN if one of them is NaN or infinite */
            vec_store(e + i * width + c, vec_exp(2.0f * piece));
        }
    }
    return vec_largest(largest) + vec_sum(nothing);
}

static fast_additive_size size(float largest_query, float largest_key)
{
    if (largest_query + largest_key <= 10.8f) {
        return largest_query + largest_key <= 5.4f ? FAST_ADDITIVE_SMALL : FAST_ADDITIVE_MEDIUM;
    }
    bool fit = largest_query <= 43.0f && largest_key <= 43.0f;
    return fit ? FAST_ADDITIVE_LARGE : FAST_ADDITIVE_HUGE;
}

/* ---- Scores ---------------------------------------------------------------------------------- */

/** sums_j += v r_j  for n vectors of hidden units, which share a division, and n_keys keys. */
INLINE void add_shares(const float *q, const float *keys, size_t stride, const float *v, int n,
                       int n_keys, fast_additive_size size, vec sums[KEYS])
{
    vec q_i[MOST_SHARING], v_i[MOST_SHARING];
    UNROLLED
    for (int i = 0; i < n; i++) {
        q_i[i] = vec_load(q + i * LANES);
        v_i[i] = vec_load(v + i * LANES);
    }
    UNROLLED_LONG
    for (int j = 0; j < n_keys; j++) {
        vec a[MOST_SHARING], d[MOST_SHARING];
        UNROLLED
        for (int i = 0; i < n; i++) {
            a[i] = v_i[i];
            d[i] = inverse_share(q_i[i], vec_load(keys + j * stride + i * LANES), size);
        }
        sums[j] += sum_of_quotients(a, d, 1, n);
    }
}

/** The scores of one query and n_keys keys. */
INLINE void score_keys(fast_additive_block b, const float *q, const float *keys, int n_keys,
                       fast_additive_size size, float *scores)
{
    const float *v = b.v->numerators;
    vec sums[KEYS] = {{0}};
    size_t c = 0;
    for (; size == FAST_ADDITIVE_SMALL && c + MOST_SHARING * LANES <= b.width;
         c += MOST_SHARING * LANES) {
        add_shares(q + c, keys + c, b.width, v + c, MOST_SHARING, n_keys, size, sums);
    }
    for (; size != FAST_ADDITIVE_HUGE && c + 4 * LANES <= b.width; c += 4 * LANES) {
        add_shares(q + c, keys + c, b.width, v + c, 4, n_keys, size, sums);
    }
    for (; c < b.width; c += LANES) {
        vec q_c = vec_load(q + c), v_c = vec_load(v + c);
        UNROLLED_LONG
        for (int j = 0; j < n_keys; j++) {
            sums[j] += v_c * share(q_c, vec_load(keys + j * b.width + c), size);
        }
    }
    store_sums(sums, n_keys, b.v->unit, b.v->sum, scores);
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
    if (block->size == FAST_ADDITIVE_SMALL && block->v->is_inverted) {
        score_inverted(block, scores);
    } else if (block->size == FAST_ADDITIVE_SMALL) {
        score_all(*block, FAST_ADDITIVE_SMALL, scores);
    } else if (block->size == FAST_ADDITIVE_MEDIUM) {
        score_all(*block, FAST_ADDITIVE_MEDIUM, scores);
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

/** a . b_j  for n_rows rows of b. With more of them, a row of a is read less often. */
INLINE void multiply_row(const float *a, const float *b, size_t stride, size_t n_cols, int n_rows,
                         float *products)
{
    vec sums[KEYS] = {{0}};
    for (size_t c = 0; c < n_cols; c += LANES) {
        vec a_c = row_load(a, c, n_cols, 0);
        UNROLLED_LONG
        for (int j = 0; j < n_rows; j++) {
            sums[j] += a_c * row_load(b + j * stride, c, n_cols, 0);
        }
    }
    store_sums(sums, n_rows, 1.0f, 0.0f, products);
}

static void multiply(fast_rows a, fast_rows b, float *products, size_t stride)
{
    for (size_t j = 0, n_rows; j < b.n_rows; j += n_rows) {
        const float *b_j = b.data + j * b.stride;
        n_rows = j + KEYS <= b.n_rows ? KEYS : 1;
        for (size_t i = 0; i < a.n_rows; i++) {
            const float *a_i = a.data + i * a.stride;
            float *p = products + i * stride + j;
            if (n_rows == KEYS) {
                multiply_row(a_i, b_j, b.stride, a.n_cols, KEYS, p);
            } else {
                multiply_row(a_i, b_j, b.stride, a.n_cols, 1, p);
            }
        }
    }
}

/** What one vector of hidden units of n_keys keys has to do with all queries. */
INLINE void go_back_to_keys(fast_additive_block b, fast_additive_gradient g, size_t j, size_t c,
                            int n_keys, fast_additive_size size)
{
    vec k[KEYS], sums_k[KEYS] = {{0}}, sum_v = vec_load(g.v + c), slope = vec_load(g.slope + c);
    UNROLLED
    for (int l = 0; l < n_keys; l++) {
        k[l] = vec_load(b.keys + (j + l) * b.width + c);
    }
    for (size_t i = 0; i < b.n_q; i++) {
        const float *grad_scores = g.grad_scores + i * b.stride + j;
        vec r[KEYS], sum_q = vec_load(g.sums + i * LANES);
        shares(vec_load(b.queries + i * b.width + c), k, n_keys, size, r);
        UNROLLED_LONG
        for (int l = 0; l < n_keys; l++) {
            vec slope_r = r[l] - r[l] * r[l];
            sum_v += grad_scores[l] * r[l];
            sum_q += grad_scores[l] * slope_r;
            sums_k[l] += grad_scores[l] * slope_r;
        }
        vec_store(g.sums + i * LANES, sum_q);
    }
    UNROLLED
    for (int l = 0; l < n_keys; l++) {
        float *row = g.keys.data + (j + l) * g.keys.stride;
        vec grad = row_load(row, c, g.keys.n_cols, 0) + slope * sums_k[l];
        row_store(row, c, g.keys.n_cols, grad);
    }
    vec_store(g.v + c, sum_v);
}

INLINE void go_back_over_all(fast_additive_block b, fast_additive_gradient g,
                             fast_additive_size size)
{
    for (size_t c = 0; c < b.width; c += LANES) {
        for (size_t i = 0; i < b.n_q; i++) {
            vec_store(g.sums + i * LANES, (vec){0});
        }
        size_t j = 0;
        for (; j + KEYS <= b.n_k; j += KEYS) {
            go_back_to_keys(b, g, j, c, KEYS, size);
        }
        for (; j < b.n_k; j++) {
            go_back_to_keys(b, g, j, c, 1, size);
        }
        for (size_t i = 0; i < b.n_q; i++) {
            vec grad = vec_load(g.slope + c) * vec_load(g.sums + i * LANES);
            row_store(g.queries.data + i * g.queries.stride, c, g.queries.n_cols, grad);
        }
    }
}

static void go_back(const fast_additive_block *block, const fast_additive_gradient *gradient)
{
    if (block->size <= FAST_ADDITIVE_MEDIUM) { /* no more than four share a division */
        go_back_over_all(*block, *gradient, FAST_ADDITIVE_MEDIUM);
    } else if (block->size == FAST_ADDITIVE_LARGE) {
        go_back_over_all(*block, *gradient, FAST_ADDITIVE_LARGE);
    } else {
        go_back_over_all(*block, *gradient, FAST_ADDITIVE_HUGE);
    }
}

extern const fast_additive_kernels FOR_ISA(fast_additive_kernels);
const fast_additive_kernels FOR_ISA(fast_additive_kernels) = {
    .exponentials = exponentials,
    .pack_v = pack_v,
    .size = size,
    .score = score,
    .multiply = multiply,
    .weigh = weigh,
    .weigh_again = weigh_again,
    .go_back = go_back,
};
