/**
 * @file peer_recurrent.h
 * A recurrent layer, forward and backward, by oneDNN's own primitives, as fast as they get: weights
 * lie packed in the layouts that it prefers, and packing them is not counted.
 */
#ifndef OPTIMIZED_BENCH_PEER_RECURRENT_H
#define OPTIMIZED_BENCH_PEER_RECURRENT_H

#include "optimized/bench/peers.h"
#include "optimized/recurrent_cell.h"

/** What goes into a layer, and what comes out. Rows are dense, and stored token by token. */
typedef struct {
    fast_cell cell;           /* FAST_GRU or FAST_LSTM */
    fast_view x, grad_output; /* (n x n_in), (n x n_hidden) for every batch */
    fast_recurrent_cell parameters;
    fast_view output, grad_x;      /* (n x n_hidden), (n x n_in) for every batch */
    fast_recurrent_cell gradients; /* of the parameters */
} recurrent_layer;

/** The primitives and their memory. */
typedef struct peer_recurrent peer_recurrent;

/** For the numbers that go into a layer, and for the threads that the library has now. NULL if the
    library is not oneDNN 2, or if the bench was compiled without its header. */
peer_recurrent *alloc_peer_recurrent(const peer *by, const recurrent_layer *layer);

/** Forward and backward; gradients of the parameters are added to what is there. */
void run_peer_recurrent(peer_recurrent *p);

/** The largest difference of what has come out there, in one run, and here, in units of the root
    mean square of the matrix that it is in. */
double difference_of_peer_recurrent(const peer_recurrent *p, const recurrent_layer *layer);

/** NULL is allowed. */
void free_peer_recurrent(peer_recurrent *p);

#endif
