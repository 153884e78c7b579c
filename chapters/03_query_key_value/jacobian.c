/* The backward pass of the softmax twice: with the Jacobian, and with one number a row. */
#include "chapters/03_query_key_value/parts.h"

#include "chapters/common/program/program.h"
#include "reference/softmax.h"
#include <gsl/gsl_blas.h>

enum { N_SIZES = 3 };

/* How many multiplications a way takes. */
typedef struct {
    size_t n_multiplications;
} cost;

// [jacobian-loop]
/* ds = J dp with the whole Jacobian, J_jl = p_j ([j = l] - p_l): n^2 numbers a row. */
static void backward_by_jacobian(const gsl_vector *p, const gsl_vector *dp, gsl_vector *ds,
                                 gsl_matrix *jacobian, cost *of)
{
    for (size_t j = 0; j < p->size; j++) {
        for (size_t l = 0; l < p->size; l++) {
            double delta = j == l ? 1.0 : 0.0;
            gsl_matrix_set(jacobian, j, l, gsl_vector_get(p, j) * (delta - gsl_vector_get(p, l)));
        }
    }
    gsl_blas_dgemv(CblasNoTrans, 1.0, jacobian, dp, 0.0, ds);
    of->n_multiplications += 2 * p->size * p->size;
}
// [jacobian-loop]

// [row-form]
/* ds_j = p_j (dp_j - D), D = p . dp: one number a row instead of a matrix. */
static void backward_by_row(const gsl_vector *p, const gsl_vector *dp, gsl_vector *ds, cost *of)
{
    double d;
    gsl_blas_ddot(p, dp, &d);
    for (size_t j = 0; j < p->size; j++) {
        gsl_vector_set(ds, j, gsl_vector_get(p, j) * (gsl_vector_get(dp, j) - d));
    }
    of->n_multiplications += 2 * p->size;
}
// [row-form]

/* Both ways on n x n weights; the largest difference. */
static double run_both(size_t n, gsl_rng *generator, cost *jacobian_cost, cost *row_cost)
{
    gsl_matrix *p = program_matrix(n, n), *dp = program_matrix(n, n);
    gsl_matrix *slow = program_matrix(n, n), *quick = program_matrix(n, n);
    gsl_matrix *jacobian = program_matrix(n, n);
    fill_normal(p, generator);
    fill_normal(dp, generator);
    program_check(ref_softmax_forward(p, p));
    for (size_t i = 0; i < n; i++) {
        gsl_vector_const_view weights = gsl_matrix_const_row(p, i);
        gsl_vector_const_view pull = gsl_matrix_const_row(dp, i);
        gsl_vector_view a = gsl_matrix_row(slow, i), b = gsl_matrix_row(quick, i);
        backward_by_jacobian(&weights.vector, &pull.vector, &a.vector, jacobian, jacobian_cost);
        backward_by_row(&weights.vector, &pull.vector, &b.vector, row_cost);
    }
    double difference = largest_difference(slow, quick);
    gsl_matrix *const all[] = {p, dp, slow, quick, jacobian};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
    return difference;
}

void show_jacobian(report *to, const settings *choices)
{
    static const size_t sizes[N_SIZES] = {6, 64, 256};
    static const char *const headings[] = {"n", "by the Jacobian", "by rows", "times as many"};
    terminal_table *table = terminal_table_start(4, headings);
    gsl_rng *generator = new_generator(choices->seed);
    terminal_heading(&to->out, "5. A matrix that is never needed");
    for (size_t s = 0; s < N_SIZES; s++) {
        cost jacobian = {0}, row = {0};
        double difference = run_both(sizes[s], generator, &jacobian, &row);
        must_be_small(difference, 1e-14, "the Jacobian and the row form");
        terminal_table_cell(table, FIGURE_AUTO, "%zu", sizes[s]);
        terminal_table_cell(table, FIGURE_AUTO, "%zu", jacobian.n_multiplications);
        terminal_table_cell(table, FIGURE_AUTO, "%zu", row.n_multiplications);
        terminal_table_cell(table, FIGURE_AUTO, "%zu",
                            jacobian.n_multiplications / row.n_multiplications);
    }
    report_say(to, "Multiplications of the softmax's backward pass, (3.9), for n queries and n "
                   "keys. Both ways give the same numbers to 1e-14:");
    report_gap(to);
    terminal_print_table(&to->out, table);
    gsl_rng_free(generator);
}
