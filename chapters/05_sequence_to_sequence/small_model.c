#include "chapters/05_sequence_to_sequence/small_model.h"

#include "chapters/common/program/program.h"
#include "reference/loss.h"
#include <stdlib.h>

static void need(const void *memory)
{
    if (memory == NULL) {
        program_fail("%s", program_last_error());
    }
}

small_model *small_model_new(const ref_encoder_decoder_shape *shape, size_t n_source, size_t n)
{
    small_model *of = program_allocate(1, sizeof *of);
    of->shape = *shape;
    of->n_source = n_source;
    of->n = n;
    need(of->list = ref_parameters_alloc());
    program_check(ref_encoder_decoder_declare(of->list, shape));
    program_check(ref_parameters_allocate(of->list));
    program_check(ref_encoder_decoder_find(of->list, shape, &of->found));
    of->source = program_allocate(n_source, sizeof *of->source);
    of->words = program_allocate(n, sizeof *of->words);
    of->targets = program_allocate(n, sizeof *of->targets);
    need(of->encoder = ref_encoder_cache_alloc(n_source, shape));
    need(of->grad_encoder = ref_encoder_cache_alloc(n_source, shape));
    need(of->decoder = ref_decoder_cache_alloc(n, n_source, shape));
    need(of->grad_decoder = ref_decoder_cache_alloc(n, n_source, shape));
    need(of->state = ref_decoder_state_alloc(shape));
    need(of->grad_state = ref_decoder_state_alloc(shape));
    of->logits = program_matrix(n, shape->n_target);
    of->probabilities = program_matrix(n, shape->n_target);
    of->grad_logits = program_matrix(n, shape->n_target);
    return of;
}

void small_model_free(small_model *of)
{
    ref_parameters_free(of->list);
    free(of->source);
    free(of->words);
    free(of->targets);
    ref_encoder_cache_free(of->encoder);
    ref_encoder_cache_free(of->grad_encoder);
    ref_decoder_cache_free(of->decoder);
    ref_decoder_cache_free(of->grad_decoder);
    ref_decoder_state_free(of->state);
    ref_decoder_state_free(of->grad_state);
    gsl_matrix_free(of->logits);
    gsl_matrix_free(of->probabilities);
    gsl_matrix_free(of->grad_logits);
    free(of);
}

/* The loss, and how many targets count. */
static double forward(small_model *of, size_t *n_counted)
{
    double loss;
    const ref_encoder_decoder *p = &of->found.value;
    // [small-model-loss]
    program_check(ref_encoder_forward(of->source, NULL, p, &of->shape, NULL, of->encoder));
    program_check(ref_decoder_begin(of->encoder, &of->shape, of->state));
    program_check(ref_decoder_forward(of->words, of->encoder, NULL, p, &of->shape, NULL, of->state,
                                      of->decoder, of->logits));
    program_check(ref_cross_entropy_forward(of->logits, of->targets, 0.0, of->probabilities, &loss,
                                            n_counted));
    // [small-model-loss]
    return loss;
}

double small_model_loss(small_model *of)
{
    size_t n_counted;
    return forward(of, &n_counted);
}

void small_model_backward(small_model *of)
{
    size_t n_counted;
    const ref_encoder_decoder *p = &of->found.value, *grad = &of->found.gradient;
    forward(of, &n_counted);
    ref_parameters_zero_gradients(of->list);
    gsl_matrix_set_zero(of->grad_logits);
    gsl_matrix_set_zero(of->grad_encoder->memory);
    gsl_vector_set_zero(of->grad_encoder->first);
    if (of->grad_encoder->keys) {
        gsl_matrix_set_zero(of->grad_encoder->keys);
    }
    // [small-model-backward]
    program_check(ref_cross_entropy_backward(of->logits, of->targets, 0.0, of->probabilities,
                                             n_counted, 1.0, of->grad_logits));
    program_check(ref_decoder_backward(of->words, of->encoder, NULL, p, &of->shape, NULL,
                                       of->decoder, of->grad_logits, of->grad_encoder,
                                       of->grad_decoder, of->grad_state, grad));
    program_check(ref_encoder_backward(of->source, NULL, p, &of->shape, NULL, of->encoder,
                                       of->grad_encoder, grad));
    // [small-model-backward]
}
