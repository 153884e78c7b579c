/* The gradients of one block of queries, and what it adds to those of the keys and values it sees.
 *
 * The numbers are those of the differences listed at the head of attention.c and
 * attention_backward.c. */
#include "optimized/attention_gradients.h"
#include <math.h>

size_t fast_take_backward_scratch(const attention_problem *a, fast_workspace *from,
                                  backward_scratch *s)
{
    size_t width = fast_query_block_width(a->kernels);
    size_t d_k = fast_padded_columns(a->kernels, a->q->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    size_t size = fast_take_block_scratch(a, FAST_KEYS_PER_GRADIENT, from, &s->blocks);
    size = fast_size_sum(size, take_part(from, width, d_k, &s->query_rows));
    size = fast_size_sum(size, take_part(from, d_v, width, &s->grad_output));
    size = fast_size_sum(size, take_part(from, width, d_v, &s->grad_output_rows));
    size = fast_size_sum(size, take_part(from, d_k, width, &s->grad_queries));
    size = fast_size_sum(size, take_part(from, 1, width, &s->factors));
    size = fast_size_sum(size, take_part(from, 1, width, &s->log_sum_exp));
    size = fast_size_sum(size, take_part(from, 1, width, &s->products));
    size = fast_size_sum(size, take_part(from, FAST_KEYS_PER_GRADIENT, width, &s->weights));
    return fast_size_sum(size, take_part(from, FAST_KEYS_PER_GRADIENT, width, &s->grad_scores));
}

/** Packs everything that belongs to a block of queries and lies on the lanes. */
static void pack(const attention_problem *a, const query_block *queries,
                 const gradient_views *views, const backward_scratch *s)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    bool is_cosine = a->similarity == FAST_COSINE;
    float factor = fast_gradient_factor(a);
    size_t begin = queries->begin, n_rows = queries->n_rows, width = queries->width;
    fast_rows grad_y = fast_rows_of(views->grad_output, queries, begin, n_rows);
    fast_rows y = fast_rows_of(views->output, queries, begin, n_rows);
    const float *log_sum_exp = fast_rows_of(views->log_sum_exp, queries, 0, 1).data + begin;

    fast_pack_queries(a, queries, &s->blocks);
    transpose->to_columns(grad_y, 1.0f, s->grad_output, width);
    transpose->row_products(grad_y, y.data, y.stride, s->products);

    for (size_t i = 0; i < width; i++) { /* no query, or one that sees no key, has no weights */
        bool sees_a_key = i < n_rows && log_sum_exp[i] != -INFINITY; /* or it is NaN */
        s->log_sum_exp[i] = sees_a_key ? log_sum_exp[i] * LOG2_E : INFINITY;
        s->factors[i] = sees_a_key ? factor * (is_cosine ? s->blocks.norms[i] : 1.0f) : 0.0f;
    }
}

/** The same queries as rows: Q, of length 1 for the cosine, and dY. */
static void pack_rows(const attention_problem *a, const query_block *queries,
                      const gradient_views *views, const backward_scratch *s)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    size_t begin = queries->begin, n_rows = queries->n_rows, width = queries->width;
    size_t d_k = fast_padded_columns(a->kernels, a->q->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    transpose->copy_rows(fast_rows_of(a->q, queries, begin, n_rows), 1.0f, s->query_rows, width,
                         d_k);
    transpose->copy_rows(fast_rows_of(views->grad_output, queries, begin, n_rows), 1.0f,
                         s->grad_output_rows, width, d_v);
    for (size_t c = 0; c < width * d_k && a->similarity == FAST_COSINE; c++) {
        s->query_rows[c] *= s->blocks.norms[c / d_k];
    }
}

/** P = exp(S - L),  dS = P o (dY V^T - D)  for a block of queries and keys. */
static fast_score_block weigh_again(const attention_problem *a, const query_block *queries,
                                    const key_block *keys, whole_rows k, const backward_scratch *s)
{
    size_t n_skipped = keys->first_vector * a->kernels->lanes;
    fast_rows v_rows = fast_rows_of(a->v, queries, keys->begin, keys->n_rows);
    whole_rows v = fast_whole_rows_of(a, v_rows, 1, s->blocks.values); /* 4 */
    fast_score_block scores = fast_lay_out_scores(a, queries, keys, k, &s->blocks);
    fast_score_gradient gradient = {.d_v = v_rows.n_cols,
                                    .values = v.data,
                                    .value_stride = v.stride,
                                    .grad_output = s->grad_output + n_skipped,
                                    .log_sum_exp = s->log_sum_exp + n_skipped,
                                    .products = s->products + n_skipped,
                                    .key_factors =
                                        a->similarity == FAST_COSINE ? scores.key_factors : NULL,
                                    .weights = s->weights + n_skipped,
                                    .grad_scores = s->grad_scores + n_skipped};
    if (s->diagonals != NULL) { /* 10 */
        gradient.diagonals = s->diagonals + queries->begin + n_skipped - keys->begin;
    }
    a->kernels->attention->weigh_again(&scores, &gradient); /* 8 */
    return scores;
}

/** A product of dS^T or P^T with what the same queries have in rows, added to key gradients. */
static fast_product key_product(const query_block *queries, const key_block *keys,
                                const fast_kernels *kernels, const float *weights,
                                const float *query_rows, size_t width, float *grad)
{
    size_t n_skipped = keys->first_vector * kernels->lanes;
    return (fast_product){.n_rows = keys->n_padded,
                          .n_inner = queries->n_rows - n_skipped,
                          .n_vectors = width / kernels->lanes,
                          .a = weights + n_skipped,
                          .a_stride = queries->width,
                          .b = query_rows + n_skipped * width,
                          .b_stride = width,
                          .c = grad + keys->begin * width,
                          .c_stride = width};
}

static void go_back_to_keys(const attention_problem *a, const query_block *queries,
                            const key_block *keys, const backward_scratch *s,
                            const partial_gradient *partial)
{
    const fast_product_kernels *product = a->kernels->product;
    size_t d_k = fast_padded_columns(a->kernels, a->k->n_cols);
    size_t d_v = fast_padded_columns(a->kernels, a->v->n_cols);
    size_t n_skipped = keys->first_vector * a->kernels->lanes;
    size_t n_keys = fast_padded_columns(a->kernels, 1); /* 4 */
    fast_rows k_rows = fast_rows_of(a->k, queries, keys->begin, keys->n_rows);
    whole_rows k = fast_whole_rows_of(a, k_rows, n_keys, s->blocks.keys);
    fast_score_block scores = weigh_again(a, queries, keys, k, s);

    /* output = P V:  dV += P^T dY */
    fast_product grad_v = key_product(queries, keys, a->kernels, s->weights, s->grad_output_rows,
                                      d_v, partial->grad_v);
    product->add_product(&grad_v);

    /* S = scale Q K^T:  dK += scale dS^T Q,  dQ += scale dS K */
    fast_product grad_k =
        key_product(queries, keys, a->kernels, s->grad_scores, s->query_rows, d_k, partial->grad_k);
    fast_product grad_q = {.n_rows = padded_to(k_rows.n_cols, a->kernels->tile_rows),
                           .n_inner = keys->n_rows,
                           .n_vectors = scores.n_vectors,
                           .a = k.data,
                           .a_stride = k.stride,
                           .b = s->grad_scores + n_skipped,
                           .b_stride = queries->width,
                           .c = s->grad_queries + n_skipped,
                           .c_stride = queries->width,
                           .is_new = keys->begin == 0};
    if (a->similarity != FAST_NEG_SQ_EUCLIDEAN) {
        product->add_product(&grad_k);
        product->add_transposed_product(&grad_q);
    } else { /* S = -scale |q - k|^2:  dK += 2 scale dS (Q - K),  dQ += 2 scale dS (K - Q) */
        product->add_differences(&grad_k, k.data, k.stride);
        product->add_transposed_differences(&grad_q, scores.queries, queries->width);
    }
}

void fast_go_back(const attention_problem *a, const query_block *queries,
                  const gradient_views *views, const backward_scratch *s,
                  const partial_gradient *partial)
{
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    pack(a, queries, views, s); /* 3 */
    pack_rows(a, queries, views, s);
    for (key_block keys = {0};
         fast_next_key_block(a, queries, FAST_KEYS_PER_GRADIENT, &keys);) { /* 1, 5 */
        go_back_to_keys(a, queries, &keys, s, partial);
    }
    fast_rows grad_q = fast_rows_of(views->grad_q, queries, queries->begin, queries->n_rows);
    if (a->similarity != FAST_COSINE) {
        transpose->to_rows(s->grad_queries, queries->width, s->factors, true, grad_q);
    } else { /* it does not change with the length of a query */
        fast_rows q = fast_rows_of(a->q, queries, queries->begin, queries->n_rows);
        size_t d_k = fast_padded_columns(a->kernels, q.n_cols);
        fast_rows rows = {s->query_rows, q.n_rows, q.n_cols, d_k};
        transpose->to_rows(s->grad_queries, queries->width, s->factors, false, rows);
        transpose->remove_along(q, s->blocks.norms, s->query_rows, d_k);
        transpose->add_rows(s->query_rows, d_k, 1.0f, grad_q);
    }
}

/* ---- Short heads ----------------------------------------------------------------------------- */

bool fast_goes_back_at_once(const attention_problem *a)
{
    size_t lanes = a->kernels->lanes;
    return fast_is_short(a) && a->similarity == FAST_DOT && a->q->n_cols % lanes == 0 &&
           a->v->n_cols % lanes == 0;
}

/** What go_back_to_keys() does, straight into the gradients. */
static void add_gradients(const attention_problem *a, const query_block *queries,
                          const key_block *keys, const gradient_views *views,
                          const backward_scratch *s)
{
    const fast_product_kernels *product = a->kernels->product;
    const float one = 1.0f;
    fast_rows q = fast_rows_of(a->q, queries, 0, queries->n_rows);
    fast_rows k = fast_rows_of(a->k, queries, 0, keys->n_rows);
    fast_rows grad_y = fast_rows_of(views->grad_output, queries, 0, queries->n_rows);
    weigh_again(a, queries, keys, fast_whole_rows_of(a, k, 1, s->blocks.keys), s);

    fast_product grad_v =
        fast_finished_product(a->kernels, queries, s->weights, grad_y,
                              fast_rows_of(views->grad_v, queries, 0, keys->n_rows));
    grad_v.factors = &one;
    product->finish_product(&grad_v);

    fast_product grad_k =
        fast_finished_product(a->kernels, queries, s->grad_scores, q,
                              fast_rows_of(views->grad_k, queries, 0, keys->n_rows));
    grad_k.factors = &a->scale;
    product->finish_product(&grad_k);

    fast_product grad_q =
        fast_finished_product(a->kernels, queries, s->grad_scores, k,
                              fast_rows_of(views->grad_q, queries, 0, queries->n_rows));
    grad_q.factors = s->factors;
    grad_q.factor_stride = 1;
    product->finish_transposed_product(&grad_q);
}

void fast_go_back_at_once(const attention_problem *a, size_t matrix, const gradient_views *views,
                          const backward_scratch *s)
{
    query_block queries = fast_query_block_at(a, matrix, 0);
    key_block keys = {0};
    if (fast_next_key_block(a, &queries, FAST_KEYS_PER_GRADIENT, &keys)) { /* 1 */
        pack(a, &queries, views, s);                                       /* 3 */
        add_gradients(a, &queries, &keys, views, s);
    }
}
