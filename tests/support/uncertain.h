/**
 * @file uncertain.h
 * Numbers that float32 arithmetic has touched: a value, and how far off it may be. The rules of
 * bounded.h, one number at a time, for formulas that are walked row by row.
 */
#ifndef TESTS_SUPPORT_UNCERTAIN_H
#define TESTS_SUPPORT_UNCERTAIN_H

#include "tests/support/bounded.h"
#include <math.h>

typedef struct {
    double value, bound;
} uncertain;

/** A value that both sides hold exactly. */
static inline uncertain exactly(double x)
{
    return (uncertain){x, 0.0};
}

/** One entry of a bounded matrix. */
static inline uncertain entry_of(bounded a, size_t i, size_t j)
{
    return (uncertain){gsl_matrix_get(a.value, i, j), gsl_matrix_get(a.bound, i, j)};
}

/** A value and its bound after one more rounding. */
static inline uncertain rounded(double value, double bound)
{
    return (uncertain){value, bound + rounding_unit * fabs(value)};
}

static inline uncertain plus(uncertain a, uncertain b)
{
    return rounded(a.value + b.value, a.bound + b.bound);
}

static inline uncertain minus(uncertain a, uncertain b)
{
    return rounded(a.value - b.value, a.bound + b.bound);
}

static inline uncertain times(uncertain a, uncertain b)
{
    return rounded(a.value * b.value, a.bound * fabs(b.value) + fabs(a.value) * b.bound);
}

/** tanh, at most 3.1 units in the last place off, each at most 2 u of the value; and its slope
 *  1 - y^2 from its value y. */
static inline uncertain tanh_of(uncertain x)
{
    double y = tanh(x.value);
    return (uncertain){y, (1.0 - y * y) * x.bound + 2.0 * rounding_unit * 3.1 * fabs(y)};
}

static inline uncertain tanh_slope(uncertain y)
{
    return minus(exactly(1.0), times(y, y));
}

/** A sum as it grows. Start with {0}. */
typedef struct {
    double value, bound, size;
    size_t n;
} uncertain_sum;

static inline void add_term(uncertain_sum *sum, uncertain x)
{
    sum->value += x.value;
    sum->bound += x.bound;
    sum->size += fabs(x.value);
    sum->n++;
}

/** The sum itself: u w(n) sum |x_i|. */
static inline uncertain total_of(uncertain_sum sum)
{
    return (uncertain){sum.value, sum.bound + rounding_unit * sum_growth(sum.n) * sum.size};
}

/** The mean of the terms: u (w(n) + 1) sum |x_i| / n, and the division. */
static inline uncertain mean_of(uncertain_sum sum)
{
    double n = (double)sum.n, growth = rounding_unit * (sum_growth(sum.n) + 1.0);
    return rounded(sum.value / n, (sum.bound + growth * sum.size) / n);
}

#endif
