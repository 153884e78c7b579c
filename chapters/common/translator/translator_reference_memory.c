/**
 * @file translator_reference_memory.c
 * Parameters and memory of the translator on the reference side. Its twin is
 * translator_optimized_memory.c.
 */
#include "chapters/common/translator/translator_reference_memory.h"
#include "chapters/common/program/program.h"
#include <stdlib.h>

/* ---- Parameters ------------------------------------------------------------------------------ */

translator_reference *translator_reference_alloc(const ref_encoder_decoder_shape *shape,
                                                 ref_parameters *parameters)
{
    translator_reference *model = program_allocate(1, sizeof *model);
    model->shape = *shape;
    program_check(ref_encoder_decoder_find(parameters, shape, &model->parameters));
    return model;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* What an ..._alloc() returned, unless that is nothing. */
static void *must(void *memory)
{
    if (memory == NULL) {
        program_fail("%s", program_last_error());
    }
    return memory;
}

static void release_step(translator_reference_step *step)
{
    for (size_t s = 0; s < step->n_pairs; s++) {
        ref_encoder_cache_free(step->pairs[s].encoder);
        ref_decoder_cache_free(step->pairs[s].decoder);
        ref_decoder_cache_free(step->pairs[s].grad_decoder);
    }
    free(step->pairs);
    ref_decoder_state_free(step->state);
    gsl_matrix_free(step->logits);
    gsl_matrix_free(step->probabilities);
    gsl_matrix_free(step->grad_logits);
    ref_encoder_cache_free(step->grad_encoder);
    ref_decoder_state_free(step->grad_state);
    *step = (translator_reference_step){.n_pairs = 0};
}

static void release_search(translator_reference_search *search)
{
    for (size_t s = 0; s < search->n_sources; s++) {
        ref_encoder_cache_free(search->sources[s]);
    }
    for (size_t i = 0; i < search->n_rows; i++) {
        ref_decoder_state_free(search->states[i]);
        ref_decoder_state_free(search->after[i]);
    }
    free(search->sources);
    free(search->states);
    free(search->after);
    ref_decoder_cache_free(search->decoder);
    gsl_matrix_free(search->logits);
    *search = (translator_reference_search){.n_sources = 0};
}

void translator_reference_free(translator_reference *model)
{
    if (model != NULL) {
        release_step(&model->step);
        release_search(&model->search);
        free(model);
    }
}

void translator_reference_reserve(translator_reference *model, const pair_batch *batch)
{
    const ref_encoder_decoder_shape *shape = &model->shape;
    translator_reference_step *step = &model->step;
    size_t n_source = batch->n_source, n = batch->n_target, n_rows = batch->n_pairs * n;
    release_step(step);
    step->n_pairs = batch->n_pairs;
    step->pairs = program_allocate(batch->n_pairs, sizeof *step->pairs);
    for (size_t s = 0; s < batch->n_pairs; s++) {
        step->pairs[s].encoder = must(ref_encoder_cache_alloc(n_source, shape));
        step->pairs[s].decoder = must(ref_decoder_cache_alloc(n, n_source, shape));
        step->pairs[s].grad_decoder = must(ref_decoder_cache_alloc(n, n_source, shape));
    }
    step->state = must(ref_decoder_state_alloc(shape));
    step->logits = program_matrix(n_rows, shape->n_target);
    step->probabilities = program_matrix(n_rows, shape->n_target);
    step->grad_logits = program_matrix(n_rows, shape->n_target);
    step->grad_encoder = must(ref_encoder_cache_alloc(n_source, shape));
    step->grad_state = must(ref_decoder_state_alloc(shape));
}

void translator_reference_reserve_search(translator_reference *model, const pair_batch *batch,
                                         size_t n_beam)
{
    const ref_encoder_decoder_shape *shape = &model->shape;
    translator_reference_search *search = &model->search;
    release_search(search);
    search->batch = batch;
    search->n_beam = n_beam;
    search->n_sources = batch->n_pairs;
    search->n_rows = batch->n_pairs * n_beam;
    search->sources = program_allocate(search->n_sources, sizeof *search->sources);
    search->states = program_allocate(search->n_rows, sizeof *search->states);
    search->after = program_allocate(search->n_rows, sizeof *search->after);
    for (size_t s = 0; s < search->n_sources; s++) {
        search->sources[s] = must(ref_encoder_cache_alloc(batch->n_source, shape));
    }
    for (size_t i = 0; i < search->n_rows; i++) {
        search->states[i] = must(ref_decoder_state_alloc(shape));
        search->after[i] = must(ref_decoder_state_alloc(shape));
    }
    search->decoder = must(ref_decoder_cache_alloc(1, batch->n_source, shape));
    search->logits = program_matrix(1, shape->n_target);
}
