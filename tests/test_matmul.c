/* The packed product against gsl_blas_dgemm: equality on small integers, where every sum is exact,
 * on all edges; bounds on real numbers; strides, broadcasts, alpha and beta. */

#include "optimized/matmul.h"
#include "tests/support/agreement.h"
#include "tests/support/bounded.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/** One product  C = alpha op(A) op(B) + beta C,  op(A) (m x p), op(B) (p x n). */
typedef struct {
    size_t n_batch, n_heads, m, n, p;
    bool transpose_a, transpose_b;
    float alpha, beta;
    twin_layout layout;
} recipe;

typedef struct {
    recipe is;
    twin a, b, c;
} product;

static product product_begin(recipe r)
{
    size_t m = r.m, n = r.n, p = r.p, b = r.n_batch, h = r.n_heads;
    return (product){r, twin_alloc(b, h, r.transpose_a ? p : m, r.transpose_a ? m : p, r.layout),
                     twin_alloc(b, h, r.transpose_b ? n : p, r.transpose_b ? p : n, r.layout),
                     twin_alloc(b, h, m, n, r.layout)};
}

static void product_end(product *x)
{
    twin_free(&x->a), twin_free(&x->b), twin_free(&x->c);
}

static void fill_with_reals(product *x)
{
    twin_fill(&x->a, suite_rng(), 1.0);
    twin_fill(&x->b, suite_rng(), 1.0);
}

static int product_run(product *x, const fast_kernels *kernels, int n_threads)
{
    fast_context ask = {kernels, n_threads, NULL};
    size_t n_bytes =
        fast_matmul_size(x->is.transpose_a, x->is.transpose_b, &x->a.view, &x->b.view, &ask);
    guarded_context *guarded = guarded_alloc(kernels, n_threads, n_bytes);
    twin_restore(&x->c);
    int status = fast_matmul(x->is.transpose_a, x->is.transpose_b, x->is.alpha, &x->a.view,
                             &x->b.view, x->is.beta, &x->c.view, &guarded->context);
    CHECK_STATUS(status, GSL_SUCCESS, "fast_matmul");
    CHECK(guarded_is_intact(guarded), "the workspace was overrun, or not given back");
    CHECK(twin_is_unchanged(&x->a) && twin_is_unchanged(&x->b), "an input was changed");
    CHECK(twin_gaps_are_intact(&x->c), "something was written between the rows of C");
    guarded_free(guarded);
    return status;
}

/* Compare all batches and heads with the reference, whose A, B and C are the double sides. */
static agreement product_compare(const product *x)
{
    CBLAS_TRANSPOSE_t ta = x->is.transpose_a ? CblasTrans : CblasNoTrans;
    CBLAS_TRANSPOSE_t tb = x->is.transpose_b ? CblasTrans : CblasNoTrans;
    agreement result = {0};
    for (size_t b = 0; b < x->is.n_batch; b++) {
        for (size_t h = 0; h < x->is.n_heads; h++) {
            gsl_matrix_view a = twin_matrix(&x->a, b, h), other = twin_matrix(&x->b, b, h);
            gsl_matrix_view c = twin_matrix(&x->c, b, h);
            gsl_matrix *start = new_matrix(x->is.m, x->is.n),
                       *expected = new_matrix(x->is.m, x->is.n);
            if (x->is.beta != 0.0f) {
                gsl_matrix_memcpy(start, &c.matrix);
                gsl_matrix_scale(start, x->is.beta);
                gsl_matrix_memcpy(expected, &c.matrix);
            }
            gsl_blas_dgemm(ta, tb, x->is.alpha, &a.matrix, &other.matrix, x->is.beta, expected);
            bounded sum = bounded_product(x->is.alpha, ta, bounded_exact(&a.matrix), tb,
                                          bounded_exact(&other.matrix));
            sum = bounded_accumulate(start, sum, x->is.p + 1); /* beta C is rounded too */
            agreement_add(&result, &x->c.view, b, h, expected, sum.bound);
        }
    }
    free_matrices();
    return result;
}

static void fill_with_integers(twin *t)
{
    for (size_t i = 0; i < t->n_doubles; i++) {
        t->wide[i] = random_integer(suite_rng(), -7, 7);
    }
    twin_round(t);
}

/* ---- exact on integers ----------------------------------------------------------------------- */

/* Every |sum| is below 2^24, so each is exact in float whatever its order: equality, no bound. */
static void check_exact(size_t m, size_t n, size_t p, int transposed, float alpha, float beta)
{
    product x = product_begin(
        (recipe){1, 1, m, n, p, transposed & 1, transposed & 2, alpha, beta, TWIN_SPLIT});
    fill_with_integers(&x.a), fill_with_integers(&x.b), fill_with_integers(&x.c);
    for (size_t isa = 0; kernels_at(isa); isa++) {
        product_run(&x, kernels_at(isa), 2);
        agreement a = product_compare(&x);
        CHECK(
            a.actual == a.expected,
            "%s: %zu x %zu x %zu, transposes %d, alpha %g, beta %g: [%zu, %zu] is %g instead of %g",
            kernels_at(isa)->name, m, n, p, transposed, alpha, beta, a.row, a.col, a.actual,
            a.expected);
    }
    product_end(&x);
}

static void exact_on_every_edge(void)
{
    /* around every width of a vector and of a register tile, and their multiples */
    const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 25, 31, 33, 47, 48, 49, 65};
    enum { N_SIZES = sizeof sizes / sizeof sizes[0] };
    for (size_t i = 0; i < N_SIZES; i++) {
        for (size_t j = 0; j < N_SIZES; j++) {
            int transposed = (int)(i + j) % 4;
            check_exact(sizes[i], sizes[j], sizes[(i * 7 + j * 3) % N_SIZES], transposed, 1.0f,
                        0.0f);
        }
    }
}

static void exact_beyond_every_block(void)
{
    const size_t sizes[][3] = {{300, 20, 30}, {20, 700, 30}, {20, 30, 900}, {200, 150, 600}};
    for (size_t n = 0; n < 4; n++) {
        for (int transposed = 0; transposed < 4; transposed++) {
            check_exact(sizes[n][0], sizes[n][1], sizes[n][2], transposed, 1.0f, 0.0f);
        }
    }
}

static void alpha_and_beta(void)
{
    const float factors[][2] = {{1, 1}, {-2, 1}, {0.5f, -3}, {0, 2}, {0, 0}, {4, 0}, {1, 0.25f}};
    for (size_t n = 0; n < sizeof factors / sizeof factors[0]; n++) {
        for (int transposed = 0; transposed < 4; transposed++) {
            check_exact(13, 51, 300, transposed, factors[n][0], factors[n][1]);
        }
    }
}

/* ---- real numbers ---------------------------------------------------------------------------- */

static const struct {
    const char *catches;
    size_t n_batch, n_heads, m, n, p;
    twin_layout layout;
} shapes[] = {
    {"sizes of 1", 1, 1, 1, 1, 1, TWIN_DENSE},
    {"any size mistaken for another", 2, 3, 5, 7, 11, TWIN_DENSE},
    {"heads that lie side by side", 3, 2, 17, 35, 23, TWIN_SPLIT},
    {"a block that ends within a tile", 1, 1, 100, 77, 129, TWIN_DENSE},
    {"more inner products than a block holds", 1, 1, 9, 50, 2000, TWIN_DENSE},
};

static void products_agree(void)
{
    for (size_t n = 0; n < sizeof shapes / sizeof shapes[0]; n++) {
        for (int transposed = 0; transposed < 4; transposed++) {
            product x = product_begin((recipe){shapes[n].n_batch, shapes[n].n_heads, shapes[n].m,
                                               shapes[n].n, shapes[n].p, transposed & 1,
                                               transposed & 2, 0.7f, -1.3f, shapes[n].layout});
            fill_with_reals(&x);
            twin_fill(&x.c, suite_rng(), 1.0);
            float *kept = malloc(x.c.n_floats * sizeof *kept);
            for (size_t isa = 0; kernels_at(isa); isa++) {
                for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
                    circumstances where = {shapes[n].catches, "product", kernels_at(isa)->name,
                                           n_threads};
                    product_run(&x, kernels_at(isa), n_threads);
                    agreement a = product_compare(&x);
                    check_agreement(&a, "C", &where);
                    CHECK(n_threads == 1 || !memcmp(kept, x.c.floats, x.c.n_floats * sizeof *kept),
                          "%s, %s: other bits on %d threads", where.catches, where.isa, n_threads);
                    memcpy(kept, x.c.floats, x.c.n_floats * sizeof *kept);
                }
            }
            free(kept);
            product_end(&x);
        }
    }
}

static void wrong_factor_is_refused(void)
{
    product x = product_begin((recipe){1, 1, 30, 40, 50, false, false, 1.0f, 0.0f, TWIN_DENSE});
    fill_with_reals(&x);
    for (size_t isa = 0; kernels_at(isa); isa++) {
        x.is.alpha = 1.001f;
        product_run(&x, kernels_at(isa), 1);
        x.is.alpha = 1.0f;
        CHECK(!(product_compare(&x).ratio <= 1.0), "%s: 1.001 passes for 1", kernels_at(isa)->name);
    }
    product_end(&x);
}

/* ---- beta = 0, broadcasts -------------------------------------------------------------------- */

static void nan_is_not_read(void)
{
    product x = product_begin(
        (recipe){2, 1, 18, 35, 20, false, true, 1.0f, 0.0f, TWIN_DENSE}); /* C is NaN all over */
    fill_with_reals(&x);
    for (size_t isa = 0; kernels_at(isa); isa++) {
        circumstances where = {"beta = 0", "C full of NaN", kernels_at(isa)->name, 2};
        product_run(&x, kernels_at(isa), 2);
        agreement a = product_compare(&x);
        check_agreement(&a, "C", &where);
    }
    product_end(&x);
}

static void broadcast_inputs(void)
{
    product x = product_begin((recipe){3, 2, 18, 35, 20, false, false, 1.0f, 0.0f, TWIN_DENSE});
    fill_with_reals(&x);
    size_t n_a = x.is.m * x.is.p, n_b = x.is.p * x.is.n;
    for (size_t i = n_a; i < x.a.n_doubles; i++) { /* one A for all batches and heads */
        x.a.wide[i] = x.a.wide[i % n_a];
    }
    for (size_t i = n_b; i < x.b.n_doubles; i++) { /* one B for all heads of a batch */
        size_t batch = i / (2 * n_b);
        x.b.wide[i] = x.b.wide[2 * batch * n_b + i % n_b];
    }
    twin_round(&x.a), twin_round(&x.b);
    x.a.view.batch_stride = x.a.view.head_stride = x.b.view.head_stride = 0;
    for (size_t isa = 0; kernels_at(isa); isa++) {
        circumstances where = {"strides of 0", "product", kernels_at(isa)->name, 3};
        product_run(&x, kernels_at(isa), 3);
        agreement a = product_compare(&x);
        check_agreement(&a, "C", &where);
    }
    product_end(&x);
}

static const test tests[] = {
    {"products of integers are exact on every edge and transposition", exact_on_every_edge},
    {"products of integers are exact beyond every block", exact_beyond_every_block},
    {"alpha and beta scale as they say, exactly", alpha_and_beta},
    {"products of real numbers agree, with the same bits for any number of threads",
     products_agree},
    {"a factor that is wrong by 0.1 % is refused", wrong_factor_is_refused},
    {"with beta = 0 the old C is never read", nan_is_not_read},
    {"inputs with strides of 0 serve all batches and heads", broadcast_inputs},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
