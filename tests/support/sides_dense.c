#include "tests/support/sides_dense.h"

#include "optimized/layer_norm.h"
#include "optimized/projection.h"
#include "reference/layer_norm.h"
#include "reference/projection.h"
#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include <gsl/gsl_errno.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

/* ---- vectors are rows -------------------------------------------------------------------------- */

twin twin_of_vector(const gsl_vector *v)
{
    gsl_matrix *row = new_matrix(1, v->size);
    gsl_matrix_set_row(row, 0, v);
    return twin_of_matrix(row);
}

static void widen_vector(const twin *t, gsl_vector *v)
{
    gsl_matrix *row = new_matrix(1, v->size);
    twin_widen(t, 0, 0, row);
    gsl_matrix_get_row(v, row, 0);
}

static guarded_context *
context_of(const side *s, size_t (*size)(const void *, const fast_context *), const void *arguments)
{
    fast_context ask = {s->kernels, N_THREADS, NULL};
    return guarded_alloc(s->kernels, N_THREADS, size ? size(arguments, &ask) : 0);
}

/* ---- projection -------------------------------------------------------------------------------- */

typedef struct {
    const fast_view *x, *weight;
} projection_shape;

static size_t projection_size(const void *arguments, const fast_context *ask)
{
    const projection_shape *p = arguments;
    size_t forward = fast_projection_forward_size(p->x, p->weight, ask);
    size_t backward = fast_projection_backward_size(p->x, p->weight, ask);
    return forward > backward ? forward : backward;
}

int side_projection(const side *s, const gsl_matrix *x, const gsl_matrix *weight,
                    const gsl_vector *bias, gsl_matrix *output)
{
    if (!s->kernels) {
        return ref_projection_forward(x, weight, bias, output);
    }
    twin in = twin_of_matrix(x), w = twin_of_matrix(weight), y = twin_of_matrix(output);
    twin b = bias ? twin_of_vector(bias) : (twin){0};
    guarded_context *guarded =
        context_of(s, projection_size, &(projection_shape){&in.view, &w.view});
    int status = fast_projection_forward(&in.view, &w.view, bias ? &b.view : NULL, &y.view,
                                         &guarded->context);
    twin_widen(&y, 0, 0, output);
    guarded_free(guarded);
    twin_free(&in), twin_free(&w), twin_free(&y), twin_free(&b);
    return status;
}

int side_projection_backward(const side *s, const gsl_matrix *x, const gsl_matrix *weight,
                             const gsl_matrix *grad_output, gsl_matrix *grad_x,
                             gsl_matrix *grad_weight, gsl_vector *grad_bias)
{
    if (!s->kernels) {
        return ref_projection_backward(x, weight, grad_output, grad_x, grad_weight, grad_bias);
    }
    twin in = twin_of_matrix(x), w = twin_of_matrix(weight), dy = twin_of_matrix(grad_output);
    twin dw = twin_of_matrix(grad_weight), dx = twin_of_matrix(grad_x ? grad_x : x);
    twin db = grad_bias ? twin_of_vector(grad_bias) : (twin){0};
    guarded_context *guarded =
        context_of(s, projection_size, &(projection_shape){&in.view, &w.view});
    int status = fast_projection_backward(&in.view, &w.view, &dy.view, grad_x ? &dx.view : NULL,
                                          &dw.view, grad_bias ? &db.view : NULL, &guarded->context);
    twin_widen(&dw, 0, 0, grad_weight);
    if (grad_x) {
        twin_widen(&dx, 0, 0, grad_x);
    }
    if (grad_bias) {
        widen_vector(&db, grad_bias);
    }
    guarded_free(guarded);
    twin_free(&in), twin_free(&w), twin_free(&dy), twin_free(&dw), twin_free(&dx), twin_free(&db);
    return status;
}

/* ---- layer normalisation ----------------------------------------------------------------------- */

/* What a normalisation of one side works on. */
typedef struct {
    twin x, gain, bias, mean, rate, output;
    guarded_context *guarded;
} norm_call;

static size_t norm_size(const void *arguments, const fast_context *ask)
{
    return fast_layer_norm_backward_size(arguments, ask);
}

static norm_call norm_begin(const side *s, const gsl_matrix *x, const gsl_vector *gain,
                            const gsl_vector *bias)
{
    norm_call f = {twin_of_matrix(x),
                   twin_of_vector(gain),
                   twin_of_vector(bias),
                   twin_alloc(1, 1, 1, x->size1, TWIN_DENSE),
                   twin_alloc(1, 1, 1, x->size1, TWIN_DENSE),
                   twin_alloc(1, 1, x->size1, x->size2, TWIN_DENSE),
                   NULL};
    f.guarded = context_of(s, norm_size, &f.x.view);
    return f;
}

static int norm_forward(norm_call *f, double epsilon)
{
    return fast_layer_norm_forward(&f->x.view, &f->gain.view, &f->bias.view, (float)epsilon,
                                   &f->mean.view, &f->rate.view, &f->output.view,
                                   &f->guarded->context);
}

static void norm_end(norm_call *f)
{
    twin *all[] = {&f->x, &f->gain, &f->bias, &f->mean, &f->rate, &f->output};
    for (size_t t = 0; t < sizeof all / sizeof all[0]; t++) {
        twin_free(all[t]);
    }
    guarded_free(f->guarded);
}

int side_layer_norm(const side *s, const gsl_matrix *x, const gsl_vector *gain,
                    const gsl_vector *bias, double epsilon, gsl_matrix *output)
{
    if (!s->kernels) {
        return ref_layer_norm_forward(x, gain, bias, epsilon, new_vector(x->size1),
                                      new_vector(x->size1), output);
    }
    norm_call f = norm_begin(s, x, gain, bias);
    int status = norm_forward(&f, epsilon);
    twin_widen(&f.output, 0, 0, output);
    norm_end(&f);
    return status;
}

int side_layer_norm_backward(const side *s, const gsl_matrix *x, const gsl_vector *gain,
                             double epsilon, const gsl_matrix *grad_output, gsl_matrix *grad_x,
                             gsl_vector *grad_gain, gsl_vector *grad_bias)
{
    gsl_vector *none = new_vector(gain->size);
    if (!s->kernels) {
        gsl_vector *mean = new_vector(x->size1), *rate = new_vector(x->size1);
        gsl_matrix *output = new_matrix(x->size1, x->size2);
        int status = ref_layer_norm_forward(x, gain, none, epsilon, mean, rate, output);
        return status ? status
                      : ref_layer_norm_backward(x, gain, mean, rate, grad_output, grad_x, grad_gain,
                                                grad_bias);
    }
    norm_call f = norm_begin(s, x, gain, none);
    twin dy = twin_of_matrix(grad_output), dx = twin_of_matrix(grad_x);
    twin d_gain = twin_of_vector(grad_gain), d_bias = twin_of_vector(grad_bias);
    int status = norm_forward(&f, epsilon);
    if (status == GSL_SUCCESS) {
        status =
            fast_layer_norm_backward(&f.x.view, &f.gain.view, &f.mean.view, &f.rate.view, &dy.view,
                                     &dx.view, &d_gain.view, &d_bias.view, &f.guarded->context);
    }
    twin_widen(&dx, 0, 0, grad_x);
    widen_vector(&d_gain, grad_gain), widen_vector(&d_bias, grad_bias);
    twin_free(&dy), twin_free(&dx), twin_free(&d_gain), twin_free(&d_bias);
    norm_end(&f);
    return status;
}
