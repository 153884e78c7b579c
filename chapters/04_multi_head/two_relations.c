/* What chapter 3 cannot do: one softmax averages, and two relations need two maps. */
#include "chapters/04_multi_head/attention_layer.h"
#include "chapters/04_multi_head/cards.h"
#include "chapters/04_multi_head/parts.h"

#include "chapters/common/program/program.h"

enum { D_HEADS = 6, N_STEPS = 500, N_BATCH = 16, N_TEST = 200 };

/* ---- A learner ------------------------------------------------------------------------------- */

/* What a training leaves. */
typedef struct {
    size_t n_parameters;
    gsl_vector *losses;  /* (N_STEPS) squared error of each step */
    gsl_matrix *weights; /* (n_heads N_CARDS x N_CARDS) of the row in the picture */
    double error;        /* on rows that nobody has seen, as a share of guessing 0 */
} trained;

/* The mean error over rows of cards and that of answering 0; with is_training the gradients too. */
static double pass(attention_layer *layer, gsl_rng *rng, size_t n_rows, bool is_training,
                   double *guess)
{
    gsl_matrix *x = program_matrix(N_CARDS, D_CARD), *y = program_matrix(N_CARDS, D_ANSWER);
    gsl_matrix *answers = program_matrix(N_CARDS, D_ANSWER);
    gsl_matrix *grad_y = program_matrix(N_CARDS, D_ANSWER);
    double sum = 0.0, share = 1.0 / (double)n_rows, of_zeros;
    int colours[N_CARDS];
    *guess = 0.0;
    for (size_t r = 0; r < n_rows; r++) {
        deal_cards(rng, x, answers, colours);
        attention_layer_forward(layer, x, y);
        sum += share * cards_error(y, answers, &of_zeros);
        *guess += share * of_zeros;
        if (is_training) {
            cards_error_backward(y, answers, share, grad_y);
            attention_layer_backward(layer, x, grad_y);
        }
    }
    gsl_matrix_free(x);
    gsl_matrix_free(y);
    gsl_matrix_free(answers);
    gsl_matrix_free(grad_y);
    return sum;
}

static trained train_heads(const settings *choices, size_t n_heads, const gsl_matrix *picture)
{
    const attention_layer_shape shape = {D_CARD, n_heads, D_HEADS, D_ANSWER, 2, N_CARDS};
    gsl_rng *rng = new_generator(choices->seed);
    ref_parameters *list = ref_parameters_alloc();
    attention_layer_declare(list, &shape);
    program_check(ref_parameters_allocate(list));
    program_check(ref_parameters_initialize(list, rng));
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.02;
    options.schedule = REF_RATE_LINEAR;
    options.n_steps = N_STEPS;
    trainee of = trainee_new(list, choices->implementation, &options);
    attention_layer *layer = attention_layer_alloc(&of, &shape);
    trained result = {ref_parameters_count(list), program_vector(N_STEPS),
                      program_matrix(n_heads * N_CARDS, N_CARDS), 0.0};
    double guess;
    for (size_t step = 0; step < N_STEPS; step++) {
        trainee_zero_gradients(&of);
        gsl_vector_set(result.losses, step, pass(layer, rng, N_BATCH, true, &guess));
        trainee_step(&of, attention_layer_context(layer));
    }
    result.error = pass(layer, rng, N_TEST, false, &guess) / guess;
    gsl_matrix_memcpy(result.weights, attention_layer_weights(layer, picture));
    attention_layer_free(layer);
    trainee_free(&of);
    gsl_rng_free(rng);
    return result;
}

/* ---- What comes out -------------------------------------------------------------------------- */

static void draw_losses(report *to, const trained *one, const trained *two)
{
    gsl_vector *steps = program_vector(N_STEPS);
    for (size_t s = 0; s < N_STEPS; s++) {
        gsl_vector_set(steps, s, (double)(s + 1));
    }
    figure_series series[] = {
        {.name = "one head of 6", .x = steps, .y = one->losses, .role = FIGURE_KEY},
        {.name = "two heads of 3", .x = steps, .y = two->losses, .role = FIGURE_CONTEXT}};
    report_plot(to, "two_relations_loss",
                &(figure_plot){.title = "Two answers for each card: loss, step by step",
                               .description = "One head stays at about half of where it began; two "
                                              "heads fall to almost nothing.",
                               .x_label = "step",
                               .y_label = "squared error",
                               .series = series,
                               .n_series = 2});
    gsl_vector_free(steps);
}

static void draw_head(report *to, const char *name, const char *title, const gsl_matrix *all,
                      size_t head, const int *colours)
{
    const char *labels[N_CARDS];
    for (size_t i = 0; i < N_CARDS; i++) {
        labels[i] = colour_names[colours[i]];
    }
    gsl_matrix_const_view cells =
        gsl_matrix_const_submatrix(all, head * N_CARDS, 0, N_CARDS, N_CARDS);
    report_gap(to);
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "Eight cards that look at each other.",
                                       .row_labels = labels,
                                       .col_labels = labels,
                                       .cells = &cells.matrix,
                                       .max = 1.0});
}

static void print_errors(report *to, const trained *one, const trained *two)
{
    static const char *const headings[] = {"heads", "columns a head", "parameters",
                                           "error left over"};
    terminal_table *table = terminal_table_start(4, headings);
    const trained *const both[] = {one, two};
    for (size_t t = 0; t < 2; t++) {
        terminal_table_cell(table, FIGURE_AUTO, "%zu", t + 1);
        terminal_table_cell(table, FIGURE_AUTO, "%d", D_HEADS / (int)(t + 1));
        terminal_table_cell(table, FIGURE_AUTO, "%zu", both[t]->n_parameters);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", both[t]->error);
    }
    terminal_print_table(&to->out, table);
    /* the two sides, and the kernels among themselves, were seen to differ far less than that */
    report_measured(to, "one_head_error", one->error, 0.02);
    report_measured(to, "two_heads_error", two->error, 0.02);
    report_number(to, "one_head_parameters", (double)one->n_parameters);
    report_number(to, "two_heads_parameters", (double)two->n_parameters);
}

void show_two_relations(report *to, const settings *choices)
{
    gsl_rng *rng = new_generator(choices->seed + 1);
    gsl_matrix *picture = program_matrix(N_CARDS, D_CARD);
    gsl_matrix *answers = program_matrix(N_CARDS, D_ANSWER);
    int colours[N_CARDS];
    deal_cards(rng, picture, answers, colours);
    terminal_heading(&to->out, "1. What chapter 3 cannot do: two relations at once");
    report_say(to,
               "Eight cards in a row, two of each colour, %d numbers on each. Asked for, of every "
               "card: the numbers of the card to its left, and those of the other card of its "
               "colour. Error left over: squared error on %d rows that nobody has seen, over that "
               "of answering 0.",
               N_NUMBERS, N_TEST);
    report_gap(to);
    report_say(to,
               "From p a + q b with independent a and b, a is known up to 1 - p^2 / (p^2 + q^2) "
               "and b up to 1 - q^2 / (p^2 + q^2): together 1 of 2. One softmax leaves at "
               "least 0.5, however it shares its weights.");
    report_gap(to);
    trained one = train_heads(choices, 1, picture), two = train_heads(choices, 2, picture);
    print_errors(to, &one, &two);
    report_gap(to);
    draw_losses(to, &one, &two);
    draw_head(to, "two_relations_one", "One head: both relations share a row of weights",
              one.weights, 0, colours);
    draw_head(to, "two_relations_first", "Two heads, the first", two.weights, 0, colours);
    draw_head(to, "two_relations_second", "Two heads, the second", two.weights, 1, colours);
    trained *const both[] = {&one, &two};
    for (size_t t = 0; t < 2; t++) {
        gsl_vector_free(both[t]->losses);
        gsl_matrix_free(both[t]->weights);
    }
    gsl_matrix_free(picture);
    gsl_matrix_free(answers);
    gsl_rng_free(rng);
}
