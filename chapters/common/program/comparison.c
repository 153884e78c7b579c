/**
 * @file comparison.c
 * The optimized side of a model beside the reference, tensor by tensor.
 */
#include "chapters/common/program/comparison.h"
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_PERTURBED = 4 };

fast_parameters *comparison_narrow(ref_parameters *parameters)
{
    fast_parameters *narrow = parameters_twin(parameters);
    if (narrow == NULL) {
        program_fail("%s", program_last_error());
    }
    program_check(parameters_widen(narrow, parameters)); /* floats on both sides */
    fast_parameters_zero_gradients(narrow);
    return narrow;
}

/* ---- The reference --------------------------------------------------------------------------- */

static double run(const comparison_step *step)
{
    ref_parameters_zero_gradients(step->parameters);
    return step->run(step->model);
}

/* u w(n) */
static double relative_error(const comparison_step *step)
{
    return 0x1p-24 * 4.0 * sqrt((double)step->longest_sum);
}

static void perturb(const comparison_step *step, const double *values, gsl_rng *rng)
{
    double off = relative_error(step);
    for (size_t n = 0; n < step->parameters->n_numbers; n++) {
        double sign = gsl_rng_uniform_int(rng, 2) == 0 ? -1.0 : 1.0;
        step->parameters->values[n] = values[n] * (1.0 + sign * off);
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

/* How large everything is, and how much it changed in a perturbed run. */
static void measure_change(comparison *found, double loss)
{
    comparison_difference *d = found->differences;
    const ref_parameters *list = found->step.parameters;
    const gsl_matrix *logits = found->step.logits(found->step.model);
    raise(&d[0].size, fabs(found->loss));
    raise(&d[0].bound, fabs(loss - found->loss));
    for (size_t i = 0; i < logits->size1 * logits->size2; i++) {
        raise(&d[1].size, fabs(found->logits->data[i]));
        raise(&d[1].bound, fabs(logits->data[i] - found->logits->data[i]));
    }
    for (size_t p = 0; p < list->n_parameters; p++) {
        const ref_parameter *parameter = &list->parameters[p];
        for (size_t i = 0; i < parameter->n_rows * parameter->n_cols; i++) {
            double expected = found->gradients[parameter->offset + i];
            double changed = list->gradients[parameter->offset + i];
            raise(&d[2 + p].size, fabs(expected));
            raise(&d[2 + p].bound, fabs(changed - expected));
        }
    }
}

void comparison_end(comparison *found, double loss, const fast_view *logits,
                    const fast_parameters *narrow)
{
    comparison_difference *d = found->differences;
    const ref_parameters *list = found->step.parameters;
    raise(&d[0].error, fabs(loss - found->loss));
    for (size_t row = 0; row < logits->n_batch * logits->n_rows; row++) {
        const float *actual = fast_view_at(logits, row / logits->n_rows, 0) +
                              row % logits->n_rows * logits->row_stride;
        for (size_t c = 0; found->is_counted[row] && c < logits->n_cols; c++) {
            raise(&d[1].error, fabs((double)actual[c] - gsl_matrix_get(found->logits, row, c)));
        }
    }
    for (size_t p = 0; p < list->n_parameters; p++) {
        const ref_parameter *parameter = &list->parameters[p];
        const fast_parameter *twin = fast_parameters_find(narrow, parameter->name);
        for (size_t i = 0; i < parameter->n_rows * parameter->n_cols; i++) {
            raise(&d[2 + p].error,
                  fabs((double)twin->gradient.data[i] - found->gradients[parameter->offset + i]));
        }
    }
}

/* ---- The comparison -------------------------------------------------------------------------- */

/* What the reference finds at first. */
static comparison *comparison_alloc(const comparison_step *step)
{
    comparison *found = program_allocate(1, sizeof *found);
    const ref_parameters *list = step->parameters;
    found->step = *step;
    found->n = 2 + list->n_parameters;
    found->differences = program_allocate(found->n, sizeof *found->differences);
    found->differences[0].name = "loss";
    found->differences[1].name = "logits";
    for (size_t p = 0; p < list->n_parameters; p++) {
        found->differences[2 + p].name = list->parameters[p].name;
    }
    found->loss = run(step);
    const gsl_matrix *logits = step->logits(step->model);
    found->logits = program_matrix(logits->size1, logits->size2);
    gsl_matrix_memcpy(found->logits, logits);
    found->is_counted = program_allocate(logits->size1, sizeof *found->is_counted);
    for (size_t row = 0; row < logits->size1; row++) {
        found->is_counted[row] = step->is_counted(step->model, row);
    }
    found->gradients = program_allocate(list->n_numbers, sizeof *found->gradients);
    memcpy(found->gradients, list->gradients, list->n_numbers * sizeof *found->gradients);
    return found;
}

comparison *comparison_begin(const comparison_step *step, gsl_rng *rng)
{
    comparison *found = comparison_alloc(step);
    ref_parameters *list = step->parameters;
    size_t n_bytes = list->n_numbers * sizeof(double);
    double *values = program_allocate(list->n_numbers, sizeof *values);
    memcpy(values, list->values, n_bytes);
    for (size_t n = 0; n < N_PERTURBED; n++) {
        perturb(step, values, rng);
        measure_change(found, run(step));
    }
    for (size_t i = 0; i < found->n; i++) { /* the last sums are rounded too */
        double terms =
            i < 2 || step->terms == NULL ? 0.0 : step->terms(step->model, &list->parameters[i - 2]);
        found->differences[i].bound += relative_error(step) * (found->differences[i].size + terms);
    }
    memcpy(list->values, values, n_bytes);
    memcpy(list->gradients, found->gradients, n_bytes);
    free(values);
    return found;
}

void comparison_free(comparison *found)
{
    if (found != NULL) {
        free(found->differences);
        gsl_matrix_free(found->logits);
        free(found->is_counted);
        free(found->gradients);
        free(found);
    }
}

/* A gradient that is 0 on both sides has a bound of 0 too. */
static double ratio_of(const comparison_difference *difference)
{
    return difference->error == 0.0 ? 0.0 : difference->error / difference->bound;
}

double comparison_worst(const comparison *found)
{
    double worst = 0.0;
    for (size_t i = 0; i < found->n; i++) {
        raise(&worst, ratio_of(&found->differences[i]));
    }
    return worst;
}

void comparison_print(const comparison *found)
{
    printf("%-36s %9s %9s %9s %7s\n", "tensor", "size", "error", "bound", "ratio");
    for (size_t i = 0; i < found->n; i++) {
        const comparison_difference *d = &found->differences[i];
        printf("%-36s %9.2e %9.2e %9.2e %7.4f\n", d->name, d->size, d->error, d->bound,
               ratio_of(d));
    }
}
