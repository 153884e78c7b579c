/* Decoders: what they are made of, and property 38. What may change without changing the result is
 * in test_decoder_properties.c, gradients are in test_decoder_gradients.c; test_decoder_agreement.c
 * compares the sides with one another. */

#include "reference/embedding.h"
#include "reference/multiplicative_attention.h"
#include "reference/projection.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include "tests/support/translation.h"
#include <gsl/gsl_errno.h>
#include <math.h>

enum { N_SOURCE = 6, N = 5, LENGTH = 4 };

/* ---- what a decoder is made of: word by word, of the parts' own functions -------------------- */

static ref_dropout with_seed(const ref_dropout *dropout, uint64_t more)
{
    ref_dropout own = *dropout;
    own.seed += more;
    return own;
}

/* The keys, as the manual describes each score. */
static gsl_matrix *keys_of(const translation *t, gsl_matrix *memory)
{
    const ref_encoder_decoder_shape *shape = &t->model->shape;
    const ref_encoder_decoder *p = &t->model->found.value;
    gsl_matrix *keys = memory;
    if (shape->score == REF_SCORE_LOCATION) {
        keys = first_rows(p->places, t->n_source);
    } else if (shape->score == REF_SCORE_GENERAL) {
        keys = new_matrix(memory->size1, shape->n_hidden);
        ref_multiplicative_keys_forward(memory, p->general_weight, keys);
    } else if (p->additive.v) {
        keys = new_matrix(memory->size1, shape->d_attention);
        ref_additive_keys_forward(memory, &p->additive, keys);
    }
    return keys;
}

/* c = attention(x, K, M) for one row, word n_words. */
static gsl_matrix *context_of(const translation *t, const gsl_matrix *x, gsl_matrix *memory,
                              size_t n_words)
{
    const ref_encoder_decoder_shape *shape = &t->model->shape;
    const ref_encoder_decoder *p = &t->model->found.value;
    gsl_matrix *keys = keys_of(t, memory), *context = new_matrix(1, memory->size2);
    gsl_matrix *weights = new_matrix(1, t->n_source), *hidden = new_matrix(1, t->n_source);
    for (size_t j = 0; j < t->n_source && shape->window > 0; j++) {
        bool is_near = fabs((double)j - (double)n_words) <= (double)shape->window;
        gsl_matrix_set(hidden, 0, j, is_near ? 0.0 : -INFINITY);
    }
    ref_mask mask = {.key_length = t->length, .bias = hidden};
    double scale = shape->score == REF_SCORE_SCALED_DOT ? 1.0 / sqrt((double)memory->size2) : 1.0;
    if (p->additive.v) {
        ref_additive_cache cache = {new_matrix(1, shape->d_attention), weights};
        ref_additive_attention_forward(x, keys, memory, &p->additive, &mask, &cache, context);
    } else {
        ref_multiplicative_attention_forward(x, keys, memory, scale, &mask, weights, context);
    }
    return context;
}

static gsl_matrix *beside(const gsl_matrix *left, const gsl_matrix *right)
{
    size_t n_left = left ? left->size2 : 0, n_right = right ? right->size2 : 0;
    gsl_matrix *both = new_matrix(1, n_left + n_right);
    for (size_t j = 0; j < n_left + n_right; j++) {
        gsl_matrix_set(both, 0, j,
                       j < n_left ? gsl_matrix_get(left, 0, j)
                                  : gsl_matrix_get(right, 0, j - n_left));
    }
    return both;
}

static gsl_matrix *dense(const gsl_matrix *x, const gsl_matrix *weight, const gsl_vector *bias)
{
    gsl_matrix *y = new_matrix(x->size1, weight->size2);
    ref_projection_forward(x, weight, bias, y);
    return y;
}

/* The state of all layers: a state of the library's is only a place to keep it. */
typedef struct {
    ref_decoder_state *state;
    gsl_matrix *fed;
} walker;

static gsl_matrix *top_of(const walker *w, size_t n_layers)
{
    const gsl_vector *h = w->state->layers.states[n_layers - 1][0].h;
    gsl_matrix *row = new_matrix(1, h->size);
    gsl_matrix_set_row(row, 0, h);
    return row;
}

/* h~_t of one word: an input row through the layers, before it or behind it a look at the source. */
static gsl_matrix *step(const translation *t, walker *w, const gsl_matrix *word, gsl_matrix *memory,
                        size_t n_words)
{
    const ref_encoder_decoder_shape *shape = &t->model->shape;
    const ref_encoder_decoder *p = &t->model->found.value;
    bool is_before = shape->timing == REF_TIMING_BAHDANAU, looks = shape->score != REF_SCORE_NONE;
    gsl_matrix *context =
        is_before ? context_of(t, top_of(w, shape->n_layers), memory, n_words) : NULL;
    gsl_matrix *x = beside(word, is_before ? context : w->fed);
    ref_recurrent_stack_shape stack = {shape->cell, x->size2, shape->n_hidden, shape->n_layers,
                                       false};
    ref_dropout of_layers = with_seed(t->dropout, 16 * (n_words + 1));
    ref_recurrent_stack_cache *cache = ref_recurrent_stack_cache_alloc(1, &stack);
    CHECK_STATUS(ref_recurrent_stack_forward(x, &w->state->layers, &p->decoder, &stack, NULL,
                                             &of_layers, cache, &w->state->layers),
                 GSL_SUCCESS, "the layers");
    ref_recurrent_stack_cache_free(cache);
    gsl_matrix *h = top_of(w, shape->n_layers);
    context = looks && !is_before ? context_of(t, h, memory, n_words) : context;
    gsl_matrix *y = dense(beside(context, h), p->attentional_weight, p->attentional_bias);
    for (size_t j = 0; j < y->size2; j++) {
        gsl_matrix_set(y, 0, j, tanh(gsl_matrix_get(y, 0, j)));
    }
    w->fed = shape->feeds_output ? y : NULL;
    return y;
}

/* Of each layer h_0, then c_0, from a row. */
static void begin(const ref_encoder_decoder_shape *shape, const gsl_matrix *first, walker *w)
{
    size_t next = 0, n = shape->n_hidden;
    w->fed = shape->feeds_output ? new_matrix(1, shape->d_output) : NULL;
    for (size_t l = 0; l < shape->n_layers; l++) {
        gsl_vector *const parts[] = {w->state->layers.states[l][0].h,
                                     w->state->layers.states[l][0].c};
        for (size_t k = 0; k < (shape->cell == REF_LSTM ? 2 : 1); k++, next += n) {
            gsl_vector_const_view part = gsl_matrix_const_subrow(first, 0, next, n);
            gsl_vector_memcpy(parts[k], &part.vector);
        }
    }
}

/* Logits of all words, from what the encoder left. */
static gsl_matrix *logits_of(const translation *t, const gsl_matrix *first, gsl_matrix *memory)
{
    const ref_encoder_decoder_shape *shape = &t->model->shape;
    const ref_encoder_decoder *p = &t->model->found.value;
    ref_dropout of_words = with_seed(t->dropout, 1), of_output = with_seed(t->dropout, 10);
    walker w = {.state = ref_decoder_state_alloc(shape)};
    gsl_matrix *words = new_matrix(t->n, shape->d_embedding),
               *all = new_matrix(t->n, shape->d_output);
    ref_embedding_forward(p->target_embedding, t->words, words);
    ref_dropout_forward(words, &of_words, words);
    begin(shape, first, &w);
    for (size_t i = 0; i < t->n; i++) {
        gsl_matrix_const_view word = gsl_matrix_const_submatrix(words, i, 0, 1, words->size2);
        gsl_vector_view row = gsl_matrix_row(step(t, &w, &word.matrix, memory, i), 0);
        gsl_matrix_set_row(all, i, &row.vector);
    }
    ref_dropout_forward(all, &of_output, all);
    ref_decoder_state_free(w.state);
    return dense(all, p->output_weight, p->output_bias);
}

static void check_parts(const side *s, const ref_encoder_decoder_shape *shape, double rate)
{
    const ref_dropout dropout = {.rate = rate, .seed = 3};
    const size_t length = LENGTH;
    translator *m = translator_alloc(shape);
    translation t = random_translation(m, N_SOURCE, N);
    t.grad_logits = NULL;
    t.length = &length;
    t.dropout = &dropout;
    translated y = side_translate(s, &t);
    gsl_matrix *logits = logits_of(&t, y.first, y.memory);
    check_close(y.logits, logits, close_on(s, largest_entry(logits)), "score %d, timing %d",
                (int)shape->score, (int)shape->timing);
    translator_free(m);
}

/* Where nothing is fed, all words are one span, and so its layers have one dropout: here none. */
static void parts_on(const side *s)
{
    for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
        for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
            ref_encoder_decoder_shape shape =
                                          small_translator(cell, score, REF_TIMING_LUONG, false),
                                      fed = shape, before = shape;
            fed.feeds_output = true;
            fed.window = 1;
            before.timing = REF_TIMING_BAHDANAU;
            check_parts(s, &shape, 0.0);
            check_parts(s, &fed, 0.3);
            if (score != REF_SCORE_NONE) {
                check_parts(s, &before, 0.3);
            }
        }
    }
}
ON_EACH_SIDE(parts)

/* ---- property 38 ----------------------------------------------------------------------------- */

static void check_split(const side *s, const translation *whole, const translated *all,
                        size_t n_first)
{
    translation t = *whole;
    t.n_first = n_first;
    translated y = side_translate(s, &t);
    double tolerance = s->kernels ? s->tolerance : 0.0; /* sums of a product may be other ones */
    check_close(y.logits, all->logits, tolerance * 10.0, "logits, split at %zu", n_first);
    check_close(y.attentional, all->attentional, tolerance, "h~, split at %zu", n_first);
    check_close(y.final, all->final, tolerance, "the last state, split at %zu", n_first);
}

static void splitting_on(const side *s)
{
    for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
        for (int way = 0; way < (score == REF_SCORE_NONE ? 2 : 3); way++) {
            ref_encoder_decoder_shape shape = small_translator(
                REF_LSTM, score, way == 2 ? REF_TIMING_BAHDANAU : REF_TIMING_LUONG, way == 1);
            shape.window = score == REF_SCORE_CONCAT ? 2 : 0;
            translator *m = translator_alloc(&shape);
            translation t = random_translation(m, N_SOURCE, N);
            t.grad_logits = NULL;
            translated all = side_translate(s, &t);
            for (size_t n_first = 1; n_first < N; n_first++) {
                check_split(s, &t, &all, n_first);
            }
            translator_free(m);
        }
    }
}
ON_EACH_SIDE(splitting)

static const test tests[] = {
    {"a decoder is what its parts make of it, word by word: every score, timing and feeding",
     parts},
    {"38: splitting a target at any word and passing the state on changes nothing", splitting},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
