/* The other half of sides_dense.h: feed-forward layers, losses, embedding. */

#include "optimized/embedding.h"
#include "optimized/feed_forward.h"
#include "optimized/loss.h"
#include "reference/embedding.h"
#include "reference/loss.h"
#include "tests/support/matrices.h"
#include "tests/support/runs.h"
#include "tests/support/sides_dense.h"
#include <gsl/gsl_errno.h>

enum { N_THREADS = 2 };

/* ---- feed-forward ------------------------------------------------------------------------------ */

int side_feed_forward(const side *s, const gsl_matrix *x, const ref_feed_forward *parameters,
                      ref_activation activation, gsl_matrix *output)
{
    size_t n = x->size1, n_hidden = parameters->weight_1->size2;
    if (!s->kernels) {
        return ref_feed_forward_forward(x, parameters, activation, new_matrix(n, n_hidden),
                                        new_matrix(n, n_hidden), output);
    }
    twin in = twin_of_matrix(x), hidden = twin_alloc(1, 1, n, n_hidden, TWIN_DENSE);
    twin y = twin_of_matrix(output);
    twin w_1 = twin_of_matrix(parameters->weight_1), b_1 = twin_of_vector(parameters->bias_1);
    twin w_2 = twin_of_matrix(parameters->weight_2), b_2 = twin_of_vector(parameters->bias_2);
    fast_feed_forward fast = {w_1.view, b_1.view, w_2.view, b_2.view};
    fast_context ask = {s->kernels, N_THREADS, NULL};
    guarded_context *guarded =
        guarded_alloc(s->kernels, N_THREADS, fast_feed_forward_forward_size(&in.view, &fast, &ask));
    int status = fast_feed_forward_forward(&in.view, &fast, (fast_activation)activation,
                                           &hidden.view, &y.view, &guarded->context);
    twin_widen(&y, 0, 0, output);
    guarded_free(guarded);
    twin_free(&in), twin_free(&hidden), twin_free(&y);
    twin_free(&w_1), twin_free(&b_1), twin_free(&w_2), twin_free(&b_2);
    return status;
}

/* ---- loss -------------------------------------------------------------------------------------- */

int side_squared_error(const side *s, const gsl_matrix *output, const gsl_matrix *target,
                       double *loss)
{
    if (!s->kernels) {
        return ref_squared_error_forward(output, target, loss);
    }
    twin y = twin_of_matrix(output), t = twin_of_matrix(target);
    fast_context ask = {s->kernels, N_THREADS, NULL};
    guarded_context *guarded =
        guarded_alloc(s->kernels, N_THREADS, fast_squared_error_forward_size(&y.view, &ask));
    int status = fast_squared_error_forward(&y.view, &t.view, loss, &guarded->context);
    guarded_free(guarded);
    twin_free(&y), twin_free(&t);
    return status;
}

static int fast_cross_entropy(const side *s, const gsl_matrix *logits, const int *targets,
                              double smoothing, double *loss, size_t *n_counted,
                              gsl_matrix *grad_logits)
{
    twin z = twin_of_matrix(logits), l = twin_alloc(1, 1, 1, logits->size1, TWIN_DENSE);
    fast_context ask = {s->kernels, N_THREADS, NULL};
    guarded_context *guarded =
        guarded_alloc(s->kernels, N_THREADS, fast_cross_entropy_forward_size(&z.view, &ask));
    int status = fast_cross_entropy_forward(&z.view, targets, (float)smoothing, &l.view, loss,
                                            n_counted, &guarded->context);
    if (status == GSL_SUCCESS && grad_logits) {
        twin dz = twin_of_matrix(grad_logits);
        status = fast_cross_entropy_backward(&z.view, targets, (float)smoothing, &l.view,
                                             *n_counted, 1.0f, &dz.view, &guarded->context);
        twin_widen(&dz, 0, 0, grad_logits);
        twin_free(&dz);
    }
    guarded_free(guarded);
    twin_free(&z), twin_free(&l);
    return status;
}

int side_cross_entropy(const side *s, const gsl_matrix *logits, const int *targets,
                       double smoothing, double *loss, size_t *n_counted)
{
    gsl_matrix *p = new_matrix(logits->size1, logits->size2);
    return s->kernels ? fast_cross_entropy(s, logits, targets, smoothing, loss, n_counted, NULL)
                      : ref_cross_entropy_forward(logits, targets, smoothing, p, loss, n_counted);
}

int side_cross_entropy_backward(const side *s, const gsl_matrix *logits, const int *targets,
                                double smoothing, gsl_matrix *grad_logits)
{
    double loss;
    size_t n_counted;
    if (s->kernels) {
        return fast_cross_entropy(s, logits, targets, smoothing, &loss, &n_counted, grad_logits);
    }
    gsl_matrix *p = new_matrix(logits->size1, logits->size2);
    int status = ref_cross_entropy_forward(logits, targets, smoothing, p, &loss, &n_counted);
    return status ? status
                  : ref_cross_entropy_backward(logits, targets, smoothing, p, n_counted, 1.0,
                                               grad_logits);
}

/* ---- embedding --------------------------------------------------------------------------------- */

int side_embedding(const side *s, const gsl_matrix *table, const int *tokens, gsl_matrix *output)
{
    if (!s->kernels) {
        return ref_embedding_forward(table, tokens, output);
    }
    twin t = twin_of_matrix(table), y = twin_of_matrix(output);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, 0);
    int status = fast_embedding_forward(&t.view, tokens, &y.view, &guarded->context);
    twin_widen(&y, 0, 0, output);
    guarded_free(guarded);
    twin_free(&t), twin_free(&y);
    return status;
}

int side_embedding_backward(const side *s, const int *tokens, const gsl_matrix *grad_output,
                            gsl_matrix *grad_table)
{
    if (!s->kernels) {
        return ref_embedding_backward(tokens, grad_output, grad_table);
    }
    twin dy = twin_of_matrix(grad_output), dt = twin_of_matrix(grad_table);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, 0);
    int status = fast_embedding_backward(tokens, &dy.view, &dt.view, &guarded->context);
    twin_widen(&dt, 0, 0, grad_table);
    guarded_free(guarded);
    twin_free(&dy), twin_free(&dt);
    return status;
}
