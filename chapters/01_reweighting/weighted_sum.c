/* The equation of the course, (1.1): as loops, as a product, and its special cases. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_machine.h>

// [loops]
/* output_ic = sum_j weights_ij values_jc */
static void reweight_with_loops(const gsl_matrix *weights, const gsl_matrix *values,
                                gsl_matrix *output)
{
    for (size_t i = 0; i < output->size1; i++) {
        for (size_t c = 0; c < output->size2; c++) {
            double sum = 0.0;
            for (size_t j = 0; j < values->size1; j++) {
                sum += gsl_matrix_get(weights, i, j) * gsl_matrix_get(values, j, c);
            }
            gsl_matrix_set(output, i, c, sum);
        }
    }
}
// [loops]

static void print_tokens(const report *to, const gsl_matrix *x)
{
    static const char *const headings[] = {"token", "nature", "money", "grammar"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t i = 0; i < x->size1; i++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[i]);
        for (size_t c = 0; c < x->size2; c++) {
            terminal_table_cell(table, FIGURE_VALUE, "%.1f", gsl_matrix_get(x, i, c));
        }
    }
    terminal_print_table(&to->out, table);
}

/* A row of weights with a name. What the weights may be decides where the sum can lie. */
typedef struct {
    const char *name;
    const char *reaches;
    double weights[EXAMPLE_N_TOKENS];
} special_case;

static const special_case special_cases[] = {
    {"one-hot", "a copy", {0, 0, 0, 0, 1, 0}},
    {"uniform", "the mean", {1 / 6., 1 / 6., 1 / 6., 1 / 6., 1 / 6., 1 / 6.}},
    {"top 2", "between two", {0, 0, 0, 0, 0.42, 0.58}},
    {"sum 1", "inside the hull", {0.1, 0.1, 0.1, 0.1, 0.3, 0.3}},
    {"sum 3", "in the cone", {0.5, 0.5, 0.5, 0.5, 0.5, 0.5}},
    {"signs", "anywhere", {0, 0, 0, 0, -1, 1}},
};

enum { N_CASES = sizeof special_cases / sizeof special_cases[0] };

static void print_special_cases(const report *to, const gsl_matrix *x)
{
    gsl_matrix *weights = program_matrix(N_CASES, EXAMPLE_N_TOKENS);
    for (size_t i = 0; i < N_CASES; i++) {
        for (size_t j = 0; j < EXAMPLE_N_TOKENS; j++) {
            gsl_matrix_set(weights, i, j, special_cases[i].weights[j]);
        }
    }
    gsl_matrix *output = reweighted(weights, x);
    static const char *const headings[] = {"weights", "reach", "nature", "money", "grammar"};
    terminal_table *table = terminal_table_start(5, headings);
    for (size_t i = 0; i < N_CASES; i++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", special_cases[i].name);
        terminal_table_cell(table, FIGURE_AUTO, "%s", special_cases[i].reaches);
        for (size_t c = 0; c < x->size2; c++) {
            terminal_table_cell(table, FIGURE_CONTEXT, "%.2f", gsl_matrix_get(output, i, c));
        }
    }
    terminal_print_table(&to->out, table);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
}

static void show_identity(const report *to, const gsl_matrix *x)
{
    gsl_matrix *identity = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_N_TOKENS);
    gsl_matrix_set_identity(identity);
    report_heat_map(to, "identity",
                    &(figure_heat_map){.title = "Every token looks at itself alone",
                                       .description = "A diagonal from upper left to lower right.",
                                       .row_labels = example_tokens,
                                       .col_labels = example_tokens,
                                       .cells = identity,
                                       .min = 0.0,
                                       .max = 1.0,
                                       .decimals = 1});
    gsl_matrix *output = reweighted(identity, x);
    must_agree(output, x, 0.0, "the tokens and their copies");
    report_say(to, "The output is the input: a map that we can trust.");
    gsl_matrix_free(output);
    gsl_matrix_free(identity);
}

void show_weighted_sum(report *to, const settings *choices)
{
    (void)choices;
    gsl_matrix *x = example_matrix();
    print_tokens(to, x);
    draw_idea(to);

    gsl_matrix *weights = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_N_TOKENS);
    gsl_matrix_set_all(weights, 1.0 / EXAMPLE_N_TOKENS);
    gsl_matrix *by_loops = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    reweight_with_loops(weights, x, by_loops);
    gsl_matrix *by_product = reweighted(weights, x);
    /* Sums of six products, each below 1: rounding may move the last digit, and no other. */
    double difference =
        must_agree(by_loops, by_product, EXAMPLE_N_TOKENS * GSL_DBL_EPSILON, "loops and product");
    report_gap(to);
    report_say(to,
               "Every weight is 1/6: each output is the mean, (%.2f, %.2f, %.2f). Loops and matrix "
               "product differ by %.1g.",
               gsl_matrix_get(by_loops, 0, 0), gsl_matrix_get(by_loops, 0, 1),
               gsl_matrix_get(by_loops, 0, 2), difference);
    report_number(to, "mean_nature", gsl_matrix_get(by_loops, 0, 0));
    report_number(to, "mean_money", gsl_matrix_get(by_loops, 0, 1));
    report_number(to, "mean_grammar", gsl_matrix_get(by_loops, 0, 2));

    terminal_heading(&to->out, "What the weights can be");
    print_special_cases(to, x);
    terminal_heading(&to->out, "A map that we know");
    show_identity(to, x);

    gsl_matrix_free(x);
    gsl_matrix_free(weights);
    gsl_matrix_free(by_loops);
    gsl_matrix_free(by_product);
}
