/* Local attention: the backward pass.
 *
 * What differs from reference/local_attention.c, beside 1 to 5 at the head of local_attention.c:
 *   6. the shares come from log_sum_exp in one step, P = exp(S - L), and with dP = dA o G so does
 *      dS = P o (dP - D), as in any attention: the bell curve is a factor of dA alone. What pulls
 *      at the position is sum_j P_j dP_j (j - p) / sigma^2;
 *   7. queries of a sequence add to the same rows of dK and dM, so a task takes a whole sequence:
 *      any number of threads gives the same bits. */
#include "optimized/checks.h"
#include "optimized/kernels/additive_kernels.h"
#include "optimized/local_attention.h"
#include "optimized/local_windows.h"
#include "optimized/projection.h"
#include "optimized/tanh_rows.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <string.h>

/** Where the gradients come from and go to. */
typedef struct {
    const fast_view *output, *grad_output, *grad_x, *grad_keys, *grad_memory;
    fast_view hidden;  /**< dZ, then dU */
    fast_view numbers; /**< da, one row (1 x n_q) a batch */
} local_gradients;

static size_t take_gradients(const fast_view *x, const fast_view *v, fast_workspace *from,
                             local_gradients *g)
{
    size_t size = take_view(from, x->n_batch, 1, x->n_rows, v->n_cols, &g->hidden);
    return fast_size_sum(size, take_view(from, x->n_batch, 1, 1, x->n_rows, &g->numbers));
}

size_t fast_local_attention_backward_size(const fast_view *x, const fast_view *keys, size_t window,
                                          const fast_local_attention *parameters,
                                          const fast_context *context)
{
    local_scratch s;
    local_gradients g;
    size_t n_bytes = fast_take_local_scratch(keys, window, context->kernels, NULL, &s);
    return fast_size_sum(take_gradients(x, &parameters->v, NULL, &g),
                         larger_of(fast_piece_size((size_t)context->n_threads, n_bytes),
                                   fast_projection_backward_size(x, &parameters->weight, context)));
}

static float dot(const local_problem *l, const float *a, const float *b, size_t n)
{
    float product;
    l->kernels->additive->multiply((fast_rows){(float *)a, 1, n, 0},
                                   (fast_rows){(float *)b, 1, n, 0}, &product, 0);
    return product;
}

/** Shares become weights A, and grad becomes dS; dp is returned. */
static float weigh_again(const local_problem *l, row_place place, const local_window *w,
                         const local_scratch *s, const local_gradients *g)
{
    const fast_additive_kernels *additive = l->kernels->additive;
    size_t d_memory = l->memory->n_cols;
    float *grad_y = row_at(g->grad_output, place), sigma = 0.5f * (float)l->window;
    float d = dot(l, grad_y, row_at(g->output, place), d_memory);

    /* Y = A M, A = P o G:  dA = dY M^T,  dP = dA o G */
    additive->multiply((fast_rows){grad_y, 1, d_memory, 0}, w->memory, s->grad, 0);
    for (size_t j = 0; j < w->n; j++) {
        s->grad[j] *= s->bell[j];
        s->pulls[j] = s->grad[j] * ((float)(w->begin + j) - w->position) / (sigma * sigma);
    }
    additive->weigh_again(s->shares, *number_at(&l->cache->log_sum_exp, place), s->grad, d,
                          w->n); /* 6 */
    float grad_position = dot(l, s->shares, s->pulls, w->n);
    for (size_t j = 0; j < w->n; j++) {
        s->shares[j] *= s->bell[j];
        s->grad[j] *= l->scale;
    }
    return grad_position;
}

/** The gradients of one query, and what it adds to those of the states in its window. */
static void look_back(const local_problem *l, const fast_view *v, row_place place,
                      const local_scratch *s, const local_gradients *g)
{
    const fast_row_kernels *row = l->kernels->row;
    size_t d_x = l->x->n_cols, d_memory = l->memory->n_cols;
    local_window w = fast_local_window_at(l, place, s); /* 1, 2 */
    float grad_position = weigh_again(l, place, &w, s, g);
    float *grad_keys = fast_view_at(g->grad_keys, place.batch, 0);
    float *grad_memory = fast_view_at(g->grad_memory, place.batch, 0);

    /* dM_j += A_j dY,  dK_j += scale dS_j x,  dX += scale sum_j dS_j k_j */
    for (size_t j = 0; j < w.n; j++) {
        size_t state = w.begin + j;
        row->add_weighted(row_at(g->grad_output, place), 1, 0, &s->shares[j],
                          grad_memory + state * g->grad_memory->row_stride, d_memory);
        row->add_weighted(w.query.data, 1, 0, &s->grad[j],
                          grad_keys + state * g->grad_keys->row_stride, d_x);
    }
    row->add_weighted(w.keys.data, w.n, w.keys.stride, s->grad, row_at(g->grad_x, place), d_x);

    /* p = n sigmoid(a),  a = z . v_p:  da = dp p (1 - p / n),  dz = da v_p */
    float n = (float)w.n_real, *grad_z = row_at(&g->hidden, place);
    float grad_a = w.n_real > 0 ? grad_position * w.position * (1.0f - w.position / n) : 0.0f;
    *number_at(&g->numbers, place) = grad_a;
    memset(grad_z, 0, v->n_cols * sizeof *grad_z);
    row->add_weighted(v->data, 1, 0, &grad_a, grad_z, v->n_cols);
}

static int check_gradients(const local_problem *l, const fast_local_attention *p,
                           const local_gradients *g, const fast_local_attention *grad)
{
    if (!same_shape(g->grad_x, l->x) || !same_shape(g->grad_keys, l->keys) ||
        !same_shape(g->grad_memory, l->memory)) {
        GSL_ERROR("x, the keys and the memory must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!same_shape(&grad->weight, &p->weight) || !same_shape(&grad->v, &p->v)) {
        GSL_ERROR("W_p and v_p must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!same_shape(g->grad_output, g->output)) {
        GSL_ERROR("the output and its gradient must have the same shape", GSL_EBADLEN);
    }
    int status = fast_check_local(l, p, g->output);
    if (status == GSL_SUCCESS &&
        (overlaps_itself(g->grad_x) || overlaps_itself(g->grad_keys) ||
         overlaps_itself(g->grad_memory) || overlaps_itself(&grad->weight))) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    return status;
}

/** Every query of every sequence. */
static void look_back_at_all(const local_problem *l, const fast_view *v, unsigned char *scratch,
                             const fast_context *context, const local_gradients *g)
{
    const fast_kernels *kernels = context->kernels;
    size_t n_mine = fast_take_local_scratch(l->keys, l->window, kernels, NULL, &(local_scratch){0});
#pragma omp parallel num_threads(context->n_threads) if (l->x->n_batch > 1)
    {
        fast_workspace mine = {scratch + thread_number() * n_mine, n_mine, 0};
        local_scratch s;
        fast_take_local_scratch(l->keys, l->window, kernels, &mine, &s);
#pragma omp for schedule(dynamic)
        for (size_t batch = 0; batch < l->x->n_batch; batch++) { /* 7 */
            for (size_t i = 0; i < l->x->n_rows; i++) {
                look_back(l, v, (row_place){batch, 0, i}, &s, g);
            }
        }
    }
}

int fast_local_attention_backward(const fast_view *x, const fast_view *keys,
                                  const fast_view *memory, float scale, size_t window,
                                  const size_t *lengths, const fast_local_attention *parameters,
                                  const fast_local_cache *cache, const fast_view *output,
                                  const fast_view *grad_output, fast_view *grad_x,
                                  fast_view *grad_keys, fast_view *grad_memory,
                                  const fast_local_attention *gradients, fast_context *context)
{
    local_problem l = {x, keys, memory, scale, window, lengths, cache, context->kernels};
    local_gradients g = {output, grad_output, grad_x, grad_keys, grad_memory, {0}, {0}};
    int status = check_gradients(&l, parameters, &g, gradients);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_workspace all = *context->workspace, rest = all;
    size_t n_bytes = fast_local_attention_backward_size(x, keys, window, parameters, context);
    if (!fast_workspace_take(&all, n_bytes)) {
        GSL_ERROR("the workspace is smaller than fast_local_attention_backward_size()", GSL_ENOMEM);
    }
    take_gradients(x, &parameters->v, &rest, &g);
    look_back_at_all(&l, &parameters->v, rest.begin + rest.n_used, context, &g);

    /* a = Z v_p:  dv_p += Z^T da */
    for (size_t batch = 0; batch < x->n_batch; batch++) {
        context->kernels->row->add_weighted(
            fast_view_at(&cache->hidden, batch, 0), x->n_rows, cache->hidden.row_stride,
            fast_view_at(&g.numbers, batch, 0), gradients->v.data, parameters->v.n_cols);
    }
    /* Z = tanh(X W_p):  dU = dZ o (1 - Z^2),  dX += dU W_p^T,  dW_p += X^T dU */
    tanh_rows_backward(&cache->hidden, &g.hidden, context);
    fast_view grad_weight = gradients->weight;
    fast_context after = {context->kernels, context->n_threads, &rest};
    return fast_projection_backward(x, &parameters->weight, &g.hidden, grad_x, &grad_weight, NULL,
                                    &after); /* 5 */
}
