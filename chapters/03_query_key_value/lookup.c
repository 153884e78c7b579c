/* The look-up: every method of the course so far on memories that nobody has seen. */
#include "chapters/03_query_key_value/lookup.h"

#include "chapters/common/program/program.h"
#include "reference/reweighting.h"
#include <gsl/gsl_blas.h>
#include <math.h>

enum { N_STEPS = 400, N_BATCH = 32, N_METHODS = 5 };

static const char *const method_names[N_METHODS] = {"mean", "proximity", "dot product",
                                                    "learned, tied", "learned"};

/* ---- Without learning ------------------------------------------------------------------------ */

/* How the questions of one memory weigh its records; weights is (N_GUESTS x N_GUESTS). */
typedef void fixed_method(const party *of, const size_t *owners, const gsl_matrix *records,
                          gsl_matrix *weights);

static void weigh_alike(const party *of, const size_t *owners, const gsl_matrix *records,
                        gsl_matrix *weights)
{
    (void)of, (void)owners, (void)records;
    gsl_matrix_set_all(weights, 1.0 / N_GUESTS);
}

/* Chapter 1: near in the memory to the record of who asks. */
static void weigh_by_proximity(const party *of, const size_t *owners, const gsl_matrix *records,
                               gsl_matrix *weights)
{
    (void)of, (void)records;
    gsl_vector *rows = program_vector(N_GUESTS), *places = program_vector(N_GUESTS);
    for (size_t row = 0; row < N_GUESTS; row++) {
        gsl_vector_set(rows, row, (double)row);
        gsl_vector_set(places, owners[row], (double)row);
    }
    program_check(ref_proximity_weights(places, rows, REF_GAUSSIAN, 1.0, weights));
    program_check(ref_divide_by_sum(weights, weights));
    gsl_vector_free(rows);
    gsl_vector_free(places);
}

/* Chapter 2: the name that is asked for with the names of the records. */
static void weigh_by_dot(const party *of, const size_t *owners, const gsl_matrix *records,
                         gsl_matrix *weights)
{
    (void)owners;
    gsl_matrix_const_view k = gsl_matrix_const_submatrix(records, 0, 0, N_GUESTS, D_NAME);
    gsl_matrix_const_view v = gsl_matrix_const_submatrix(records, 0, D_NAME, N_GUESTS, D_NAME);
    gsl_matrix *output = program_matrix(N_GUESTS, D_NAME);
    program_check(ref_attention_forward(of->names, &k.matrix, &v.matrix, REF_DOT,
                                        1.0 / sqrt((double)D_NAME), NULL, weights, output));
    gsl_matrix_free(output);
}

static double fixed_accuracy(const party *of, const memories *all, fixed_method *weigh)
{
    gsl_matrix *weights = program_matrix(N_GUESTS, N_GUESTS);
    gsl_matrix *output = program_matrix(N_GUESTS, D_V);
    gsl_matrix *logits = program_matrix(all->n * N_GUESTS, N_CARDS);
    for (size_t m = 0; m < all->n; m++) {
        size_t first = m * N_GUESTS;
        gsl_matrix_const_view records =
            gsl_matrix_const_submatrix(all->records, first, 0, N_GUESTS, D_RECORD);
        gsl_matrix_const_view cards =
            gsl_matrix_const_submatrix(all->records, first, D_NAME, N_GUESTS, D_NAME);
        gsl_matrix_view answers = gsl_matrix_submatrix(logits, first, 0, N_GUESTS, N_CARDS);
        weigh(of, all->owners + first, &records.matrix, weights);
        gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, weights, &cards.matrix, 0.0, output);
        gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, 1.0, output, of->read_out, 0.0, &answers.matrix);
    }
    double share = share_right(logits, all);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
    gsl_matrix_free(logits);
    return share;
}

/* ---- With learning --------------------------------------------------------------------------- */

/* What a training leaves: its curve, its pictures and its score. */
typedef struct {
    gsl_vector *losses;         /* (N_STEPS) */
    gsl_matrix *before, *after; /* weights of one memory, (N_GUESTS x N_GUESTS) */
    double accuracy;            /* on the held-out memories */
} trained;

static trained train(const party *of, const settings *choices, bool is_tied,
                     const memories *held_out, const memories *picture)
{
    trained result = {program_vector(N_STEPS), program_matrix(N_GUESTS, N_GUESTS),
                      program_matrix(N_GUESTS, N_GUESTS), 0.0};
    gsl_rng *generator = new_generator(choices->seed + 1);
    memories all = memories_alloc(N_BATCH);
    // [lookup-training]
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.01;
    learner student = learner_new(of, choices->implementation, is_tied, &options, 1.0, generator);
    learner_weights(&student, picture, result.before);
    for (size_t step = 0; step < N_STEPS; step++) {
        memories_deal(of, generator, true, &all);
        gsl_vector_set(result.losses, step, learner_step(&student, &all));
    }
    // [lookup-training]
    learner_weights(&student, picture, result.after);
    result.accuracy = learner_accuracy(&student, held_out);
    learner_free(&student);
    memories_free(&all);
    gsl_rng_free(generator);
    return result;
}

static void free_trained(trained *result)
{
    gsl_vector_free(result->losses);
    gsl_matrix_free(result->before);
    gsl_matrix_free(result->after);
}

/* ---- What comes out -------------------------------------------------------------------------- */

static void draw_losses(report *to, const trained *tied, const trained *free)
{
    gsl_vector *steps = program_vector(N_STEPS), *guess = program_vector(N_STEPS);
    for (size_t step = 0; step < N_STEPS; step++) {
        gsl_vector_set(steps, step, (double)(step + 1));
    }
    gsl_vector_set_all(guess, log(N_CARDS));
    figure_series series[] = {
        {.name = "learned", .x = steps, .y = free->losses, .role = FIGURE_CONTEXT},
        {.name = "W_Q = W_K", .x = steps, .y = tied->losses, .role = FIGURE_KEY},
        {.name = "ln 8, a guess", .x = steps, .y = guess, .role = FIGURE_FAINT}};
    report_plot(to, "lookup_loss",
                &(figure_plot){.title = "Loss of the look-up, step by step",
                               .description = "One curve falls to 0, the other stays far above it.",
                               .x_label = "step",
                               .y_label = "cross-entropy",
                               .series = series,
                               .n_series = 3});
    gsl_vector_free(steps);
    gsl_vector_free(guess);
}

static void draw_weights(report *to, const char *name, const char *title, const gsl_matrix *cells)
{
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "Twelve questions by twelve records; a table "
                                                      "is a block of three by three.",
                                       .row_title = "question",
                                       .col_title = "record",
                                       .row_labels = guest_names,
                                       .col_labels = guest_names,
                                       .cells = cells,
                                       .min = 0.0,
                                       .max = 1.0});
}

static void report_methods(report *to, const double *accuracy)
{
    /* No difference was seen between gcc and clang, three tables of kernels and three seeds. The
     * tolerance is that of a few questions of 2400. What is not trained is exact. */
    static const char *const keys[N_METHODS] = {"mean", "proximity", "dot", "tied", "learned"};
    static const double tolerances[N_METHODS] = {0.0, 0.0, 0.0, 0.004, 0.001};
    gsl_vector_const_view values = gsl_vector_const_view_array(accuracy, N_METHODS);
    for (size_t m = 0; m < N_METHODS; m++) {
        char name[64];
        snprintf(name, sizeof name, "lookup_%s", keys[m]);
        if (tolerances[m] > 0.0) {
            report_measured(to, name, accuracy[m], tolerances[m]);
        } else {
            report_number(to, name, accuracy[m]);
        }
    }
    report_bars(to, "lookup_methods",
                &(figure_bars){.title = "Right answers on held-out memories",
                               .description = "Three short bars, one half as long, one full.",
                               .value_label = "share of right answers",
                               .labels = method_names,
                               .values = &values.vector,
                               .role = FIGURE_CONTEXT,
                               .decimals = 3,
                               .limit_label = "a guess, 1 of 8",
                               .limit = 1.0 / N_CARDS});
}

static void run(report *to, const settings *choices, const party *of)
{
    gsl_rng *generator = new_generator(choices->seed + 2);
    memories held_out = memories_alloc(MAX_MEMORIES), picture = memories_alloc(1);
    memories_deal(of, generator, true, &held_out);
    memories_deal(of, generator, false, &picture);
    trained tied = train(of, choices, true, &held_out, &picture);
    trained untied = train(of, choices, false, &held_out, &picture);
    const double accuracy[N_METHODS] = {fixed_accuracy(of, &held_out, weigh_alike),
                                        fixed_accuracy(of, &held_out, weigh_by_proximity),
                                        fixed_accuracy(of, &held_out, weigh_by_dot), tied.accuracy,
                                        untied.accuracy};
    report_methods(to, accuracy);
    report_gap(to);
    draw_losses(to, &tied, &untied);
    report_gap(to);
    draw_weights(to, "lookup_before", "Weights before training", untied.before);
    report_gap(to);
    draw_weights(to, "lookup_after", "Weights after training", untied.after);
    report_gap(to);
    draw_weights(to, "lookup_tied", "Weights after training, W_Q = W_K", tied.after);
    free_trained(&tied);
    free_trained(&untied);
    memories_free(&held_out);
    memories_free(&picture);
    gsl_rng_free(generator);
}

void show_lookup(report *to, const settings *choices)
{
    gsl_rng *generator = new_generator(choices->seed);
    party of = party_new(generator);
    terminal_heading(&to->out, "3. A look-up that must be learned");
    report_say(to,
               "Twelve guests at four tables of three, each with a card. The question is a name, "
               "the answer the card of the guest to the right. %d steps of Adam, %d memories each; "
               "then %d memories that nobody has seen.",
               N_STEPS, N_BATCH, MAX_MEMORIES);
    report_number(to, "lookup_steps", N_STEPS);
    report_number(to, "lookup_batch", N_BATCH);
    report_number(to, "lookup_tested", MAX_MEMORIES);
    report_gap(to);
    if (choices->check) {
        check_lookup(to, &of, false, choices->seed);
        check_lookup(to, &of, true, choices->seed);
        report_gap(to);
    }
    run(to, choices, &of);
    party_free(&of);
    gsl_rng_free(generator);
}
