/* Local attention: the forward pass.
 *
 * What differs from reference/local_attention.c:
 *   1. only the states of a window are visited: n_q (2 D + 1) products of rows, not n_q n_k. What is
 *      outside is never read;
 *   2. a window is some rows side by side, so its scores lie side by side on the lanes, and the rows
 *      themselves are read in place, whatever their width;
 *   3. shares and weights are never stored: those of one window live in the cache;
 *   4. each query has its rows of the results for itself, so the threads share the queries of all
 *      batches, and any number of threads gives the same bits;
 *   5. the rows of all batches make one tall matrix for X W_p: projection.h.
 * The backward pass, in local_backward.c, goes on with 6. */
#include "optimized/local_attention.h"
#include "optimized/checks.h"
#include "optimized/kernels/additive_kernels.h"
#include "optimized/local_windows.h"
#include "optimized/projection.h"
#include "optimized/tanh_rows.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

/** p = n sigmoid(z . v_p) */
static void predict_position(const local_problem *l, const fast_view *v, row_place place)
{
    const fast_view *hidden = &l->cache->hidden;
    fast_rows z = {row_at(hidden, place), 1, hidden->n_cols, hidden->row_stride};
    fast_rows weights = {v->data, 1, v->n_cols, v->row_stride};
    float n = (float)(l->lengths != NULL ? l->lengths[place.batch] : l->keys->n_rows), a;
    l->kernels->additive->multiply(z, weights, &a, 0);
    *number_at(&l->cache->positions, place) = n / (1.0f + expf(-a));
}

/** A_j = P_j G_j,  y = sum_j A_j m_j  over the window of one query. */
static void look(const local_problem *l, row_place place, const local_scratch *s,
                 const fast_view *output)
{
    local_window w = fast_local_window_at(l, place, s); /* 1, 2 */
    *number_at(&l->cache->log_sum_exp, place) = l->kernels->additive->weigh(s->shares, w.n); /* 3 */
    for (size_t j = 0; j < w.n; j++) {
        s->shares[j] *= s->bell[j];
    }
    float *y = row_at(output, place);
    memset(y, 0, output->n_cols * sizeof *y);
    l->kernels->row->add_weighted(w.memory.data, w.n, w.memory.stride, s->shares, y,
                                  output->n_cols);
}

/** Every query of every sequence. */
static void look_at_all(const local_problem *l, const fast_view *v, unsigned char *scratch,
                        const fast_context *context, const fast_view *output)
{
    const fast_kernels *kernels = context->kernels;
    size_t n_mine = fast_take_local_scratch(l->keys, l->window, kernels, NULL, &(local_scratch){0});
#pragma omp parallel num_threads(n_threads_for(l->x, context))
    {
        fast_workspace mine = {scratch + thread_number() * n_mine, n_mine, 0};
        local_scratch s;
        fast_take_local_scratch(l->keys, l->window, kernels, &mine, &s);
#pragma omp for schedule(static)
        for (size_t row = 0; row < n_listed_rows(l->x); row++) { /* 4 */
            row_place place = place_of(l->x, row);
            predict_position(l, v, place);
            look(l, place, &s, output);
        }
    }
}

int fast_local_attention_forward(const fast_view *x, const fast_view *keys, const fast_view *memory,
                                 float scale, size_t window, const size_t *lengths,
                                 const fast_local_attention *parameters,
                                 const fast_local_cache *cache, fast_view *output,
                                 fast_context *context)
{
    local_problem l = {x, keys, memory, scale, window, lengths, cache, context->kernels};
    int status = fast_check_local(&l, parameters, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(&cache->hidden) || overlaps_itself(&cache->positions) ||
        overlaps_itself(&cache->log_sum_exp) || overlaps_itself(output)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace;
    size_t n_bytes = fast_local_attention_forward_size(x, keys, window, parameters, context);
    unsigned char *scratch = fast_workspace_take(&all, n_bytes);
    if (scratch == NULL) {
        GSL_ERROR("the workspace is smaller than fast_local_attention_forward_size()", GSL_ENOMEM);
    }
    fast_view hidden = cache->hidden;
    status = fast_projection_forward(x, &parameters->weight, NULL, &hidden, context); /* 5 */
    if (status != GSL_SUCCESS) {
        return status;
    }
    tanh_rows(&hidden, context);
    look_at_all(&l, &parameters->v, scratch, context, output);
    return GSL_SUCCESS;
}

size_t fast_local_attention_forward_size(const fast_view *x, const fast_view *keys, size_t window,
                                         const fast_local_attention *parameters,
                                         const fast_context *context)
{
    local_scratch s;
    size_t n_bytes = fast_take_local_scratch(keys, window, context->kernels, NULL, &s);
    return larger_of(fast_piece_size((size_t)context->n_threads, n_bytes),
                     fast_projection_forward_size(x, &parameters->weight, context));
}
