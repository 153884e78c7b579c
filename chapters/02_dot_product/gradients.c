/* The backward pass against central differences of the loss L = sum dY o Y, with dY random. */
#include "chapters/02_dot_product/parts.h"

#include "chapters/common/figures/step_curves.h"
#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <math.h>

enum { N_Q = 4, N_K = 5, D_K = 3, D_V = 2 };

/* Every matrix of one small problem, all sizes different. */
typedef struct {
    gsl_matrix *q, *k, *v, *grad_q, *grad_k, *grad_v;
    gsl_matrix *weights, *output, *grad_output, *scratch;
    ref_similarity similarity;
    ref_mask mask;
    bool is_float; /* the loss comes from the optimized forward pass */
} problem;

static problem new_problem(gsl_rng *generator)
{
    problem of = {.q = program_matrix(N_Q, D_K),
                  .k = program_matrix(N_K, D_K),
                  .v = program_matrix(N_K, D_V),
                  .grad_q = program_matrix(N_Q, D_K),
                  .grad_k = program_matrix(N_K, D_K),
                  .grad_v = program_matrix(N_K, D_V),
                  .weights = program_matrix(N_Q, N_K),
                  .output = program_matrix(N_Q, D_V),
                  .grad_output = program_matrix(N_Q, D_V),
                  .scratch = program_matrix(N_Q, N_K)};
    fill_normal(of.q, generator);
    fill_normal(of.k, generator);
    fill_normal(of.v, generator);
    fill_normal(of.grad_output, generator);
    return of;
}

static void free_problem(problem *of)
{
    gsl_matrix *const all[] = {of->q,      of->k,       of->v,      of->grad_q,      of->grad_k,
                               of->grad_v, of->weights, of->output, of->grad_output, of->scratch};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}

static const double scale = 0.5;

static double loss(problem *of)
{
    if (of->is_float) {
        forward_optimized(of->q, of->k, of->v, of->similarity, scale, &of->mask, of->output);
    } else {
        program_check(ref_attention_forward(of->q, of->k, of->v, of->similarity, scale, &of->mask,
                                            of->weights, of->output));
    }
    double sum = 0.0;
    for (size_t i = 0; i < N_Q; i++) {
        for (size_t c = 0; c < D_V; c++) {
            sum += gsl_matrix_get(of->grad_output, i, c) * gsl_matrix_get(of->output, i, c);
        }
    }
    return sum;
}

// [central-difference]
/* dL/dx = (L(x + h) - L(x - h)) / 2h, for one entry x of an input */
static double central_difference(problem *of, double *x, double h)
{
    double x_before = *x;
    *x = x_before + h;
    double right = loss(of);
    *x = x_before - h;
    double left = loss(of);
    *x = x_before;
    return (right - left) / (2.0 * h);
}
// [central-difference]

static double largest_error(problem *of, gsl_matrix *input, const gsl_matrix *gradient, double h)
{
    double largest = 0.0;
    for (size_t i = 0; i < input->size1; i++) {
        for (size_t j = 0; j < input->size2; j++) {
            double numeric = central_difference(of, gsl_matrix_ptr(input, i, j), h);
            largest = fmax(largest, fabs(numeric - gsl_matrix_get(gradient, i, j)));
        }
    }
    return largest;
}

static void run_backward(problem *of)
{
    loss(of);
    gsl_matrix_set_zero(of->grad_q);
    gsl_matrix_set_zero(of->grad_k);
    gsl_matrix_set_zero(of->grad_v);
    program_check(ref_attention_backward(of->q, of->k, of->v, of->similarity, scale, &of->mask,
                                         of->weights, of->output, of->grad_output, of->grad_q,
                                         of->grad_k, of->grad_v, of->scratch));
}

static void show_table(report *to, problem *of)
{
    static const char *const headings[] = {"similarity", "mask", "query", "key", "value"};
    static const char *const names[] = {"dot", "cosine", "squared distance"};
    terminal_table *table = terminal_table_start(5, headings);
    const double h = 1e-3;
    double worst = 0.0;
    for (int s = REF_DOT; s <= REF_NEG_SQ_EUCLIDEAN; s++) {
        for (int is_causal = 0; is_causal <= 1; is_causal++) {
            of->similarity = (ref_similarity)s;
            of->mask = (ref_mask){.causal = is_causal == 1};
            run_backward(of);
            const double errors[] = {largest_error(of, of->q, of->grad_q, h),
                                     largest_error(of, of->k, of->grad_k, h),
                                     largest_error(of, of->v, of->grad_v, h)};
            terminal_table_cell(table, FIGURE_AUTO, "%s", names[s]);
            terminal_table_cell(table, FIGURE_AUTO, "%s", is_causal ? "causal" : "none");
            for (size_t e = 0; e < 3; e++) {
                worst = fmax(worst, errors[e]);
                if (errors[e] < 1e-11) { /* linear in the values: what is left is rounding */
                    terminal_table_cell(table, FIGURE_AUTO, "< 1e-11");
                } else {
                    terminal_table_cell(table, FIGURE_AUTO, "%.1e", errors[e]);
                }
            }
        }
    }
    must_be_small(worst, 1e-5, "gradients and central differences");
    report_say(to,
               "Largest difference between the backward pass and central differences, "
               "h = %g:",
               h);
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
    report_number(to, "worst_gradient_error", worst);
}

/* Largest error of the query's gradient at each step; in float32 the loss comes from the optimized
 * forward pass. */
static void sweep_steps(problem *of, const step_curves *curves)
{
    for (size_t n = 0; n < N_STEP_SIZES; n++) {
        double h = gsl_vector_get(curves->steps, n);
        of->is_float = false;
        gsl_vector_set(curves->first, n, largest_error(of, of->q, of->grad_q, h));
        of->is_float = true;
        gsl_vector_set(curves->second, n, largest_error(of, of->q, of->grad_q, h));
    }
    of->is_float = false;
}

/* The right half of the curve is rounding, which differs from machine to machine: it is drawn, and
 * what is printed holds everywhere. */
static void print_steps(report *to, const step_curves *curves)
{
    static const char *const headings[] = {"step h", "error in double"};
    terminal_table *table = terminal_table_start(2, headings);
    for (size_t n = 0; n < 4; n++) {
        terminal_table_cell(table, FIGURE_AUTO, "%g", gsl_vector_get(curves->steps, n));
        terminal_table_cell(table, FIGURE_AUTO, "%.1e", gsl_vector_get(curves->first, n));
    }
    report_print(to, "\n");
    report_say(to, "The error of the query's gradient, step by step:");
    report_print(to, "\n");
    terminal_print_table(&to->out, table);
    report_print(to, "\n");
    report_say(to, "At h = 1e-11 it is larger than at 1e-4: %s",
               gsl_vector_get(curves->first, 10) > gsl_vector_get(curves->first, 3) ? "yes" : "no");
    report_say(to, "The best that float32 reaches at any step is worse than 1e-6: %s",
               gsl_vector_min(curves->second) > 1e-6 ? "yes" : "no");
}

static void show_steps(report *to, problem *of)
{
    step_curves curves = step_curves_alloc();
    of->similarity = REF_DOT;
    of->mask = (ref_mask){0};
    run_backward(of);
    sweep_steps(of, &curves);
    print_steps(to, &curves);
    step_curves_draw(to, "steps", &curves,
                     &(step_curves_text){"Error of central differences, by the size of the step",
                                         "Two curves like a U; that of float32 lies far higher.",
                                         "double", "float32"});
    step_curves_free(&curves);
}

void show_gradients(report *to, const settings *choices)
{
    gsl_rng *generator = new_generator(choices->seed);
    problem of = new_problem(generator);
    terminal_heading(&to->out, "10. Gradients");
    show_table(to, &of);
    show_steps(to, &of);
    free_problem(&of);
    gsl_rng_free(generator);
}
