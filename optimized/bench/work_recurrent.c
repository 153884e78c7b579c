/* Recurrent networks, forward and backward in one run: a batch of sequences, stored token by token.
 * Each token of each sequence is multiplied with W and U once forward and twice backward. */
#include "optimized/bench/data.h"
#include "optimized/bench/work.h"
#include "optimized/recurrent_cell.h"
#include "reference/recurrent_cell.h"
#include <stdio.h>
#include <stdlib.h>

/** Of a shape n_batch are the sequences, n_q the tokens of each, d_k the inputs, d_v the units. */
typedef struct {
    fast_cell cell;
    size_t n_gates;
    bench_shape shape;
    fast_view x, gates, inner, output, grad_output, grad_x;
    fast_recurrent_cell parameters, gradients;
    /* The reference takes one sequence at a time, and all of them through the same memory. */
    gsl_matrix *ref_x, *ref_output, *ref_grad_output, *ref_grad_x;
    ref_recurrent_cell ref_parameters, ref_gradients;
    ref_recurrent_cache ref_cache, ref_grad_cache;
    ref_recurrent_state ref_state;
} recurrent_data;

static double n_flops(const bench_shape *s, size_t n_gates)
{
    double n_tokens = (double)s->n_batch * (double)s->n_q;
    return 6.0 * n_tokens * (double)n_gates * (double)s->d_v * (double)(s->d_k + s->d_v);
}

static double n_flops_gru(const bench_shape *s)
{
    return n_flops(s, 3);
}

static double n_flops_lstm(const bench_shape *s)
{
    return n_flops(s, 4);
}

static void describe(const bench_shape *s, char *text, size_t size)
{
    snprintf(text, size, "%zu x %zu tokens, %zu -> %zu", s->n_batch, s->n_q, s->d_k, s->d_v);
}

/* ---- Data ------------------------------------------------------------------------------------ */

/** Token by token: the rows of one token of all sequences are neighbours. */
static fast_view tokens(const bench_shape *s, size_t n_cols)
{
    fast_view view = random_tensor(s->n_q, 1, s->n_batch, n_cols);
    return (fast_view){view.data,       s->n_batch,       1, s->n_q, n_cols, view.row_stride,
                       view.row_stride, view.batch_stride};
}

/** Weights small enough that the states do not all end at -1 or 1. */
static fast_recurrent_cell cell_of(const recurrent_data *d)
{
    size_t n_columns = d->n_gates * d->shape.d_v;
    fast_recurrent_cell cell = {
        random_tensor(1, 1, d->shape.d_k, n_columns), random_tensor(1, 1, 1, n_columns),
        random_tensor(1, 1, d->shape.d_v, n_columns), random_tensor(1, 1, 1, n_columns)};
    for (size_t i = 0; i < d->shape.d_v * n_columns; i++) {
        cell.weight_h.data[i] *= 0.05f;
    }
    return cell;
}

static void alloc_optimized(recurrent_data *d)
{
    const bench_shape *s = &d->shape;
    d->x = tokens(s, s->d_k);
    d->grad_x = tokens(s, s->d_k);
    d->gates = tokens(s, d->n_gates * s->d_v);
    d->inner = tokens(s, s->d_v);
    d->output = tokens(s, s->d_v);
    d->grad_output = tokens(s, s->d_v);
    d->parameters = cell_of(d);
    d->gradients = cell_of(d);
}

static ref_recurrent_cell ref_cell_of(const recurrent_data *d)
{
    size_t n_columns = d->n_gates * d->shape.d_v;
    return (ref_recurrent_cell){
        random_matrix(d->shape.d_k, n_columns), gsl_vector_calloc(n_columns),
        random_matrix(d->shape.d_v, n_columns), gsl_vector_calloc(n_columns)};
}

static ref_recurrent_cache ref_cache_of(const recurrent_data *d)
{
    return (ref_recurrent_cache){random_matrix(d->shape.n_q, d->n_gates * d->shape.d_v),
                                 random_matrix(d->shape.n_q, d->shape.d_v)};
}

static void alloc_reference(recurrent_data *d)
{
    const bench_shape *s = &d->shape;
    d->ref_x = random_matrix(s->n_q, s->d_k);
    d->ref_grad_x = random_matrix(s->n_q, s->d_k);
    d->ref_output = random_matrix(s->n_q, s->d_v);
    d->ref_grad_output = random_matrix(s->n_q, s->d_v);
    d->ref_parameters = ref_cell_of(d);
    d->ref_gradients = ref_cell_of(d);
    gsl_matrix_scale(d->ref_parameters.weight_h, 0.05);
    d->ref_cache = ref_cache_of(d);
    d->ref_grad_cache = ref_cache_of(d);
    d->ref_state = (ref_recurrent_state){gsl_vector_calloc(s->d_v), gsl_vector_calloc(s->d_v)};
}

static void *alloc(fast_cell cell, size_t n_gates, const bench_shape *s, bool for_reference,
                   bool for_optimized)
{
    recurrent_data *d = zero_bytes(sizeof *d);
    d->cell = cell;
    d->n_gates = n_gates;
    d->shape = *s;
    if (for_optimized) {
        alloc_optimized(d);
    }
    if (for_reference) {
        alloc_reference(d);
    }
    return d;
}

static void *alloc_gru(const bench_shape *s, bool for_reference, bool for_optimized)
{
    return alloc(FAST_GRU, 3, s, for_reference, for_optimized);
}

static void *alloc_lstm(const bench_shape *s, bool for_reference, bool for_optimized)
{
    return alloc(FAST_LSTM, 4, s, for_reference, for_optimized);
}

static void free_cell(fast_recurrent_cell *cell, ref_recurrent_cell *ref)
{
    free(cell->weight_x.data);
    free(cell->bias_x.data);
    free(cell->weight_h.data);
    free(cell->bias_h.data);
    gsl_matrix_free(ref->weight_x);
    gsl_vector_free(ref->bias_x);
    gsl_matrix_free(ref->weight_h);
    gsl_vector_free(ref->bias_h);
}

static void free_data(void *data)
{
    recurrent_data *d = data;
    fast_view views[] = {d->x, d->gates, d->inner, d->output, d->grad_output, d->grad_x};
    gsl_matrix *matrices[] = {
        d->ref_x,           d->ref_grad_x,      d->ref_output,           d->ref_grad_output,
        d->ref_cache.gates, d->ref_cache.inner, d->ref_grad_cache.gates, d->ref_grad_cache.inner};
    for (size_t n = 0; n < sizeof views / sizeof views[0]; n++) {
        free(views[n].data);
    }
    for (size_t n = 0; n < sizeof matrices / sizeof matrices[0]; n++) {
        gsl_matrix_free(matrices[n]);
    }
    gsl_vector_free(d->ref_state.h);
    gsl_vector_free(d->ref_state.c);
    free_cell(&d->parameters, &d->ref_parameters);
    free_cell(&d->gradients, &d->ref_gradients);
    free(d);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static size_t workspace_size(void *data, const fast_context *context)
{
    recurrent_data *d = data;
    fast_recurrent_walk walk = {d->cell, false, NULL};
    size_t forward = fast_recurrent_forward_size(&d->x, &d->parameters, &walk, context);
    size_t backward = fast_recurrent_backward_size(&d->x, &d->parameters, &walk, context);
    return forward > backward ? forward : backward;
}

static void optimized(void *data, fast_context *context)
{
    recurrent_data *d = data;
    fast_recurrent_walk walk = {d->cell, false, NULL};
    fast_recurrent_cache cache = {d->gates, d->inner};
    fast_recurrent_forward(&d->x, NULL, &d->parameters, &walk, &cache, NULL, &d->output, context);
    fast_recurrent_backward(&d->x, NULL, &d->parameters, &walk, &cache, &d->output, &d->grad_output,
                            NULL, &d->grad_x, NULL, &d->gradients, context);
}

static void reference(void *data)
{
    recurrent_data *d = data;
    ref_recurrent_walk walk = {(ref_cell)d->cell, false, NULL};
    for (size_t b = 0; b < d->shape.n_batch; b++) {
        ref_recurrent_forward(d->ref_x, NULL, &d->ref_parameters, &walk, &d->ref_cache, NULL,
                              d->ref_output);
        ref_recurrent_backward(d->ref_x, NULL, &d->ref_parameters, &walk, &d->ref_cache,
                               d->ref_output, d->ref_grad_output, NULL, d->ref_grad_x, NULL,
                               &d->ref_gradients, &d->ref_grad_cache, &d->ref_state);
    }
}

#define RECURRENT_WORK(name_, n_flops_, alloc_)                                                    \
    {                                                                                              \
        .name = name_, .n_flops = n_flops_, .describe = describe, .alloc = alloc_,                 \
        .free = free_data, .workspace_size = workspace_size, .optimized = optimized,               \
        .reference = reference                                                                     \
    }

const bench_work gru_work = RECURRENT_WORK("gru", n_flops_gru, alloc_gru);
const bench_work lstm_work = RECURRENT_WORK("lstm", n_flops_lstm, alloc_lstm);
