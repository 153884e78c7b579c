/* Encoders: what they are made of, and that padding counts for nothing. Gradients are in
 * test_decoder_gradients.c, test_decoder_agreement.c compares the sides with one another. */

#include "reference/embedding.h"
#include "reference/projection.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include "tests/support/translation.h"
#include <gsl/gsl_errno.h>
#include <math.h>

enum { N_SOURCE = 6, N = 4, LENGTH = 4 };

static gsl_matrix *rows_from(const gsl_matrix *a, size_t first, size_t n)
{
    gsl_matrix_const_view rows = gsl_matrix_const_submatrix(a, first, 0, n, a->size2);
    return copy_of(&rows.matrix);
}

/* ---- what an encoder is made of -------------------------------------------------------------- */

static ref_dropout with_seed(const ref_dropout *dropout, uint64_t more)
{
    ref_dropout own = *dropout;
    own.seed += more;
    return own;
}

/* M, of the parts' own functions. */
static gsl_matrix *memory_of(const translation *t)
{
    const ref_encoder_decoder_shape *shape = &t->model->shape;
    const ref_encoder_decoder *p = &t->model->found.value;
    ref_recurrent_stack_shape stack = {shape->cell, shape->d_embedding, shape->n_encoder_hidden,
                                       shape->n_encoder_layers, shape->is_bidirectional};
    ref_dropout of_layers = with_seed(t->dropout, 2);
    gsl_matrix *x = new_matrix(t->n_source, shape->d_embedding);
    ref_embedding_forward(p->source_embedding, t->source, x);
    ref_dropout_forward(x, t->dropout, x);
    ref_recurrent_stack_cache *cache = ref_recurrent_stack_cache_alloc(t->n_source, &stack);
    ref_recurrent_stack_forward(x, NULL, &p->encoder, &stack, t->length, &of_layers, cache, NULL);
    gsl_matrix *memory = copy_of(cache->outputs[stack.n_layers - 1]);
    ref_recurrent_stack_cache_free(cache);
    return memory;
}

/* [h_0, c_0]: the direction to the right has its last h at the last word, that to the left at the
 * first. */
static gsl_matrix *first_states_of(const translation *t, const gsl_matrix *memory)
{
    const ref_encoder_decoder *p = &t->model->found.value;
    size_t n = t->model->shape.n_encoder_hidden, n_real = t->length ? *t->length : t->n_source;
    gsl_matrix *f = new_matrix(1, memory->size2), *first = new_matrix(1, p->bridge_bias->size);
    for (size_t j = 0; j < memory->size2; j++) {
        gsl_matrix_set(f, 0, j, gsl_matrix_get(memory, j < n ? n_real - 1 : 0, j));
    }
    ref_projection_forward(f, p->bridge_weight, p->bridge_bias, first);
    for (size_t j = 0; j < first->size2; j++) {
        gsl_matrix_set(first, 0, j, tanh(gsl_matrix_get(first, 0, j)));
    }
    return first;
}

static void parts_on(const side *s)
{
    const ref_dropout dropout = {.rate = 0.3, .seed = 77};
    const size_t length = LENGTH;
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        for (int way = 0; way < 4; way++) {
            ref_encoder_decoder_shape shape =
                small_translator(cell, REF_SCORE_GENERAL, REF_TIMING_LUONG, false);
            shape.is_bidirectional = way % 2 == 1;
            translator *m = translator_alloc(&shape);
            translation t = random_translation(m, N_SOURCE, N);
            t.grad_logits = NULL;
            t.dropout = &dropout;
            t.length = way >= 2 ? &length : NULL;
            translated y = side_translate(s, &t);
            gsl_matrix *memory = memory_of(&t);
            check_close(y.memory, memory, close_on(s, 1.0), "memory");
            check_close(y.first, first_states_of(&t, memory), close_on(s, 1.0), "first states");
            translator_free(m);
        }
    }
}
ON_EACH_SIDE(parts)

/* Without a bridge the decoder starts from nothing, whatever the source is. */
static void no_bridge_on(const side *s)
{
    ref_encoder_decoder_shape shape =
        small_translator(REF_ELMAN, REF_SCORE_NONE, REF_TIMING_LUONG, false);
    translator *m = translator_alloc(&shape);
    set_all_of(m->list, "bridge.weight", 0.0);
    set_all_of(m->list, "bridge.bias", 0.0);
    translation t = random_translation(m, N_SOURCE, N), other = random_translation(m, N_SOURCE, N);
    translated y = side_translate(s, &t);
    for (size_t i = 0; i < N; i++) {
        other.words[i] = t.words[i];
    }
    check_zero(y.first, "the first states");
    check_zero(gradient_of(m->list, "encoder.0.left.weight_x"), "the gradient of the encoder");
    check_equal(side_translate(s, &other).logits, y.logits, "the logits of another source");
    set_all_of(m->list, "bridge.weight", 0.5);
    gsl_matrix *logits = side_translate(s, &other).logits;
    gsl_matrix_sub(logits, side_translate(s, &t).logits);
    CHECK(largest_entry(logits) > 1e-4, "with a bridge the source does not matter either");
    translator_free(m);
}
ON_EACH_SIDE(no_bridge)

/* ---- padding --------------------------------------------------------------------------------- */

static gsl_matrix *all_gradients(const translator *m)
{
    gsl_matrix_view all = gsl_matrix_view_array(m->list->gradients, 1, m->list->n_numbers);
    return copy_of(&all.matrix);
}

/* The last word of the vocabulary stands in the padding only. */
static translation padded_translation(const translator *m)
{
    translation t = random_translation(m, N_SOURCE, N);
    for (size_t i = 0; i < N_SOURCE; i++) {
        int last = (int)m->shape.n_source - 1;
        t.source[i] = i < LENGTH ? t.source[i] % last : last;
    }
    return t;
}

static void check_padding(const side *s, const translator *m, const ref_dropout *dropout)
{
    const size_t length = LENGTH;
    translation t = padded_translation(m), other = t, shorter = t;
    t.length = other.length = &length;
    t.dropout = other.dropout = shorter.dropout = dropout;
    other.source[LENGTH] = other.source[LENGTH + 1] = 0;
    shorter.n_source = LENGTH;
    ref_parameters_zero_gradients(m->list);
    translated y = side_translate(s, &t);
    gsl_matrix *gradients = all_gradients(m);
    gsl_matrix *table = copy_of(gradient_of(m->list, "source.embedding"));
    ref_parameters_zero_gradients(m->list);
    check_equal(side_translate(s, &other).logits, y.logits, "logits with other padding");
    check_equal(all_gradients(m), gradients, "gradients with other padding");
    ref_parameters_zero_gradients(m->list);
    translated z = side_translate(s, &shorter);
    check_close(z.logits, y.logits, close_on(s, largest_entry(y.logits)), "without padding");
    check_close(all_gradients(m), gradients, close_on(s, largest_entry(gradients)),
                "gradients without padding");
    check_zero(rows_from(y.memory, LENGTH, N_SOURCE - LENGTH), "memory of padding");
    check_zero(rows_from(table, m->shape.n_source - 1, 1), "the gradient of the padding's word");
    CHECK(largest_entry(table) > 1e-3, "words have no gradients");
    if (y.weights) {
        gsl_matrix_view hidden = gsl_matrix_submatrix(y.weights, 0, LENGTH, N, N_SOURCE - LENGTH);
        check_zero(&hidden.matrix, "weights of padding");
    }
}

static void padding_on(const side *s)
{
    const ref_dropout dropout = {.rate = 0.2, .seed = 9};
    for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
        for (int way = 0; way < 2; way++) {
            bool is_before = way == 1 && score != REF_SCORE_NONE;
            ref_encoder_decoder_shape shape = small_translator(
                REF_LSTM, score, is_before ? REF_TIMING_BAHDANAU : REF_TIMING_LUONG, false);
            shape.is_bidirectional = score != REF_SCORE_GENERAL;
            translator *m = translator_alloc(&shape);
            check_padding(s, m, way == 0 ? NULL : &dropout);
            translator_free(m);
        }
    }
}
ON_EACH_SIDE(padding)

static const test tests[] = {
    {"an encoder is what its parts make of it, with dropout before every layer", parts},
    {"without attention and bridge the source does not matter", no_bridge},
    {"34: padding of a source changes no bit, and has no gradient", padding},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
