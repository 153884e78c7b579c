/**
 * @file contest.h
 * One case with one instruction set and one number of threads: everybody who can do it, in turn.
 */
#ifndef OPTIMIZED_BENCH_CONTEST_H
#define OPTIMIZED_BENCH_CONTEST_H

#include "optimized/bench/report.h"
#include "optimized/bench/second_process.h"
#include "optimized/bench/torch_process.h"
#include "optimized/bench/work.h"

/** What the machine reached so far with one instruction set and one number of threads. */
typedef struct {
    const fast_kernels *kernels;
    int n_threads;
    double flops_per_second;
} bench_peak;

/** The others, and how thorough the measurement is. */
typedef struct {
    const peer *peers;
    const second_process *second;
    torch_process *torch;
    size_t n_least_runs;
    double seconds_each;
} bench_rules;

/** Measures multiply-adds on registers for a fifth of a second. */
bench_peak measure_peak(const fast_kernels *kernels, int n_threads);

/** Measures one case; the peak rises if the machine was faster meanwhile. */
bench_row hold_contest(size_t case_index, void *data, const bench_rules *rules, bench_peak *peak);

/** Whether the reference does a case in about a second. */
bool suits_reference(const bench_case *c);

#endif
