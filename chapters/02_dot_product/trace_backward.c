/* The backward half of a trace: from the output's gradient to those of query, keys and values. */
#include "chapters/02_dot_product/trace.h"

#include "chapters/common/figures/trace_lines.h"
#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <math.h>

/* What the trace needs besides the forward pass. */
typedef struct {
    gsl_matrix *grad_output; /* dY, (1 x d) */
    gsl_matrix *grad_scores; /* dS, (1 x n) */
    gsl_matrix *grad_q;      /* (1 x d) */
    gsl_matrix *grad_k;      /* (n x d) */
    gsl_matrix *grad_v;      /* (n x d) */
    double d;                /* D = dY . Y */
} gradients;

static gradients backward(const traced *of)
{
    size_t n = of->x->size1, d = of->x->size2;
    static const double pull[] = {1.0, -1.0, 0.5};
    gradients g = {program_matrix(1, d), program_matrix(1, n), program_matrix(1, d),
                   program_matrix(n, d), program_matrix(n, d), 0.0};
    for (size_t c = 0; c < d; c++) {
        gsl_matrix_set(g.grad_output, 0, c, pull[c % 3]);
    }
    gsl_matrix_const_view q = gsl_matrix_const_submatrix(of->x, of->query, 0, 1, d);
    program_check(ref_attention_backward(
        &q.matrix, of->x, of->x, similarity_of(of->choices->similarity), of->scale, NULL,
        of->weights, of->output, g.grad_output, g.grad_q, g.grad_k, g.grad_v, g.grad_scores));
    for (size_t c = 0; c < d; c++) {
        g.d += gsl_matrix_get(g.grad_output, 0, c) * gsl_matrix_get(of->output, 0, c);
    }
    return g;
}

/* Zero instead of a number that would be printed as -0.0000. */
static double tidy(double x)
{
    return fabs(x) < 5e-5 ? 0.0 : x;
}

/* dP_j = dY . v_j, which the library does not keep */
static double grad_weight(const traced *of, const gradients *g, size_t j)
{
    double sum = 0.0;
    for (size_t c = 0; c < of->x->size2; c++) {
        sum += gsl_matrix_get(g->grad_output, 0, c) * gsl_matrix_get(of->x, j, c);
    }
    return sum;
}

static void print_scores_table(const report *to, const traced *of, const gradients *g)
{
    static const char *const headings[] = {"key", "p", "dp = dy.v", "dp - D", "ds = p (dp - D)"};
    terminal_table *table = terminal_table_start(5, headings);
    double sum = 0.0;
    for (size_t j = 0; j < of->x->size1; j++) {
        double dp = grad_weight(of, g, j), ds = gsl_matrix_get(g->grad_scores, 0, j);
        sum += ds;
        terminal_table_cell(table, FIGURE_KEY, "%s", of->tokens[j]);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.4f", gsl_matrix_get(of->weights, 0, j));
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", tidy(dp));
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", tidy(dp - g->d));
        terminal_table_cell(table, FIGURE_AUTO, "%.4f", tidy(ds));
    }
    terminal_print_table(&to->out, table);
    report_print(to, "\nThe ds add up to 0: %s\n", fabs(sum) < 1e-14 ? "yes" : "no");
}

static void print_gradients_table(const report *to, const traced *of, const gradients *g)
{
    static const char *const headings[] = {"token",     "dk 0", "dk 1", "dk 2",
                                           "dv = p dy", "dv 1", "dv 2"};
    if (of->x->size2 != 3) {
        return;
    }
    terminal_table *table = terminal_table_start(7, headings);
    for (size_t j = 0; j < of->x->size1; j++) {
        terminal_table_cell(table, FIGURE_KEY, "%s", of->tokens[j]);
        for (size_t c = 0; c < 3; c++) {
            terminal_table_cell(table, FIGURE_KEY, "%.4f", tidy(gsl_matrix_get(g->grad_k, j, c)));
        }
        for (size_t c = 0; c < 3; c++) {
            terminal_table_cell(table, FIGURE_VALUE, "%.4f", tidy(gsl_matrix_get(g->grad_v, j, c)));
        }
    }
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
}

void print_backward(const report *to, const traced *of)
{
    static const char *const equations[] = {"(2.12)", "(2.12)", "(2.13)", "(2.14)"};
    gradients g = backward(of);
    gsl_vector_const_view dy = gsl_matrix_const_row(g.grad_output, 0);
    gsl_vector_const_view dq = gsl_matrix_const_row(g.grad_q, 0);
    report_print(to, "\nBackward, if the loss pulls at this output by ");
    trace_row(to, FIGURE_CONTEXT, "dy = ", &dy.vector, 4);
    report_print(to, "\n(2.10) dp = dy.v   (2.11) D = dy.y = %.4f, ds = p (dp - D)\n\n", g.d);
    print_scores_table(to, of, &g);
    report_print(to, "\n%s ", equations[of->choices->similarity]);
    trace_row(to, FIGURE_QUERY, "gradient of the query: dq = ", &dq.vector, 4);
    report_print(to, "\n%s gradient of the keys, (2.9) of the values:\n",
                 equations[of->choices->similarity]);
    print_gradients_table(to, of, &g);
    gsl_matrix_free(g.grad_output);
    gsl_matrix_free(g.grad_scores);
    gsl_matrix_free(g.grad_q);
    gsl_matrix_free(g.grad_k);
    gsl_matrix_free(g.grad_v);
}
