/* Queries, keys and values with as few products as possible. One product of X with [W_Q W_K W_V]
 * reads X once instead of three times, and its register tiles are full where d_k is small. */
#include "optimized/side_by_side.h"
#include "optimized/checks.h"
#include "optimized/projection.h"
#include "optimized/rows.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <string.h>

enum { N_PROJECTIONS = 3 };

/* ---- Checks ---------------------------------------------------------------------------------- */

/** Whether  output = x weight + bias  has shapes that fit. */
static bool projects(const fast_view *x, const fast_view *weight, const fast_view *bias,
                     const fast_view *output)
{
    return is_one_matrix(weight, x->n_cols, output->n_cols) && x->n_heads == 1 &&
           have_same_heads(output, x) && output->n_rows == x->n_rows &&
           (!bias->data || is_one_matrix(bias, 1, output->n_cols));
}

int fast_projections_check(const fast_view *x, const fast_view *memory,
                           const fast_query_key_value *p, const fast_projected *projected)
{
    if (!projects(x, &p->weight_q, &p->bias_q, &projected->q)) {
        GSL_ERROR("W_Q and b_Q must lead from the columns of x to those of the queries",
                  GSL_EBADLEN);
    }
    if (!projects(memory, &p->weight_k, &p->bias_k, &projected->k)) {
        GSL_ERROR("W_K and b_K must lead from the columns of the memory to those of the keys",
                  GSL_EBADLEN);
    }
    if (!projects(memory, &p->weight_v, &p->bias_v, &projected->v)) {
        GSL_ERROR("W_V and b_V must lead from the columns of the memory to those of the values",
                  GSL_EBADLEN);
    }
    if (is_empty(x) || is_empty(memory) || is_empty(&projected->q) || is_empty(&projected->k) ||
        is_empty(&projected->v)) {
        GSL_ERROR("there must be at least one row and one column before and after each projection",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

static bool is_weight_gradient(const fast_view *grad_weight, const fast_view *weight)
{
    return is_one_matrix(grad_weight, weight->n_rows, weight->n_cols);
}

/** A bias and its gradient: both of one size, or neither. */
static bool is_bias_gradient(const fast_view *grad_bias, const fast_view *bias)
{
    return bias->data ? grad_bias->data && is_one_matrix(grad_bias, 1, bias->n_cols)
                      : !grad_bias->data;
}

static bool are_weight_gradients(const fast_query_key_value *grad, const fast_query_key_value *p)
{
    return is_weight_gradient(&grad->weight_q, &p->weight_q) &&
           is_weight_gradient(&grad->weight_k, &p->weight_k) &&
           is_weight_gradient(&grad->weight_v, &p->weight_v);
}

static bool are_bias_gradients(const fast_query_key_value *grad, const fast_query_key_value *p)
{
    return is_bias_gradient(&grad->bias_q, &p->bias_q) &&
           is_bias_gradient(&grad->bias_k, &p->bias_k) &&
           is_bias_gradient(&grad->bias_v, &p->bias_v);
}

int fast_projections_check_gradients(const fast_view *x, const fast_view *memory,
                                     const fast_query_key_value *p, const fast_projected *projected,
                                     const fast_view *grad_x, const fast_view *grad_memory,
                                     const fast_query_key_value *grad)
{
    if (!same_shape(grad_x, x) || !same_shape(grad_memory, memory)) {
        GSL_ERROR("x and the memory must have the shape of their gradients", GSL_EBADLEN);
    }
    if (!are_weight_gradients(grad, p) || !are_bias_gradients(grad, p)) {
        GSL_ERROR("every weight and every bias must have a gradient of its shape", GSL_EBADLEN);
    }
    int status = fast_projections_check(x, memory, p, projected);
    if (status == GSL_SUCCESS &&
        (overlaps_itself(grad_x) || overlaps_itself(grad_memory) ||
         overlaps_itself(&grad->weight_q) || overlaps_itself(&grad->weight_k) ||
         overlaps_itself(&grad->weight_v))) {
        GSL_ERROR("no gradient may overlap itself", GSL_EINVAL);
    }
    return status;
}

/* ---- Neighbours ------------------------------------------------------------------------------ */

/** One projection, or several neighbours as one. */
typedef struct {
    fast_view x, weight, bias, output;
} projection;

/** Whether two axes step alike; the step of an axis of size 1 is never taken. */
static bool step_alike(size_t size, size_t stride_a, size_t stride_b)
{
    return size == 1 || stride_a == stride_b;
}

/** Whether two views of as many rows step alike from row to row and from batch to batch. */
static bool run_alike(const fast_view *a, const fast_view *b)
{
    return have_same_heads(a, b) && a->n_rows == b->n_rows &&
           step_alike(a->n_rows, a->row_stride, b->row_stride) &&
           step_alike(a->n_heads, a->head_stride, b->head_stride) &&
           step_alike(a->n_batch, a->batch_stride, b->batch_stride);
}

/** Whether two views are the same floats. */
static bool are_same(const fast_view *a, const fast_view *b)
{
    return a->data == b->data && a->n_cols == b->n_cols && run_alike(a, b);
}

/** Whether each row of one view begins where that of another ends. */
static bool is_right_of(const fast_view *right, const fast_view *left)
{
    return right->data == left->data + left->n_cols && run_alike(right, left);
}

static bool are_neighbours(const projection *right, const projection *left)
{
    bool has_bias = left->bias.data && right->bias.data;
    bool has_none = !left->bias.data && !right->bias.data;
    return are_same(&right->x, &left->x) && is_right_of(&right->weight, &left->weight) &&
           (has_bias ? is_right_of(&right->bias, &left->bias) : has_none) &&
           is_right_of(&right->output, &left->output);
}

/** How many columns a projection gets more. */
static void widen(projection *p, size_t n_cols)
{
    p->weight.n_cols += n_cols;
    p->bias.n_cols += n_cols;
    p->output.n_cols += n_cols;
}

/** The three projections. */
static void list_projections(const fast_view *x, const fast_view *memory,
                             const fast_query_key_value *p, const fast_projected *projected,
                             projection list[N_PROJECTIONS])
{
    list[0] = (projection){*x, p->weight_q, p->bias_q, projected->q};
    list[1] = (projection){*memory, p->weight_k, p->bias_k, projected->k};
    list[2] = (projection){*memory, p->weight_v, p->bias_v, projected->v};
}

/* ---- Sizes ----------------------------------------------------------------------------------- */

/** Of a projection of x or of the memory. */
typedef size_t (*size_query)(const fast_view *x, const fast_view *weight,
                             const fast_context *context);

/** The largest over all runs of neighbours that there may be. */
static size_t largest_size(size_query query, const fast_view *x, const fast_view *memory,
                           const fast_query_key_value *p, const fast_context *context)
{
    projection list[N_PROJECTIONS];
    list_projections(x, memory, p, &(fast_projected){0}, list);
    size_t largest = 0;
    for (size_t first = 0; first < N_PROJECTIONS; first++) {
        fast_view weight = list[first].weight;
        for (size_t last = first; last < N_PROJECTIONS; last++) {
            weight.n_cols = last == first ? weight.n_cols
                                          : fast_size_sum(weight.n_cols, list[last].weight.n_cols);
            size_t size = query(&list[first].x, &weight, context);
            largest = size > largest ? size : largest;
        }
    }
    return largest;
}

size_t fast_projections_forward_size(const fast_view *x, const fast_view *memory,
                                     const fast_query_key_value *parameters,
                                     const fast_context *context)
{
    return largest_size(fast_projection_forward_size, x, memory, parameters, context);
}

size_t fast_projections_backward_size(const fast_view *x, const fast_view *memory,
                                      const fast_query_key_value *parameters,
                                      const fast_context *context)
{
    return largest_size(fast_projection_backward_size, x, memory, parameters, context);
}

/* ---- Forward --------------------------------------------------------------------------------- */

int fast_projections_forward(const fast_view *x, const fast_view *memory,
                             const fast_query_key_value *parameters,
                             const fast_projected *projected, fast_context *context)
{
    projection list[N_PROJECTIONS];
    list_projections(x, memory, parameters, projected, list);
    int status = GSL_SUCCESS;
    // [neighbours]
    for (size_t n = 0; n < N_PROJECTIONS && status == GSL_SUCCESS;) {
        projection all = list[n++];
        for (; n < N_PROJECTIONS && are_neighbours(&list[n], &all); n++) {
            widen(&all, list[n].weight.n_cols);
        }
        status = fast_projection_forward(&all.x, &all.weight, all.bias.data ? &all.bias : NULL,
                                         &all.output, context);
    }
    // [neighbours]
    return status;
}

/* ---- Backward -------------------------------------------------------------------------------- */

/** All rows become 0. */
static void clear(const fast_view *view, const fast_context *context)
{
#pragma omp parallel for schedule(static) num_threads(n_threads_for(view, context))
    for (size_t row = 0; row < n_listed_rows(view); row++) {
        memset(listed_row(view, row), 0, view->n_cols * sizeof(float));
    }
}

/** Rows that are n_cols wide for a view like x: taken and set to 0, or only counted. */
static size_t take_rows(const fast_view *x, size_t n_cols, fast_workspace *from, fast_view *rows,
                        const fast_context *context)
{
    *rows = fast_view_tensor(NULL, x->n_batch, 1, x->n_rows, n_cols);
    size_t size = take_part(from, n_listed_rows(x), n_cols, &rows->data);
    if (rows->data) {
        clear(rows, context);
    }
    return size;
}

/** The columns of a view from one on. */
static fast_view columns_of(const fast_view *rows, size_t first, size_t n_cols)
{
    fast_view columns = *rows;
    columns.data = rows->data ? rows->data + first : NULL;
    columns.n_cols = n_cols;
    return columns;
}

size_t fast_projections_take_gradients(const fast_view *x, const fast_view *memory,
                                       const fast_query_key_value *parameters, fast_workspace *from,
                                       fast_projected *gradients, const fast_context *context)
{
    size_t d_q = parameters->weight_q.n_cols, d_k = parameters->weight_k.n_cols;
    size_t d_v = parameters->weight_v.n_cols, d_kv = fast_size_sum(d_k, d_v), size;
    fast_view rows;
    if (x->n_rows == memory->n_rows) {
        size = take_rows(x, fast_size_sum(d_q, d_kv), from, &rows, context);
        gradients->q = columns_of(&rows, 0, d_q);
        rows = columns_of(&rows, d_q, d_kv);
    } else {
        size = take_rows(x, d_q, from, &gradients->q, context);
        size = fast_size_sum(size, take_rows(memory, d_kv, from, &rows, context));
    }
    gradients->k = columns_of(&rows, 0, d_k);
    gradients->v = columns_of(&rows, d_k, d_v);
    return size;
}

int fast_projections_backward(const fast_view *x, const fast_view *memory,
                              const fast_query_key_value *parameters,
                              const fast_projected *grad_projected, fast_view *grad_x,
                              fast_view *grad_memory, const fast_query_key_value *gradients,
                              fast_context *context)
{
    projection list[N_PROJECTIONS], grad[N_PROJECTIONS];
    list_projections(x, memory, parameters, grad_projected, list);
    list_projections(grad_x, grad_memory, gradients, grad_projected, grad);
    int status = GSL_SUCCESS;
    for (size_t n = 0; n < N_PROJECTIONS && status == GSL_SUCCESS;) {
        projection all = list[n], grad_all = grad[n];
        for (n++; n < N_PROJECTIONS && are_neighbours(&list[n], &all) &&
                  are_neighbours(&grad[n], &grad_all);
             n++) {
            widen(&all, list[n].weight.n_cols);
            widen(&grad_all, list[n].weight.n_cols);
        }
        status = fast_projection_backward(&all.x, &all.weight, &all.output, &grad_all.x,
                                          &grad_all.weight,
                                          grad_all.bias.data ? &grad_all.bias : NULL, context);
    }
    return status;
}
