/* The temperature turns the softmax from the mean to the argmax; far from the mean its
 * gradient vanishes. */
#include "chapters/02_dot_product/parts.h"
#include "chapters/common/program/program.h"
#include "reference/softmax.h"

#include <gsl/gsl_blas.h>
#include <math.h>

enum { N = EXAMPLE_N_TOKENS, N_TEMPERATURES = 9, N_FACTORS = 8 };

static const double temperatures[N_TEMPERATURES] = {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100};
static const double factors[N_FACTORS] = {0.1, 0.3, 1, 3, 10, 30, 100, 300};

/* The weights of "bank" when its scores are multiplied by a factor; weights is (1 x 6). */
static void bank_weights(const gsl_matrix *x, double factor, gsl_matrix *weights)
{
    gsl_matrix_const_view q = gsl_matrix_const_submatrix(x, EXAMPLE_BANK_TOKEN, 0, 1, x->size2);
    double scale = factor / sqrt((double)x->size2);
    program_check(ref_attention_scores(&q.matrix, x, REF_DOT, scale, NULL, weights));
    program_check(ref_softmax_forward(weights, weights));
}

/* The temperature at which bank gives itself half of its weight, by halving an interval. */
static double half_temperature(const gsl_matrix *x)
{
    gsl_matrix *weights = program_matrix(1, N);
    double low = 0.1, high = 0.3;
    for (size_t step = 0; step < 40; step++) {
        double middle = (low + high) / 2.0;
        bank_weights(x, 1.0 / middle, weights);
        if (gsl_matrix_get(weights, 0, EXAMPLE_BANK_TOKEN) > 0.5) {
            low = middle;
        } else {
            high = middle;
        }
    }
    gsl_matrix_free(weights);
    return low;
}

static void show_sweep(report *to, const gsl_matrix *x)
{
    static const char *const headings[] = {"T",   "she",   "sat",  "on",
                                           "the", "river", "bank", "entropy"};
    terminal_table *table = terminal_table_start(8, headings);
    gsl_matrix *weights = program_matrix(1, N), *curves = program_matrix(N, N_TEMPERATURES);
    gsl_vector_const_view t = gsl_vector_const_view_array(temperatures, N_TEMPERATURES);
    for (size_t n = 0; n < N_TEMPERATURES; n++) {
        bank_weights(x, 1.0 / temperatures[n], weights);
        gsl_vector_view p = gsl_matrix_row(weights, 0);
        gsl_matrix_set_col(curves, n, &p.vector);
        terminal_table_cell(table, FIGURE_AUTO, "%g", temperatures[n]);
        for (size_t j = 0; j < N; j++) {
            terminal_table_cell(table, FIGURE_WEIGHT, "%.3f", gsl_vector_get(&p.vector, j));
        }
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", entropy(&p.vector));
    }
    terminal_print_table(&to->out, table);

    figure_series series[N] = {0};
    gsl_vector_view rows[N];
    for (size_t j = 0; j < N; j++) {
        rows[j] = gsl_matrix_row(curves, j);
        series[j] =
            (figure_series){.name = example_tokens[j], .x = &t.vector, .y = &rows[j].vector};
    }
    figure_plot plot = {.title = "Weights of bank: argmax at low, mean at high temperature",
                        .description = "Six curves that come together as the temperature rises.",
                        .x_label = "temperature T",
                        .y_label = "weight",
                        .series = series,
                        .n_series = N,
                        .is_log_x = true};
    report_plot(to, "temperature", &plot);
    gsl_matrix_free(weights);
    gsl_matrix_free(curves);
}

/* The Jacobian dp/ds of one row of weights: (2.4) with each unit vector as upstream gradient. */
// [jacobian]
static void softmax_jacobian(const gsl_matrix *p, gsl_matrix *jacobian)
{
    gsl_matrix *unit = program_matrix(p->size2, p->size2);
    gsl_matrix *rows = program_matrix(p->size2, p->size2);
    gsl_vector_const_view row = gsl_matrix_const_row(p, 0);
    gsl_matrix_set_identity(unit);
    for (size_t j = 0; j < p->size2; j++) {
        gsl_matrix_set_row(rows, j, &row.vector);
    }
    gsl_matrix_set_zero(jacobian);
    program_check(ref_softmax_backward(rows, unit, jacobian));
    gsl_matrix_free(unit);
    gsl_matrix_free(rows);
}
// [jacobian]

static double frobenius_norm(const gsl_matrix *a)
{
    gsl_vector_const_view all = gsl_vector_const_view_array(a->data, a->size1 * a->size2);
    return gsl_blas_dnrm2(&all.vector);
}

static void draw_saturation(report *to, const gsl_vector *norm, const gsl_vector *chained)
{
    gsl_vector_const_view c = gsl_vector_const_view_array(factors, N_FACTORS);
    figure_series series[] = {{.name = "norm of dp/ds", .x = &c.vector, .y = norm},
                              {.name = "times the factor", .x = &c.vector, .y = chained}};
    report_plot(
        to, "saturation",
        &(figure_plot){.title = "Saturation: the gradient vanishes when one weight is nearly 1",
                       .description = "Two curves that fall steeply where the factor is large.",
                       .x_label = "factor on the scores",
                       .y_label = "norm",
                       .series = series,
                       .n_series = 2,
                       .is_log_x = true,
                       .is_log_y = true});
}

static void show_saturation(report *to, const gsl_matrix *x)
{
    static const char *const headings[] = {"scores times", "largest weight", "norm of dp/ds",
                                           "times the factor"};
    terminal_table *table = terminal_table_start(4, headings);
    gsl_matrix *weights = program_matrix(1, N), *jacobian = program_matrix(N, N);
    gsl_vector *norm = program_vector(N_FACTORS), *chained = program_vector(N_FACTORS);
    for (size_t n = 0; n < N_FACTORS; n++) {
        bank_weights(x, factors[n], weights);
        softmax_jacobian(weights, jacobian);
        gsl_vector_set(norm, n, frobenius_norm(jacobian));
        gsl_vector_set(chained, n, factors[n] * frobenius_norm(jacobian));
        terminal_table_cell(table, FIGURE_AUTO, "%g", factors[n]);
        terminal_table_cell(table, FIGURE_WEIGHT, "%.6f", gsl_matrix_max(weights));
        terminal_table_cell(table, FIGURE_AUTO, "%.2e", gsl_vector_get(norm, n));
        terminal_table_cell(table, FIGURE_AUTO, "%.2e", gsl_vector_get(chained, n));
        char name[32];
        snprintf(name, sizeof name, "jacobian_%g", factors[n]);
        report_number(to, name, gsl_vector_get(norm, n));
        snprintf(name, sizeof name, "peak_%g", factors[n]);
        report_number(to, name, gsl_matrix_max(weights));
    }
    report_print(to, "\n");
    report_say(to, "The softmax's gradient when the scores of bank grow:");
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
    draw_saturation(to, norm, chained);
    gsl_matrix_free(weights);
    gsl_matrix_free(jacobian);
    gsl_vector_free(norm);
    gsl_vector_free(chained);
}

void show_temperature(report *to, const settings *choices)
{
    (void)choices;
    gsl_matrix *x = example_matrix();
    terminal_heading(&to->out, "7. Temperature and saturation");
    report_say(to,
               "The weights of 'bank' in the running example, its scores divided by T. Uniform "
               "weights have entropy ln 6 = %.3f.",
               log(N));
    report_print(to, "\n");
    show_sweep(to, x);
    report_number(to, "half_temperature", half_temperature(x));
    show_saturation(to, x);
    gsl_matrix_free(x);
}
