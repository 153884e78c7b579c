/* The parameters of a model from sequence to sequence: their names, their order, where they start,
 * and which shapes a model cannot have. */

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/suite.h"
#include "tests/support/translation_fast.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- names ----------------------------------------------------------------------------------- */

enum { MAX_NAMES = 64 };

typedef struct {
    char names[MAX_NAMES][REF_NAME_SIZE];
    size_t n;
} name_list;

static void append(name_list *list, const char *name)
{
    snprintf(list->names[list->n++], REF_NAME_SIZE, "%s", name);
}

static void append_stack(name_list *list, const char *stack, size_t n_layers, bool both)
{
    static const char *const kinds[] = {"weight_x", "bias_x", "weight_h", "bias_h"};
    for (size_t l = 0; l < n_layers; l++) {
        for (size_t d = 0; d < (both ? 2 : 1); d++) {
            for (size_t k = 0; k < 4; k++) {
                char name[REF_NAME_SIZE];
                snprintf(name, sizeof name, "%s.%zu.%s.%s", stack, l, d == 0 ? "right" : "left",
                         kinds[k]);
                append(list, name);
            }
        }
    }
}

/* In the order that the header promises. */
static name_list names_of(const ref_encoder_decoder_shape *shape)
{
    static const char *const of_scores[][5] = {
        [REF_SCORE_NONE] = {NULL},
        [REF_SCORE_LOCATION] = {"attention.places", NULL},
        [REF_SCORE_DOT] = {NULL},
        [REF_SCORE_SCALED_DOT] = {NULL},
        [REF_SCORE_GENERAL] = {"attention.weight", NULL},
        [REF_SCORE_CONCAT] = {"attention.weight", "attention.v", NULL},
        [REF_SCORE_ADDITIVE] = {"attention.weight_q", "attention.weight_k", "attention.bias",
                                "attention.v", NULL}};
    static const char *const last[] = {"attentional.weight", "attentional.bias", "output.weight",
                                       "output.bias"};
    name_list list = {.n = 0};
    append(&list, "source.embedding");
    append(&list, "target.embedding");
    append_stack(&list, "encoder", shape->n_encoder_layers, shape->is_bidirectional);
    append(&list, "bridge.weight");
    append(&list, "bridge.bias");
    append_stack(&list, "decoder", shape->n_layers, false);
    for (size_t n = 0; of_scores[shape->score][n]; n++) {
        append(&list, of_scores[shape->score][n]);
    }
    for (size_t n = 0; n < 4; n++) {
        append(&list, last[n]);
    }
    return list;
}

static void check_names(const ref_encoder_decoder_shape *shape)
{
    fast_encoder_decoder_shape narrow = narrow_model(shape);
    ref_parameters *wide = ref_parameters_alloc();
    fast_parameters *list = fast_parameters_alloc();
    name_list expected = names_of(shape);
    CHECK_STATUS(ref_encoder_decoder_declare(wide, shape), GSL_SUCCESS, "reference");
    CHECK_STATUS(fast_encoder_decoder_declare(list, &narrow), GSL_SUCCESS, "optimized");
    CHECK(wide->n_parameters == expected.n && list->n_parameters == expected.n,
          "%zu and %zu parameters, expected %zu", wide->n_parameters, list->n_parameters,
          expected.n);
    for (size_t n = 0; n < GSL_MIN(wide->n_parameters, list->n_parameters); n++) {
        const ref_parameter *p = &wide->parameters[n];
        const fast_parameter *q = &list->parameters[n];
        CHECK(strcmp(p->name, expected.names[n]) == 0 && strcmp(q->name, p->name) == 0,
              "parameter %zu is %s and %s, expected %s", n, p->name, q->name, expected.names[n]);
        CHECK(p->n_rows == q->n_rows && p->n_cols == q->n_cols && p->is_decayed == q->is_decayed,
              "%s differs", p->name);
        CHECK(p->is_decayed == (strstr(p->name, "weight") != NULL), "decay of %s", p->name);
    }
    ref_parameters_free(wide);
    fast_parameters_free(list);
}

static void both_declare_the_same(void)
{
    for (ref_score score = REF_SCORE_NONE; score <= REF_SCORE_ADDITIVE; score++) {
        for (int way = 0; way < 4; way++) {
            ref_cell cell = way % 2 == 0 ? REF_LSTM : REF_GRU;
            ref_encoder_decoder_shape shape =
                small_translator(cell, score, REF_TIMING_LUONG, way >= 2);
            shape.is_bidirectional = way % 2 == 0;
            shape.n_hidden = shape.is_bidirectional ? 4 : 2;
            shape.n_encoder_layers = (size_t)way + 1;
            check_names(&shape);
        }
    }
}

/* ---- windows into the list ------------------------------------------------------------------- */

static void concat_is_two_halves(void)
{
    ref_encoder_decoder_shape shape =
        small_translator(REF_GRU, REF_SCORE_CONCAT, REF_TIMING_LUONG, false);
    fast_encoder_decoder_shape narrow = narrow_model(&shape);
    translator *m = translator_alloc(&shape);
    fast_parameters *list = parameters_twin(m->list);
    fast_encoder_decoder_parameters found;
    CHECK_STATUS(fast_encoder_decoder_find(list, &narrow, &found), GSL_SUCCESS, "find");
    const ref_additive_attention *a = &m->found.value.additive;
    gsl_matrix *all = value_of(m->list, "attention.weight");
    CHECK(a->weight_q->data == gsl_matrix_ptr(all, 0, 0) && a->weight_q->size1 == 5,
          "W is not on top");
    CHECK(a->weight_k->data == gsl_matrix_ptr(all, 5, 0) && a->weight_k->size1 == 4,
          "U is not below");
    CHECK(!a->bias && !found.value.additive.bias.data, "concat has a bias");
    const float *floats = fast_parameters_find(list, "attention.weight")->gradient.data;
    CHECK(found.gradient.additive.weight_q.data == floats, "the gradient of W is not on top");
    CHECK(found.gradient.additive.weight_k.data == floats + 5 * shape.d_attention,
          "the gradient of U is not below");
    fast_parameters_free(list);
    translator_free(m);
}

static void nothing_else_is_there(void)
{
    ref_encoder_decoder_shape shape =
        small_translator(REF_ELMAN, REF_SCORE_NONE, REF_TIMING_LUONG, false);
    translator *m = translator_alloc(&shape);
    const ref_encoder_decoder *p = &m->found.value;
    CHECK(!p->additive.v && !p->additive.weight_q && !p->general_weight && !p->places,
          "a model without attention has parameters of one");
    CHECK(p->attentional_weight->size1 == shape.n_hidden, "its W_c has rows for a context");
    CHECK(!p->encoder.cells[2][0].weight_x && !p->decoder.cells[0][1].weight_x,
          "there are layers or directions too many");
    translator_free(m);
}

/* ---- where they start ------------------------------------------------------------------------ */

/* Of uniform and normal numbers x with variance s, x^2 has a deviation of at most sqrt(2) s. */
static void check_variance(const ref_parameters *list, const char *name, double expected)
{
    const gsl_matrix *a = value_of(list, name);
    double n = (double)(a->size1 * a->size2), variance = inner_product(a, a) / n;
    CHECK(fabs(variance - expected) <= 5.0 * expected * sqrt(2.0 / n),
          "the variance of %s is %g, expected about %g", name, variance, expected);
}

static void starting_values(void)
{
    ref_encoder_decoder_shape shape = {.n_source = 50,
                                       .n_target = 40,
                                       .d_embedding = 30,
                                       .cell = REF_GRU,
                                       .n_encoder_hidden = 32,
                                       .n_encoder_layers = 1,
                                       .n_hidden = 48,
                                       .n_layers = 1,
                                       .score = REF_SCORE_ADDITIVE,
                                       .d_attention = 64,
                                       .d_output = 20};
    ref_parameters *list = ref_parameters_alloc();
    ref_encoder_decoder_declare(list, &shape);
    ref_parameters_allocate(list);
    ref_parameters_initialize(list, suite_rng());
    check_variance(list, "source.embedding", 1.0 / 30.0);
    check_variance(list, "encoder.0.right.weight_x", 2.0 / (30.0 + 96.0));
    check_variance(list, "encoder.0.right.weight_h", 1.0 / 32.0); /* each gate as if alone */
    check_variance(list, "attention.weight_q", 2.0 / (48.0 + 64.0));
    check_variance(list, "attention.v", 2.0 / 65.0);
    check_variance(list, "attentional.weight", 2.0 / (32.0 + 48.0 + 20.0));
    check_zero(value_of(list, "decoder.0.right.bias_x"), "a bias");
    check_zero(value_of(list, "bridge.bias"), "another");
    ref_parameters_free(list);
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static ref_encoder_decoder_shape fine(void)
{
    return small_translator(REF_GRU, REF_SCORE_ADDITIVE, REF_TIMING_BAHDANAU, false);
}

static void check_refused(const ref_encoder_decoder_shape *shape, const char *what)
{
    fast_encoder_decoder_shape narrow = narrow_model(shape);
    ref_parameters *wide = ref_parameters_alloc();
    fast_parameters *list = fast_parameters_alloc();
    ref_encoder_decoder_parameters found;
    fast_encoder_decoder_parameters fast_found;
    CHECK_STATUS(ref_encoder_decoder_declare(wide, shape), GSL_EINVAL, what);
    CHECK(strchr(suite_last_error(), ' '), "%s: no sentence but '%s'", what, suite_last_error());
    CHECK_STATUS(fast_encoder_decoder_declare(list, &narrow), GSL_EINVAL, what);
    CHECK(strchr(suite_last_error(), ' '), "%s: no sentence but '%s'", what, suite_last_error());
    CHECK_STATUS(ref_encoder_decoder_find(wide, shape, &found), GSL_EINVAL, what);
    CHECK_STATUS(fast_encoder_decoder_find(list, &narrow, &fast_found), GSL_EINVAL, what);
    CHECK(wide->n_parameters == 0 && list->n_parameters == 0, "%s: something is declared", what);
    CHECK(!ref_encoder_cache_alloc(3, shape) && !ref_decoder_cache_alloc(3, 3, shape) &&
              !ref_decoder_state_alloc(shape),
          "%s: there is memory for it", what);
    ref_parameters_free(wide);
    fast_parameters_free(list);
    suite_forget_error();
}

/* A shape that differs from a good one in what follows. */
#define REFUSED(what, ...)                                                                         \
    do {                                                                                           \
        ref_encoder_decoder_shape shape = fine();                                                  \
        __VA_ARGS__;                                                                               \
        check_refused(&shape, what);                                                               \
    } while (0)

static void bad_shapes(void)
{
    REFUSED("no source vocabulary", shape.n_source = 0);
    REFUSED("no target vocabulary", shape.n_target = 0);
    REFUSED("no column of an embedding", shape.d_embedding = 0);
    REFUSED("no unit of the encoder", shape.n_encoder_hidden = 0);
    REFUSED("no layer of the encoder", shape.n_encoder_layers = 0);
    REFUSED("nine layers of the encoder", shape.n_encoder_layers = 9);
    REFUSED("no unit of the decoder", shape.n_hidden = 0);
    REFUSED("no layer of the decoder", shape.n_layers = 0);
    REFUSED("nine layers of the decoder", shape.n_layers = 9);
    REFUSED("no column of the attentional state", shape.d_output = 0);
    REFUSED("an unknown cell", shape.cell = (ref_cell)3);
    REFUSED("an unknown score", shape.score = (ref_score)7);
    REFUSED("an unknown timing", shape.timing = (ref_timing)2);
    REFUSED("an additive score without a unit", shape.d_attention = 0);
    REFUSED("a score by location without a place",
            (shape.score = REF_SCORE_LOCATION, shape.n_places = 0));
    REFUSED("a dot product of different widths",
            (shape.score = REF_SCORE_DOT, shape.timing = REF_TIMING_LUONG));
    REFUSED("a scaled one", (shape.score = REF_SCORE_SCALED_DOT, shape.timing = REF_TIMING_LUONG));
    REFUSED("Bahdanau's timing with feeding", shape.feeds_output = true);
    REFUSED("Bahdanau's timing without attention", shape.score = REF_SCORE_NONE);
    REFUSED("a size beyond all memories", shape.n_hidden = SIZE_MAX / 2);
    REFUSED("another", shape.d_attention = SIZE_MAX / 2);
}

static void missing_parameters(void)
{
    ref_encoder_decoder_shape shape = fine(), wider = shape, deeper = shape, other = shape;
    wider.d_output++;
    deeper.n_layers++;
    other.score = REF_SCORE_GENERAL;
    const ref_encoder_decoder_shape *const wrong[] = {&wider, &deeper, &other};
    translator *m = translator_alloc(&shape);
    fast_parameters *list = parameters_twin(m->list);
    for (size_t n = 0; n < 3; n++) {
        ref_encoder_decoder_parameters found;
        fast_encoder_decoder_parameters fast_found;
        fast_encoder_decoder_shape narrow = narrow_model(wrong[n]);
        CHECK_STATUS(ref_encoder_decoder_find(m->list, wrong[n], &found), GSL_EINVAL, "reference");
        CHECK_STATUS(fast_encoder_decoder_find(list, &narrow, &fast_found), GSL_EINVAL, "fast");
    }
    suite_forget_error();
    fast_parameters_free(list);
    translator_free(m);
}

static const test tests[] = {
    {"both sides declare the same parameters in the order of the manual; weights alone decay",
     both_declare_the_same},
    {"W and U of concat are the halves of one matrix, and so are their gradients",
     concat_is_two_halves},
    {"what a score does not need is not there", nothing_else_is_there},
    {"every parameter starts with the variance that its place asks for", starting_values},
    {"both sides refuse the shapes that no model can have", bad_shapes},
    {"parameters that are missing or of another shape are not found", missing_parameters},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
