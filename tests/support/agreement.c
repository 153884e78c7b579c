#include "tests/support/agreement.h"

#include "tests/support/suite.h"
#include <math.h>

const double max_slack = 0.01;

/* A difference where none is allowed is infinitely bad, and so is one that is NaN. */
static double ratio_of(double actual, double expected, double bound)
{
    double difference = fabs(actual - expected);
    if (actual == expected) {
        return 0.0;
    }
    return bound > 0.0 && isfinite(difference) ? difference / bound : INFINITY;
}

static bool note(agreement *a, double actual, double expected, double bound)
{
    if (isfinite(expected)) {
        a->max_bound = fmax(a->max_bound, bound);
        a->sum_of_squares += expected * expected;
    }
    a->n_entries++;
    double ratio = ratio_of(actual, expected, bound);
    bool is_worst = a->n_entries == 1 || !(ratio <= a->ratio);
    if (is_worst) {
        a->ratio = ratio;
        a->actual = actual;
        a->expected = expected;
        a->bound = bound;
    }
    return is_worst;
}

void agreement_add(agreement *a, const fast_view *actual, size_t batch, size_t head,
                   const gsl_matrix *expected, const gsl_matrix *bound)
{
    for (size_t i = 0; i < expected->size1; i++) {
        const float *row = fast_view_at(actual, batch, head) + i * actual->row_stride;
        for (size_t c = 0; c < expected->size2; c++) {
            double e = gsl_matrix_get(expected, i, c);
            if (note(a, row[c], e, gsl_matrix_get(bound, i, c))) {
                a->batch = batch, a->head = head, a->row = i, a->col = c;
            }
        }
    }
}

void agreement_add_entry(agreement *a, double actual, double expected, double bound)
{
    note(a, actual, expected, bound);
}

double agreement_slack(const agreement *a)
{
    double rms = sqrt(a->sum_of_squares / (double)a->n_entries);
    return a->max_bound == 0.0 ? 0.0 : a->max_bound / rms;
}

bool check_ratio(const agreement *a, const char *output, const circumstances *where)
{
    return CHECK(a->n_entries > 0 && a->ratio <= 1.0,
                 "%s, %s, %s, %d threads: %s [batch %zu, head %zu, row %zu, column %zu] is %.9g, "
                 "expected %.9g +- %.2g: %.3g times the bound",
                 where->catches, where->variant, where->isa, where->n_threads, output, a->batch,
                 a->head, a->row, a->col, a->actual, a->expected, a->bound, a->ratio);
}

bool check_agreement(const agreement *a, const char *output, const circumstances *where)
{
    return check_ratio(a, output, where) &&
           CHECK(agreement_slack(a) <= max_slack,
                 "%s, %s: the bound of %s is vacuous, %.2g of its rms", where->catches,
                 where->variant, output, agreement_slack(a));
}
