#include "tests/support/translation_fast.h"

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

fast_encoder_decoder_shape narrow_model(const ref_encoder_decoder_shape *s)
{
    return (fast_encoder_decoder_shape){.n_source = s->n_source,
                                        .n_target = s->n_target,
                                        .d_embedding = s->d_embedding,
                                        .cell = (fast_cell)s->cell,
                                        .n_encoder_hidden = s->n_encoder_hidden,
                                        .n_encoder_layers = s->n_encoder_layers,
                                        .is_bidirectional = s->is_bidirectional,
                                        .n_hidden = s->n_hidden,
                                        .n_layers = s->n_layers,
                                        .score = (fast_score)s->score,
                                        .d_attention = s->d_attention,
                                        .n_places = s->n_places,
                                        .window = s->window,
                                        .timing = (fast_timing)s->timing,
                                        .feeds_output = s->feeds_output,
                                        .d_output = s->d_output};
}

size_t fast_translation_size(const fast_encoder_decoder *p, const fast_encoder_decoder_shape *shape,
                             const fast_encoder_cache *encoder, const fast_decoder_cache *decoder,
                             const fast_context *context)
{
    size_t of_encoder = GSL_MAX(fast_encoder_forward_size(p, shape, encoder, context),
                                fast_encoder_backward_size(p, shape, encoder, context));
    size_t of_decoder = GSL_MAX(fast_decoder_forward_size(encoder, p, shape, decoder, context),
                                fast_decoder_backward_size(encoder, p, shape, decoder, context));
    return GSL_MAX(of_encoder, of_decoder);
}

/* ---- what comes out -------------------------------------------------------------------------- */

static gsl_matrix *widened(fast_view view)
{
    gsl_matrix *wide = new_matrix(view.n_rows, view.n_cols);
    twin t = {.view = view};
    twin_widen(&t, 0, 0, wide);
    return wide;
}

static void put_rows(gsl_matrix *to, size_t first, fast_view from)
{
    gsl_matrix *wide = widened(from);
    gsl_matrix_view rows = gsl_matrix_submatrix(to, first, 0, from.n_rows, from.n_cols);
    gsl_matrix_memcpy(&rows.matrix, wide);
}

static void put_columns(gsl_matrix *to, size_t *next, fast_view from)
{
    gsl_matrix *wide = widened(from);
    gsl_matrix_view columns = gsl_matrix_submatrix(to, 0, *next, 1, from.n_cols);
    gsl_matrix_memcpy(&columns.matrix, wide);
    *next += from.n_cols;
}

/* ---- one run --------------------------------------------------------------------------------- */

/* What the calls of one run share. */
typedef struct {
    const translation *t;
    fast_encoder_decoder_shape shape;
    fast_encoder_decoder_parameters found;
    fast_dropout drop;
    const fast_dropout *dropout;
    fast_encoder_cache encoder;
    fast_decoder_state state;
    const side *s;
} fast_run;

static guarded_context *room_for(const fast_run *r, const fast_decoder_cache *decoder)
{
    fast_context ask = {r->s->kernels, N_THREADS, NULL};
    return guarded_alloc(
        r->s->kernels, N_THREADS,
        fast_translation_size(&r->found.value, &r->shape, &r->encoder, decoder, &ask));
}

static void backward(const fast_run *r, const fast_decoder_cache *cache, fast_context *context)
{
    const translation *t = r->t;
    fast_encoder_gradients grad;
    fast_workspace *memory =
        fast_workspace_alloc(fast_encoder_gradients_layout(1, t->n_source, &r->shape, NULL, &grad));
    fast_encoder_gradients_layout(1, t->n_source, &r->shape, memory, &grad);
    twin dy = twin_of_matrix(t->grad_logits);
    CHECK_STATUS(fast_decoder_backward(t->words, &r->encoder, t->length, &r->found.value, &r->shape,
                                       r->dropout, cache, &dy.view, &grad, &r->found.gradient,
                                       context),
                 GSL_SUCCESS, "the decoder, backward");
    for (size_t i = 0; t->grad_memory && i < t->n_source; i++) {
        for (size_t c = 0; c < grad.memory.n_cols; c++) {
            grad.memory.data[i * grad.memory.row_stride + c] +=
                (float)gsl_matrix_get(t->grad_memory, i, c);
        }
    }
    CHECK_STATUS(fast_encoder_backward(t->source, t->length, &r->found.value, &r->shape, r->dropout,
                                       &r->encoder, &grad, &r->found.gradient, context),
                 GSL_SUCCESS, "the encoder, backward");
    twin_free(&dy);
    fast_workspace_free(memory);
}

/* The words first .. first + n - 1, from state to state; then back, if these are all. */
static void decode(fast_run *r, size_t first, size_t n, translated *y)
{
    const translation *t = r->t;
    fast_decoder_cache cache;
    fast_workspace *memory =
        fast_workspace_alloc(fast_decoder_cache_layout(1, n, t->n_source, &r->shape, NULL, &cache));
    fast_decoder_cache_layout(1, n, t->n_source, &r->shape, memory, &cache);
    twin logits = twin_alloc(1, 1, n, r->shape.n_target, TWIN_SPLIT);
    guarded_context *guarded = room_for(r, &cache);
    CHECK_STATUS(fast_decoder_forward(t->words + first, &r->encoder, t->length, &r->found.value,
                                      &r->shape, r->dropout, &r->state, &cache, &logits.view,
                                      &guarded->context),
                 GSL_SUCCESS, "the decoder");
    put_rows(y->logits, first, logits.view);
    put_rows(y->attentional, first, cache.attentional);
    if (y->context) {
        put_rows(y->context, first, fast_view_columns(&cache.joined, 0, y->context->size2));
    }
    if (n == t->n && t->grad_logits) {
        backward(r, &cache, &guarded->context);
    }
    CHECK(guarded_is_intact(guarded), "the workspace was overrun, or not given back");
    guarded_free(guarded);
    twin_free(&logits);
    fast_workspace_free(memory);
}

static gsl_matrix *states_of(const fast_run *r)
{
    const fast_encoder_decoder_shape *shape = &r->shape;
    size_t n_states = shape->cell == FAST_LSTM ? 2 : 1, next = 0;
    size_t d_fed = shape->feeds_output ? shape->d_output : 0;
    gsl_matrix *row = new_matrix(1, shape->n_layers * n_states * shape->n_hidden + d_fed);
    for (size_t l = 0; l < shape->n_layers; l++) {
        put_columns(row, &next, r->state.layers.states[l][0].h);
        if (n_states == 2) {
            put_columns(row, &next, r->state.layers.states[l][0].c);
        }
    }
    if (d_fed > 0) {
        put_columns(row, &next, r->state.fed);
    }
    return row;
}

/* The encoder, whose memory comes first; then the words in one call or in two. */
static translated translate(fast_run *r)
{
    const translation *t = r->t;
    fast_decoder_cache none = {0};
    fast_decoder_cache_layout(1, t->n, t->n_source, &r->shape, NULL, &none);
    guarded_context *guarded = room_for(r, &none);
    CHECK_STATUS(fast_encoder_forward(t->source, t->length, &r->found.value, &r->shape, r->dropout,
                                      &r->encoder, &guarded->context),
                 GSL_SUCCESS, "the encoder");
    guarded_free(guarded);
    CHECK_STATUS(fast_decoder_begin(&r->encoder, &r->shape, &r->state), GSL_SUCCESS, "begin");
    bool looks = r->shape.score != FAST_SCORE_NONE;
    translated y = {.memory = widened(r->encoder.memory),
                    .first = widened(r->encoder.first),
                    .context = looks ? new_matrix(t->n, r->encoder.memory.n_cols) : NULL,
                    .attentional = new_matrix(t->n, r->shape.d_output),
                    .logits = new_matrix(t->n, r->shape.n_target)};
    size_t n_first = t->n_first > 0 ? t->n_first : t->n;
    decode(r, 0, n_first, &y);
    if (n_first < t->n) {
        decode(r, n_first, t->n - n_first, &y);
    }
    y.final = states_of(r);
    return y;
}

translated fast_translate_once(const side *s, const translation *t)
{
    fast_run r = {.t = t, .shape = narrow_model(&t->model->shape), .s = s};
    fast_parameters *list = parameters_twin(t->model->list);
    CHECK_STATUS(fast_encoder_decoder_find(list, &r.shape, &r.found), GSL_SUCCESS, "find");
    if (t->dropout) {
        r.drop = (fast_dropout){t->dropout->rate, t->dropout->seed, 0};
        r.dropout = &r.drop;
    }
    size_t n_bytes = fast_encoder_cache_layout(1, t->n_source, &r.shape, NULL, &r.encoder);
    n_bytes += fast_decoder_state_layout(1, &r.shape, NULL, &r.state);
    fast_workspace *memory = fast_workspace_alloc(n_bytes);
    fast_encoder_cache_layout(1, t->n_source, &r.shape, memory, &r.encoder);
    fast_decoder_state_layout(1, &r.shape, memory, &r.state);
    translated y = translate(&r);
    if (t->grad_logits && t->n_first == 0) {
        parameters_widen(list, t->model->list);
    }
    fast_workspace_free(memory);
    fast_parameters_free(list);
    return y;
}
