/* One step of the look-up on both sides: how far apart they are, and how far they may be.
 *
 * A product computed in floats is the exact product of slightly other factors, each off by at most
 * u w(n) of itself, u = 2^-24, w(n) = 4 sqrt(n) for sums of n terms (Higham and Mary 2019). So the
 * bound is measured on the reference: the largest change of a tensor while every parameter moves by
 * u w(n) of itself, up or down at random. It estimates how sensitive the model is; it is no proof. */
#include "chapters/03_query_key_value/lookup.h"

#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include <math.h>
#include <string.h>

enum { N_BATCH = 32, N_TRIALS = 8, LONGEST_SUM = N_BATCH * N_GUESTS };

/* Gradients of all parameters after one pass, and its loss. */
typedef struct {
    gsl_vector *gradients;
    double loss;
} step;

static step step_of_reference(const party *of, ref_parameters *list, const memories *all,
                              gsl_matrix *logits)
{
    lookup_reference *model = lookup_reference_alloc(of, list);
    step found = {.gradients = program_vector(list->n_numbers)};
    ref_parameters_zero_gradients(list);
    found.loss = lookup_reference_pass(model, all, true, logits);
    memcpy(found.gradients->data, list->gradients, list->n_numbers * sizeof(double));
    lookup_reference_free(model);
    return found;
}

static step step_of_optimized(const party *of, ref_parameters *list, const memories *all,
                              gsl_matrix *logits)
{
    fast_parameters *narrow = parameters_twin(list);
    fast_parameters_zero_gradients(narrow);
    lookup_optimized *model = lookup_optimized_alloc(of, narrow, all->n);
    step found = {.gradients = program_vector(list->n_numbers)};
    found.loss = lookup_optimized_pass(model, all, true, logits);
    program_check(parameters_widen(narrow, list));
    memcpy(found.gradients->data, list->gradients, list->n_numbers * sizeof(double));
    lookup_optimized_free(model);
    fast_parameters_free(narrow);
    return found;
}

static double largest_change(const gsl_vector *a, const gsl_vector *b, const ref_parameter *of)
{
    double largest = 0.0;
    for (size_t i = of->offset; i < of->offset + of->n_rows * of->n_cols; i++) {
        double change = fabs(gsl_vector_get(a, i) - gsl_vector_get(b, i));
        largest = !(change <= largest) ? change : largest; /* NaN stays */
    }
    return largest;
}

/* bounds, (n_parameters + 1): of each gradient, and of the loss. */
static void measure_bounds(const party *of, ref_parameters *list, const memories *all,
                           const step *exact, gsl_rng *generator, gsl_matrix *logits,
                           double *bounds)
{
    const double moved = 0x1p-24 * 4.0 * sqrt((double)LONGEST_SUM);
    gsl_vector *values = program_vector(list->n_numbers);
    memcpy(values->data, list->values, list->n_numbers * sizeof(double));
    for (size_t trial = 0; trial < N_TRIALS; trial++) {
        for (size_t i = 0; i < list->n_numbers; i++) {
            double sign = gsl_rng_uniform(generator) < 0.5 ? -1.0 : 1.0;
            list->values[i] = gsl_vector_get(values, i) * (1.0 + sign * moved);
        }
        step other = step_of_reference(of, list, all, logits);
        for (size_t p = 0; p < list->n_parameters; p++) {
            double change = largest_change(other.gradients, exact->gradients, &list->parameters[p]);
            bounds[p] = fmax(bounds[p], change);
        }
        double change = fabs(other.loss - exact->loss);
        bounds[list->n_parameters] = fmax(bounds[list->n_parameters], change);
        gsl_vector_free(other.gradients);
    }
    memcpy(list->values, values->data, list->n_numbers * sizeof(double));
    gsl_vector_free(values);
}

static void print_and_judge(report *to, const ref_parameters *list, const step *wide,
                            const step *narrow, const double *bounds, bool is_tied)
{
    double worst = fabs(wide->loss - narrow->loss) / bounds[list->n_parameters];
    for (size_t p = 0; p < list->n_parameters; p++) {
        double error = largest_change(wide->gradients, narrow->gradients, &list->parameters[p]);
        double ratio = error / bounds[p];
        worst = !(ratio <= worst) ? ratio : worst;
    }
    report_say(to,
               "reference against optimized, one step%s: loss %.4f and %zu gradients; the largest "
               "error is %.2f of its bound.",
               is_tied ? " with W_K = W_Q" : "", wide->loss, list->n_numbers, worst);
    if (!(worst <= 1.0)) {
        program_fail("the optimized side is outside its bound");
    }
}

void check_lookup(report *to, const party *of, bool is_tied, size_t seed)
{
    gsl_rng *generator = new_generator(seed);
    ref_parameters *list = lookup_parameters(is_tied);
    memories all = memories_alloc(N_BATCH);
    gsl_matrix *logits = program_matrix(N_BATCH * N_GUESTS, N_CARDS);
    program_check(ref_parameters_initialize(list, generator));
    for (size_t i = 0; i < list->n_numbers; i++) { /* both sides begin with the same floats */
        list->values[i] = (float)list->values[i];
    }
    memories_deal(of, generator, true, &all);
    double bounds[4] = {0.0};
    step narrow = step_of_optimized(of, list, &all, logits);
    step wide = step_of_reference(of, list, &all, logits);
    measure_bounds(of, list, &all, &wide, generator, logits, bounds);
    print_and_judge(to, list, &wide, &narrow, bounds, is_tied);
    gsl_vector_free(narrow.gradients);
    gsl_vector_free(wide.gradients);
    gsl_matrix_free(logits);
    memories_free(&all);
    ref_parameters_free(list);
    gsl_rng_free(generator);
}
