/* Bad arguments of the relative-position bias: both twins must return the same status, say a
 * sentence, and write nothing. */

#include "optimized/attention.h"
#include "reference/attention.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/refusal.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

enum { N_HEADS = 2, MOST = 6 };

/** Numbers of a relative bias and of its gradient; 0 where there is none. */
typedef struct {
    const char *name;
    int expected;
    size_t n_entries, n_grad;
    double last;
} fault;

static const fault faults[] = {
    {"nothing", GSL_SUCCESS, 5, 5, 0.5},
    {"one number", GSL_SUCCESS, 1, 1, 0.5},
    {"no gradient asked for", GSL_SUCCESS, 5, 0, 0.5},
    {"two numbers", GSL_EBADLEN, 2, 2, 0.5},
    {"six numbers", GSL_EBADLEN, 6, 6, 0.5},
    {"a gradient with fewer numbers", GSL_EBADLEN, 5, 3, 0.5},
    {"a gradient with more numbers", GSL_EBADLEN, 3, 5, 0.5},
    {"a gradient of no bias", GSL_EBADLEN, 0, 5, 0.5},
    {"NaN", GSL_EINVAL, 5, 5, NAN},
    {"-infinity", GSL_EINVAL, 5, 5, -INFINITY},
    {"+infinity", GSL_EINVAL, 5, 5, INFINITY},
};

static void reference_refuses(const fault *f)
{
    gsl_vector *r = new_vector(MOST), *grad = new_vector(MOST);
    gsl_vector_set(r, f->n_entries ? f->n_entries - 1 : 0, f->last);
    r->size = f->n_entries, grad->size = f->n_grad;
    const ref_mask mask = {.relative_bias = f->n_entries ? r : NULL,
                           .grad_relative_bias = f->n_grad ? grad : NULL};
    gsl_matrix *x = random_matrix(suite_rng(), 3, 3, 1.0), *zeros[6];
    for (size_t n = 0; n < 6; n++) {
        zeros[n] = new_matrix(3, 3);
    }
    check_refusal(f->name, "ref_attention_scores",
                  ref_attention_scores(x, x, REF_DOT, 1.0, &mask, zeros[0]), f->expected);
    check_refusal(f->name, "ref_attention_forward",
                  ref_attention_forward(x, x, x, REF_DOT, 1.0, &mask, zeros[0], zeros[1]),
                  f->expected);
    check_refusal(f->name, "ref_attention_backward",
                  ref_attention_backward(x, x, x, REF_DOT, 1.0, &mask, zeros[0], zeros[1], x,
                                         zeros[2], zeros[3], zeros[4], zeros[5]),
                  f->expected);
    for (size_t n = 2; n < 5 && f->expected != GSL_SUCCESS; n++) {
        check_zero(zeros[n], "%s: a gradient after a refusal", f->name);
    }
    r->size = grad->size = MOST;
    CHECK(f->expected == GSL_SUCCESS || gsl_vector_isnull(grad), "%s: something was written",
          f->name);
}

/* One attention of two heads; the views of the bias are the test's. */
static void fast_statuses(const fast_kernels *kernels, const fast_mask *mask, int *status)
{
    enum { N = 3, N_FLOATS = N_HEADS * N * N };
    static float x[N_FLOATS], y[N_FLOATS], l[N_HEADS * N], dq[N_FLOATS], dk[N_FLOATS], dv[N_FLOATS];
    fast_view in = fast_view_tensor(x, 1, N_HEADS, N, N), output = in, lse = in;
    fast_view grads[] = {in, in, in};
    output.data = y, grads[0].data = dq, grads[1].data = dk, grads[2].data = dv;
    lse = fast_view_tensor(l, 1, N_HEADS, 1, N);
    guarded_context *ample = guarded_alloc(kernels, 2, (size_t)1 << 20);
    suite_forget_error();
    status[0] =
        fast_attention_forward(&in, &in, &in, FAST_DOT, 1.0f, mask, &lse, &output, &ample->context);
    status[1] = fast_attention_backward(&in, &in, &in, FAST_DOT, 1.0f, mask, &lse, &output, &in,
                                        &grads[0], &grads[1], &grads[2], &ample->context);
    guarded_free(ample);
}

static void optimized_refuses(const fault *f, const fast_kernels *kernels)
{
    float r[N_HEADS * MOST] = {0}, grad[N_HEADS * MOST] = {0}, untouched[N_HEADS * MOST] = {0};
    fast_view bias = fast_view_matrix(r, N_HEADS, f->n_entries);
    fast_view grad_bias = fast_view_matrix(grad, N_HEADS, f->n_grad);
    r[f->n_entries ? N_HEADS * f->n_entries - 1 : 0] = (float)f->last;
    const fast_mask mask = {.relative_bias = f->n_entries ? &bias : NULL,
                            .grad_relative_bias = f->n_grad ? &grad_bias : NULL};
    int status[2];
    fast_statuses(kernels, &mask, status);
    check_refusal(f->name, "fast_attention_backward", status[1], f->expected);
    CHECK(status[0] == f->expected, "%s, fast_attention_forward: status %d", f->name, status[0]);
    CHECK(f->expected == GSL_SUCCESS || memcmp(grad, untouched, sizeof grad) == 0,
          "%s: something was written", f->name);
}

static void faults_are_refused(void)
{
    for (size_t n = 0; n < sizeof faults / sizeof faults[0]; n++) {
        reference_refuses(&faults[n]);
        for (size_t isa = 0; kernels_at(isa); isa++) {
            optimized_refuses(&faults[n], kernels_at(isa));
        }
    }
}

/* One size more or less than there is, on the optimized side. */
static const struct {
    const char *name;
    int more_rows, more_batches, more_heads, row_stride, forward, backward;
} misfits[] = {
    {"a row for each head", 0, 0, 0, 3, GSL_SUCCESS, GSL_SUCCESS},
    {"a row too many", 1, 0, 0, 3, GSL_EBADLEN, GSL_EBADLEN},
    {"a row too few", -1, 0, 0, 3, GSL_EBADLEN, GSL_EBADLEN},
    {"a matrix for each of two sequences", 0, 1, 0, 3, GSL_EBADLEN, GSL_EBADLEN},
    {"a matrix for each of two heads", 0, 0, 1, 3, GSL_EBADLEN, GSL_EBADLEN},
    {"a gradient whose heads share a number", 0, 0, 0, 2, GSL_SUCCESS, GSL_EINVAL},
};

static void heads_are_counted(void)
{
    float r[4 * MOST] = {0}, grad[4 * MOST] = {0};
    for (size_t n = 0; n < sizeof misfits / sizeof misfits[0]; n++) {
        fast_view bias = fast_view_matrix(r, N_HEADS + (size_t)misfits[n].more_rows, 3);
        bias.n_batch += (size_t)misfits[n].more_batches;
        bias.n_heads += (size_t)misfits[n].more_heads;
        fast_view grad_bias = bias;
        grad_bias.data = grad;
        grad_bias.row_stride = (size_t)misfits[n].row_stride;
        const fast_mask mask = {.relative_bias = &bias, .grad_relative_bias = &grad_bias};
        int status[2];
        fast_statuses(kernels_at(0), &mask, status);
        CHECK_STATUS(status[0], misfits[n].forward, misfits[n].name);
        CHECK_STATUS(status[1], misfits[n].backward, misfits[n].name);
    }
}

static const test tests[] = {
    {"both refuse the same faults with the same status and a sentence, writing nothing",
     faults_are_refused},
    {"it must have one row a head, and its gradient rows of its own", heads_are_counted},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
