/* Attention put together from a library's matrix product and a softmax. */
#include "optimized/bench/peer_attention.h"
#include "optimized/kernels/softmax_kernels.h"
#include "optimized/scratch.h"
#include "optimized/threads.h"
#include <math.h>

/** Some queries of one head, and the keys that the last of them sees. */
typedef struct {
    size_t head, begin, n_rows, n_keys;
} query_rows;

static query_rows query_rows_at(const peer_attention *a, size_t task)
{
    size_t n_blocks = n_blocks_of(a->q.n_rows, a->n_block_rows);
    query_rows rows = {.head = task / n_blocks, .begin = task % n_blocks * a->n_block_rows};
    rows.n_rows = min_of(a->n_block_rows, a->q.n_rows - rows.begin);
    rows.n_keys = a->causal ? rows.begin + rows.n_rows : a->k.n_rows;
    return rows;
}

static size_t n_seen_by(const peer_attention *a, const query_rows *rows, size_t i)
{
    return a->causal ? rows->begin + i + 1 : rows->n_keys;
}

static peer_matrix matrix_at(const fast_view *view, size_t head, size_t row, bool is_transposed)
{
    return (peer_matrix){fast_view_at(view, 0, head) + row * view->row_stride, view->row_stride,
                         is_transposed};
}

/** The scratch memory of a thread. */
static peer_matrix scratch_at(const peer_attention *a, float *all, bool is_transposed)
{
    return (peer_matrix){all + thread_number() * a->n_most_block_rows * a->k.n_rows, a->k.n_rows,
                         is_transposed};
}

/* ---- Forward --------------------------------------------------------------------------------- */

static void attend_rows(const peer_attention *a, const query_rows *rows, const peer *by,
                        const fast_kernels *kernels)
{
    peer_matrix scores = scratch_at(a, a->scores, false);
    multiply_by_peer(by, rows->n_rows, rows->n_keys, a->q.n_cols, a->scale,
                     matrix_at(&a->q, rows->head, rows->begin, false),
                     matrix_at(&a->k, rows->head, 0, true), 0.0f, scores);
    for (size_t i = 0; i < rows->n_rows; i++) {
        float *row = scores.data + i * scores.stride;
        size_t n_seen = n_seen_by(a, rows, i);
        kernels->softmax->forward(row, row, n_seen);
        for (size_t j = n_seen; j < rows->n_keys; j++) {
            row[j] = 0.0f;
        }
    }
    multiply_by_peer(by, rows->n_rows, a->v.n_cols, rows->n_keys, 1.0f, scores,
                     matrix_at(&a->v, rows->head, 0, false), 0.0f,
                     matrix_at(&a->output, rows->head, rows->begin, false));
}

void attend_with_peer(peer_attention *a, const peer *by, fast_context *context)
{
    size_t n_tasks = a->q.n_heads * n_blocks_of(a->q.n_rows, a->n_block_rows);
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads)
    for (size_t task = 0; task < n_tasks; task++) {
        query_rows rows = query_rows_at(a, n_tasks - 1 - task); /* causal: the longest first */
        attend_rows(a, &rows, by, context->kernels);
    }
}

/* ---- Backward -------------------------------------------------------------------------------- */

/** P = exp(S - L), dS = P o (dP - D): scores and their gradient become these. */
static void differentiate_rows(const peer_attention *a, const query_rows *rows, float *scores,
                               float *grad_scores, const fast_kernels *kernels)
{
    const float *log_sum_exp = fast_view_at(&a->log_sum_exp, 0, rows->head) + rows->begin;
    for (size_t i = 0; i < rows->n_rows; i++) {
        float *p = scores + i * a->k.n_rows, *ds = grad_scores + i * a->k.n_rows;
        const float *y = matrix_at(&a->output, rows->head, rows->begin + i, false).data;
        const float *dy = matrix_at(&a->grad_output, rows->head, rows->begin + i, false).data;
        size_t n_seen = n_seen_by(a, rows, i);
        float product = 0.0f;
        for (size_t c = 0; c < a->v.n_cols; c++) {
            product += dy[c] * y[c];
        }
        for (size_t j = 0; j < n_seen; j++) {
            p[j] -= log_sum_exp[i];
        }
        kernels->softmax->exp(p, p, n_seen);
        for (size_t j = 0; j < n_seen; j++) {
            ds[j] = p[j] * (ds[j] - product);
        }
        for (size_t j = n_seen; j < rows->n_keys; j++) {
            p[j] = ds[j] = 0.0f;
        }
    }
}

static void attend_rows_backward(const peer_attention *a, const query_rows *r, const peer *by,
                                 const fast_kernels *kernels)
{
    size_t d_k = a->q.n_cols, d_v = a->v.n_cols, n_keys = r->n_keys;
    peer_matrix s = scratch_at(a, a->scores, false), s_transposed = s;
    peer_matrix ds = scratch_at(a, a->grad_scores, false), ds_transposed = ds;
    s_transposed.is_transposed = ds_transposed.is_transposed = true;
    peer_matrix q = matrix_at(&a->q, r->head, r->begin, false);
    peer_matrix k = matrix_at(&a->k, r->head, 0, false);
    peer_matrix dy = matrix_at(&a->grad_output, r->head, r->begin, false);

    multiply_by_peer(by, r->n_rows, n_keys, d_k, a->scale, q, matrix_at(&a->k, r->head, 0, true),
                     0.0f, s); /* S = scale Q K^T */
    multiply_by_peer(by, r->n_rows, n_keys, d_v, 1.0f, dy, matrix_at(&a->v, r->head, 0, true), 0.0f,
                     ds); /* dP = dY V^T */
    differentiate_rows(a, r, s.data, ds.data, kernels);
    multiply_by_peer(by, n_keys, d_v, r->n_rows, 1.0f, s_transposed, dy, 1.0f,
                     matrix_at(&a->grad_v, r->head, 0, false)); /* dV += P^T dY */
    multiply_by_peer(by, r->n_rows, d_k, n_keys, a->scale, ds, k, 1.0f,
                     matrix_at(&a->grad_q, r->head, r->begin, false)); /* dQ += scale dS K */
    multiply_by_peer(by, n_keys, d_k, r->n_rows, a->scale, ds_transposed, q, 1.0f,
                     matrix_at(&a->grad_k, r->head, 0, false)); /* dK += scale dS^T Q */
}

static void attend_head_backward(const peer_attention *a, size_t head, const peer *by,
                                 const fast_kernels *kernels)
{
    size_t n_blocks = n_blocks_of(a->q.n_rows, a->n_block_rows);
    for (size_t block = 0; block < n_blocks; block++) {
        query_rows rows = query_rows_at(a, head * n_blocks + block);
        attend_rows_backward(a, &rows, by, kernels);
    }
}

/* Blocks of a head add to the same gradients of keys: the threads share the heads, or if there are
   too few, the library shares each product. */
void attend_backward_with_peer(peer_attention *a, const peer *by, fast_context *context)
{
    bool are_enough = a->q.n_heads >= (size_t)context->n_threads;
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads) if (are_enough)
    for (size_t head = 0; head < a->q.n_heads; head++) {
        attend_head_backward(a, head, by, context->kernels);
    }
}
