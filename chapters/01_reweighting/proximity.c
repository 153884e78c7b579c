/* Near words count more: proximity weights on the positions of the running example. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"

const char *const proximity_names[] = {"gaussian",    "boxcar",  "triangular", "epanechnikov",
                                       "exponential", "inverse", NULL};

enum { N_PROXIMITIES = 6, N_CURVE = 121 };

/* K(u) for u in us, one row a kernel: the weights of one query at 0 with bandwidth 1. */
static gsl_matrix *kernel_values(const gsl_vector *us)
{
    gsl_matrix *values = program_matrix(N_PROXIMITIES, us->size);
    gsl_vector *query = program_vector(1);
    for (int p = 0; p < N_PROXIMITIES; p++) {
        gsl_matrix_view row = gsl_matrix_submatrix(values, (size_t)p, 0, 1, us->size);
        program_check(ref_proximity_weights(query, us, p, 1.0, &row.matrix));
    }
    gsl_vector_free(query);
    return values;
}

static void draw_kernels(const report *to)
{
    gsl_vector *us = program_vector(N_CURVE);
    for (size_t i = 0; i < N_CURVE; i++) {
        gsl_vector_set(us, i, -3.0 + 6.0 * (double)i / (N_CURVE - 1));
    }
    gsl_matrix *values = kernel_values(us);
    gsl_vector_view rows[N_PROXIMITIES];
    figure_series series[N_PROXIMITIES];
    for (size_t p = 0; p < N_PROXIMITIES; p++) {
        rows[p] = gsl_matrix_row(values, p);
        series[p] = (figure_series){.name = proximity_names[p], .x = us, .y = &rows[p].vector};
    }
    report_plot(to, "kernels",
                &(figure_plot){.title = "Six ways to say near",
                               .description = "Six curves that are 1 at distance 0 and fall.",
                               .x_label = "distance u, in bandwidths",
                               .y_label = "K(u)",
                               .series = series,
                               .n_series = N_PROXIMITIES});
    gsl_matrix_free(values);
    gsl_vector_free(us);
}

static void print_kernels(const report *to)
{
    double distances[] = {0.0, 0.5, 1.0, 1.5, 2.0};
    gsl_vector_view us = gsl_vector_view_array(distances, 5);
    gsl_matrix *values = kernel_values(&us.vector);
    static const char *const headings[] = {"K(u)", "0", "0.5", "1", "1.5", "2"};
    terminal_table *table = terminal_table_start(6, headings);
    for (size_t p = 0; p < N_PROXIMITIES; p++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", proximity_names[p]);
        for (size_t i = 0; i < us.vector.size; i++) {
            terminal_table_cell(table, FIGURE_WEIGHT, "%.2f", gsl_matrix_get(values, p, i));
        }
    }
    terminal_print_table(&to->out, table);
    gsl_matrix_free(values);
}

/* What a token receives from the others, from the narrowest bandwidth to the widest. */
static void print_limits(report *to, const settings *choices, const gsl_matrix *x)
{
    static const double bandwidths[] = {0.1, 0.5, 1.0, 2.0, 100.0};
    static const char *const headings[] = {"bandwidth", "w(bank)", "w(river)",
                                           "nature",    "money",   "grammar"};
    terminal_table *table = terminal_table_start(6, headings);
    for (size_t h = 0; h < sizeof bandwidths / sizeof bandwidths[0]; h++) {
        gsl_matrix *weights = position_weights(EXAMPLE_N_TOKENS, choices->proximity, bandwidths[h]);
        gsl_matrix *output = reweighted(weights, x);
        terminal_table_cell(table, FIGURE_AUTO, "%g", bandwidths[h]);
        for (size_t j = EXAMPLE_BANK_TOKEN; j + 2 > EXAMPLE_BANK_TOKEN; j--) {
            terminal_table_cell(table, FIGURE_WEIGHT, "%.2f",
                                gsl_matrix_get(weights, EXAMPLE_BANK_TOKEN, j));
        }
        for (size_t c = 0; c < EXAMPLE_D_MODEL; c++) {
            terminal_table_cell(table, FIGURE_CONTEXT, "%.2f",
                                gsl_matrix_get(output, EXAMPLE_BANK_TOKEN, c));
        }
        gsl_matrix_free(weights);
        gsl_matrix_free(output);
    }
    terminal_print_table(&to->out, table);
}

void show_proximity(report *to, const settings *choices)
{
    draw_kernels(to);
    print_kernels(to);

    terminal_heading(&to->out, "The words beside 'bank'");
    gsl_matrix *x = example_matrix();
    gsl_matrix *weights =
        position_weights(EXAMPLE_N_TOKENS, choices->proximity, choices->bandwidth);
    gsl_matrix *output = reweighted(weights, x);
    char title[160];
    snprintf(title, sizeof title, "Proximity weights, %s, bandwidth %g",
             proximity_names[choices->proximity], choices->bandwidth);
    report_heat_map(to, "proximity",
                    &(figure_heat_map){.title = title,
                                       .description = "A band around the diagonal.",
                                       .row_labels = example_tokens,
                                       .col_labels = example_tokens,
                                       .cells = weights,
                                       .min = 0.0,
                                       .max = 1.0,
                                       .has_marked_row = true,
                                       .marked_row = EXAMPLE_BANK_TOKEN});
    double nature = gsl_matrix_get(output, EXAMPLE_BANK_TOKEN, 0);
    report_say(to,
               "'bank' has left: its 'nature' was %.2f and is %.2f, because the river stands "
               "beside it.",
               example_x[EXAMPLE_BANK_TOKEN][0], nature);
    report_number(to, "near_bank_nature", nature);
    report_number(to, "near_bank_river", gsl_matrix_get(weights, EXAMPLE_BANK_TOKEN, 4));
    report_number(to, "near_bank_self", gsl_matrix_get(weights, EXAMPLE_BANK_TOKEN, 5));

    terminal_heading(&to->out, "'bank', from narrow to wide");
    print_limits(to, choices, x);
    gsl_matrix_free(x);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
}
