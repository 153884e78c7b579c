#include "tests/support/bounded_additive.h"

#include "tests/support/matrices.h"
#include "tests/support/uncertain.h"
#include <gsl/gsl_math.h>

#define U rounding_unit

/* r, and how far off v r or a gradient's r may be, relative to v. 1 / r = 1 + e^2q e^2k: of each
   exponential 4 u, of their product 1 u, of the sum 1 u. Then a division; v; and for each of the
   three times that two quotients become one, a d + c b over b d, two roundings above and one below. */
static uncertain share(uncertain q, uncertain k)
{
    double z = q.value + k.value, r = 1.0 / (1.0 + exp(2.0 * z)),
           rest = 1.0 / (1.0 + exp(-2.0 * z));
    double factored = U * r * (9.0 * rest + 3.0 + 3.0 * 3.0) + 0x1p-30;
    double sigmoid = U * (5.2 * r + 2.0 * r * rest * fabs(z));
    return (uncertain){r, GSL_MAX(factored, sigmoid) + 2.0 * r * rest * (q.bound + k.bound)};
}

double factored_tanh_bound(double q, double k)
{
    return 2.0 * share(exactly(q), exactly(k)).bound + U;
}

/* Beyond this q and k have no exponentials. */
static const double largest_factor = 43.0;

static double growth_of(bounded q, bounded keys, size_t d_a)
{
    double largest = GSL_MAX(largest_entry(q.value), largest_entry(keys.value));
    return 4.0 + sum_growth(largest <= largest_factor ? d_a / 16 + 3 : d_a / 4 + 1);
}

/* S = sum_a v_a - sum_a 2 v_a r_a */
static uncertain score_of(bounded q, size_t i, bounded keys, size_t j, const gsl_vector *v,
                          double growth)
{
    double sum_v = 0.0, sum = 0.0, bound = 0.0, size = 0.0;
    for (size_t a = 0; a < v->size; a++) {
        double v_a = gsl_vector_get(v, a);
        uncertain r = share(entry_of(q, i, a), entry_of(keys, j, a));
        sum_v += v_a;
        sum += 2.0 * v_a * r.value;
        size += 2.0 * fabs(v_a) * r.value;
        bound += 2.0 * fabs(v_a) * r.bound;
    }
    return rounded(sum_v - sum, bound + U * (growth * size + fabs(sum_v)));
}

bounded bounded_additive_scores(bounded q, bounded keys, const gsl_vector *v, const ref_mask *mask)
{
    bounded scores = bounded_new(q.value->size1, keys.value->size1);
    double growth = growth_of(q, keys, v->size);
    for (size_t i = 0; i < q.value->size1; i++) {
        for (size_t j = 0; j < keys.value->size1; j++) {
            uncertain s = score_of(q, i, keys, j, v, growth);
            bounded_set(scores, i, j, s.value, s.bound);
        }
    }
    if (mask) {
        bounded_mask(scores, mask);
    }
    return scores;
}

/* r - r^2, whose square is rounded where the two are not one instruction */
static uncertain slope_of(uncertain r)
{
    double s = r.value * (1.0 - r.value);
    double bound = fabs(1.0 - 2.0 * r.value) * r.bound + U * r.value * r.value;
    return rounded(s, bound);
}

/* dq_ia = 4 v_a sum_j dS_ij r_ija (1 - r_ija); with the transpose of dS and q and k swapped, dk_ja */
static bounded sides_backward(bounded q, bounded keys, const gsl_vector *v, bounded grad_scores)
{
    bounded grad = bounded_new(q.value->size1, v->size);
    for (size_t i = 0; i < q.value->size1; i++) {
        for (size_t a = 0; a < v->size; a++) {
            uncertain_sum sum = {0};
            for (size_t j = 0; j < keys.value->size1; j++) {
                uncertain r = share(entry_of(q, i, a), entry_of(keys, j, a));
                add_term(&sum, times(entry_of(grad_scores, i, j), slope_of(r)));
            }
            uncertain dz = times(exactly(4.0 * gsl_vector_get(v, a)), total_of(sum));
            bounded_set(grad, i, a, dz.value, dz.bound);
        }
    }
    return grad;
}

/* dv_a = sum_ij dS_ij (1 - 2 r_ija) = -2 sum_ij dS_ij r_ija, as each row of dS sums to 0 */
static bounded v_backward(bounded q, bounded keys, bounded grad_scores, size_t n_terms)
{
    size_t d_a = q.value->size2;
    bounded grad = bounded_new(1, d_a);
    for (size_t a = 0; a < d_a; a++) {
        uncertain_sum sum = {0};
        for (size_t i = 0; i < q.value->size1; i++) {
            for (size_t j = 0; j < keys.value->size1; j++) {
                uncertain r = share(entry_of(q, i, a), entry_of(keys, j, a));
                add_term(&sum, times(entry_of(grad_scores, i, j), r));
            }
        }
        double bound = sum.bound + U * sum_growth(n_terms) * sum.size;
        bounded_set(grad, 0, a, -2.0 * sum.value, 2.0 * bound);
    }
    return grad;
}

double factored_slope_bound(double q, double k)
{
    return 4.0 * slope_of(share(exactly(q), exactly(k))).bound;
}

static bounded transpose_of(bounded a)
{
    bounded t = bounded_new(a.value->size2, a.value->size1);
    gsl_matrix_transpose_memcpy(t.value, a.value);
    gsl_matrix_transpose_memcpy(t.bound, a.bound);
    return t;
}

bounded_additive_gradients bounded_additive_backward(bounded q, bounded keys, const gsl_vector *v,
                                                     bounded grad_scores, size_t n_terms)
{
    return (bounded_additive_gradients){
        .q = sides_backward(q, keys, v, grad_scores),
        .keys = sides_backward(keys, q, v, transpose_of(grad_scores)),
        .v = v_backward(q, keys, grad_scores, n_terms),
    };
}
