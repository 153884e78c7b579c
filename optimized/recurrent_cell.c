/* Recurrent networks, forward.
 *
 * What differs from reference/recurrent_cell.c:
 *   1. all sequences of a batch take a step together, so that U^T h_{t-1} of all is one product;
 *   2. sequences do not depend on each other: each OpenMP task walks all steps of its own, and no
 *      thread ever waits for another. No number depends on how the batch is cut;
 *   3. U is packed once for all steps;
 *   4. the products of some units, as many as a register tile is wide, are made for all their
 *      gates, and become gates and state while they are in the cache;
 *   5. b and b' are added up once, and to the products, not the products to them;
 *   6. where there is no initial state, the first step has no product.
 * The backward pass is in recurrent_backward.c. */
#include "optimized/recurrent_cell.h"
#include "optimized/packed_matrix.h"
#include "optimized/projection.h"
#include "optimized/recurrent_checks.h"
#include "optimized/recurrent_walk.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>

enum { MAX_GATES = 4 };

/** What all tasks read. */
typedef struct {
    recurrent_cut cut;
    const fast_recurrent_walk *walk;
    const fast_recurrent_state *initial;
    const fast_recurrent_cache *cache;
    fast_view output;
    const fast_cell_kernels *kernels;
    fast_packed_matrix weights[MAX_GATES]; /* U of each gate */
    float *bias;                           /* a row for each gate, and one for b'_n of a GRU */
    float *zeros;                          /* an initial state */
} forward_pass;

/** What a task writes: states of its sequences, in whole register tiles. */
typedef struct {
    float *h, *new_h, *c; /* (n_task_rows x width) */
    float *u;             /* products of some units: gate beside gate */
} task_scratch;

/* ---- Workspace ------------------------------------------------------------------------------- */

/** What all tasks share: taken, or only counted if from is NULL. */
static size_t take_shared(forward_pass *pass, const fast_recurrent_cell *parameters,
                          const fast_kernels *kernels, fast_workspace *from)
{
    const recurrent_cut *cut = &pass->cut;
    size_t size = take_part(from, MAX_GATES, cut->n_hidden, &pass->bias);
    size = fast_size_sum(size, take_part(from, 1, cut->n_hidden, &pass->zeros));
    for (size_t k = 0; k < cut->n_gates; k++) {
        fast_view weight = parameters->weight_h;
        weight.n_cols = cut->n_hidden;
        weight.data = weight.data ? weight.data + k * cut->n_hidden : NULL;
        size_t n_rows = cut->n_batch * cut->n;
        size = fast_size_sum(
            size, fast_packed_take(false, &weight, n_rows, kernels, from, &pass->weights[k]));
    }
    return size;
}

/** The widest panel of units, all gates of it. */
static size_t row_of_u(const recurrent_cut *cut, const fast_kernels *kernels)
{
    return cut->n_gates * kernels->tile_vectors * kernels->lanes;
}

/** What one task needs: taken, or only counted if from is NULL. */
static size_t take_own(const recurrent_cut *cut, const fast_kernels *kernels, fast_workspace *from,
                       task_scratch *own)
{
    size_t h = take_part(from, cut->n_task_rows, cut->width, &own->h);
    size_t new_h = take_part(from, cut->n_task_rows, cut->width, &own->new_h);
    size_t c = take_part(from, cut->n_task_rows, cut->width, &own->c);
    size_t u = take_part(from, cut->n_task_rows, row_of_u(cut, kernels), &own->u);
    return fast_size_sum(fast_size_sum(h, new_h), fast_size_sum(c, u));
}

/** Bytes for a = X W, whichever way the tokens are stored. */
static size_t inputs_size(const fast_view *x, const fast_recurrent_cell *parameters,
                          const fast_context *context)
{
    fast_view swapped = by_token(x);
    return larger_of(fast_projection_forward_size(x, &parameters->weight_x, context),
                     fast_projection_forward_size(&swapped, &parameters->weight_x, context));
}

size_t fast_recurrent_forward_size(const fast_view *x, const fast_recurrent_cell *parameters,
                                   const fast_recurrent_walk *walk, const fast_context *context)
{
    if (is_empty(x) || is_empty(&parameters->weight_h)) {
        return 0;
    }
    task_scratch own;
    forward_pass pass = {.cut =
                             cut_batch(x, parameters, fast_recurrent_gates(walk->cell), context)};
    size_t shared = take_shared(&pass, parameters, context->kernels, NULL);
    size_t tasks =
        fast_piece_size(pass.cut.n_threads, take_own(&pass.cut, context->kernels, NULL, &own));
    return fast_size_sum(shared, larger_of(tasks, inputs_size(x, parameters, context)));
}

/* ---- One task -------------------------------------------------------------------------------- */

/** The states before the first token. */
static void load_states(const forward_pass *pass, size_t first, size_t n_rows,
                        const task_scratch *own)
{
    const recurrent_cut *cut = &pass->cut;
    size_t n_bytes = cut->n_task_rows * cut->width * sizeof(float);
    memset(own->h, 0, n_bytes);
    memset(own->c, 0, n_bytes);
    for (size_t i = 0; i < n_rows && pass->initial; i++) {
        size_t row = i * cut->width;
        memcpy(own->h + row, fast_view_at(&pass->initial->h, first + i, 0),
               cut->n_hidden * sizeof(float));
        if (pass->walk->cell == FAST_LSTM) {
            memcpy(own->c + row, fast_view_at(&pass->initial->c, first + i, 0),
                   cut->n_hidden * sizeof(float));
        }
    }
    memcpy(own->new_h, own->h, n_bytes); /* a sequence that has not begun keeps it */
}

// [recurrent-panel]
/* 4. U^T h_{t-1} of some units, all gates. */
static void multiply_panel(const forward_pass *pass, size_t index, size_t n_rows,
                           const task_scratch *own)
{
    const fast_kernels *kernels = pass->weights[0].kernels;
    size_t u_row = row_of_u(&pass->cut, kernels), gate = u_row / pass->cut.n_gates;
    for (size_t k = 0; k < pass->cut.n_gates; k++) {
        fast_packed_multiply(&pass->weights[k], index, padded_to(n_rows, kernels->tile_rows),
                             own->h, pass->cut.width, 0.0f, own->u + k * gate, u_row);
    }
}
// [recurrent-panel]

/* 4. Gates and state of the same units, for every sequence that has a token t. */
static void step_panel(const forward_pass *pass, size_t index, size_t t, size_t first,
                       size_t n_rows, const task_scratch *own)
{
    const fast_packed_matrix *weights = &pass->weights[0];
    fast_packed_panel panel = fast_packed_panel_at(weights, index);
    size_t u_row = row_of_u(&pass->cut, weights->kernels);
    fast_recurrent_step step = {.n = panel.n_cols,
                                .gate_stride = pass->cut.n_hidden,
                                .u_stride = u_row / pass->cut.n_gates,
                                .bias = pass->bias + panel.column};
    for (size_t i = 0; i < n_rows; i++) {
        size_t batch = first + i, state = i * pass->cut.width + panel.column;
        if (t >= length_of(pass->walk, batch, pass->cut.n)) {
            continue;
        }
        step.gates = token_at(&pass->cache->gates, batch, t) + panel.column;
        step.output = token_at(&pass->output, batch, t) + panel.column;
        if (pass->walk->cell != FAST_ELMAN) {
            step.inner = token_at(&pass->cache->inner, batch, t) + panel.column;
        }
        step.u = own->u + i * u_row;
        step.h = own->h + state;
        step.c = own->c + state;
        step.new_h = own->new_h + state;
        pass->kernels->forward(&step);
    }
}

/** What stands behind the walk: the final states, and zeros for padding. */
static void finish(const forward_pass *pass, const fast_recurrent_state *final, size_t batch)
{
    size_t n_bytes = pass->cut.n_hidden * sizeof(float);
    state_place last = state_after(pass->walk, pass->initial, pass->cache, &pass->output,
                                   pass->zeros, batch, length_of(pass->walk, batch, pass->cut.n));
    if (final) {
        memmove(fast_view_at(&final->h, batch, 0), last.h, n_bytes);
    }
    if (final && pass->walk->cell == FAST_LSTM) {
        memmove(fast_view_at(&final->c, batch, 0), last.c, n_bytes);
    }
    clear_padding(pass->walk, &pass->output, batch);
    clear_padding(pass->walk, &pass->cache->gates, batch);
    if (pass->walk->cell != FAST_ELMAN) {
        clear_padding(pass->walk, &pass->cache->inner, batch);
    }
}

/* 2. All steps of some sequences. */
static void walk_task(const forward_pass *pass, const fast_recurrent_state *final, size_t task,
                      task_scratch own)
{
    const recurrent_cut *cut = &pass->cut;
    size_t first = task * cut->n_task_rows, n_rows = min_of(cut->n_task_rows, cut->n_batch - first);
    size_t n_steps = longest_of(pass->walk, first, n_rows, cut->n);
    size_t u_row = row_of_u(cut, pass->weights[0].kernels);
    load_states(pass, first, n_rows, &own);
    memset(own.u, 0, cut->n_task_rows * u_row * sizeof *own.u);
    for (size_t s = 0; s < n_steps; s++) {
        size_t t = pass->walk->is_reversed ? n_steps - 1 - s : s;
        for (size_t index = 0; index < pass->weights[0].n_panels; index++) {
            if (s > 0 || pass->initial) { /* 6 */
                multiply_panel(pass, index, n_rows, &own);
            }
            step_panel(pass, index, t, first, n_rows, &own);
        }
        float *h = own.h;
        own.h = own.new_h;
        own.new_h = h;
    }
    for (size_t i = 0; i < n_rows; i++) {
        finish(pass, final, first + i);
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

/** a = W^T x_t without its bias, for all tokens of all sequences in one product. */
static int multiply_inputs(const fast_view *x, const fast_recurrent_cell *parameters,
                           const fast_view *gates, fast_context *context)
{
    fast_view rows = *x, a = *gates;
    if (is_stored_by_token(x) && is_stored_by_token(gates)) {
        rows = by_token(x);
        a = by_token(gates);
    }
    return fast_projection_forward(&rows, &parameters->weight_x, NULL, &a, context);
}

/* 3. and 5. */
static void prepare(forward_pass *pass, const fast_recurrent_cell *parameters)
{
    size_t n_hidden = pass->cut.n_hidden, n_panels = pass->weights[0].n_panels;
    const float *b = parameters->bias_x.data, *b_h = parameters->bias_h.data;
    bool is_gru = pass->walk->cell == FAST_GRU;
    size_t n_joined = (pass->cut.n_gates - is_gru) * n_hidden;
    for (size_t c = 0; c < pass->cut.n_gates * n_hidden; c++) {
        pass->bias[c] = c < n_joined ? b[c] + b_h[c] : b[c];
    }
    if (is_gru) {
        memcpy(pass->bias + n_joined + n_hidden, b_h + n_joined, n_hidden * sizeof *b_h);
    }
    memset(pass->zeros, 0, n_hidden * sizeof *pass->zeros);
#pragma omp parallel for schedule(static) num_threads((int)pass->cut.n_threads)
    for (size_t n = 0; n < pass->cut.n_gates * n_panels; n++) {
        fast_packed_fill(&pass->weights[n / n_panels], n % n_panels);
    }
}

int fast_recurrent_forward(const fast_view *x, const fast_recurrent_state *initial,
                           const fast_recurrent_cell *parameters, const fast_recurrent_walk *walk,
                           const fast_recurrent_cache *cache, const fast_recurrent_state *final,
                           fast_view *output, fast_context *context)
{
    int status = fast_recurrent_check(x, initial, parameters, walk, cache, final, output);
    if (status == GSL_SUCCESS) {
        status = fast_recurrent_check_overlap(walk, cache, final, output);
    }
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    if (!fast_workspace_take(&all, fast_recurrent_forward_size(x, parameters, walk, context))) {
        GSL_ERROR("the workspace is smaller than fast_recurrent_forward_size()", GSL_ENOMEM);
    }
    forward_pass pass = {.cut = cut_batch(x, parameters, fast_recurrent_gates(walk->cell), context),
                         .walk = walk,
                         .initial = initial,
                         .cache = cache,
                         .output = *output,
                         .kernels = cell_kernels(walk->cell, context->kernels)};
    take_shared(&pass, parameters, context->kernels, &rest);
    fast_context behind = {context->kernels, context->n_threads, &rest};
    status = multiply_inputs(x, parameters, &cache->gates, &behind);
    if (status != GSL_SUCCESS) {
        return status;
    }
    prepare(&pass, parameters);
    task_scratch counted;
    size_t n_bytes = take_own(&pass.cut, context->kernels, NULL, &counted);
    unsigned char *begin = rest.begin + rest.n_used;
#pragma omp parallel for schedule(dynamic) num_threads((int)pass.cut.n_threads) /* 2 */
    for (size_t task = 0; task < pass.cut.n_tasks; task++) {
        fast_workspace mine = {begin + thread_number() * n_bytes, n_bytes, 0};
        task_scratch own;
        take_own(&pass.cut, context->kernels, &mine, &own);
        walk_task(&pass, final, task, own);
    }
    return GSL_SUCCESS;
}
