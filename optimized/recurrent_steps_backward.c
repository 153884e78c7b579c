/* The steps of recurrent networks in reverse. The numbers are those of recurrent_backward.c. */
#include "optimized/kernels/row_kernels.h"
#include "optimized/recurrent_checks.h"
#include "optimized/recurrent_steps.h"
#include "optimized/recurrent_walk.h"
#include "optimized/threads.h"

/** What all tasks share. */
typedef struct {
    const fast_packed_cell_backward *packed;
    recurrent_cut cut;
    const fast_recurrent_walk *walk;
    const fast_recurrent_state *initial;
    const fast_recurrent_cache *cache;
    fast_view output, grad_output;
    const fast_cell_kernels *kernels;
} backward_pass;

/** What a task writes, in whole register tiles. */
typedef struct {
    float *grad_h, *grad_c; /* (n_task_rows x width) */
    float *grad_u;          /* (n_task_rows x n_gates n_hidden) */
} task_scratch;

/* ---- Workspace ------------------------------------------------------------------------------- */

size_t fast_packed_cell_backward_take(const fast_view *x, const fast_recurrent_cell *parameters,
                                      const fast_recurrent_walk *walk, const fast_kernels *kernels,
                                      fast_workspace *from, fast_packed_cell_backward *packed)
{
    size_t rows = fast_recurrent_take_rows(x, parameters, walk, from, &packed->rows);
    size_t zeros = take_part(from, 1, parameters->weight_h.n_rows, &packed->zeros);
    size_t weight = fast_packed_take(true, &parameters->weight_h, x->n_batch * x->n_rows, kernels,
                                     from, &packed->weight);
    return fast_size_sum(rows, fast_size_sum(zeros, weight));
}

/** What one task needs: taken, or only counted if from is NULL. */
static size_t take_own(const recurrent_cut *cut, fast_workspace *from, task_scratch *own)
{
    size_t h = take_part(from, cut->n_task_rows, cut->width, &own->grad_h);
    size_t c = take_part(from, cut->n_task_rows, cut->width, &own->grad_c);
    size_t u = take_part(from, cut->n_task_rows, cut->n_gates * cut->n_hidden, &own->grad_u);
    return fast_size_sum(u, fast_size_sum(h, c));
}

size_t fast_recurrent_steps_backward_size(const fast_view *x, size_t n_hidden,
                                          const fast_recurrent_walk *walk,
                                          const fast_context *context)
{
    task_scratch own;
    recurrent_cut cut = cut_batch(x, n_hidden, fast_recurrent_gates(walk->cell), context);
    return fast_piece_size(cut.n_threads, take_own(&cut, NULL, &own));
}

/* 7. */
void fast_packed_cell_backward_fill(const fast_packed_cell_backward *packed,
                                    const fast_context *context)
{
    size_t n_hidden = packed->weight.n_cols;
    memset(packed->zeros, 0, n_hidden * sizeof *packed->zeros);
    fast_packed_fill_all(&packed->weight, context);
}

/* ---- One task -------------------------------------------------------------------------------- */

/** The gradient of the final state, or zeros. */
static void load_gradients(const backward_pass *pass, const fast_recurrent_state *grad_final,
                           size_t batch, float *grad_h, float *grad_c)
{
    size_t n_bytes = pass->cut.n_hidden * sizeof(float);
    memcpy(grad_h, grad_final ? fast_view_at(&grad_final->h, batch, 0) : pass->packed->zeros,
           n_bytes);
    if (pass->walk->cell == FAST_LSTM) {
        memcpy(grad_c, grad_final ? fast_view_at(&grad_final->c, batch, 0) : pass->packed->zeros,
               n_bytes);
    }
}

/** The gradient of the initial state, where it is wanted. */
static void add_gradients(const backward_pass *pass, const fast_recurrent_state *grad_initial,
                          size_t batch, const float *grad_h, const float *grad_c)
{
    const fast_row_kernels *row = pass->packed->weight.kernels->row;
    if (grad_initial) {
        row->add(grad_h, fast_view_at(&grad_initial->h, batch, 0), pass->cut.n_hidden);
    }
    if (grad_initial && pass->walk->cell == FAST_LSTM) {
        row->add(grad_c, fast_view_at(&grad_initial->c, batch, 0), pass->cut.n_hidden);
    }
}

/** Step s of a sequence in reverse, at token t, but for the product. */
static void step_backward(const backward_pass *pass, size_t batch, size_t t, size_t s,
                          float *grad_h, float *grad_c, float *grad_u)
{
    bool is_gru = pass->walk->cell == FAST_GRU;
    size_t n_hidden = pass->cut.n_hidden;
    state_place before = state_after(pass->walk, pass->initial, pass->cache, &pass->output,
                                     pass->packed->zeros, batch, s);
    fast_recurrent_step_backward step = {.n = n_hidden,
                                         .gate_stride = n_hidden,
                                         .gates = token_at(&pass->cache->gates, batch, t),
                                         .h = before.h,
                                         .c = before.c,
                                         .output = token_at(&pass->output, batch, t),
                                         .grad_output = token_at(&pass->grad_output, batch, t),
                                         .grad_h = grad_h,
                                         .grad_c = grad_c,
                                         .grad_a = token_at(&pass->packed->rows.grad_a, batch, t),
                                         .grad_u = grad_u};
    if (pass->walk->cell != FAST_ELMAN) {
        step.inner = token_at(&pass->cache->inner, batch, t);
    }
    pass->kernels->backward(&step);
    memcpy(token_at(&pass->packed->rows.states, batch, t), before.h,
           n_hidden * sizeof(float)); /* 8 */
    if (is_gru) {
        memcpy(token_at(&pass->packed->rows.grad_u_n, batch, t), grad_u + 2 * n_hidden,
               n_hidden * sizeof(float));
    }
}

/** dh_{t-1} += U du. */
static void multiply_back(const backward_pass *pass, size_t n_rows, const task_scratch *own)
{
    const recurrent_cut *cut = &pass->cut;
    float beta = pass->walk->cell == FAST_GRU ? 1.0f : 0.0f; /* the others reach h through U only */
    for (size_t index = 0; index < pass->packed->weight.n_panels; index++) {
        size_t column = fast_packed_panel_at(&pass->packed->weight, index).column;
        fast_packed_multiply(&pass->packed->weight, index,
                             padded_to(n_rows, pass->packed->weight.kernels->tile_rows),
                             own->grad_u, cut->n_gates * cut->n_hidden, beta, own->grad_h + column,
                             cut->width);
    }
}

/** 9. */
static void clear_rows(const backward_pass *pass, size_t batch)
{
    clear_padding(pass->walk, &pass->packed->rows.grad_a, batch);
    clear_padding(pass->walk, &pass->packed->rows.states, batch);
    if (pass->walk->cell == FAST_GRU) {
        clear_padding(pass->walk, &pass->packed->rows.grad_u_n, batch);
    }
}

/** Every sequence that has a token t takes its step there in reverse. The step is its s-th if s of
    its tokens come before in the walk. */
static void visit_token(const backward_pass *pass, const fast_recurrent_state *grad_final,
                        size_t first, size_t n_rows, size_t t, const task_scratch *own)
{
    const recurrent_cut *cut = &pass->cut;
    for (size_t i = 0; i < n_rows; i++) {
        size_t length = length_of(pass->walk, first + i, cut->n);
        float *grad_h = own->grad_h + i * cut->width, *grad_c = own->grad_c + i * cut->width;
        if (t < length) {
            size_t s = step_at(pass->walk, t, length);
            if (s + 1 == length) {
                load_gradients(pass, grad_final, first + i, grad_h, grad_c);
            }
            step_backward(pass, first + i, t, s, grad_h, grad_c,
                          own->grad_u + i * cut->n_gates * cut->n_hidden);
        }
    }
}

/** The sequences that began with token t hand their gradients over. */
static void leave_token(const backward_pass *pass, const fast_recurrent_state *grad_initial,
                        size_t first, size_t n_rows, size_t t, const task_scratch *own)
{
    for (size_t i = 0; i < n_rows; i++) {
        size_t length = length_of(pass->walk, first + i, pass->cut.n), row = i * pass->cut.width;
        if (t < length && step_at(pass->walk, t, length) == 0) {
            add_gradients(pass, grad_initial, first + i, own->grad_h + row, own->grad_c + row);
        }
    }
}

/** What needs no step: the rows of padding, and sequences without a token. */
static void begin_task(const backward_pass *pass, const fast_recurrent_state *grad_final,
                       const fast_recurrent_state *grad_initial, size_t first, size_t n_rows,
                       const task_scratch *own)
{
    const recurrent_cut *cut = &pass->cut;
    for (size_t i = 0; i < n_rows; i++) {
        clear_rows(pass, first + i);
        if (length_of(pass->walk, first + i, cut->n) == 0) {
            load_gradients(pass, grad_final, first + i, own->grad_h, own->grad_c);
            add_gradients(pass, grad_initial, first + i, own->grad_h, own->grad_c);
        }
    }
    memset(own->grad_h, 0, cut->n_task_rows * cut->width * sizeof(float));
    memset(own->grad_c, 0, cut->n_task_rows * cut->width * sizeof(float));
    memset(own->grad_u, 0, cut->n_task_rows * cut->n_gates * cut->n_hidden * sizeof(float));
}

/** All steps of some sequences in reverse. */
static void walk_task(const backward_pass *pass, const fast_recurrent_state *grad_final,
                      const fast_recurrent_state *grad_initial, size_t task,
                      const task_scratch *own)
{
    const recurrent_cut *cut = &pass->cut;
    size_t first = task * cut->n_task_rows, n_rows = min_of(cut->n_task_rows, cut->n_batch - first);
    size_t n_tokens = longest_of(pass->walk, first, n_rows, cut->n);
    begin_task(pass, grad_final, grad_initial, first, n_rows, own);
    for (size_t r = 0; r < n_tokens; r++) {
        size_t t = pass->walk->is_reversed ? r : n_tokens - 1 - r;
        visit_token(pass, grad_final, first, n_rows, t, own);
        if (r + 1 < n_tokens || grad_initial) {
            multiply_back(pass, n_rows, own);
        }
        leave_token(pass, grad_initial, first, n_rows, t, own);
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

void fast_recurrent_steps_backward(const fast_packed_cell_backward *packed,
                                   const fast_recurrent_state *initial,
                                   const fast_recurrent_walk *walk,
                                   const fast_recurrent_cache *cache, const fast_view *output,
                                   const fast_view *grad_output,
                                   const fast_recurrent_state *grad_final,
                                   const fast_recurrent_state *grad_initial, fast_context *context)
{
    size_t n_gates = fast_recurrent_gates(walk->cell);
    backward_pass pass = {.packed = packed,
                          .cut = cut_batch(output, output->n_cols, n_gates, context),
                          .walk = walk,
                          .initial = initial,
                          .cache = cache,
                          .output = *output,
                          .grad_output = *grad_output,
                          .kernels = cell_kernels(walk->cell, context->kernels)};
    task_scratch counted;
    size_t n_bytes = take_own(&pass.cut, NULL, &counted);
    unsigned char *begin = context->workspace->begin + context->workspace->n_used;
#pragma omp parallel for schedule(dynamic) num_threads((int)pass.cut.n_threads)
    for (size_t task = 0; task < pass.cut.n_tasks; task++) {
        fast_workspace mine = {begin + thread_number() * n_bytes, n_bytes, 0};
        task_scratch own;
        take_own(&pass.cut, &mine, &own);
        walk_task(&pass, grad_final, grad_initial, task, &own);
    }
}
