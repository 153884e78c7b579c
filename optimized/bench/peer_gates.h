/**
 * @file peer_gates.h
 * Gates as oneDNN has them: those of its LSTM stand as ours do, but its GRU has z before r; and of
 * biases it has the sum alone where b and b' act as one.
 */
#ifndef OPTIMIZED_BENCH_PEER_GATES_H
#define OPTIMIZED_BENCH_PEER_GATES_H

#include "optimized/recurrent_cell.h"

/** Weights, or their gradients, row by row, to be freed with free(). */
float *onednn_gates(fast_cell cell, const fast_view *weight);

/** Biases, or their gradients: that of the sum is that of b. A GRU's b'_n comes last. To be freed
    with free(). */
float *onednn_biases(fast_cell cell, const fast_recurrent_cell *of, bool is_gradient);

/** The largest difference of n numbers in units of the root mean square of ours. */
double largest_difference(const float *theirs, const float *ours, size_t n);

#endif
