/* Weights from distances on a line, and division by their sum. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/reweighting_kernels.h"
#include "optimized/kernels/vector.h"

/* ---- The kernels of kernel regression -------------------------------------------------------- */

// [proximity]
/** K(u), with K(0) = 1. */
INLINE vec proximity_of(vec u, fast_proximity proximity)
{
    vec distance = vec_max(u, -u), one = vec_all(1), none = {0};
    switch (proximity) {
    case FAST_GAUSSIAN:
        return vec_exp(-0.5f * u * u);
    case FAST_BOXCAR:
        return vec_keep(distance <= one, one);
    case FAST_TRIANGULAR:
        return vec_max(none, one - distance);
    case FAST_EPANECHNIKOV:
        return vec_max(none, one - u * u);
    case FAST_EXPONENTIAL:
        return vec_exp(-distance);
    case FAST_INVERSE:
        return one / (one + distance);
    }
    return none;
}
// [proximity]

/** -u K'(u) = h dK/dh: how much a weight grows with the bandwidth. 0 wherever K is. */
INLINE vec growth_of(vec u, fast_proximity proximity)
{
    vec distance = vec_max(u, -u), k = proximity_of(u, proximity), growth = {0};
    switch (proximity) {
    case FAST_GAUSSIAN:
        growth = u * u * k;
        break;
    case FAST_BOXCAR: /* a step: flat wherever it has a slope at all */
        break;
    case FAST_TRIANGULAR:
        growth = distance;
        break;
    case FAST_EPANECHNIKOV:
        growth = 2 * u * u;
        break;
    case FAST_EXPONENTIAL:
        growth = distance * k;
        break;
    case FAST_INVERSE:
        growth = distance * k * k;
        break;
    }
    return vec_keep(k > (vec){0}, growth);
}

/** Calls do_it with the proximity as a constant, so that no loop tests which it is. */
#define WITH_CONSTANT(proximity, do_it, ...)                                                       \
    switch (proximity) {                                                                           \
    case FAST_GAUSSIAN:                                                                            \
        do_it(FAST_GAUSSIAN, __VA_ARGS__);                                                         \
        break;                                                                                     \
    case FAST_BOXCAR:                                                                              \
        do_it(FAST_BOXCAR, __VA_ARGS__);                                                           \
        break;                                                                                     \
    case FAST_TRIANGULAR:                                                                          \
        do_it(FAST_TRIANGULAR, __VA_ARGS__);                                                       \
        break;                                                                                     \
    case FAST_EPANECHNIKOV:                                                                        \
        do_it(FAST_EPANECHNIKOV, __VA_ARGS__);                                                     \
        break;                                                                                     \
    case FAST_EXPONENTIAL:                                                                         \
        do_it(FAST_EXPONENTIAL, __VA_ARGS__);                                                      \
        break;                                                                                     \
    case FAST_INVERSE:                                                                             \
        do_it(FAST_INVERSE, __VA_ARGS__);                                                          \
        break;                                                                                     \
    }

/* ---- Blocks of queries and keys -------------------------------------------------------------- */

INLINE void weigh_with(fast_proximity proximity, const fast_proximity_block *x, float *weights,
                       float *sums)
{
    for (size_t t = 0; t < x->n_vectors; t++) {
        vec queries = vec_load(x->queries + t * LANES), sum = vec_load(sums + t * LANES);
        for (size_t j = 0; j < x->n_keys; j++) {
            vec weight = proximity_of((queries - x->keys[j]) / x->bandwidth, proximity);
            vec_store(weights + (j * x->n_vectors + t) * LANES, weight);
            sum += weight;
        }
        vec_store(sums + t * LANES, sum);
    }
}

static void weigh(const fast_proximity_block *block, float *weights,
                  float *sums){WITH_CONSTANT(block->proximity, weigh_with, block, weights, sums)}

INLINE void add_growth_with(fast_proximity proximity, const fast_proximity_block *x,
                            const float *grad_weights, const float *products, float *sums)
{
    for (size_t t = 0; t < x->n_vectors; t++) {
        vec queries = vec_load(x->queries + t * LANES), sum = vec_load(sums + t * LANES);
        vec product = vec_load(products + t * LANES);
        for (size_t j = 0; j < x->n_keys; j++) {
            vec growth = growth_of((queries - x->keys[j]) / x->bandwidth, proximity);
            vec grad_weight = vec_load(grad_weights + (j * x->n_vectors + t) * LANES);
            sum += growth * (grad_weight - product);
        }
        vec_store(sums + t * LANES, sum);
    }
}

static void add_growth(const fast_proximity_block *block, const float *grad_weights,
                       const float *products, float *sums){
    WITH_CONSTANT(block->proximity, add_growth_with, block, grad_weights, products, sums)}

/* ---- Single rows ----------------------------------------------------------------------------- */

/** LANES of the n floats of x from j on, 0 beyond the last one. */
INLINE vec load_at(const float *x, size_t j, size_t n)
{
    return j + LANES <= n ? vec_load(x + j) : vec_load_part(x + j, n - j, (vec){0});
}

/** LANES of the n floats of x from j on, none beyond the last one. */
INLINE void store_at(float *x, size_t j, size_t n, vec a)
{
    if (j + LANES <= n) {
        vec_store(x + j, a);
    } else {
        vec_store_part(x + j, a, n - j);
    }
}

INLINE void weigh_row_with(fast_proximity proximity, float bandwidth, float query,
                           const float *keys, float *weights, size_t n)
{
    for (size_t j = 0; j < n; j += LANES) {
        store_at(weights, j, n, proximity_of((query - load_at(keys, j, n)) / bandwidth, proximity));
    }
}

static void weigh_row(fast_proximity proximity, float bandwidth, float query, const float *keys,
                      float *weights, size_t n)
{
    WITH_CONSTANT(proximity, weigh_row_with, bandwidth, query, keys, weights, n)
}

static void divide_by_sum(const float *scores, float *weights, size_t n)
{
    vec sums = {0};
    for (size_t j = 0; j < n; j += LANES) {
        sums += load_at(scores, j, n);
    }
    float sum = vec_sum(sums);
    for (size_t j = 0; j < n; j += LANES) {
        vec weight = {0};
        if (sum != 0.0f) {
            weight = load_at(scores, j, n) / sum;
        }
        store_at(weights, j, n, weight);
    }
}

extern const fast_reweighting_kernels FOR_ISA(fast_reweighting_kernels);
const fast_reweighting_kernels FOR_ISA(fast_reweighting_kernels) = {
    .weigh = weigh,
    .add_growth = add_growth,
    .weigh_row = weigh_row,
    .divide_by_sum = divide_by_sum,
};
