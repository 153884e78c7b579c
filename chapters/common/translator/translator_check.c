/**
 * @file translator_check.c
 * A step of a translator on the reference, and the same on the optimized side.
 */
#include "chapters/common/translator/translator_check.h"
#include "reference/loss.h"
#include <math.h>
#include <string.h>

/* Everything that a step of the reference needs. */
typedef struct {
    const ref_parameters *parameters;
    translator_reference *model;
    const pair_batch *batch;
    const translator_dropout *dropout;
    double smoothing;
} step;

static double run(void *model)
{
    const step *s = model;
    double loss = translator_reference_forward(s->model, s->batch, s->dropout, s->smoothing);
    translator_reference_backward(s->model, s->batch, s->dropout, s->smoothing);
    return loss;
}

static const gsl_matrix *logits_of(void *model)
{
    const step *s = model;
    return translator_reference_logits(s->model);
}

static bool is_counted(void *model, size_t row)
{
    const step *s = model;
    return s->batch->target_out[row] != REF_IGNORED;
}

/* The gradients dS of the scores sum to 0 in every row of the alignment. A gradient behind them is a
 * sum of dS_ij times something between -1 and 1: a state, a tanh; where v comes in between, times v. */
static double terms(void *model, const ref_parameter *parameter)
{
    const step *s = model;
    double sum = 0.0, factor = 1.0;
    bool is_of_attention = strncmp(parameter->name, "attention.", strlen("attention.")) == 0;
    for (size_t pair = 0; is_of_attention && pair < s->batch->n_pairs; pair++) {
        const gsl_matrix *grad_scores = translator_reference_grad_scores(s->model, pair);
        for (size_t i = 0; i < grad_scores->size1 * grad_scores->size2; i++) {
            sum += fabs(grad_scores->data[i]);
        }
    }
    const ref_parameter *v = ref_parameters_find(s->parameters, "attention.v");
    if (v != NULL && v != parameter) {
        double lowest, highest;
        gsl_matrix_minmax(&v->value.matrix, &lowest, &highest);
        factor = fmax(-lowest, highest);
    }
    return factor * sum;
}

/* In gradients of weights over all rows of a batch, in those of inputs over the gates of a cell. */
static size_t longest_sum(const ref_encoder_decoder_shape *shape, const pair_batch *batch)
{
    size_t terms[] = {batch->n_pairs * batch->n_source,
                      batch->n_pairs * batch->n_target,
                      4 * shape->n_encoder_hidden,
                      4 * shape->n_hidden,
                      2 * shape->n_encoder_hidden + shape->n_hidden,
                      shape->d_output,
                      shape->d_embedding};
    size_t longest = 1;
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        longest = terms[i] > longest ? terms[i] : longest;
    }
    return longest;
}

comparison *translator_compare(const ref_encoder_decoder_shape *shape, ref_parameters *parameters,
                               const pair_batch *batch, const translator_dropout *dropout,
                               double smoothing, const fast_kernels *kernels, int n_threads,
                               gsl_rng *rng)
{
    fast_parameters *narrow = comparison_narrow(parameters);
    step s = {parameters, translator_reference_alloc(shape, parameters), batch, dropout, smoothing};
    translator_reference_reserve(s.model, batch);
    const comparison_step reference = {.parameters = parameters,
                                       .run = run,
                                       .logits = logits_of,
                                       .is_counted = is_counted,
                                       .terms = terms,
                                       .model = &s,
                                       .longest_sum = longest_sum(shape, batch)};
    comparison *found = comparison_begin(&reference, rng);

    translator_optimized *model = translator_optimized_alloc(shape, narrow, kernels, n_threads);
    translator_optimized_reserve(model, batch);
    double loss = translator_optimized_forward(model, batch, dropout, smoothing);
    translator_optimized_backward(model, batch, dropout, smoothing);
    comparison_end(found, loss, translator_optimized_logits(model), narrow);

    translator_optimized_free(model);
    translator_reference_free(s.model);
    fast_parameters_free(narrow);
    return found;
}
