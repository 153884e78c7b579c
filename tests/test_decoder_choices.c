/* Decoders: what each score looks at, windows, dropout, and batches. */

#include "reference/multiplicative_attention.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/pair_list.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include "tests/support/translation_pair.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>

enum { N_SOURCE = 6, N = 4 };

/* ---- what a score looks at: the reference, whose weights can be seen ------------------------- */

typedef void (*change)(gsl_matrix *memory);

static void leave(gsl_matrix *memory)
{
    (void)memory;
}

static void clear(gsl_matrix *memory)
{
    gsl_matrix_set_zero(memory);
}

static void reverse(gsl_matrix *memory)
{
    for (size_t i = 0; i < memory->size1 / 2; i++) {
        gsl_matrix_swap_rows(memory, i, memory->size1 - 1 - i);
    }
}

static void make_keys(const ref_encoder_decoder *p, const ref_encoder_cache *encoder)
{
    if (p->general_weight) {
        ref_multiplicative_keys_forward(encoder->memory, p->general_weight, encoder->keys);
    } else if (p->additive.v) {
        ref_additive_keys_forward(encoder->memory, &p->additive, encoder->keys);
    }
}

/* The alignment, if between encoder and decoder somebody changes what the encoder said. */
static gsl_matrix *weights_after(change changed, const translation *t)
{
    const translator *m = t->model;
    const ref_encoder_decoder *p = &m->found.value;
    ref_encoder_cache *encoder = ref_encoder_cache_alloc(t->n_source, &m->shape);
    ref_decoder_cache *cache = ref_decoder_cache_alloc(t->n, t->n_source, &m->shape);
    ref_decoder_state *state = ref_decoder_state_alloc(&m->shape);
    int status = ref_encoder_forward(t->source, NULL, p, &m->shape, NULL, encoder);
    CHECK_STATUS(status, GSL_SUCCESS, "the encoder");
    changed(encoder->memory);
    make_keys(p, encoder);
    ref_decoder_begin(encoder, &m->shape, state);
    status = ref_decoder_forward(t->words, encoder, NULL, p, &m->shape, NULL, state, cache,
                                 new_matrix(t->n, m->shape.n_target));
    CHECK_STATUS(status, GSL_SUCCESS, "the decoder");
    gsl_matrix *weights = copy_of(cache->weights);
    ref_encoder_cache_free(encoder);
    ref_decoder_cache_free(cache);
    ref_decoder_state_free(state);
    return weights;
}

static double distance(const gsl_matrix *a, const gsl_matrix *b)
{
    gsl_matrix *difference = copy_of(a);
    gsl_matrix_sub(difference, b);
    return largest_entry(difference);
}

/* An attention that ignores its keys has the same map whatever was said: a picture that looks right
 * on a task whose alignment is by place. */
static void only_location_is_blind(void)
{
    const size_t backwards[] = {5, 4, 3, 2, 1, 0};
    for (ref_score score = REF_SCORE_LOCATION; score <= REF_SCORE_ADDITIVE; score++) {
        ref_encoder_decoder_shape shape =
            small_translator(REF_ELMAN, score, REF_TIMING_LUONG, false);
        translator *m = translator_alloc(&shape);
        translation t = random_translation(m, N_SOURCE, N);
        gsl_matrix *weights = weights_after(leave, &t), *of_zeros = weights_after(clear, &t);
        gsl_matrix *reversed = weights_after(reverse, &t), *uniform = copy_of(weights);
        gsl_matrix_set_all(uniform, 1.0 / N_SOURCE);
        CHECK(distance(weights, uniform) > 1e-3, "score %d: the weights are uniform", (int)score);
        if (score == REF_SCORE_LOCATION) {
            check_equal(of_zeros, weights, "location, of zeros");
            check_equal(reversed, weights, "location, reversed");
        } else {
            check_close(of_zeros, uniform, 1e-13, "score %d, of zeros", (int)score);
            check_close(reversed, columns_in_order(weights, backwards), 1e-13, "score %d, reversed",
                        (int)score);
            CHECK(distance(reversed, weights) > 1e-3, "score %d does not look", (int)score);
        }
        translator_free(m);
    }
}

/* ---- windows --------------------------------------------------------------------------------- */

static void windows_on(const side *s)
{
    for (ref_score score = REF_SCORE_LOCATION; score <= REF_SCORE_ADDITIVE; score++) {
        ref_encoder_decoder_shape shape = small_translator(REF_GRU, score, REF_TIMING_LUONG, false);
        translator *m = translator_alloc(&shape);
        translation t = random_translation(m, N_SOURCE, N);
        translated all = side_translate(s, &t);
        m->shape.window = N_SOURCE;
        check_equal(side_translate(s, &t).logits, all.logits, "a window as wide as the source");
        m->shape.window = 1;
        translated near = side_translate(s, &t);
        CHECK(distance(near.logits, all.logits) > 1e-4, "a window of 1 changes nothing");
        for (size_t i = 0; i < N && near.weights; i++) {
            for (size_t j = 0; j < N_SOURCE; j++) {
                bool is_near = j + 1 >= i && j <= i + 1;
                CHECK((gsl_matrix_get(near.weights, i, j) > 0.0) == is_near,
                      "score %d: word %zu at %zu", (int)score, i, j);
            }
        }
        translator_free(m);
    }
}
ON_EACH_SIDE(windows)

/* A window beyond the end of the source sees nothing: no context, no NaN. */
static void window_beyond_on(const side *s)
{
    for (ref_timing timing = REF_TIMING_LUONG; timing <= REF_TIMING_BAHDANAU; timing++) {
        ref_encoder_decoder_shape shape =
            small_translator(REF_GRU, REF_SCORE_GENERAL, timing, false);
        shape.window = 1;
        translator *m = translator_alloc(&shape);
        translation t = random_translation(m, 2, 5); /* words 3 and 4 see nothing */
        translated y = side_translate(s, &t);
        gsl_matrix_view blind = gsl_matrix_submatrix(y.context, 3, 0, 2, y.context->size2);
        check_zero(&blind.matrix, "a context of nothing");
        gsl_matrix_view all = gsl_matrix_view_array(m->list->gradients, 1, m->list->n_numbers);
        CHECK(isfinite(inner_product(&all.matrix, &all.matrix)), "a gradient is not finite");
        translator_free(m);
    }
}
ON_EACH_SIDE(window_beyond)

/* ---- dropout --------------------------------------------------------------------------------- */

/* h~ = tanh(1) everywhere and W_y = I show which units are left out on the way to the logits. */
static void dropped_units_on(const side *s)
{
    const ref_dropout dropout = {.rate = 0.5, .seed = 123};
    ref_dropout of_output = dropout;
    of_output.seed += 10;
    ref_encoder_decoder_shape shape =
        small_translator(REF_GRU, REF_SCORE_DOT, REF_TIMING_LUONG, true);
    shape.d_output = shape.n_target;
    translator *m = translator_alloc(&shape);
    set_all_of(m->list, "attentional.weight", 0.0);
    set_all_of(m->list, "attentional.bias", 1.0);
    set_all_of(m->list, "output.bias", 0.0);
    gsl_matrix_set_identity(value_of(m->list, "output.weight"));
    translation t = random_translation(m, N_SOURCE, N);
    t.dropout = &dropout;
    gsl_matrix *expected = new_matrix(N, shape.n_target);
    gsl_matrix_set_all(expected, tanh(1.0));
    ref_dropout_forward(expected, &of_output, expected);
    check_close(side_translate(s, &t).logits, expected, s->tolerance, "logits");
    translator_free(m);
}
ON_EACH_SIDE(dropped_units)

static void rates_and_seeds_on(const side *s)
{
    const ref_dropout none = {.rate = 0.0, .seed = 1}, one = {.rate = 0.5, .seed = 1};
    const ref_dropout other = {.rate = 0.5, .seed = 2};
    for (int way = 0; way < 3; way++) {
        ref_encoder_decoder_shape shape =
            small_translator(REF_LSTM, REF_SCORE_ADDITIVE,
                             way == 2 ? REF_TIMING_BAHDANAU : REF_TIMING_LUONG, way == 1);
        translator *m = translator_alloc(&shape);
        translation t = random_translation(m, N_SOURCE, N);
        gsl_matrix *plain = side_translate(s, &t).logits;
        t.dropout = &none;
        check_equal(side_translate(s, &t).logits, plain, "a rate of 0");
        t.dropout = &one;
        gsl_matrix *y = side_translate(s, &t).logits;
        check_equal(side_translate(s, &t).logits, y, "the same seed");
        t.dropout = &other;
        CHECK(distance(side_translate(s, &t).logits, y) > 1e-2, "another seed, the same units");
        translator_free(m);
    }
}
ON_EACH_SIDE(rates_and_seeds)

/* ---- batches --------------------------------------------------------------------------------- */

/* The gradients of a batch are those of its sentences, added up. */
static void check_batch(const translation_shape *shape)
{
    const side first_kernels = side_at(1);
    translation_pair *p = translation_pair_alloc(shape, "a batch");
    pair_ratio(&p->pair);
    pair_start_gradients(&p->pair, p->model->list);
    for (size_t b = 0; b < shape->n_batch; b++) {
        translation t = translation_pair_sentence(p, b);
        gsl_matrix *logits = side_translate(&first_kernels, &t).logits;
        check_close(translation_pair_logits(p, b), logits, 1e-5 * largest_entry(logits),
                    "logits of sentence %zu", b);
    }
    for (size_t n = 0; n < p->model->list->n_parameters; n++) {
        const ref_parameter *q = &p->model->list->parameters[n];
        gsl_matrix *gradient = new_matrix(q->n_rows, q->n_cols);
        twin_widen(&p->pair.outputs[n].t, 0, 0, gradient);
        check_close(gradient, &q->gradient.matrix, 1e-5 * largest_entry(gradient), "%s", q->name);
    }
    translation_pair_free(p);
}

static void batch_is_its_sentences(void)
{
    for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
        for (int way = 0; way < 2; way++) {
            bool is_before = way == 1 && score != REF_SCORE_NONE;
            translation_shape shape = {.catches = "a sentence mistaken for another",
                                       .n_batch = 3,
                                       .n_source = N_SOURCE,
                                       .n = N,
                                       .layout = TWIN_SPLIT,
                                       .weights = 1.0,
                                       .lengths = {4, N_SOURCE, 1}};
            shape.model =
                small_translator(REF_GRU, score, is_before ? REF_TIMING_BAHDANAU : REF_TIMING_LUONG,
                                 way == 1 && !is_before);
            check_batch(&shape);
        }
    }
}

static const test tests[] = {
    {"only location ignores what the encoder says: zeroed or reversed, its map stays",
     only_location_is_blind},
    {"a window shows t - w .. t + w and nothing else; a wide one shows all", windows},
    {"a window beyond the end of the source sees nothing, and makes no NaN", window_beyond},
    {"both sides leave the same units out", dropped_units},
    {"34: a batch is its sentences one by one, and its gradients are their sums",
     batch_is_its_sentences},
    {"a rate of 0 is no dropout; another seed leaves out other units", rates_and_seeds},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
