/* The kernels of additive attention by themselves: how far off the factored tanh and its slope are,
 * in units of u = 2^-24, over all sizes of q and k; products that are exact; weights. */

#include "optimized/kernels/additive_kernels.h"
#include "optimized/kernels/kernels.h"
#include "tests/support/additive_trial.h"
#include "tests/support/bounded_additive.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

enum { KEYS = TRIAL_KEYS, N_TRIALS = 20000 };

/* How large numbers are, and the way that is taken. */
typedef struct {
    const char *name;
    double largest;
    fast_additive_size size;
} magnitude;

static const magnitude magnitudes[] = {
    {"small", 2.7, FAST_ADDITIVE_SMALL},
    {"medium", 5.4, FAST_ADDITIVE_MEDIUM},
    {"large", 43.0, FAST_ADDITIVE_LARGE},
    {"huge", 100.0, FAST_ADDITIVE_HUGE},
};

/* A tanh with a division of its own, and one that shares it, in u. Seen with two seeds: 3.0, with a
   division for four 7.9, for eight 9.3. */
static const double most_alone = 4.0, most_shared = 12.0;

/* Bounds are of use: what is seen comes near them. */
static const double least_ratio = 0.1;

/* ---- tanh -------------------------------------------------------------------------------------- */

/* The unit that counts is one of n_units; its score is its tanh. */
static void check_tanh(const fast_kernels *kernels, const magnitude *is, size_t n_units)
{
    additive_trial t = {.kernels = kernels, .n_units = n_units};
    float scores[KEYS];
    double worst = 0.0, worst_ratio = 0.0;
    for (int n = 0; n < N_TRIALS; n++) {
        size_t unit = gsl_rng_uniform_int(suite_rng(), n_units);
        draw_trial(&t, is->largest);
        memset(t.v, 0, sizeof t.v);
        t.v[unit] = 1.0f;
        pack_trial(&t);
        kernels->additive->score(&t.block, scores);
        for (size_t j = 0; j < KEYS; j++) {
            double q = (double)t.q[unit], k = (double)t.k[j * n_units + unit];
            double error = fabs((double)scores[j] - tanh(q + k));
            worst = isnan(error) ? INFINITY : GSL_MAX(worst, error);
            worst_ratio = GSL_MAX(worst_ratio, error / factored_tanh_bound(q, k));
            if (!CHECK(error <= factored_tanh_bound(q, k),
                       "%s, %s, %zu units: tanh(%.9g + %.9g) is %.2f u off", kernels->name,
                       is->name, n_units, q, k, error / rounding_unit)) {
                return;
            }
        }
    }
    double most = n_units > 1 ? most_shared : most_alone;
    CHECK(worst <= most * rounding_unit, "%s, %s, %zu units: a tanh is %.2f u off", kernels->name,
          is->name, n_units, worst / rounding_unit);
    CHECK(worst_ratio >= least_ratio, "%s, %s, %zu units: no tanh is near its bound: %.2g",
          kernels->name, is->name, n_units, worst_ratio);
}

static void tanh_is_accurate(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (size_t n = 0; n < sizeof magnitudes / sizeof magnitudes[0]; n++) {
            check_tanh(kernels_at(isa), &magnitudes[n], 1);
            check_tanh(kernels_at(isa), &magnitudes[n], 4 * kernels_at(isa)->lanes);
            check_tanh(kernels_at(isa), &magnitudes[n], 8 * kernels_at(isa)->lanes);
        }
    }
}

/* Which numbers go which way, also NaN and infinity. */
static void sizes_are_told_apart(void)
{
    const struct {
        float q, k;
        fast_additive_size size;
    } pairs[] = {{0.0f, 0.0f, FAST_ADDITIVE_SMALL},    {2.5f, -2.5f, FAST_ADDITIVE_SMALL},
                 {5.5f, 0.0f, FAST_ADDITIVE_MEDIUM},   {5.0f, -5.0f, FAST_ADDITIVE_MEDIUM},
                 {10.7f, 0.0f, FAST_ADDITIVE_MEDIUM},  {-5.5f, 5.5f, FAST_ADDITIVE_LARGE},
                 {43.0f, -43.0f, FAST_ADDITIVE_LARGE}, {43.5f, 0.0f, FAST_ADDITIVE_HUGE},
                 {0.0f, -1e30f, FAST_ADDITIVE_HUGE},   {NAN, 0.0f, FAST_ADDITIVE_HUGE},
                 {0.0f, INFINITY, FAST_ADDITIVE_HUGE}, {0.0f, NAN, FAST_ADDITIVE_HUGE}};
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (size_t n = 0; n < sizeof pairs / sizeof pairs[0]; n++) {
            additive_trial t = {.kernels = kernels_at(isa), .n_units = 21};
            t.q[17] = pairs[n].q; /* among the last ones, which are no whole vector */
            t.k[2 * 21 + 18] = pairs[n].k;
            pack_trial(&t);
            CHECK(t.block.size == pairs[n].size, "%s: %g and %g go way %d", t.kernels->name,
                  (double)pairs[n].q, (double)pairs[n].k, t.block.size);
        }
    }
}

/* ---- slopes ------------------------------------------------------------------------------------ */

/* With dS = 1 for one key and 0 for the others, dQ and dK are v (1 - tanh^2), and dv is r. */
static void check_slopes(const fast_kernels *kernels, const magnitude *is, size_t n_units)
{
    additive_trial t = {.kernels = kernels, .n_units = n_units};
    double worst_ratio = 0.0;
    for (int n = 0; n < N_TRIALS / 10; n++) {
        float grad_q[MOST_TRIAL_UNITS], grad_k[KEYS * MOST_TRIAL_UNITS] = {0},
                                                      grad_v[MOST_TRIAL_UNITS] = {0};
        float sums[MOST_TRIAL_UNITS], grad_scores[KEYS] = {0};
        size_t one = gsl_rng_uniform_int(suite_rng(), KEYS);
        draw_trial(&t, is->largest);
        pack_trial(&t);
        for (size_t a = 0; a < t.block.width; a++) {
            t.slope[a] = 4.0f;
        }
        grad_scores[one] = 1.0f;
        fast_additive_gradient g = {.grad_scores = grad_scores,
                                    .slope = t.slope,
                                    .queries = {grad_q, 1, n_units, n_units},
                                    .keys = {grad_k, KEYS, n_units, n_units},
                                    .v = grad_v,
                                    .sums = sums};
        kernels->additive->go_back(&t.block, &g);
        for (size_t a = 0; a < n_units; a++) {
            double q = (double)t.q[a], k = (double)t.k[one * n_units + a], y = tanh(q + k);
            double error_q = fabs((double)grad_q[a] - (1.0 - y * y));
            double error_k = fabs((double)grad_k[one * n_units + a] - (1.0 - y * y));
            double error_v = fabs((double)grad_v[a] - 0.5 * (1.0 - y));
            double bound = factored_slope_bound(q, k), bound_v = 0.5 * factored_tanh_bound(q, k);
            CHECK(error_q <= bound && error_k <= bound && error_v <= bound_v,
                  "%s, %s, %zu units: with %.9g + %.9g gradients are %.2f, %.2f and %.2f u off",
                  kernels->name, is->name, n_units, q, k, error_q / rounding_unit,
                  error_k / rounding_unit, error_v / rounding_unit);
            worst_ratio = GSL_MAX(worst_ratio, error_q / bound);
            CHECK(grad_k[(one + 1) % KEYS * n_units + a] == 0.0f, "another key has a gradient");
        }
    }
    CHECK(worst_ratio >= least_ratio, "%s, %s, %zu units: no slope is near its bound: %.2g",
          kernels->name, is->name, n_units, worst_ratio);
}

static void slopes_are_accurate(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (size_t n = 0; n < sizeof magnitudes / sizeof magnitudes[0]; n++) {
            check_slopes(kernels_at(isa), &magnitudes[n], 2 * kernels_at(isa)->lanes);
            check_slopes(kernels_at(isa), &magnitudes[n], 2 * kernels_at(isa)->lanes - 1);
        }
    }
}

/* ---- products and weights ---------------------------------------------------------------------- */

enum { MOST_ROWS = 9, MOST_COLS = 35, GAP = 3 };

/* Sums of small integers are exact; what is no row is NaN. */
static void products_are_exact(void)
{
    static float a[MOST_ROWS * (MOST_COLS + GAP)], b[MOST_ROWS * (MOST_COLS + GAP)];
    for (size_t n = 0; n < MOST_ROWS * (MOST_COLS + GAP); n++) {
        a[n] = (float)random_integer(suite_rng(), -9, 9);
        b[n] = (float)random_integer(suite_rng(), -9, 9);
    }
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (size_t n_cols = 1; n_cols <= MOST_COLS; n_cols++) {
            float products[2 * MOST_ROWS];
            size_t stride = n_cols + GAP, n_rows = n_cols % MOST_ROWS + 1;
            fast_rows left = {a, 2, n_cols, stride}, right = {b, n_rows, n_cols, stride};
            kernels_at(isa)->additive->multiply(left, right, products, MOST_ROWS);
            for (size_t n = 0; n < 2 * n_rows; n++) {
                size_t i = n / n_rows, j = n % n_rows;
                double sum = 0.0;
                for (size_t c = 0; c < n_cols; c++) {
                    sum += (double)a[i * stride + c] * (double)b[j * stride + c];
                }
                CHECK((double)products[i * MOST_ROWS + j] == sum, "%s, %zu columns: row %zu, %zu",
                      kernels_at(isa)->name, n_cols, i, j);
            }
        }
    }
}

static void weights_have_ends(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        const fast_additive_kernels *additive = kernels_at(isa)->additive;
        const char *name = kernels_at(isa)->name;
        float hidden[] = {-INFINITY, -INFINITY, -INFINITY}, some[] = {-INFINITY, 2.0f, -INFINITY};
        CHECK(additive->weigh(hidden, 3) == -INFINITY && hidden[1] == 0.0f, "%s: all hidden", name);
        CHECK(additive->weigh(some, 3) == 2.0f && some[1] == 1.0f && some[2] == 0.0f,
              "%s: one seen", name);
        float wrong[] = {1.0f, NAN, 2.0f}, none[1] = {7.0f};
        CHECK(isnan(additive->weigh(wrong, 3)) && isnan(wrong[0]), "%s: NaN is lost", name);
        CHECK(additive->weigh(none, 0) == -INFINITY && none[0] == 7.0f, "%s: no score", name);

        float scores[] = {-INFINITY, 2.0f}, grad[] = {NAN, 5.0f};
        additive->weigh_again(scores, 2.0f, grad, 1.5f, 2);
        CHECK(scores[0] == 0.0f && scores[1] == 1.0f && grad[0] == 0.0f && grad[1] == 3.5f,
              "%s: weights %g, %g and gradients %g, %g", name, (double)scores[0], (double)scores[1],
              (double)grad[0], (double)grad[1]);
        float blind[] = {-INFINITY}, grad_blind[] = {5.0f};
        additive->weigh_again(blind, -INFINITY, grad_blind, 1.0f, 1);
        CHECK(blind[0] == 0.0f && grad_blind[0] == 0.0f, "%s: a query that sees nothing", name);
    }
}

static const test tests[] = {
    {"a factored tanh is within its bound, and with a division of its own within 4 u",
     tanh_is_accurate},
    {"numbers are small, large or huge, and what is not finite is huge", sizes_are_told_apart},
    {"the slope of a factored tanh is within its bound", slopes_are_accurate},
    {"products of rows are exact on small integers, at every edge", products_are_exact},
    {"hidden scores weigh 0, NaN stays NaN, and a weight of 0 hides its gradient",
     weights_have_ends},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
