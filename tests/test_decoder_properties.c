/* Decoders: which of them are the same, what must be 0, and what each score looks at. */

#include "reference/multiplicative_attention.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include "tests/support/translation.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

enum { N_SOURCE = 6, N = 4, LENGTH = 5 };

/* ---- models that are the same ---------------------------------------------------------------- */

/* The parameters of the same name and shape. */
static void copy_shared(const translator *from, const translator *to)
{
    for (size_t n = 0; n < from->list->n_parameters; n++) {
        const ref_parameter *p = &from->list->parameters[n];
        ref_parameter *q = ref_parameters_find(to->list, p->name);
        if (q && q->n_rows == p->n_rows && q->n_cols == p->n_cols) {
            gsl_matrix_memcpy(&q->value.matrix, &p->value.matrix);
        }
    }
}

/* Two models: another score, the rest the same. */
typedef struct {
    translator *a, *b;
    translation of_a, of_b;
} two_models;

static two_models new_models(ref_score a, ref_score b, int way)
{
    static const size_t length = LENGTH;
    ref_encoder_decoder_shape shape =
        small_translator(REF_GRU, a, way == 2 ? REF_TIMING_BAHDANAU : REF_TIMING_LUONG, way == 1);
    shape.n_hidden = 4; /* as wide as the memory */
    two_models two = {.a = translator_alloc(&shape)};
    shape.score = b;
    two.b = translator_alloc(&shape);
    copy_shared(two.a, two.b);
    two.of_a = random_translation(two.a, N_SOURCE, N);
    two.of_a.length = &length;
    two.of_b = two.of_a;
    two.of_b.model = two.b;
    return two;
}

/* The logits, and the gradients of all that both have. */
static void check_same(const side *s, const two_models *two, const char *what)
{
    translated y = side_translate(s, &two->of_a), z = side_translate(s, &two->of_b);
    check_close(z.logits, y.logits, close_on(s, largest_entry(y.logits)), "%s: logits", what);
    check_close(z.context, y.context, close_on(s, 1.0), "%s: context", what);
    for (size_t n = 0; n < two->a->list->n_parameters; n++) {
        const ref_parameter *p = &two->a->list->parameters[n];
        const ref_parameter *q = ref_parameters_find(two->b->list, p->name);
        if (q && q->n_rows == p->n_rows && q->n_cols == p->n_cols &&
            !strstr(p->name, "attention.w")) {
            check_close(&q->gradient.matrix, &p->gradient.matrix,
                        close_on(s, largest_entry(&p->gradient.matrix)), "%s: %s", what, p->name);
        }
    }
    translator_free(two->a);
    translator_free(two->b);
}

static void general_is_dot_on(const side *s)
{
    for (int way = 0; way < 3; way++) {
        two_models two = new_models(REF_SCORE_DOT, REF_SCORE_GENERAL, way);
        gsl_matrix_set_identity(value_of(two.b->list, "attention.weight"));
        check_same(s, &two, "general with W = I is dot");
        two = new_models(REF_SCORE_SCALED_DOT, REF_SCORE_GENERAL, way);
        gsl_matrix_set_identity(value_of(two.b->list, "attention.weight"));
        gsl_matrix_scale(value_of(two.b->list, "attention.weight"), 0.5);
        check_same(s, &two, "with W = I / sqrt(4) it is scaled dot");
    }
}
ON_EACH_SIDE(general_is_dot)

static gsl_matrix_view top_rows(gsl_matrix *a, size_t n)
{
    return gsl_matrix_submatrix(a, 0, 0, n, a->size2);
}

static gsl_matrix_view rows_below(gsl_matrix *a, size_t n)
{
    return gsl_matrix_submatrix(a, n, 0, a->size1 - n, a->size2);
}

static void concat_is_additive_on(const side *s)
{
    for (int way = 0; way < 3; way++) {
        two_models two = new_models(REF_SCORE_ADDITIVE, REF_SCORE_CONCAT, way);
        gsl_matrix *w = value_of(two.b->list, "attention.weight");
        gsl_matrix_view top = top_rows(w, 4), bottom = rows_below(w, 4);
        gsl_matrix_memcpy(&top.matrix, value_of(two.a->list, "attention.weight_q"));
        gsl_matrix_memcpy(&bottom.matrix, value_of(two.a->list, "attention.weight_k"));
        set_all_of(two.a->list, "attention.bias", 0.0);
        check_same(s, &two, "concat of [W; U] is additive without a bias");
    }
}
ON_EACH_SIDE(concat_is_additive)

static void feeding_nothing_on(const side *s)
{
    for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
        ref_encoder_decoder_shape shape =
            small_translator(REF_ELMAN, score, REF_TIMING_LUONG, false);
        translator *plain = translator_alloc(&shape);
        shape.feeds_output = true;
        translator *fed = translator_alloc(&shape);
        copy_shared(plain, fed);
        gsl_matrix *w = value_of(fed->list, "decoder.0.right.weight_x");
        gsl_matrix_view words = top_rows(w, shape.d_embedding);
        gsl_matrix_view output = rows_below(w, shape.d_embedding);
        gsl_matrix_memcpy(&words.matrix, value_of(plain->list, "decoder.0.right.weight_x"));
        translation t = random_translation(plain, N_SOURCE, N), other = t;
        other.model = fed;
        gsl_matrix *logits = side_translate(s, &other).logits, *y = side_translate(s, &t).logits;
        gsl_matrix_sub(logits, y);
        CHECK(largest_entry(logits) > 1e-4, "what is fed does not matter");
        gsl_matrix_set_zero(&output.matrix);
        check_close(side_translate(s, &other).logits, y, close_on(s, largest_entry(y)), "logits");
        translator_free(plain);
        translator_free(fed);
    }
}
ON_EACH_SIDE(feeding_nothing)

/* ---- property 41: the attentional state ------------------------------------------------------ */

static void no_attentional_weight_on(const side *s)
{
    for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
        ref_encoder_decoder_shape shape =
            small_translator(REF_GRU, score, REF_TIMING_LUONG, score % 2 == 0);
        translator *m = translator_alloc(&shape);
        set_all_of(m->list, "attentional.weight", 0.0);
        set_all_of(m->list, "attentional.bias", 0.0);
        translation t = random_translation(m, N_SOURCE, N);
        translated y = side_translate(s, &t);
        check_zero(y.attentional, "h~");
        for (size_t i = 0; i < N; i++) {
            gsl_matrix_view row = gsl_matrix_submatrix(y.logits, i, 0, 1, shape.n_target);
            check_equal(&row.matrix, value_of(m->list, "output.bias"), "logits of word %zu", i);
        }
        check_zero(gradient_of(m->list, "encoder.1.right.weight_x"), "grad of the encoder");
        check_zero(gradient_of(m->list, "output.weight"), "grad W_y");
        translator_free(m);
    }
}
ON_EACH_SIDE(no_attentional_weight)

/* W_c = [0; I] hands tanh(h) on: the context does not matter, and nothing teaches the attention. */
static void blind_output_on(const side *s)
{
    const char *const attention[] = {"attention.weight", "attention.weight_q", "attention.weight_k",
                                     "attention.bias",   "attention.v",        "attention.places"};
    for (ref_score score = REF_SCORE_LOCATION; score <= REF_SCORE_ADDITIVE; score++) {
        ref_encoder_decoder_shape shape =
            small_translator(REF_LSTM, score, REF_TIMING_LUONG, false);
        shape.d_output = shape.n_hidden;
        translator *m = translator_alloc(&shape);
        gsl_matrix *w = value_of(m->list, "attentional.weight");
        gsl_matrix_view bottom = rows_below(w, 4);
        gsl_matrix_set_zero(w);
        gsl_matrix_set_identity(&bottom.matrix);
        set_all_of(m->list, "attentional.bias", 0.0);
        translation t = random_translation(m, N_SOURCE, N);
        translated y = side_translate(s, &t);
        size_t top = 2 * shape.n_hidden; /* h and c of the layer below come first */
        for (size_t j = 0; j < shape.n_hidden; j++) {
            CHECK_CLOSE(gsl_matrix_get(y.attentional, N - 1, j),
                        tanh(gsl_matrix_get(y.final, 0, top + j)), s->tolerance, "tanh(h)");
        }
        for (size_t n = 0; n < sizeof attention / sizeof attention[0]; n++) {
            const ref_parameter *p = ref_parameters_find(m->list, attention[n]);
            if (p) {
                check_zero(&p->gradient.matrix, "score %d: grad %s", (int)score, p->name);
            }
        }
        translator_free(m);
    }
}
ON_EACH_SIDE(blind_output)

/* ---- property 39, and contexts --------------------------------------------------------------- */

static gsl_matrix *mean_of_rows(const gsl_matrix *a, size_t n)
{
    gsl_matrix *mean = new_matrix(1, a->size2);
    for (size_t j = 0; j < a->size2; j++) {
        for (size_t i = 0; i < n; i++) {
            *gsl_matrix_ptr(mean, 0, j) += gsl_matrix_get(a, i, j) / (double)n;
        }
    }
    return mean;
}

static void check_uniform(const side *s, ref_score score, const char *silent, ref_timing timing)
{
    const size_t length = LENGTH;
    ref_encoder_decoder_shape shape = small_translator(REF_ELMAN, score, timing, false);
    translator *m = translator_alloc(&shape);
    set_all_of(m->list, silent, 0.0);
    translation t = random_translation(m, N_SOURCE, N);
    t.length = &length;
    translated y = side_translate(s, &t);
    for (size_t i = 0; i < N; i++) {
        gsl_matrix_view row = gsl_matrix_submatrix(y.context, i, 0, 1, y.context->size2);
        check_close(&row.matrix, mean_of_rows(y.memory, LENGTH), close_on(s, 1.0),
                    "%s = 0: context %zu", silent, i);
    }
    if (strcmp(silent, "attention.v") == 0 && score == REF_SCORE_ADDITIVE) {
        check_zero(gradient_of(m->list, "attention.weight_q"), "v = 0: grad W");
        check_zero(gradient_of(m->list, "attention.weight_k"), "v = 0: grad U");
    }
    translator_free(m);
}

static void uniform_on(const side *s)
{
    for (ref_timing timing = REF_TIMING_LUONG; timing <= REF_TIMING_BAHDANAU; timing++) {
        check_uniform(s, REF_SCORE_ADDITIVE, "attention.v", timing);
        check_uniform(s, REF_SCORE_CONCAT, "attention.v", timing);
        check_uniform(s, REF_SCORE_CONCAT, "attention.weight", timing);
        check_uniform(s, REF_SCORE_GENERAL, "attention.weight", timing);
        check_uniform(s, REF_SCORE_LOCATION, "attention.places", timing);
    }
}
ON_EACH_SIDE(uniform)

/* Property 12: with one word there is nothing to choose. */
static void one_word_on(const side *s)
{
    for (ref_score score = REF_SCORE_LOCATION; score <= REF_SCORE_ADDITIVE; score++) {
        ref_encoder_decoder_shape shape =
            small_translator(REF_GRU, score, REF_TIMING_BAHDANAU, false);
        translator *m = translator_alloc(&shape);
        translation t = random_translation(m, 1, N);
        translated y = side_translate(s, &t);
        for (size_t i = 0; i < N; i++) {
            gsl_matrix_view row = gsl_matrix_submatrix(y.context, i, 0, 1, y.context->size2);
            check_equal(&row.matrix, y.memory, "score %d: context %zu", (int)score, i);
        }
        translator_free(m);
    }
}
ON_EACH_SIDE(one_word)

static const test tests[] = {
    {"40: general with W = I is dot, and with I / sqrt(d) scaled dot", general_is_dot},
    {"40: concat of W on top of U is additive without a bias", concat_is_additive},
    {"41: feeding with zero weights for what is fed is no feeding", feeding_nothing},
    {"41: W_c = 0 makes h~ and all gradients before it 0", no_attentional_weight},
    {"41: a W_c that hands h on leaves nothing to learn for the attention", blind_output},
    {"39: scores that are all equal make every context the mean of the source", uniform},
    {"12: a source of one word is every context", one_word},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
