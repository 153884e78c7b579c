/* What the optimized side of the row-wise topics refuses on its own: outputs that overlap themselves
 * and workspaces that are too small. */

#include "optimized/embedding.h"
#include "optimized/feed_forward.h"
#include "optimized/layer_norm.h"
#include "optimized/loss.h"
#include "optimized/projection.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>

enum { N = 3, D = 4, INVALID = GSL_EINVAL };

/* Views of three rows of four columns, a square weight, a row of parameters, a number a row. All lie
 * in the same floats: only sizes and strides matter here. */
static float floats[N * D + D * D];

static fast_view view(size_t n_rows, size_t n_cols)
{
    return fast_view_matrix(floats, n_rows, n_cols);
}

/* Rows of four columns, three floats apart. */
static void overlaps_are_refused(void)
{
    const int tokens[N] = {0};
    fast_view x = view(N, D), y = x, w = view(D, D), b = view(1, D);
    fast_view mean = view(1, N), rate = mean;
    guarded_context *ample = guarded_alloc(kernels_at(0), 1, (size_t)1 << 20);
    fast_context *context = &ample->context;
    y.row_stride = 3;
    CHECK_STATUS(fast_projection_forward(&x, &w, &b, &y, context), INVALID, "projection");
    CHECK_STATUS(fast_layer_norm_forward(&x, &b, &b, 1.0f, &mean, &rate, &y, context), INVALID,
                 "layer norm");
    CHECK_STATUS(fast_embedding_forward(&w, tokens, &y, context), INVALID, "embedding");
    CHECK_STATUS(fast_squared_error_backward(&x, &x, 1.0f, &y, context), INVALID, "squared error");
    CHECK_STATUS(fast_cross_entropy_backward(&x, tokens, 0.0f, &mean, 3, 1.0f, &y, context),
                 INVALID, "cross-entropy");
    w.row_stride = 3;
    CHECK_STATUS(fast_projection_backward(&x, &w, &x, NULL, &w, NULL, context), INVALID, "dW");
    CHECK_STATUS(fast_embedding_backward(tokens, &x, &w, context), INVALID, "d table");
    guarded_free(ample);
}

/* One byte less than the size queries say. */
static void small_workspaces_are_refused(void)
{
    const int targets[N] = {0};
    fast_view x = view(N, D), y = x, w = view(D, D), b = view(1, D);
    fast_view mean = view(1, N), rate = mean;
    fast_feed_forward p = {w, b, w, b};
    double loss;
    size_t n;
#define CHECK_TOO_SMALL(n_bytes, call, what)                                                       \
    do {                                                                                           \
        fast_context ask = {kernels_at(0), 2, NULL}, *context = &ask;                              \
        guarded_context *small = guarded_alloc(kernels_at(0), 2, (n_bytes)-1);                     \
        context = &small->context;                                                                 \
        CHECK_STATUS(call, GSL_ENOMEM, what);                                                      \
        guarded_free(small);                                                                       \
    } while (0)
    CHECK_TOO_SMALL(fast_projection_forward_size(&x, &w, context),
                    fast_projection_forward(&x, &w, &b, &y, context), "projection");
    CHECK_TOO_SMALL(fast_projection_backward_size(&x, &w, context),
                    fast_projection_backward(&x, &w, &x, &y, &w, &b, context), "its gradients");
    CHECK_TOO_SMALL(fast_layer_norm_backward_size(&x, context),
                    fast_layer_norm_backward(&x, &b, &mean, &rate, &x, &y, &b, &b, context),
                    "layer norm");
    CHECK_TOO_SMALL(fast_feed_forward_forward_size(&x, &p, context),
                    fast_feed_forward_forward(&x, &p, FAST_GELU, &y, &y, context), "feed-forward");
    CHECK_TOO_SMALL(fast_feed_forward_backward_size(&x, &p, context),
                    fast_feed_forward_backward(&x, &p, FAST_GELU, &x, &x, &y, &p, context),
                    "its gradients");
    CHECK_TOO_SMALL(fast_squared_error_forward_size(&x, context),
                    fast_squared_error_forward(&x, &x, &loss, context), "squared error");
    CHECK_TOO_SMALL(fast_cross_entropy_forward_size(&x, context),
                    fast_cross_entropy_forward(&x, targets, 0.0f, &mean, &loss, &n, context),
                    "cross-entropy");
}

static const test tests[] = {
    {"outputs that overlap themselves are refused", overlaps_are_refused},
    {"a workspace that is one byte too small is refused", small_workspaces_are_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
