/* The similarity of two points as W_Q and W_K, learned. */
#include "chapters/03_query_key_value/curve.h"

#include "chapters/common/program/program.h"
#include "reference/loss.h"
#include "reference/projection.h"
#include "reference/reweighting.h"
#include "reference/train.h"
#include <math.h>

enum { D_X = 3, D_K_CURVE = 2, N_STEPS = 1000 };

// [features]
/* A point as (t, t^2, 1), with t = x - 2.5 in the middle of the points. */
static gsl_matrix *features(const gsl_vector *x)
{
    gsl_matrix *rows = program_matrix(x->size, D_X);
    for (size_t i = 0; i < x->size; i++) {
        double t = gsl_vector_get(x, i) - 2.5;
        gsl_matrix_set(rows, i, 0, t);
        gsl_matrix_set(rows, i, 1, t * t);
        gsl_matrix_set(rows, i, 2, 1.0);
    }
    return rows;
}
// [features]

/* Attention between projected points; the values are their y, as they are. */
typedef struct {
    const points *data;
    gsl_matrix *x, *memory; /* features of the queries and of the points */
    gsl_matrix *q, *k, *weights, *output;
} curve;

static curve new_curve(const points *data, const gsl_vector *queries)
{
    size_t n_q = queries->size, n_k = data->x->size;
    return (curve){data,
                   features(queries),
                   features(data->x),
                   program_matrix(n_q, D_K_CURVE),
                   program_matrix(n_k, D_K_CURVE),
                   program_matrix(n_q, n_k),
                   program_matrix(n_q, 1)};
}

static void free_curve(curve *of)
{
    gsl_matrix *const all[] = {of->x, of->memory, of->q, of->k, of->weights, of->output};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}

static void forward(curve *of, const gsl_matrix *weight_q, const gsl_matrix *weight_k,
                    const ref_mask *mask)
{
    program_check(ref_projection_forward(of->x, weight_q, NULL, of->q));
    program_check(ref_projection_forward(of->memory, weight_k, NULL, of->k));
    program_check(ref_attention_forward(of->q, of->k, of->data->y, REF_DOT, 1.0, mask, of->weights,
                                        of->output));
}

// [gaussian-as-projections]
/* q = (t, 1),  k = (t', -t'^2 / 2) / h^2:  the scores are those of a Gaussian of bandwidth h */
static void set_gaussian(gsl_matrix *weight_q, gsl_matrix *weight_k, double h)
{
    gsl_matrix_set_zero(weight_q);
    gsl_matrix_set_zero(weight_k);
    gsl_matrix_set(weight_q, 0, 0, 1.0);            /* t */
    gsl_matrix_set(weight_q, 2, 1, 1.0);            /* 1 */
    gsl_matrix_set(weight_k, 0, 0, 1.0 / (h * h));  /* t' */
    gsl_matrix_set(weight_k, 1, 1, -0.5 / (h * h)); /* t'^2 */
}
// [gaussian-as-projections]

void check_kernel_as_projections(const points *data)
{
    gsl_vector *queries = curve_queries();
    curve of = new_curve(data, queries);
    gsl_matrix *weights = program_matrix(queries->size, data->x->size);
    gsl_matrix *output = program_matrix(queries->size, 1);
    const double h = 0.5;
    gsl_matrix *weight_q = program_matrix(D_X, D_K_CURVE);
    gsl_matrix *weight_k = program_matrix(D_X, D_K_CURVE);
    set_gaussian(weight_q, weight_k, h);
    forward(&of, weight_q, weight_k, NULL);
    program_check(
        ref_kernel_regression_forward(queries, data->x, data->y, REF_GAUSSIAN, h, weights, output));
    must_be_small(largest_difference(of.output, output), 1e-12,
                  "the Gaussian kernel and its projections");
    gsl_matrix_free(weight_q);
    gsl_matrix_free(weight_k);
    gsl_matrix_free(weights);
    gsl_matrix_free(output);
    gsl_vector_free(queries);
    free_curve(&of);
}

/* Gradients of the squared error, added to those of W_Q and W_K. */
static void backward(curve *of, const ref_mask *mask, ref_parameter *w_q, ref_parameter *w_k)
{
    size_t n = of->q->size1;
    gsl_matrix *grad_output = program_matrix(n, 1), *grad_y = program_matrix(n, 1);
    gsl_matrix *grad_q = program_matrix(n, D_K_CURVE), *grad_k = program_matrix(n, D_K_CURVE);
    gsl_matrix *grad_scores = program_matrix(n, n);
    program_check(ref_squared_error_backward(of->output, of->data->y, 1.0, grad_output));
    program_check(ref_attention_backward(of->q, of->k, of->data->y, REF_DOT, 1.0, mask, of->weights,
                                         of->output, grad_output, grad_q, grad_k, grad_y,
                                         grad_scores));
    program_check(ref_projection_backward(of->x, &w_q->value.matrix, grad_q, NULL,
                                          &w_q->gradient.matrix, NULL));
    program_check(ref_projection_backward(of->memory, &w_k->value.matrix, grad_k, NULL,
                                          &w_k->gradient.matrix, NULL));
    gsl_matrix *const all[] = {grad_output, grad_y, grad_q, grad_k, grad_scores};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}

/* W_Q and W_K, both (3 x 2), as they begin: a Gaussian of bandwidth 1. */
static ref_parameters *new_parameters(void)
{
    ref_parameters *list = ref_parameters_alloc();
    ref_parameters_declare(list, "query.weight", D_X, D_K_CURVE, false, REF_ZEROS);
    ref_parameters_declare(list, "key.weight", D_X, D_K_CURVE, false, REF_ZEROS);
    program_check(ref_parameters_allocate(list));
    set_gaussian(&ref_parameters_find(list, "query.weight")->value.matrix,
                 &ref_parameters_find(list, "key.weight")->value.matrix, 1.0);
    return list;
}

static void train(const points *data, ref_parameters *list)
{
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.02;
    ref_training *training = ref_training_alloc(list, &options);
    ref_parameter *w_q = ref_parameters_find(list, "query.weight");
    ref_parameter *w_k = ref_parameters_find(list, "key.weight");
    curve of = new_curve(data, data->x);
    gsl_matrix *bias = program_matrix(data->x->size, data->x->size);
    gsl_vector_view own = gsl_matrix_diagonal(bias);
    gsl_vector_set_all(&own.vector, -INFINITY); /* each point from the others */
    const ref_mask mask = {.bias = bias};
    for (size_t step = 0; step < N_STEPS; step++) {
        ref_parameters_zero_gradients(list);
        forward(&of, &w_q->value.matrix, &w_k->value.matrix, &mask);
        backward(&of, &mask, w_q, w_k);
        program_check(ref_training_step(training, list));
    }
    gsl_matrix_free(bias);
    free_curve(&of);
    ref_training_free(training);
}

learned_curve learn_curve(const points *data)
{
    gsl_vector *queries = curve_queries();
    curve of = new_curve(data, queries);
    ref_parameters *list = new_parameters();
    train(data, list);
    forward(&of, &ref_parameters_find(list, "query.weight")->value.matrix,
            &ref_parameters_find(list, "key.weight")->value.matrix, NULL);
    learned_curve result = {program_matrix(queries->size, 1), 0.0};
    gsl_matrix_memcpy(result.output, of.output);
    result.error = curve_error(queries, result.output);
    ref_parameters_free(list);
    gsl_vector_free(queries);
    free_curve(&of);
    return result;
}
