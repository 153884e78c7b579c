/* Bad arguments of attention: both twins must return the same status, say a sentence, and write
 * nothing. Then what only the optimized twin can be asked: heads, strides and workspaces. */

#include "optimized/attention.h"
#include "reference/attention.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* The cache is the weights of the reference and the log-sum-exp of the optimized side. */
enum { Q, K, V, BIAS, CACHE, OUTPUT, GRAD_OUTPUT, GRAD_Q, GRAD_K, GRAD_V, SCRATCH, N_MATRICES };

/** One thing that is wrong, as a difference from arguments that are right. */
typedef struct {
    const char *name;
    int expected;
    int matrix; /* which matrix has another shape */
    size_t more_rows, more_cols;
    enum { NOTHING, QUERIES, KEYS, KEY_COLUMNS, VALUE_COLUMNS } without; /* which size is 0 */
    int similarity;
    double more_scale, more_bias;
    int more_length;
} fault;

static const fault faults[] = {
    {"nothing", GSL_SUCCESS, .matrix = Q},
    {"keys wider than queries", GSL_EBADLEN, .matrix = K, .more_cols = 1},
    {"more keys than values", GSL_EBADLEN, .matrix = K, .more_rows = 1},
    {"values wider than the output", GSL_EBADLEN, .matrix = V, .more_cols = 1},
    {"more queries than outputs", GSL_EBADLEN, .matrix = Q, .more_rows = 1},
    {"a bias with a row too many", GSL_EBADLEN, .matrix = BIAS, .more_rows = 1},
    {"a bias with a column too many", GSL_EBADLEN, .matrix = BIAS, .more_cols = 1},
    {"a cache with a query too many", GSL_EBADLEN, .matrix = CACHE, .more_rows = 1},
    {"an output with a row too many", GSL_EBADLEN, .matrix = OUTPUT, .more_rows = 1},
    {"an output too wide", GSL_EBADLEN, .matrix = OUTPUT, .more_cols = 1},
    {"grad_output with a row too many", GSL_EBADLEN, .matrix = GRAD_OUTPUT, .more_rows = 1},
    {"grad_output too wide", GSL_EBADLEN, .matrix = GRAD_OUTPUT, .more_cols = 1},
    {"grad_q with a row too many", GSL_EBADLEN, .matrix = GRAD_Q, .more_rows = 1},
    {"grad_q too wide", GSL_EBADLEN, .matrix = GRAD_Q, .more_cols = 1},
    {"grad_k with a row too many", GSL_EBADLEN, .matrix = GRAD_K, .more_rows = 1},
    {"grad_k too wide", GSL_EBADLEN, .matrix = GRAD_K, .more_cols = 1},
    {"grad_v with a row too many", GSL_EBADLEN, .matrix = GRAD_V, .more_rows = 1},
    {"grad_v too wide", GSL_EBADLEN, .matrix = GRAD_V, .more_cols = 1},
    {"no query", GSL_EINVAL, .without = QUERIES},
    {"no key", GSL_EINVAL, .without = KEYS},
    {"keys of no width", GSL_EINVAL, .without = KEY_COLUMNS},
    {"values of no width", GSL_EINVAL, .without = VALUE_COLUMNS},
    {"a scale of 0", GSL_SUCCESS, .more_scale = -0.5},
    {"a negative scale", GSL_SUCCESS, .more_scale = -1.0},
    {"a scale that is NaN", GSL_EINVAL, .more_scale = NAN},
    {"a scale of +infinity", GSL_EINVAL, .more_scale = INFINITY},
    {"a scale of -infinity", GSL_EINVAL, .more_scale = -INFINITY},
    {"the last similarity", GSL_SUCCESS, .similarity = REF_NEG_SQ_EUCLIDEAN},
    {"a similarity too many", GSL_EINVAL, .similarity = REF_NEG_SQ_EUCLIDEAN + 1},
    {"a negative similarity", GSL_EINVAL, .similarity = -1},
    {"no real key", GSL_SUCCESS, .more_length = -4},
    {"a key length beyond n_k", GSL_EINVAL, .more_length = 1},
    {"a bias of -infinity", GSL_SUCCESS, .more_bias = -INFINITY},
    {"a bias of +infinity", GSL_EINVAL, .more_bias = INFINITY},
    {"a bias that is NaN", GSL_EINVAL, .more_bias = NAN},
};

/* ---- the arguments of a call, for both sides ------------------------------------------------- */

enum { ROOM = 8 }; /* no wrong shape leaves its memory */
static double doubles[N_MATRICES][ROOM * ROOM], doubles_before[N_MATRICES][ROOM * ROOM];
static float floats[N_MATRICES][ROOM * ROOM], floats_before[N_MATRICES][ROOM * ROOM];
static gsl_matrix wide[N_MATRICES];
static fast_view narrow[N_MATRICES];
static size_t key_length;
static int similarity;
static double scale;

static void set_shape(int matrix, size_t n_rows, size_t n_cols)
{
    wide[matrix] = (gsl_matrix){n_rows, n_cols, ROOM, doubles[matrix], NULL, 0};
    narrow[matrix] = (fast_view){floats[matrix], 1, 1, n_rows, n_cols, 0, 0, ROOM};
    if (matrix == CACHE) { /* a row of one logarithm per query */
        narrow[matrix].n_rows = 1;
        narrow[matrix].n_cols = n_rows;
    }
}

static void make_arguments(const fault *f)
{
    size_t n_q = f->without == QUERIES ? 0 : 3, n_k = f->without == KEYS ? 0 : 4;
    size_t d_k = f->without == KEY_COLUMNS ? 0 : 2, d_v = f->without == VALUE_COLUMNS ? 0 : 5;
    const size_t shapes[N_MATRICES][2] = {{n_q, d_k}, {n_k, d_k}, {n_k, d_v}, {n_q, n_k},
                                          {n_q, n_k}, {n_q, d_v}, {n_q, d_v}, {n_q, d_k},
                                          {n_k, d_k}, {n_k, d_v}, {n_q, n_k}};
    memset(doubles, 0, sizeof doubles);
    memset(floats, 0, sizeof floats);
    for (int m = 0; m < N_MATRICES; m++) {
        bool is_faulty = m == f->matrix;
        set_shape(m, shapes[m][0] + (is_faulty ? f->more_rows : 0),
                  shapes[m][1] + (is_faulty ? f->more_cols : 0));
    }
    similarity = f->similarity;
    scale = 0.5 + f->more_scale;
    key_length = (size_t)((int)n_k + (n_k ? f->more_length : 0));
    doubles[BIAS][2 * ROOM + 3] = f->more_bias; /* the last entry */
    floats[BIAS][2 * ROOM + 3] = (float)f->more_bias;
}

static int ref_forward(void)
{
    ref_mask mask = {.key_length = &key_length, .bias = &wide[BIAS]};
    return ref_attention_forward(&wide[Q], &wide[K], &wide[V], (ref_similarity)similarity, scale,
                                 &mask, &wide[CACHE], &wide[OUTPUT]);
}

static int ref_backward(void)
{
    ref_mask mask = {.key_length = &key_length, .bias = &wide[BIAS]};
    return ref_attention_backward(&wide[Q], &wide[K], &wide[V], (ref_similarity)similarity, scale,
                                  &mask, &wide[CACHE], &wide[OUTPUT], &wide[GRAD_OUTPUT],
                                  &wide[GRAD_Q], &wide[GRAD_K], &wide[GRAD_V], &wide[SCRATCH]);
}

static int ref_scores(void)
{
    ref_mask mask = {.key_length = &key_length, .bias = &wide[BIAS]};
    return ref_attention_scores(&wide[Q], &wide[K], (ref_similarity)similarity, scale, &mask,
                                &wide[CACHE]);
}

static int fast_forward(fast_context *context)
{
    fast_mask mask = {.key_lengths = &key_length, .bias = &narrow[BIAS]};
    return fast_attention_forward(&narrow[Q], &narrow[K], &narrow[V], (fast_similarity)similarity,
                                  (float)scale, &mask, &narrow[CACHE], &narrow[OUTPUT], context);
}

static int fast_backward(fast_context *context)
{
    fast_mask mask = {.key_lengths = &key_length, .bias = &narrow[BIAS]};
    return fast_attention_backward(&narrow[Q], &narrow[K], &narrow[V], (fast_similarity)similarity,
                                   (float)scale, &mask, &narrow[CACHE], &narrow[OUTPUT],
                                   &narrow[GRAD_OUTPUT], &narrow[GRAD_Q], &narrow[GRAD_K],
                                   &narrow[GRAD_V], context);
}

/* ---- the table on both sides ----------------------------------------------------------------- */

static void remember(void)
{
    memcpy(doubles_before, doubles, sizeof doubles);
    memcpy(floats_before, floats, sizeof floats);
    suite_forget_error();
}

/* The status; and, where it is an error, a sentence, and nothing written. */
static void check_refusal(const fault *f, const char *function, int status)
{
    const char *sentence = suite_last_error();
    CHECK(status == f->expected, "%s, %s: status %d, '%s', expected %d", f->name, function, status,
          sentence, f->expected);
    if (f->expected != GSL_SUCCESS) {
        CHECK(strchr(sentence, ' '), "%s, %s: no sentence but '%s'", f->name, function, sentence);
        CHECK(memcmp(doubles, doubles_before, sizeof doubles) == 0 &&
                  memcmp(floats, floats_before, sizeof floats) == 0,
              "%s, %s: something was written", f->name, function);
    }
}

static void faults_are_refused(void)
{
    for (size_t n = 0; n < sizeof faults / sizeof faults[0]; n++) {
        const fault *f = &faults[n];
        bool is_of_gradient = f->matrix >= GRAD_OUTPUT;
        bool is_of_scores = f->matrix != V && f->matrix != OUTPUT && f->without != VALUE_COLUMNS;
        make_arguments(f);
        remember();
        check_refusal(f, "ref_attention_backward", ref_backward());
        if (!is_of_gradient) {
            remember();
            check_refusal(f, "ref_attention_forward", ref_forward());
        }
        if (!is_of_gradient && is_of_scores) {
            remember();
            check_refusal(f, "ref_attention_scores", ref_scores());
        }
        for (size_t isa = 0; kernels_at(isa); isa++) {
            guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 20);
            make_arguments(f);
            remember();
            check_refusal(f, "fast_attention_backward", fast_backward(&ample->context));
            if (!is_of_gradient) {
                remember();
                check_refusal(f, "fast_attention_forward", fast_forward(&ample->context));
            }
            guarded_free(ample);
        }
    }
}

/* ---- the optimized side only ----------------------------------------------------------------- */

static const fault none = {"nothing", GSL_SUCCESS, .matrix = Q};

static void check_fast(const char *what, int forward, int backward)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        guarded_context *ample = guarded_alloc(kernels_at(isa), 2, (size_t)1 << 20);
        CHECK_STATUS(fast_forward(&ample->context), forward, what);
        CHECK_STATUS(fast_backward(&ample->context), backward, what);
        guarded_free(ample);
    }
}

static void batches_and_heads(void)
{
    for (int m = 0; m < SCRATCH; m++) {
        int forward = m >= GRAD_OUTPUT ? GSL_SUCCESS : GSL_EBADLEN;
        make_arguments(&none);
        narrow[m].n_batch = 2;
        check_fast("one matrix of two sequences, the others of one", forward, GSL_EBADLEN);
        make_arguments(&none);
        narrow[m].n_heads = 2;
        check_fast("one matrix of two heads, the others of one", forward, GSL_EBADLEN);
    }
    make_arguments(&none);
    for (int m = 0; m < SCRATCH; m++) {
        narrow[m].n_heads = 0;
    }
    check_fast("no head", GSL_EINVAL, GSL_EINVAL);
}

static void outputs_that_overlap(void)
{
    const int outputs[] = {OUTPUT, GRAD_Q, GRAD_K, GRAD_V};
    for (size_t n = 0; n < 4; n++) {
        int forward = outputs[n] == OUTPUT ? GSL_EINVAL : GSL_SUCCESS;
        int backward = outputs[n] == OUTPUT ? GSL_SUCCESS : GSL_EINVAL;
        make_arguments(&none);
        narrow[outputs[n]].row_stride = 0;
        check_fast("rows that overlap", forward, backward);
        make_arguments(&none);
        narrow[outputs[n]].row_stride = narrow[outputs[n]].n_cols - 1;
        check_fast("rows that share a column", forward, backward);
    }
    make_arguments(&none);
    for (int m = 0; m < SCRATCH; m++) { /* all strides are 0: right for inputs, not for outputs */
        narrow[m].n_heads = 2;
    }
    check_fast("heads that overlap", GSL_EINVAL, GSL_EINVAL);
}

static void small_workspace(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
            make_arguments(&none);
            fast_context ask = {kernels_at(isa), n_threads, NULL};
            size_t forward = fast_attention_forward_size(&narrow[Q], &narrow[K], &narrow[V], &ask);
            size_t backward =
                fast_attention_backward_size(&narrow[Q], &narrow[K], &narrow[V], &ask);
            guarded_context *f = guarded_alloc(kernels_at(isa), n_threads, forward - 1);
            guarded_context *b = guarded_alloc(kernels_at(isa), n_threads, backward - 1);
            CHECK_STATUS(fast_forward(&f->context), GSL_ENOMEM, "forward, one byte too few");
            CHECK_STATUS(fast_backward(&b->context), GSL_ENOMEM, "backward, one byte too few");
            CHECK(guarded_is_intact(f) && guarded_is_intact(b), "a workspace was overrun");
            guarded_free(f), guarded_free(b);
        }
    }
}

static void sizes_that_overflow(void)
{
    const int wide_matrices[2][2] = {{Q, K}, {V, V}};
    for (size_t isa = 0; kernels_at(isa); isa++) {
        fast_context ask = {kernels_at(isa), 2, NULL};
        for (size_t n = 0; n < 2; n++) {
            make_arguments(&none);
            narrow[wide_matrices[n][0]].n_cols = SIZE_MAX / 64;
            narrow[wide_matrices[n][1]].n_cols = SIZE_MAX / 64;
            fast_view *q = &narrow[Q], *k = &narrow[K], *v = &narrow[V];
            CHECK(fast_attention_forward_size(q, k, v, &ask) == SIZE_MAX &&
                      fast_attention_backward_size(q, k, v, &ask) == SIZE_MAX,
                  "%s: rows of SIZE_MAX / 64 columns have a workspace", kernels_at(isa)->name);
        }
    }
}

static const test tests[] = {
    {"both refuse the same faults with the same status and a sentence, writing nothing",
     faults_are_refused},
    {"numbers of sequences or heads that differ, or are 0, are refused", batches_and_heads},
    {"outputs that overlap themselves are refused", outputs_that_overlap},
    {"a workspace that is one byte too small is refused", small_workspace},
    {"sizes that overflow have a workspace of SIZE_MAX", sizes_that_overflow},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
