/* The learned relative-position bias: a number for each diagonal of the scores. */
#include "optimized/attention_relative.h"
#include <string.h>

/** Which entry of a row 0 .. 2 clip serves a distance: the ends serve all that is further away. */
static size_t entry_of(ptrdiff_t distance, size_t n_entries)
{
    ptrdiff_t clip = (ptrdiff_t)(n_entries / 2);
    return (size_t)(clip + (distance < -clip ? -clip : distance > clip ? clip : distance));
}

/** From query i to key j: the last query is aligned with the last key. */
static ptrdiff_t distance_of(const attention_problem *a, size_t i, size_t j)
{
    return (ptrdiff_t)(j + a->q->n_rows) - (ptrdiff_t)(i + a->k->n_rows);
}

const float *fast_lay_out_relative_bias(const attention_problem *a, const query_block *queries,
                                        const key_block *keys, float *diagonals)
{
    const fast_view *bias = a->mask.relative_bias;
    const float *entries = bias->data + queries->head * bias->row_stride;
    size_t last_key = keys->n_padded - 1;
    ptrdiff_t furthest = distance_of(a, queries->begin, keys->begin + last_key);
    for (size_t n = 0; n < last_key + queries->width; n++) {
        diagonals[n] = entries[entry_of(furthest - (ptrdiff_t)n, bias->n_cols)] * LOG2_E;
    }
    return diagonals + last_key;
}

/* ---- Gradient -------------------------------------------------------------------------------- */

/** How many floats of a row come before the diagonal of the first key and query. A kernel adds 0 to
    up to a vector more than there are. */
static size_t n_before_first(const attention_problem *a)
{
    return fast_size_sum(padded_to(a->k->n_rows, a->kernels->tile_rows), a->kernels->lanes);
}

static size_t take_row(const attention_problem *a, fast_workspace *from, float **row)
{
    size_t n_from_first = padded_to(a->q->n_rows, a->kernels->lanes);
    return take_part(from, 1, fast_size_sum(n_before_first(a), n_from_first), row);
}

size_t fast_diagonals_size(const attention_problem *a, size_t n_tasks)
{
    return fast_piece_size(n_tasks, take_row(a, NULL, &(float *){NULL}));
}

static float *row_of(const attention_problem *a, unsigned char *begin, size_t task)
{
    float *row;
    size_t n_bytes = take_row(a, NULL, &row);
    take_row(a, &(fast_workspace){begin + task * n_bytes, n_bytes, 0}, &row);
    return row;
}

float *fast_clear_diagonals(const attention_problem *a, unsigned char *begin, size_t task)
{
    if (a->mask.grad_relative_bias == NULL) {
        return NULL;
    }
    float *row = row_of(a, begin, task);
    memset(row, 0, take_row(a, NULL, &(float *){NULL}));
    return row + n_before_first(a);
}

void fast_add_diagonals(const attention_problem *a, unsigned char *begin, size_t n_parts)
{
    const fast_view *grad = a->mask.grad_relative_bias;
    size_t n_tasks = grad != NULL ? a->q->n_batch * a->q->n_heads * n_parts : 0;
    for (size_t task = 0; task < n_tasks; task++) {
        size_t head = task / n_parts % a->q->n_heads;
        float *entries = grad->data + head * grad->row_stride;
        const float *first = row_of(a, begin, task) + n_before_first(a);
        for (size_t j = a->k->n_rows; j-- > 1;) { /* the diagonals that begin in the first query */
            entries[entry_of(distance_of(a, 0, j), grad->n_cols)] += *(first - j);
        }
        for (size_t i = 0; i < a->q->n_rows; i++) { /* and those that begin in the first key */
            entries[entry_of(distance_of(a, i, 0), grad->n_cols)] += first[i];
        }
    }
}
