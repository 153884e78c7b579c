/**
 * @file report.h
 * One row for each case, instruction set and number of threads, as a table or as JSON.
 */
#ifndef OPTIMIZED_BENCH_REPORT_H
#define OPTIMIZED_BENCH_REPORT_H

#include "optimized/bench/work.h"
#include <stdbool.h>

/** What others took, as multiples of what the optimized function took; 0 where there is none. */
typedef struct {
    double reference, reference_openblas, openblas, onednn, torch, other_way;
} bench_ratios;

/** What was measured. */
typedef struct {
    const bench_case *of;
    const char *isa;
    int n_threads;
    double gflops, peak_fraction, memory_fraction, seconds, median_seconds;
    size_t workspace_bytes;
    bench_ratios ratio;
} bench_row;

/** What comes before the first row. */
void begin_report(bool is_json);

/** One row. */
void report_row(bool is_json, const bench_row *row, bool is_first);

/** What comes after the last row. */
void end_report(bool is_json);

#endif
