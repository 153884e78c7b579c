/* The look-up in double, one memory after the other. */
#include "chapters/03_query_key_value/lookup.h"

#include "chapters/common/program/program.h"
#include "reference/loss.h"
#include "reference/projection.h"
#include <math.h>
#include <stdlib.h>

struct lookup_reference {
    const party *of;
    ref_query_key_value parameters, gradients;
    ref_query_key_value_cache cache, grad_cache;
    gsl_matrix *output, *grad_output;          /* Y and dY, (N_GUESTS x D_V) */
    gsl_matrix *probabilities, *grad_logits;   /* (N_GUESTS x N_CARDS) */
    gsl_matrix *grad_questions, *grad_records; /* nobody reads them: names are not trained */
    gsl_matrix *grad_read_out;                 /* nor is this */
};

static ref_query_key_value_cache new_cache(void)
{
    return (ref_query_key_value_cache){program_matrix(N_GUESTS, D_K), program_matrix(N_GUESTS, D_K),
                                       program_matrix(N_GUESTS, D_V),
                                       program_matrix(N_GUESTS, N_GUESTS)};
}

static void free_cache(const ref_query_key_value_cache *cache)
{
    gsl_matrix_free(cache->q);
    gsl_matrix_free(cache->k);
    gsl_matrix_free(cache->v);
    gsl_matrix_free(cache->weights);
}

// [tied]
/* A model whose list has no key.weight is tied: both names mean one matrix, and because the
 * backward pass adds, both gradients meet in it. */
static void find_parameters(lookup_reference *model, const ref_parameters *list)
{
    ref_parameter *q = ref_parameters_find(list, "query.weight");
    ref_parameter *k = ref_parameters_find(list, "key.weight");
    ref_parameter *v = ref_parameters_find(list, "value.weight");
    k = k ? k : q;
    model->parameters = (ref_query_key_value){
        .weight_q = &q->value.matrix, .weight_k = &k->value.matrix, .weight_v = &v->value.matrix};
    model->gradients = (ref_query_key_value){.weight_q = &q->gradient.matrix,
                                             .weight_k = &k->gradient.matrix,
                                             .weight_v = &v->gradient.matrix};
}
// [tied]

lookup_reference *lookup_reference_alloc(const party *of, ref_parameters *list)
{
    lookup_reference *model = program_allocate(1, sizeof *model);
    *model = (lookup_reference){
        .of = of,
        .cache = new_cache(),
        .grad_cache = new_cache(),
        .output = program_matrix(N_GUESTS, D_V),
        .grad_output = program_matrix(N_GUESTS, D_V),
        .probabilities = program_matrix(N_GUESTS, N_CARDS),
        .grad_logits = program_matrix(N_GUESTS, N_CARDS),
        .grad_questions = program_matrix(N_GUESTS, D_RECORD),
        .grad_records = program_matrix(N_GUESTS, D_RECORD),
        .grad_read_out = program_matrix(D_V, N_CARDS),
    };
    find_parameters(model, list);
    return model;
}

void lookup_reference_free(lookup_reference *model)
{
    if (!model) {
        return;
    }
    free_cache(&model->cache);
    free_cache(&model->grad_cache);
    gsl_matrix *const all[] = {model->output,       model->grad_output,    model->probabilities,
                               model->grad_logits,  model->grad_questions, model->grad_records,
                               model->grad_read_out};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
    free(model);
}

static const double scale = 0.35355339059327376; /* 1 / sqrt(D_K) */

/* dY from the loss of one memory, then the gradients of W_Q, W_K and W_V. */
static void backward(lookup_reference *model, const gsl_matrix *records, const int *targets,
                     size_t n_counted, double share)
{
    gsl_matrix_set_zero(model->grad_logits);
    gsl_matrix_set_zero(model->grad_output);
    program_check(ref_cross_entropy_backward(model->probabilities, targets, 0.0,
                                             model->probabilities, n_counted, share,
                                             model->grad_logits));
    program_check(ref_projection_backward(model->output, model->of->read_out, model->grad_logits,
                                          model->grad_output, model->grad_read_out, NULL));
    program_check(ref_query_key_value_backward(
        model->of->questions, records, &model->parameters, scale, NULL, &model->cache,
        model->output, model->grad_output, model->grad_questions, model->grad_records,
        &model->gradients, &model->grad_cache));
}

double lookup_reference_pass(lookup_reference *model, const memories *all, bool is_training,
                             gsl_matrix *logits)
{
    double sum = 0.0, share = 1.0 / (double)all->n;
    for (size_t m = 0; m < all->n; m++) {
        size_t first = m * N_GUESTS, n_counted;
        double loss;
        gsl_matrix_const_view records =
            gsl_matrix_const_submatrix(all->records, first, 0, N_GUESTS, D_RECORD);
        gsl_matrix_view answers = gsl_matrix_submatrix(logits, first, 0, N_GUESTS, N_CARDS);
        const int *targets = all->targets + first;
        // [lookup-forward]
        /* the question asks, the memory answers: cross-attention */
        program_check(ref_query_key_value_forward(model->of->questions, &records.matrix,
                                                  &model->parameters, scale, NULL, &model->cache,
                                                  model->output));
        program_check(
            ref_projection_forward(model->output, model->of->read_out, NULL, &answers.matrix));
        program_check(ref_cross_entropy_forward(&answers.matrix, targets, 0.0, model->probabilities,
                                                &loss, &n_counted));
        // [lookup-forward]
        sum += share * loss;
        if (is_training) {
            backward(model, &records.matrix, targets, n_counted, share);
        }
    }
    return sum;
}

const gsl_matrix *lookup_reference_weights(const lookup_reference *model)
{
    return model->cache.weights;
}
