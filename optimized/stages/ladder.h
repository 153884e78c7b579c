/**
 * @file ladder.h
 * The program that climbs the ladder: what its parts tell one another.
 */
#ifndef OPTIMIZED_STAGES_LADDER_H
#define OPTIMIZED_STAGES_LADDER_H

#include "optimized/stages/stages.h"

/** @addtogroup optimized_stages @{ */

/** What the stages are run on: random matrices, and what they should make of them. */
typedef struct {
    size_t n;        /**< queries, and as many keys */
    size_t d;        /**< columns */
    float *q;        /**< (n x d), normal deviates, as k and v */
    float *k;        /**< (n x d) */
    float *v;        /**< (n x d) */
    float *output;   /**< (n x d) of the stage that ran last */
    float *expected; /**< (n x d) of stage 0 */
    double *bounds;  /**< (n x d) how far each number may be from it */
    void *scratch;   /**< as much as any stage needs */
} ladder_problem;

/** What was measured of one stage. */
typedef struct {
    double seconds; /**< the shortest of all runs */
    double error;   /**< worst |output - expected| / bound */
} ladder_result;

/** What the processor can do at most, in flops a second, measured between the stages. */
typedef struct {
    double one_thread;  /**< on one thread */
    double all_threads; /**< on all */
} ladder_peak;

/** How results are written. */
typedef enum { LADDER_TABLE, LADDER_MARKDOWN, LADDER_TSV } ladder_format;

/**
 * Draw the inputs and run stage 0 on them.
 *
 * @param[out] problem  to be freed with ladder_problem_free()
 * @param[in]  n        queries and keys
 * @param[in]  d        columns
 * @param[in]  seed     of the random numbers
 * @return              false if there is not enough memory
 */
bool ladder_problem_alloc(ladder_problem *problem, size_t n, size_t d, unsigned long seed);

/**
 * Free what ladder_problem_alloc() made.
 *
 * @param[in] problem  the problem
 */
void ladder_problem_free(ladder_problem *problem);

/**
 * Run one stage once.
 *
 * @param[in]     s        the stage
 * @param[in,out] problem  its output is overwritten
 */
void ladder_run(const stage *s, ladder_problem *problem);

/**
 * Time all stages: in every round each has its turn, so that a busy moment of the machine meets all
 * of them alike.
 *
 * @param[in,out] problem   what they run on
 * @param[in]     n_rounds  how many rounds
 * @param[out]    results   (n_stages)
 * @param[out]    peak      what the processor can do
 */
void ladder_measure(ladder_problem *problem, int n_rounds, ladder_result *results,
                    ladder_peak *peak);

/**
 * Write the results to stdout.
 *
 * @param[in] problem  for its shape
 * @param[in] results  (n_stages)
 * @param[in] peak     what the processor can do
 * @param[in] format   for the eye, for a page, or for a program
 */
void ladder_print(const ladder_problem *problem, const ladder_result *results,
                  const ladder_peak *peak, ladder_format format);

/** @} */

#endif
