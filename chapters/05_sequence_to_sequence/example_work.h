/**
 * @file example_work.h
 * What a score costs: the loops that make it, with a counter in them.
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_EXAMPLE_WORK_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_EXAMPLE_WORK_H

#include "chapters/common/figures/report.h"
#include <stddef.h>

/** @addtogroup ch05 @{ */

/** How often something was done. */
typedef struct {
    size_t multiply_adds; /**< a product that is added to a sum */
    size_t tanhs;         /**< a hyperbolic tangent */
} work;

/**
 * The score "concat" as its paper writes it:  v . tanh([h; m] W_a).
 *
 * @param[in]     joined  [h; m], (d_joined)
 * @param[in]     d_joined numbers of both
 * @param[in]     weight  W_a, (d_joined x d_a), row by row
 * @param[in]     v       (d_a)
 * @param[in]     d_a     hidden units
 * @param[in,out] done    what it took is added
 * @return                the score
 */
double score_concat(const double *joined, size_t d_joined, const double *weight, const double *v,
                    size_t d_a, work *done);

/**
 * Print what each score costs for a whole sentence.
 *
 * @param[in,out] to  receives it
 */
void show_work(report *to);

/** @} */

#endif
