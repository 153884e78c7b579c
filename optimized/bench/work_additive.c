/* Additive attention of queries that are projected first; the keys are made beforehand, as for a
 * source. Of a pair of a query and a key, each hidden unit counts as five operations forward: those
 * of 1 / (1 + e^(2 q) e^(2 k)), and the product and the sum of a score. Backward it counts as 16:
 * the same once more, again the three of r, the two of its slope, and three products and sums.
 *
 * In the works of scores alone a tanh counts as one, and nothing else counts: their GFLOP/s are 10^9
 * tanh a second. The projection and the contexts, which are narrow there, come on top. */
#include "optimized/additive_attention.h"
#include "optimized/bench/data.h"
#include "optimized/bench/work.h"
#include "reference/additive_attention.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Of x, keys, memory, W and v. */
enum { N_GRADIENTS = 5 };

/** Of a shape d_k are the hidden units, d_v the columns of x and of the memory. */
typedef struct {
    bench_shape shape;
    fast_view x, keys, memory, output, grad_output, grad_x, grad_keys, grad_memory;
    fast_additive_attention parameters, gradients;
    fast_additive_cache cache;
    /* The reference takes one sequence at a time, and all of them through the same memory. */
    gsl_matrix *ref_x, *ref_keys, *ref_memory, *ref_output, *ref_grad_output;
    gsl_matrix *ref_grad_x, *ref_grad_keys, *ref_grad_memory;
    ref_additive_attention ref_parameters, ref_gradients;
    ref_additive_cache ref_cache, ref_grad_cache;
    double checked[N_GRADIENTS];
} additive_data;

static double n_pairs(const bench_shape *s)
{
    return (double)s->n_batch * (double)s->n_q * (double)s->n_k;
}

static double n_tanh(const bench_shape *s)
{
    return n_pairs(s) * (double)s->d_k;
}

/** Of one product of all queries with W. */
static double n_flops_projection(const bench_shape *s)
{
    return 2.0 * (double)s->n_batch * (double)s->n_q * (double)s->d_v * (double)s->d_k;
}

static double n_flops_forward(const bench_shape *s)
{
    return n_flops_projection(s) + 5.0 * n_tanh(s) + 2.0 * n_pairs(s) * (double)s->d_v;
}

static double n_flops_backward(const bench_shape *s)
{
    return 2.0 * n_flops_projection(s) + 16.0 * n_tanh(s) + 4.0 * n_pairs(s) * (double)s->d_v;
}

static void describe(const bench_shape *s, char *text, size_t size)
{
    snprintf(text, size, "%zu x %zu x %zu x %zu, d=%zu", s->n_batch, s->n_q, s->n_k, s->d_k,
             s->d_v);
}

/* ---- Data ------------------------------------------------------------------------------------ */

/** Random numbers times a factor, so that neither units nor weights are all saturated. */
static fast_view scaled_tensor(size_t n_rows, size_t n_cols, float factor)
{
    fast_view x = random_tensor(1, 1, n_rows, n_cols);
    for (size_t i = 0; i < n_rows * n_cols; i++) {
        x.data[i] *= factor;
    }
    return x;
}

static fast_additive_attention parameters_of(const bench_shape *s)
{
    return (fast_additive_attention){.weight_q =
                                         scaled_tensor(s->d_v, s->d_k, sqrtf(9.0f / (float)s->d_v)),
                                     .v = scaled_tensor(1, s->d_k, sqrtf(9.0f / (float)s->d_k))};
}

static void alloc_optimized(additive_data *d)
{
    const bench_shape *s = &d->shape;
    d->x = random_tensor(s->n_batch, 1, s->n_q, s->d_v);
    d->grad_x = zero_tensor(s->n_batch, 1, s->n_q, s->d_v);
    d->keys = random_tensor(s->n_batch, 1, s->n_k, s->d_k);
    d->grad_keys = zero_tensor(s->n_batch, 1, s->n_k, s->d_k);
    d->memory = random_tensor(s->n_batch, 1, s->n_k, s->d_v);
    d->grad_memory = zero_tensor(s->n_batch, 1, s->n_k, s->d_v);
    d->output = random_tensor(s->n_batch, 1, s->n_q, s->d_v);
    d->grad_output = random_tensor(s->n_batch, 1, s->n_q, s->d_v);
    d->parameters = parameters_of(s);
    d->gradients = (fast_additive_attention){.weight_q = zero_tensor(1, 1, s->d_v, s->d_k),
                                             .v = zero_tensor(1, 1, 1, s->d_k)};
    d->cache.q = random_tensor(s->n_batch, 1, s->n_q, s->d_k);
    d->cache.log_sum_exp = random_tensor(s->n_batch, 1, 1, s->n_q);
}

static void alloc_reference(additive_data *d)
{
    const bench_shape *s = &d->shape;
    d->ref_x = random_matrix(s->n_q, s->d_v);
    d->ref_grad_x = random_matrix(s->n_q, s->d_v);
    d->ref_keys = random_matrix(s->n_k, s->d_k);
    d->ref_grad_keys = random_matrix(s->n_k, s->d_k);
    d->ref_memory = random_matrix(s->n_k, s->d_v);
    d->ref_grad_memory = random_matrix(s->n_k, s->d_v);
    d->ref_output = random_matrix(s->n_q, s->d_v);
    d->ref_grad_output = random_matrix(s->n_q, s->d_v);
    d->ref_parameters.weight_q = random_matrix(s->d_v, s->d_k);
    gsl_matrix_scale(d->ref_parameters.weight_q, sqrt(9.0 / (double)s->d_v));
    d->ref_parameters.v = gsl_vector_calloc(s->d_k);
    d->ref_gradients.weight_q = random_matrix(s->d_v, s->d_k);
    d->ref_gradients.v = gsl_vector_calloc(s->d_k);
    d->ref_cache =
        (ref_additive_cache){random_matrix(s->n_q, s->d_k), random_matrix(s->n_q, s->n_k)};
    d->ref_grad_cache =
        (ref_additive_cache){random_matrix(s->n_q, s->d_k), random_matrix(s->n_q, s->n_k)};
}

static size_t forward_size(void *data, const fast_context *context)
{
    additive_data *d = data;
    return fast_additive_attention_forward_size(&d->x, &d->keys, &d->memory, &d->parameters,
                                                context);
}

static void optimized_forward(void *data, fast_context *context)
{
    additive_data *d = data;
    fast_additive_attention_forward(&d->x, &d->keys, &d->memory, &d->parameters, NULL, &d->cache,
                                    &d->output, context);
}

/** What the backward pass reads must be what the forward pass leaves. */
static void run_forward_once(additive_data *d)
{
    fast_context context = {fast_kernels_best(), 1, NULL};
    context.workspace = fast_workspace_alloc(forward_size(d, &context));
    optimized_forward(d, &context);
    fast_workspace_free(context.workspace);
}

static void *alloc(const bench_shape *s, bool for_reference, bool for_optimized)
{
    additive_data *d = zero_bytes(sizeof *d);
    d->shape = *s;
    if (for_optimized) {
        alloc_optimized(d);
        run_forward_once(d);
    }
    if (for_reference) {
        alloc_reference(d);
    }
    return d;
}

static void free_data(void *data)
{
    additive_data *d = data;
    fast_view views[] = {d->x,
                         d->keys,
                         d->memory,
                         d->output,
                         d->grad_output,
                         d->grad_x,
                         d->grad_keys,
                         d->grad_memory,
                         d->parameters.weight_q,
                         d->parameters.v,
                         d->gradients.weight_q,
                         d->gradients.v,
                         d->cache.q,
                         d->cache.log_sum_exp};
    gsl_matrix *matrices[] = {d->ref_x,
                              d->ref_keys,
                              d->ref_memory,
                              d->ref_output,
                              d->ref_grad_output,
                              d->ref_grad_x,
                              d->ref_grad_keys,
                              d->ref_grad_memory,
                              d->ref_parameters.weight_q,
                              d->ref_gradients.weight_q,
                              d->ref_cache.q,
                              d->ref_cache.weights,
                              d->ref_grad_cache.q,
                              d->ref_grad_cache.weights};
    for (size_t n = 0; n < sizeof views / sizeof views[0]; n++) {
        free(views[n].data);
    }
    for (size_t n = 0; n < sizeof matrices / sizeof matrices[0]; n++) {
        gsl_matrix_free(matrices[n]);
    }
    gsl_vector_free(d->ref_parameters.v);
    gsl_vector_free(d->ref_gradients.v);
    free(d);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static void reference_forward(void *data)
{
    additive_data *d = data;
    for (size_t b = 0; b < d->shape.n_batch; b++) {
        ref_additive_attention_forward(d->ref_x, d->ref_keys, d->ref_memory, &d->ref_parameters,
                                       NULL, &d->ref_cache, d->ref_output);
    }
}

static size_t backward_size(void *data, const fast_context *context)
{
    additive_data *d = data;
    return fast_additive_attention_backward_size(&d->x, &d->keys, &d->memory, &d->parameters,
                                                 context);
}

static void optimized_backward(void *data, fast_context *context)
{
    additive_data *d = data;
    fast_additive_attention_backward(&d->x, &d->keys, &d->memory, &d->parameters, NULL, &d->cache,
                                     &d->output, &d->grad_output, &d->grad_x, &d->grad_keys,
                                     &d->grad_memory, &d->gradients, context);
}

static void reference_backward(void *data)
{
    additive_data *d = data;
    for (size_t b = 0; b < d->shape.n_batch; b++) {
        ref_additive_attention_backward(d->ref_x, d->ref_keys, d->ref_memory, &d->ref_parameters,
                                        NULL, &d->ref_cache, d->ref_output, d->ref_grad_output,
                                        d->ref_grad_x, d->ref_grad_keys, d->ref_grad_memory,
                                        &d->ref_gradients, &d->ref_grad_cache);
    }
}

/* ---- For PyTorch: peer_torch_additive.py reads the same in the same order -------------------- */

/** What is sent is dense. */
static size_t n_numbers(const fast_view *view)
{
    return view->n_batch * view->n_rows * view->n_cols;
}

static void send(void *data, FILE *to)
{
    const additive_data *d = data;
    const bench_shape *s = &d->shape;
    int64_t sizes[] = {(int64_t)s->n_batch, (int64_t)s->n_q, (int64_t)s->n_k, (int64_t)s->d_k,
                       (int64_t)s->d_v};
    const fast_view *views[] = {
        &d->x, &d->keys, &d->memory, &d->parameters.weight_q, &d->parameters.v, &d->grad_output};
    fwrite(sizes, sizeof sizes[0], sizeof sizes / sizeof sizes[0], to);
    for (size_t n = 0; n < sizeof views / sizeof views[0]; n++) {
        fwrite(views[n]->data, sizeof(float), n_numbers(views[n]), to);
    }
}

static const double *checked_forward(void *data, size_t *n_checked)
{
    additive_data *d = data;
    *n_checked = 1;
    d->checked[0] = digest(d->output.data, n_numbers(&d->output));
    return d->checked;
}

static const double *checked_backward(void *data, size_t *n_checked)
{
    additive_data *d = data;
    const fast_view *views[N_GRADIENTS] = {&d->grad_x, &d->grad_keys, &d->grad_memory,
                                           &d->gradients.weight_q, &d->gradients.v};
    *n_checked = N_GRADIENTS;
    for (size_t n = 0; n < N_GRADIENTS; n++) {
        d->checked[n] = digest(views[n]->data, n_numbers(views[n]));
    }
    return d->checked;
}

#define ADDITIVE_WORK(name_, n_flops_, direction, most_)                                           \
    {                                                                                              \
        .name = name_, .n_flops = n_flops_, .describe = describe, .alloc = alloc,                  \
        .free = free_data, .workspace_size = direction##_size, .optimized = optimized_##direction, \
        .reference = reference_##direction, .most_reference_flops = most_, .send = send,           \
        .checked = checked_##direction                                                             \
    }

const bench_work additive_forward_work =
    ADDITIVE_WORK("additive_attention_forward", n_flops_forward, forward, 1e9);
const bench_work additive_backward_work =
    ADDITIVE_WORK("additive_attention_backward", n_flops_backward, backward, 3e9);
const bench_work additive_scores_forward_work =
    ADDITIVE_WORK("additive_scores_forward", n_tanh, forward, 1e8);
const bench_work additive_scores_backward_work =
    ADDITIVE_WORK("additive_scores_backward", n_tanh, backward, 1e8);
