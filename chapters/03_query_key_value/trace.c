/* Every number of one token of the running example, with the equations of the chapter. */
#include "chapters/03_query_key_value/trace.h"

#include "chapters/common/program/program.h"
#include "chapters/common/program/spelling.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

/* ---- What is traced -------------------------------------------------------------------------- */

/* A position as typed: a number or a word. */
static size_t find_token(const char *typed)
{
    char *end;
    unsigned long number = strtoul(typed, &end, 10);
    if (*typed >= '0' && *typed <= '9' && *end == '\0' && number < N) {
        return (size_t)number;
    }
    for (size_t i = 0; i < N; i++) {
        if (strcmp(example_tokens[i], typed) == 0) {
            return i;
        }
    }
    const char *nearest = spelling_nearest(typed, example_tokens, N);
    program_message("--trace expects a token or its number, 0 to %d, and not '%s'%s%s%s", N - 1,
                    typed, nearest ? " (nearest: '" : "", nearest ? nearest : "",
                    nearest ? "')" : "");
    exit(PROGRAM_USAGE);
}

void print_row(const report *to, figure_role role, const char *name, const gsl_matrix *a, size_t i,
               int decimals)
{
    report_print(to, "%s", name);
    for (size_t c = 0; c < a->size2; c++) {
        double value = gsl_matrix_get(a, i, c);
        value = fabs(value) < 0.5 * pow(10.0, -decimals) ? 0.0 : value; /* never -0.00 */
        terminal_print(&to->out, role, "%s%.*f", c == 0 ? "(" : ", ", decimals, value);
    }
    terminal_print(&to->out, role, ")");
}

/* ---- Forward --------------------------------------------------------------------------------- */

/* "q0 = 0.60*0.0 + 0.80*3.0 + 0.10*0.0 = 2.40", a line a column */
static void print_projection(const report *to, const char *letter, const example *of,
                             const gsl_matrix *weight, size_t token)
{
    for (size_t c = 0; c < weight->size2; c++) {
        double sum = 0.0;
        report_print(to, "  %s%zu = ", letter, c);
        for (size_t p = 0; p < D; p++) {
            double x = gsl_matrix_get(of->x, token, p), w = gsl_matrix_get(weight, p, c);
            report_print(to, "%s%.1f*%.1f", p > 0 ? " + " : "", x, w);
            sum += x * w;
        }
        report_print(to, " = %.2f\n", sum);
    }
}

static void print_scores(const report *to, const example *of, size_t token)
{
    report_print(to, "\n(3.4) score s = scale q.k, scale = 1/sqrt(2) = %.4f\n", of->scale);
    for (size_t j = 0; j < N; j++) {
        terminal_print(&to->out, FIGURE_KEY, "  %-6s", example_tokens[j]);
        double sum = 0.0;
        for (size_t p = 0; p < EXAMPLE_D_K; p++) {
            double q = gsl_matrix_get(of->cache.q, token, p);
            double k = gsl_matrix_get(of->cache.k, j, p);
            report_print(to, "%s%.2f*%.2f", p > 0 ? " + " : "", q, k);
            sum += q * k;
        }
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
    report_print(to, "\n(3.6) output y = sum of weight * value\n");
    for (size_t c = 0; c < EXAMPLE_D_V; c++) {
        report_print(to, "  %-6s ", columns[c]);
        for (size_t j = 0; j < N; j++) {
            report_print(to, "%s%.3f*%.1f", j > 0 ? " + " : "",
                         gsl_matrix_get(of->cache.weights, token, j),
                         gsl_matrix_get(of->cache.v, j, c));
        }
        report_print(to, "\n         = %.4f\n", gsl_matrix_get(of->output, token, c));
    }
}

/* ---- The whole trace ------------------------------------------------------------------------- */

void show_trace(report *to, const settings *choices)
{
    size_t token = find_token(choices->trace);
    example of = example_run();
    terminal_heading(&to->out, "Token %zu, '%s'", token, example_tokens[token]);
    print_row(to, FIGURE_AUTO, "x = ", of.x, token, 1);
    report_print(to, "   nature, money, grammar\n\n(3.1) query q = x W_Q\n");
    print_projection(to, "q", &of, of.parameters.weight_q, token);
    report_print(to, "(3.2) key k = x W_K\n");
    print_projection(to, "k", &of, of.parameters.weight_k, token);
    report_print(to, "(3.3) value v = x W_V\n");
    print_projection(to, "v", &of, of.parameters.weight_v, token);
    print_scores(to, &of, token);
    print_weights(to, &of, token);
    print_output(to, &of, token);
    print_backward(to, &of, token);
    example_free(&of);
}
