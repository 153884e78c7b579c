/* Where the normalisation stands, with and without warm-up, and what the residual is for. */
#include "chapters/04_multi_head/ladder.h"
#include "chapters/04_multi_head/stack.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <stdio.h>

enum { N_EPOCHS = 5, N_DEPTHS = 4, N_CURVES = 4, D_SMALL = 32 };

static const char *const curve_names[N_CURVES] = {"pre-norm", "pre-norm, warm-up", "post-norm",
                                                  "post-norm, warm-up"};
static const char *const curve_keys[N_CURVES] = {"pre", "pre_warm_up", "post", "post_warm_up"};

/* Twice what they moved between the kernels of three instruction sets; post-norm without warm-up
 * does not learn, and where it ends is chance. */
static const double tolerances[N_CURVES] = {0.01, 0.01, 0.5, 0.02};

/* ---- Pre-norm against post-norm -------------------------------------------------------------- */

static plan norm_plan(const settings *choices, size_t curve, size_t n_layers)
{
    plan how = rung_plan(choices, false, RUNG_FOUR_HEADS);
    how.wish.d_model = D_SMALL;
    how.wish.n_hidden = 2 * D_SMALL;
    how.wish.n_layers = n_layers;
    how.wish.norm = curve < 2 ? REF_PRE_NORM : REF_POST_NORM;
    how.options.n_epochs = GSL_MIN(how.options.n_epochs, N_EPOCHS);
    how.options.learning_rate = 0.01; /* high, so that the difference shows */
    how.options.warm_up = curve % 2 == 1 ? 0.15 : 0.0;
    return how;
}

/* Held-out loss, epoch by epoch. */
static gsl_vector *curve_of(const pupil *one)
{
    gsl_vector *losses = program_vector(one->n_epochs);
    for (size_t e = 0; e < one->n_epochs; e++) {
        gsl_vector_set(losses, e, one->epochs[e].score.loss);
    }
    return losses;
}

static void show_curves(report *to, const settings *choices, const lesson *of)
{
    size_t n_epochs = norm_plan(choices, 0, N_DEPTHS).options.n_epochs;
    gsl_vector *epochs = program_vector(n_epochs), *losses[N_CURVES];
    figure_series series[N_CURVES] = {0};
    for (size_t e = 0; e < n_epochs; e++) {
        gsl_vector_set(epochs, e, (double)(e + 1));
    }
    for (size_t c = 0; c < N_CURVES; c++) {
        char name[64];
        plan how = norm_plan(choices, c, N_DEPTHS);
        pupil one = pupil_train(of, &how);
        losses[c] = curve_of(&one);
        series[c] = (figure_series){.name = curve_names[c], .x = epochs, .y = losses[c]};
        snprintf(name, sizeof name, "norm_%s", curve_keys[c]);
        report_measured(to, name, one.score.accuracy, tolerances[c]);
        pupil_free(&one);
    }
    report_plot(to, "norm_curves",
                &(figure_plot){.title = "Four blocks at a high learning rate: held-out loss",
                               .description = "Four curves over five epochs.",
                               .x_label = "epoch",
                               .y_label = "cross-entropy",
                               .series = series,
                               .n_series = N_CURVES});
    gsl_vector_free(epochs);
    for (size_t c = 0; c < N_CURVES; c++) {
        gsl_vector_free(losses[c]);
    }
}

/* ---- With and without residual --------------------------------------------------------------- */

static void show_residual(report *to, const settings *choices)
{
    enum { N = 3, N_STEPS = 800, STEPS_PER_EPOCH = 100 };
    size_t n_steps = choices->epochs > 0 ? STEPS_PER_EPOCH * choices->epochs : N_STEPS;
    static const size_t depths[N] = {1, 2, 4};
    static const char *const headings[] = {"blocks", "with residual", "without"};
    double errors[2 * N];
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < 2 * N; i++) { /* the deepest first: it takes longest */
        errors[i] = stack_error(choices->implementation, choices->seed, depths[N - 1 - i / 2],
                                i % 2 == 0, n_steps);
    }
    terminal_table *table = terminal_table_start(3, headings);
    for (size_t d = 0; d < N; d++) {
        terminal_table_cell(table, FIGURE_AUTO, "%zu", depths[d]);
        for (size_t r = 0; r < 2; r++) {
            char name[64];
            double error = errors[2 * (N - 1 - d) + r];
            terminal_table_cell(table, FIGURE_AUTO, "%.3f", error);
            snprintf(name, sizeof name, "%s_%zu", r == 0 ? "residual" : "no_residual", depths[d]);
            /* Three tables of kernels and the other side moved what learns by 5e-5, and four blocks
             * without residual connections, which do not, by 0.2. */
            report_measured(to, name, error, depths[d] == 4 && r == 1 ? 0.3 : 0.1);
        }
    }
    report_gap(to);
    report_say(to, "The cards of part 1, learned by stacks of blocks with their residual "
                   "connections and without. Error left over on rows that nobody has seen; "
                   "answering 0 is 1:");
    report_gap(to);
    terminal_print_table(&to->out, table);
}

void show_norms(report *to, const settings *choices)
{
    terminal_heading(&to->out, "4. Normalisation and residual");
    lesson of = lesson_embedded("upos", choices->vectors);
    show_curves(to, choices, &of);
    show_residual(to, choices);
    lesson_free(&of);
}
