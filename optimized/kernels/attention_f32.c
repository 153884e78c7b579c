/* The weights of a block of queries and a block of keys, forward and backward. Softmax is vertical
   here: queries lie on the lanes, so maximum, exponential and sum need no step across lanes. */
#include "optimized/kernels/attention_kernels.h"
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/scores.h"
#include <float.h>

/* An origin rises only when a score exceeds it by more than this, in units of ln(2). Until then
   weights may be as large as 2^8; the division at the end makes up for it. */
static const float PATIENCE = 8.0f;

static void begin(const fast_online_softmax *softmax, size_t width)
{
    for (size_t i = 0; i < width; i += LANES) {
        vec_store(softmax->origin + i, (vec){0});
        vec_store(softmax->limit + i, vec_all(-FLT_MAX));
        vec_store(softmax->sum + i, (vec){0});
    }
}

/** The largest score of each query in a tile, and whether one is beyond its limit. */
INLINE bool is_beyond_limit(const vec s[TILE_ROWS][TILE_VECTORS], int n_vectors, const float *limit,
                            vec top[TILE_VECTORS])
{
    ivec is_beyond = {0};
    UNROLLED
    for (int t = 0; t < n_vectors; t++) {
        top[t] = s[0][t];
        UNROLLED
        for (int j = 1; j < TILE_ROWS; j++) {
            top[t] = vec_max(top[t], s[j][t]);
        }
        is_beyond |= top[t] > vec_load(limit + t * LANES);
    }
    return ivec_any(is_beyond);
}

/** Raises the origin of those queries that are beyond their limit, and makes the n_rows weights of
    this block that came before smaller. For all other queries the factor is exactly 1 and the rise
    exactly 0, so that no query depends on its neighbours. top becomes the rise. */
OUT_OF_LINE void raise_origin(const fast_online_softmax *softmax, vec *top, size_t n_vectors,
                              size_t n_rows, size_t width)
{
    for (size_t t = 0; t < n_vectors; t++) {
        size_t i = t * LANES;
        vec limit = vec_load(softmax->limit + i);
        ivec is_first = limit < 0;
        ivec is_beyond = top[t] > limit;
        vec whole = vec_select(is_first, top[t], vec_ceil(top[t]));
        vec rise = vec_keep(is_beyond, whole);
        vec factor = vec_exp2(vec_keep(~is_first, -rise));
        vec_store(softmax->origin + i, vec_load(softmax->origin + i) + rise);
        vec_store(softmax->limit + i, vec_select(is_beyond, vec_all(PATIENCE), limit));
        vec_store(softmax->sum + i, vec_load(softmax->sum + i) * factor);
        vec_store(softmax->rescale + i, vec_load(softmax->rescale + i) * factor);
        for (size_t j = 0; j < n_rows; j++) {
            float *weight = softmax->weights + j * width + i;
            vec_store(weight, vec_load(weight) * factor);
        }
        top[t] = rise;
    }
}

/** Scores become weights, which are stored and added to the sums. */
INLINE void store_weights(vec s[TILE_ROWS][TILE_VECTORS], int n_vectors, float *sums,
                          float *weights, size_t width)
{
    UNROLLED_LONG
    for (int t = 0; t < n_vectors; t++) {
        vec sum = vec_load(sums + t * LANES);
        UNROLLED_LONG
        for (int j = 0; j < TILE_ROWS; j++) {
            vec weight = vec_exp2(s[j][t]);
            sum += weight;
            vec_store(weights + j * width + t * LANES, weight);
        }
        vec_store(sums + t * LANES, sum);
    }
}

INLINE bool weigh_keys(fast_score_block scores, fast_online_softmax softmax, score_kind kind,
                       int n_vectors)
{
    bool has_risen = false;
    for (size_t j0 = 0; j0 < scores.n_keys; j0 += TILE_ROWS) {
        vec s[TILE_ROWS][TILE_VECTORS], top[TILE_VECTORS];
        score_tile(scores, j0, kind, softmax.origin, n_vectors, s);
        if (__builtin_expect(is_beyond_limit(s, n_vectors, softmax.limit, top), false)) {
            raise_origin(&softmax, top, n_vectors, j0, scores.width);
            UNROLLED
            for (int j = 0; j < TILE_ROWS; j++) {
                UNROLLED
                for (int t = 0; t < n_vectors; t++) {
                    s[j][t] -= top[t];
                }
            }
            has_risen = true;
        }
        store_weights(s, n_vectors, softmax.sum, softmax.weights + j0 * scores.width, scores.width);
    }
    return has_risen;
}

static void end(const fast_online_softmax *softmax, size_t width)
{
    const float ln_2 = 0x1.62e43p-1f;
    for (size_t i = 0; i < width; i += LANES) {
        vec origin = vec_load(softmax->origin + i), sum = vec_load(softmax->sum + i);
        ivec sees_a_key = sum != 0; /* or the sum is NaN */
        vec log_sum_exp = origin * ln_2 + vec_log(sum);
        vec_store(softmax->origin + i, vec_select(sees_a_key, log_sum_exp, vec_all(-INFINITY)));
        vec_store(softmax->sum + i, vec_keep(sees_a_key, 1 / sum));
    }
}

/** P = exp2(S - L)  for a tile. */
INLINE void weigh_tile_again(fast_score_block scores, fast_score_gradient gradient, size_t j0,
                             score_kind kind, int n_vectors)
{
    vec s[TILE_ROWS][TILE_VECTORS];
    score_tile(scores, j0, kind, gradient.log_sum_exp, n_vectors, s);
    UNROLLED_LONG
    for (int t = 0; t < n_vectors; t++) {
        UNROLLED_LONG
        for (int j = 0; j < TILE_ROWS; j++) {
            float *weight = gradient.weights + (j0 + j) * scores.width + t * LANES;
            vec_store(weight, vec_exp2(s[j][t]));
        }
    }
}

/** dS = P o (dY V^T - D)  for a tile. */
INLINE void differentiate_tile(fast_score_block scores, fast_score_gradient gradient, size_t j0,
                               score_kind kind, int n_vectors)
{
    tile_left values = {gradient.values + j0 * gradient.value_stride, gradient.value_stride, 1};
    tile_right grad_output = {gradient.grad_output, scores.width};
    vec s[TILE_ROWS][TILE_VECTORS];
    tile_begin(gradient.products, n_vectors, s);
    tile_product(gradient.d_v, values, grad_output, n_vectors, s);
    UNROLLED_LONG
    for (int t = 0; t < n_vectors; t++) {
        UNROLLED_LONG
        for (int j = 0; j < TILE_ROWS; j++) {
            size_t at = (j0 + j) * scores.width + t * LANES;
            vec weight = vec_load(gradient.weights + at), grad = weight * s[j][t];
            if (kind != PLAIN) { /* the value of a hidden key may be anything */
                grad = vec_keep(weight != 0, grad);
            }
            vec_store(gradient.grad_scores + at, grad);
        }
    }
}

INLINE void weigh_keys_again(fast_score_block scores, fast_score_gradient gradient, score_kind kind,
                             int n_vectors)
{
    for (size_t j0 = 0; j0 < scores.n_keys; j0 += TILE_ROWS) {
        weigh_tile_again(scores, gradient, j0, kind, n_vectors);
        differentiate_tile(scores, gradient, j0, kind, n_vectors);
    }
}

/** Sums dS along its diagonals. Rows of keys that are LANES apart meet the same diagonals, so what
    they have there is added up in a register first: sums that are loaded again one float further on
    would have to wait until the stores before are through. */
static void add_diagonals(const fast_score_block *scores, const fast_score_gradient *gradient)
{
    ptrdiff_t n_vectors = (ptrdiff_t)scores->n_vectors, n_keys = (ptrdiff_t)scores->n_keys;
    ptrdiff_t width = (ptrdiff_t)scores->width;
    for (ptrdiff_t j0 = 0; j0 < LANES; j0++) {
        for (ptrdiff_t step = -((n_keys - 1) / LANES); step < n_vectors; step++) {
            vec sum = {0};
            for (ptrdiff_t t = step > 0 ? step : 0; t < n_vectors; t++) {
                ptrdiff_t j = j0 + (t - step) * LANES;
                if (j < n_keys) {
                    sum += vec_load(gradient->grad_scores + j * width + t * LANES);
                }
            }
            float *diagonals = gradient->diagonals + step * LANES - j0;
            vec_store(diagonals, vec_load(diagonals) + sum);
        }
    }
}

/** dS times the factor of each key. What is exactly 0 belongs to a hidden key: it stays 0, even
    where the factor is not finite. */
static void multiply_keys(const fast_score_block *scores, const fast_score_gradient *gradient)
{
    for (size_t j = 0; j < scores->n_keys; j++) {
        for (size_t t = 0; t < scores->n_vectors; t++) {
            float *grad = gradient->grad_scores + j * scores->width + t * LANES;
            vec product = vec_load(grad) * gradient->key_factors[j];
            vec_store(grad, vec_keep(vec_load(grad) != 0, product));
        }
    }
}

/* A copy of both loops for each kind of scores and each number of vectors. Only where these are
   constants does a tile stay in registers. */
#define COPY_LOOPS(kind, n)                                                                        \
    static bool weigh_##kind##_##n(const fast_score_block *scores,                                 \
                                   const fast_online_softmax *softmax)                             \
    {                                                                                              \
        return weigh_keys(*scores, *softmax, kind, n);                                             \
    }                                                                                              \
    static void weigh_again_##kind##_##n(const fast_score_block *scores,                           \
                                         const fast_score_gradient *gradient)                      \
    {                                                                                              \
        weigh_keys_again(*scores, *gradient, kind, n);                                             \
    }

COPY_LOOPS(PLAIN, 1)
COPY_LOOPS(PLAIN, 2)
COPY_LOOPS(PLAIN, 3)
COPY_LOOPS(MASKED, 1)
COPY_LOOPS(MASKED, 2)
COPY_LOOPS(MASKED, 3)
COPY_LOOPS(FACTORED, 1)
COPY_LOOPS(FACTORED, 2)
COPY_LOOPS(FACTORED, 3)

static bool weigh(const fast_score_block *scores, const fast_online_softmax *softmax)
{
    static bool (*const loops[][TILE_VECTORS])(const fast_score_block *,
                                               const fast_online_softmax *) = {
        [PLAIN] = {weigh_PLAIN_1, weigh_PLAIN_2, weigh_PLAIN_3},
        [MASKED] = {weigh_MASKED_1, weigh_MASKED_2, weigh_MASKED_3},
        [FACTORED] = {weigh_FACTORED_1, weigh_FACTORED_2, weigh_FACTORED_3},
    };
    for (size_t t = 0; t < scores->n_vectors; t++) {
        vec_store(softmax->rescale + t * LANES, vec_all(1));
    }
    return loops[kind_of_scores(*scores)][scores->n_vectors - 1](scores, softmax);
}

static void weigh_again(const fast_score_block *scores, const fast_score_gradient *gradient)
{
    static void (*const loops[][TILE_VECTORS])(const fast_score_block *,
                                               const fast_score_gradient *) = {
        [PLAIN] = {weigh_again_PLAIN_1, weigh_again_PLAIN_2, weigh_again_PLAIN_3},
        [MASKED] = {weigh_again_MASKED_1, weigh_again_MASKED_2, weigh_again_MASKED_3},
        [FACTORED] = {weigh_again_FACTORED_1, weigh_again_FACTORED_2, weigh_again_FACTORED_3},
    };
    loops[kind_of_scores(*scores)][scores->n_vectors - 1](scores, gradient);
    if (gradient->diagonals != NULL) {
        add_diagonals(scores, gradient);
    }
    if (gradient->key_factors != NULL) {
        multiply_keys(scores, gradient);
    }
}

extern const fast_attention_kernels FOR_ISA(fast_attention_kernels);
const fast_attention_kernels FOR_ISA(fast_attention_kernels) = {
    .begin = begin,
    .weigh = weigh,
    .end = end,
    .weigh_again = weigh_again,
};
