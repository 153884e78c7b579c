/* Every number of one token of the running example on its way through two heads. */
#include "chapters/04_multi_head/example.h"

#include "chapters/common/figures/trace_lines.h"
#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D_HEAD = EXAMPLE_D_HEAD };

/* The columns of a head in one row of Q, of K, of V or of C: a view, as ref_multi_head_forward()
 * makes it. */
static _gsl_vector_const_view columns_of(const gsl_matrix *all, size_t row, size_t head)
{
    return gsl_matrix_const_subrow(all, row, head * D_HEAD, D_HEAD);
}

static void print_split(const report *to, const example *of, size_t token)
{
    const ref_query_key_value_cache *cache = &of->cache.heads;
    report_print(to, "\nSplit. A head is %d columns of what is there; nothing is copied\n", D_HEAD);
    for (size_t h = 0; h < EXAMPLE_N_HEADS; h++) {
        gsl_vector_const_view q = columns_of(cache->q, token, h),
                              k = columns_of(cache->k, token, h);
        gsl_vector_const_view v = columns_of(cache->v, token, h);
        report_print(to, "  head %zu  ", h + 1);
        trace_row(to, FIGURE_QUERY, "q = ", &q.vector, 2);
        trace_row(to, FIGURE_KEY, "  k = ", &k.vector, 2);
        trace_row(to, FIGURE_VALUE, "  v = ", &v.vector, 2);
        report_gap(to);
    }
}

/* Scores, weights and values, a line a key, and the mixture of the values. */
static void print_head(const report *to, const example *of, size_t head, size_t token)
{
    const ref_query_key_value_cache *cache = &of->cache.heads;
    const double scale = 1.0 / sqrt((double)D_HEAD);
    gsl_vector_const_view q = columns_of(cache->q, token, head);
    gsl_vector_const_view weights = gsl_matrix_const_row(cache->weights, head * N + token);
    gsl_vector_const_view output = columns_of(of->cache.concatenated, token, head);
    report_print(to, "\nHead %zu. Score s = q.k / sqrt(%d), weight p = softmax(s)   (4.1)\n",
                 head + 1, D_HEAD);
    for (size_t j = 0; j < N; j++) {
        gsl_vector_const_view k = columns_of(cache->k, j, head), v = columns_of(cache->v, j, head);
        terminal_print(&to->out, FIGURE_KEY, "  %-6s", example_tokens[j]);
        double product = trace_products(to, &q.vector, 2, &k.vector, 2);
        report_print(to, " = %.2f, s = %.4f, ", product, scale * product);
        terminal_print(&to->out, FIGURE_WEIGHT, "p = %.4f", gsl_vector_get(&weights.vector, j));
        trace_row(to, FIGURE_VALUE, ", v = ", &v.vector, 2);
        report_gap(to);
    }
    trace_row(to, FIGURE_CONTEXT, "  its output, the sum of p v: ", &output.vector, 4);
    report_gap(to);
}

/* What each head brings, head_h W_O^h, and all of it together. */
static void print_sum(const report *to, const example *of, size_t token)
{
    gsl_matrix *brought = program_matrix(1, EXAMPLE_D_MODEL);
    gsl_vector_view row = gsl_matrix_row(brought, 0);
    report_print(to, "\nThe same as a sum, head by head   (4.3)\n");
    for (size_t h = 0; h < EXAMPLE_N_HEADS; h++) {
        gsl_vector_const_view head = columns_of(of->cache.concatenated, token, h);
        gsl_matrix_const_view rows = gsl_matrix_const_submatrix(of->parameters.weight_o, h * D_HEAD,
                                                                0, D_HEAD, EXAMPLE_D_MODEL);
        gsl_blas_dgemv(CblasTrans, 1.0, &rows.matrix, &head.vector, 0.0, &row.vector);
        report_print(to, "  head %zu brings ", h + 1);
        trace_row(to, FIGURE_VALUE, "", &row.vector, 2);
        report_gap(to);
    }
    gsl_vector_const_view y = gsl_matrix_const_row(of->output, token);
    trace_row(to, FIGURE_CONTEXT, "  together      ", &y.vector, 2);
    report_gap(to);
    gsl_matrix_free(brought);
}

void show_trace(report *to, const settings *choices)
{
    size_t token = trace_token(choices->trace, example_tokens, N);
    example of = example_run();
    gsl_vector_const_view x = gsl_matrix_const_row(of.x, token);
    gsl_vector_const_view c = gsl_matrix_const_row(of.cache.concatenated, token);
    terminal_heading(&to->out, "Token %zu, '%s'", token, example_tokens[token]);
    trace_row(to, FIGURE_AUTO, "x = ", &x.vector, 1);
    report_print(to, "   nature, money, grammar\n\nProject. One product for all heads: x W_Q, "
                     "x W_K and x W_V\n");
    trace_projection(to, "q", &x.vector, 1, of.parameters.heads.weight_q);
    trace_projection(to, "k", &x.vector, 1, of.parameters.heads.weight_k);
    trace_projection(to, "v", &x.vector, 1, of.parameters.heads.weight_v);
    print_split(to, &of, token);
    for (size_t h = 0; h < EXAMPLE_N_HEADS; h++) {
        print_head(to, &of, h, token);
    }
    trace_row(to, FIGURE_CONTEXT, "\nSide by side. c = [head 1 | head 2] = ", &c.vector, 4);
    report_print(to, "   (4.2)\n\nAnd W_O. y = c W_O: nature, money, grammar   (4.2)\n");
    trace_projection(to, "y", &c.vector, 4, of.parameters.weight_o);
    print_sum(to, &of, token);
    example_free(&of);
}
