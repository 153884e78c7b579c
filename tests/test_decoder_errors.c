/* Bad arguments of encoder and decoder: one table for both sides, which must return the same status
 * and say a sentence. What only one of them can be given: workspaces. */

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/matrices.h"
#include "tests/support/refusal.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/translation_fast.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { N_SOURCE = 4, N = 3 };

/* What may belong to a model of another shape. */
typedef enum {
    NOTHING,
    PARAMETERS,
    ENCODER_CACHE,
    STATE,
    DECODER_CACHE,
    LOGITS,
    GRADIENTS,
    ENCODER_GRADIENTS,
    THE_REST
} piece;

/* What may be wrong; all else is right. */
typedef struct {
    const char *name;
    piece other;
    ref_score score;
    int source_word, word; /* one of the words */
    size_t length;
    double rate;
    size_t n_words; /* rows of the logits */
    int expected;
} bad_call;

// clang-format off
static const bad_call calls[] = {
    {"nothing is wrong",                       NOTHING,           REF_SCORE_ADDITIVE, 6,  5,  N_SOURCE,     0.5,  N,     GSL_SUCCESS},
    {"parameters of another model",            PARAMETERS,        REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     0.0,  N,     GSL_EBADLEN},
    {"the encoder's cache of another",         ENCODER_CACHE,     REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     0.0,  N,     GSL_EBADLEN},
    {"a state of another",                     STATE,             REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     0.0,  N,     GSL_EBADLEN},
    {"the decoder's cache of another",         DECODER_CACHE,     REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     0.0,  N,     GSL_EBADLEN},
    {"logits of another",                      LOGITS,            REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     0.0,  N,     GSL_EBADLEN},
    {"gradients of another",                   GRADIENTS,         REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     0.0,  N,     GSL_EBADLEN},
    {"the encoder's gradients of another",     ENCODER_GRADIENTS, REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     0.0,  N,     GSL_EBADLEN},
    {"the same without attention",             ENCODER_GRADIENTS, REF_SCORE_NONE,     0,  0,  N_SOURCE,     0.0,  N,     GSL_EBADLEN},
    {"logits of too few words",                NOTHING,           REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     0.0,  N - 1, GSL_EBADLEN},
    {"a source word that is not there",        NOTHING,           REF_SCORE_ADDITIVE, 7,  0,  N_SOURCE,     0.0,  N,     GSL_EINVAL},
    {"a source word below 0",                  NOTHING,           REF_SCORE_ADDITIVE, -1, 0,  N_SOURCE,     0.0,  N,     GSL_EINVAL},
    {"a target word that is not there",        NOTHING,           REF_SCORE_ADDITIVE, 0,  6,  N_SOURCE,     0.0,  N,     GSL_EINVAL},
    {"a target word below 0",                  NOTHING,           REF_SCORE_NONE,     0,  -1, N_SOURCE,     0.0,  N,     GSL_EINVAL},
    {"a source of no word",                    NOTHING,           REF_SCORE_ADDITIVE, 0,  0,  0,            0.0,  N,     GSL_EINVAL},
    {"a source longer than itself",            NOTHING,           REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE + 1, 0.0,  N,     GSL_EINVAL},
    {"more words than places",                 NOTHING,           REF_SCORE_LOCATION, 0,  0,  N_SOURCE,     0.0,  N,     GSL_EINVAL},
    {"a dropout of everything",                NOTHING,           REF_SCORE_ADDITIVE, 0,  0,  N_SOURCE,     1.0,  N,     GSL_EINVAL},
    {"a dropout of less than nothing",         NOTHING,           REF_SCORE_GENERAL,  0,  0,  N_SOURCE,     -0.1, N,     GSL_EINVAL},
    {"a dropout that is NaN",                  NOTHING,           REF_SCORE_GENERAL,  0,  0,  N_SOURCE,     NAN,  N,     GSL_EINVAL},
};
// clang-format on

static ref_encoder_decoder_shape shape_of(const bad_call *call, piece which)
{
    ref_encoder_decoder_shape shape =
        small_translator(REF_LSTM, call->score, REF_TIMING_LUONG, call->score != REF_SCORE_NONE);
    shape.n_places = N_SOURCE - 1;
    if (call->other == which) {
        shape.n_source++, shape.n_target++, shape.d_embedding++, shape.n_encoder_hidden++;
        shape.n_hidden++, shape.d_attention++, shape.d_output++;
    }
    return shape;
}

/* ---- the two sides --------------------------------------------------------------------------- */

static int by_reference(const bad_call *c)
{
    ref_encoder_decoder_shape right = shape_of(c, THE_REST), encoder_shape, other;
    const int source[N_SOURCE] = {1, c->source_word, 2, 3}, words[N] = {0, c->word, 1};
    const ref_dropout dropout = {.rate = c->rate, .seed = 1};
    other = shape_of(c, PARAMETERS);
    translator *m = translator_alloc(&other);
    other = shape_of(c, GRADIENTS);
    translator *g = translator_alloc(&other);
    encoder_shape = shape_of(c, ENCODER_CACHE);
    ref_encoder_cache *encoder = ref_encoder_cache_alloc(N_SOURCE, &encoder_shape);
    other = shape_of(c, ENCODER_GRADIENTS);
    ref_encoder_cache *grad_encoder = ref_encoder_cache_alloc(N_SOURCE, &other);
    other = shape_of(c, STATE);
    ref_decoder_state *state = ref_decoder_state_alloc(&other);
    ref_decoder_state *grad_state = ref_decoder_state_alloc(&right);
    other = shape_of(c, DECODER_CACHE);
    ref_decoder_cache *decoder = ref_decoder_cache_alloc(N, N_SOURCE, &other);
    ref_decoder_cache *grad_decoder = ref_decoder_cache_alloc(N, N_SOURCE, &right);
    gsl_matrix *logits = new_matrix(c->n_words, shape_of(c, LOGITS).n_target);
    const ref_encoder_decoder *p = &m->found.value, *grad = &g->found.gradient;
    int status = ref_encoder_forward(source, &c->length, p, &right, &dropout, encoder);
    status = status ? status : ref_decoder_begin(encoder, &right, state);
    status = status ? status
                    : ref_decoder_forward(words, encoder, &c->length, p, &right, &dropout, state,
                                          decoder, logits);
    status = status ? status
                    : ref_decoder_backward(words, encoder, &c->length, p, &right, &dropout, decoder,
                                           logits, grad_encoder, grad_decoder, grad_state, grad);
    status = status ? status
                    : ref_encoder_backward(source, &c->length, p, &right, &dropout, encoder,
                                           grad_encoder, grad);
    ref_encoder_cache_free(encoder), ref_encoder_cache_free(grad_encoder);
    ref_decoder_cache_free(decoder), ref_decoder_cache_free(grad_decoder);
    ref_decoder_state_free(state), ref_decoder_state_free(grad_state);
    translator_free(m), translator_free(g);
    return status;
}

/* Everything that a call of the optimized side takes, in one workspace. */
typedef struct {
    fast_encoder_decoder_shape right;
    translator *model, *other;
    fast_parameters *values, *gradients;
    fast_encoder_decoder_parameters found, grad;
    fast_encoder_cache encoder;
    fast_encoder_gradients grad_encoder;
    fast_decoder_state state;
    fast_decoder_cache decoder;
    fast_view logits;
    float numbers[N * 16];
    fast_workspace *memory;
} fast_call;

static size_t lay_out(const bad_call *c, fast_call *f, fast_workspace *memory)
{
    ref_encoder_decoder_shape wide[] = {shape_of(c, ENCODER_CACHE), shape_of(c, ENCODER_GRADIENTS),
                                        shape_of(c, STATE), shape_of(c, DECODER_CACHE)};
    fast_encoder_decoder_shape s[4];
    for (int n = 0; n < 4; n++) {
        s[n] = narrow_model(&wide[n]);
    }
    return fast_encoder_cache_layout(1, N_SOURCE, &s[0], memory, &f->encoder) +
           fast_encoder_gradients_layout(1, N_SOURCE, &s[1], memory, &f->grad_encoder) +
           fast_decoder_state_layout(1, &s[2], memory, &f->state) +
           fast_decoder_cache_layout(1, N, N_SOURCE, &s[3], memory, &f->decoder);
}

static void prepare(const bad_call *c, fast_call *f)
{
    ref_encoder_decoder_shape right = shape_of(c, THE_REST), of_values = shape_of(c, PARAMETERS);
    ref_encoder_decoder_shape of_gradients = shape_of(c, GRADIENTS);
    fast_encoder_decoder_shape narrow = narrow_model(&of_values);
    *f = (fast_call){.right = narrow_model(&right),
                     .model = translator_alloc(&of_values),
                     .other = translator_alloc(&of_gradients)};
    f->values = parameters_twin(f->model->list);
    f->gradients = parameters_twin(f->other->list);
    fast_encoder_decoder_find(f->values, &narrow, &f->found);
    narrow = narrow_model(&of_gradients);
    fast_encoder_decoder_find(f->gradients, &narrow, &f->grad);
    f->logits = fast_view_matrix(f->numbers, c->n_words, shape_of(c, LOGITS).n_target);
    f->memory = fast_workspace_alloc(lay_out(c, f, NULL));
    lay_out(c, f, f->memory);
}

static void tidy(fast_call *f)
{
    fast_workspace_free(f->memory);
    fast_parameters_free(f->values), fast_parameters_free(f->gradients);
    translator_free(f->model), translator_free(f->other);
}

/* Contexts for the two passes of the encoder and of the decoder. */
static int run(const bad_call *c, fast_call *f, fast_context *const contexts[4])
{
    const int source[N_SOURCE] = {1, c->source_word, 2, 3}, words[N] = {0, c->word, 1};
    const fast_dropout dropout = {(float)c->rate, 1, 0};
    const fast_encoder_decoder *p = &f->found.value, *grad = &f->grad.gradient;
    int status =
        fast_encoder_forward(source, &c->length, p, &f->right, &dropout, &f->encoder, contexts[0]);
    status = status ? status : fast_decoder_begin(&f->encoder, &f->right, &f->state);
    status = status ? status
                    : fast_decoder_forward(words, &f->encoder, &c->length, p, &f->right, &dropout,
                                           &f->state, &f->decoder, &f->logits, contexts[1]);
    status = status ? status
                    : fast_decoder_backward(words, &f->encoder, &c->length, p, &f->right, &dropout,
                                            &f->decoder, &f->logits, &f->grad_encoder, grad,
                                            contexts[2]);
    return status ? status
                  : fast_encoder_backward(source, &c->length, p, &f->right, &dropout, &f->encoder,
                                          &f->grad_encoder, grad, contexts[3]);
}

static int by_kernels(const bad_call *c, const fast_kernels *kernels)
{
    fast_call f;
    prepare(c, &f);
    guarded_context *ample = guarded_alloc(kernels, 2, (size_t)1 << 20);
    fast_context *const contexts[] = {&ample->context, &ample->context, &ample->context,
                                      &ample->context};
    int status = run(c, &f, contexts);
    CHECK(guarded_is_intact(ample), "%s: the workspace was not given back", c->name);
    guarded_free(ample);
    tidy(&f);
    return status;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void bad_arguments(void)
{
    for (size_t n = 0; n < sizeof calls / sizeof calls[0]; n++) {
        check_refusal(calls[n].name, "reference", by_reference(&calls[n]), calls[n].expected);
        for (size_t isa = 0; kernels_at(isa); isa++) {
            check_refusal(calls[n].name, kernels_at(isa)->name,
                          by_kernels(&calls[n], kernels_at(isa)), calls[n].expected);
        }
    }
}

static void empty_targets(void)
{
    const bad_call empty = {.name = "no word", .length = N_SOURCE, .expected = GSL_EINVAL};
    char sentence[128];
    int status = by_reference(&empty);
    snprintf(sentence, sizeof sentence, "%s", suite_last_error());
    check_refusal(empty.name, "reference", status, empty.expected);
    status = by_kernels(&empty, kernels_at(0));
    CHECK(strcmp(suite_last_error(), sentence) == 0, "'%s' is not '%s'", suite_last_error(),
          sentence);
    check_refusal(empty.name, "optimized", status, empty.expected);
}

static void small_workspaces(void)
{
    for (int small = 0; small < 4; small++) {
        fast_call f;
        prepare(&calls[0], &f);
        const fast_encoder_decoder *p = &f.found.value;
        fast_context ask = {kernels_at(0), 2, NULL};
        const size_t sizes[] = {
            fast_encoder_forward_size(p, &f.right, &f.encoder, &ask),
            fast_decoder_forward_size(&f.encoder, p, &f.right, &f.decoder, &ask),
            fast_decoder_backward_size(&f.encoder, p, &f.right, &f.decoder, &ask),
            fast_encoder_backward_size(p, &f.right, &f.encoder, &ask)};
        guarded_context *guarded[4];
        fast_context *contexts[4];
        for (int n = 0; n < 4; n++) {
            guarded[n] = guarded_alloc(kernels_at(0), 2, sizes[n] - (n == small));
            contexts[n] = &guarded[n]->context;
        }
        CHECK_STATUS(run(&calls[0], &f, contexts), GSL_ENOMEM, "a byte too few");
        suite_forget_error();
        for (int n = 0; n < 4; n++) {
            guarded_free(guarded[n]);
        }
        tidy(&f);
    }
}

static void huge_sizes(void)
{
    ref_encoder_decoder_shape wide = shape_of(&calls[0], THE_REST);
    fast_encoder_decoder_shape shape = narrow_model(&wide);
    fast_encoder_cache encoder;
    fast_encoder_gradients gradients;
    fast_decoder_cache decoder;
    size_t n = SIZE_MAX / 8;
    CHECK(fast_encoder_cache_layout(2, n, &shape, NULL, &encoder) == SIZE_MAX, "an encoder");
    CHECK(fast_encoder_gradients_layout(2, n, &shape, NULL, &gradients) == SIZE_MAX, "gradients");
    CHECK(fast_decoder_cache_layout(2, n, 3, &shape, NULL, &decoder) == SIZE_MAX, "a decoder");
    CHECK(!ref_encoder_cache_alloc(n, &wide) && !ref_decoder_cache_alloc(n, 3, &wide) &&
              !ref_encoder_cache_alloc(0, &wide) && !ref_decoder_cache_alloc(0, 3, &wide) &&
              !ref_decoder_cache_alloc(3, 0, &wide),
          "there is a cache of all memory, or of none");
    ref_encoder_cache_free(NULL), ref_decoder_cache_free(NULL), ref_decoder_state_free(NULL);
    suite_forget_error();
}

static const test tests[] = {
    {"both sides refuse the same bad arguments with the same status and a sentence", bad_arguments},
    {"both sides say the same of a target without a word", empty_targets},
    {"a workspace that is a byte too small is refused", small_workspaces},
    {"sizes that cannot be represented are SIZE_MAX, and the reference has no memory for them",
     huge_sizes},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
