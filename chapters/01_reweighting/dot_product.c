/* Weights from content: dot products of the tokens of the running example. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>

/* ---- The weights ----------------------------------------------------------------------------- */

/* Scores and weights of 'bank'. */
static void print_row_of_bank(const report *to, const gsl_matrix *scores, const gsl_matrix *weights)
{
    terminal_heading(&to->out, "The row of 'bank'");
    static const char *const headings[] = {"key", "bank . key", "weight"};
    terminal_table *table = terminal_table_start(3, headings);
    for (size_t j = 0; j < EXAMPLE_N_TOKENS; j++) {
        terminal_table_cell(table, FIGURE_KEY, "%s", example_tokens[j]);
        terminal_table_cell(table, FIGURE_AUTO, "%.2f",
                            gsl_matrix_get(scores, EXAMPLE_BANK_TOKEN, j));
        terminal_table_cell(table, FIGURE_WEIGHT, "%.3f",
                            gsl_matrix_get(weights, EXAMPLE_BANK_TOKEN, j));
    }
    terminal_print_table(&to->out, table);
    report_gap(to);
}

void show_dot_weights(report *to, const settings *choices)
{
    (void)choices;
    gsl_matrix *x = example_matrix();
    gsl_matrix *scores = dot_weights(x);
    report_heat_map(to, "dot",
                    &(figure_heat_map){.title = "X X^T: every token with every token",
                                       .description = "A symmetric map; river and bank stand out.",
                                       .cell_title = "score",
                                       .row_labels = example_tokens,
                                       .col_labels = example_tokens,
                                       .cells = scores,
                                       .min = 0.0,
                                       .has_marked_row = true,
                                       .marked_row = EXAMPLE_BANK_TOKEN});

    gsl_matrix *weights = program_matrix(scores->size1, scores->size2);
    program_check(ref_divide_by_sum(scores, weights));
    gsl_matrix *output = reweighted(weights, x);
    const double *bank = gsl_matrix_const_ptr(output, EXAMPLE_BANK_TOKEN, 0);
    print_row_of_bank(to, scores, weights);
    report_say(
        to, "No position was used, and 'bank' finds the river: its output is (%.2f, %.2f, %.2f).",
        bank[0], bank[1], bank[2]);
    gsl_matrix_free(x);
    gsl_matrix_free(scores);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
}

/* ---- Shuffled words -------------------------------------------------------------------------- */

/* The outputs with proximity weights, or with dot products divided by their sum. */
static gsl_matrix *mixed(const gsl_matrix *x, bool is_by_content, const settings *choices)
{
    gsl_matrix *weights;
    if (is_by_content) {
        weights = dot_weights(x);
        program_check(ref_divide_by_sum(weights, weights));
    } else {
        weights = position_weights(x->size1, choices->proximity, choices->bandwidth);
    }
    gsl_matrix *output = reweighted(weights, x);
    gsl_matrix_free(weights);
    return output;
}

/* "bank sat on the river she": the first word and the last have changed places. */
static const size_t swapped[EXAMPLE_N_TOKENS] = {5, 1, 2, 3, 4, 0};

static gsl_matrix *swap_rows(const gsl_matrix *x)
{
    gsl_matrix *other = program_matrix(x->size1, x->size2);
    for (size_t i = 0; i < x->size1; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(x, swapped[i]);
        gsl_matrix_set_row(other, i, &row.vector);
    }
    return other;
}

static void print_output(terminal_table *table, const char *weights, const char *order,
                         const gsl_matrix *output)
{
    terminal_table_cell(table, FIGURE_AUTO, "%s", weights);
    terminal_table_cell(table, FIGURE_AUTO, "%s", order);
    for (size_t c = 0; c < output->size2; c++) {
        terminal_table_cell(table, FIGURE_CONTEXT, "%.3f",
                            gsl_matrix_get(output, EXAMPLE_BANK_TOKEN, c));
    }
}

/* Reweight the sentence in both orders; the largest difference between the outputs of a word. */
static double compare_orders(terminal_table *table, const gsl_matrix *x, bool is_by_content,
                             const settings *choices)
{
    const char *weights = is_by_content ? "dot product" : "proximity";
    gsl_matrix *output = mixed(x, is_by_content, choices);
    gsl_matrix *x_swapped = swap_rows(x);
    gsl_matrix *output_swapped = mixed(x_swapped, is_by_content, choices);
    gsl_matrix *put_back = swap_rows(output_swapped); /* to swap twice is not to swap */
    print_output(table, weights, "she .. bank", output);
    print_output(table, weights, "bank .. she", put_back);
    double difference = largest_difference(output, put_back);
    if (is_by_content) {
        must_agree(output, put_back, 1e-12, "dot-product outputs in both orders");
    }
    gsl_matrix_free(put_back);
    gsl_matrix_free(output_swapped);
    gsl_matrix_free(x_swapped);
    gsl_matrix_free(output);
    return difference;
}

void show_order(report *to, const settings *choices)
{
    gsl_matrix *x = example_matrix();
    report_say(to, "What becomes of 'bank' in 'she sat on the river bank' and in 'bank sat on the "
                   "river she':");
    static const char *const headings[] = {"weights", "order", "nature", "money", "grammar"};
    terminal_table *table = terminal_table_start(5, headings);
    double by_position = compare_orders(table, x, false, choices);
    double by_content = compare_orders(table, x, true, choices);
    terminal_print_table(&to->out, table);
    report_gap(to);
    report_say(
        to,
        "Largest difference between the orders: %.3f with proximity, %.0e with dot products. "
        "Content does not know where it stands.",
        by_position, by_content);
    report_number(to, "order_proximity", by_position);
    report_number(to, "order_dot", by_content);
    gsl_matrix_free(x);
}

/* ---- The brackets moved ---------------------------------------------------------------------- */

/* Both sides are two products of matrices; a multiplication with its addition counts as two. */
static void print_costs(const report *to)
{
    static const struct {
        double n, d;
    } sizes[] = {{6, 3}, {20, 100}, {100, 100}, {1000, 64}, {100000, 64}};
    static const char *const headings[] = {"n", "d", "(X X^T) X", "X (X^T X)", "times fewer"};
    terminal_table *table = terminal_table_start(5, headings);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        double n = sizes[i].n, d = sizes[i].d;
        terminal_table_cell(table, FIGURE_AUTO, "%.0f", n);
        terminal_table_cell(table, FIGURE_AUTO, "%.0f", d);
        terminal_table_cell(table, FIGURE_AUTO, "%.0f", 4.0 * n * n * d);
        terminal_table_cell(table, FIGURE_AUTO, "%.0f", 4.0 * n * d * d);
        terminal_table_cell(table, FIGURE_AUTO, "%.4g", n / d);
    }
    terminal_print_table(&to->out, table);
}

/* Reweight both ways; the largest difference, as a share of the largest output. */
static double compare_brackets(const gsl_matrix *x)
{
    gsl_matrix *weights = program_matrix(x->size1, x->size1);
    gsl_matrix *gram = program_matrix(x->size2, x->size2);
    gsl_matrix *output = program_matrix(x->size1, x->size2);
    gsl_matrix *moved = program_matrix(x->size1, x->size2);
    program_check(ref_dot_reweighting(x, weights, output));
    program_check(ref_dot_reweighting_reassociated(x, gram, moved));
    double largest = GSL_MAX(gsl_matrix_max(output), -gsl_matrix_min(output));
    double difference = must_agree(output, moved, 1e-12 * largest, "both orders of brackets");
    gsl_matrix_free(weights);
    gsl_matrix_free(gram);
    gsl_matrix_free(output);
    gsl_matrix_free(moved);
    return difference / largest;
}

void show_brackets(report *to, const settings *choices)
{
    gsl_matrix *x = example_matrix();
    double on_example = compare_brackets(x);
    gsl_matrix *many = program_matrix(200, 20);
    gsl_rng *rng = new_generator(choices->seed);
    for (size_t i = 0; i < many->size1 * many->size2; i++) {
        many->data[i] = gsl_ran_gaussian(rng, 1.0);
    }
    double on_many = compare_brackets(many);
    report_say(to,
               "Largest difference between the two, as a share of the largest output: %.0e on the "
               "running example, %.0e on 200 random tokens of 20 numbers.",
               on_example, on_many);
    report_gap(to);
    report_say(to, "Operations that they cost:");
    print_costs(to);
    gsl_rng_free(rng);
    gsl_matrix_free(many);
    gsl_matrix_free(x);
}
