/* Stage 7: exp of whole vectors.
 *
 * Idea  The softmax too works on vectors, with vec_exp2() of kernels/vector.h: a polynomial, and
 *       the whole part of the exponent moved into place by integer arithmetic.
 * Why   n^2 calls of expf, one number each, take 2 to 3 ms: as long as all of stage 8.
 * Gave  With four lanes, gcc 11.3 -> 10.4 ms, clang 13.3 -> 14.2 ms: the C library's expf uses FMA
 *       instructions, which this file may not yet. Stage 8 is where it pays.
 * Tried Stage 7a: this file with 16 lanes, four registers a vector, and the same instructions. gcc
 *       moves every vector through memory (10.4 -> 65.9 ms); clang cuts it up well, and gains from
 *       the longer loop (14.2 -> 11.7 ms). A vector should be as long as a register. */
#include "optimized/kernels/vector.h"
#include "optimized/stages/stages.h"

#include <math.h>

enum {
    WIDTH = TILE_VECTORS * LANES, /* queries a block */
    BLOCK = 128,                  /* keys a tile */
};

/* What is known of the softmax of a block's queries after some of the keys. */
typedef struct {
    vec max[TILE_VECTORS];
    vec sum[TILE_VECTORS];
} running;

/* C += A B for n_rows rows of A: (n_rows x n_inner) times (n_inner x WIDTH) */
INLINE void multiply_rows(size_t n_rows, size_t n_inner, const float *a, size_t row_step,
                          size_t inner_step, const vec *b, vec *c)
{
    vec sum[TILE_ROWS][TILE_VECTORS] = {{{0}}};
    for (size_t p = 0; p < n_inner; p++) {
        for (size_t r = 0; r < n_rows; r++) {
            for (size_t t = 0; t < TILE_VECTORS; t++) {
                sum[r][t] += a[r * row_step + p * inner_step] * b[p * TILE_VECTORS + t];
            }
        }
    }
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t t = 0; t < TILE_VECTORS; t++) {
            c[r * TILE_VECTORS + t] += sum[r][t];
        }
    }
}

static void multiply(size_t n_rows, size_t n_inner, const float *a, size_t row_step,
                     size_t inner_step, const vec *b, vec *c)
{
    size_t r = 0;
    for (; r + TILE_ROWS <= n_rows; r += TILE_ROWS) {
        multiply_rows(TILE_ROWS, n_inner, a + r * row_step, row_step, inner_step, b,
                      c + r * TILE_VECTORS);
    }
    for (; r < n_rows; r++) {
        multiply_rows(1, n_inner, a + r * row_step, row_step, inner_step, b, c + r * TILE_VECTORS);
    }
}

/* The softmax of stage 5, a vector of queries at a time. Scores come in units of log 2. */
static void softmax(size_t n_keys, size_t d, vec *s, running *known, vec *y)
{
    for (size_t t = 0; t < TILE_VECTORS; t++) {
        vec max = known->max[t];
        for (size_t j = 0; j < n_keys; j++) {
            max = vec_max(max, s[j * TILE_VECTORS + t]);
        }
        vec factor = vec_exp2(known->max[t] - max), sum = known->sum[t] * factor;
        for (size_t c = 0; c < d; c++) {
            y[c * TILE_VECTORS + t] *= factor;
        }
        // [exp]
        for (size_t j = 0; j < n_keys; j++) {
            s[j * TILE_VECTORS + t] = vec_exp2(s[j * TILE_VECTORS + t] - max);
            sum += s[j * TILE_VECTORS + t];
        }
        // [exp]
        known->max[t] = max;
        known->sum[t] = sum;
    }
}

/* A block of queries, all keys: as in stage 5. */
static void attend(size_t n_queries, size_t n_k, size_t d, const float *q, const float *k,
                   const float *v, float *output, vec *scratch)
{
    const float log2_e = 1.44269504f;    /* e^x = 2^(x log2(e)) */
    vec *columns = scratch;              /* (d x WIDTH) scaled Q^T */
    vec *y = columns + d * TILE_VECTORS; /* (d x WIDTH) output^T */
    vec *s = y + d * TILE_VECTORS;       /* (BLOCK x WIDTH) scores, then weights */
    running known;
    for (size_t t = 0; t < TILE_VECTORS; t++) {
        known.max[t] = vec_all(-INFINITY);
        known.sum[t] = vec_all(0.0f);
    }
    memset(y, 0, d * TILE_VECTORS * sizeof(vec));
    stage_queries_to_lanes(WIDTH, n_queries, d, log2_e / sqrtf((float)d), q, (float *)columns);
    for (size_t first = 0; first < n_k; first += BLOCK) {
        size_t n_keys = stage_min(BLOCK, n_k - first);
        memset(s, 0, n_keys * TILE_VECTORS * sizeof(vec));
        multiply(n_keys, d, k + first * d, d, 1, columns, s);
        softmax(n_keys, d, s, &known, y);
        multiply(d, n_keys, v + first * d, 1, d, s, y);
    }
    stage_lanes_to_output(WIDTH, n_queries, d, (float *)y, (float *)known.sum, output);
}

void FOR_ISA(stage7_vector_exp)(size_t n_q, size_t n_k, size_t d, const float *q, const float *k,
                                const float *v, float *output, void *scratch)
{
    for (size_t i = 0; i < n_q; i += WIDTH) {
        attend(stage_min(WIDTH, n_q - i), n_k, d, q + i * d, k, v, output + i * d, scratch);
    }
}
