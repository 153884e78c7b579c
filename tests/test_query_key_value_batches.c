/* A batch is its sequences one by one, bit for bit: the output, its cache and the gradients of both
 * inputs; wherever Q, K and V stand. Those of the parameters are sums over the batch. */

#include "optimized/query_key_value.h"
#include "optimized/side_by_side.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <string.h>

enum { N_BATCH = 3, N = 21, D = 19, D_K = 8, D_V = 10, ALL = 2 * D_K + D_V };

/* All floats of self-attention. Q, K and V, and all that belongs to them, are columns of one tensor,
 * or tensors of their own. */
typedef struct {
    float x[N_BATCH * N * D], output[N_BATCH * N * D_V], grad_output[N_BATCH * N * D_V];
    float grad_x[N_BATCH * N * D], projected[N_BATCH * N * ALL], log_sum_exp[N_BATCH * N];
    float weights[D * ALL], biases[ALL], grad_weights[D * ALL], grad_biases[ALL];
} floats;

static void fill(float *x, size_t n, double sigma)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)random_gaussian(suite_rng(), sigma);
    }
}

static void draw(floats *f)
{
    memset(f, 0, sizeof *f);
    fill(f->x, N_BATCH * N * D, 1.0);
    fill(f->grad_output, N_BATCH * N * D_V, 1.0);
    fill(f->weights, D * ALL, 0.25);
    fill(f->biases, ALL, 0.5);
}

/* n_cols columns of a tensor that is ALL wide; or, apart, a tensor behind what is before it. */
static fast_view part(float *data, size_t n_batch, size_t n_rows, size_t first, size_t n_cols,
                      bool is_joined)
{
    size_t n_floats = n_batch * n_rows;
    fast_view view = fast_view_tensor(data + n_floats * first, n_batch, 1, n_rows, n_cols);
    if (is_joined) {
        view = fast_view_tensor(data + first, n_batch, 1, n_rows, ALL);
        view.n_cols = n_cols;
    }
    return view;
}

static fast_query_key_value parts(float *weights, float *biases, bool is_joined)
{
    return (fast_query_key_value){
        part(weights, 1, D, 0, D_K, is_joined),       part(biases, 1, 1, 0, D_K, is_joined),
        part(weights, 1, D, D_K, D_K, is_joined),     part(biases, 1, 1, D_K, D_K, is_joined),
        part(weights, 1, D, 2 * D_K, D_V, is_joined), part(biases, 1, 1, 2 * D_K, D_V, is_joined)};
}

/* One sequence of a view. */
static fast_view only(fast_view view, size_t batch, size_t n_batch)
{
    view.data = fast_view_at(&view, batch, 0);
    view.n_batch = n_batch;
    return view;
}

/* Forward and backward for n_batch sequences from one on. */
static void run(floats *f, size_t first, size_t n_batch, bool is_joined,
                const fast_kernels *kernels)
{
    const size_t lengths[] = {N, 0, N - 6};
    fast_mask mask = {.causal = true, .key_lengths = lengths + first};
    fast_query_key_value p = parts(f->weights, f->biases, is_joined);
    fast_query_key_value grad = parts(f->grad_weights, f->grad_biases, is_joined);
#define ROWS(data, d) only(fast_view_tensor(data, N_BATCH, 1, N, d), first, n_batch)
#define PART(col, d)  only(part(f->projected, N_BATCH, N, col, d, is_joined), first, n_batch)
    fast_view x = ROWS(f->x, D), grad_x = ROWS(f->grad_x, D), y = ROWS(f->output, D_V);
    fast_view grad_y = ROWS(f->grad_output, D_V);
    fast_view lse = only(fast_view_tensor(f->log_sum_exp, N_BATCH, 1, 1, N), first, n_batch);
    fast_query_key_value_cache cache = {PART(0, D_K), PART(D_K, D_K), PART(2 * D_K, D_V), lse};
    fast_context ask = {kernels, 2, NULL};
    size_t n_bytes = GSL_MAX(fast_query_key_value_forward_size(&x, &x, &p, &ask),
                             fast_query_key_value_backward_size(&x, &x, &p, &ask));
    guarded_context *guarded = guarded_alloc(kernels, 2, n_bytes);
    CHECK_STATUS(
        fast_query_key_value_forward(&x, &x, &p, 0.3f, &mask, &cache, &y, &guarded->context),
        GSL_SUCCESS, "forward");
    CHECK_STATUS(fast_query_key_value_backward(&x, &x, &p, 0.3f, &mask, &cache, &y, &grad_y,
                                               &grad_x, &grad_x, &grad, &guarded->context),
                 GSL_SUCCESS, "backward");
    guarded_free(guarded);
}

static void check_batches(bool is_joined, const char *how)
{
    static floats whole, each;
    draw(&whole);
    each = whole;
    for (size_t isa = 0; kernels_at(isa); isa++) {
        const char *name = kernels_at(isa)->name;
        memset(whole.grad_x, 0, sizeof whole.grad_x);
        memset(each.grad_x, 0, sizeof each.grad_x);
        run(&whole, 0, N_BATCH, is_joined, kernels_at(isa));
        for (size_t b = 0; b < N_BATCH; b++) {
            run(&each, b, 1, is_joined, kernels_at(isa));
        }
#define CHECK_SAME(what)                                                                           \
    CHECK(memcmp(whole.what, each.what, sizeof whole.what) == 0, "%s, %s: other bits of " #what,   \
          name, how)
        CHECK_SAME(projected);
        CHECK_SAME(log_sum_exp);
        CHECK_SAME(output);
        CHECK_SAME(grad_x);
        CHECK(whole.output[0] != 0.0f && whole.grad_x[0] != 0.0f, "%s: nothing was computed", name);
    }
}

static void joined_batches(void)
{
    check_batches(true, "side by side");
}

static void separate_batches(void)
{
    check_batches(false, "apart");
}

/* Joined or apart, Q, K and V are sums of the same products. */
static void joined_is_apart(void)
{
    static floats joined, apart;
    draw(&joined);
    apart = joined;
    for (size_t i = 0; i < D;
         i++) { /* the columns of the joined weights, one tensor after another */
        memcpy(apart.weights + i * D_K, joined.weights + i * ALL, D_K * sizeof(float));
        memcpy(apart.weights + (D + i) * D_K, joined.weights + i * ALL + D_K, D_K * sizeof(float));
        memcpy(apart.weights + 2 * D * D_K + i * D_V, joined.weights + i * ALL + 2 * D_K,
               D_V * sizeof(float));
    }
    for (size_t isa = 0; kernels_at(isa); isa++) {
        run(&joined, 0, N_BATCH, true, kernels_at(isa));
        run(&apart, 0, N_BATCH, false, kernels_at(isa));
        CHECK(memcmp(joined.output, apart.output, sizeof joined.output) == 0,
              "%s: other bits of the output", kernels_at(isa)->name);
    }
}

/* W_K begins where the first row of W_Q ends, and yet is no neighbour: its rows are further apart. The
 * same numbers in matrices of their own serve as the answer. */
static void other_strides(void)
{
    static float buffer[D * 3 * ALL], biases[ALL], x[N * D], dense[2][N * ALL], copies[2][D * ALL];
    fill(buffer, sizeof buffer / sizeof *buffer, 0.25), fill(x, N * D, 1.0);
    fast_view w[2] = {part(buffer, 1, D, 0, D_K, true), part(buffer, 1, D, D_K, D_K, true)};
    fast_view b[2] = {part(biases, 1, 1, 0, D_K, true), part(biases, 1, 1, D_K, D_K, true)};
    fast_view v = fast_view_matrix(copies[0] + D * D_K, D, D_V), b_v = {0};
    fast_view rows = fast_view_matrix(x, N, D), copy[2];
    w[1].row_stride = 2 * ALL;
    for (int m = 0; m < 2; m++) {
        copy[m] = fast_view_matrix(copies[m], D, D_K);
        for (size_t i = 0; i < D; i++) {
            memcpy(copies[m] + i * D_K, w[m].data + i * w[m].row_stride, D_K * sizeof(float));
        }
    }
    for (size_t isa = 0; kernels_at(isa); isa++) {
        guarded_context *guarded = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 20);
        for (int m = 0; m < 2; m++) {
            fast_query_key_value p = {m ? copy[0] : w[0], b[0], m ? copy[1] : w[1], b[1], v, b_v};
            fast_projected y = {part(dense[m], 1, N, 0, D_K, true),
                                part(dense[m], 1, N, D_K, D_K, true),
                                part(dense[m], 1, N, 2 * D_K, D_V, true)};
            CHECK_STATUS(fast_projections_forward(&rows, &rows, &p, &y, &guarded->context),
                         GSL_SUCCESS, "projections");
        }
        CHECK(memcmp(dense[0], dense[1], sizeof dense[0]) == 0, "%s: joined with other strides",
              kernels_at(isa)->name);
        guarded_free(guarded);
    }
}

static const test tests[] = {
    {"34: Q, K and V side by side: a batch is its sequences one by one", joined_batches},
    {"34: Q, K and V apart: a batch is its sequences one by one", separate_batches},
    {"Q, K and V side by side or apart: the output is the same, bit for bit", joined_is_apart},
    {"matrices whose rows are not equally far apart are no neighbours", other_strides},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
