#include "tests/support/sides_query_key_value.h"

#include "optimized/query_key_value.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/sides_dense.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

/* ---- parameters -------------------------------------------------------------------------------- */

ref_query_key_value new_query_key_value(size_t d_x, size_t d_memory, size_t d_k, size_t d_v)
{
    return (ref_query_key_value){new_matrix(d_x, d_k),      new_vector(d_k),
                                 new_matrix(d_memory, d_k), new_vector(d_k),
                                 new_matrix(d_memory, d_v), new_vector(d_v)};
}

ref_query_key_value random_query_key_value(gsl_rng *rng, size_t d_x, size_t d_memory, size_t d_k,
                                           size_t d_v)
{
    double of_x = 1.0 / sqrt((double)d_x), of_memory = 1.0 / sqrt((double)d_memory);
    return (ref_query_key_value){
        random_matrix(rng, d_x, d_k, of_x),           random_vector(rng, d_k, 0.5),
        random_matrix(rng, d_memory, d_k, of_memory), random_vector(rng, d_k, 0.5),
        random_matrix(rng, d_memory, d_v, of_memory), random_vector(rng, d_v, 0.5)};
}

ref_query_key_value new_gradients_of(const ref_query_key_value *p)
{
    ref_query_key_value grad = new_query_key_value(p->weight_q->size1, p->weight_k->size1,
                                                   p->weight_q->size2, p->weight_v->size2);
    grad.bias_q = p->bias_q ? grad.bias_q : NULL;
    grad.bias_k = p->bias_k ? grad.bias_k : NULL;
    grad.bias_v = p->bias_v ? grad.bias_v : NULL;
    return grad;
}

/* ---- optimized --------------------------------------------------------------------------------- */

enum { WEIGHT_Q, BIAS_Q, WEIGHT_K, BIAS_K, WEIGHT_V, BIAS_V, N_PARAMETERS };

/* Parameters as floats. */
typedef struct {
    twin t[N_PARAMETERS];
    fast_query_key_value views;
} fast_parameters;

static twin twin_of_bias(const gsl_vector *bias)
{
    return bias ? twin_of_vector(bias) : (twin){0};
}

static fast_parameters narrow(const ref_query_key_value *p)
{
    fast_parameters f = {{twin_of_matrix(p->weight_q), twin_of_bias(p->bias_q),
                          twin_of_matrix(p->weight_k), twin_of_bias(p->bias_k),
                          twin_of_matrix(p->weight_v), twin_of_bias(p->bias_v)},
                         {.weight_q = {0}}};
    f.views = (fast_query_key_value){f.t[WEIGHT_Q].view, f.t[BIAS_Q].view,   f.t[WEIGHT_K].view,
                                     f.t[BIAS_K].view,   f.t[WEIGHT_V].view, f.t[BIAS_V].view};
    return f;
}

static void widen_bias(const twin *t, gsl_vector *bias)
{
    if (bias) {
        gsl_matrix *row = new_matrix(1, bias->size);
        twin_widen(t, 0, 0, row);
        gsl_matrix_get_row(bias, row, 0);
    }
}

static void widen(const fast_parameters *f, const ref_query_key_value *p)
{
    twin_widen(&f->t[WEIGHT_Q], 0, 0, p->weight_q);
    twin_widen(&f->t[WEIGHT_K], 0, 0, p->weight_k);
    twin_widen(&f->t[WEIGHT_V], 0, 0, p->weight_v);
    widen_bias(&f->t[BIAS_Q], p->bias_q);
    widen_bias(&f->t[BIAS_K], p->bias_k);
    widen_bias(&f->t[BIAS_V], p->bias_v);
}

static void parameters_free(fast_parameters *f)
{
    for (int n = 0; n < N_PARAMETERS; n++) {
        twin_free(&f->t[n]);
    }
}

/* One call as floats. */
typedef struct {
    twin x, memory, q, k, v, log_sum_exp, output, bias;
    const fast_view *x_view, *memory_view;
    fast_parameters parameters;
    fast_query_key_value_cache cache;
    fast_mask mask;
    guarded_context *guarded;
} fast_call;

static void narrow_mask(const ref_mask *mask, fast_call *f)
{
    f->bias = (twin){0};
    f->mask =
        (fast_mask){.causal = mask && mask->causal, .key_lengths = mask ? mask->key_length : NULL};
    if (mask && mask->bias) {
        f->bias = twin_of_matrix(mask->bias);
        f->mask.bias = &f->bias.view;
    }
}

static void begin(const side *s, const query_key_value_call *call, fast_call *f)
{
    const ref_query_key_value *p = call->parameters;
    size_t n_q = call->x->size1, n_k = call->memory->size1;
    f->x = twin_of_matrix(call->x);
    f->memory = twin_of_matrix(call->memory);
    f->x_view = &f->x.view;
    f->memory_view = call->memory == call->x ? f->x_view : &f->memory.view;
    f->parameters = narrow(p);
    f->q = twin_alloc(1, 1, n_q, p->weight_q->size2, TWIN_DENSE);
    f->k = twin_alloc(1, 1, n_k, p->weight_k->size2, TWIN_DENSE);
    f->v = twin_alloc(1, 1, n_k, p->weight_v->size2, TWIN_DENSE);
    f->log_sum_exp = twin_alloc(1, 1, 1, n_q, TWIN_DENSE);
    f->output = twin_alloc(1, 1, n_q, p->weight_v->size2, TWIN_DENSE);
    f->cache = (fast_query_key_value_cache){f->q.view, f->k.view, f->v.view, f->log_sum_exp.view};
    narrow_mask(call->mask, f);
    fast_context ask = {s->kernels, N_THREADS, NULL};
    const fast_query_key_value *views = &f->parameters.views;
    size_t n_bytes =
        GSL_MAX(fast_query_key_value_forward_size(f->x_view, f->memory_view, views, &ask),
                fast_query_key_value_backward_size(f->x_view, f->memory_view, views, &ask));
    f->guarded = guarded_alloc(s->kernels, N_THREADS, n_bytes);
}

static int forward(const query_key_value_call *call, fast_call *f)
{
    return fast_query_key_value_forward(f->x_view, f->memory_view, &f->parameters.views,
                                        (float)call->scale, call->mask ? &f->mask : NULL, &f->cache,
                                        &f->output.view, &f->guarded->context);
}

static void end(fast_call *f)
{
    twin_free(&f->x), twin_free(&f->memory), twin_free(&f->q), twin_free(&f->k), twin_free(&f->v);
    twin_free(&f->log_sum_exp), twin_free(&f->output), twin_free(&f->bias);
    parameters_free(&f->parameters);
    guarded_free(f->guarded);
}

static int fast_backward(const side *s, const query_key_value_call *call,
                         const gsl_matrix *grad_output, gsl_matrix *grad_x, gsl_matrix *grad_memory,
                         const ref_query_key_value *gradients)
{
    fast_call f;
    begin(s, call, &f);
    twin dy = twin_of_matrix(grad_output), dx = twin_of_matrix(grad_x);
    twin dm = twin_of_matrix(grad_memory);
    fast_parameters grad = narrow(gradients);
    bool is_self = grad_memory == grad_x;
    int status = forward(call, &f);
    if (status == GSL_SUCCESS) {
        status = fast_query_key_value_backward(
            f.x_view, f.memory_view, &f.parameters.views, (float)call->scale,
            call->mask ? &f.mask : NULL, &f.cache, &f.output.view, &dy.view, &dx.view,
            is_self ? &dx.view : &dm.view, &grad.views, &f.guarded->context);
    }
    twin_widen(is_self ? &dx : &dm, 0, 0, grad_memory);
    twin_widen(&dx, 0, 0, grad_x);
    widen(&grad, gradients);
    twin_free(&dy), twin_free(&dx), twin_free(&dm);
    parameters_free(&grad);
    end(&f);
    return status;
}

/* ---- both -------------------------------------------------------------------------------------- */

static ref_query_key_value_cache new_cache(const query_key_value_call *call)
{
    const ref_query_key_value *p = call->parameters;
    size_t n_q = call->x->size1, n_k = call->memory->size1;
    return (ref_query_key_value_cache){new_matrix(n_q, p->weight_q->size2),
                                       new_matrix(n_k, p->weight_k->size2),
                                       new_matrix(n_k, p->weight_v->size2), new_matrix(n_q, n_k)};
}

int side_query_key_value(const side *s, const query_key_value_call *call, gsl_matrix *output)
{
    if (!s->kernels) {
        ref_query_key_value_cache cache = new_cache(call);
        return ref_query_key_value_forward(call->x, call->memory, call->parameters, call->scale,
                                           call->mask, &cache, output);
    }
    fast_call f;
    begin(s, call, &f);
    int status = forward(call, &f);
    twin_widen(&f.output, 0, 0, output);
    end(&f);
    return status;
}

int side_query_key_value_backward(const side *s, const query_key_value_call *call,
                                  const gsl_matrix *grad_output, gsl_matrix *grad_x,
                                  gsl_matrix *grad_memory, const ref_query_key_value *gradients)
{
    if (s->kernels) {
        return fast_backward(s, call, grad_output, grad_x, grad_memory, gradients);
    }
    ref_query_key_value_cache cache = new_cache(call), scratch = new_cache(call);
    gsl_matrix *output = new_matrix(grad_output->size1, grad_output->size2);
    int status = ref_query_key_value_forward(call->x, call->memory, call->parameters, call->scale,
                                             call->mask, &cache, output);
    return status
               ? status
               : ref_query_key_value_backward(call->x, call->memory, call->parameters, call->scale,
                                              call->mask, &cache, output, grad_output, grad_x,
                                              grad_memory, gradients, &scratch);
}
