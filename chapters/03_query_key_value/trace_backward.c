/* The backward half of a trace: from the gradient of one output to those of W_Q, W_K and W_V. */
#include "chapters/03_query_key_value/trace.h"

#include "chapters/common/figures/trace_lines.h"
#include "chapters/common/program/program.h"
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

/* The gradients of everything. */
typedef struct {
    gsl_matrix *output, *x;
    ref_query_key_value parameters;
    ref_query_key_value_cache cache;
    double d; /* D = dy . y */
} gradients;

static gradients backward(const example *of, size_t token)
{
    gradients g = {
        .output = program_matrix(N, EXAMPLE_D_V),
        .x = program_matrix(N, D),
        .parameters = {.weight_q = program_matrix(D, EXAMPLE_D_K),
                       .weight_k = program_matrix(D, EXAMPLE_D_K),
                       .weight_v = program_matrix(D, EXAMPLE_D_V)},
        .cache = {program_matrix(N, EXAMPLE_D_K), program_matrix(N, EXAMPLE_D_K),
                  program_matrix(N, EXAMPLE_D_V), program_matrix(N, N)},
    };
    gsl_matrix_set(g.output, token, 0, 1.0);
    gsl_matrix_set(g.output, token, 1, -1.0);
    program_check(ref_query_key_value_backward(of->x, of->x, &of->parameters, of->scale, NULL,
                                               &of->cache, of->output, g.output, g.x, g.x,
                                               &g.parameters, &g.cache));
    g.d = gsl_matrix_get(of->output, token, 0) - gsl_matrix_get(of->output, token, 1);
    return g;
}

static void free_gradients(gradients *g)
{
    gsl_matrix *const all[] = {g->output,
                               g->x,
                               g->parameters.weight_q,
                               g->parameters.weight_k,
                               g->parameters.weight_v,
                               g->cache.q,
                               g->cache.k,
                               g->cache.v,
                               g->cache.weights};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}

/* Zero instead of a number that would be printed as -0.0000. */
static double tidy(double x)
{
    return fabs(x) < 5e-5 ? 0.0 : x;
}

static void print_scores_table(const report *to, const example *of, const gradients *g,
                               size_t token)
{
    static const char *const headings[] = {"key", "p", "dp = dy.v", "dp - D", "ds = p (dp - D)"};
    terminal_table *table = terminal_table_start(5, headings);
    for (size_t j = 0; j < N; j++) {
        double dp = gsl_matrix_get(of->cache.v, j, 0) - gsl_matrix_get(of->cache.v, j, 1);
        terminal_table_cell(table, FIGURE_KEY, "%s", example_tokens[j]);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.4f",
                            gsl_matrix_get(of->cache.weights, token, j));
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", tidy(dp));
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", tidy(dp - g->d));
        terminal_table_cell(table, FIGURE_AUTO, "%.4f",
                            tidy(gsl_matrix_get(g->cache.weights, token, j)));
    }
    terminal_print_table(&to->out, table);
}

static void print_keys_and_values(const report *to, const gradients *g)
{
    static const char *const headings[] = {"token", "dk 0", "dk 1", "dv 0", "dv 1"};
    terminal_table *table = terminal_table_start(5, headings);
    for (size_t j = 0; j < N; j++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", example_tokens[j]);
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_KEY, "%.4f", tidy(gsl_matrix_get(g->cache.k, j, c)));
        }
        for (size_t c = 0; c < 2; c++) {
            terminal_table_cell(table, FIGURE_VALUE, "%.4f",
                                tidy(gsl_matrix_get(g->cache.v, j, c)));
        }
    }
    terminal_print_table(&to->out, table);
}

static void print_weight_gradients(const report *to, const gradients *g)
{
    static const char *const headings[] = {"",       "dW_Q 0", "dW_Q 1", "dW_K 0",
                                           "dW_K 1", "dW_V 0", "dW_V 1"};
    static const char *const columns[D] = {"nature", "money", "grammar"};
    const gsl_matrix *const all[] = {g->parameters.weight_q, g->parameters.weight_k,
                                     g->parameters.weight_v};
    static const figure_role roles[] = {FIGURE_QUERY, FIGURE_KEY, FIGURE_VALUE};
    terminal_table *table = terminal_table_start(7, headings);
    for (size_t p = 0; p < D; p++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", columns[p]);
        for (size_t m = 0; m < 3; m++) {
            for (size_t c = 0; c < 2; c++) {
                terminal_table_cell(table, roles[m], "%.4f", tidy(gsl_matrix_get(all[m], p, c)));
            }
        }
    }
    terminal_print_table(&to->out, table);
}

void print_backward(const report *to, const example *of, size_t token)
{
    gradients g = backward(of, token);
    gsl_vector_const_view dy = gsl_matrix_const_row(g.output, token);
    gsl_vector_const_view dq = gsl_matrix_const_row(g.cache.q, token);
    gsl_vector_const_view dx = gsl_matrix_const_row(g.x, token);
    report_print(to, "\nBackward, if the loss pulls at this output by ");
    trace_row(to, FIGURE_CONTEXT, "dy = ", &dy.vector, 0);
    report_print(to, "\n(3.8) dp = dy.v   (3.9) D = dy.y = %.4f, ds = p (dp - D)\n\n", g.d);
    print_scores_table(to, of, &g, token);
    report_print(to, "\n(3.10) ");
    trace_row(to, FIGURE_QUERY, "dq = scale * sum of ds k = ", &dq.vector, 4);
    report_print(to, "\n(3.11) dk = scale ds q of every key, (3.7) dv = p dy of every value\n\n");
    print_keys_and_values(to, &g);
    report_print(
        to, "\n(3.12) dW_Q = x dq of this token alone; dW_K and dW_V sum over all of them\n\n");
    print_weight_gradients(to, &g);
    report_print(to, "\n(3.13) ");
    trace_row(to, FIGURE_AUTO, "dx = dq W_Q^T + dk W_K^T + dv W_V^T = ", &dx.vector, 4);
    report_print(to, "\n");
    free_gradients(&g);
}
