/**
 * @file torch_process.h
 * PyTorch, in a process of its own: peer_torch.py, which runs a case whenever it is asked to.
 */
#ifndef OPTIMIZED_BENCH_TORCH_PROCESS_H
#define OPTIMIZED_BENCH_TORCH_PROCESS_H

#include "optimized/bench/work.h"
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/** The other process. */
typedef struct {
    bool is_there;
    bool has_case; /* whether it computes what the case of now does */
    pid_t process;
    FILE *questions, *answers;
} torch_process;

/** Starts it, or says why there is none. */
torch_process start_torch(void);

/** Hands it the numbers of a case that nobody has run yet, and compares what both compute from
    them. Says so if they differ: who computes something else does not take part. */
void meet_torch(torch_process *torch, const bench_work *work, void *data,
                const fast_kernels *kernels);

/** Seconds that it takes for the case; the first answer with a number of threads comes after a
    while, in which it looks for the fastest way. */
double seconds_in_torch(const torch_process *torch, int n_threads);

/** Ends it. */
void end_torch(torch_process *torch);

#endif
