/* How additive attention is shared among tasks, and the scores of one block of queries.
 *
 * The numbers are those of the differences listed at the head of additive_attention.c. */
#include "optimized/additive_blocks.h"
#include "optimized/kernels/row_kernels.h"
#include <math.h>

/* Sequences are cut into parts until there are so many tasks, but no part gets fewer queries. */
enum { ENOUGH_TASKS = 16, FEWEST_QUERIES = 64 };

size_t fast_n_additive_parts(const attention_problem *a)
{
    size_t n_wanted = n_blocks_of(ENOUGH_TASKS, larger_of(a->q->n_batch, 1));
    return larger_of(min_of(n_wanted, a->q->n_rows / FEWEST_QUERIES), 1);
}

size_t fast_n_copied_columns(const attention_problem *a)
{
    size_t n_cols = a->v->n_cols, lanes = a->kernels->lanes;
    return n_cols % lanes != 0 ? padded_to(n_cols, lanes) : 0;
}

size_t fast_take_additive_scratch(const attention_problem *a, fast_workspace *from,
                                  additive_scratch *s)
{
    size_t n_q = padded_to(fast_query_block_width(a->kernels), a->kernels->tile_rows);
    s->width = padded_to(a->q->n_cols, a->kernels->lanes);
    s->stride = fast_padded_columns(a->kernels, a->k->n_rows);
    size_t size = take_part(from, a->k->n_rows, s->width, &s->keys);
    size = fast_size_sum(size, take_part(from, n_q, s->width, &s->queries));
    size = fast_size_sum(size, take_part(from, n_q, s->width, &s->queries_by_v));
    size = fast_size_sum(size, take_part(from, 1, s->width, &s->v.numerators));
    size = fast_size_sum(size, take_part(from, 1, s->width, &s->v.inverses));
    return fast_size_sum(size, take_part(from, n_q, s->stride, &s->scores));
}

size_t fast_take_shared_powers(const attention_problem *a, fast_workspace *from,
                               fast_additive_powers *powers)
{
    size_t n_shared = fast_n_additive_parts(a) > 1 ? a->k->n_batch : 0;
    return fast_additive_powers_layout(n_shared, a->k->n_rows, a->k->n_cols, from, powers);
}

const fast_additive_powers *fast_make_shared_powers(const attention_problem *a,
                                                    const fast_additive_powers *given,
                                                    const fast_additive_powers *shared,
                                                    const fast_context *context)
{
    if (given != NULL || shared->e.n_batch == 0) {
        return given;
    }
    fast_additive_make_powers(a->k, a->mask.key_lengths, shared, context);
    return shared;
}

static fast_rows key_rows(const attention_problem *a, size_t batch, size_t n_keys)
{
    return fast_rows_of(a->k, &(query_block){.batch = batch}, 0, n_keys);
}

void fast_pack_additive_v(const attention_problem *a, const fast_view *v, additive_scratch *s)
{
    fast_rows row = {v->data, 1, v->n_cols, v->row_stride};
    a->kernels->additive->pack_v(row, s->width, &s->v);
}

void fast_pack_additive_keys(const attention_problem *a, size_t batch, additive_scratch *s)
{
    s->n_keys = a->mask.key_lengths != NULL ? a->mask.key_lengths[batch] : a->k->n_rows;
    s->are_bare = false;
    if (s->made != NULL) { /* 7 */
        s->powers = fast_view_at(&s->made->e, batch, 0);
        s->largest = *fast_view_at(&s->made->largest, batch, 0);
        return;
    }
    fast_rows rows = key_rows(a, batch, s->n_keys);
    s->powers = s->keys;
    s->largest = a->kernels->additive->exponentials(rows, s->keys, s->width); /* 1 */
}

/** Packs the queries, and the keys again where they do not hold what goes with these queries. */
static fast_additive_block pack(const attention_problem *a, const query_block *queries,
                                additive_scratch *s)
{
    const fast_additive_kernels *additive = a->kernels->additive;
    const fast_transpose_kernels *transpose = a->kernels->transpose;
    fast_rows q = fast_rows_of(a->q, queries, queries->begin, queries->n_rows);
    fast_rows k = key_rows(a, queries->batch, s->n_keys);
    float largest = additive->exponentials(q, s->queries, s->width);
    fast_additive_size size = additive->size(largest, s->largest); /* 2 */
    bool is_huge = size == FAST_ADDITIVE_HUGE;
    if (is_huge) {
        transpose->copy_rows(q, 1.0f, s->queries, q.n_rows, s->width);
    }
    if (is_huge && !s->are_bare) {
        transpose->copy_rows(k, 1.0f, s->keys, k.n_rows, s->width);
        s->are_bare = true;
    } else if (!is_huge && s->are_bare && s->powers == s->keys) {
        additive->exponentials(k, s->keys, s->width);
        s->are_bare = false;
    }
    return (fast_additive_block){.n_q = queries->n_rows,
                                 .n_k =
                                     fast_n_visible_keys(a, queries, queries->n_rows - 1), /* 6 */
                                 .width = s->width,
                                 .queries = s->queries,
                                 .keys = is_huge ? s->keys : s->powers,
                                 .size = size,
                                 .v = &s->v,
                                 .queries_by_v = s->queries_by_v,
                                 .stride = s->stride};
}

fast_additive_block fast_score_additively(const attention_problem *a, const query_block *queries,
                                          additive_scratch *s)
{
    fast_additive_block block = pack(a, queries, s);
    a->kernels->additive->score(&block, s->scores);
    for (size_t i = 0; i < block.n_q; i++) {
        float *scores = s->scores + i * s->stride;
        size_t n_visible = fast_n_visible_keys(a, queries, i);
        if (a->mask.bias != NULL) {
            fast_rows bias = fast_rows_of(a->mask.bias, queries, queries->begin + i, 1);
            a->kernels->row->add(bias.data, scores, n_visible);
        }
        for (size_t j = n_visible; j < padded_to(block.n_k, a->kernels->lanes); j++) {
            scores[j] = -INFINITY; /* no key either: the softmax takes whole vectors */
        }
    }
    return block;
}
