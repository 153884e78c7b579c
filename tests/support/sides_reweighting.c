/* The functions of sides.h that belong to reweighting. */

#include "optimized/reweighting.h"

#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include "tests/support/sides.h"
#include "tests/support/twin.h"

enum { N_THREADS = 2 };

static twin twin_of_vector(const gsl_vector *x)
{
    gsl_matrix_const_view row = gsl_matrix_const_view_vector(x, 1, x->size);
    return twin_of_matrix(&row.matrix);
}

int side_proximity_weights(const side *s, const gsl_vector *queries, const gsl_vector *keys,
                           ref_proximity proximity, double bandwidth, gsl_matrix *weights)
{
    if (!s->kernels) {
        return ref_proximity_weights(queries, keys, proximity, bandwidth, weights);
    }
    twin q = twin_of_vector(queries), k = twin_of_vector(keys), w = twin_of_matrix(weights);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, 0);
    int status = fast_proximity_weights(&q.view, &k.view, (fast_proximity)proximity,
                                        (float)bandwidth, &w.view, &guarded->context);
    twin_widen(&w, 0, 0, weights);
    guarded_free(guarded);
    twin_free(&q), twin_free(&k), twin_free(&w);
    return status;
}

int side_divide_by_sum(const side *s, const gsl_matrix *scores, gsl_matrix *weights)
{
    if (!s->kernels) {
        return ref_divide_by_sum(scores, weights);
    }
    twin in = twin_of_matrix(scores), out = twin_of_matrix(weights);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, 0);
    int status = fast_divide_by_sum(&in.view, &out.view, &guarded->context);
    twin_widen(&out, 0, 0, weights);
    guarded_free(guarded);
    twin_free(&in), twin_free(&out);
    return status;
}

/* A context that only its table and threads are read of, for size queries. */
static fast_context asking(const side *s)
{
    return (fast_context){s->kernels, N_THREADS, NULL};
}

int side_reweight(const side *s, const gsl_matrix *weights, const gsl_matrix *values,
                  gsl_matrix *output)
{
    if (!s->kernels) {
        return ref_reweight(weights, values, output);
    }
    twin w = twin_of_matrix(weights), v = twin_of_matrix(values), y = twin_of_matrix(output);
    fast_context ask = asking(s);
    guarded_context *guarded =
        guarded_alloc(s->kernels, N_THREADS, fast_reweight_size(&w.view, &v.view, &ask));
    int status = fast_reweight(&w.view, &v.view, &y.view, &guarded->context);
    twin_widen(&y, 0, 0, output);
    guarded_free(guarded);
    twin_free(&w), twin_free(&v), twin_free(&y);
    return status;
}

int side_kernel_regression(const side *s, const gsl_vector *queries, const gsl_vector *keys,
                           const gsl_matrix *values, ref_proximity proximity, double bandwidth,
                           gsl_matrix *output)
{
    int status;
    if (!s->kernels) {
        gsl_matrix *weights = new_matrix(queries->size, keys->size);
        status = ref_kernel_regression_forward(queries, keys, values, proximity, bandwidth, weights,
                                               output);
        return status;
    }
    twin q = twin_of_vector(queries), k = twin_of_vector(keys), v = twin_of_matrix(values);
    twin sums = twin_of_vector(queries), y = twin_of_matrix(output);
    fast_context ask = asking(s);
    size_t n_bytes = fast_kernel_regression_forward_size(&q.view, &v.view, &ask);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, n_bytes);
    status =
        fast_kernel_regression_forward(&q.view, &k.view, &v.view, (fast_proximity)proximity,
                                       (float)bandwidth, &sums.view, &y.view, &guarded->context);
    twin_widen(&y, 0, 0, output);
    guarded_free(guarded);
    twin_free(&q), twin_free(&k), twin_free(&v), twin_free(&sums), twin_free(&y);
    return status;
}

int side_dot_weights(const side *s, const gsl_matrix *x, gsl_matrix *weights)
{
    if (!s->kernels) {
        return ref_dot_weights(x, weights);
    }
    twin in = twin_of_matrix(x), out = twin_of_matrix(weights);
    fast_context ask = asking(s);
    guarded_context *guarded =
        guarded_alloc(s->kernels, N_THREADS, fast_dot_weights_size(&in.view, &ask));
    int status = fast_dot_weights(&in.view, &out.view, &guarded->context);
    twin_widen(&out, 0, 0, weights);
    guarded_free(guarded);
    twin_free(&in), twin_free(&out);
    return status;
}

int side_dot_reweighting(const side *s, const gsl_matrix *x, gsl_matrix *output)
{
    int status;
    if (!s->kernels) {
        gsl_matrix *weights = new_matrix(x->size1, x->size1);
        status = ref_dot_reweighting(x, weights, output);
        return status;
    }
    twin in = twin_of_matrix(x), out = twin_of_matrix(output);
    fast_context ask = asking(s);
    guarded_context *guarded =
        guarded_alloc(s->kernels, N_THREADS, fast_dot_reweighting_size(&in.view, &ask));
    status = fast_dot_reweighting(&in.view, &out.view, &guarded->context);
    twin_widen(&out, 0, 0, output);
    guarded_free(guarded);
    twin_free(&in), twin_free(&out);
    return status;
}

int side_dot_reweighting_reassociated(const side *s, const gsl_matrix *x, gsl_matrix *output)
{
    int status;
    gsl_matrix *gram = new_matrix(x->size2, x->size2);
    if (s->kernels) {
        twin in = twin_of_matrix(x), between = twin_of_matrix(gram), out = twin_of_matrix(output);
        fast_context ask = asking(s);
        size_t n_bytes = fast_dot_reweighting_reassociated_size(&in.view, &ask);
        guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, n_bytes);
        status = fast_dot_reweighting_reassociated(&in.view, &between.view, &out.view,
                                                   &guarded->context);
        twin_widen(&out, 0, 0, output);
        guarded_free(guarded);
        twin_free(&in), twin_free(&between), twin_free(&out);
    } else {
        status = ref_dot_reweighting_reassociated(x, gram, output);
    }
    return status;
}
