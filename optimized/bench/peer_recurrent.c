/* A recurrent layer by oneDNN's own primitives. Our GRU is what it calls "linear before reset". */
#include "optimized/bench/peer_recurrent.h"
#include "optimized/bench/data.h"
#include "optimized/bench/peer_gates.h"
#include "optimized/bench/peer_onednn.h"
#include <math.h>
#include <stdlib.h>

#ifdef HAS_ONEDNN

/* Every matrix, in the layout that the pass asks for which reads or writes it. */
enum {
    X,
    W,
    U,
    B,
    Y,
    WORKSPACE, /* what it keeps for the backward pass */
    BACK_W,    /* the same weights, in another layout */
    BACK_U,
    GRAD_X,
    GRAD_W,
    GRAD_U,
    GRAD_B,
    GRAD_Y,
    H, /* the initial states: without them, 2.6 has the gradient of an LSTM's U wrong */
    C, /* of an LSTM */
    GRAD_H,
    GRAD_C,
    N_MATRICES
};

/** How the passes know a matrix. */
static const struct {
    int forward, backward; /* argument of either, or 0 */
} arguments[N_MATRICES] = {
    [X] = {DNNL_ARG_SRC_LAYER, DNNL_ARG_SRC_LAYER},
    [W] = {DNNL_ARG_WEIGHTS_LAYER, 0},
    [U] = {DNNL_ARG_WEIGHTS_ITER, 0},
    [B] = {DNNL_ARG_BIAS, DNNL_ARG_BIAS},
    [Y] = {DNNL_ARG_DST_LAYER, DNNL_ARG_DST_LAYER},
    [WORKSPACE] = {DNNL_ARG_WORKSPACE, DNNL_ARG_WORKSPACE},
    [BACK_W] = {0, DNNL_ARG_WEIGHTS_LAYER},
    [BACK_U] = {0, DNNL_ARG_WEIGHTS_ITER},
    [GRAD_X] = {0, DNNL_ARG_DIFF_SRC_LAYER},
    [GRAD_W] = {0, DNNL_ARG_DIFF_WEIGHTS_LAYER},
    [GRAD_U] = {0, DNNL_ARG_DIFF_WEIGHTS_ITER},
    [GRAD_B] = {0, DNNL_ARG_DIFF_BIAS},
    [GRAD_Y] = {0, DNNL_ARG_DIFF_DST_LAYER},
    [H] = {DNNL_ARG_SRC_ITER, DNNL_ARG_SRC_ITER},
    [C] = {DNNL_ARG_SRC_ITER_C, DNNL_ARG_SRC_ITER_C},
    [GRAD_H] = {0, DNNL_ARG_DIFF_SRC_ITER},
    [GRAD_C] = {0, DNNL_ARG_DIFF_SRC_ITER_C},
};

struct peer_recurrent {
    onednn library;
    size_t n_hidden, n_gates;
    bool is_gru;
    dnnl_memory_desc_t plain[N_MATRICES];  /* row by row, as we have it */
    dnnl_memory_desc_t shapes[N_MATRICES]; /* as it wants to have it */
    dnnl_memory_t matrices[N_MATRICES];
    dnnl_primitive_desc_t forward_description, backward_description;
    dnnl_primitive_t forward, backward;
};

/* ---- What it calls things -------------------------------------------------------------------- */

/** Row by row: x and y by token, sequence and column, weights by input, gate and unit. */
static void describe_plainly(peer_recurrent *p, const recurrent_layer *layer)
{
    dnnl_dim_t n = (dnnl_dim_t)layer->x.n_rows, n_batch = (dnnl_dim_t)layer->x.n_batch;
    dnnl_dim_t n_in = (dnnl_dim_t)layer->x.n_cols, n_hidden = (dnnl_dim_t)p->n_hidden;
    dnnl_dim_t n_gates = (dnnl_dim_t)p->n_gates, n_biases = n_gates + p->is_gru;
    const onednn *o = &p->library;
    p->plain[X] = shape_of(o, 3, (dnnl_dim_t[]){n, n_batch, n_in}, dnnl_tnc);
    p->plain[Y] = shape_of(o, 3, (dnnl_dim_t[]){n, n_batch, n_hidden}, dnnl_tnc);
    p->plain[W] = shape_of(o, 5, (dnnl_dim_t[]){1, 1, n_in, n_gates, n_hidden}, dnnl_ldigo);
    p->plain[U] = shape_of(o, 5, (dnnl_dim_t[]){1, 1, n_hidden, n_gates, n_hidden}, dnnl_ldigo);
    p->plain[B] = shape_of(o, 4, (dnnl_dim_t[]){1, 1, n_biases, n_hidden}, dnnl_ldgo);
    p->plain[GRAD_X] = p->plain[X];
    p->plain[GRAD_Y] = p->plain[Y];
    p->plain[BACK_W] = p->plain[GRAD_W] = p->plain[W];
    p->plain[BACK_U] = p->plain[GRAD_U] = p->plain[U];
    p->plain[GRAD_B] = p->plain[B];
    p->plain[GRAD_H] = p->plain[GRAD_C] = p->plain[H] = p->plain[C] =
        shape_of(o, 4, (dnnl_dim_t[]){1, 1, n_batch, n_hidden}, dnnl_ldnc);
}

static dnnl_memory_desc_t of_any_layout(const onednn *library, const dnnl_memory_desc_t *shape)
{
    return shape_of(library, shape->ndims, shape->dims, dnnl_format_tag_any);
}

/** Both passes. Weights may lie as it prefers. */
static void describe_passes(peer_recurrent *p)
{
    const onednn *o = &p->library;
    const dnnl_memory_desc_t *x = &p->plain[X], *b = &p->plain[B], *y = &p->plain[Y];
    const dnnl_memory_desc_t *h = &p->plain[H], *c = &p->plain[C];
    dnnl_memory_desc_t w = of_any_layout(o, &p->plain[W]), u = of_any_layout(o, &p->plain[U]);
    const dnnl_rnn_direction_t direction = dnnl_unidirectional_left2right;
    dnnl_rnn_desc_t forward, backward;
    if (p->is_gru) {
        expect_success(o->lbr_gru_forward_desc_init(&forward, dnnl_forward_training, direction, x,
                                                    h, &w, &u, b, y, NULL, 0),
                       "a GRU");
        expect_success(o->lbr_gru_backward_desc_init(&backward, dnnl_backward, direction, x, h, &w,
                                                     &u, b, y, NULL, x, h, &w, &u, b, y, NULL, 0),
                       "a GRU, backward");
    } else {
        expect_success(o->lstm_forward_desc_init(&forward, dnnl_forward_training, direction, x, h,
                                                 c, &w, &u, b, y, NULL, NULL, 0),
                       "an LSTM");
        expect_success(o->lstm_backward_desc_init(&backward, dnnl_backward, direction, x, h, c, &w,
                                                  &u, b, y, NULL, NULL, x, h, c, &w, &u, b, y, NULL,
                                                  NULL, 0),
                       "an LSTM, backward");
    }
    expect_success(
        o->primitive_desc_create(&p->forward_description, &forward, NULL, o->engine, NULL),
        "a forward pass");
    expect_success(o->primitive_desc_create(&p->backward_description, &backward, NULL, o->engine,
                                            p->forward_description),
                   "a backward pass");
}

/** Memory for every matrix. */
static void alloc_matrices(peer_recurrent *p)
{
    for (int m = 0; m < N_MATRICES; m++) {
        bool is_forward = arguments[m].forward != 0;
        p->shapes[m] = *p->library.primitive_desc_query_md(
            is_forward ? p->forward_description : p->backward_description, dnnl_query_exec_arg_md,
            is_forward ? arguments[m].forward : arguments[m].backward);
        p->matrices[m] = alloc_memory(&p->library, &p->shapes[m]);
    }
}

/* ---- Numbers there and back ------------------------------------------------------------------ */

/** Its memory of a matrix, from numbers row by row or to them. */
static void exchange(const peer_recurrent *p, int matrix, float *plain, bool is_wanted)
{
    const onednn *o = &p->library;
    dnnl_memory_t rows;
    expect_success(o->memory_create(&rows, &p->plain[matrix], o->engine, plain), "memory");
    if (is_wanted) {
        reorder(o, p->matrices[matrix], &p->shapes[matrix], rows, &p->plain[matrix]);
    } else {
        reorder(o, rows, &p->plain[matrix], p->matrices[matrix], &p->shapes[matrix]);
    }
    o->memory_destroy(rows);
}

static void send_numbers(peer_recurrent *p, const recurrent_layer *layer)
{
    float *w = onednn_gates(layer->cell, &layer->parameters.weight_x);
    float *u = onednn_gates(layer->cell, &layer->parameters.weight_h);
    float *b = onednn_biases(layer->cell, &layer->parameters, false);
    exchange(p, X, layer->x.data, false);
    exchange(p, GRAD_Y, layer->grad_output.data, false);
    exchange(p, W, w, false);
    exchange(p, BACK_W, w, false);
    exchange(p, U, u, false);
    exchange(p, BACK_U, u, false);
    exchange(p, B, b, false);
    free(w);
    free(u);
    free(b);
}

/** The largest difference between a matrix of its and ours. */
static double difference_at(const peer_recurrent *p, int matrix, const float *ours)
{
    size_t n = p->library.memory_desc_get_size(&p->plain[matrix]) / sizeof *ours;
    float *theirs = zero_bytes(n * sizeof *theirs);
    exchange(p, matrix, theirs, true);
    double largest = largest_difference(theirs, ours, n);
    free(theirs);
    return largest;
}

double difference_of_peer_recurrent(const peer_recurrent *p, const recurrent_layer *layer)
{
    float *w = onednn_gates(layer->cell, &layer->gradients.weight_x);
    float *u = onednn_gates(layer->cell, &layer->gradients.weight_h);
    float *b = onednn_biases(layer->cell, &layer->gradients, true);
    const struct {
        int matrix;
        const float *ours;
    } pairs[] = {{Y, layer->output.data},
                 {GRAD_X, layer->grad_x.data},
                 {GRAD_W, w},
                 {GRAD_U, u},
                 {GRAD_B, b}};
    double largest = 0.0;
    for (size_t n = 0; n < sizeof pairs / sizeof pairs[0]; n++) {
        double difference = difference_at(p, pairs[n].matrix, pairs[n].ours);
        largest = difference <= largest ? largest : difference;
    }
    free(w);
    free(u);
    free(b);
    return largest;
}

/* ---- The whole ------------------------------------------------------------------------------- */

peer_recurrent *alloc_peer_recurrent(const peer *by, const recurrent_layer *layer)
{
    peer_recurrent *p = zero_bytes(sizeof *p);
    if (!open_onednn(by, &p->library)) {
        free(p);
        return NULL;
    }
    p->n_hidden = layer->parameters.weight_h.n_rows;
    p->is_gru = layer->cell == FAST_GRU;
    p->n_gates = p->is_gru ? 3 : 4;
    describe_plainly(p, layer);
    describe_passes(p);
    alloc_matrices(p);
    expect_success(p->library.primitive_create(&p->forward, p->forward_description),
                   "a forward pass");
    expect_success(p->library.primitive_create(&p->backward, p->backward_description),
                   "a backward pass");
    send_numbers(p, layer);
    return p;
}

static void run_pass(const peer_recurrent *p, dnnl_primitive_t pass, bool is_forward)
{
    dnnl_exec_arg_t list[N_MATRICES];
    int n = 0;
    for (int m = 0; m < N_MATRICES; m++) {
        int argument = is_forward ? arguments[m].forward : arguments[m].backward;
        if (argument != 0 && p->shapes[m].ndims > 0) {
            list[n++] = (dnnl_exec_arg_t){argument, p->matrices[m]};
        }
    }
    expect_success(p->library.primitive_execute(pass, p->library.stream, n, list), "a pass");
}

void run_peer_recurrent(peer_recurrent *p)
{
    run_pass(p, p->forward, true);
    run_pass(p, p->backward, false);
    expect_success(p->library.stream_wait(p->library.stream), "a pass");
}

void free_peer_recurrent(peer_recurrent *p)
{
    if (p == NULL) {
        return;
    }
    for (int m = 0; m < N_MATRICES; m++) {
        p->library.memory_destroy(p->matrices[m]);
    }
    p->library.primitive_destroy(p->forward);
    p->library.primitive_destroy(p->backward);
    p->library.primitive_desc_destroy(p->forward_description);
    p->library.primitive_desc_destroy(p->backward_description);
    close_onednn(&p->library);
    free(p);
}

#else

peer_recurrent *alloc_peer_recurrent(const peer *by, const recurrent_layer *layer)
{
    (void)by;
    (void)layer;
    return NULL;
}

void run_peer_recurrent(peer_recurrent *p)
{
    (void)p;
}

double difference_of_peer_recurrent(const peer_recurrent *p, const recurrent_layer *layer)
{
    (void)p;
    (void)layer;
    return INFINITY;
}

void free_peer_recurrent(peer_recurrent *p)
{
    (void)p;
}

#endif
