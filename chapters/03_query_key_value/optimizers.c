/* How a gradient becomes a step, on the look-up; and what a training on one memory learns. */
#include "chapters/03_query_key_value/lookup.h"

#include "chapters/common/program/program.h"
#include <math.h>

enum { N_STEPS = 200, N_BATCH = 32, N_METHODS = 6, ADAM = 2, N_TESTED = 50 };

/* What is told to each. */
typedef struct {
    const char *name, *key;
    double tolerance; /* of the last loss */
    ref_optimizer optimizer;
    double learning_rate, momentum;
    size_t n_warmup;
    ref_schedule schedule;
} method;

/* Rates near the best of 0.003, 0.01, 0.03, ..., 10 for three seeds; and Adam at ten times its rate,
 * without and with a warm-up. The tolerances are at least twice the largest difference between gcc
 * and clang, three tables of kernels and three seeds: 0.64 without warm-up, where the training does
 * not settle, 4e-4 with it, else below 1e-8. */
// [methods]
static const method methods[N_METHODS] = {
    {"SGD", "sgd", 1e-6, REF_SGD, 1.0, 0.0, 0, REF_RATE_CONSTANT},
    {"SGD, momentum 0.9", "momentum", 1e-6, REF_SGD, 0.3, 0.9, 0, REF_RATE_CONSTANT},
    {"Adam", "adam", 1e-6, REF_ADAM, 0.03, 0.0, 0, REF_RATE_CONSTANT},
    {"AdamW", "adamw", 1e-6, REF_ADAMW, 0.03, 0.0, 0, REF_RATE_CONSTANT},
    {"Adam, 10 x rate", "hot", 1.3, REF_ADAM, 0.3, 0.0, 0, REF_RATE_CONSTANT},
    {"warm-up, then cosine", "warmup", 1e-3, REF_ADAM, 0.3, 0.0, 20, REF_RATE_COSINE},
};
// [methods]

static ref_training_options options_of(const method *m)
{
    ref_training_options options = ref_training_defaults(m->optimizer);
    options.learning_rate = m->learning_rate;
    options.momentum = m->momentum;
    options.n_warmup = m->n_warmup;
    options.schedule = m->schedule;
    options.n_steps = N_STEPS;
    return options;
}

/* Train with one method; all begin with the same values and meet the same memories. */
static double train(const party *of, const settings *choices, const method *m,
                    const memories *held_out, gsl_vector *losses)
{
    gsl_rng *generator = new_generator(choices->seed + 1);
    memories all = memories_alloc(N_BATCH);
    ref_training_options options = options_of(m);
    learner student = learner_new(of, choices->implementation, false, &options, 1.0, generator);
    for (size_t step = 0; step < N_STEPS; step++) {
        memories_deal(of, generator, true, &all);
        gsl_vector_set(losses, step, learner_step(&student, &all));
    }
    double accuracy = learner_accuracy(&student, held_out);
    learner_free(&student);
    memories_free(&all);
    gsl_rng_free(generator);
    return accuracy;
}

/* The first step whose loss is below a bound, N_STEPS if there is none. */
static size_t first_below(const gsl_vector *losses, double bound)
{
    size_t step = 0;
    while (step < losses->size && gsl_vector_get(losses, step) >= bound) {
        step++;
    }
    return step;
}

static void print_method(report *to, terminal_table *table, const method *m,
                         const gsl_vector *losses, double accuracy)
{
    size_t step = first_below(losses, 0.1);
    terminal_table_cell(table, FIGURE_AUTO, "%s", m->name);
    terminal_table_cell(table, FIGURE_AUTO, "%g", m->learning_rate);
    terminal_table_cell(table, FIGURE_AUTO, "%.3f", gsl_vector_get(losses, N_STEPS - 1));
    terminal_table_cell(table, FIGURE_AUTO, step < N_STEPS ? "%zu" : "never", step);
    terminal_table_cell(table, FIGURE_AUTO, "%.3f", accuracy);
    char name[64];
    snprintf(name, sizeof name, "last_loss_%s", m->key);
    report_measured(to, name, gsl_vector_get(losses, N_STEPS - 1), m->tolerance);
    snprintf(name, sizeof name, "steps_%s", m->key);
    report_measured(to, name, (double)step, 1.0);
    snprintf(name, sizeof name, "rate_%s", m->key);
    report_number(to, name, m->learning_rate);
}

static void draw_losses(report *to, gsl_matrix *losses)
{
    gsl_vector *steps = program_vector(N_STEPS);
    gsl_vector_view rows[N_METHODS];
    figure_series series[N_METHODS];
    for (size_t step = 0; step < N_STEPS; step++) {
        gsl_vector_set(steps, step, (double)(step + 1));
    }
    for (size_t m = 0; m < N_METHODS; m++) {
        rows[m] = gsl_matrix_row(losses, m);
        series[m] = (figure_series){.name = methods[m].name, .x = steps, .y = &rows[m].vector};
    }
    report_plot(to, "optimizers",
                &(figure_plot){.title = "Loss of the look-up, by six trainings",
                               .description = "Five curves that fall, and one that stays high.",
                               .x_label = "step",
                               .y_label = "cross-entropy",
                               .series = series,
                               .n_series = N_METHODS,
                               .is_log_y = true});
    gsl_vector_free(steps);
}

static void compare_methods(report *to, const settings *choices, const party *of,
                            const memories *held_out)
{
    static const char *const headings[] = {"optimizer", "rate", "last loss", "below 0.1 at",
                                           "held out"};
    terminal_table *table = terminal_table_start(5, headings);
    gsl_matrix *losses = program_matrix(N_METHODS, N_STEPS);
    for (size_t m = 0; m < N_METHODS; m++) {
        gsl_vector_view row = gsl_matrix_row(losses, m);
        double accuracy = train(of, choices, &methods[m], held_out, &row.vector);
        print_method(to, table, &methods[m], &row.vector, accuracy);
    }
    terminal_print_table(&to->out, table);
    report_gap(to);
    draw_losses(to, losses);
    gsl_matrix_free(losses);
}

/* One memory again and again: it can be learned by heart, and that helps nobody else. */
static void learn_by_heart(report *to, const settings *choices, const party *of,
                           const memories *held_out)
{
    gsl_rng *generator = new_generator(choices->seed + 1);
    memories one = memories_alloc(1);
    ref_training_options options = options_of(&methods[ADAM]);
    learner student = learner_new(of, choices->implementation, false, &options, 1.0, generator);
    memories_deal(of, generator, true, &one);
    double loss = 0.0;
    for (size_t step = 0; step < N_STEPS; step++) {
        loss = learner_step(&student, &one);
    }
    double own = learner_accuracy(&student, &one), others = learner_accuracy(&student, held_out);
    report_gap(to);
    report_say(
        to,
        "One memory, %d steps: the loss is %s, %.0f %% of its questions are right, and "
        "%.0f %% of those about other memories. A model that cannot learn one batch by heart "
        "has a bug; one that has done so has learned little.",
        N_STEPS, loss < 0.01 ? "below 0.01" : "above 0.01", 100.0 * own, 100.0 * others);
    report_measured(to, "heart_own", own, 0.001);
    report_measured(to, "heart_others", others, 0.004);
    learner_free(&student);
    memories_free(&one);
    gsl_rng_free(generator);
}

void show_optimizers(report *to, const settings *choices)
{
    gsl_rng *generator = new_generator(choices->seed);
    party of = party_new(generator);
    memories held_out = memories_alloc(N_TESTED);
    memories_deal(&of, generator, true, &held_out);
    terminal_heading(&to->out, "6. Optimizers");
    report_number(to, "optimizer_steps", N_STEPS);
    report_number(to, "warmup_steps", (double)methods[N_METHODS - 1].n_warmup);
    compare_methods(to, choices, &of, &held_out);
    learn_by_heart(to, choices, &of, &held_out);
    memories_free(&held_out);
    party_free(&of);
    gsl_rng_free(generator);
}
