/* Every number of one token of the running example, with the equations of the chapter. */
#include "chapters/03_query_key_value/trace.h"

#include "chapters/common/figures/trace_lines.h"
#include <math.h>

enum { N = EXAMPLE_N_TOKENS };

/* ---- Forward --------------------------------------------------------------------------------- */

static void print_scores(const report *to, const example *of, size_t token)
{
    gsl_vector_const_view q = gsl_matrix_const_row(of->cache.q, token);
    report_print(to, "\n(3.4) score s = scale q.k, scale = 1/sqrt(2) = %.4f\n", of->scale);
    for (size_t j = 0; j < N; j++) {
        terminal_print(&to->out, FIGURE_KEY, "  %-6s", example_tokens[j]);
        gsl_vector_const_view k = gsl_matrix_const_row(of->cache.k, j);
        double sum = trace_products(to, &q.vector, 2, &k.vector, 2);
        report_print(to, " = %.4f, * scale = %.4f\n", sum, gsl_matrix_get(of->scores, token, j));
    }
}

static void print_weights(const report *to, const example *of, size_t token)
{
    static const char *const headings[] = {"key", "score s", "exp(s - m)", "weight p"};
    gsl_vector_const_view scores = gsl_matrix_const_row(of->scores, token);
    double m = gsl_vector_max(&scores.vector), sum = 0.0;
    terminal_table *table = terminal_table_start(4, headings);
    for (size_t j = 0; j < N; j++) {
        double s = gsl_vector_get(&scores.vector, j);
        sum += exp(s - m);
        terminal_table_cell(table, FIGURE_KEY, "%s", example_tokens[j]);
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", s);
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", exp(s - m));
        terminal_table_cell(table, FIGURE_WEIGHT, "%.4f",
                            gsl_matrix_get(of->cache.weights, token, j));
    }
    report_print(to, "\n(3.5) weight p = exp(s - m) / sum, m = %.4f, sum = %.4f\n\n", m, sum);
    terminal_print_table(&to->out, table);
}

static void print_output(const report *to, const example *of, size_t token)
{
    static const char *const columns[] = {"nature", "money"};
    gsl_vector_const_view weights = gsl_matrix_const_row(of->cache.weights, token);
    report_print(to, "\n(3.6) output y = sum of weight * value\n");
    for (size_t c = 0; c < EXAMPLE_D_V; c++) {
        report_print(to, "  %-6s ", columns[c]);
        gsl_vector_const_view values = gsl_matrix_const_column(of->cache.v, c);
        report_print(to, "\n         = %.4f\n",
                     trace_products(to, &weights.vector, 3, &values.vector, 1));
    }
}

/* ---- The whole trace ------------------------------------------------------------------------- */

void show_trace(report *to, const settings *choices)
{
    size_t token = trace_token(choices->trace, example_tokens, N);
    example of = example_run();
    gsl_vector_const_view x = gsl_matrix_const_row(of.x, token);
    terminal_heading(&to->out, "Token %zu, '%s'", token, example_tokens[token]);
    trace_row(to, FIGURE_AUTO, "x = ", &x.vector, 1);
    report_print(to, "   nature, money, grammar\n\n(3.1) query q = x W_Q\n");
    trace_projection(to, "q", &x.vector, 1, of.parameters.weight_q);
    report_print(to, "(3.2) key k = x W_K\n");
    trace_projection(to, "k", &x.vector, 1, of.parameters.weight_k);
    report_print(to, "(3.3) value v = x W_V\n");
    trace_projection(to, "v", &x.vector, 1, of.parameters.weight_v);
    print_scores(to, &of, token);
    print_weights(to, &of, token);
    print_output(to, &of, token);
    print_backward(to, &of, token);
    example_free(&of);
}
