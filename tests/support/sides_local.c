#include "tests/support/sides_local.h"

#include "optimized/local_attention.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/sides_dense.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

ref_local_attention new_local(size_t d_x, size_t d_p)
{
    return (ref_local_attention){new_matrix(d_x, d_p), new_vector(d_p)};
}

ref_local_attention random_local(gsl_rng *rng, size_t d_x, size_t d_p)
{
    return (ref_local_attention){random_matrix(rng, d_x, d_p, 1.0 / sqrt((double)d_x)),
                                 random_vector(rng, d_p, 2.0 / sqrt((double)d_p))};
}

/* ---- optimized --------------------------------------------------------------------------------- */

/* One call as floats. */
typedef struct {
    twin x, keys, memory, weight, v, hidden, positions, log_sum_exp, output;
    fast_local_attention parameters;
    fast_local_cache cache;
    guarded_context *guarded;
} fast_call;

static void begin(const side *s, const local_call *call, const gsl_matrix *memory, fast_call *f)
{
    size_t n_q = call->x->size1, d_p = call->parameters.v->size;
    f->x = twin_of_matrix(call->x);
    f->keys = twin_of_matrix(call->keys);
    f->memory = twin_of_matrix(memory);
    f->weight = twin_of_matrix(call->parameters.weight);
    f->v = twin_of_vector(call->parameters.v);
    f->hidden = twin_alloc(1, 1, n_q, d_p, TWIN_DENSE);
    f->positions = twin_alloc(1, 1, 1, n_q, TWIN_DENSE);
    f->log_sum_exp = twin_alloc(1, 1, 1, n_q, TWIN_DENSE);
    f->output = twin_alloc(1, 1, n_q, memory->size2, TWIN_DENSE);
    f->parameters = (fast_local_attention){f->weight.view, f->v.view};
    f->cache = (fast_local_cache){f->hidden.view, f->positions.view, f->log_sum_exp.view};
    fast_context ask = {s->kernels, N_THREADS, NULL};
    size_t forward = fast_local_attention_forward_size(&f->x.view, &f->keys.view, call->window,
                                                       &f->parameters, &ask);
    size_t backward = fast_local_attention_backward_size(&f->x.view, &f->keys.view, call->window,
                                                         &f->parameters, &ask);
    f->guarded = guarded_alloc(s->kernels, N_THREADS, GSL_MAX(forward, backward));
}

static int forward(const local_call *call, fast_call *f)
{
    return fast_local_attention_forward(
        &f->x.view, &f->keys.view, &f->memory.view, (float)call->scale, call->window, call->length,
        &f->parameters, &f->cache, &f->output.view, &f->guarded->context);
}

static void widen_vector(const twin *t, gsl_vector *v)
{
    gsl_matrix_view row = gsl_matrix_view_vector(v, 1, v->size);
    twin_widen(t, 0, 0, &row.matrix);
}

static void end(fast_call *f)
{
    twin_free(&f->x), twin_free(&f->keys), twin_free(&f->memory), twin_free(&f->weight);
    twin_free(&f->v), twin_free(&f->hidden), twin_free(&f->positions);
    twin_free(&f->log_sum_exp), twin_free(&f->output);
    guarded_free(f->guarded);
}

static int fast_backward(const side *s, const local_call *call, const gsl_matrix *grad_output,
                         gsl_matrix *grad_x, gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                         const ref_local_attention *gradients)
{
    fast_call f;
    begin(s, call, call->memory, &f);
    twin dy = twin_of_matrix(grad_output), dx = twin_of_matrix(grad_x);
    twin dk = twin_of_matrix(grad_keys), dm = twin_of_matrix(grad_memory);
    twin dw = twin_of_matrix(gradients->weight), dv = twin_of_vector(gradients->v);
    fast_local_attention grad = {dw.view, dv.view};
    int status = forward(call, &f);
    if (status == GSL_SUCCESS) {
        status = fast_local_attention_backward(
            &f.x.view, &f.keys.view, &f.memory.view, (float)call->scale, call->window, call->length,
            &f.parameters, &f.cache, &f.output.view, &dy.view, &dx.view, &dk.view, &dm.view, &grad,
            &f.guarded->context);
    }
    twin_widen(&dx, 0, 0, grad_x);
    twin_widen(&dk, 0, 0, grad_keys);
    twin_widen(&dm, 0, 0, grad_memory);
    twin_widen(&dw, 0, 0, gradients->weight);
    widen_vector(&dv, gradients->v);
    twin_free(&dy), twin_free(&dx), twin_free(&dk), twin_free(&dm), twin_free(&dw), twin_free(&dv);
    end(&f);
    return status;
}

/* ---- both -------------------------------------------------------------------------------------- */

static ref_local_cache new_cache(const local_call *call)
{
    size_t n_q = call->x->size1, n_k = call->keys->size1;
    return (ref_local_cache){new_matrix(n_q, call->parameters.v->size), new_vector(n_q),
                             new_matrix(n_q, n_k), new_matrix(n_q, n_k)};
}

static int attend(const side *s, const local_call *call, const gsl_matrix *memory,
                  gsl_vector *positions, gsl_matrix *output)
{
    if (s->kernels) {
        fast_call f;
        begin(s, call, memory, &f);
        int status = forward(call, &f);
        twin_widen(&f.output, 0, 0, output);
        widen_vector(&f.positions, positions);
        end(&f);
        return status;
    }
    ref_local_cache cache = new_cache(call);
    int status = ref_local_attention_forward(call->x, call->keys, memory, call->scale, call->window,
                                             call->length, &call->parameters, &cache, output);
    gsl_vector_memcpy(positions, cache.positions);
    return status;
}

int side_local(const side *s, const local_call *call, gsl_vector *positions, gsl_matrix *output)
{
    return attend(s, call, call->memory, positions, output);
}

int side_local_weights(const side *s, const local_call *call, gsl_matrix *weights)
{
    gsl_matrix *identity = new_matrix(call->keys->size1, call->keys->size1);
    gsl_matrix_set_identity(identity);
    return attend(s, call, identity, new_vector(call->x->size1), weights);
}

int side_local_backward(const side *s, const local_call *call, const gsl_matrix *grad_output,
                        gsl_matrix *grad_x, gsl_matrix *grad_keys, gsl_matrix *grad_memory,
                        const ref_local_attention *gradients)
{
    if (s->kernels) {
        return fast_backward(s, call, grad_output, grad_x, grad_keys, grad_memory, gradients);
    }
    gsl_matrix *output = new_matrix(call->x->size1, call->memory->size2);
    ref_local_cache cache = new_cache(call), scratch = new_cache(call);
    int status =
        ref_local_attention_forward(call->x, call->keys, call->memory, call->scale, call->window,
                                    call->length, &call->parameters, &cache, output);
    return status ? status
                  : ref_local_attention_backward(call->x, call->keys, call->memory, call->scale,
                                                 call->window, call->length, &call->parameters,
                                                 &cache, output, grad_output, grad_x, grad_keys,
                                                 grad_memory, gradients, &scratch);
}
