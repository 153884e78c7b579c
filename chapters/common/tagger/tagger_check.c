/**
 * @file tagger_check.c
 * The optimized side of a tagger beside the reference, tensor by tensor.
 */
#include "chapters/common/tagger/tagger_check.h"
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_PERTURBED = 4 };

/* Everything that a step needs. */
typedef struct {
    const tagger_shape *shape;
    const tagger_batch *inputs;
    const tagger_dropout *dropout;
    double smoothing;
    ref_parameters *parameters;
    tagger_reference *model;
} step;

/* ---- The reference --------------------------------------------------------------------------- */

static double run_reference(const step *s)
{
    ref_parameters_zero_gradients(s->parameters);
    double loss = tagger_reference_forward(s->model, s->inputs, s->dropout, s->smoothing);
    tagger_reference_backward(s->model, s->inputs, s->dropout, s->smoothing);
    return loss;
}

/* The terms of the longest sum: over columns forward, over rows in the gradients of weights. */
static size_t longest_sum(const step *s)
{
    size_t terms[] = {s->inputs->n_sequences * s->inputs->n_padded, tagger_input_width(s->shape),
                      s->shape->d_model, s->shape->n_hidden};
    size_t longest = 1;
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        longest = terms[i] > longest ? terms[i] : longest;
    }
    return longest;
}

/* u w(n) */
static double relative_error(const step *s)
{
    return 0x1p-24 * 4.0 * sqrt((double)longest_sum(s));
}

static void perturb(const step *s, const double *values, gsl_rng *rng)
{
    double off = relative_error(s);
    for (size_t n = 0; n < s->parameters->n_numbers; n++) {
        double sign = gsl_rng_uniform_int(rng, 2) == 0 ? -1.0 : 1.0;
        s->parameters->values[n] = values[n] * (1.0 + sign * off);
    }
}

/* ---- Differences ----------------------------------------------------------------------------- */

/* Written so that NaN counts as infinite. */
static void raise(double *largest, double difference)
{
    if (!(difference <= *largest)) {
        *largest = difference < INFINITY ? difference : INFINITY;
    }
}

static bool is_token(const tagger_batch *inputs, size_t row)
{
    return row % inputs->n_padded < inputs->lengths[row / inputs->n_padded];
}

/* What the reference found at first. */
typedef struct {
    double loss;
    gsl_matrix *logits;
    double *gradients;
} found;

static found copy_found(const step *s, double loss)
{
    const gsl_matrix *logits = tagger_reference_logits(s->model);
    found copy = {loss, program_matrix(logits->size1, logits->size2),
                  program_allocate(s->parameters->n_numbers, sizeof(double))};
    gsl_matrix_memcpy(copy.logits, logits);
    memcpy(copy.gradients, s->parameters->gradients, s->parameters->n_numbers * sizeof(double));
    return copy;
}

/* How large everything is, and how much it changed in a perturbed run. */
static void measure_change(const step *s, const found *at_first, double loss,
                           tagger_comparison *comparison)
{
    tagger_difference *d = comparison->differences;
    const gsl_matrix *logits = tagger_reference_logits(s->model);
    raise(&d[0].size, fabs(at_first->loss));
    raise(&d[0].bound, fabs(loss - at_first->loss));
    for (size_t i = 0; i < logits->size1 * logits->size2; i++) {
        raise(&d[1].size, fabs(at_first->logits->data[i]));
        raise(&d[1].bound, fabs(logits->data[i] - at_first->logits->data[i]));
    }
    for (size_t p = 0; p < s->parameters->n_parameters; p++) {
        const ref_parameter *parameter = &s->parameters->parameters[p];
        for (size_t i = 0; i < parameter->n_rows * parameter->n_cols; i++) {
            double expected = at_first->gradients[parameter->offset + i];
            double changed = s->parameters->gradients[parameter->offset + i];
            raise(&d[2 + p].size, fabs(expected));
            raise(&d[2 + p].bound, fabs(changed - expected));
        }
    }
}

static void measure_error(const step *s, const found *expected, double loss,
                          const fast_view *logits, const fast_parameters *narrow,
                          tagger_comparison *comparison)
{
    tagger_difference *d = comparison->differences;
    raise(&d[0].error, fabs(loss - expected->loss));
    for (size_t row = 0; row < logits->n_rows; row++) {
        for (size_t c = 0; is_token(s->inputs, row) && c < logits->n_cols; c++) {
            double actual = logits->data[row * logits->row_stride + c];
            raise(&d[1].error, fabs(actual - gsl_matrix_get(expected->logits, row, c)));
        }
    }
    for (size_t p = 0; p < s->parameters->n_parameters; p++) {
        const ref_parameter *parameter = &s->parameters->parameters[p];
        const fast_parameter *twin = fast_parameters_find(narrow, parameter->name);
        for (size_t i = 0; i < parameter->n_rows * parameter->n_cols; i++) {
            raise(&d[2 + p].error, fabs((double)twin->gradient.data[i] -
                                        expected->gradients[parameter->offset + i]));
        }
    }
}

/* ---- The comparison -------------------------------------------------------------------------- */

static tagger_comparison *comparison_alloc(const ref_parameters *parameters)
{
    tagger_comparison *comparison = program_allocate(1, sizeof *comparison);
    comparison->n = 2 + parameters->n_parameters;
    comparison->differences = program_allocate(comparison->n, sizeof *comparison->differences);
    comparison->differences[0].name = "loss";
    comparison->differences[1].name = "logits";
    for (size_t p = 0; p < parameters->n_parameters; p++) {
        comparison->differences[2 + p].name = parameters->parameters[p].name;
    }
    return comparison;
}

static void find_bounds(const step *s, const found *at_first, gsl_rng *rng,
                        tagger_comparison *comparison)
{
    size_t n_bytes = s->parameters->n_numbers * sizeof(double);
    double *values = program_allocate(s->parameters->n_numbers, sizeof *values);
    memcpy(values, s->parameters->values, n_bytes);
    for (size_t run = 0; run < N_PERTURBED; run++) {
        perturb(s, values, rng);
        measure_change(s, at_first, run_reference(s), comparison);
    }
    for (size_t i = 0; i < comparison->n; i++) { /* the last sums are rounded too */
        comparison->differences[i].bound += relative_error(s) * comparison->differences[i].size;
    }
    memcpy(s->parameters->values, values, n_bytes);
    memcpy(s->parameters->gradients, at_first->gradients, n_bytes);
    free(values);
}

tagger_comparison *tagger_compare(const tagger_shape *shape, const gsl_matrix *table,
                                  ref_parameters *parameters, const tagger_batch *inputs,
                                  const tagger_dropout *dropout, double smoothing,
                                  const fast_kernels *kernels, int n_threads, gsl_rng *rng)
{
    fast_parameters *narrow = parameters_twin(parameters);
    if (narrow == NULL) {
        program_fail("%s", program_last_error());
    }
    fast_parameters_zero_gradients(narrow);
    program_check(parameters_widen(narrow, parameters)); /* floats on both sides */
    step s = {shape,     inputs,     dropout,
              smoothing, parameters, tagger_reference_alloc(shape, table, parameters)};
    tagger_optimized *model = tagger_optimized_alloc(shape, table, narrow, kernels, n_threads);
    tagger_comparison *comparison = comparison_alloc(parameters);

    tagger_reference_reserve(s.model, inputs);
    found expected = copy_found(&s, run_reference(&s));
    tagger_optimized_reserve(model, inputs);
    double loss = tagger_optimized_forward(model, inputs, dropout, smoothing);
    tagger_optimized_backward(model, inputs, dropout, smoothing);
    measure_error(&s, &expected, loss, tagger_optimized_logits(model), narrow, comparison);
    find_bounds(&s, &expected, rng, comparison);

    gsl_matrix_free(expected.logits);
    free(expected.gradients);
    tagger_optimized_free(model);
    tagger_reference_free(s.model);
    fast_parameters_free(narrow);
    return comparison;
}

void tagger_comparison_free(tagger_comparison *comparison)
{
    if (comparison != NULL) {
        free(comparison->differences);
        free(comparison);
    }
}

/* A gradient that is 0 on both sides has a bound of 0 too. */
static double ratio_of(const tagger_difference *difference)
{
    return difference->error == 0.0 ? 0.0 : difference->error / difference->bound;
}

double tagger_comparison_worst(const tagger_comparison *comparison)
{
    double worst = 0.0;
    for (size_t i = 0; i < comparison->n; i++) {
        raise(&worst, ratio_of(&comparison->differences[i]));
    }
    return worst;
}

void tagger_comparison_print(const tagger_comparison *comparison)
{
    printf("%-36s %9s %9s %9s %7s\n", "tensor", "size", "error", "bound", "ratio");
    for (size_t i = 0; i < comparison->n; i++) {
        const tagger_difference *d = &comparison->differences[i];
        printf("%-36s %9.2e %9.2e %9.2e %7.4f\n", d->name, d->size, d->error, d->bound,
               ratio_of(d));
    }
}
