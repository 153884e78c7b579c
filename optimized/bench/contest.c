/* One case: everybody who can do it, in turn. */
#include "optimized/bench/contest.h"
#include "optimized/bench/clock.h"
#include "optimized/bench/data.h"
#include "optimized/bench/message.h"
#include "optimized/kernels/peak_kernels.h"
#include "optimized/kernels/row_kernels.h"
#include <stdlib.h>
#include <string.h>

/* The GSL's own matrix product does about 5 to 8 GFLOP/s. */
static const double MOST_FLOPS_OF_REFERENCE = 5e9;

/* A burst of multiply-adds takes about a millisecond. */
static const double FLOPS_OF_A_BURST = 1e8;

enum { LEAST_RUNS_OF_REFERENCE = 2, LEAST_SLOW_RUNS_OF_REFERENCE = 1 };

/** What a run needs to know, whoever runs. */
typedef struct {
    const bench_work *work;
    void *data;
    fast_context *context;
    const peer *peer;
    const bench_rules *rules;
    size_t case_index;
    float *stream; /* room for what memory can do */
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
    return seconds_in_second_process(p->rules->second, p->case_index, p->context->n_threads);
}

static double run_torch(void *self)
{
    participant *p = self;
    return seconds_in_torch(p->rules->torch, p->context->n_threads);
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

/* Memory at its best: y += x reads two numbers and writes one. */
static size_t n_streamed(const bench_case *c)
{
    return c->work->n_bytes != NULL ? (size_t)(c->work->n_bytes(&c->shape) / 12.0) : 0;
}

static double run_stream(void *self)
{
    enum { PIECE = 4096 };
    participant *p = self;
    const fast_row_kernels *row = p->context->kernels->row;
    size_t n = n_streamed(&bench_cases[p->case_index]);
    float *x = p->stream, *y = p->stream + n;
    double begin = seconds_now();
#pragma omp parallel for num_threads(p->context->n_threads) schedule(static)
    for (size_t i = 0; i < n; i += PIECE) {
        row->add(x + i, y + i, n - i < PIECE ? n - i : PIECE);
    }
    return seconds_now() - begin;
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
    double own = c->work->most_reference_flops, most = own > 0 ? own : MOST_FLOPS_OF_REFERENCE;
    return c->work->reference != NULL && !c->runs_once && c->work->n_flops(&c->shape) <= most;
}

enum {
    OPTIMIZED,
    BURST,
    STREAM,
    REFERENCE,
    ON_OPENBLAS,
    BY_OPENBLAS,
    BY_ONEDNN,
    BY_TORCH,
    OTHER_WAY,
    N_RACERS
};

static size_t least_runs_of_reference(const bench_case *c)
{
    bool is_slow = c->work->n_flops(&c->shape) > MOST_FLOPS_OF_REFERENCE;
    return is_slow ? LEAST_SLOW_RUNS_OF_REFERENCE : LEAST_RUNS_OF_REFERENCE;
}

/** Whether a library takes part. */
static bool has_peer(participant *self, const bench_case *c)
{
    const peer *by = self->peer;
    if (c->work->peer == NULL || c->runs_once || !by->is_there) {
        return false;
    }
    if (by->set_threads != NULL) {
        by->set_threads(self->context->n_threads);
    }
    return c->work->meet_peer == NULL || c->work->meet_peer(self->data, by, self->context);
}

/** Everybody who takes part. */
static void enter(racer racers[N_RACERS], participant self[N_RACERS], const bench_case *c,
                  const bench_rules *rules)
{
    double (*const runs[N_RACERS])(void *) = {run_optimized, run_burst,          run_stream,
                                              run_reference, run_second_process, run_peer,
                                              run_peer,      run_torch,          run_optimized};
    self[BY_OPENBLAS].peer = &rules->peers[OPENBLAS];
    self[BY_ONEDNN].peer = &rules->peers[ONEDNN];
    self[OTHER_WAY].work = c->work->other_way;
    bool takes_part[N_RACERS] = {[OPTIMIZED] = true,
                                 [BURST] = !c->runs_once,
                                 [STREAM] = c->work->n_bytes != NULL,
                                 [BY_TORCH] = rules->torch->has_case,
                                 [REFERENCE] = suits_reference(c),
                                 [ON_OPENBLAS] = suits_reference(c) && rules->second->is_there,
                                 [BY_OPENBLAS] = has_peer(&self[BY_OPENBLAS], c),
                                 [BY_ONEDNN] = has_peer(&self[BY_ONEDNN], c),
                                 [OTHER_WAY] = c->work->other_way != NULL};
    for (int r = 0; r < N_RACERS; r++) {
        bool is_reference = r == REFERENCE || r == ON_OPENBLAS;
        size_t n_least_runs = is_reference ? least_runs_of_reference(c) : rules->n_least_runs;
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

static bench_row row_of(const bench_case *c, const bench_peak *peak, const racer racers[N_RACERS],
                        size_t n_bytes)
{
    double seconds = best_seconds(&racers[OPTIMIZED]);
    double flops_per_second = c->work->n_flops(&c->shape) / seconds;
    return (bench_row){.of = c,
                       .isa = peak->kernels->name,
                       .n_threads = peak->n_threads,
                       .gflops = flops_per_second / 1e9,
                       .peak_fraction = flops_per_second / peak->flops_per_second,
                       .memory_fraction = best_seconds(&racers[STREAM]) / seconds,
                       .seconds = seconds,
                       .median_seconds = median_seconds(&racers[OPTIMIZED]),
                       .workspace_bytes = n_bytes,
                       .ratio = {.reference = times_longer(&racers[REFERENCE], seconds),
                                 .reference_openblas = times_longer(&racers[ON_OPENBLAS], seconds),
                                 .openblas = times_longer(&racers[BY_OPENBLAS], seconds),
                                 .onednn = times_longer(&racers[BY_ONEDNN], seconds),
                                 .torch = times_longer(&racers[BY_TORCH], seconds),
                                 .other_way = times_longer(&racers[OTHER_WAY], seconds)}};
}

/** For the work and for its other way. */
static fast_workspace *alloc_workspace(const bench_work *work, void *data,
                                       const fast_context *context)
{
    size_t n_bytes = work->workspace_size(data, context);
    size_t n_other = work->other_way ? work->other_way->workspace_size(data, context) : 0;
    fast_workspace *workspace = fast_workspace_alloc(n_other > n_bytes ? n_other : n_bytes);
    if (workspace == NULL) {
        stop("there is no memory for the workspace of %s", work->name);
    }
    return workspace;
}

bench_row hold_contest(size_t case_index, void *data, const bench_rules *rules, bench_peak *peak)
{
    const bench_case *c = &bench_cases[case_index];
    fast_context context = {peak->kernels, peak->n_threads, NULL};
    size_t n_bytes = c->work->workspace_size(data, &context);
    context.workspace = alloc_workspace(c->work, data, &context);
    static racer racers[N_RACERS];
    participant self[N_RACERS];
    float *stream = zero_bytes((2 * n_streamed(c) + 1) * sizeof *stream);
    for (int r = 0; r < N_RACERS; r++) {
        self[r] = (participant){c->work, data, &context, NULL, rules, case_index, stream};
    }
    enter(racers, self, c, rules);
    race(racers, N_RACERS, c->runs_once ? 0.0 : rules->seconds_each);
    free(stream);
    fast_workspace_free(context.workspace);

    raise_peak(peak, &racers[BURST]);
    return row_of(c, peak, racers, n_bytes);
}
