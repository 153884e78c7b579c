#include "tests/support/bounded_local.h"

#include "tests/support/uncertain.h"

#define U rounding_unit

static void set(bounded a, size_t i, size_t j, uncertain x)
{
    bounded_set(a, i, j, x.value, x.bound);
}

bounded bounded_positions(bounded a, double n)
{
    bounded p = bounded_new(a.value->size1, 1);
    for (size_t i = 0; i < a.value->size1; i++) {
        uncertain a_i = entry_of(a, i, 0);
        double s = 1.0 / (1.0 + exp(-a_i.value));
        bounded_set(p, i, 0, n * s, n * s * (1.0 - s) * a_i.bound + 6.0 * U * n * s);
    }
    return p;
}

bounded bounded_position_slopes(bounded positions, double n)
{
    bounded slopes = bounded_new(positions.value->size1, 1);
    for (size_t i = 0; i < positions.value->size1 && n > 0.0; i++) {
        uncertain p = entry_of(positions, i, 0);
        uncertain share = rounded(p.value / n, p.bound / n);
        set(slopes, i, 0, times(p, minus(exactly(1.0), share)));
    }
    return slopes;
}

/* (j - p) / sigma */
static uncertain distance_of(bounded positions, size_t i, size_t j, double sigma)
{
    uncertain d = minus(exactly((double)j), entry_of(positions, i, 0));
    return rounded(d.value / sigma, d.bound / sigma);
}

bounded bounded_bells(bounded positions, double sigma, size_t n_k)
{
    bounded bells = bounded_new(positions.value->size1, n_k);
    for (size_t i = 0; i < positions.value->size1; i++) {
        for (size_t j = 0; j < n_k; j++) {
            uncertain d = distance_of(positions, i, j, sigma), square = times(d, d);
            double g = exp(-0.5 * square.value);
            bounded_set(bells, i, j, g, g * (0.5 * square.bound + 4.0 * U));
        }
    }
    return bells;
}

bounded bounded_pulls(bounded positions, double sigma, size_t n_k)
{
    bounded pulls = bounded_new(positions.value->size1, n_k);
    for (size_t i = 0; i < positions.value->size1; i++) {
        for (size_t j = 0; j < n_k; j++) {
            uncertain d = distance_of(positions, i, j, sigma);
            set(pulls, i, j, rounded(d.value / sigma, d.bound / sigma + U * fabs(d.value / sigma)));
        }
    }
    return pulls;
}

void bounded_window(bounded scores, bounded positions, double window, size_t n)
{
    for (size_t i = 0; i < scores.value->size1; i++) {
        double p = gsl_matrix_get(positions.value, i, 0);
        for (size_t j = 0; j < scores.value->size2; j++) {
            if (fabs((double)j - p) > window || j >= n) {
                bounded_set(scores, i, j, -INFINITY, 0.0);
            }
        }
    }
}

bool touches_a_border(bounded positions, double window, size_t n)
{
    for (size_t i = 0; i < positions.value->size1; i++) {
        uncertain p = entry_of(positions, i, 0);
        for (size_t j = 0; j < n; j++) {
            double beyond = fabs(fabs((double)j - p.value) - window);
            if (beyond <= p.bound + U * (fabs(p.value) + window)) {
                return true;
            }
        }
    }
    return false;
}
