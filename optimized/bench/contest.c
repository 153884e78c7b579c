/* One case: everybody who can do it, in turn. */
#include "optimized/bench/contest.h"
#include "optimized/bench/clock.h"
#include "optimized/bench/message.h"
#include "optimized/kernels/peak_kernels.h"
#include <string.h>

/* The GSL's own matrix product does about 5 to 8 GFLOP/s. */
static const double MOST_FLOPS_OF_REFERENCE = 5e9;

/* A burst of multiply-adds takes about a millisecond. */
static const double FLOPS_OF_A_BURST = 1e8;

enum { LEAST_RUNS_OF_REFERENCE = 2 };

/** What a run needs to know, whoever runs. */
typedef struct {
    const bench_work *work;
    void *data;
    fast_context *context;
    const peer *peer;
    const second_process *second;
    size_t case_index;
} participant;

/* ---- One run of each kind -------------------------------------------------------------------- */

static double run_optimized(void *self)
{
    participant *p = self;
    double begin = seconds_now();
    p->work->optimized(p->data, p->context);
    return seconds_now() - begin;
}

static double run_reference(void *self)
{
    participant *p = self;
    double begin = seconds_now();
    p->work->reference(p->data);
    return seconds_now() - begin;
}

static double run_second_process(void *self)
{
    participant *p = self;
    return seconds_in_second_process(p->second, p->case_index, p->context->n_threads);
}

static double run_peer(void *self)
{
    participant *p = self;
    if (p->peer->set_threads != NULL) {
        p->peer->set_threads(p->context->n_threads);
    }
    double begin = seconds_now();
    p->work->peer(p->data, p->peer, p->context);
    return seconds_now() - begin;
}

static size_t burst_steps(const fast_kernels *kernels)
{
    double flops_of_step =
        2.0 * (double)(kernels->tile_rows * kernels->tile_vectors * kernels->lanes);
    return (size_t)(FLOPS_OF_A_BURST / flops_of_step);
}

static double run_burst(void *self)
{
    const fast_context *context = ((participant *)self)->context;
    size_t n_steps = burst_steps(context->kernels);
    float sum = 0.0f;
    double begin = seconds_now();
#pragma omp parallel for num_threads(context->n_threads) schedule(static, 1) reduction(+ : sum)
    for (int thread = 0; thread < context->n_threads; thread++) {
        sum += context->kernels->peak->multiply_add(n_steps, 0.999f, 0.001f);
    }
    double seconds = seconds_now() - begin;
    return sum > 0.0f ? seconds : 2.0 * seconds; /* always the first: nobody may skip the sum */
}

/* ---- Contests -------------------------------------------------------------------------------- */

static void raise_peak(bench_peak *peak, const racer *burst)
{
    double n_flops = FLOPS_OF_A_BURST * (double)peak->n_threads;
    double flops_per_second = burst->n_runs > 0 ? n_flops / best_seconds(burst) : 0.0;
    if (flops_per_second > peak->flops_per_second) {
        peak->flops_per_second = flops_per_second;
    }
}

bench_peak measure_peak(const fast_kernels *kernels, int n_threads)
{
    bench_peak peak = {kernels, n_threads, 0.0};
    fast_context context = {kernels, n_threads, NULL};
    participant self = {.context = &context};
    static racer burst;
    burst = (racer){.run = run_burst, .self = &self, .n_least_runs = 10};
    race(&burst, 1, 0.2);
    raise_peak(&peak, &burst);
    return peak;
}

bool suits_reference(const bench_case *c)
{
    return !c->runs_once && c->work->n_flops(&c->shape) <= MOST_FLOPS_OF_REFERENCE;
}

enum { OPTIMIZED, BURST, REFERENCE, ON_OPENBLAS, BY_OPENBLAS, BY_ONEDNN, OTHER_WAY, N_RACERS };

/** Everybody who takes part. */
static void enter(racer racers[N_RACERS], participant self[N_RACERS], const bench_case *c,
                  const bench_rules *rules)
{
    double (*const runs[N_RACERS])(void *) = {run_optimized,      run_burst, run_reference,
                                              run_second_process, run_peer,  run_peer,
                                              run_optimized};
    bool has_peers = c->work->peer != NULL && !c->runs_once;
    bool takes_part[N_RACERS] = {[OPTIMIZED] = true,
                                 [BURST] = !c->runs_once,
                                 [REFERENCE] = suits_reference(c),
                                 [ON_OPENBLAS] = suits_reference(c) && rules->second->is_there,
                                 [BY_OPENBLAS] = has_peers && rules->peers[OPENBLAS].is_there,
                                 [BY_ONEDNN] = has_peers && rules->peers[ONEDNN].is_there,
                                 [OTHER_WAY] = c->work->other_way != NULL};
    self[BY_OPENBLAS].peer = &rules->peers[OPENBLAS];
    self[BY_ONEDNN].peer = &rules->peers[ONEDNN];
    self[OTHER_WAY].work = c->work->other_way;
    for (int r = 0; r < N_RACERS; r++) {
        bool is_reference = r == REFERENCE || r == ON_OPENBLAS;
        size_t n_least_runs = is_reference ? LEAST_RUNS_OF_REFERENCE : rules->n_least_runs;
        racers[r] = (racer){.run = takes_part[r] ? runs[r] : NULL,
                            .self = &self[r],
                            .n_least_runs = c->runs_once ? 1 : n_least_runs};
        if (takes_part[r] && !is_reference && !c->runs_once) {
            racers[r].run(racers[r].self); /* the first run warms up, and is not counted */
        }
    }
}

static double times_longer(const racer *of, double seconds)
{
    return best_seconds(of) / seconds;
}

bench_row hold_contest(size_t case_index, void *data, const bench_rules *rules, bench_peak *peak)
{
    const bench_case *c = &bench_cases[case_index];
    fast_context context = {peak->kernels, peak->n_threads, NULL};
    size_t n_bytes = c->work->workspace_size(data, &context), n_most_bytes = n_bytes;
    if (c->work->other_way != NULL) {
        size_t n_other_bytes = c->work->other_way->workspace_size(data, &context);
        n_most_bytes = n_other_bytes > n_bytes ? n_other_bytes : n_bytes;
    }
    context.workspace = fast_workspace_alloc(n_most_bytes);
    if (context.workspace == NULL) {
        stop("there is no memory for the workspace of %s", c->work->name);
    }
    static racer racers[N_RACERS];
    participant self[N_RACERS];
    for (int r = 0; r < N_RACERS; r++) {
        self[r] = (participant){c->work, data, &context, NULL, rules->second, case_index};
    }
    enter(racers, self, c, rules);
    race(racers, N_RACERS, c->runs_once ? 0.0 : rules->seconds_each);
    fast_workspace_free(context.workspace);

    raise_peak(peak, &racers[BURST]);
    double seconds = best_seconds(&racers[OPTIMIZED]);
    double flops_per_second = c->work->n_flops(&c->shape) / seconds;
    return (bench_row){.of = c,
                       .isa = peak->kernels->name,
                       .n_threads = peak->n_threads,
                       .gflops = flops_per_second / 1e9,
                       .peak_fraction = flops_per_second / peak->flops_per_second,
                       .seconds = seconds,
                       .median_seconds = median_seconds(&racers[OPTIMIZED]),
                       .workspace_bytes = n_bytes,
                       .ratio = {.reference = times_longer(&racers[REFERENCE], seconds),
                                 .reference_openblas = times_longer(&racers[ON_OPENBLAS], seconds),
                                 .openblas = times_longer(&racers[BY_OPENBLAS], seconds),
                                 .onednn = times_longer(&racers[BY_ONEDNN], seconds),
                                 .other_way = times_longer(&racers[OTHER_WAY], seconds)}};
}
