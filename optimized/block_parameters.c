/* Where the parameters of a block stand in a list, and how its cache lies in memory.
 *
 * What differs from reference/block_parameters.c:
 *   1. a view needs no place to stand in: W_Q, W_K and W_V are views that the block itself holds;
 *   2. Q, K and V lie side by side, too, so that one product makes all three;
 *   3. a cache is laid out in a workspace of the caller's: nothing is allocated or freed. */
#include "optimized/block.h"
#include "optimized/checks.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* ---- The parameters, each a row of one table ------------------------------------------------- */

enum {
    NORM_1_GAIN,
    NORM_1_BIAS,
    QKV_WEIGHT,
    QKV_BIAS,
    OUTPUT_WEIGHT,
    OUTPUT_BIAS,
    RELATIVE_BIAS,
    NORM_2_GAIN,
    NORM_2_BIAS,
    WEIGHT_1,
    BIAS_1,
    WEIGHT_2,
    BIAS_2,
    N_PARAMETERS
};

typedef struct {
    const char *name;
    size_t n_rows, n_cols; /* no rows: the block has none of it */
    bool is_decayed;
} declaration;

static void list_declarations(const fast_block_shape *shape, declaration d[N_PARAMETERS])
{
    size_t d_model = shape->d_model, n_hidden = shape->n_hidden, n_distances = 2 * shape->clip + 1;
    size_t n_biased = shape->clip > 0 ? shape->n_heads : 0;
    d[NORM_1_GAIN] = (declaration){"norm_1.gain", 1, d_model, false};
    d[NORM_1_BIAS] = (declaration){"norm_1.bias", 1, d_model, false};
    d[QKV_WEIGHT] = (declaration){"attention.qkv.weight", d_model, 3 * d_model, true};
    d[QKV_BIAS] = (declaration){"attention.qkv.bias", 1, 3 * d_model, false};
    d[OUTPUT_WEIGHT] = (declaration){"attention.output.weight", d_model, d_model, true};
    d[OUTPUT_BIAS] = (declaration){"attention.output.bias", 1, d_model, false};
    d[RELATIVE_BIAS] = (declaration){"attention.relative_bias", n_biased, n_distances, false};
    d[NORM_2_GAIN] = (declaration){"norm_2.gain", 1, d_model, false};
    d[NORM_2_BIAS] = (declaration){"norm_2.bias", 1, d_model, false};
    d[WEIGHT_1] = (declaration){"feed_forward.1.weight", d_model, n_hidden, true};
    d[BIAS_1] = (declaration){"feed_forward.1.bias", 1, n_hidden, false};
    d[WEIGHT_2] = (declaration){"feed_forward.2.weight", n_hidden, d_model, true};
    d[BIAS_2] = (declaration){"feed_forward.2.bias", 1, d_model, false};
}

static int check_shape(const fast_block_shape *shape)
{
    if (shape->d_model == 0 || shape->n_heads == 0 || shape->n_hidden == 0) {
        GSL_ERROR("a block must have at least one column, one head and one hidden unit",
                  GSL_EINVAL);
    }
    if (shape->d_model % shape->n_heads != 0) {
        GSL_ERROR("the heads must share the columns of a block equally", GSL_EINVAL);
    }
    if (shape->d_model > SIZE_MAX / 3 || shape->clip > (SIZE_MAX - 1) / 2) {
        GSL_ERROR("there are more numbers than a memory can hold", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/** The name of a parameter: that of its block first. */
static void join(char full[2 * FAST_NAME_SIZE], const char *block, const char *parameter)
{
    snprintf(full, 2 * FAST_NAME_SIZE, "%s.%s", block, parameter);
}

int fast_block_declare(fast_parameters *list, const char *name, const fast_block_shape *shape)
{
    declaration all[N_PARAMETERS];
    int status = check_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    list_declarations(shape, all);
    for (int n = 0; n < N_PARAMETERS && status == GSL_SUCCESS; n++) {
        const declaration *d = &all[n];
        char full[2 * FAST_NAME_SIZE];
        join(full, name, d->name);
        status = d->n_rows == 0
                     ? GSL_SUCCESS
                     : fast_parameters_declare(list, full, d->n_rows, d->n_cols, d->is_decayed);
    }
    return status;
}

/* ---- Finding --------------------------------------------------------------------------------- */

/** Windows into the values of a list, or into its gradients: those of a block. */
static fast_block place(const fast_view all[N_PARAMETERS], const fast_block_shape *shape)
{
    size_t d = shape->d_model;
    const fast_view *weight = &all[QKV_WEIGHT], *bias = &all[QKV_BIAS];
    return (fast_block){
        /* 1 */
        .gain_1 = all[NORM_1_GAIN],
        .bias_1 = all[NORM_1_BIAS],
        .attention = {.n_heads = shape->n_heads,
                      .heads = {fast_view_columns(weight, 0, d), fast_view_columns(bias, 0, d),
                                fast_view_columns(weight, d, d), fast_view_columns(bias, d, d),
                                fast_view_columns(weight, 2 * d, d),
                                fast_view_columns(bias, 2 * d, d)},
                      .weight_o = all[OUTPUT_WEIGHT],
                      .bias_o = all[OUTPUT_BIAS],
                      .relative_bias = all[RELATIVE_BIAS]},
        .gain_2 = all[NORM_2_GAIN],
        .bias_2 = all[NORM_2_BIAS],
        .feed_forward = {all[WEIGHT_1], all[BIAS_1], all[WEIGHT_2], all[BIAS_2]}};
}

int fast_block_find(const fast_parameters *list, const char *name, const fast_block_shape *shape,
                    fast_block_parameters *found)
{
    declaration all[N_PARAMETERS];
    fast_view values[N_PARAMETERS] = {{0}}, gradients[N_PARAMETERS] = {{0}};
    int status = check_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    list_declarations(shape, all);
    for (int n = 0; n < N_PARAMETERS; n++) {
        char full[2 * FAST_NAME_SIZE];
        join(full, name, all[n].name);
        fast_parameter *p = fast_parameters_find(list, full);
        if (p == NULL ? all[n].n_rows > 0 : !has_shape(&p->value, all[n].n_rows, all[n].n_cols)) {
            GSL_ERROR("a parameter of the block is missing or has another shape", GSL_EINVAL);
        }
        values[n] = p != NULL ? p->value : (fast_view){0};
        gradients[n] = p != NULL ? p->gradient : (fast_view){0};
    }
    found->value = place(values, shape);
    found->gradient = place(gradients, shape);
    return GSL_SUCCESS;
}

/* ---- The cache ------------------------------------------------------------------------------- */

size_t fast_block_cache_layout(size_t n_batch, size_t n, const fast_block_shape *shape,
                               fast_workspace *memory, fast_block_cache *cache)
{
    size_t d = shape->d_model, size = 0;
    fast_query_key_value_cache *heads = &cache->attention.heads;
    fast_view *const rows[] = {&cache->norm_1, &cache->attention.concatenated, &cache->middle,
                               &cache->norm_2};
    fast_view *const numbers[] = {&cache->mean_1, &cache->rate_1, &cache->mean_2, &cache->rate_2};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        size = fast_size_sum(size, take_view(memory, n_batch, 1, n, d, rows[r]));
    }
    for (size_t r = 0; r < sizeof numbers / sizeof numbers[0]; r++) {
        size = fast_size_sum(size, take_view(memory, n_batch, 1, 1, n, numbers[r]));
    }
    size = fast_size_sum(size, take_view(memory, n_batch, 1, n, shape->n_hidden, &cache->hidden));
    size =
        fast_size_sum(size, take_view(memory, n_batch, shape->n_heads, 1, n, &heads->log_sum_exp));
    fast_view side_by_side; /* 2 */
    size_t three_d = d <= SIZE_MAX / 3 ? 3 * d : SIZE_MAX;
    size = fast_size_sum(size, take_view(memory, n_batch, 1, n, three_d, &side_by_side));
    heads->q = fast_view_columns(&side_by_side, 0, d);
    heads->k = fast_view_columns(&side_by_side, d, d);
    heads->v = fast_view_columns(&side_by_side, 2 * d, d);
    return size;
}
