/* The steps of recurrent networks. The numbers are those of recurrent_cell.c. */
#include "optimized/recurrent_steps.h"
#include "optimized/recurrent_checks.h"
#include "optimized/recurrent_walk.h"
#include "optimized/threads.h"

/** What all tasks read. */
typedef struct {
    const fast_packed_cell *packed;
    recurrent_cut cut;
    const fast_recurrent_walk *walk;
    const fast_recurrent_state *initial;
    const fast_recurrent_cache *cache;
    fast_view output;
    const fast_cell_kernels *kernels;
} forward_pass;

/** What a task writes: states of its sequences, in whole register tiles. */
typedef struct {
    float *h, *new_h, *c; /* (n_task_rows x width) */
    float *u;             /* products of some units: gate beside gate */
} task_scratch;

/* ---- Workspace ------------------------------------------------------------------------------- */

size_t fast_packed_cell_take(const fast_view *x, const fast_recurrent_cell *parameters,
                             const fast_recurrent_walk *walk, const fast_kernels *kernels,
                             fast_workspace *from, fast_packed_cell *packed)
{
    size_t n_hidden = parameters->weight_h.n_rows, n_rows = x->n_batch * x->n_rows;
    size_t size = take_part(from, FAST_MOST_GATES, n_hidden, &packed->bias);
    size = fast_size_sum(size, take_part(from, 1, n_hidden, &packed->zeros));
    for (size_t k = 0; k < fast_recurrent_gates(walk->cell); k++) {
        fast_view weight = fast_view_columns(&parameters->weight_h, k * n_hidden, n_hidden);
        size = fast_size_sum(
            size, fast_packed_take(false, &weight, n_rows, kernels, from, &packed->weights[k]));
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

size_t fast_recurrent_steps_size(const fast_view *x, size_t n_hidden,
                                 const fast_recurrent_walk *walk, const fast_context *context)
{
    task_scratch own;
    recurrent_cut cut = cut_batch(x, n_hidden, fast_recurrent_gates(walk->cell), context);
    return fast_piece_size(cut.n_threads, take_own(&cut, context->kernels, NULL, &own));
}

/* ---- What is made once ----------------------------------------------------------------------- */

/* 3. and 5. */
void fast_packed_cell_fill(const fast_packed_cell *packed, const fast_recurrent_cell *parameters,
                           const fast_recurrent_walk *walk, const fast_context *context)
{
    size_t n_hidden = parameters->weight_h.n_rows, n_panels = packed->weights[0].n_panels;
    size_t n_gates = fast_recurrent_gates(walk->cell);
    const float *b = parameters->bias_x.data, *b_h = parameters->bias_h.data;
    bool is_gru = walk->cell == FAST_GRU;
    size_t n_joined = (n_gates - is_gru) * n_hidden;
    for (size_t c = 0; c < n_gates * n_hidden; c++) {
        packed->bias[c] = c < n_joined ? b[c] + b_h[c] : b[c];
    }
    if (is_gru) {
        memcpy(packed->bias + n_joined + n_hidden, b_h + n_joined, n_hidden * sizeof *b_h);
    }
    memset(packed->zeros, 0, n_hidden * sizeof *packed->zeros);
#pragma omp parallel for schedule(static) num_threads(n_threads_for(&parameters->weight_h, context))
    for (size_t n = 0; n < n_gates * n_panels; n++) {
        fast_packed_fill(&packed->weights[n / n_panels], n % n_panels);
    }
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
    const fast_kernels *kernels = pass->packed->weights[0].kernels;
    size_t u_row = row_of_u(&pass->cut, kernels), gate = u_row / pass->cut.n_gates;
    for (size_t k = 0; k < pass->cut.n_gates; k++) {
        fast_packed_multiply(&pass->packed->weights[k], index,
                             padded_to(n_rows, kernels->tile_rows), own->h, pass->cut.width, 0.0f,
                             own->u + k * gate, u_row);
    }
}
// [recurrent-panel]

/* 4. Gates and state of the same units, for every sequence that has a token t. */
static void step_panel(const forward_pass *pass, size_t index, size_t t, size_t first,
                       size_t n_rows, const task_scratch *own)
{
    const fast_packed_matrix *weights = &pass->packed->weights[0];
    fast_packed_panel panel = fast_packed_panel_at(weights, index);
    size_t u_row = row_of_u(&pass->cut, weights->kernels);
    fast_recurrent_step step = {.n = panel.n_cols,
                                .gate_stride = pass->cut.n_hidden,
                                .u_stride = u_row / pass->cut.n_gates,
                                .bias = pass->packed->bias + panel.column};
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
    state_place last =
        state_after(pass->walk, pass->initial, pass->cache, &pass->output, pass->packed->zeros,
                    batch, length_of(pass->walk, batch, pass->cut.n));
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
    size_t u_row = row_of_u(cut, pass->packed->weights[0].kernels);
    load_states(pass, first, n_rows, &own);
    memset(own.u, 0, cut->n_task_rows * u_row * sizeof *own.u);
    for (size_t s = 0; s < n_steps; s++) {
        size_t t = pass->walk->is_reversed ? n_steps - 1 - s : s;
        for (size_t index = 0; index < pass->packed->weights[0].n_panels; index++) {
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

void fast_recurrent_steps(const fast_packed_cell *packed, const fast_recurrent_state *initial,
                          const fast_recurrent_walk *walk, const fast_recurrent_cache *cache,
                          const fast_recurrent_state *final, const fast_view *output,
                          fast_context *context)
{
    size_t n_gates = fast_recurrent_gates(walk->cell);
    forward_pass pass = {.packed = packed,
                         .cut = cut_batch(output, output->n_cols, n_gates, context),
                         .walk = walk,
                         .initial = initial,
                         .cache = cache,
                         .output = *output,
                         .kernels = cell_kernels(walk->cell, context->kernels)};
    task_scratch counted;
    size_t n_bytes = take_own(&pass.cut, context->kernels, NULL, &counted);
    unsigned char *begin = context->workspace->begin + context->workspace->n_used;
#pragma omp parallel for schedule(dynamic) num_threads((int)pass.cut.n_threads) /* 2 */
    for (size_t task = 0; task < pass.cut.n_tasks; task++) {
        fast_workspace mine = {begin + thread_number() * n_bytes, n_bytes, 0};
        task_scratch own;
        take_own(&pass.cut, context->kernels, &mine, &own);
        walk_task(&pass, final, task, own);
    }
}
