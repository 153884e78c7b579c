/* The innermost functions and the choice of their table: how many units in the last place the
 * exponentials are off, over all floats that they may meet, and which table runs. */

#include "optimized/kernels/kernels.h"
#include "optimized/kernels/peak_kernels.h"
#include "tests/support/kernels/vector_functions.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- units in the last place ----------------------------------------------------------------- */

enum { BLOCK = 1 << 14 };

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* |y - exact| in units of the last place that a float near exact has; NaN counts as infinity. */
static double ulps(float y, double exact)
{
    double unit = ldexp(1.0, ilogb(exact) - 23);
    double error = fabs(y - exact) / unit;
    return isnan(error) ? INFINITY : error;
}

typedef struct {
    double error;
    float x;
} worst_case;

/* Every 61st float between two of the same sign, the one nearer to 0 first. The seed says where to
 * start, so 61 seeds in a row try every float. */
enum { STRIDE = 61 };

static worst_case worst_between(float near, float far, vector_function function,
                                double (*exact)(double))
{
    uint32_t first = bits_of(near) + (uint32_t)(suite_seed() % STRIDE), last = bits_of(far);
    uint32_t n_blocks = (last - first) / (BLOCK * STRIDE) + 1;
    worst_case worst = {0.0, near};
#pragma omp parallel for schedule(dynamic)
    for (uint32_t block = 0; block < n_blocks; block++) {
        static _Thread_local float x[BLOCK], y[BLOCK];
        worst_case mine = {0.0, near};
        for (uint32_t i = 0; i < BLOCK; i++) {
            uint64_t bits = first + ((uint64_t)block * BLOCK + i) * STRIDE;
            x[i] = float_of(bits > last ? last : (uint32_t)bits);
        }
        function(x, y, BLOCK);
        for (uint32_t i = 0; i < BLOCK; i++) {
            double error = ulps(y[i], exact(x[i]));
            mine = error > mine.error ? (worst_case){error, x[i]} : mine;
        }
#pragma omp critical
        worst = mine.error > worst.error ? mine : worst;
    }
    return worst;
}

/* Which function, where, and how far off it may be. Nearer to 0 than 2^-26 the exponentials are 1
 * to the last place. */
typedef struct {
    const char *name;
    float near, far;
    double max_ulps;
} interval;

static void check_interval(const interval *in, size_t offset, double (*exact)(double))
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        const vector_functions *table = vector_functions_named(kernels_at(isa)->name);
        if (!CHECK(table != NULL, "no functions for %s", kernels_at(isa)->name)) {
            continue;
        }
        vector_function function = *(const vector_function *)((const char *)table + offset);
        worst_case worst = worst_between(in->near, in->far, function, exact);
        CHECK(worst.error <= in->max_ulps, "%s, %s: %.3f ulp off at %.9g", in->name, table->name,
              worst.error, worst.x);
    }
}

static void exp_is_accurate(void)
{
    const interval below = {"exp below 0", -0x1p-26f, -87.0f, 2.0};
    const interval above = {"exp above 0", 0x1p-26f, 86.0f,
                            2.0}; /* additive attention needs them */
    check_interval(&below, offsetof(vector_functions, exp), exp);
    check_interval(&above, offsetof(vector_functions, exp), exp);
}

static void exp2_is_accurate(void)
{
    const interval below = {"exp2 below 0", -0x1p-26f, -125.99f, 2.0};
    const interval above = {"exp2 above 0", 0x1p-26f, 8.1f, 2.0}; /* a lazy rescale allows 8 */
    check_interval(&below, offsetof(vector_functions, exp2), exp2);
    check_interval(&above, offsetof(vector_functions, exp2), exp2);
}

static void log_is_accurate(void)
{
    const interval below = {"log below 1", 0x1p-126f, 0.5f, 2.0};
    const interval above = {"log above 2", 2.0f, 0x1.fp127f, 2.0};
    check_interval(&below, offsetof(vector_functions, log), log);
    check_interval(&above, offsetof(vector_functions, log), log);
}

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static void sigmoid_is_accurate(void)
{
    const interval below = {"sigmoid below 0", -0x1p-26f, -87.0f, 2.6};
    const interval above = {"sigmoid above 0", 0x1p-26f, 0x1p127f, 1.6};
    check_interval(&below, offsetof(vector_functions, sigmoid), sigmoid);
    check_interval(&above, offsetof(vector_functions, sigmoid), sigmoid);
}

static void tanh_is_accurate(void)
{
    const interval below = {"tanh below 0", -0x1p-126f, -0x1p127f, 3.1};
    const interval above = {"tanh above 0", 0x1p-126f, 0x1p127f, 3.1};
    check_interval(&below, offsetof(vector_functions, tanh), tanh);
    check_interval(&above, offsetof(vector_functions, tanh), tanh);
}

/* ---- where no error is allowed --------------------------------------------------------------- */

static float value_at(vector_function function, float x)
{
    float in[16], out[16];
    for (int l = 0; l < 16; l++) {
        in[l] = x;
    }
    function(in, out, 16);
    return out[7];
}

static void exact_values(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        const vector_functions *f = vector_functions_named(kernels_at(isa)->name);
        const float zero[] = {0.0f, -0.0f}, low[] = {-200.0f, -1e4f, -1e30f, -INFINITY};
        for (size_t n = 0; n < 2; n++) {
            CHECK(value_at(f->exp, zero[n]) == 1.0f && value_at(f->exp2, zero[n]) == 1.0f,
                  "%s: e^0 is %.9g, 2^0 is %.9g", f->name, value_at(f->exp, zero[n]),
                  value_at(f->exp2, zero[n]));
        }
        for (size_t n = 0; n < 4; n++) {
            CHECK(value_at(f->exp, low[n]) == 0.0f && value_at(f->exp2, low[n]) == 0.0f,
                  "%s: exponentials of %g are %g and %g", f->name, low[n], value_at(f->exp, low[n]),
                  value_at(f->exp2, low[n]));
        }
        CHECK(value_at(f->exp, nextafterf(-87.0f, -INFINITY)) == 0.0f, "%s: just below -87",
              f->name);
        for (float x = -126.0f; x > -160.0f; x -= 0.3125f) { /* denormal, or 0 at once */
            CHECK(value_at(f->exp2, x) >= 0.0f && value_at(f->exp2, x) <= 0x1p-126f,
                  "%s: 2^%g is %g", f->name, x, value_at(f->exp2, x));
        }
        CHECK(value_at(f->log, 1.0f) == 0.0f, "%s: ln 1 is %g", f->name, value_at(f->log, 1.0f));
        CHECK(isnan(value_at(f->exp, NAN)) && isnan(value_at(f->exp2, NAN)), "%s: NaN is lost",
              f->name);
        for (int n = -125; n <= 8; n++) {
            CHECK(value_at(f->exp2, (float)n) == ldexpf(1.0f, n), "%s: 2^%d", f->name, n);
        }
    }
}

static void exact_ends(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        const vector_functions *f = vector_functions_named(kernels_at(isa)->name);
        const float zero[] = {0.0f, -0.0f}, far[] = {10.0f, 88.0f, 1e30f, INFINITY};
        for (size_t n = 0; n < 2; n++) {
            CHECK(value_at(f->sigmoid, zero[n]) == 0.5f && value_at(f->tanh, zero[n]) == 0.0f,
                  "%s: s(0) is %.9g, tanh(0) is %.9g", f->name, value_at(f->sigmoid, zero[n]),
                  value_at(f->tanh, zero[n]));
        }
        for (size_t n = 0; n < 4; n++) {
            CHECK(value_at(f->tanh, far[n]) == 1.0f && value_at(f->tanh, -far[n]) == -1.0f,
                  "%s: tanh(+-%g) is not +-1", f->name, far[n]);
            CHECK(value_at(f->sigmoid, 2.0f * far[n]) == 1.0f, "%s: s(%g)", f->name, 2.0f * far[n]);
            CHECK(n == 0 || value_at(f->sigmoid, -far[n]) == 0.0f, "%s: s(-%g)", f->name, far[n]);
        }
        CHECK(isnan(value_at(f->sigmoid, NAN)) && isnan(value_at(f->tanh, NAN)), "%s: NaN is lost",
              f->name);
    }
}

/* ---- which table ----------------------------------------------------------------------------- */

static void tables_are_listed(void)
{
    size_t n_tables = 0;
    for (const fast_kernels *one; (one = fast_kernels_at(n_tables)); n_tables++) {
        CHECK(fast_kernels_named(one->name) == one, "%s is not found by its name", one->name);
        CHECK(n_tables == 0 || one->lanes > fast_kernels_at(n_tables - 1)->lanes,
              "%s does not come after narrower tables", one->name);
    }
    CHECK(n_tables >= 1 && strcmp(fast_kernels_at(0)->name, "portable") == 0, "no portable table");
    CHECK(fast_kernels_named("") == NULL && fast_kernels_named("AVX2") == NULL, "a table for ''");
    unsetenv("FAST_KERNELS");
    CHECK(fast_kernels_best() == fast_kernels_at(n_tables - 1), "the best is not the widest");
}

static void environment_decides(void)
{
    for (size_t n = 0; fast_kernels_at(n); n++) {
        setenv("FAST_KERNELS", fast_kernels_at(n)->name, 1);
        CHECK(fast_kernels_best() == fast_kernels_at(n), "FAST_KERNELS=%s gives %s",
              fast_kernels_at(n)->name, fast_kernels_best()->name);
    }
    suite_forget_error();
    setenv("FAST_KERNELS", "abacus", 1);
    const fast_kernels *taken = fast_kernels_best();
    CHECK(strchr(suite_last_error(), ' '), "an unknown name is not reported");
    suite_forget_error();
    CHECK(fast_kernels_best() == taken && !suite_last_error()[0], "it is reported twice");
    setenv("FAST_KERNELS", "", 1);
    CHECK(fast_kernels_best() == taken, "an empty name is not the same as none");
    unsetenv("FAST_KERNELS");
    CHECK(fast_kernels_best() == taken, "an unknown name changes the choice");
}

/* x = x / 2 + 1 ends at 2, so the sum of all lanes is known. */
static void peak_computes(void)
{
    for (size_t t = 0; kernels_at(t); t++) {
        const fast_kernels *kernels = kernels_at(t);
        size_t n_lanes = kernels->tile_rows * kernels->tile_vectors * kernels->lanes;
        double sum = (double)kernels->peak->multiply_add(100, 0.5f, 1.0f);
        CHECK_CLOSE(sum, 2.0 * (double)n_lanes, 0.0, kernels->name);
    }
}

static const test tests[] = {
    {"the loop that measures the peak multiplies and adds in every lane", peak_computes},
    {"exp is within 2 ulp over [-87, 86]", exp_is_accurate},
    {"exp2 is within 2 ulp over [-126, 8]", exp2_is_accurate},
    {"log is within 2 ulp away from 1", log_is_accurate},
    {"the sigmoid is within 2.6 ulp above -87", sigmoid_is_accurate},
    {"tanh is within 3.1 ulp everywhere", tanh_is_accurate},
    {"the sigmoid is 0, 1/2 and 1, tanh -1, 0 and 1 where they should be, NaN is NaN", exact_ends},
    {"exponentials are 1 at 0, powers of two, 0 far below, and NaN stays NaN", exact_values},
    {"every table is found by its name, and the widest is the best", tables_are_listed},
    {"FAST_KERNELS chooses the table, and an unknown name is reported once", environment_decides},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
