/* What one query of local attention looks at, and the checks.
 *
 * The numbers are those of the differences listed at the head of local_attention.c. */
#include "optimized/local_windows.h"
#include "optimized/attention_checks.h"
#include "optimized/checks.h"
#include "optimized/kernels/additive_kernels.h"
#include "optimized/kernels/softmax_kernels.h"
#include <gsl/gsl_errno.h>
#include <math.h>

int fast_check_local(const local_problem *l, const fast_local_attention *p, const fast_view *output)
{
    const fast_local_cache *cache = l->cache;
    if (!is_one_matrix(&p->weight, l->x->n_cols, p->v.n_cols) ||
        !is_one_matrix(&p->v, 1, p->v.n_cols)) {
        GSL_ERROR("W_p must lead from the columns of x to the numbers of v_p", GSL_EBADLEN);
    }
    if (l->x->n_heads != 1 || !have_same_heads(&cache->hidden, l->x) ||
        !has_shape(&cache->hidden, l->x->n_rows, p->v.n_cols) ||
        !have_same_heads(&cache->positions, l->x) ||
        !has_shape(&cache->positions, 1, l->x->n_rows)) {
        GSL_ERROR("the cache must fit x, the keys and W_p", GSL_EBADLEN);
    }
    attention_problem a = {.q = l->x,
                           .k = l->keys,
                           .v = l->memory,
                           .similarity = FAST_DOT,
                           .scale = l->scale,
                           .mask = {.key_lengths = l->lengths},
                           .kernels = l->kernels};
    int status = fast_check_attention(&a, &cache->log_sum_exp, output);
    if (status == GSL_SUCCESS && p->v.n_cols == 0) {
        GSL_ERROR("there must be at least one number in v_p", GSL_EINVAL);
    }
    if (status == GSL_SUCCESS && l->window == 0) {
        GSL_ERROR("the window must reach at least one state to either side", GSL_EINVAL);
    }
    return status;
}

/** States that a window has room for. */
static size_t width_of(const fast_view *keys, size_t window)
{
    return window < keys->n_rows / 2 ? 2 * window + 1 : keys->n_rows;
}

size_t fast_take_local_scratch(const fast_view *keys, size_t window, const fast_kernels *kernels,
                               fast_workspace *from, local_scratch *s)
{
    size_t width = padded_to(width_of(keys, window), kernels->lanes);
    size_t size = take_part(from, 1, width, &s->shares);
    size = fast_size_sum(size, take_part(from, 1, width, &s->bell));
    size = fast_size_sum(size, take_part(from, 1, width, &s->grad));
    return fast_size_sum(size, take_part(from, 1, width, &s->pulls));
}

static fast_rows some_rows(const fast_view *view, size_t batch, size_t begin, size_t n)
{
    float *data = fast_view_at(view, batch, 0) + begin * view->row_stride;
    return (fast_rows){data, n, view->n_cols, view->row_stride};
}

/** The states j with |j - p| <= D. A position that is no number leads to no other memory. */
static local_window open_window(const local_problem *l, row_place place)
{
    size_t room = width_of(l->keys, l->window);
    local_window w = {.n_real = l->lengths != NULL ? l->lengths[place.batch] : l->keys->n_rows,
                      .position = *number_at(&l->cache->positions, place)};
    // [local-window]
    float reach = (float)l->window, n = (float)w.n_real;
    float p = fminf(fmaxf(w.position, 0.0f), n);
    float first = ceilf(fmaxf(p - reach, 0.0f));
    float last = floorf(p + reach);
    size_t end = w.n_real;
    if (last < n) {
        end = min_of((size_t)last + 1, w.n_real);
    }
    w.begin = min_of((size_t)first, end);
    w.n = min_of(end - w.begin, room);
    // [local-window]
    w.query = some_rows(l->x, place.batch, place.row, 1);
    w.keys = some_rows(l->keys, place.batch, w.begin, w.n);
    w.memory = some_rows(l->memory, place.batch, w.begin, w.n);
    return w;
}

local_window fast_local_window_at(const local_problem *l, row_place place, const local_scratch *s)
{
    local_window w = open_window(l, place); /* 1 */
    float sigma = 0.5f * (float)l->window;

    /* S_j = scale x . k_j,  G_j = exp(-(j - p)^2 / (2 sigma^2)) */
    l->kernels->additive->multiply(w.query, w.keys, s->shares, 0); /* 2 */
    for (size_t j = 0; j < w.n; j++) {
        float u = ((float)(w.begin + j) - w.position) / sigma;
        s->shares[j] *= l->scale;
        s->bell[j] = -0.5f * u * u;
    }
    l->kernels->softmax->exp(s->bell, s->bell, w.n);
    return w;
}
