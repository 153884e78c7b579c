/* The scores of additive attention and their gradient, in whole vectors of hidden units. */
#include "optimized/kernels/additive_kernels.h"
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/row.h"
#include <math.h>

/* Up to here e^(2 q) e^(2 k) neither overflows nor vanishes. */
static const float LARGEST = 20.0f;

/* So many keys are looked at with a query at once. */
enum { KEYS = 4 };

static bool exponentials(fast_rows x, float *e, size_t width)
{
    ivec is_small = ~(ivec){0};
    for (size_t i = 0; i < x.n_rows; i++) {
        for (size_t c = 0; c < width; c += LANES) {
            vec piece = row_load(x.data + i * x.stride, c, x.n_cols, 0);
            is_small &= vec_max(piece, -piece) <= LARGEST;
            vec_store(e + i * width + c, vec_exp(2.0f * piece));
        }
    }
    return !ivec_any(~is_small);
}

/** r = 1 / (1 + e^(2 (q + k))). */
INLINE vec share(vec q, vec k, bool are_exponentials)
{
    if (are_exponentials) {
        return 1.0f / (1.0f + q * k);
    }
    return vec_sigmoid(-2.0f * (q + k));
}

/** The scores of one query and n_keys keys. */
INLINE void score_keys(fast_additive_block b, const float *q, const float *keys, int n_keys,
                       bool are_exponentials, float *scores)
{
    vec sums[KEYS] = {{0}};
    for (size_t c = 0; c < b.width; c += LANES) {
        vec q_c = vec_load(q + c), v_c = vec_load(b.v + c);
        UNROLLED_LONG
        for (int j = 0; j < n_keys; j++) {
            sums[j] += v_c * share(q_c, vec_load(keys + j * b.width + c), are_exponentials);
        }
    }
    UNROLLED_LONG
    for (int j = 0; j < n_keys; j++) {
        scores[j] = b.sum_v + vec_sum(sums[j]);
    }
}

INLINE void score_all(fast_additive_block b, bool are_exponentials, float *scores)
{
    for (size_t j = 0; j < b.n_k;) {
        size_t n_keys = j + KEYS <= b.n_k ? KEYS : 1;
        const float *keys = b.keys + j * b.width;
        for (size_t i = 0; i < b.n_q; i++) {
            const float *q = b.queries + i * b.width;
            float *s = scores + i * b.stride + j;
            if (n_keys == KEYS) {
                score_keys(b, q, keys, KEYS, are_exponentials, s);
            } else {
                score_keys(b, q, keys, 1, are_exponentials, s);
            }
        }
        j += n_keys;
    }
}

static void score(const fast_additive_block *block, float *scores)
{
    if (block->are_exponentials) {
        score_all(*block, true, scores);
    } else {
        score_all(*block, false, scores);
    }
}

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

/** What one vector of hidden units of n_keys keys has to do with all queries. */
INLINE void go_back_to_keys(fast_additive_block b, fast_additive_gradient g, size_t j, size_t c,
                            int n_keys, bool are_exponentials)
{
    vec k[KEYS], grad_k[KEYS], grad_v = vec_load(g.v + c);
    UNROLLED
    for (int l = 0; l < n_keys; l++) {
        k[l] = vec_load(b.keys + (j + l) * b.width + c);
        grad_k[l] = vec_load(g.keys + (j + l) * b.width + c);
    }
    for (size_t i = 0; i < b.n_q; i++) {
        const float *grad_scores = g.grad_scores + i * b.stride + j;
        vec q = vec_load(b.queries + i * b.width + c);
        vec grad_q = vec_load(g.queries + i * b.width + c);
        UNROLLED_LONG
        for (int l = 0; l < n_keys; l++) {
            vec r = share(q, k[l], are_exponentials);
            vec grad_r = grad_scores[l] * r, slope = grad_r - grad_r * r;
            grad_v += grad_r;
            grad_q += slope;
            grad_k[l] += slope;
        }
        vec_store(g.queries + i * b.width + c, grad_q);
    }
    UNROLLED
    for (int l = 0; l < n_keys; l++) {
        vec_store(g.keys + (j + l) * b.width + c, grad_k[l]);
    }
    vec_store(g.v + c, grad_v);
}

INLINE void go_back_over_all(fast_additive_block b, fast_additive_gradient g, bool are_exponentials)
{
    for (size_t c = 0; c < b.width; c += LANES) {
        size_t j = 0;
        for (; j + KEYS <= b.n_k; j += KEYS) {
            go_back_to_keys(b, g, j, c, KEYS, are_exponentials);
        }
        for (; j < b.n_k; j++) {
            go_back_to_keys(b, g, j, c, 1, are_exponentials);
        }
    }
}

static void go_back(const fast_additive_block *block, const fast_additive_gradient *gradient)
{
    if (block->are_exponentials) {
        go_back_over_all(*block, *gradient, true);
    } else {
        go_back_over_all(*block, *gradient, false);
    }
}

extern const fast_additive_kernels FOR_ISA(fast_additive_kernels);
const fast_additive_kernels FOR_ISA(fast_additive_kernels) = {
    .exponentials = exponentials,
    .score = score,
    .weigh = weigh,
    .weigh_again = weigh_again,
    .go_back = go_back,
};
