/* Every number of one query of the running example, with the numbers of the equations. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/figures/trace_lines.h"
#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_math.h>

static const char *const column_names[EXAMPLE_D_MODEL] = {"nature", "money", "grammar"};

/* "0.60 x 0.20 + 0.80 x 0.10": the products of two rows of numbers. */
static void write_products(char *text, size_t size, const gsl_vector *a, const gsl_vector *b,
                           const char *format)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t p = 0; p < a->size && length < size; p++) {
        length += (size_t)snprintf(text + length, size - length, "%s", p > 0 ? " + " : "");
        if (length < size) {
            length += (size_t)snprintf(text + length, size - length, format, gsl_vector_get(a, p),
                                       gsl_vector_get(b, p));
        }
    }
}

/* (1.1): the weights of the query times each column of the values. */
static void trace_sum(const report *to, const gsl_vector *weights, const gsl_matrix *values,
                      const char *format)
{
    for (size_t c = 0; c < values->size2; c++) {
        gsl_vector_const_view column = gsl_matrix_const_column(values, c);
        double sum = 0.0;
        gsl_blas_ddot(weights, &column.vector, &sum);
        char products[512];
        write_products(products, sizeof products, weights, &column.vector, format);
        report_say(to, "%s = %s = %.4f", column_names[c], products, sum);
    }
}

/* ---- Weights from position ------------------------------------------------------------------- */

static void trace_weights(const report *to, const settings *choices, size_t query,
                          const gsl_vector *raw, const gsl_vector *weights)
{
    static const char *const headings[] = {"j", "key", "u", "(1.2) K(u)", "(1.3) weight"};
    terminal_table *table = terminal_table_start(5, headings);
    for (size_t j = 0; j < EXAMPLE_N_TOKENS; j++) {
        double u = ((double)query - (double)j) / choices->bandwidth;
        terminal_table_cell(table, FIGURE_AUTO, "%zu", j);
        terminal_table_cell(table, FIGURE_KEY, "%s", example_tokens[j]);
        terminal_table_cell(table, FIGURE_AUTO, "%.2f", u);
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", gsl_vector_get(raw, j));
        terminal_table_cell(table, FIGURE_WEIGHT, "%.4f", gsl_vector_get(weights, j));
    }
    terminal_print_table(&to->out, table);
    report_gap(to);
    report_say(to, "The sum of K(u) is %.4f; each weight is K(u) / %.4f.", gsl_vector_sum(raw),
               gsl_vector_sum(raw));
}

/* Kernel regression of the tokens on their positions. */
static void regress(const settings *choices, const gsl_matrix *x, double bandwidth,
                    gsl_matrix *weights, gsl_matrix *output)
{
    gsl_vector *at = positions(EXAMPLE_N_TOKENS);
    program_check(
        ref_kernel_regression_forward(at, at, x, choices->proximity, bandwidth, weights, output));
    gsl_vector_free(at);
}

/* (1.4) in one call, and (1.5): the slope of each number of the output against the bandwidth. */
static void trace_slope(const report *to, const settings *choices, const gsl_matrix *x,
                        size_t query)
{
    gsl_vector *at = positions(EXAMPLE_N_TOKENS);
    gsl_matrix *weights = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_N_TOKENS);
    gsl_matrix *output = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    gsl_matrix *above = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    gsl_matrix *below = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    gsl_matrix *grad_output = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    double step = 1e-5 * choices->bandwidth;
    regress(choices, x, choices->bandwidth + step, weights, above);
    regress(choices, x, choices->bandwidth - step, weights, below);
    regress(choices, x, choices->bandwidth, weights, output);

    static const char *const headings[] = {"number", "(1.4) output", "(1.5) slope",
                                           "by differences"};
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t c = 0; c < EXAMPLE_D_MODEL; c++) {
        double slope = 0.0;
        gsl_matrix_set_zero(grad_output);
        gsl_matrix_set(grad_output, query, c, 1.0);
        program_check(ref_kernel_regression_backward(at, at, x, choices->proximity,
                                                     choices->bandwidth, weights, output,
                                                     grad_output, &slope));
        double difference = gsl_matrix_get(above, query, c) - gsl_matrix_get(below, query, c);
        terminal_table_cell(table, FIGURE_AUTO, "%s", column_names[c]);
        terminal_table_cell(table, FIGURE_CONTEXT, "%.4f", gsl_matrix_get(output, query, c));
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", slope);
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", difference / (2.0 * step));
    }
    terminal_print_table(&to->out, table);
    gsl_matrix_free(grad_output);
    gsl_matrix_free(below);
    gsl_matrix_free(above);
    gsl_matrix_free(output);
    gsl_matrix_free(weights);
    gsl_vector_free(at);
}

/* Whether some key is exactly one bandwidth away, where three of the kernels end. */
static bool stands_on_edge(const settings *choices, size_t query)
{
    bool ends = choices->proximity == REF_BOXCAR || choices->proximity == REF_TRIANGULAR ||
                choices->proximity == REF_EPANECHNIKOV;
    bool is_on_edge = false;
    for (size_t j = 0; j < EXAMPLE_N_TOKENS; j++) {
        is_on_edge = is_on_edge || fabs((double)query - (double)j) == choices->bandwidth;
    }
    return ends && is_on_edge;
}

static void trace_position(const report *to, const settings *choices, const gsl_matrix *x,
                           size_t query)
{
    gsl_vector *at = positions(EXAMPLE_N_TOKENS);
    gsl_matrix *raw = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_N_TOKENS);
    program_check(ref_proximity_weights(at, at, choices->proximity, choices->bandwidth, raw));
    gsl_matrix *weights =
        position_weights(EXAMPLE_N_TOKENS, choices->proximity, choices->bandwidth);
    gsl_vector_view raw_row = gsl_matrix_row(raw, query);
    gsl_vector_view row = gsl_matrix_row(weights, query);

    terminal_heading(&to->out, "Weights from position: (1.2), (1.3)");
    report_say(to, "u = (%zu - j) / %g, the kernel is %s.", query, choices->bandwidth,
               proximity_names[choices->proximity]);
    trace_weights(to, choices, query, &raw_row.vector, &row.vector);
    terminal_heading(&to->out, "The weighted sum: (1.1)");
    trace_sum(to, &row.vector, x, "%.4f x %.1f");
    terminal_heading(&to->out, "All in one call, and its slope: (1.4), (1.5)");
    trace_slope(to, choices, x, query);
    if (stands_on_edge(choices, query)) {
        report_say(to,
                   "A key stands on the edge of the kernel, where K has a corner or a jump: there "
                   "is no slope to compare with.");
    }

    gsl_matrix_free(weights);
    gsl_matrix_free(raw);
    gsl_vector_free(at);
}

/* ---- Weights from content -------------------------------------------------------------------- */

static void trace_content(const report *to, const gsl_matrix *x, size_t query)
{
    gsl_matrix *weights = dot_weights(x);
    gsl_vector_view row = gsl_matrix_row(weights, query);
    gsl_vector_const_view x_query = gsl_matrix_const_row(x, query);

    terminal_heading(&to->out, "Weights from content: (1.6)");
    for (size_t j = 0; j < EXAMPLE_N_TOKENS; j++) {
        gsl_vector_const_view x_j = gsl_matrix_const_row(x, j);
        char products[512];
        write_products(products, sizeof products, &x_query.vector, &x_j.vector, "%.1f x %.1f");
        report_say(to, "%s . %s = %s = %.2f", example_tokens[query], example_tokens[j], products,
                   gsl_vector_get(&row.vector, j));
    }
    terminal_heading(&to->out, "The weighted sum, not divided: (1.1)");
    trace_sum(to, &row.vector, x, "%.2f x %.1f");

    gsl_matrix *gram = program_matrix(EXAMPLE_D_MODEL, EXAMPLE_D_MODEL);
    gsl_matrix *output = program_matrix(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL);
    program_check(ref_dot_reweighting_reassociated(x, gram, output));
    terminal_heading(&to->out, "The same with the brackets moved: (1.7)");
    for (size_t c = 0; c < EXAMPLE_D_MODEL; c++) {
        report_say(to, "X^T X, row %s: %.2f %.2f %.2f", column_names[c], gsl_matrix_get(gram, c, 0),
                   gsl_matrix_get(gram, c, 1), gsl_matrix_get(gram, c, 2));
    }
    trace_sum(to, &x_query.vector, gram, "%.1f x %.2f");
    gsl_matrix_free(output);
    gsl_matrix_free(gram);
    gsl_matrix_free(weights);
}

void show_trace(report *to, const settings *choices)
{
    size_t query = trace_token(choices->trace, example_tokens, EXAMPLE_N_TOKENS);
    gsl_matrix *x = example_matrix();
    const double *x_query = gsl_matrix_const_ptr(x, query, 0);
    report_say(to, "Query %zu, '%s' = (%.1f, %.1f, %.1f), in 'she sat on the river bank'.", query,
               example_tokens[query], x_query[0], x_query[1], x_query[2]);
    trace_position(to, choices, x, query);
    trace_content(to, x, query);
    gsl_matrix_free(x);
}
