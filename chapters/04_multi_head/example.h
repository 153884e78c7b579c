/**
 * @file example.h
 * The running example through two heads that can be checked by hand, for example.c and trace.c.
 */
#ifndef CHAPTERS_MULTI_HEAD_EXAMPLE_H
#define CHAPTERS_MULTI_HEAD_EXAMPLE_H

#include "chapters/04_multi_head/parts.h"
#include "chapters/common/words/running_example.h"
#include "reference/multi_head.h"

/** @addtogroup ch04 @{ */

enum {
    EXAMPLE_N_HEADS = 2,                               /**< heads */
    EXAMPLE_D_HEAD = 2,                                /**< columns of each */
    EXAMPLE_D_HEADS = EXAMPLE_N_HEADS * EXAMPLE_D_HEAD /**< of all heads side by side */
};

/** Everything between the words and the output. */
typedef struct {
    gsl_matrix *x;              /**< X (6 x 3) */
    ref_multi_head parameters;  /**< W_Q, W_K, W_V (3 x 4) and W_O (4 x 3), no biases */
    ref_multi_head_cache cache; /**< Q, K, V and C (6 x 4), P (2 6 x 6) one head above the other */
    gsl_matrix *output;         /**< Y (6 x 3) */
} example;

/**
 * @return the example after its forward pass, to be freed by example_free()
 */
example example_run(void);

/** @param[in,out] of  its matrices are freed */
void example_free(example *of);

/** @} */

#endif
