#include "tests/support/bounded_dense.h"

#include "tests/support/matrices.h"
#include "tests/support/uncertain.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>

#define U rounding_unit

/* ---- projection -------------------------------------------------------------------------------- */

/* The rows begin as b; the product arrives in at most as many pieces as it has terms. */
bounded bounded_projection(bounded x, bounded weight, const gsl_matrix *bias)
{
    bounded y = bounded_product(1.0, CblasNoTrans, x, CblasNoTrans, weight);
    gsl_matrix *start = new_matrix(y.value->size1, y.value->size2);
    if (bias) {
        gsl_vector_const_view b = gsl_matrix_const_row(bias, 0);
        for (size_t i = 0; i < start->size1; i++) {
            gsl_matrix_set_row(start, i, &b.vector);
        }
    }
    return bounded_accumulate(start, y, x.value->size2);
}

/* Dropout is linear: its factors are what it makes of ones. Two roundings, of the factor and of the
 * product. */
bounded bounded_dropout(bounded x, const ref_dropout *dropout)
{
    bounded factors = bounded_new(x.value->size1, x.value->size2);
    gsl_matrix_set_all(factors.value, 1.0);
    ref_dropout_forward(factors.value, dropout, factors.value);
    gsl_matrix_memcpy(factors.bound, factors.value);
    gsl_matrix_scale(factors.bound, rounding_unit);
    return bounded_times(x, factors);
}

bounded bounded_column_sums(bounded a)
{
    bounded ones = bounded_new(a.value->size1, 1);
    gsl_matrix_set_all(ones.value, 1.0);
    return bounded_product(1.0, CblasTrans, ones, CblasNoTrans, a);
}

/* ---- layer normalisation ----------------------------------------------------------------------- */

static void set(bounded a, size_t i, size_t j, uncertain x)
{
    bounded_set(a, i, j, x.value, x.bound);
}

/* r = 1 / sqrt(v):  e_r = r (e_v / 2v + 2 u) */
static uncertain inverse_root(uncertain v)
{
    double r = 1.0 / sqrt(v.value);
    return (uncertain){r, r * (0.5 * v.bound / v.value + 2.0 * U)};
}

bounded_norm bounded_layer_norm(bounded x, const gsl_matrix *gain, const gsl_matrix *bias,
                                double epsilon)
{
    size_t n = x.value->size1, d = x.value->size2;
    bounded_norm y = {bounded_new(n, 1), bounded_new(n, 1), bounded_new(n, d), bounded_new(n, d)};
    for (size_t i = 0; i < n; i++) {
        uncertain_sum sum = {0}, squares = {0};
        for (size_t c = 0; c < d; c++) {
            add_term(&sum, entry_of(x, i, c));
        }
        uncertain mu = mean_of(sum);
        for (size_t c = 0; c < d; c++) {
            uncertain difference = minus(entry_of(x, i, c), mu);
            add_term(&squares, times(difference, difference));
        }
        uncertain r = inverse_root(plus(mean_of(squares), rounded(epsilon, 0.0)));
        for (size_t c = 0; c < d; c++) {
            uncertain z = times(minus(entry_of(x, i, c), mu), r);
            uncertain scaled = times(exactly(gsl_matrix_get(gain, 0, c)), z);
            set(y.normal, i, c, z);
            set(y.output, i, c, plus(scaled, exactly(gsl_matrix_get(bias, 0, c))));
        }
        set(y.mean, i, 0, mu);
        set(y.rate, i, 0, r);
    }
    return y;
}

/* dX = r (g - mean(g) - z mean(g o z)),  g = gain o dY */
bounded bounded_layer_norm_backward(bounded_norm forward, const gsl_matrix *gain,
                                    bounded grad_output)
{
    size_t n = grad_output.value->size1, d = grad_output.value->size2;
    bounded dx = bounded_new(n, d);
    for (size_t i = 0; i < n; i++) {
        uncertain_sum sum_g = {0}, sum_gz = {0};
        for (size_t c = 0; c < d; c++) {
            uncertain g = times(exactly(gsl_matrix_get(gain, 0, c)), entry_of(grad_output, i, c));
            add_term(&sum_g, g);
            add_term(&sum_gz, times(g, entry_of(forward.normal, i, c)));
        }
        for (size_t c = 0; c < d; c++) {
            uncertain g = times(exactly(gsl_matrix_get(gain, 0, c)), entry_of(grad_output, i, c));
            uncertain shared = times(entry_of(forward.normal, i, c), mean_of(sum_gz));
            uncertain inner = minus(minus(g, mean_of(sum_g)), shared);
            set(dx, i, c, times(entry_of(forward.rate, i, 0), inner));
        }
    }
    return dx;
}

/* ---- activations ------------------------------------------------------------------------------- */

/* The tail of the normal distribution is exp(-h^2 / 2) times a polynomial: rounding h^2 costs
 * h^2 / 2 units of it, the exponential and the polynomial 8. */
double gelu_bound(double h)
{
    double a = fabs(h), tail = gsl_cdf_ugaussian_Q(a);
    return U * (2.0 * fabs(h * gsl_cdf_ugaussian_P(h)) + (8.0 + h * h) * a * tail) + 0x1p-125;
}

double gelu_slope_bound(double h)
{
    double a = fabs(h), tail = gsl_cdf_ugaussian_Q(a) + a * gsl_ran_ugaussian_pdf(a);
    return U * (2.0 + (8.0 + h * h) * tail);
}

static uncertain activated(uncertain h, ref_activation activation)
{
    if (activation == REF_RELU) {
        return (uncertain){GSL_MAX(0.0, h.value), h.value + h.bound > 0.0 ? h.bound : 0.0};
    }
    double below = gsl_cdf_ugaussian_P(h.value);
    double slope = below + h.value * gsl_ran_ugaussian_pdf(h.value);
    return (uncertain){h.value * below, fabs(slope) * h.bound + gelu_bound(h.value)};
}

/* The slope of the ReLU may be either where the sign of h is not certain; that of the GELU has the
 * slope (2 - h^2) phi(h). */
static uncertain slope(uncertain h, ref_activation activation)
{
    if (activation == REF_RELU) {
        return (uncertain){h.value > 0.0, fabs(h.value) <= h.bound ? 1.0 : 0.0};
    }
    double density = gsl_ran_ugaussian_pdf(h.value);
    double moved = fabs(2.0 - h.value * h.value) * density * h.bound;
    return (uncertain){gsl_cdf_ugaussian_P(h.value) + h.value * density,
                       moved + gelu_slope_bound(h.value)};
}

static bounded each(bounded hidden, ref_activation activation,
                    uncertain (*rule)(uncertain, ref_activation))
{
    bounded y = bounded_new(hidden.value->size1, hidden.value->size2);
    for (size_t i = 0; i < y.value->size1; i++) {
        for (size_t c = 0; c < y.value->size2; c++) {
            set(y, i, c, rule(entry_of(hidden, i, c), activation));
        }
    }
    return y;
}

bounded bounded_activation(bounded hidden, ref_activation activation)
{
    return each(hidden, activation, activated);
}

bounded bounded_activation_slope(bounded hidden, ref_activation activation)
{
    return each(hidden, activation, slope);
}

bounded bounded_tanh(bounded x)
{
    bounded y = bounded_new(x.value->size1, x.value->size2);
    for (size_t i = 0; i < y.value->size1; i++) {
        for (size_t c = 0; c < y.value->size2; c++) {
            set(y, i, c, tanh_of(entry_of(x, i, c)));
        }
    }
    return y;
}

bounded bounded_tanh_backward(bounded y, bounded grad_y)
{
    bounded dx = bounded_new(y.value->size1, y.value->size2);
    for (size_t i = 0; i < y.value->size1; i++) {
        for (size_t c = 0; c < y.value->size2; c++) {
            set(dx, i, c, times(entry_of(grad_y, i, c), tanh_slope(entry_of(y, i, c))));
        }
    }
    return dx;
}

/* ---- cross-entropy ----------------------------------------------------------------------------- */

/* ln sum_c exp(z_c - m) + sum_c q_c (m - z_c):  the first is off by
 * sum_c p_c u |z_c - m| + u (w(n) + 8), the smoothed part of the second by u (w(n) + 1) of itself. */
static uncertain row_loss(const gsl_vector *z, size_t target, double smoothing)
{
    if (z->size == 1) { /* ln 1, exactly */
        return exactly(0.0);
    }
    double m = gsl_vector_max(z), sum = 0.0, moved = 0.0, depth = 0.0;
    for (size_t c = 0; c < z->size; c++) {
        double below = m - gsl_vector_get(z, c), e = exp(-below);
        sum += e;
        moved += e > 0.0 ? e * below : 0.0;
        depth += smoothing > 0.0 ? below / (double)z->size : 0.0;
    }
    double growth = sum_growth(z->size), along = m - gsl_vector_get(z, target);
    double bound = moved / sum + growth + 8.0 + (growth + 1.0) * smoothing * depth;
    return (uncertain){log(sum) + (1.0 - smoothing) * along + smoothing * depth, U * bound};
}

bounded bounded_row_losses(const gsl_matrix *logits, const int *targets, double smoothing)
{
    bounded losses = bounded_new(logits->size1, 1);
    for (size_t i = 0; i < logits->size1; i++) {
        gsl_vector_const_view z = gsl_matrix_const_row(logits, i);
        if (targets[i] >= 0) {
            set(losses, i, 0, row_loss(&z.vector, (size_t)targets[i], smoothing));
        }
    }
    return losses;
}

bounded bounded_cross_entropy_backward(const gsl_matrix *logits, const int *targets,
                                       double smoothing, double factor)
{
    bounded z = bounded_exact(logits), dz = bounded_new(logits->size1, logits->size2);
    bounded p = bounded_weights_again(z, bounded_log_sum_exp(z));
    for (size_t i = 0; i < logits->size1; i++) {
        for (size_t c = 0; c < logits->size2 && targets[i] >= 0; c++) {
            double q = smoothing / (double)logits->size2;
            q += (size_t)targets[i] == c ? 1.0 - smoothing : 0.0;
            uncertain p_c = entry_of(p, i, c);
            double bound = p_c.bound + 4.0 * U * (p_c.value + q);
            bounded_set(dz, i, c, factor * (p_c.value - q), fabs(factor) * bound);
        }
    }
    return dz;
}
