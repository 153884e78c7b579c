/**
 * @file alignment.c
 * How far the largest weight is from where a symbol comes from.
 */
#include "chapters/common/pairs/alignment.h"

/* The column of the largest of the first n weights of a row. */
static int largest(const gsl_matrix *weights, size_t row, size_t n)
{
    size_t best = 0;
    for (size_t j = 1; j < n; j++) {
        if (gsl_matrix_get(weights, row, j) > gsl_matrix_get(weights, row, best)) {
            best = j;
        }
    }
    return (int)best;
}

static size_t distance_to(pairs_span span, int place)
{
    if (place < span.first) {
        return (size_t)(span.first - place);
    }
    return place > span.last ? (size_t)(place - span.last) : 0;
}

void alignment_scores_add(alignment_scores *scores, const pairs *all, size_t pair,
                          const gsl_matrix *weights)
{
    size_t n_source = pairs_source_length(all, all->sources[pair]);
    size_t n_target = all->alignment != NULL ? pairs_target_length(all, pair) : 0;
    for (size_t t = 0; t < n_target; t++) {
        pairs_span span = all->alignment[all->target_starts[pair] + t];
        if (span.first >= 0) {
            size_t distance = distance_to(span, largest(weights, t, n_source));
            scores->n_symbols++;
            scores->n_exact += distance == 0;
            scores->n_near += distance <= 1;
            scores->distance += distance;
        }
    }
}

double alignment_scores_error(const alignment_scores *scores)
{
    return (double)scores->distance / (double)scores->n_symbols;
}

double alignment_scores_share(const alignment_scores *scores, bool near)
{
    return (double)(near ? scores->n_near : scores->n_exact) / (double)scores->n_symbols;
}
