/* The look-up in float, all memories at once: a memory is one sequence of the batch. */
#include "chapters/03_query_key_value/lookup.h"

#include "chapters/common/program/program.h"
#include "optimized/loss.h"
#include "optimized/projection.h"
#include <gsl/gsl_math.h>
#include <stdlib.h>

enum { MAX_BLOCKS = 20 };

struct lookup_optimized {
    fast_query_key_value parameters, gradients;
    fast_query_key_value_cache cache;
    fast_view questions, read_out; /* the same for all memories */
    fast_view records, output, logits, log_sum_exp;
    fast_view grad_questions, grad_records, grad_output, grad_logits, grad_read_out;
    fast_context context;
    void *blocks[MAX_BLOCKS]; /* the floats behind the views */
    size_t n_blocks;
};

/* ---- Memory ---------------------------------------------------------------------------------- */

/* n matrices of zeros. */
static fast_view new_tensor(lookup_optimized *model, size_t n, size_t n_rows, size_t n_cols)
{
    float *floats = program_allocate(n * n_rows * n_cols, sizeof *floats);
    model->blocks[model->n_blocks++] = floats;
    return fast_view_tensor(floats, n, 1, n_rows, n_cols);
}

/* Round doubles into the rows of a view, batch by batch. */
static void narrow(const gsl_matrix *from, const fast_view *to)
{
    for (size_t i = 0; i < from->size1; i++) {
        float *row = fast_view_at(to, i / to->n_rows, 0) + i % to->n_rows * to->row_stride;
        for (size_t j = 0; j < from->size2; j++) {
            row[j] = (float)gsl_matrix_get(from, i, j);
        }
    }
}

static void find_parameters(lookup_optimized *model, const fast_parameters *list)
{
    const fast_parameter *q = fast_parameters_find(list, "query.weight");
    const fast_parameter *k = fast_parameters_find(list, "key.weight");
    const fast_parameter *v = fast_parameters_find(list, "value.weight");
    k = k ? k : q; /* tied */
    model->parameters =
        (fast_query_key_value){.weight_q = q->value, .weight_k = k->value, .weight_v = v->value};
    model->gradients = (fast_query_key_value){
        .weight_q = q->gradient, .weight_k = k->gradient, .weight_v = v->gradient};
}

/* As many bytes as the hungriest call wants. */
static size_t workspace_size(const lookup_optimized *of, const fast_parameters *list)
{
    const fast_context *context = &of->context;
    const size_t sizes[] = {
        fast_query_key_value_forward_size(&of->questions, &of->records, &of->parameters, context),
        fast_query_key_value_backward_size(&of->questions, &of->records, &of->parameters, context),
        fast_projection_forward_size(&of->output, &of->read_out, context),
        fast_projection_backward_size(&of->output, &of->read_out, context),
        fast_cross_entropy_forward_size(&of->logits, context),
        fast_gradient_norm_size(list),
    };
    size_t largest = 0;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        largest = GSL_MAX(largest, sizes[s]);
    }
    return largest;
}

lookup_optimized *lookup_optimized_alloc(const party *of, fast_parameters *list,
                                         size_t max_memories)
{
    lookup_optimized *model = program_allocate(1, sizeof *model);
    size_t n = max_memories;
    model->questions = new_tensor(model, 1, N_GUESTS, D_RECORD);
    model->read_out = new_tensor(model, 1, D_V, N_CARDS);
    narrow(of->questions, &model->questions);
    narrow(of->read_out, &model->read_out);
    model->questions.n_batch = n;
    model->questions.batch_stride = 0; /* every memory is asked the same */
    model->records = new_tensor(model, n, N_GUESTS, D_RECORD);
    model->cache.q = new_tensor(model, n, N_GUESTS, D_K);
    model->cache.k = new_tensor(model, n, N_GUESTS, D_K);
    model->cache.v = new_tensor(model, n, N_GUESTS, D_V);
    model->cache.log_sum_exp = new_tensor(model, n, 1, N_GUESTS);
    model->output = new_tensor(model, n, N_GUESTS, D_V);
    model->logits = new_tensor(model, n, N_GUESTS, N_CARDS);
    model->log_sum_exp = new_tensor(model, n, 1, N_GUESTS);
    model->grad_questions = new_tensor(model, n, N_GUESTS, D_RECORD);
    model->grad_records = new_tensor(model, n, N_GUESTS, D_RECORD);
    model->grad_output = new_tensor(model, n, N_GUESTS, D_V);
    model->grad_logits = new_tensor(model, n, N_GUESTS, N_CARDS);
    model->grad_read_out = new_tensor(model, 1, D_V, N_CARDS);
    find_parameters(model, list);
    model->context = (fast_context){.kernels = fast_kernels_best(), .n_threads = 1};
    model->context.workspace = fast_workspace_alloc(workspace_size(model, list));
    if (!model->context.workspace) {
        program_fail("%s", program_last_error());
    }
    return model;
}

void lookup_optimized_free(lookup_optimized *model)
{
    if (!model) {
        return;
    }
    for (size_t b = 0; b < model->n_blocks; b++) {
        free(model->blocks[b]);
    }
    fast_workspace_free(model->context.workspace);
    free(model);
}

fast_context *lookup_optimized_context(lookup_optimized *model)
{
    return &model->context;
}

/* ---- A pass ---------------------------------------------------------------------------------- */

/* All tensors hold the memories of this pass, and no more. */
static void set_batch(lookup_optimized *model, size_t n)
{
    fast_view *const all[] = {
        &model->questions,   &model->records,           &model->cache.q,      &model->cache.k,
        &model->cache.v,     &model->cache.log_sum_exp, &model->output,       &model->logits,
        &model->log_sum_exp, &model->grad_questions,    &model->grad_records, &model->grad_output,
        &model->grad_logits};
    for (size_t t = 0; t < sizeof all / sizeof all[0]; t++) {
        all[t]->n_batch = n;
    }
}

static void set_zero(const fast_view *tensor)
{
    size_t n = tensor->n_batch * tensor->batch_stride;
    for (size_t i = 0; i < n; i++) {
        tensor->data[i] = 0.0F;
    }
}

static const float scale = 0.35355339F; /* 1 / sqrt(D_K) */

static void backward(lookup_optimized *model, const int *targets, size_t n_counted)
{
    set_zero(&model->grad_logits);
    set_zero(&model->grad_output);
    program_check(fast_cross_entropy_backward(&model->logits, targets, 0.0F, &model->log_sum_exp,
                                              n_counted, 1.0F, &model->grad_logits,
                                              &model->context));
    program_check(fast_projection_backward(&model->output, &model->read_out, &model->grad_logits,
                                           &model->grad_output, &model->grad_read_out, NULL,
                                           &model->context));
    program_check(fast_query_key_value_backward(
        &model->questions, &model->records, &model->parameters, scale, NULL, &model->cache,
        &model->output, &model->grad_output, &model->grad_questions, &model->grad_records,
        &model->gradients, &model->context));
}

double lookup_optimized_pass(lookup_optimized *model, const memories *all, bool is_training,
                             gsl_matrix *logits)
{
    double loss;
    size_t n_counted;
    set_batch(model, all->n);
    narrow(all->records, &model->records);
    program_check(fast_query_key_value_forward(&model->questions, &model->records,
                                               &model->parameters, scale, NULL, &model->cache,
                                               &model->output, &model->context));
    program_check(fast_projection_forward(&model->output, &model->read_out, NULL, &model->logits,
                                          &model->context));
    program_check(fast_cross_entropy_forward(&model->logits, all->targets, 0.0F,
                                             &model->log_sum_exp, &loss, &n_counted,
                                             &model->context));
    for (size_t i = 0; i < all->n * N_GUESTS * N_CARDS; i++) {
        gsl_matrix_set(logits, i / N_CARDS, i % N_CARDS, (double)model->logits.data[i]);
    }
    if (is_training) {
        backward(model, all->targets, n_counted);
    }
    return loss;
}
