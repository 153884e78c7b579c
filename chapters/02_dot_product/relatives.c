/* The Gaussian kernel of chapter 1 and the dot product are relatives; the gradient of attention is
 * a covariance; queries need not be words; what attention costs. */
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"
#include "reference/softmax.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_math.h>
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

static void normalise_rows(gsl_matrix *x)
{
    for (size_t i = 0; i < x->size1; i++) {
        gsl_vector_view row = gsl_matrix_row(x, i);
        gsl_vector_scale(&row.vector, 1.0 / gsl_blas_dnrm2(&row.vector));
    }
}

/* Weights of the Gaussian kernel exp(-|q - k|^2 / 2) and of the dot product, with width 1. */
static double gaussian_against_dot(const gsl_matrix *x, const ref_mask *mask)
{
    gsl_matrix *gaussian = program_matrix(N, N), *dot = program_matrix(N, N);
    program_check(ref_attention_scores(x, x, REF_NEG_SQ_EUCLIDEAN, 0.5, NULL, gaussian));
    program_check(ref_attention_scores(x, x, REF_DOT, 1.0, mask, dot));
    program_check(ref_softmax_forward(gaussian, gaussian));
    program_check(ref_softmax_forward(dot, dot));
    double difference = largest_difference(gaussian, dot);
    gsl_matrix_free(gaussian);
    gsl_matrix_free(dot);
    return difference;
}

static void show_gaussian(report *to)
{
    gsl_matrix *x = example_matrix(), *unit = example_matrix(), *bias = program_matrix(N, N);
    normalise_rows(unit);
    for (size_t j = 0; j < N; j++) {
        gsl_vector_const_view k = gsl_matrix_const_row(x, j);
        gsl_vector_view column = gsl_matrix_column(bias, j);
        gsl_vector_set_all(&column.vector, -0.5 * gsl_pow_2(gsl_blas_dnrm2(&k.vector)));
    }
    const ref_mask with_norms = {.bias = bias};
    double unequal = gaussian_against_dot(x, NULL);
    report_say(to,
               "Gaussian weights exp(-|q - k|^2 / 2) against softmax of q.k, largest difference:");
    report_print(to, "\n");
    static const char *const headings[] = {"keys", "difference"};
    terminal_table *table = terminal_table_start(2, headings);
    terminal_table_cell(table, FIGURE_KEY, "as they are");
    terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", unequal);
    terminal_table_cell(table, FIGURE_KEY, "all of length 1");
    terminal_table_cell(table, FIGURE_WEIGHT, "%s",
                        gaussian_against_dot(unit, NULL) < 1e-14 ? "below 1e-14" : "too large");
    terminal_table_cell(table, FIGURE_KEY, "as they are, q.k - |k|^2 / 2");
    terminal_table_cell(table, FIGURE_WEIGHT, "%s",
                        gaussian_against_dot(x, &with_norms) < 1e-14 ? "below 1e-14" : "too large");
    terminal_print_table(&to->out, table);
    report_number(to, "gaussian_difference", unequal);
    gsl_matrix_free(x);
    gsl_matrix_free(unit);
    gsl_matrix_free(bias);
}

/* C = sum_j p_j (k_j - y)(k_j - y)^T,  y = sum_j p_j k_j */
// [covariance]
static void weighted_covariance(const gsl_matrix *k, const gsl_vector *p, const gsl_vector *y,
                                gsl_matrix *c)
{
    gsl_vector *difference = program_vector(y->size);
    gsl_matrix_set_zero(c);
    for (size_t j = 0; j < k->size1; j++) {
        gsl_matrix_get_row(difference, k, j);
        gsl_vector_sub(difference, y);
        gsl_blas_dger(gsl_vector_get(p, j), difference, difference, c);
    }
    gsl_vector_free(difference);
}
// [covariance]

/* dy/dq of one query, one row for each number of y: the backward pass with unit vectors. */
static void jacobian_of_query(const gsl_matrix *q, const gsl_matrix *k, double scale,
                              const gsl_matrix *p, const gsl_matrix *y, gsl_matrix *jacobian)
{
    gsl_matrix *grad_k = program_matrix(N, D), *grad_v = program_matrix(N, D);
    gsl_matrix *grad_y = program_matrix(1, D), *scratch = program_matrix(1, N);
    gsl_matrix_set_zero(jacobian);
    for (size_t c = 0; c < D; c++) {
        gsl_matrix_view row = gsl_matrix_submatrix(jacobian, c, 0, 1, D);
        gsl_matrix_set_zero(grad_y);
        gsl_matrix_set(grad_y, 0, c, 1.0);
        program_check(ref_attention_backward(q, k, k, REF_DOT, scale, NULL, p, y, grad_y,
                                             &row.matrix, grad_k, grad_v, scratch));
    }
    gsl_matrix_free(grad_k);
    gsl_matrix_free(grad_v);
    gsl_matrix_free(grad_y);
    gsl_matrix_free(scratch);
}

static void show_covariance(report *to)
{
    gsl_matrix *x = example_matrix(), *p = program_matrix(1, N), *y = program_matrix(1, D);
    gsl_matrix *jacobian = program_matrix(D, D), *covariance = program_matrix(D, D);
    gsl_matrix_const_view q = gsl_matrix_const_submatrix(x, EXAMPLE_BANK_TOKEN, 0, 1, D);
    double scale = 1.0 / sqrt((double)D);
    program_check(ref_attention_forward(&q.matrix, x, x, REF_DOT, scale, NULL, p, y));
    jacobian_of_query(&q.matrix, x, scale, p, y, jacobian);
    gsl_vector_const_view p_row = gsl_matrix_const_row(p, 0), y_row = gsl_matrix_const_row(y, 0);
    weighted_covariance(x, &p_row.vector, &y_row.vector, covariance);
    gsl_matrix_scale(covariance, scale);
    report_print(to, "\n");
    report_say(to, "How the output of 'bank' changes with its query, and the covariance of the "
                   "keys under its weights, times the scale:");
    report_print(to, "\n");
    static const char *const headings[] = {"dy / dq", "nature", "money", "grammar",
                                           "scale C", "nature", "money", "grammar"};
    static const char *const names[] = {"nature", "money", "grammar"};
    terminal_table *table = terminal_table_start(8, headings);
    for (size_t r = 0; r < D; r++) {
        terminal_table_cell(table, FIGURE_CONTEXT, "%s", names[r]);
        for (size_t c = 0; c < D; c++) {
            terminal_table_cell(table, FIGURE_AUTO, "%.4f", gsl_matrix_get(jacobian, r, c));
        }
        terminal_table_cell(table, FIGURE_CONTEXT, "%s", names[r]);
        for (size_t c = 0; c < D; c++) {
            terminal_table_cell(table, FIGURE_AUTO, "%.4f", gsl_matrix_get(covariance, r, c));
        }
    }
    terminal_print_table(&to->out, table);
    report_print(to, "\n");
    report_say(to, "Equal to 1e-15: %s",
               largest_difference(jacobian, covariance) < 1e-15 ? "yes" : "no");
    gsl_matrix_free(x);
    gsl_matrix_free(p);
    gsl_matrix_free(y);
    gsl_matrix_free(jacobian);
    gsl_matrix_free(covariance);
}

/* Two questions that are no words, six keys, values of another width: n_q = 2, n_k = 6, d_v = 2. */
static void show_questions(report *to)
{
    static const double asked[2][D] = {{6.0, 0.0, 0.0}, {0.0, 6.0, 0.0}};
    static const char *const names[] = {"nature?", "money?"};
    gsl_matrix *k = example_matrix(), *v = program_matrix(N, 2), *q = program_matrix(2, D);
    gsl_matrix *weights = program_matrix(2, N), *output = program_matrix(2, 2);
    for (size_t j = 0; j < N; j++) {
        gsl_matrix_set(v, j, 0, (double)j);
        gsl_matrix_set(v, j, 1, j == 4 || j == 5 ? 1.0 : 0.0);
    }
    for (size_t i = 0; i < 2; i++) {
        gsl_vector_const_view row = gsl_vector_const_view_array(asked[i], D);
        gsl_matrix_set_row(q, i, &row.vector);
    }
    program_check(
        ref_attention_forward(q, k, v, REF_DOT, 1.0 / sqrt((double)D), NULL, weights, output));
    figure_heat_map map = {.title = "Two questions, six keys",
                           .description = "Each question puts most of its weight on one word.",
                           .row_labels = names,
                           .col_labels = example_tokens,
                           .cells = weights};
    report_print(to, "\n");
    report_say(to, "Queries need not be words. Values here are two numbers: the position of the "
                   "word, and 1 if it is a noun.");
    report_heat_map(to, "questions", &map);
    report_print(to, "\n");
    for (size_t i = 0; i < 2; i++) {
        report_say(to, "%s position %.2f, noun %.2f", names[i], gsl_matrix_get(output, i, 0),
                   gsl_matrix_get(output, i, 1));
    }
    gsl_matrix_free(k);
    gsl_matrix_free(v);
    gsl_matrix_free(q);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
}

/* Flops of both products, float32 memory of the weights against that of all inputs and outputs. */
void show_cost(report *to, const settings *choices)
{
    (void)choices;
    static const char *const headings[] = {"n", "Gflop (4 n^2 d)", "weights, MiB",
                                           "q k v output, MiB", "weights / rest"};
    const double d = 64.0, mebi = 1024.0 * 1024.0;
    terminal_table *table = terminal_table_start(5, headings);
    for (double n = 128.0; n <= 65536.0; n *= 8.0) {
        double weights = 4.0 * n * n / mebi, rest = 4.0 * 4.0 * n * d / mebi;
        terminal_table_cell(table, FIGURE_AUTO, "%.0f", n);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", 4.0 * n * n * d / 1e9);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.2f", weights);
        terminal_table_cell(table, FIGURE_AUTO, "%.2f", rest);
        terminal_table_cell(table, FIGURE_AUTO, "%.1f", weights / rest);
    }
    terminal_heading(&to->out, "14. The price");
    report_say(to, "What one head of width d = 64 costs, forward, in float32:");
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
}

void show_relatives(report *to, const settings *choices)
{
    (void)choices;
    terminal_heading(&to->out, "8. Relatives of the dot product");
    show_gaussian(to);
    show_covariance(to);
    show_questions(to);
}
