/* The product that is added to another matrix than C: the same bits as if C had held that matrix.
 * And the size of a product that no memory can hold. */
#include "optimized/matmul.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { N_BATCHES = 2, N_HEADS = 2, N_MATRICES = N_BATCHES * N_HEADS };

/** C = A B + beta D. */
typedef struct {
    twin a, b, c, d;
    float beta;
} sum;

static sum sum_begin(size_t m, size_t n, size_t p, float beta)
{
    sum x = {twin_alloc(N_BATCHES, N_HEADS, m, p, TWIN_SPLIT),
             twin_alloc(N_BATCHES, N_HEADS, p, n, TWIN_SPLIT),
             twin_alloc(N_BATCHES, N_HEADS, m, n, TWIN_SPLIT),
             twin_alloc(N_BATCHES, N_HEADS, m, n, TWIN_DENSE), beta};
    twin_fill(&x.a, suite_rng(), 1.0);
    twin_fill(&x.b, suite_rng(), 1.0);
    twin_fill(&x.d, suite_rng(), 1.0);
    return x;
}

static void sum_end(sum *x)
{
    twin_free(&x->a), twin_free(&x->b), twin_free(&x->c), twin_free(&x->d);
}

/** C = D, or NaN all over, so that what C holds must not matter. */
static void fill_c(sum *x, bool is_one_row, bool is_nan)
{
    for (size_t i = 0; i < x->c.n_doubles; i++) {
        size_t at = is_one_row ? i % x->c.view.n_cols : i;
        x->c.wide[i] = is_nan ? NAN : x->d.wide[at];
    }
    twin_round(&x->c);
}

static void run_sum(sum *x, const fast_view *d, const fast_kernels *kernels)
{
    fast_context ask = {kernels, 2, NULL};
    size_t n_bytes = fast_matmul_size(false, false, &x->a.view, &x->b.view, &ask);
    guarded_context *guarded = guarded_alloc(kernels, 2, n_bytes);
    int status = fast_matmul_onto(false, false, 1.0f, &x->a.view, &x->b.view, x->beta, d,
                                  &x->c.view, &guarded->context);
    CHECK_STATUS(status, GSL_SUCCESS, "fast_matmul_onto");
    CHECK(guarded_is_intact(guarded), "the workspace was overrun, or not given back");
    CHECK(twin_is_unchanged(&x->d) && twin_gaps_are_intact(&x->c), "more than C was written");
    guarded_free(guarded);
}

static void check_sum(size_t m, size_t n, size_t p, float beta, bool is_one_row)
{
    sum x = sum_begin(m, n, p, beta);
    if (is_one_row) {
        x.d.view.row_stride = x.d.view.head_stride = x.d.view.batch_stride = 0;
    }
    float *expected = malloc(x.c.n_floats * sizeof *expected);
    for (size_t isa = 0; kernels_at(isa); isa++) {
        fill_c(&x, is_one_row, false);
        run_sum(&x, &x.c.view, kernels_at(isa));
        memcpy(expected, x.c.floats, x.c.n_floats * sizeof *expected);
        fill_c(&x, is_one_row, true);
        run_sum(&x, &x.d.view, kernels_at(isa));
        CHECK(!memcmp(expected, x.c.floats, x.c.n_floats * sizeof *expected),
              "%s: %zu x %zu x %zu, beta %g, onto %s: other bits", kernels_at(isa)->name, m, n, p,
              beta, is_one_row ? "a row" : "a matrix");
    }
    free(expected);
    sum_end(&x);
}

/* Less than a tile, whole tiles, ragged ones, several blocks of terms, many rows. */
static const size_t sizes[][3] = {
    {3, 5, 2}, {16, 48, 20}, {70, 100, 33}, {9, 50, 900}, {600, 20, 30}};
enum { N_SIZES = sizeof sizes / sizeof sizes[0] };

static void onto_a_matrix(void)
{
    for (size_t n = 0; n < N_SIZES; n++) {
        check_sum(sizes[n][0], sizes[n][1], sizes[n][2], 1.0f, false);
        check_sum(sizes[n][0], sizes[n][1], sizes[n][2], -0.5f, false);
    }
}

static void onto_a_row(void)
{
    for (size_t n = 0; n < N_SIZES; n++) {
        check_sum(sizes[n][0], sizes[n][1], sizes[n][2], 1.0f, true);
        check_sum(sizes[n][0], sizes[n][1], sizes[n][2], -0.5f, true);
    }
}

static void other_shapes(void)
{
    sum x = sum_begin(4, 5, 6, 1.0f);
    fill_c(&x, false, false);
    fast_context context = {kernels_at(0), 1, NULL};
    fast_view *const d = &x.d.view;
    struct {
        size_t *size;
        const char *name;
    } faults[] = {{&d->n_rows, "row"}, {&d->n_cols, "column"}, {&d->n_heads, "head"}};
    for (size_t f = 0; f < sizeof faults / sizeof faults[0]; f++) {
        --*faults[f].size;
        int status = fast_matmul_onto(false, false, 1.0f, &x.a.view, &x.b.view, 1.0f, d, &x.c.view,
                                      &context);
        CHECK_STATUS(status, GSL_EBADLEN, faults[f].name);
        ++*faults[f].size;
    }
    CHECK(twin_is_unchanged(&x.c), "C was written nevertheless");
    sum_end(&x);
}

static void sizes_beyond_memory(void)
{
    const size_t huge[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 20, SIZE_MAX / 4 + 1};
    for (size_t n = 0; n < 3 * sizeof huge / sizeof huge[0]; n++) {
        size_t shape[3] = {6, 7, 8};
        shape[n % 3] = huge[n / 3];
        fast_view a = fast_view_matrix(NULL, shape[0], shape[1]);
        fast_view b = fast_view_matrix(NULL, shape[1], shape[2]);
        for (size_t isa = 0; kernels_at(isa); isa++) {
            fast_context ask = {kernels_at(isa), 2, NULL};
            CHECK(fast_matmul_size(false, false, &a, &b, &ask) == SIZE_MAX,
                  "%s: a product of %zu x %zu and %zu x %zu has a size", kernels_at(isa)->name,
                  shape[0], shape[1], shape[1], shape[2]);
        }
    }
}

static const test tests[] = {
    {"a product is added to another matrix as it is to C", onto_a_matrix},
    {"a product is added to one row, repeated, as to a matrix of such rows", onto_a_row},
    {"a matrix of another shape than C is refused", other_shapes},
    {"a product with a side that no memory can hold has a size of SIZE_MAX", sizes_beyond_memory},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
