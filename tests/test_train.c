/* Training on every side: steps known by hand, the properties of each optimizer, schedules, and
 * faults. test_train_agreement.c compares the sides with one another. */

#include "tests/support/suite.h"
#include "tests/support/trainer.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- a single number ------------------------------------------------------------------------- */

/* Train one decayed and one other number, both from p, with these gradients. */
static void train_numbers(const side *s, const ref_training_options *options, double p,
                          const double *gradients, size_t n_steps, double results[2])
{
    ref_parameters *list = weight_and_bias(1, 1);
    list->values[0] = list->values[1] = p;
    trainer t = trainer_start(s, list, options);
    for (size_t step = 0; step < n_steps; step++) {
        list->gradients[0] = list->gradients[1] = gradients[step];
        CHECK_STATUS(trainer_step(&t), GSL_SUCCESS, "a step");
    }
    results[0] = ref_parameters_find(list, "weight")->value.matrix.data[0];
    results[1] = ref_parameters_find(list, "bias")->value.matrix.data[0];
    trainer_end(&t);
    ref_parameters_free(list);
}

static void first_adam_step_on(const side *s)
{
    const double gradients[] = {3.0, -0.25, 1e-3, -1e4, 1e-8, 0.0};
    for (size_t n = 0; n < sizeof gradients / sizeof gradients[0]; n++) {
        ref_training_options options = ref_training_defaults(REF_ADAM);
        double g = gradients[n], results[2];
        train_numbers(s, &options, 0.5, &g, 1, results);
        double expected = 0.5 - options.learning_rate * g / (fabs(g) + options.epsilon);
        CHECK_CLOSE(results[0], expected, 2.0 * s->epsilon, "p1 = p0 - lr g / (|g| + eps)");
    }
}
ON_EACH_SIDE(first_adam_step)

/* beta1 = 1/2, beta2 = 3/4, g = 2, 1:  m = 1, 1,  v = 1, 1,  m' = 2, 4/3,  v' = 4, 16/7 */
static void two_adam_steps_on(const side *s)
{
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.25;
    options.beta1 = 0.5;
    options.beta2 = 0.75;
    options.epsilon = 1e-30;
    double results[2];
    train_numbers(s, &options, 1.0, (double[]){2.0, 1.0}, 2, results);
    CHECK_CLOSE(results[0], 0.75 - sqrt(7.0) / 12.0, 4.0 * s->epsilon, "two steps of Adam");
}
ON_EACH_SIDE(two_adam_steps)

/* momentum = 1/2, g = 1:  u = 1, 3/2, 7/4 */
static void three_sgd_steps_on(const side *s)
{
    ref_training_options options = ref_training_defaults(REF_SGD);
    options.learning_rate = 0.125;
    options.momentum = 0.5;
    double results[2];
    train_numbers(s, &options, 1.0, (double[]){1.0, 1.0, 1.0}, 3, results);
    CHECK_CLOSE(results[0], 1.0 - 0.125 * 4.25, 0.0, "three steps of SGD");
}
ON_EACH_SIDE(three_sgd_steps)

/* With g = 0 only the decay moves p: SGD by rate lambda p, AdamW by the same, and Adam, which
 * divides its gradient lambda p by its size, by the whole rate. */
static void decay_on(const side *s)
{
    const double expected[] = {[REF_SGD] = 2.0 - 0.125 * 0.25 * 2.0,
                               [REF_ADAM] = 2.0 - 0.125 * 0.5 / (0.5 + 1e-8),
                               [REF_ADAMW] = 2.0 - 0.125 * 0.25 * 2.0};
    for (int optimizer = REF_SGD; optimizer <= REF_ADAMW; optimizer++) {
        ref_training_options options = ref_training_defaults((ref_optimizer)optimizer);
        options.learning_rate = 0.125;
        options.weight_decay = 0.25;
        double g = 0.0, results[2];
        train_numbers(s, &options, 2.0, &g, 1, results);
        CHECK_CLOSE(results[0], expected[optimizer], 4.0 * s->epsilon, "a decayed number");
        CHECK_CLOSE(results[1], 2.0, 0.0, "a number that is not decayed");
        options.weight_decay = 0.0;
        train_numbers(s, &options, 2.0, &g, 1, results);
        CHECK_CLOSE(results[0], 2.0, 0.0, "46: without gradient, moments and decay");
    }
}
ON_EACH_SIDE(decay)

/* ---- whole lists ----------------------------------------------------------------------------- */

enum { N_ROWS = 37, N_COLS = 151 }; /* more than a block of the optimized side, and no multiple */

/* Train by AdamW with gradients that change from step to step, times a factor. */
static gsl_vector *trained(const side *s, double factor, double epsilon, size_t n_steps)
{
    ref_parameters *list = weight_and_bias(N_ROWS, N_COLS);
    ref_training_options options = ref_training_defaults(REF_ADAMW);
    options.epsilon = epsilon;
    gsl_rng_set(suite_rng(), suite_seed());
    randomize(list, suite_rng());
    trainer t = trainer_start(s, list, &options);
    double *gradients = malloc(list->n_numbers * sizeof *gradients);
    memcpy(gradients, list->gradients, list->n_numbers * sizeof *gradients);
    for (size_t step = 0; step < n_steps; step++) {
        for (size_t n = 0; n < list->n_numbers; n++) {
            list->gradients[n] = factor * gradients[(n + 7 * step) % list->n_numbers];
        }
        CHECK_STATUS(trainer_step(&t), GSL_SUCCESS, "a step");
    }
    gsl_vector *values = gsl_vector_alloc(list->n_numbers);
    memcpy(values->data, list->values, list->n_numbers * sizeof(double));
    trainer_end(&t);
    free(gradients);
    ref_parameters_free(list);
    return values;
}

static void scale_on(const side *s)
{
    gsl_vector *path = trained(s, 1.0, 1e-30, 10);
    const double factors[] = {0x1p-20, 0x1p20, 3.0};
    for (size_t n = 0; n < 3; n++) {
        gsl_vector *scaled = trained(s, factors[n], 1e-30, 10);
        gsl_vector_sub(scaled, path);
        double limit = factors[n] == 3.0 ? 64.0 * s->epsilon : 0.0; /* powers of 2: exactly */
        CHECK_CLOSE(gsl_vector_get(scaled, gsl_blas_idamax(scaled)), 0.0, limit,
                    "what a factor of all gradients changes");
        gsl_vector_free(scaled);
    }
    gsl_vector *other = trained(s, 1.0, 1.0, 10); /* with a large epsilon it is not so */
    gsl_vector_sub(other, path);
    CHECK(gsl_blas_dnrm2(other) > 0.01, "epsilon does not matter at all");
    gsl_vector_free(other);
    gsl_vector_free(path);
}
ON_EACH_SIDE(scale)

/* By SGD with rate 1 the values move by the clipped gradient. */
static void clipping_on(const side *s)
{
    const double shares[] = {0.001, 0.5, 0.999, 1.0, 1.001, INFINITY};
    for (size_t n = 0; n < sizeof shares / sizeof shares[0]; n++) {
        ref_parameters *list = weight_and_bias(N_ROWS, N_COLS);
        randomize(list, suite_rng());
        memset(list->values, 0, list->n_numbers * sizeof *list->values);
        gsl_vector_view g = gsl_vector_view_array(list->gradients, list->n_numbers);
        gsl_vector_view moved = gsl_vector_view_array(list->values, list->n_numbers);
        double norm = gsl_blas_dnrm2(&g.vector), along;
        ref_training_options options = ref_training_defaults(REF_SGD);
        options.learning_rate = 1.0;
        options.max_norm = shares[n] * norm;
        trainer t = trainer_start(s, list, &options);
        CHECK_STATUS(trainer_step(&t), GSL_SUCCESS, "a step");
        double length = gsl_blas_dnrm2(&moved.vector);
        CHECK_CLOSE(trainer_norm(&t), norm, 1e-12 * norm, "the norm before it is clipped");
        CHECK_CLOSE(length / fmin(norm, options.max_norm), 1.0, 1e-6, "46: the norm after");
        gsl_blas_ddot(&g.vector, &moved.vector, &along);
        CHECK_CLOSE(along / (norm * length), -1.0, 1e-6, "the cosine of step and gradient");
        trainer_end(&t);
        ref_parameters_free(list);
    }
}
ON_EACH_SIDE(clipping)

/* loss = 1/2 sum c (p - goal)^2 with c from 1 to 10 */
static void descent_on(const side *s)
{
    for (int optimizer = REF_SGD; optimizer <= REF_ADAMW; optimizer++) {
        ref_parameters *list = weight_and_bias(4, 5);
        ref_training_options options = ref_training_defaults((ref_optimizer)optimizer);
        options.learning_rate = optimizer == REF_SGD ? 0.02 : 0.05;
        options.weight_decay = 0.0;
        options.schedule = REF_RATE_COSINE;
        options.n_steps = 800;
        randomize(list, suite_rng());
        double goal = 1.5, worst = 0.0;
        trainer t = trainer_start(s, list, &options);
        for (size_t step = 0; step < options.n_steps; step++) {
            for (size_t n = 0; n < list->n_numbers; n++) {
                double c = 1.0 + 9.0 * (double)n / (double)list->n_numbers;
                list->gradients[n] = c * (list->values[n] - goal);
            }
            trainer_step(&t);
        }
        for (size_t n = 0; n < list->n_numbers; n++) {
            worst = fmax(worst, fabs(list->values[n] - goal));
        }
        CHECK(worst < 1e-3, "optimizer %d ends %g away from the goal", optimizer, worst);
        trainer_end(&t);
        ref_parameters_free(list);
    }
}
ON_EACH_SIDE(descent)

/* ---- faults ---------------------------------------------------------------------------------- */

static void check_refusal(const side *s, size_t at, double gradient, double max_norm, int expected)
{
    ref_parameters *list = weight_and_bias(N_ROWS, N_COLS),
                   *before = weight_and_bias(N_ROWS, N_COLS);
    ref_training_options options = ref_training_defaults(REF_ADAMW);
    options.max_norm = max_norm;
    randomize(list, suite_rng());
    trainer t = trainer_start(s, list, &options);
    trainer_step(&t);
    memcpy(before->values, list->values, list->n_numbers * sizeof *list->values);
    list->gradients[at] = gradient;
    suite_forget_error();
    CHECK_STATUS(trainer_step(&t), expected, "a gradient that is not finite");
    bool is_refused = expected != GSL_SUCCESS;
    bool is_same = !memcmp(before->values, list->values, list->n_numbers * sizeof *list->values);
    CHECK(!is_refused || strchr(suite_last_error(), ' '), "no sentence: '%s'", suite_last_error());
    CHECK(is_same == is_refused, "gradient %zu = %g: the parameters %s", at, gradient,
          is_same ? "stay" : "have changed");
    CHECK(trainer_count(&t) == (is_refused ? 1 : 2), "%zu steps", trainer_count(&t));
    trainer_end(&t);
    ref_parameters_free(list);
    ref_parameters_free(before);
}

static void not_finite_on(const side *s)
{
    const size_t last = N_COLS + N_ROWS * N_COLS - 1;
    const size_t places[] = {0, N_COLS - 1, N_COLS, 4095, 4096, last};
    for (size_t n = 0; n < sizeof places / sizeof places[0]; n++) {
        check_refusal(s, places[n], NAN, INFINITY, GSL_EDOM);
        check_refusal(s, places[n], INFINITY, 1.0, GSL_EDOM);
        check_refusal(s, places[n], -INFINITY, 1.0, GSL_EDOM);
    }
    check_refusal(s, 5, 1e30, 1.0, GSL_SUCCESS); /* clipping makes it small again */
    check_refusal(s, 5, 1e-30, 1.0, GSL_SUCCESS);
    check_refusal(s, 5, 1e30, INFINITY, s->kernels ? GSL_EDOM : GSL_SUCCESS);
}
ON_EACH_SIDE(not_finite)

/* ---- schedules ------------------------------------------------------------------------------- */

static void schedules(void)
{
    static const struct {
        ref_schedule schedule;
        size_t n_warmup, step;
        double expected; /* of a peak of 8 that ends at step 20 at a quarter of it */
    } rows[] = {
        {REF_RATE_CONSTANT, 0, 1, 8.0},       {REF_RATE_CONSTANT, 4, 1, 2.0},
        {REF_RATE_CONSTANT, 4, 3, 6.0},       {REF_RATE_CONSTANT, 4, 4, 8.0},
        {REF_RATE_CONSTANT, 4, 1000, 8.0},    {REF_RATE_INVERSE_SQRT, 4, 2, 4.0},
        {REF_RATE_INVERSE_SQRT, 4, 4, 8.0},   {REF_RATE_INVERSE_SQRT, 4, 16, 4.0},
        {REF_RATE_INVERSE_SQRT, 4, 400, 0.8}, {REF_RATE_INVERSE_SQRT, 0, 1, 8.0},
        {REF_RATE_INVERSE_SQRT, 0, 4, 4.0},   {REF_RATE_LINEAR, 4, 2, 4.0},
        {REF_RATE_LINEAR, 4, 4, 8.0},         {REF_RATE_LINEAR, 4, 12, 5.0},
        {REF_RATE_LINEAR, 4, 20, 2.0},        {REF_RATE_LINEAR, 4, 21, 2.0},
        {REF_RATE_LINEAR, 0, 5, 6.5},         {REF_RATE_COSINE, 4, 4, 8.0},
        {REF_RATE_COSINE, 4, 12, 5.0},        {REF_RATE_COSINE, 4, 8, 5.0 + 3.0 * M_SQRT1_2},
        {REF_RATE_COSINE, 4, 20, 2.0},        {REF_RATE_COSINE, 4, 50, 2.0},
        {REF_RATE_COSINE, 10, 5, 4.0},
    };
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        ref_training_options options = ref_training_defaults(REF_ADAM);
        options.learning_rate = 8.0;
        options.schedule = rows[n].schedule;
        options.n_warmup = rows[n].n_warmup;
        options.n_steps = 20;
        options.final_share = 0.25;
        fast_training_options twin = narrow_options(&options);
        double wide = ref_learning_rate(&options, rows[n].step);
        CHECK_CLOSE(wide, rows[n].expected, 1e-14, "the learning rate");
        CHECK(fast_learning_rate(&twin, rows[n].step) == wide, "row %zu: another rate", n);
    }
}

static const test tests[] = {
    {"46: the first step of Adam goes by the sign of the gradient", first_adam_step},
    {"two steps of Adam, by hand", two_adam_steps},
    {"three steps of SGD with momentum, by hand", three_sgd_steps},
    {"weight decay pulls where it is declared, each optimizer in its way", decay},
    {"46: Adam does not see a factor of all gradients", scale},
    {"46: longer gradients are shortened, and keep their direction", clipping},
    {"each optimizer finds the bottom of a bowl", descent},
    {"a gradient that is not finite is refused, and nothing changes", not_finite},
    {"learning rates climb, stay and fall as they should", schedules},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
