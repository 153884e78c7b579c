/**
 * @file attention_checks.h
 * What attention asks of its arguments, before any thread starts. Shapes first, values after.
 */
#ifndef OPTIMIZED_ATTENTION_CHECKS_H
#define OPTIMIZED_ATTENTION_CHECKS_H

#include "optimized/attention_blocks.h"

/** The checks of fast_attention_forward(). The views of the result may be inputs of a later pass. */
int check_attention(const attention_problem *a, const fast_view *log_sum_exp,
                    const fast_view *output);

/** The checks that fast_attention_backward() adds. */
int check_attention_gradients(const attention_problem *a, const fast_view *output,
                              const fast_view *grad_output, const fast_view *grad_q,
                              const fast_view *grad_k, const fast_view *grad_v);

#endif
