/**
 * @file tagger_check.c
 * A step of a tagger on the reference, and the same on the optimized side.
 */
#include "chapters/common/tagger/tagger_check.h"
#include <math.h>
#include <string.h>

/* Everything that a step of the reference needs. */
typedef struct {
    ref_parameters *parameters;
    tagger_reference *model;
    const tagger_batch *inputs;
    const tagger_dropout *dropout;
    double smoothing;
} step;

static double run(void *model)
{
    const step *s = model;
    double loss = tagger_reference_forward(s->model, s->inputs, s->dropout, s->smoothing);
    tagger_reference_backward(s->model, s->inputs, s->dropout, s->smoothing);
    return loss;
}

static const gsl_matrix *logits_of(void *model)
{
    const step *s = model;
    return tagger_reference_logits(s->model);
}

static bool is_token(void *model, size_t row)
{
    const tagger_batch *inputs = ((const step *)model)->inputs;
    return row % inputs->n_padded < inputs->lengths[row / inputs->n_padded];
}

/* The gradient of a relative bias is a sum of dS = P (dP - D). For a token that sees one token alone,
 * D is dP, and other factors do not show how both are rounded. They are about as large as the
 * gradient of b_V, whose sums are of the same dC. */
static double terms(void *model, const ref_parameter *parameter)
{
    const step *s = model;
    const char *own = strstr(parameter->name, "relative_bias");
    double largest = 0.0;
    for (size_t i = 0; own != NULL && i < s->parameters->n_parameters; i++) {
        const ref_parameter *other = &s->parameters->parameters[i];
        size_t n_common = (size_t)(own - parameter->name);
        bool is_of_same_attention = strncmp(other->name, parameter->name, n_common) == 0 &&
                                    strcmp(other->name + n_common, "qkv.bias") == 0;
        for (size_t n = 0; is_of_same_attention && n < other->n_cols; n++) {
            largest = fmax(largest, fabs(s->parameters->gradients[other->offset + n]));
        }
    }
    return largest;
}

static size_t longest_sum(const tagger_shape *shape, const tagger_batch *inputs)
{
    size_t terms[] = {inputs->n_sequences * inputs->n_padded, tagger_input_width(shape),
                      shape->d_model, shape->n_hidden};
    size_t longest = 1;
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        longest = terms[i] > longest ? terms[i] : longest;
    }
    return longest;
}

comparison *tagger_compare(const tagger_shape *shape, const gsl_matrix *table,
                           ref_parameters *parameters, const tagger_batch *inputs,
                           const tagger_dropout *dropout, double smoothing,
                           const fast_kernels *kernels, int n_threads, gsl_rng *rng)
{
    fast_parameters *narrow = comparison_narrow(parameters);
    step s = {parameters, tagger_reference_alloc(shape, table, parameters), inputs, dropout,
              smoothing};
    tagger_reference_reserve(s.model, inputs);
    const comparison_step reference = {.parameters = parameters,
                                       .run = run,
                                       .logits = logits_of,
                                       .is_counted = is_token,
                                       .terms = terms,
                                       .model = &s,
                                       .longest_sum = longest_sum(shape, inputs)};
    comparison *found = comparison_begin(&reference, rng);

    tagger_optimized *model = tagger_optimized_alloc(shape, table, narrow, kernels, n_threads);
    tagger_optimized_reserve(model, inputs);
    double loss = tagger_optimized_forward(model, inputs, dropout, smoothing);
    tagger_optimized_backward(model, inputs, dropout, smoothing);
    comparison_end(found, loss, tagger_optimized_logits(model), narrow);

    tagger_optimized_free(model);
    tagger_reference_free(s.model);
    fast_parameters_free(narrow);
    return found;
}
