/* How large W_Q and W_K begin, how sharp the weights are then, and what is learned from there. */
#include "chapters/03_query_key_value/lookup.h"

#include "chapters/common/program/program.h"
#include <math.h>

enum { N_FACTORS = 7, N_STEPS = 100, N_BATCH = 32 };

/* Of the last loss: at least twice the largest difference between gcc and clang, three tables of
 * kernels and three seeds. From sharp weights the training is chaotic. */
static const double tolerances[N_FACTORS] = {1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 0.2, 1.7};

static const double factors[N_FACTORS] = {0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0};

/* What follows from one factor. */
typedef struct {
    double entropy; /* of the weights at step 0, mean of the questions */
    double first;   /* loss at step 0 */
    double last;    /* loss after N_STEPS */
} begun;

static double mean_entropy(const gsl_matrix *weights)
{
    double sum = 0.0;
    for (size_t i = 0; i < weights->size1; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(weights, i);
        sum += entropy(&row.vector);
    }
    return sum / (double)weights->size1;
}

static begun begin_with(const party *of, const settings *choices, double factor)
{
    gsl_rng *generator = new_generator(choices->seed + 1);
    memories all = memories_alloc(N_BATCH);
    gsl_matrix *weights = program_matrix(N_GUESTS, N_GUESTS);
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.01;
    learner student = learner_new(of, choices->implementation, false, &options, factor, generator);
    begun result = {0.0, 0.0, 0.0};
    for (size_t step = 0; step <= N_STEPS; step++) {
        memories_deal(of, generator, true, &all);
        if (step == 0) {
            learner_weights(&student, &all, weights);
            result.entropy = mean_entropy(weights);
        }
        double loss = learner_step(&student, &all);
        result.first = step == 0 ? loss : result.first;
        result.last = loss;
    }
    learner_free(&student);
    memories_free(&all);
    gsl_matrix_free(weights);
    gsl_rng_free(generator);
    return result;
}

static void draw(report *to, const gsl_vector *entropies)
{
    gsl_vector_const_view x = gsl_vector_const_view_array(factors, N_FACTORS);
    gsl_vector *uniform = program_vector(N_FACTORS);
    gsl_vector_set_all(uniform, log(N_GUESTS));
    figure_series series[] = {
        {.name = "at step 0", .x = &x.vector, .y = entropies, .role = FIGURE_WEIGHT},
        {.name = "ln 12, uniform", .x = &x.vector, .y = uniform, .role = FIGURE_FAINT}};
    report_plot(to, "initial_entropy",
                &(figure_plot){.title = "Entropy of the weights before training",
                               .description = "A curve that falls from ln 12 towards 0.",
                               .x_label = "factor on the initial values",
                               .y_label = "entropy",
                               .series = series,
                               .n_series = 2,
                               .is_log_x = true});
    gsl_vector_free(uniform);
}

void show_initialisation(report *to, const settings *choices)
{
    static const char *const headings[] = {"factor", "entropy", "loss at 0", "loss at 100"};
    terminal_table *table = terminal_table_start(4, headings);
    gsl_rng *generator = new_generator(choices->seed);
    party of = party_new(generator);
    gsl_vector *entropies = program_vector(N_FACTORS);
    terminal_heading(&to->out, "7. Where to begin");
    report_say(to,
               "The initial values of Glorot and Bengio, times a factor: entropy of the weights "
               "before training, and the loss before and after %d steps of Adam.",
               N_STEPS);
    report_gap(to);
    for (size_t f = 0; f < N_FACTORS; f++) {
        begun result = begin_with(&of, choices, factors[f]);
        gsl_vector_set(entropies, f, result.entropy);
        terminal_table_cell(table, FIGURE_AUTO, "%g", factors[f]);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", result.entropy);
        terminal_table_cell(table, FIGURE_AUTO, "%.2f", result.first);
        terminal_table_cell(table, FIGURE_AUTO, "%.2f", result.last);
        char name[64];
        snprintf(name, sizeof name, "entropy_%g", factors[f]);
        report_measured(to, name, result.entropy, 1e-6);
        snprintf(name, sizeof name, "loss_from_%g", factors[f]);
        report_measured(to, name, result.last, tolerances[f]);
    }
    terminal_print_table(&to->out, table);
    report_number(to, "initial_steps", N_STEPS);
    report_gap(to);
    draw(to, entropies);
    gsl_vector_free(entropies);
    party_free(&of);
    gsl_rng_free(generator);
}
