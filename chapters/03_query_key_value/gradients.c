/* Every gradient of attention between projections against central differences: at one step, over
 * all steps, and at a place where nothing can be seen. */
#include "chapters/03_query_key_value/gradient_problem.h"

#include "chapters/common/figures/step_curves.h"
#include "chapters/common/program/program.h"
#include "reference/projection.h"
#include <gsl/gsl_blas.h>
#include <math.h>

static const double usual_step = 1e-3;

/* ---- At one step ----------------------------------------------------------------------------- */

static double largest_entry(const gsl_matrix *a)
{
    return fmax(fabs(gsl_matrix_max(a)), fabs(gsl_matrix_min(a)));
}

/* What central differences may be off:  h^2 / 6 times a third derivative, which grows with the
 * gradients. */
static double allowed(const gradient_problem *of)
{
    double largest = 0.0;
    for (size_t n = 0; n < N_INPUTS; n++) {
        largest = fmax(largest, largest_entry(of->gradients[n]));
    }
    return 1e-4 * fmax(1.0, largest);
}

static void show_table(report *to, gradient_problem *of)
{
    static const char *const headings[] = {"gradient", "shape", "largest entry", "largest error"};
    terminal_table *table = terminal_table_start(4, headings);
    double worst = 0.0;
    problem_backward(of);
    for (size_t n = 0; n < N_INPUTS; n++) {
        double error = largest_gradient_error(of, problem_loss, n, usual_step);
        double largest = largest_entry(of->gradients[n]);
        terminal_table_cell(table, FIGURE_AUTO, "d%s", input_shapes[n].name);
        terminal_table_cell(table, FIGURE_AUTO, "(%zu x %zu)", input_shapes[n].n_rows,
                            input_shapes[n].n_cols);
        terminal_table_cell(table, FIGURE_AUTO, "%.3f", largest < 1e-12 ? 0.0 : largest);
        if (error < 1e-10) { /* the loss does not curve here: what is left is rounding */
            terminal_table_cell(table, FIGURE_AUTO, "< 1e-10");
        } else {
            terminal_table_cell(table, FIGURE_AUTO, "%.0e", error);
        }
        worst = fmax(worst, error);
    }
    must_be_small(worst, allowed(of), "gradients and central differences");
    must_be_small(largest_entry(of->gradients[IN_BIAS_K]), 1e-12, "the gradient of b_K and 0");
    report_say(to, "The backward pass and central differences, h = %g:", usual_step);
    report_gap(to);
    terminal_print_table(&to->out, table);
    report_gap(to);
    report_say(to, "db_K is 0: the same number added to all scores of a row changes no weight. A "
                   "bias of the keys learns nothing.");
    report_number(to, "worst_gradient_error", worst);
}

/* ---- Over all steps -------------------------------------------------------------------------- */

static double worst_of_all(gradient_problem *of, problem_losses *loss, double h)
{
    double worst = 0.0;
    for (size_t n = 0; n < N_INPUTS; n++) {
        worst = fmax(worst, largest_gradient_error(of, loss, n, h));
    }
    return worst;
}

/* The right half of the curves is rounding, which differs from machine to machine: it is drawn, and
 * what is printed holds everywhere. */
static void print_steps(report *to, const gsl_vector *in_double, const gsl_vector *in_float)
{
    size_t best = gsl_vector_min_index(in_double), best_float = gsl_vector_min_index(in_float);
    report_gap(to);
    report_say(to,
               "The largest error of all gradients at h = 0.1, 0.01, 0.001: %.0e, %.0e, %.0e. A "
               "tenth of the step gives a hundredth of the error, until rounding takes over: the "
               "error is smallest between h = 1e-4 and 1e-7 in double (%s) and at a far larger "
               "step in float32 (%s).",
               gsl_vector_get(in_double, 0), gsl_vector_get(in_double, 1),
               gsl_vector_get(in_double, 2), best >= 3 && best <= 6 ? "yes" : "no",
               best_float < best ? "yes" : "no");
    report_number(to, "step_error_1", gsl_vector_get(in_double, 0));
    report_number(to, "step_error_2", gsl_vector_get(in_double, 1));
    report_number(to, "step_error_3", gsl_vector_get(in_double, 2));
}

static void show_steps(report *to, gradient_problem *of)
{
    step_curves curves = step_curves_alloc();
    for (size_t n = 0; n < N_STEP_SIZES; n++) {
        double h = gsl_vector_get(curves.steps, n);
        gsl_vector_set(curves.first, n, worst_of_all(of, problem_loss, h));
        gsl_vector_set(curves.second, n, worst_of_all(of, problem_loss_float, h));
    }
    print_steps(to, curves.first, curves.second);
    step_curves_draw(to, "gradient_steps", &curves,
                     &(step_curves_text){"Error of central differences, by the size of the step",
                                         "Two curves like a U; that of float32 lies far higher.",
                                         "double", "float32"});
    step_curves_free(&curves);
}

/* ---- Where nothing can be seen --------------------------------------------------------------- */

// [broken-backward]
/* A backward pass that forgets D:  dS = P o dP  instead of  dS = P o (dP - D). */
static void broken_backward(gradient_problem *of)
{
    problem_backward(of);
    gsl_matrix *grad_scores = of->grad_cache.weights;
    gsl_blas_dgemm(CblasNoTrans, CblasTrans, 1.0, of->grad_output, of->cache.v, 0.0, grad_scores);
    gsl_matrix_mul_elements(grad_scores, of->cache.weights);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, of->scale, grad_scores, of->cache.k, 0.0,
                   of->grad_cache.q);
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, of->scale, grad_scores, of->cache.q, 0.0,
                   of->grad_cache.k);
    // [broken-backward]
    gsl_matrix_set_zero(of->grad.weight_q);
    gsl_matrix_set_zero(of->grad.weight_k);
    program_check(ref_projection_backward(of->inputs[IN_X], of->inputs[IN_WEIGHT_Q],
                                          of->grad_cache.q, NULL, of->grad.weight_q, NULL));
    program_check(ref_projection_backward(of->inputs[IN_MEMORY], of->inputs[IN_WEIGHT_K],
                                          of->grad_cache.k, NULL, of->grad.weight_k, NULL));
}

static double error_of_weights(gradient_problem *of)
{
    static const size_t weights[] = {IN_WEIGHT_Q, IN_WEIGHT_K, IN_WEIGHT_V};
    double worst = 0.0;
    for (size_t n = 0; n < 3; n++) {
        worst = fmax(worst, largest_gradient_error(of, problem_loss, weights[n], usual_step));
    }
    return worst;
}

static void set_weights_to_zero(gradient_problem *of)
{
    for (size_t n = IN_WEIGHT_Q; n < N_INPUTS; n++) {
        gsl_matrix_set_zero(of->inputs[n]);
    }
}

static void print_verdict(terminal_table *table, const char *place, double right, double broken,
                          double tolerance)
{
    terminal_table_cell(table, FIGURE_AUTO, "%s", place);
    terminal_table_cell(table, FIGURE_AUTO, right < tolerance ? "passes" : "fails");
    terminal_table_cell(table, FIGURE_AUTO, broken < tolerance ? "passes" : "fails");
}

static void show_hiding(report *to, gradient_problem *of)
{
    static const char *const headings[] = {"parameters", "right", "broken"};
    terminal_table *table = terminal_table_start(3, headings);
    problem_backward(of);
    double right = error_of_weights(of), tolerance = allowed(of);
    broken_backward(of);
    double broken = error_of_weights(of);
    print_verdict(table, "random", right, broken, tolerance);
    report_number(to, "broken_at_random", broken);

    set_weights_to_zero(of);
    problem_backward(of);
    right = error_of_weights(of);
    broken_backward(of);
    broken = error_of_weights(of);
    print_verdict(table, "all zero", right, broken, tolerance);
    must_be_small(broken, 1e-10, "a broken gradient at zero and central differences");
    report_gap(to);
    report_say(to, "A backward pass that forgets D in (3.9), under the same check of dW_Q, dW_K "
                   "and dW_V:");
    report_gap(to);
    terminal_print_table(&to->out, table);
    report_gap(to);
    report_say(to, "Where all parameters are 0, all values are 0, and so are dP and everything "
                   "behind it: right and wrong give the same zeros.");
}

void show_gradients(report *to, const settings *choices)
{
    gsl_rng *generator = new_generator(choices->seed);
    gradient_problem *of = gradient_problem_new(generator);
    terminal_heading(&to->out, "4. Gradients");
    show_table(to, of);
    show_steps(to, of);
    show_hiding(to, of);
    gradient_problem_free(of);
    gsl_rng_free(generator);
}
