/**
 * @file agreement.h
 * Do the twins agree? The judge of one output over all batches and heads: the worst ratio of
 * |actual - expected| to its bound, and where it stands.
 */
#ifndef TESTS_SUPPORT_AGREEMENT_H
#define TESTS_SUPPORT_AGREEMENT_H

#include "optimized/view.h"
#include "tests/support/bounded.h"
#include <stdbool.h>
#include <stddef.h>

/** Where a comparison was made: for the message. */
typedef struct {
    const char *catches; /**< the row of the table of cases */
    const char *variant; /**< similarity, mask, ... */
    const char *isa;
    int n_threads;
} circumstances;

/** The outcome of a comparison. Start with {0}. */
typedef struct {
    double ratio; /**< worst |actual - expected| / bound; INFINITY where NaN or infinity differs */
    size_t batch, head, row, col; /**< where that is */
    double actual, expected, bound;
    double max_bound, sum_of_squares; /**< of the finite entries */
    size_t n_entries;
} agreement;

/** Compare one batch and head of an output with what the reference computed. */
void agreement_add(agreement *a, const fast_view *actual, size_t batch, size_t head,
                   const gsl_matrix *expected, const gsl_matrix *bound);

/** Compare one number. */
void agreement_add_entry(agreement *a, double actual, double expected, double bound);

/** max bound / rms(expected): a bound as large as the values would be satisfied by anything. */
double agreement_slack(const agreement *a);

/** Largest slack that a comparison may have. */
extern const double max_slack;

/** Count a check: every ratio is at most 1, and the bounds are not vacuous. */
bool check_agreement(const agreement *a, const char *output, const circumstances *where);

/** As check_agreement, for outputs that cancel to about 0: no bound is small beside them. */
bool check_ratio(const agreement *a, const char *output, const circumstances *where);

#endif
