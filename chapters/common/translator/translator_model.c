/**
 * @file translator_model.c
 * One translator, on the side that the program chose.
 */
#include "chapters/common/translator/translator_model.h"
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include <stdlib.h>
#ifdef _OPENMP
#    include <omp.h>
#endif

/* ---- Making ---------------------------------------------------------------------------------- */

translator_wish translator_wish_default(void)
{
    int n_threads = 1;
#ifdef _OPENMP
    n_threads = omp_get_max_threads();
#endif
    return (translator_wish){.shape = {.d_embedding = 64,
                                       .cell = REF_LSTM,
                                       .n_encoder_hidden = 128,
                                       .n_encoder_layers = 1,
                                       .is_bidirectional = true,
                                       .n_hidden = 128,
                                       .n_layers = 1,
                                       .score = REF_SCORE_ADDITIVE,
                                       .d_attention = 128,
                                       .n_places = PAIRS_MAX_LENGTH,
                                       .timing = REF_TIMING_LUONG,
                                       .d_output = 128},
                             .side = TRANSLATOR_OPTIMIZED,
                             .kernels = fast_kernels_best(),
                             .n_threads = n_threads};
}

translator_model *translator_model_alloc(const translator_wish *wish, const symbols *source,
                                         const symbols *target, gsl_rng *rng)
{
    translator_model *model = program_allocate(1, sizeof *model);
    model->wish = *wish;
    model->shape = wish->shape;
    model->shape.n_source = source->n;
    model->shape.n_target = target->n;
    model->source = source;
    model->target = target;
    model->wide = ref_parameters_alloc();
    program_check(ref_encoder_decoder_declare(model->wide, &model->shape));
    program_check(ref_parameters_allocate(model->wide));
    program_check(ref_parameters_initialize(model->wide, rng));
    if (wish->side == TRANSLATOR_REFERENCE) {
        model->reference = translator_reference_alloc(&model->shape, model->wide);
        return model;
    }
    model->narrow = parameters_twin(model->wide);
    if (model->narrow == NULL) {
        program_fail("out of memory for %zu parameters", ref_parameters_count(model->wide));
    }
    model->optimized =
        translator_optimized_alloc(&model->shape, model->narrow, wish->kernels, wish->n_threads);
    return model;
}

void translator_model_free(translator_model *model)
{
    if (model != NULL) {
        translator_reference_free(model->reference);
        translator_optimized_free(model->optimized);
        fast_parameters_free(model->narrow);
        ref_parameters_free(model->wide);
        free(model);
    }
}

/* ---- Running --------------------------------------------------------------------------------- */

void translator_model_reserve(translator_model *model, const pair_batch *batch)
{
    if (model->wish.side == TRANSLATOR_REFERENCE) {
        translator_reference_reserve(model->reference, batch);
    } else {
        translator_optimized_reserve(model->optimized, batch);
    }
}

double translator_model_run(translator_model *model, const pair_batch *batch,
                            const translator_dropout *dropout, double smoothing, bool backward)
{
    double loss;
    if (model->wish.side == TRANSLATOR_REFERENCE) {
        loss = translator_reference_forward(model->reference, batch, dropout, smoothing);
        if (backward) {
            translator_reference_backward(model->reference, batch, dropout, smoothing);
        }
    } else {
        loss = translator_optimized_forward(model->optimized, batch, dropout, smoothing);
        if (backward) {
            translator_optimized_backward(model->optimized, batch, dropout, smoothing);
        }
    }
    return loss;
}

/* ---- Searching ------------------------------------------------------------------------------- */

void translator_model_read(translator_model *model, const pair_batch *batch, size_t n_beam)
{
    if (model->wish.side == TRANSLATOR_REFERENCE) {
        translator_reference_read(model->reference, batch, n_beam);
    } else {
        translator_optimized_read(model->optimized, batch, n_beam);
    }
}

void translator_model_write(translator_model *model, const int *last, double *log_p)
{
    if (model->wish.side == TRANSLATOR_REFERENCE) {
        translator_reference_write(model->reference, last, log_p);
    } else {
        translator_optimized_write(model->optimized, last, log_p);
    }
}

void translator_model_follow(translator_model *model, const size_t *parents)
{
    if (model->wish.side == TRANSLATOR_REFERENCE) {
        translator_reference_follow(model->reference, parents);
    } else {
        translator_optimized_follow(model->optimized, parents);
    }
}

/* ---- Looking --------------------------------------------------------------------------------- */

gsl_matrix *translator_model_align(translator_model *model, const int *source, size_t n_source,
                                   const int *target, size_t n_target)
{
    if (model->shape.score == REF_SCORE_NONE) {
        return NULL;
    }
    if (model->wish.side == TRANSLATOR_OPTIMIZED) {
        program_check(parameters_widen(model->narrow, model->wide));
    }
    int *words = program_allocate(n_target + 2, sizeof *words); /* START target END */
    words[0] = SYMBOLS_START;
    words[n_target + 1] = SYMBOLS_END;
    for (size_t t = 0; t < n_target; t++) {
        words[t + 1] = target[t];
    }
    const pair_batch one = {.n_pairs = 1,
                            .n_source = n_source,
                            .n_target = n_target + 1,
                            .source_lengths = &n_source,
                            .source = source,
                            .target_in = words,
                            .target_out = words + 1};
    translator_reference *exact = translator_reference_alloc(&model->shape, model->wide);
    translator_reference_reserve(exact, &one);
    translator_reference_forward(exact, &one, NULL, 0.0);
    gsl_matrix *weights = program_matrix(n_target + 1, n_source);
    gsl_matrix_memcpy(weights, translator_reference_weights(exact, 0));
    translator_reference_free(exact);
    free(words);
    return weights;
}
