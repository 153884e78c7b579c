/**
 * @file stages.h
 * The ladder: attention for one head, written again and again, one idea a stage, from the loops of
 * a textbook to what optimized/attention.c does. Every stage is one small file, has the same
 * arguments, and computes the same function,
 *
 *     output = softmax(Q K^T / sqrt(d)) V.
 *
 * Stages check nothing and know no mask: they are here to be read and timed. The times in their
 * head comments are for n = 1024, d = 64, on one core of an AMD EPYC (Zen 4, first cache 32 KiB,
 * AVX-512), with gcc 12 and clang 14 at -O3. Cache misses are simulated, for n = 512, by
 * cache_misses.sh. The program `ladder` measures all stages on your machine.
 */
#ifndef OPTIMIZED_STAGES_STAGES_H
#define OPTIMIZED_STAGES_STAGES_H

#include <stdbool.h>
#include <stddef.h>

/** @addtogroup optimized_stages @{ */

/**
 * Attention for one head, without a mask. All matrices are stored row after row.
 *
 * @param[in]  n_q      queries
 * @param[in]  n_k      keys, and as many values
 * @param[in]  d        columns of every matrix
 * @param[in]  q        queries, (n_q x d)
 * @param[in]  k        keys,    (n_k x d)
 * @param[in]  v        values,  (n_k x d)
 * @param[out] output   (n_q x d); overlaps nothing
 * @param[out] scratch  as many bytes as the stage's size query says, aligned to 64
 */
typedef void stage_function(size_t n_q, size_t n_k, size_t d, const float *q, const float *k,
                            const float *v, float *output, void *scratch);

/**
 * Bytes of scratch that a stage needs.
 *
 * @param[in] n_q  queries
 * @param[in] n_k  keys
 * @param[in] d    columns
 * @return         the size
 */
typedef size_t stage_size_function(size_t n_q, size_t n_k, size_t d);

/** Which instructions a stage may use. */
typedef enum {
    STAGE_BASIC,  /**< those that every machine of its kind has */
    STAGE_WIDE,   /**< the widest vectors of this machine, or those that FAST_KERNELS names */
    STAGE_SHARED, /**< the same, on all threads */
} stage_means;

/** A rung of the ladder. */
typedef struct {
    const char *name;          /**< "0", "1", ...; with a letter: a turn that led nowhere */
    const char *idea;          /**< what changed, in a few words */
    const char *base;          /**< the stage that it changed; its gain is counted from there */
    stage_function *run;       /**< the stage */
    stage_size_function *size; /**< its size query */
    stage_means means;         /**< what it may use */
} stage;

/** All stages, in order; the last is optimized/attention.c itself. */
extern const stage stages[];

/** How many there are. */
extern const size_t n_stages;

/** The loops of a textbook, in double. */
stage_function stage0_naive;
/** Its scratch. */
stage_size_function stage0_size;
/** The same loops in float32. */
stage_function stage1_float;
/** Its scratch. */
stage_size_function stage1_size;
/** Inner loops that run along rows. */
stage_function stage2_loop_order;
/** Its scratch. */
stage_size_function stage2_size;
/** Tiles of keys and values that stay in the first cache. */
stage_function stage3_blocked;
/** Its scratch. */
stage_size_function stage3_size;
/** A softmax that never sees a whole row. */
stage_function stage4_online;
/** Its scratch. */
stage_size_function stage4_size;
/** Queries side by side, a tile of sums, plain C. */
stage_function stage5_registers;
/** The same tile with the vectors spelled out. */
stage_function stage6_vectors;
/** exp of whole vectors. */
stage_function stage7_vector_exp_portable;
/** Stage 7 with vectors four times as long as a register: stage 7a. */
stage_function stage7_vector_exp_overlong;
/** Stage 7 for AVX2. */
stage_function stage7_vector_exp_avx2;
/** Stage 7 for AVX-512. */
stage_function stage7_vector_exp_avx512;
/** Stage 7 for the widest vectors that this machine has. */
stage_function stage8_wide;
/** Scratch of stages 5 to 8. */
stage_size_function stage_block_size;
/** Queries shared out to threads. */
stage_function stage9_threads;
/** Its scratch. */
stage_size_function stage9_size;
/** optimized/attention.c on one thread. */
stage_function stage_final;
/** Its scratch. */
stage_size_function stage_final_size;
/** optimized/attention.c on all threads. */
stage_function stage_final_threads;
/** Its scratch. */
stage_size_function stage_final_threads_size;

/**
 * The softmax that stages 1 to 3 share, of one row that is stored whole.
 *
 * @param[in]     n    entries
 * @param[in,out] row  scores, then weights
 */
void stage_softmax(size_t n, float *row);

/**
 * Lay queries side by side: columns = scale * Q^T, for stages 5 to 8.
 *
 * @param[in]  width      columns of the result
 * @param[in]  n_queries  how many there are, at most width; the other columns become 0
 * @param[in]  d          columns of Q
 * @param[in]  scale      factor
 * @param[in]  q          (n_queries x d)
 * @param[out] columns    (d x width)
 */
void stage_queries_to_lanes(size_t width, size_t n_queries, size_t d, float scale, const float *q,
                            float *columns);

/**
 * The way back, with the softmax's division:  output_ic = y_ci / sum_i.
 *
 * @param[in]  width      columns of y
 * @param[in]  n_queries  how many of them are queries
 * @param[in]  d          columns of the output
 * @param[in]  y          (d x width)
 * @param[in]  sum        (width) the softmax's denominators
 * @param[out] output     (n_queries x d)
 */
void stage_lanes_to_output(size_t width, size_t n_queries, size_t d, const float *y,
                           const float *sum, float *output);

/**
 * How far a correct float32 result may be from the exact one, entry by entry. The bound is derived,
 * not chosen: rounding errors of the scores and of exp, and of the weighted sum.
 *
 * @param[in]  n_q     queries
 * @param[in]  n_k     keys
 * @param[in]  d       columns
 * @param[in]  q       queries, (n_q x d)
 * @param[in]  k       keys,    (n_k x d)
 * @param[in]  v       values,  (n_k x d)
 * @param[out] bounds  (n_q x d)
 * @param[out] scratch 2 * n_k doubles
 */
void stage_error_bounds(size_t n_q, size_t n_k, size_t d, const float *q, const float *k,
                        const float *v, double *bounds, double *scratch);

/**
 * Set how many threads the threaded stages start; without OpenMP it stays 1.
 *
 * @param[in] n_threads  at least 1
 */
void stage_set_threads(int n_threads);

/** @return how many threads the threaded stages start. */
int stage_threads(void);

/**
 * The smaller of two sizes.
 *
 * @param[in] a  one size
 * @param[in] b  the other
 * @return       the smaller
 */
static inline size_t stage_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/** @} */

#endif
