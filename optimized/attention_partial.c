/* Gradients of keys and values that a task sums on its own. */
#include "optimized/attention_partial.h"
#include <string.h>

/* Heads are cut into parts until there are so many tasks, but no part gets fewer queries: to add a
   partial gradient takes as long as a few queries do. */
enum { ENOUGH_TASKS = 16, FEWEST_QUERIES = 512 };

size_t fast_n_parts_of_head(const fast_view *q)
{
    size_t n_heads = q->n_batch * q->n_heads;
    size_t n_wanted = n_heads > 0 ? n_blocks_of(ENOUGH_TASKS, n_heads) : 1;
    size_t n_parts = min_of(n_wanted, q->n_rows / FEWEST_QUERIES);
    return n_parts > 0 ? n_parts : 1;
}

static size_t take_partial_gradient(const attention_problem *a, fast_workspace *from,
                                    partial_gradient *partial)
{
    size_t n_rows = padded_to(a->k->n_rows, a->kernels->tile_rows);
    size_t d_k = fast_padded_columns(a->kernels, a->k->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    size_t size = take_part(from, n_rows, d_k, &partial->grad_k);
    return fast_size_sum(size, take_part(from, n_rows, d_v, &partial->grad_v));
}

size_t fast_partial_gradients_size(const attention_problem *a, size_t n_threads)
{
    size_t n_parts = fast_n_parts_of_head(a->q);
    size_t n_partials = n_parts > 1 ? a->q->n_batch * a->q->n_heads * n_parts : n_threads;
    return fast_piece_size(n_partials, take_partial_gradient(a, NULL, &(partial_gradient){0}));
}

partial_gradient fast_partial_gradient_at(const attention_problem *a, unsigned char *begin,
                                          size_t index)
{
    partial_gradient partial;
    size_t n_bytes = take_partial_gradient(a, NULL, &partial);
    fast_workspace from = {begin + index * n_bytes, n_bytes, 0};
    take_partial_gradient(a, &from, &partial);
    return partial;
}

void fast_clear_partial_gradient(const attention_problem *a, const partial_gradient *partial)
{
    size_t n_rows = padded_to(a->k->n_rows, a->kernels->tile_rows);
    size_t d_k = fast_padded_columns(a->kernels, a->k->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    memset(partial->grad_k, 0, n_rows * d_k * sizeof *partial->grad_k);
    memset(partial->grad_v, 0, n_rows * d_v * sizeof *partial->grad_v);
}

float fast_gradient_factor(const attention_problem *a)
{
    return a->similarity == FAST_NEG_SQ_EUCLIDEAN ? 2 * a->scale : a->scale;
}

void fast_add_partial_gradient(const attention_problem *a, size_t matrix, size_t begin,
                               size_t n_rows, const partial_gradient *partial, float *norms,
                               const fast_view *grad_k, const fast_view *grad_v)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    query_block head = {.batch = matrix / a->q->n_heads, .head = matrix % a->q->n_heads};
    size_t d_k = fast_padded_columns(a->kernels, a->k->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    float *partial_k = partial->grad_k + begin * d_k, *partial_v = partial->grad_v + begin * d_v;
    if (a->similarity == FAST_COSINE) { /* it does not change with the length of a key */
        fast_rows k = fast_rows_of(a->k, &head, begin, n_rows);
        transpose->inverse_norms(k, norms);
        transpose->remove_along(k, norms, partial_k, d_k);
    }
    transpose->add_rows(partial_k, d_k, fast_gradient_factor(a),
                        fast_rows_of(grad_k, &head, begin, n_rows));
    transpose->add_rows(partial_v, d_v, 1.0f, fast_rows_of(grad_v, &head, begin, n_rows));
}
