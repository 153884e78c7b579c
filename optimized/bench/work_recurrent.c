/* Recurrent networks, forward and backward in one run: a batch of sequences, stored token by token.
 * Each token of each sequence is multiplied with W and U once forward and twice backward. */
#include "optimized/bench/data.h"
#include "optimized/bench/message.h"
#include "optimized/bench/peer_recurrent.h"
#include "optimized/bench/recurrent_reference.h"
#include "optimized/bench/work.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What comes out: the output, and gradients of the input and of four parameters. */
enum { N_RESULTS = 6 };

/** Of a shape n_batch are the sequences, n_q the tokens of each, d_k the inputs, d_v the units. */
typedef struct {
    size_t n_gates;
    bench_shape shape;
    recurrent_layer layer;
    fast_view gates, inner;
    peer_recurrent *by_onednn;
    double checked[N_RESULTS];
    recurrent_reference *reference;
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

static void clear(fast_view *dense)
{
    memset(dense->data, 0, dense->n_batch * dense->n_rows * dense->n_cols * sizeof(float));
}

static void clear_gradients(recurrent_layer *layer)
{
    clear(&layer->grad_x);
    clear(&layer->gradients.weight_x);
    clear(&layer->gradients.bias_x);
    clear(&layer->gradients.weight_h);
    clear(&layer->gradients.bias_h);
}

static void alloc_optimized(recurrent_data *d)
{
    const bench_shape *s = &d->shape;
    d->layer.x = tokens(s, s->d_k);
    d->layer.grad_x = tokens(s, s->d_k);
    d->gates = tokens(s, d->n_gates * s->d_v);
    d->inner = tokens(s, s->d_v);
    d->layer.output = tokens(s, s->d_v);
    d->layer.grad_output = tokens(s, s->d_v);
    d->layer.parameters = cell_of(d);
    d->layer.gradients = cell_of(d);
    clear_gradients(&d->layer);
}

static void *alloc(fast_cell cell, size_t n_gates, const bench_shape *s, bool for_reference,
                   bool for_optimized)
{
    recurrent_data *d = zero_bytes(sizeof *d);
    d->layer.cell = cell;
    d->n_gates = n_gates;
    d->shape = *s;
    if (for_optimized) {
        alloc_optimized(d);
    }
    d->reference = for_reference ? alloc_recurrent_reference(cell, n_gates, s) : NULL;
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

static void free_cell(fast_recurrent_cell *cell)
{
    free(cell->weight_x.data);
    free(cell->bias_x.data);
    free(cell->weight_h.data);
    free(cell->bias_h.data);
}

static void free_data(void *data)
{
    recurrent_data *d = data;
    const recurrent_layer *l = &d->layer;
    fast_view views[] = {l->x, d->gates, d->inner, l->output, l->grad_output, l->grad_x};
    for (size_t n = 0; n < sizeof views / sizeof views[0]; n++) {
        free(views[n].data);
    }
    free_cell(&d->layer.parameters);
    free_cell(&d->layer.gradients);
    free_peer_recurrent(d->by_onednn);
    free_recurrent_reference(d->reference);
    free(d);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static size_t workspace_size(void *data, const fast_context *context)
{
    recurrent_layer *l = &((recurrent_data *)data)->layer;
    fast_recurrent_walk walk = {l->cell, false, NULL};
    size_t forward = fast_recurrent_forward_size(&l->x, &l->parameters, &walk, context);
    size_t backward = fast_recurrent_backward_size(&l->x, &l->parameters, &walk, context);
    return forward > backward ? forward : backward;
}

static void optimized(void *data, fast_context *context)
{
    recurrent_data *d = data;
    recurrent_layer *l = &d->layer;
    fast_recurrent_walk walk = {l->cell, false, NULL};
    fast_recurrent_cache cache = {d->gates, d->inner};
    fast_recurrent_forward(&l->x, NULL, &l->parameters, &walk, &cache, NULL, &l->output, context);
    fast_recurrent_backward(&l->x, NULL, &l->parameters, &walk, &cache, &l->output, &l->grad_output,
                            NULL, &l->grad_x, NULL, &l->gradients, context);
}

static void reference(void *data)
{
    run_recurrent_reference(((recurrent_data *)data)->reference);
}

/* ---- For others ------------------------------------------------------------------------------ */

/* The same numbers, added up in two orders. */
static const double MOST_DIFFERENCE = 1e-3;

static bool meet_peer(void *data, const peer *by, fast_context *context)
{
    recurrent_data *d = data;
    free_peer_recurrent(d->by_onednn); /* it was made for another number of threads */
    d->by_onednn = alloc_peer_recurrent(by, &d->layer);
    if (d->by_onednn == NULL) {
        return false;
    }
    clear_gradients(&d->layer);
    optimized(d, context);
    run_peer_recurrent(d->by_onednn);
    double difference = difference_of_peer_recurrent(d->by_onednn, &d->layer);
    if (!(difference <= MOST_DIFFERENCE)) {
        say("%s is left out: it differs by %g of the root mean square", by->name, difference);
        return false;
    }
    return true;
}

static void run_peer(void *data, const peer *by, fast_context *context)
{
    (void)by;
    (void)context;
    run_peer_recurrent(((recurrent_data *)data)->by_onednn);
}

/** What is sent is dense, in the order in which it lies there. */
static void send_view(const fast_view *view, FILE *to)
{
    fwrite(view->data, sizeof(float), view->n_batch * view->n_rows * view->n_cols, to);
}

/* peer_torch_recurrent.py reads the same in the same order. */
static void send(void *data, FILE *to)
{
    const recurrent_layer *l = &((recurrent_data *)data)->layer;
    int64_t sizes[] = {(int64_t)l->x.n_rows, (int64_t)l->x.n_batch, (int64_t)l->x.n_cols,
                       (int64_t)l->output.n_cols};
    fwrite(sizes, sizeof sizes[0], sizeof sizes / sizeof sizes[0], to);
    send_view(&l->x, to);
    send_view(&l->grad_output, to);
    send_view(&l->parameters.weight_x, to);
    send_view(&l->parameters.bias_x, to);
    send_view(&l->parameters.weight_h, to);
    send_view(&l->parameters.bias_h, to);
}

/** One number that says what all numbers of a dense view are. */
static double digest_of(const fast_view *view)
{
    return digest(view->data, view->n_batch * view->n_rows * view->n_cols);
}

static const double *checked(void *data, size_t *n_checked)
{
    recurrent_data *d = data;
    const fast_recurrent_cell *g = &d->layer.gradients;
    d->checked[0] = digest_of(&d->layer.output);
    d->checked[1] = digest_of(&d->layer.grad_x);
    d->checked[2] = digest_of(&g->weight_x);
    d->checked[3] = digest_of(&g->bias_x);
    d->checked[4] = digest_of(&g->weight_h);
    d->checked[5] = digest_of(&g->bias_h);
    *n_checked = N_RESULTS;
    return d->checked;
}

#define RECURRENT_WORK(name_, n_flops_, alloc_)                                                    \
    {                                                                                              \
        .name = name_, .n_flops = n_flops_, .describe = describe, .alloc = alloc_,                 \
        .free = free_data, .workspace_size = workspace_size, .optimized = optimized,               \
        .reference = reference, .peer = run_peer, .meet_peer = meet_peer, .send = send,            \
        .checked = checked                                                                         \
    }

const bench_work gru_work = RECURRENT_WORK("gru", n_flops_gru, alloc_gru);
const bench_work lstm_work = RECURRENT_WORK("lstm", n_flops_lstm, alloc_lstm);
