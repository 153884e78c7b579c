/* The two layers that every token passes by itself.
 *
 * What differs from reference/feed_forward.c:
 *   1. blocks of rows pass both layers, one OpenMP task each, so that what lies between the products
 *      is still in the cache when the next product reads it. No number depends on the blocks;
 *   2. f(H) exists for the blocks that are being worked on only; backward it is computed again
 *      together with f'(H), which shares the exponential;
 *   3. the gradients of the parameters are sums over all rows: products of their own, afterwards. */
#include "optimized/feed_forward.h"
#include "optimized/checks.h"
#include "optimized/kernels/feed_forward_kernels.h"
#include "optimized/matmul.h"
#include "optimized/projection.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include "optimized/threads.h"
#include <gsl/gsl_errno.h>

/* Rows of a block: as many as the cache holds, but fewer where there would be too few blocks. */
enum { MOST_ROWS = 256, FEWEST_ROWS = 32 };

/* ---- Checks ---------------------------------------------------------------------------------- */

/** Whether parameters, or their gradients, belong to layers of these sizes. */
static bool fit(const fast_feed_forward *layers, size_t d_model, size_t n_hidden)
{
    return is_one_matrix(&layers->weight_1, d_model, n_hidden) &&
           is_one_matrix(&layers->bias_1, 1, n_hidden) &&
           is_one_matrix(&layers->weight_2, n_hidden, d_model) &&
           is_one_matrix(&layers->bias_2, 1, d_model);
}

static int check_layers(const fast_view *x, const fast_feed_forward *parameters,
                        fast_activation activation, const fast_view *hidden,
                        const fast_view *output)
{
    if (!fit(parameters, x->n_cols, hidden->n_cols)) {
        GSL_ERROR("the parameters must fit the columns of x and of the hidden layer", GSL_EBADLEN);
    }
    if (!have_same_heads(hidden, x) || hidden->n_rows != x->n_rows || !same_shape(output, x)) {
        GSL_ERROR("there must be one hidden row and one output, as wide as x, per row of x",
                  GSL_EBADLEN);
    }
    if (is_empty(x) || is_empty(hidden)) {
        GSL_ERROR("there must be at least one row, one column and one hidden unit", GSL_EINVAL);
    }
    if (activation != FAST_RELU && activation != FAST_GELU) {
        GSL_ERROR("the activation must be ReLU or GELU", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/* ---- Blocks of rows -------------------------------------------------------------------------- */

/** How the rows of all matrices are cut. */
typedef struct {
    size_t n_rows;   /* of a block; the last one of a matrix may have fewer */
    size_t n_blocks; /* of a matrix */
    size_t n_tasks;  /* blocks of all matrices */
} row_cut;

static row_cut cut_rows(const fast_view *x, const fast_context *context)
{
    size_t n_matrices = x->n_batch * x->n_heads, n_threads = (size_t)context->n_threads;
    row_cut cut = {.n_rows = min_of(MOST_ROWS, x->n_rows)};
    for (;; cut.n_rows = n_blocks_of(cut.n_rows, 2)) {
        cut.n_blocks = n_blocks_of(x->n_rows, cut.n_rows);
        cut.n_tasks = n_matrices * cut.n_blocks;
        bool is_enough = n_threads == 1 || cut.n_tasks >= 2 * n_threads;
        if (is_enough || cut.n_rows < 2 * FEWEST_ROWS) {
            return cut;
        }
    }
}

/** The rows of one task. */
static fast_view block_of(const fast_view *view, const row_cut *cut, size_t task)
{
    size_t matrix = task / cut->n_blocks, begin = task % cut->n_blocks * cut->n_rows;
    fast_view block = *view;
    block.n_batch = block.n_heads = 1;
    block.n_rows = min_of(cut->n_rows, view->n_rows - begin);
    block.data = fast_view_at(view, matrix / view->n_heads, matrix % view->n_heads) +
                 begin * view->row_stride;
    return block;
}

static void flatten_if_possible(fast_view **views, size_t n_views)
{
    bool is_possible = true;
    for (size_t v = 0; v < n_views; v++) {
        is_possible = is_possible && is_evenly_spaced(views[v]);
    }
    for (size_t v = 0; v < n_views && is_possible; v++) {
        *views[v] = as_one_matrix(views[v]);
    }
}

/* ---- Forward --------------------------------------------------------------------------------- */

/** f(H) of a block: taken, or only counted if from is NULL. */
static size_t take_activated(const row_cut *cut, const fast_feed_forward *parameters,
                             fast_workspace *from, fast_view *activated)
{
    size_t n_hidden = parameters->weight_1.n_cols;
    *activated = fast_view_matrix(NULL, cut->n_rows, n_hidden);
    return take_part(from, cut->n_rows, n_hidden, &activated->data);
}

/** Bytes that a thread needs for a block. */
static size_t forward_block_size(const row_cut *cut, const fast_feed_forward *parameters,
                                 const fast_context *context)
{
    fast_context alone = {context->kernels, 1, NULL};
    fast_view x = fast_view_matrix(NULL, cut->n_rows, parameters->weight_1.n_rows), activated;
    size_t size = take_activated(cut, parameters, NULL, &activated);
    return fast_size_sum(
        size, larger_of(fast_projection_forward_size(&x, &parameters->weight_1, &alone),
                        fast_projection_forward_size(&activated, &parameters->weight_2, &alone)));
}

size_t fast_feed_forward_forward_size(const fast_view *x, const fast_feed_forward *parameters,
                                      const fast_context *context)
{
    fast_view tall = as_one_matrix(x);
    row_cut of_each = cut_rows(x, context), of_all = cut_rows(&tall, context);
    return fast_piece_size((size_t)context->n_threads,
                           larger_of(forward_block_size(&of_each, parameters, context),
                                     forward_block_size(&of_all, parameters, context)));
}

static void activate(const fast_view *hidden, const fast_activation_kernels *f,
                     fast_view *activated)
{
    for (size_t i = 0; i < hidden->n_rows; i++) {
        f->forward(listed_row(hidden, i), listed_row(activated, i), hidden->n_cols);
    }
}

static const fast_activation_kernels *kernels_of(fast_activation activation,
                                                 const fast_context *context)
{
    const fast_feed_forward_kernels *kernels = context->kernels->feed_forward;
    return activation == FAST_RELU ? &kernels->relu : &kernels->gelu;
}

int fast_feed_forward_forward(const fast_view *x, const fast_feed_forward *parameters,
                              fast_activation activation, fast_view *hidden, fast_view *output,
                              fast_context *context)
{
    int status = check_layers(x, parameters, activation, hidden, output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    if (overlaps_itself(hidden) || overlaps_itself(output)) {
        GSL_ERROR("no output may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace;
    unsigned char *scratch =
        fast_workspace_take(&all, fast_feed_forward_forward_size(x, parameters, context));
    if (!scratch) {
        GSL_ERROR("the workspace is smaller than fast_feed_forward_forward_size()", GSL_ENOMEM);
    }
    fast_view rows = *x, hidden_rows = *hidden, output_rows = *output;
    flatten_if_possible((fast_view *[]){&rows, &hidden_rows, &output_rows}, 3);
    row_cut cut = cut_rows(&rows, context);
    size_t n_bytes = forward_block_size(&cut, parameters, context);
    /* H = X W_1 + b_1,  Y = f(H) W_2 + b_2 */
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads) /* 1 */
    for (size_t task = 0; task < cut.n_tasks; task++) {
        fast_workspace mine = {scratch + thread_number() * n_bytes, n_bytes, 0};
        fast_context alone = {context->kernels, 1, &mine};
        fast_view x_b = block_of(&rows, &cut, task), activated; /* b for block */
        fast_view hidden_b = block_of(&hidden_rows, &cut, task);
        fast_view output_b = block_of(&output_rows, &cut, task);
        take_activated(&cut, parameters, &mine, &activated); /* 2 */
        activated.n_rows = x_b.n_rows;
        fast_projection_forward(&x_b, &parameters->weight_1, &parameters->bias_1, &hidden_b,
                                &alone);
        activate(&hidden_b, kernels_of(activation, context), &activated);
        fast_projection_forward(&activated, &parameters->weight_2, &parameters->bias_2, &output_b,
                                &alone);
    }
    return GSL_SUCCESS;
}

/* ---- Backward -------------------------------------------------------------------------------- */

/** f(H) and dH of all rows: taken, or only counted if from is NULL. */
static size_t take_hidden(const fast_view *x, const fast_feed_forward *parameters,
                          fast_workspace *from, fast_view *activated, fast_view *grad_hidden)
{
    size_t n_hidden = parameters->weight_1.n_cols;
    *activated = *grad_hidden = fast_view_tensor(NULL, x->n_batch, x->n_heads, x->n_rows, n_hidden);
    size_t size = take_part(from, n_listed_rows(x), n_hidden, &activated->data);
    return fast_size_sum(size, take_part(from, n_listed_rows(x), n_hidden, &grad_hidden->data));
}

/** Bytes that a thread needs for a block. */
static size_t backward_block_size(const fast_view *x, const fast_feed_forward *parameters,
                                  const fast_context *context)
{
    fast_context alone = {context->kernels, 1, NULL};
    size_t n_rows = cut_rows(x, context).n_rows;
    fast_view grad_output = fast_view_matrix(NULL, n_rows, parameters->weight_2.n_cols);
    fast_view grad_hidden = fast_view_matrix(NULL, n_rows, parameters->weight_1.n_cols);
    return larger_of(fast_matmul_size(false, true, &grad_output, &parameters->weight_2, &alone),
                     fast_matmul_size(false, true, &grad_hidden, &parameters->weight_1, &alone));
}

size_t fast_feed_forward_backward_size(const fast_view *x, const fast_feed_forward *parameters,
                                       const fast_context *context)
{
    fast_view activated, grad_hidden, tall = as_one_matrix(x);
    size_t size = take_hidden(x, parameters, NULL, &activated, &grad_hidden);
    size_t blocks = fast_piece_size((size_t)context->n_threads,
                                    larger_of(backward_block_size(x, parameters, context),
                                              backward_block_size(&tall, parameters, context)));
    size_t layer_1 = fast_projection_backward_size(x, &parameters->weight_1, context);
    size_t layer_2 = fast_projection_backward_size(&activated, &parameters->weight_2, context);
    return fast_size_sum(size, larger_of(blocks, larger_of(layer_1, layer_2)));
}

/* 1. dH = f'(H) o dY W_2^T  and  dX += dH W_1^T,  block by block. */
static void backward_of_rows(fast_view x, const fast_feed_forward *parameters,
                             fast_activation activation, fast_view hidden, fast_view grad_output,
                             fast_view grad_x, fast_view activated, fast_view grad_hidden,
                             const fast_context *context)
{
    const fast_activation_kernels *f = kernels_of(activation, context);
    flatten_if_possible(
        (fast_view *[]){&x, &hidden, &grad_output, &grad_x, &activated, &grad_hidden}, 6);
    row_cut cut = cut_rows(&x, context);
    size_t n_bytes = backward_block_size(&x, parameters, context);
    unsigned char *scratch = context->workspace->begin + context->workspace->n_used;
#pragma omp parallel for schedule(dynamic) num_threads(context->n_threads)
    for (size_t task = 0; task < cut.n_tasks; task++) {
        fast_workspace mine = {scratch + thread_number() * n_bytes, n_bytes, 0};
        fast_context alone = {context->kernels, 1, &mine};
        fast_view h = block_of(&hidden, &cut, task), dy = block_of(&grad_output, &cut, task);
        fast_view y = block_of(&activated, &cut, task), dh = block_of(&grad_hidden, &cut, task);
        fast_view dx = block_of(&grad_x, &cut, task);
        fast_matmul(false, true, 1.0f, &dy, &parameters->weight_2, 0.0f, &dh, &alone);
        for (size_t i = 0; i < h.n_rows; i++) { /* 2 */
            float *dh_i = listed_row(&dh, i);
            f->backward(listed_row(&h, i), dh_i, listed_row(&y, i), dh_i, h.n_cols);
        }
        fast_matmul(false, true, 1.0f, &dh, &parameters->weight_1, 1.0f, &dx, &alone);
    }
}

int fast_feed_forward_backward(const fast_view *x, const fast_feed_forward *parameters,
                               fast_activation activation, const fast_view *hidden,
                               const fast_view *grad_output, fast_view *grad_x,
                               const fast_feed_forward *gradients, fast_context *context)
{
    if (!same_shape(grad_x, x) || !fit(gradients, x->n_cols, hidden->n_cols)) {
        GSL_ERROR("x and the parameters must have the shape of their gradients", GSL_EBADLEN);
    }
    int status = check_layers(x, parameters, activation, hidden, grad_output);
    if (status != GSL_SUCCESS) {
        return status;
    }
    fast_feed_forward grad = *gradients;
    if (overlaps_itself(grad_x) || overlaps_itself(&grad.weight_1) ||
        overlaps_itself(&grad.weight_2)) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    fast_workspace all = *context->workspace, rest = all;
    if (!fast_workspace_take(&all, fast_feed_forward_backward_size(x, parameters, context))) {
        GSL_ERROR("the workspace is smaller than fast_feed_forward_backward_size()", GSL_ENOMEM);
    }
    fast_context behind = {context->kernels, context->n_threads, &rest};
    fast_view activated, grad_hidden;
    take_hidden(x, parameters, &rest, &activated, &grad_hidden);
    backward_of_rows(*x, parameters, activation, *hidden, *grad_output, *grad_x, activated,
                     grad_hidden, &behind);
    /* 3. dW_2 += f(H)^T dY,  db_2 += sum_i dY_i,  dW_1 += X^T dH,  db_1 += sum_i dH_i */
    status = fast_projection_backward(&activated, &parameters->weight_2, grad_output, NULL,
                                      &grad.weight_2, &grad.bias_2, &behind);
    return status != GSL_SUCCESS
               ? status
               : fast_projection_backward(x, &parameters->weight_1, &grad_hidden, NULL,
                                          &grad.weight_1, &grad.bias_1, &behind);
}
