#include "tests/support/sides_additive.h"

#include "optimized/additive_attention.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/sides_dense.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

/* ---- parameters -------------------------------------------------------------------------------- */

ref_additive_attention new_additive(size_t d_x, size_t d_memory, size_t d_a)
{
    return (ref_additive_attention){new_matrix(d_x, d_a), new_matrix(d_memory, d_a),
                                    new_vector(d_a), new_vector(d_a)};
}

ref_additive_attention random_additive(gsl_rng *rng, size_t d_x, size_t d_memory, size_t d_a)
{
    return (ref_additive_attention){random_matrix(rng, d_x, d_a, 1.0 / sqrt((double)d_x)),
                                    random_matrix(rng, d_memory, d_a, 1.0 / sqrt((double)d_memory)),
                                    random_vector(rng, d_a, 0.5), random_vector(rng, d_a, 1.0)};
}

/* ---- optimized --------------------------------------------------------------------------------- */

enum { WEIGHT_Q, WEIGHT_K, BIAS, V, N_PARAMETERS };

/* Parameters as floats. */
typedef struct {
    twin t[N_PARAMETERS];
    fast_additive_attention views;
} fast_parameters;

static fast_parameters narrow(const ref_additive_attention *p)
{
    fast_parameters f = {.t = {[WEIGHT_Q] = twin_of_matrix(p->weight_q),
                               [WEIGHT_K] = twin_of_matrix(p->weight_k),
                               [V] = twin_of_vector(p->v)}};
    if (p->bias) {
        f.t[BIAS] = twin_of_vector(p->bias);
    }
    f.views = (fast_additive_attention){f.t[WEIGHT_Q].view, f.t[WEIGHT_K].view, f.t[BIAS].view,
                                        f.t[V].view};
    return f;
}

static void widen_vector(const twin *t, gsl_vector *v)
{
    gsl_matrix_view row = gsl_matrix_view_vector(v, 1, v->size);
    twin_widen(t, 0, 0, &row.matrix);
}

static void widen(const fast_parameters *f, const ref_additive_attention *p)
{
    twin_widen(&f->t[WEIGHT_Q], 0, 0, p->weight_q);
    twin_widen(&f->t[WEIGHT_K], 0, 0, p->weight_k);
    widen_vector(&f->t[V], p->v);
    if (p->bias) {
        widen_vector(&f->t[BIAS], p->bias);
    }
}

static void parameters_free(fast_parameters *f)
{
    for (int n = 0; n < N_PARAMETERS; n++) {
        twin_free(&f->t[n]);
    }
}

/* One call as floats. The answers are the memory, or what the keys of the memory are to find. */
typedef struct {
    twin x, memory, answers, keys, q, log_sum_exp, output, bias;
    fast_parameters parameters;
    fast_additive_cache cache;
    fast_mask mask;
    guarded_context *guarded;
} fast_call;

static size_t workspace_size(const fast_call *f, const fast_context *ask)
{
    const fast_view *x = &f->x.view, *k = &f->keys.view, *m = &f->memory.view;
    const fast_additive_attention *p = &f->parameters.views;
    size_t keys = GSL_MAX(fast_additive_keys_forward_size(m, p, ask),
                          fast_additive_keys_backward_size(m, p, ask));
    size_t forward = fast_additive_attention_forward_size(x, k, &f->answers.view, p, ask);
    return GSL_MAX(GSL_MAX(keys, forward),
                   fast_additive_attention_backward_size(x, k, &f->answers.view, p, ask));
}

static void begin(const side *s, const additive_call *call, const gsl_matrix *answers, fast_call *f)
{
    const ref_mask *mask = call->mask;
    size_t n_q = call->x->size1, n_k = call->memory->size1, d_a = call->parameters->v->size;
    f->x = twin_of_matrix(call->x);
    f->memory = twin_of_matrix(call->memory);
    f->answers = twin_of_matrix(answers);
    f->parameters = narrow(call->parameters);
    f->keys = twin_alloc(1, 1, n_k, d_a, TWIN_DENSE);
    f->q = twin_alloc(1, 1, n_q, d_a, TWIN_DENSE);
    f->log_sum_exp = twin_alloc(1, 1, 1, n_q, TWIN_DENSE);
    f->output = twin_alloc(1, 1, n_q, answers->size2, TWIN_DENSE);
    f->cache = (fast_additive_cache){f->q.view, f->log_sum_exp.view, NULL};
    f->bias = mask && mask->bias ? twin_of_matrix(mask->bias) : (twin){0};
    f->mask = (fast_mask){.causal = mask && mask->causal,
                          .key_lengths = mask ? mask->key_length : NULL,
                          .bias = mask && mask->bias ? &f->bias.view : NULL};
    fast_context ask = {s->kernels, N_THREADS, NULL};
    f->guarded = guarded_alloc(s->kernels, N_THREADS, workspace_size(f, &ask));
}

static int forward(const additive_call *call, fast_call *f)
{
    const fast_additive_attention *p = &f->parameters.views;
    int status =
        fast_additive_keys_forward(&f->memory.view, p, &f->keys.view, &f->guarded->context);
    return status ? status
                  : fast_additive_attention_forward(&f->x.view, &f->keys.view, &f->answers.view, p,
                                                    call->mask ? &f->mask : NULL, &f->cache,
                                                    &f->output.view, &f->guarded->context);
}

static void end(fast_call *f)
{
    twin_free(&f->x), twin_free(&f->memory), twin_free(&f->answers), twin_free(&f->keys);
    twin_free(&f->q), twin_free(&f->log_sum_exp), twin_free(&f->output), twin_free(&f->bias);
    parameters_free(&f->parameters);
    guarded_free(f->guarded);
}

static int fast_backward(const side *s, const additive_call *call, const gsl_matrix *grad_output,
                         gsl_matrix *grad_x, gsl_matrix *grad_memory,
                         const ref_additive_attention *gradients)
{
    fast_call f;
    begin(s, call, call->memory, &f);
    const fast_additive_attention *p = &f.parameters.views;
    const fast_mask *mask = call->mask ? &f.mask : NULL;
    fast_context *context = &f.guarded->context;
    twin dy = twin_of_matrix(grad_output), dx = twin_of_matrix(grad_x);
    twin dm = twin_of_matrix(grad_memory);
    twin dk = twin_of_matrix(new_matrix(call->memory->size1, call->parameters->v->size));
    fast_parameters grad = narrow(gradients);
    int status = forward(call, &f);
    if (status == GSL_SUCCESS) {
        status = fast_additive_attention_backward(&f.x.view, &f.keys.view, &f.answers.view, p, mask,
                                                  &f.cache, &f.output.view, &dy.view, &dx.view,
                                                  &dk.view, &dm.view, &grad.views, context);
    }
    if (status == GSL_SUCCESS) {
        status = fast_additive_keys_backward(&f.memory.view, p, &dk.view, &dm.view, &grad.views,
                                             context);
    }
    twin_widen(&dx, 0, 0, grad_x);
    twin_widen(&dm, 0, 0, grad_memory);
    widen(&grad, gradients);
    twin_free(&dy), twin_free(&dx), twin_free(&dm), twin_free(&dk);
    parameters_free(&grad);
    end(&f);
    return status;
}

/* ---- both -------------------------------------------------------------------------------------- */

static int attend(const side *s, const additive_call *call, const gsl_matrix *answers,
                  gsl_matrix *output)
{
    size_t n_q = call->x->size1, n_k = call->memory->size1, d_a = call->parameters->v->size;
    if (s->kernels) {
        fast_call f;
        begin(s, call, answers, &f);
        int status = forward(call, &f);
        twin_widen(&f.output, 0, 0, output);
        end(&f);
        return status;
    }
    ref_additive_cache cache = {new_matrix(n_q, d_a), new_matrix(n_q, n_k)};
    gsl_matrix *keys = new_matrix(n_k, d_a);
    int status = ref_additive_keys_forward(call->memory, call->parameters, keys);
    return status ? status
                  : ref_additive_attention_forward(call->x, keys, answers, call->parameters,
                                                   call->mask, &cache, output);
}

int side_additive(const side *s, const additive_call *call, gsl_matrix *output)
{
    return attend(s, call, call->memory, output);
}

int side_additive_weights(const side *s, const additive_call *call, gsl_matrix *weights)
{
    gsl_matrix *identity = new_matrix(call->memory->size1, call->memory->size1);
    gsl_matrix_set_identity(identity);
    return attend(s, call, identity, weights);
}

int side_additive_backward(const side *s, const additive_call *call, const gsl_matrix *grad_output,
                           gsl_matrix *grad_x, gsl_matrix *grad_memory,
                           const ref_additive_attention *gradients)
{
    if (s->kernels) {
        return fast_backward(s, call, grad_output, grad_x, grad_memory, gradients);
    }
    const ref_additive_attention *p = call->parameters;
    size_t n_q = call->x->size1, n_k = call->memory->size1, d_a = p->v->size;
    ref_additive_cache cache = {new_matrix(n_q, d_a), new_matrix(n_q, n_k)};
    ref_additive_cache scratch = {new_matrix(n_q, d_a), new_matrix(n_q, n_k)};
    gsl_matrix *keys = new_matrix(n_k, d_a), *grad_keys = new_matrix(n_k, d_a);
    gsl_matrix *output = new_matrix(n_q, grad_output->size2);
    int status = ref_additive_keys_forward(call->memory, p, keys);
    if (status == GSL_SUCCESS) {
        status = ref_additive_attention_forward(call->x, keys, call->memory, p, call->mask, &cache,
                                                output);
    }
    if (status == GSL_SUCCESS) {
        status = ref_additive_attention_backward(call->x, keys, call->memory, p, call->mask, &cache,
                                                 output, grad_output, grad_x, grad_keys,
                                                 grad_memory, gradients, &scratch);
    }
    return status ? status
                  : ref_additive_keys_backward(call->memory, p, grad_keys, grad_memory, gradients);
}
