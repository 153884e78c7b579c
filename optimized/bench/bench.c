/* The speed of every optimized function, set beside the machine's peak, the reference and what
 * others offer. See options.c, or --help. */
#include "optimized/bench/clock.h"
#include "optimized/bench/contest.h"
#include "optimized/bench/message.h"
#include "optimized/bench/options.h"
#include "optimized/bench/peers.h"
#include "optimized/bench/report.h"
#include "optimized/bench/second_process.h"
#include "optimized/bench/torch_process.h"
#include "optimized/bench/work.h"
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_THREAD_COUNTS = 2 }; /* one thread, and all */

static void stop_on_error(const char *reason, const char *file, int line, int status)
{
    stop("%s:%d: %s (status %d)", file, line, reason, status);
}

static bool is_wanted(const bench_case *c, const bench_options *options)
{
    bool has_name = options->work == NULL || strstr(c->work->name, options->work) != NULL;
    return has_name && (!options->is_quick || c->is_quick);
}

static size_t n_wanted(const bench_options *options)
{
    size_t n = 0;
    for (size_t i = 0; i < n_bench_cases; i++) {
        n += is_wanted(&bench_cases[i], options);
    }
    return n;
}

/** Every case with one instruction set; returns how many rows were reported before and now. */
static size_t measure_all(const fast_kernels *kernels, const bench_options *options,
                          const bench_rules *rules, size_t n_rows)
{
    bench_peak peaks[N_THREAD_COUNTS] = {measure_peak(kernels, 1),
                                         measure_peak(kernels, options->n_threads)};
    say("%s: a peak of %.1f GFLOP/s with 1 thread, %.1f with %d", kernels->name,
        peaks[0].flops_per_second / 1e9, peaks[1].flops_per_second / 1e9, options->n_threads);
    double begin = seconds_now();
    for (size_t i = 0; i < n_bench_cases; i++) {
        const bench_case *c = &bench_cases[i];
        if (!is_wanted(c, options)) {
            continue;
        }
        show_progress("%3.0f s  %zu of %zu  %s  n=%zu", seconds_now() - begin, i + 1, n_bench_cases,
                      c->work->name, c->shape.n_q);
        void *data = c->work->alloc(&c->shape, suits_reference(c), true);
        meet_torch(rules->torch, c->work, data, kernels);
        bool is_alone = c->runs_once || options->n_threads == 1;
        for (int t = is_alone ? N_THREAD_COUNTS - 1 : 0; t < N_THREAD_COUNTS; t++) {
            bench_row row = hold_contest(i, data, rules, &peaks[t]);
            show_progress("%s", "");
            report_row(options->is_json, &row, n_rows++ == 0);
        }
        c->work->free(data);
    }
    return n_rows;
}

int main(int n_arguments, char **arguments)
{
    gsl_set_error_handler(stop_on_error);
    bench_options options = read_options(n_arguments, arguments);
    if (options.is_reference_only) {
        return answer_questions();
    }
    if (n_wanted(&options) == 0) {
        say("no work that is measured has a name with '%s' in it", options.work);
        return WRONG_USE;
    }
    second_process second = start_second_process(arguments[0]);
    peer peers[N_PEERS];
    open_peers(peers);
    torch_process torch = start_torch();
    bench_rules rules = {.peers = peers,
                         .second = &second,
                         .torch = &torch,
                         .n_least_runs = options.is_quick ? 5 : 10,
                         .seconds_each = options.is_quick ? 0.03 : 0.2};
    say("without the reference where it takes more than a second, except training steps");

    bool wants_all = options.isa != NULL && strcmp(options.isa, "all") == 0;
    const fast_kernels *only =
        options.isa == NULL ? fast_kernels_best() : fast_kernels_named(options.isa);
    size_t n_rows = 0;
    begin_report(options.is_json);
    for (size_t k = 0; fast_kernels_at(k) != NULL; k++) {
        if (wants_all || fast_kernels_at(k) == only) {
            n_rows = measure_all(fast_kernels_at(k), &options, &rules, n_rows);
        }
    }
    end_report(options.is_json);
    end_torch(&torch); /* first: it has inherited the second process's questions */
    end_second_process(&second);
    if (fclose(stdout) != 0) {
        stop("the report could not be written");
    }
    return EXIT_SUCCESS;
}
