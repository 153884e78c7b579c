/* Every gradient of a small model against central differences, and the error of such differences by
 * the size of their step. */
#include "chapters/05_sequence_to_sequence/small_model.h"

#include "chapters/common/figures/step_curves.h"
#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

enum { N_SOURCE = 4, N_TARGET = 3, N_STEPS = 12 };

static const double usual_step = 1e-3;

/* Of a difference at that step: that of the loss, 1e-16, over the step; and room for machines that
 * round otherwise. */
static const double rounding = 1e-11;

/* All sizes differ that may, so that no wrong size and no transpose goes unseen. No parameter is 0,
 * where a wrong gradient can pass. */
static small_model *new_problem(gsl_rng *generator)
{
    const ref_encoder_decoder_shape shape = {.n_source = 5,
                                             .n_target = 6,
                                             .d_embedding = 3,
                                             .cell = REF_GRU,
                                             .n_encoder_hidden = 2,
                                             .n_encoder_layers = 1,
                                             .is_bidirectional = true,
                                             .n_hidden = 3,
                                             .n_layers = 1,
                                             .score = REF_SCORE_ADDITIVE,
                                             .d_attention = 7,
                                             .timing = REF_TIMING_BAHDANAU,
                                             .d_output = 8};
    small_model *of = small_model_new(&shape, N_SOURCE, N_TARGET);
    for (size_t i = 0; i < of->list->n_numbers; i++) {
        of->list->values[i] = gsl_ran_gaussian_ziggurat(generator, 0.6);
    }
    memcpy(of->source, (const int[]){3, 1, 4, 0}, sizeof(int[N_SOURCE]));
    memcpy(of->words, (const int[]){0, 2, 5}, sizeof(int[N_TARGET]));
    memcpy(of->targets, (const int[]){2, 5, 1}, sizeof(int[N_TARGET]));
    return of;
}

/* ---- Differences ----------------------------------------------------------------------------- */

/* (L(x + h) - L(x - h)) / 2h */
static double central(small_model *of, double *x, double h)
{
    double before = *x;
    *x = before + h;
    double right = small_model_loss(of);
    *x = before - h;
    double left = small_model_loss(of);
    *x = before;
    return (right - left) / (2.0 * h);
}

/* (L(x + h) - L(x)) / h */
static double one_sided(small_model *of, double *x, double h)
{
    double before = *x, here = small_model_loss(of);
    *x = before + h;
    double right = small_model_loss(of);
    *x = before;
    return (right - here) / h;
}

/* ---- At one step ----------------------------------------------------------------------------- */

/* What a group of parameters has come to. */
typedef struct {
    size_t n;
    double largest, error, estimate;
} outcome;

/* The error of a central difference falls with h^2, so a step and its half tell how large it is:
 * 4/3 (D(h) - D(h/2)). A gradient is right if it is off by no more than that. */
static void compare(small_model *of, size_t i, outcome *group)
{
    double *x = &of->list->values[i], gradient = of->list->gradients[i];
    // [error-estimate]
    double whole = central(of, x, usual_step), half = central(of, x, 0.5 * usual_step);
    double estimate = 4.0 / 3.0 * fabs(whole - half), error = fabs(whole - gradient);
    // [error-estimate]
    if (!(error <= 2.0 * estimate + 1e-10)) {
        program_fail("number %zu of the parameters: its gradient %.10g is off by %g, and "
                     "differences by %g",
                     i, gradient, error, estimate);
    }
    group->n++;
    group->largest = GSL_MAX(group->largest, fabs(gradient));
    group->error = GSL_MAX(group->error, error);
    group->estimate = GSL_MAX(group->estimate, estimate);
}

static outcome compare_group(small_model *of, const char *prefix)
{
    outcome group = {0};
    for (size_t p = 0; p < of->list->n_parameters; p++) {
        const ref_parameter *one = &of->list->parameters[p];
        for (size_t i = 0;
             strncmp(one->name, prefix, strlen(prefix)) == 0 && i < one->n_rows * one->n_cols;
             i++) {
            compare(of, one->offset + i, &group);
        }
    }
    return group;
}

static void show_table(report *to, small_model *of)
{
    static const char *const headings[] = {"parameters", "numbers", "largest gradient",
                                           "largest error", "as estimated"};
    static const char *const prefixes[] = {"source.",  "target.",    "encoder.",     "bridge.",
                                           "decoder.", "attention.", "attentional.", "output."};
    terminal_table *table = terminal_table_start(5, headings);
    outcome all = {0};
    small_model_backward(of);
    for (size_t g = 0; g < sizeof prefixes / sizeof prefixes[0]; g++) {
        outcome group = compare_group(of, prefixes[g]);
        terminal_table_cell(table, FIGURE_AUTO, "%s*", prefixes[g]);
        terminal_table_cell(table, FIGURE_AUTO, "%zu", group.n);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", group.largest);
        terminal_table_cell(table, FIGURE_AUTO, "%.0e", group.error);
        terminal_table_cell(table, FIGURE_AUTO, "%.0e", group.estimate);
        all.n += group.n;
        all.error = GSL_MAX(all.error, group.error);
    }
    if (all.n != of->list->n_numbers) {
        program_fail("%zu numbers were compared, and there are %zu", all.n, of->list->n_numbers);
    }
    report_say(to,
               "A bidirectional GRU reads 4 words, a GRU writes 3 with additive attention in the "
               "order of Bahdanau. Each of its %zu numbers is moved by h = %g to both sides:",
               all.n, usual_step);
    report_gap(to);
    terminal_print_table(&to->out, table);
    report_gap(to);
    report_say(to,
               "The error is that of the differences, not of the gradients: half the step makes "
               "a quarter of it, and that predicts its size.");
    report_number(to, "gradient_numbers", (double)all.n);
    report_measured(to, "gradient_worst_error", all.error, rounding);
}

/* ---- Over all steps -------------------------------------------------------------------------- */

typedef double difference(small_model *of, double *x, double h);

/* The largest error over U of the encoder, that reads to the right. */
static double worst_of_one(small_model *of, difference *how, double h)
{
    const ref_parameter *one = ref_parameters_find(of->list, "encoder.0.right.weight_h");
    double worst = 0.0;
    for (size_t i = one->offset; i < one->offset + one->n_rows * one->n_cols; i++) {
        double numeric = how(of, &of->list->values[i], h);
        worst = GSL_MAX(worst, fabs(numeric - of->list->gradients[i]));
    }
    return worst;
}

/* Where the curves end is rounding, which differs from machine to machine: it is drawn, and what is
 * printed holds everywhere. */
static void print_steps(report *to, const gsl_vector *of_central, const gsl_vector *of_one_sided)
{
    size_t best = gsl_vector_min_index(of_central), other = gsl_vector_min_index(of_one_sided);
    report_gap(to);
    report_say(to,
               "Over many steps, for U of the encoder alone. Central differences at h = 0.1, 0.01, "
               "0.001: %.0e, %.0e, %.0e, a hundredth for a tenth of the step. One-sided ones: "
               "%.0e, %.0e, %.0e, a tenth for a tenth. Then rounding takes over: the best step is "
               "larger for central differences (%s), and they get further (%s).",
               gsl_vector_get(of_central, 0), gsl_vector_get(of_central, 1),
               gsl_vector_get(of_central, 2), gsl_vector_get(of_one_sided, 0),
               gsl_vector_get(of_one_sided, 1), gsl_vector_get(of_one_sided, 2),
               best < other ? "yes" : "no",
               gsl_vector_min(of_central) < 0.1 * gsl_vector_min(of_one_sided) ? "yes" : "no");
    report_measured(to, "central_error_2", gsl_vector_get(of_central, 1), rounding);
    report_measured(to, "central_error_3", gsl_vector_get(of_central, 2), rounding);
    report_measured(to, "one_sided_error_2", gsl_vector_get(of_one_sided, 1), rounding);
    report_measured(to, "one_sided_error_3", gsl_vector_get(of_one_sided, 2), rounding);
}

static void show_steps(report *to, small_model *of)
{
    step_curves curves = step_curves_alloc();
    for (size_t n = 0; n < N_STEP_SIZES; n++) {
        double h = gsl_vector_get(curves.steps, n);
        gsl_vector_set(curves.first, n, worst_of_one(of, central, h));
        gsl_vector_set(curves.second, n, worst_of_one(of, one_sided, h));
    }
    print_steps(to, curves.first, curves.second);
    step_curves_draw(to, "gradient_steps", &curves,
                     &(step_curves_text){"Error of differences, by the size of the step",
                                         "Two curves like a U. The left arms are rounding and lie "
                                         "close together; the right arm of central differences is "
                                         "twice as steep.",
                                         "central", "one-sided"});
    step_curves_free(&curves);
}

void show_gradients(report *to, const settings *choices)
{
    gsl_rng *generator = new_generator(choices->seed);
    small_model *of = new_problem(generator);
    terminal_heading(&to->out, "Gradients");
    show_table(to, of);
    show_steps(to, of);
    small_model_free(of);
    gsl_rng_free(generator);
}
