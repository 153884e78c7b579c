#include "tests/support/sides.h"

#include "optimized/attention.h"
#include "optimized/softmax.h"
#include "reference/softmax.h"
#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

side side_at(size_t n)
{
    if (n == 0) {
        return (side){"reference", NULL, 0x1p-52, 1e-13};
    }
    const fast_kernels *kernels = kernels_at(n - 1);
    return (side){kernels ? kernels->name : NULL, kernels, 0x1p-23, 1e-5};
}

void on_each_side(void (*property)(const side *))
{
    for (size_t n = 0; side_at(n).name; n++) {
        side s = side_at(n);
        gsl_rng_set(suite_rng(), suite_seed());
        suite_set_prefix(s.name);
        property(&s);
    }
    suite_set_prefix(NULL);
}

double close_on(const side *s, double size)
{
    return s->tolerance * GSL_MAX(1.0, size);
}

/* ---- softmax --------------------------------------------------------------------------------- */

int side_softmax(const side *s, const gsl_matrix *scores, gsl_matrix *weights)
{
    if (!s->kernels) {
        return ref_softmax_forward(scores, weights);
    }
    twin in = twin_of_matrix(scores), out = twin_of_matrix(weights);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, 0);
    int status = fast_softmax_forward(&in.view, &out.view, &guarded->context);
    twin_widen(&out, 0, 0, weights);
    guarded_free(guarded);
    twin_free(&in), twin_free(&out);
    return status;
}

int side_softmax_backward(const side *s, const gsl_matrix *weights, const gsl_matrix *grad_weights,
                          gsl_matrix *grad_scores)
{
    if (!s->kernels) {
        return ref_softmax_backward(weights, grad_weights, grad_scores);
    }
    twin p = twin_of_matrix(weights), dp = twin_of_matrix(grad_weights);
    twin ds = twin_of_matrix(grad_scores);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, 0);
    int status = fast_softmax_backward(&p.view, &dp.view, &ds.view, &guarded->context);
    twin_widen(&ds, 0, 0, grad_scores);
    guarded_free(guarded);
    twin_free(&p), twin_free(&dp), twin_free(&ds);
    return status;
}

static gsl_matrix_view as_row(gsl_vector *x)
{
    return gsl_matrix_view_vector(x, 1, x->size);
}

int side_log_sum_exp(const side *s, const gsl_matrix *scores, gsl_vector *log_sum_exp)
{
    if (!s->kernels) {
        return ref_log_sum_exp(scores, log_sum_exp);
    }
    gsl_matrix_view row = as_row(log_sum_exp);
    twin in = twin_of_matrix(scores), out = twin_of_matrix(&row.matrix);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, 0);
    int status = fast_log_sum_exp(&in.view, &out.view, &guarded->context);
    twin_widen(&out, 0, 0, &row.matrix);
    guarded_free(guarded);
    twin_free(&in), twin_free(&out);
    return status;
}

/* ---- attention, optimized -------------------------------------------------------------------- */

static twin twin_of_row(const gsl_vector *x)
{
    gsl_matrix_const_view row = gsl_matrix_const_view_vector(x, 1, x->size);
    return twin_of_matrix(&row.matrix);
}

/* The arguments of one call as floats. */
typedef struct {
    twin q, k, v, bias, relative_bias, grad_relative_bias, log_sum_exp, output;
    fast_mask mask;
    fast_similarity similarity;
    guarded_context *guarded;
} fast_call;

/* Those without data are NULL on both sides. */
static void take_masks(const ref_mask *mask, fast_call *f)
{
    f->mask = (fast_mask){.causal = mask->causal, .key_lengths = mask->key_length};
    if (mask->bias) {
        f->bias = twin_of_matrix(mask->bias);
        f->mask.bias = &f->bias.view;
    }
    if (mask->relative_bias) {
        f->relative_bias = twin_of_row(mask->relative_bias);
        f->mask.relative_bias = &f->relative_bias.view;
    }
    if (mask->grad_relative_bias) {
        f->grad_relative_bias = twin_of_row(mask->grad_relative_bias);
        f->mask.grad_relative_bias = &f->grad_relative_bias.view;
    }
}

static void fast_call_begin(const side *s, const attention_call *call, fast_call *f)
{
    f->q = twin_of_matrix(call->q);
    f->k = twin_of_matrix(call->k);
    f->v = twin_of_matrix(call->v);
    f->log_sum_exp = twin_alloc(1, 1, 1, call->q->size1, TWIN_DENSE);
    f->output = twin_alloc(1, 1, call->q->size1, call->v->size2, TWIN_DENSE);
    f->similarity = (fast_similarity)call->similarity;
    f->mask = (fast_mask){0};
    f->bias = f->relative_bias = f->grad_relative_bias = (twin){0};
    if (call->mask) {
        take_masks(call->mask, f);
    }
    f->guarded = guarded_alloc(s->kernels, N_THREADS, 0);
    size_t n_bytes =
        fast_attention_forward_size(&f->q.view, &f->k.view, &f->v.view, &f->guarded->context);
    n_bytes = GSL_MAX(n_bytes, fast_attention_backward_size(&f->q.view, &f->k.view, &f->v.view,
                                                            &f->guarded->context));
    guarded_free(f->guarded);
    f->guarded = guarded_alloc(s->kernels, N_THREADS, n_bytes);
}

static int fast_call_forward(const attention_call *call, fast_call *f)
{
    return fast_attention_forward(&f->q.view, &f->k.view, &f->v.view, f->similarity,
                                  (float)call->scale, call->mask ? &f->mask : NULL,
                                  &f->log_sum_exp.view, &f->output.view, &f->guarded->context);
}

static void fast_call_end(fast_call *f)
{
    twin_free(&f->q), twin_free(&f->k), twin_free(&f->v), twin_free(&f->bias);
    twin_free(&f->relative_bias), twin_free(&f->grad_relative_bias);
    twin_free(&f->log_sum_exp), twin_free(&f->output);
    guarded_free(f->guarded);
}

static int fast_backward(const side *s, const attention_call *call, const gsl_matrix *grad_output,
                         gsl_matrix *grad_q, gsl_matrix *grad_k, gsl_matrix *grad_v)
{
    fast_call f;
    fast_call_begin(s, call, &f);
    twin dy = twin_of_matrix(grad_output);
    twin dq = twin_of_matrix(grad_q), dk = twin_of_matrix(grad_k), dv = twin_of_matrix(grad_v);
    int status = fast_call_forward(call, &f);
    if (status == GSL_SUCCESS) {
        status = fast_attention_backward(&f.q.view, &f.k.view, &f.v.view, f.similarity,
                                         (float)call->scale, call->mask ? &f.mask : NULL,
                                         &f.log_sum_exp.view, &f.output.view, &dy.view, &dq.view,
                                         &dk.view, &dv.view, &f.guarded->context);
    }
    twin_widen(&dq, 0, 0, grad_q);
    twin_widen(&dk, 0, 0, grad_k);
    twin_widen(&dv, 0, 0, grad_v);
    if (f.mask.grad_relative_bias) {
        gsl_matrix_view row = as_row(call->mask->grad_relative_bias);
        twin_widen(&f.grad_relative_bias, 0, 0, &row.matrix);
    }
    twin_free(&dy), twin_free(&dq), twin_free(&dk), twin_free(&dv);
    fast_call_end(&f);
    return status;
}

/* ---- attention, both ------------------------------------------------------------------------- */

int side_attention(const side *s, const attention_call *call, gsl_matrix *output)
{
    int status;
    if (s->kernels) {
        fast_call f;
        fast_call_begin(s, call, &f);
        status = fast_call_forward(call, &f);
        twin_widen(&f.output, 0, 0, output);
        fast_call_end(&f);
    } else {
        gsl_matrix *weights = new_matrix(call->q->size1, call->k->size1);
        status = ref_attention_forward(call->q, call->k, call->v, call->similarity, call->scale,
                                       call->mask, weights, output);
    }
    return status;
}

int side_attention_weights(const side *s, const attention_call *call, gsl_matrix *weights)
{
    gsl_matrix *identity = new_matrix(call->k->size1, call->k->size1);
    gsl_matrix_set_identity(identity);
    attention_call shown = *call;
    shown.v = identity;
    int status = side_attention(s, &shown, weights);
    return status;
}

int side_attention_log_sum_exp(const side *s, const attention_call *call, gsl_vector *log_sum_exp)
{
    int status;
    if (s->kernels) {
        gsl_matrix_view row = as_row(log_sum_exp);
        fast_call f;
        fast_call_begin(s, call, &f);
        status = fast_call_forward(call, &f);
        twin_widen(&f.log_sum_exp, 0, 0, &row.matrix);
        fast_call_end(&f);
    } else {
        gsl_matrix *scores = new_matrix(call->q->size1, call->k->size1);
        status = ref_attention_scores(call->q, call->k, call->similarity, call->scale, call->mask,
                                      scores);
        status = status == GSL_SUCCESS ? ref_log_sum_exp(scores, log_sum_exp) : status;
    }
    return status;
}

int side_attention_backward(const side *s, const attention_call *call,
                            const gsl_matrix *grad_output, gsl_matrix *grad_q, gsl_matrix *grad_k,
                            gsl_matrix *grad_v)
{
    if (s->kernels) {
        return fast_backward(s, call, grad_output, grad_q, grad_k, grad_v);
    }
    gsl_matrix *weights = new_matrix(call->q->size1, call->k->size1);
    gsl_matrix *scratch = new_matrix(call->q->size1, call->k->size1);
    gsl_matrix *output = new_matrix(call->q->size1, call->v->size2);
    int status = ref_attention_forward(call->q, call->k, call->v, call->similarity, call->scale,
                                       call->mask, weights, output);
    if (status == GSL_SUCCESS) {
        status = ref_attention_backward(call->q, call->k, call->v, call->similarity, call->scale,
                                        call->mask, weights, output, grad_output, grad_q, grad_k,
                                        grad_v, scratch);
    }
    return status;
}
