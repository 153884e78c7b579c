/* Chapter 1 divides by the sum of the scores, and that breaks. The softmax does not,
 * if the largest score is subtracted first. */
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"
#include "reference/reweighting.h"
#include "reference/softmax.h"

#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

/* What every token has in common, to two decimals: the mean of the six vectors. */
static const double common_part[EXAMPLE_D_MODEL] = {0.40, 0.17, 0.47};

static void subtract_common_part(gsl_matrix *x)
{
    for (size_t p = 0; p < x->size2; p++) {
        gsl_vector_view column = gsl_matrix_column(x, p);
        gsl_vector_add_constant(&column.vector, -common_part[p]);
    }
}

static double row_sum(const gsl_matrix *x, size_t i)
{
    double sum = 0.0;
    for (size_t j = 0; j < x->size2; j++) {
        sum += gsl_matrix_get(x, i, j);
    }
    return sum;
}

static void print_rows(report *to, const gsl_matrix *scores, const gsl_matrix *divided,
                       const gsl_matrix *softmax)
{
    static const char *const headings[] = {"token", "smallest score", "largest score",
                                           "sum",   "largest weight", "softmax"};
    terminal_table *table = terminal_table_start(6, headings);
    for (size_t i = 0; i < scores->size1; i++) {
        gsl_vector_const_view s = gsl_matrix_const_row(scores, i);
        gsl_vector_const_view w = gsl_matrix_const_row(divided, i);
        gsl_vector_const_view p = gsl_matrix_const_row(softmax, i);
        double largest = GSL_MAX(gsl_vector_max(&w.vector), -gsl_vector_min(&w.vector));
        terminal_table_cell(table, FIGURE_QUERY, "%s", example_tokens[i]);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", gsl_vector_min(&s.vector));
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", gsl_vector_max(&s.vector));
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", row_sum(scores, i));
        terminal_table_cell(table, FIGURE_WEIGHT, "%.1f", largest);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.2f", gsl_vector_max(&p.vector));
    }
    terminal_print_table(&to->out, table);
}

void show_negative_sums(report *to, const settings *choices)
{
    (void)choices;
    gsl_matrix *x = example_matrix();
    gsl_matrix *scores = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_N_TOKENS);
    gsl_matrix *divided = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_N_TOKENS);
    gsl_matrix *softmax = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_N_TOKENS);
    subtract_common_part(x);
    // [negative-sums]
    program_check(ref_dot_weights(x, scores));
    program_check(ref_divide_by_sum(scores, divided));
    program_check(ref_softmax_forward(scores, softmax));
    // [negative-sums]

    terminal_heading(&to->out, "1. Chapter 1 divides by the sum");
    report_say(to, "The six words of the running example, less what they have in common. Their dot "
                   "products have both signs, so a row can add up to almost nothing.");
    report_print(to, "\n");
    print_rows(to, scores, divided, softmax);
    figure_heat_map map = {.title = "Divided by the sum: these are no weights",
                           .description = "Weights of both signs, up to more than a hundred.",
                           .row_labels = example_tokens,
                           .col_labels = example_tokens,
                           .cells = divided,
                           .scores = scores,
                           .decimals = 1};
    report_heat_map(to, "negative_sums", &map);

    double bank_sum = row_sum(scores, EXAMPLE_BANK_TOKEN);
    report_number(to, "bank_sum", bank_sum);
    report_number(to, "bank_divided", gsl_matrix_get(divided, EXAMPLE_BANK_TOKEN, 5));
    report_number(to, "bank_softmax", gsl_matrix_get(softmax, EXAMPLE_BANK_TOKEN, 5));
    report_number(to, "worst_divided", GSL_MAX(gsl_matrix_max(divided), -gsl_matrix_min(divided)));
    gsl_matrix_free(x);
    gsl_matrix_free(scores);
    gsl_matrix_free(divided);
    gsl_matrix_free(softmax);
}

/* Equation (2.1) as it stands on paper. It is not in the library: it overflows. */
// [naive-softmax]
static void naive_softmax(const gsl_vector *scores, gsl_vector *weights)
{
    double sum = 0.0;
    for (size_t j = 0; j < scores->size; j++) {
        gsl_vector_set(weights, j, exp(gsl_vector_get(scores, j)));
        sum += gsl_vector_get(weights, j);
    }
    gsl_vector_scale(weights, 1.0 / sum);
}
// [naive-softmax]

/* "0.090 0.245 0.665", and "nan" without the sign that some C libraries print before it. */
static void write_weights(const double *weights, char *text, size_t size)
{
    size_t n = 0;
    for (size_t j = 0; j < 3; j++) {
        int written = isnan(weights[j])
                          ? snprintf(text + n, size - n, "%snan", j > 0 ? " " : "")
                          : snprintf(text + n, size - n, "%s%.3f", j > 0 ? " " : "", weights[j]);
        n += (size_t)written;
    }
}

static void print_overflow(report *to, double (*rows)[3], size_t n_rows)
{
    static const char *const headings[] = {"scores", "as on paper, (2.1)", "shifted, (2.2)",
                                           "(2.3)"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t i = 0; i < n_rows; i++) {
        double naive[3], stable[3], lse[1];
        char text[64];
        gsl_vector_view naive_view = gsl_vector_view_array(naive, 3);
        gsl_vector_view lse_view = gsl_vector_view_array(lse, 1);
        gsl_matrix_view stable_view = gsl_matrix_view_array(stable, 1, 3);
        gsl_matrix_view scores = gsl_matrix_view_array(rows[i], 1, 3);
        gsl_vector_view row = gsl_matrix_row(&scores.matrix, 0);
        naive_softmax(&row.vector, &naive_view.vector);
        program_check(ref_softmax_forward(&scores.matrix, &stable_view.matrix));
        program_check(ref_log_sum_exp(&scores.matrix, &lse_view.vector));
        terminal_table_cell(table, FIGURE_AUTO, "%.0f, %.0f, %.0f", rows[i][0], rows[i][1],
                            rows[i][2]);
        write_weights(naive, text, sizeof(text));
        terminal_table_cell(table, FIGURE_FAINT, "%s", text);
        write_weights(stable, text, sizeof(text));
        terminal_table_cell(table, FIGURE_WEIGHT, "%s", text);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", lse[0]);
    }
    terminal_print_table(&to->out, table);
}

void show_overflow(report *to, const settings *choices)
{
    (void)choices;
    double rows[][3] = {{1, 2, 3}, {101, 102, 103}, {1001, 1002, 1003}, {-999, -998, -997}};
    terminal_heading(&to->out, "2. Softmax, and how it overflows");
    report_say(to, "Four rows of scores. The second to fourth are the first, shifted.");
    report_print(to, "\n");
    print_overflow(to, rows, 4);
    report_print(to, "\n");
    report_say(to, "The largest number that has an exponential: %.2f in double, %.2f in float32.",
               log(GSL_DBL_MAX), log((double)__FLT_MAX__));
    report_number(to, "exp_limit_double", log(GSL_DBL_MAX));
    report_number(to, "exp_limit_float", log((double)__FLT_MAX__));
}
