#include "chapters/03_query_key_value/gradient_problem.h"

#include "chapters/common/program/program.h"
#include <math.h>
#include <stdlib.h>

const input_shape input_shapes[N_INPUTS] = {
    {"X", P_N_Q, P_D_X},        {"M", P_N_K, P_D_MEMORY},   {"W_Q", P_D_X, P_D_K},
    {"b_Q", 1, P_D_K},          {"W_K", P_D_MEMORY, P_D_K}, {"b_K", 1, P_D_K},
    {"W_V", P_D_MEMORY, P_D_V}, {"b_V", 1, P_D_V},
};

static ref_query_key_value_cache new_cache(void)
{
    return (ref_query_key_value_cache){program_matrix(P_N_Q, P_D_K), program_matrix(P_N_K, P_D_K),
                                       program_matrix(P_N_K, P_D_V), program_matrix(P_N_Q, P_N_K)};
}

/* The matrices as what the attention takes; a bias is the only row of its matrix. */
static ref_query_key_value put_together(gsl_matrix *const *all, gsl_vector_view *biases)
{
    biases[0] = gsl_matrix_row(all[IN_BIAS_Q], 0);
    biases[1] = gsl_matrix_row(all[IN_BIAS_K], 0);
    biases[2] = gsl_matrix_row(all[IN_BIAS_V], 0);
    return (ref_query_key_value){all[IN_WEIGHT_Q],  &biases[0].vector, all[IN_WEIGHT_K],
                                 &biases[1].vector, all[IN_WEIGHT_V],  &biases[2].vector};
}

gradient_problem *gradient_problem_new(gsl_rng *generator)
{
    gradient_problem *of = program_allocate(1, sizeof *of);
    for (size_t n = 0; n < N_INPUTS; n++) {
        of->inputs[n] = program_matrix(input_shapes[n].n_rows, input_shapes[n].n_cols);
        of->gradients[n] = program_matrix(input_shapes[n].n_rows, input_shapes[n].n_cols);
        fill_normal(of->inputs[n], generator);
    }
    of->parameters = put_together(of->inputs, of->biases);
    of->grad = put_together(of->gradients, of->grad_biases);
    of->cache = new_cache();
    of->grad_cache = new_cache();
    of->output = program_matrix(P_N_Q, P_D_V);
    of->grad_output = program_matrix(P_N_Q, P_D_V);
    fill_normal(of->grad_output, generator);
    of->scale = 1.0 / sqrt((double)P_D_K);
    return of;
}

void gradient_problem_free(gradient_problem *of)
{
    for (size_t n = 0; n < N_INPUTS; n++) {
        gsl_matrix_free(of->inputs[n]);
        gsl_matrix_free(of->gradients[n]);
    }
    gsl_matrix *const all[] = {
        of->cache.q,      of->cache.k,      of->cache.v,      of->cache.weights,
        of->grad_cache.q, of->grad_cache.k, of->grad_cache.v, of->grad_cache.weights,
        of->output,       of->grad_output};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
    free(of);
}

/* L = sum dY o Y */
static double pulled(const gradient_problem *of)
{
    double sum = 0.0;
    for (size_t i = 0; i < P_N_Q; i++) {
        for (size_t c = 0; c < P_D_V; c++) {
            sum += gsl_matrix_get(of->grad_output, i, c) * gsl_matrix_get(of->output, i, c);
        }
    }
    return sum;
}

double problem_loss(gradient_problem *of)
{
    program_check(ref_query_key_value_forward(of->inputs[IN_X], of->inputs[IN_MEMORY],
                                              &of->parameters, of->scale, NULL, &of->cache,
                                              of->output));
    return pulled(of);
}

void problem_backward(gradient_problem *of)
{
    problem_loss(of);
    for (size_t n = 0; n < N_INPUTS; n++) {
        gsl_matrix_set_zero(of->gradients[n]);
    }
    program_check(ref_query_key_value_backward(
        of->inputs[IN_X], of->inputs[IN_MEMORY], &of->parameters, of->scale, NULL, &of->cache,
        of->output, of->grad_output, of->gradients[IN_X], of->gradients[IN_MEMORY], &of->grad,
        &of->grad_cache));
}

double largest_gradient_error(gradient_problem *of, problem_losses *loss, size_t which, double h)
{
    double largest = 0.0;
    gsl_matrix *input = of->inputs[which];
    for (size_t i = 0; i < input->size1; i++) {
        for (size_t j = 0; j < input->size2; j++) {
            // [central-difference]
            double *x = gsl_matrix_ptr(input, i, j), x_before = *x;
            *x = x_before + h;
            double right = loss(of);
            *x = x_before - h;
            double left = loss(of);
            *x = x_before;
            double numeric = (right - left) / (2.0 * h);
            // [central-difference]
            largest = fmax(largest, fabs(numeric - gsl_matrix_get(of->gradients[which], i, j)));
        }
    }
    return largest;
}
