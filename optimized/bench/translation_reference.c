/* The step as the reference takes it: all pairs through the same memory. */
#include "optimized/bench/translation_reference.h"
#include "optimized/bench/data.h"
#include "optimized/bench/translation_model.h"
#include "reference/decoder.h"
#include "reference/loss.h"
#include "reference/train.h"
#include <stdlib.h>

struct translation_reference {
    bench_shape size;
    ref_encoder_decoder_shape shape;
    ref_parameters *list;
    ref_encoder_decoder_parameters parameters;
    ref_training *training;
    int *source, *words, *targets; /* of one pair */
    ref_encoder_cache *encoder, *grad_encoder;
    ref_decoder_cache *decoder, *grad_decoder;
    ref_decoder_state *state, *grad_state;
    gsl_matrix *logits, *probabilities, *grad_logits;
};

static ref_encoder_decoder_shape shape_like(const fast_encoder_decoder_shape *fast)
{
    return (ref_encoder_decoder_shape){.n_source = fast->n_source,
                                       .n_target = fast->n_target,
                                       .d_embedding = fast->d_embedding,
                                       .cell = (ref_cell)fast->cell,
                                       .n_encoder_hidden = fast->n_encoder_hidden,
                                       .n_encoder_layers = fast->n_encoder_layers,
                                       .is_bidirectional = fast->is_bidirectional,
                                       .n_hidden = fast->n_hidden,
                                       .n_layers = fast->n_layers,
                                       .score = (ref_score)fast->score,
                                       .d_attention = fast->d_attention,
                                       .timing = (ref_timing)fast->timing,
                                       .feeds_output = fast->feeds_output,
                                       .d_output = fast->d_output};
}

static void alloc_parameters(translation_reference *r)
{
    r->list = ref_parameters_alloc();
    ref_encoder_decoder_declare(r->list, &r->shape);
    ref_parameters_allocate(r->list);
    unsigned state = 1;
    for (size_t p = 0; p < r->list->n_parameters; p++) {
        ref_parameter *of = &r->list->parameters[p];
        double size = size_of_parameter(of->n_rows);
        for (size_t i = 0; i < of->n_rows * of->n_cols; i++) {
            of->value.matrix.data[i] = size * (double)next_number(&state);
        }
    }
    ref_encoder_decoder_find(r->list, &r->shape, &r->parameters);
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 1e-6;
    options.max_norm = 1.0;
    r->training = ref_training_alloc(r->list, &options);
}

translation_reference *alloc_translation_reference(const bench_shape *s, fast_score score,
                                                   bool feeds_output)
{
    translation_reference *r = zero_bytes(sizeof *r);
    fast_encoder_decoder_shape fast = translation_shape(s, score, feeds_output);
    r->size = *s;
    r->shape = shape_like(&fast);
    alloc_parameters(r);
    r->source = zero_bytes(s->n_k * sizeof *r->source);
    r->words = zero_bytes(s->n_q * sizeof *r->words);
    r->targets = zero_bytes(s->n_q * sizeof *r->targets);
    r->encoder = ref_encoder_cache_alloc(s->n_k, &r->shape);
    r->grad_encoder = ref_encoder_cache_alloc(s->n_k, &r->shape);
    r->decoder = ref_decoder_cache_alloc(s->n_q, s->n_k, &r->shape);
    r->grad_decoder = ref_decoder_cache_alloc(s->n_q, s->n_k, &r->shape);
    r->state = ref_decoder_state_alloc(&r->shape);
    r->grad_state = ref_decoder_state_alloc(&r->shape);
    r->logits = random_matrix(s->n_q, N_TARGET_WORDS);
    r->probabilities = random_matrix(s->n_q, N_TARGET_WORDS);
    r->grad_logits = random_matrix(s->n_q, N_TARGET_WORDS);
    return r;
}

void free_translation_reference(translation_reference *r)
{
    if (r == NULL) {
        return;
    }
    ref_training_free(r->training);
    ref_parameters_free(r->list);
    ref_encoder_cache_free(r->encoder);
    ref_encoder_cache_free(r->grad_encoder);
    ref_decoder_cache_free(r->decoder);
    ref_decoder_cache_free(r->grad_decoder);
    ref_decoder_state_free(r->state);
    ref_decoder_state_free(r->grad_state);
    gsl_matrix_free(r->logits);
    gsl_matrix_free(r->probabilities);
    gsl_matrix_free(r->grad_logits);
    free(r->source);
    free(r->words);
    free(r->targets);
    free(r);
}

/* ---- One step -------------------------------------------------------------------------------- */

/** The words of a pair: as in translation_model.c. */
static void read_pair(translation_reference *r, size_t pair)
{
    size_t n = r->size.n_q;
    for (size_t i = 0; i < r->size.n_k; i++) {
        r->source[i] = word_of(pair * r->size.n_k + i, N_SOURCE_WORDS);
    }
    for (size_t i = 0; i < n; i++) {
        r->targets[i] = word_of(pair * n + i, N_TARGET_WORDS);
        r->words[i] = i == 0 ? 0 : r->targets[i - 1];
    }
}

static void forward(translation_reference *r, size_t *n_counted)
{
    const ref_encoder_decoder *p = &r->parameters.value;
    double loss;
    ref_encoder_forward(r->source, NULL, p, &r->shape, NULL, r->encoder);
    ref_decoder_begin(r->encoder, &r->shape, r->state);
    ref_decoder_forward(r->words, r->encoder, NULL, p, &r->shape, NULL, r->state, r->decoder,
                        r->logits);
    ref_cross_entropy_forward(r->logits, r->targets, 0.0, r->probabilities, &loss, n_counted);
}

static void backward(translation_reference *r, size_t n_counted)
{
    const ref_encoder_decoder *p = &r->parameters.value, *g = &r->parameters.gradient;
    gsl_matrix_set_zero(r->grad_logits);
    gsl_matrix_set_zero(r->grad_encoder->memory);
    gsl_matrix_set_zero(r->grad_encoder->keys);
    gsl_vector_set_zero(r->grad_encoder->first);
    ref_cross_entropy_backward(r->logits, r->targets, 0.0, r->probabilities, n_counted,
                               1.0 / (double)r->size.n_batch, r->grad_logits);
    ref_decoder_backward(r->words, r->encoder, NULL, p, &r->shape, NULL, r->decoder, r->grad_logits,
                         r->grad_encoder, r->grad_decoder, r->grad_state, g);
    ref_encoder_backward(r->source, NULL, p, &r->shape, NULL, r->encoder, r->grad_encoder, g);
}

void translation_reference_step(translation_reference *r)
{
    ref_parameters_zero_gradients(r->list);
    for (size_t pair = 0; pair < r->size.n_batch; pair++) {
        size_t n_counted;
        read_pair(r, pair);
        forward(r, &n_counted);
        backward(r, n_counted);
    }
    ref_training_step(r->training, r->list);
}
