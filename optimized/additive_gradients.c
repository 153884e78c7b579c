/* The gradients of one block of queries, and what it adds to those of all it looks at.
 *
 * The numbers are those of the differences listed at the head of additive_attention.c and
 * additive_backward.c. */
#include "optimized/additive_gradients.h"

size_t fast_take_additive_backward_scratch(const attention_problem *a, fast_workspace *from,
                                           additive_backward_scratch *s)
{
    size_t n_q = fast_query_block_width(a->kernels), lanes = a->kernels->lanes;
    size_t size = fast_take_additive_scratch(a, from, &s->scores);
    size = fast_size_sum(size, take_part(from, 1, s->scores.width, &s->slope));
    size = fast_size_sum(size, take_part(from, n_q, s->scores.stride, &s->grad_scores));
    size = fast_size_sum(size, take_part(from, n_q, fast_n_copied_columns(a), &s->grad_output));
    size = fast_size_sum(size, take_part(from, 1, n_q, &s->products));
    return fast_size_sum(size, take_part(from, n_q, lanes, &s->sums));
}

/** P = exp(S - L),  dS = P o (dY M^T - D)  for a block of queries. */
static fast_additive_block weigh_again(const attention_problem *a, const query_block *queries,
                                       additive_backward_scratch *s, const additive_gradients *g)
{
    const fast_additive_kernels *additive = a->kernels->additive;
    fast_additive_block block = fast_score_additively(a, queries, &s->scores);
    fast_rows grad_y = fast_rows_of(g->grad_output, queries, queries->begin, queries->n_rows);
    fast_rows y = fast_rows_of(g->output, queries, queries->begin, queries->n_rows);
    fast_rows memory = fast_rows_of(a->v, queries, 0, block.n_k);
    const float *log_sum_exp = fast_view_at(g->log_sum_exp, queries->batch, 0) + queries->begin;

    a->kernels->transpose->row_products(grad_y, y.data, y.stride, s->products);
    additive->multiply(grad_y, memory, s->grad_scores, block.stride);
    for (size_t i = 0; i < queries->n_rows; i++) {
        additive->weigh_again(s->scores.scores + i * block.stride, log_sum_exp[i],
                              s->grad_scores + i * block.stride, s->products[i],
                              padded_to(block.n_k, a->kernels->lanes)); /* 8 */
    }
    return block;
}

/** dM += P^T dY  for a block of queries. */
static void go_back_to_memory(const attention_problem *a, const query_block *queries,
                              const additive_backward_scratch *s, size_t n_keys,
                              const additive_gradients *g)
{
    const float one = 1.0f;
    fast_rows grad_y = fast_rows_of(g->grad_output, queries, queries->begin, queries->n_rows);
    fast_rows grad_memory = g->grad_memory;
    if (fast_n_copied_columns(a) > 0) {
        size_t n_cols = fast_n_copied_columns(a);
        a->kernels->transpose->copy_rows(grad_y, 1.0f, s->grad_output, grad_y.n_rows, n_cols);
        grad_y = (fast_rows){s->grad_output, grad_y.n_rows, n_cols, n_cols};
    }
    grad_memory.n_rows = n_keys;
    fast_product product =
        fast_finished_product(a->kernels, queries, s->scores.scores, grad_y, grad_memory);
    product.a_stride = s->scores.stride;
    product.factors = &one;
    a->kernels->product->finish_transposed_product(&product);
}

void fast_go_back_additively(const attention_problem *a, const query_block *queries,
                             additive_backward_scratch *s, const additive_gradients *g)
{
    fast_additive_block block = weigh_again(a, queries, s, g);

    /* Y = P M:  dM += P^T dY */
    go_back_to_memory(a, queries, s, block.n_k, g);

    /* S = v . (1 - 2 r):  dQ, dK and dv */
    fast_additive_gradient gradient = {
        .grad_scores = s->grad_scores,
        .slope = s->slope,
        .queries = fast_rows_of(g->grad_q, queries, queries->begin, queries->n_rows),
        .keys = g->grad_keys,
        .v = g->grad_v,
        .sums = s->sums};
    a->kernels->additive->go_back(&block, &gradient); /* 9 */
}
