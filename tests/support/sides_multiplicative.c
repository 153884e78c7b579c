#include "tests/support/sides_multiplicative.h"

#include "optimized/multiplicative_attention.h"
#include "reference/multiplicative_attention.h"
#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

/* ---- optimized --------------------------------------------------------------------------------- */

/* One call as floats. The answers are the memory, or what the keys of the memory are to find. */
typedef struct {
    twin x, memory, answers, weight, made, log_sum_exp, output, bias;
    const fast_view *keys;
    fast_mask mask;
    guarded_context *guarded;
} fast_call;

static size_t workspace_size(const fast_call *f, bool is_dot, const fast_context *ask)
{
    const fast_view *x = &f->x.view, *m = &f->memory.view, *w = &f->weight.view;
    size_t keys = is_dot ? 0
                         : GSL_MAX(fast_multiplicative_keys_forward_size(m, w, ask),
                                   fast_multiplicative_keys_backward_size(m, w, ask));
    size_t forward = fast_attention_forward_size(x, f->keys, &f->answers.view, ask);
    return GSL_MAX(GSL_MAX(keys, forward),
                   fast_attention_backward_size(x, f->keys, &f->answers.view, ask));
}

static void begin(const side *s, const multiplicative_call *call, const gsl_matrix *answers,
                  fast_call *f)
{
    const ref_mask *mask = call->mask;
    size_t n_q = call->x->size1, n_k = call->memory->size1;
    f->x = twin_of_matrix(call->x);
    f->memory = twin_of_matrix(call->memory);
    f->answers = twin_of_matrix(answers);
    f->weight = call->weight ? twin_of_matrix(call->weight) : (twin){0};
    f->made = twin_alloc(1, 1, n_k, call->x->size2, TWIN_DENSE);
    f->keys = call->weight ? &f->made.view : &f->memory.view;
    f->log_sum_exp = twin_alloc(1, 1, 1, n_q, TWIN_DENSE);
    f->output = twin_alloc(1, 1, n_q, answers->size2, TWIN_DENSE);
    f->bias = mask && mask->bias ? twin_of_matrix(mask->bias) : (twin){0};
    f->mask = (fast_mask){.causal = mask && mask->causal,
                          .key_lengths = mask ? mask->key_length : NULL,
                          .bias = mask && mask->bias ? &f->bias.view : NULL};
    fast_context ask = {s->kernels, N_THREADS, NULL};
    f->guarded = guarded_alloc(s->kernels, N_THREADS, workspace_size(f, !call->weight, &ask));
}

static int forward(const multiplicative_call *call, fast_call *f)
{
    fast_context *context = &f->guarded->context;
    int status = GSL_SUCCESS;
    if (call->weight) {
        status = fast_multiplicative_keys_forward(&f->memory.view, &f->weight.view, &f->made.view,
                                                  context);
    }
    return status
               ? status
               : fast_multiplicative_attention_forward(
                     &f->x.view, f->keys, &f->answers.view, (float)call->scale,
                     call->mask ? &f->mask : NULL, &f->log_sum_exp.view, &f->output.view, context);
}

static void end(fast_call *f)
{
    twin_free(&f->x), twin_free(&f->memory), twin_free(&f->answers), twin_free(&f->weight);
    twin_free(&f->made), twin_free(&f->log_sum_exp), twin_free(&f->output), twin_free(&f->bias);
    guarded_free(f->guarded);
}

static int fast_backward(const side *s, const multiplicative_call *call,
                         const gsl_matrix *grad_output, gsl_matrix *grad_x, gsl_matrix *grad_memory,
                         gsl_matrix *grad_weight)
{
    fast_call f;
    begin(s, call, call->memory, &f);
    fast_context *context = &f.guarded->context;
    twin dy = twin_of_matrix(grad_output), dx = twin_of_matrix(grad_x);
    twin dm = twin_of_matrix(grad_memory);
    twin dk = twin_of_matrix(new_matrix(call->memory->size1, call->x->size2));
    twin dw = grad_weight ? twin_of_matrix(grad_weight) : (twin){0};
    int status = forward(call, &f);
    if (status == GSL_SUCCESS) {
        status = fast_multiplicative_attention_backward(
            &f.x.view, f.keys, &f.answers.view, (float)call->scale, call->mask ? &f.mask : NULL,
            &f.log_sum_exp.view, &f.output.view, &dy.view, &dx.view,
            call->weight ? &dk.view : &dm.view, &dm.view, context);
    }
    if (status == GSL_SUCCESS && call->weight) {
        status = fast_multiplicative_keys_backward(&f.memory.view, &f.weight.view, &dk.view,
                                                   &dm.view, &dw.view, context);
        twin_widen(&dw, 0, 0, grad_weight);
    }
    twin_widen(&dx, 0, 0, grad_x);
    twin_widen(&dm, 0, 0, grad_memory);
    twin_free(&dy), twin_free(&dx), twin_free(&dm), twin_free(&dk), twin_free(&dw);
    end(&f);
    return status;
}

/* ---- both -------------------------------------------------------------------------------------- */

/* The keys of the reference: made, or the memory itself. */
static int reference_keys(const multiplicative_call *call, gsl_matrix *made,
                          const gsl_matrix **keys)
{
    *keys = call->weight ? made : call->memory;
    return call->weight ? ref_multiplicative_keys_forward(call->memory, call->weight, made)
                        : GSL_SUCCESS;
}

static int attend(const side *s, const multiplicative_call *call, const gsl_matrix *answers,
                  gsl_matrix *output)
{
    size_t n_q = call->x->size1, n_k = call->memory->size1;
    if (s->kernels) {
        fast_call f;
        begin(s, call, answers, &f);
        int status = forward(call, &f);
        twin_widen(&f.output, 0, 0, output);
        end(&f);
        return status;
    }
    const gsl_matrix *keys;
    int status = reference_keys(call, new_matrix(n_k, call->x->size2), &keys);
    return status ? status
                  : ref_multiplicative_attention_forward(call->x, keys, answers, call->scale,
                                                         call->mask, new_matrix(n_q, n_k), output);
}

int side_multiplicative(const side *s, const multiplicative_call *call, gsl_matrix *output)
{
    return attend(s, call, call->memory, output);
}

int side_multiplicative_weights(const side *s, const multiplicative_call *call, gsl_matrix *weights)
{
    gsl_matrix *identity = new_matrix(call->memory->size1, call->memory->size1);
    gsl_matrix_set_identity(identity);
    return attend(s, call, identity, weights);
}

int side_multiplicative_backward(const side *s, const multiplicative_call *call,
                                 const gsl_matrix *grad_output, gsl_matrix *grad_x,
                                 gsl_matrix *grad_memory, gsl_matrix *grad_weight)
{
    if (s->kernels) {
        return fast_backward(s, call, grad_output, grad_x, grad_memory, grad_weight);
    }
    size_t n_q = call->x->size1, n_k = call->memory->size1, d_x = call->x->size2;
    gsl_matrix *weights = new_matrix(n_q, n_k), *output = new_matrix(n_q, grad_output->size2);
    gsl_matrix *grad_keys = call->weight ? new_matrix(n_k, d_x) : grad_memory;
    const gsl_matrix *keys;
    int status = reference_keys(call, new_matrix(n_k, d_x), &keys);
    if (status == GSL_SUCCESS) {
        status = ref_multiplicative_attention_forward(call->x, keys, call->memory, call->scale,
                                                      call->mask, weights, output);
    }
    if (status == GSL_SUCCESS) {
        status = ref_multiplicative_attention_backward(
            call->x, keys, call->memory, call->scale, call->mask, weights, output, grad_output,
            grad_x, grad_keys, grad_memory, new_matrix(n_q, n_k));
    }
    if (status == GSL_SUCCESS && call->weight) {
        status = ref_multiplicative_keys_backward(call->memory, call->weight, grad_keys,
                                                  grad_memory, grad_weight);
    }
    return status;
}
