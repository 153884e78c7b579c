/* Where the parameters of a block stand in a list, and the memory of its cache. */

#include "reference/block.h"
#include "reference/checks.h"
#include "reference/memory.h"

#include <gsl/gsl_errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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
    ref_initialization initialization;
} declaration;

/* W_Q, W_K and W_V are three matrices, though they stand in one: each starts like one of its own. */
static void list_declarations(const ref_block_shape *shape, declaration d[N_PARAMETERS])
{
    size_t d_model = shape->d_model, n_hidden = shape->n_hidden, n_distances = 2 * shape->clip + 1;
    size_t n_biased = shape->clip > 0 ? shape->n_heads : 0;
    const ref_initialization weight = REF_GLOROT_UNIFORM, qkv = REF_GLOROT_SQUARES;
    d[NORM_1_GAIN] = (declaration){"norm_1.gain", 1, d_model, false, REF_ONES};
    d[NORM_1_BIAS] = (declaration){"norm_1.bias", 1, d_model, false, REF_ZEROS};
    d[QKV_WEIGHT] = (declaration){"attention.qkv.weight", d_model, 3 * d_model, true, qkv};
    d[QKV_BIAS] = (declaration){"attention.qkv.bias", 1, 3 * d_model, false, REF_ZEROS};
    d[OUTPUT_WEIGHT] = (declaration){"attention.output.weight", d_model, d_model, true, weight};
    d[OUTPUT_BIAS] = (declaration){"attention.output.bias", 1, d_model, false, REF_ZEROS};
    d[RELATIVE_BIAS] =
        (declaration){"attention.relative_bias", n_biased, n_distances, false, REF_ZEROS};
    d[NORM_2_GAIN] = (declaration){"norm_2.gain", 1, d_model, false, REF_ONES};
    d[NORM_2_BIAS] = (declaration){"norm_2.bias", 1, d_model, false, REF_ZEROS};
    d[WEIGHT_1] = (declaration){"feed_forward.1.weight", d_model, n_hidden, true, weight};
    d[BIAS_1] = (declaration){"feed_forward.1.bias", 1, n_hidden, false, REF_ZEROS};
    d[WEIGHT_2] = (declaration){"feed_forward.2.weight", n_hidden, d_model, true, weight};
    d[BIAS_2] = (declaration){"feed_forward.2.bias", 1, d_model, false, REF_ZEROS};
}

static int check_shape(const ref_block_shape *shape)
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

/* The name of a parameter: that of its block first. */
static void join(char full[2 * REF_NAME_SIZE], const char *block, const char *parameter)
{
    snprintf(full, 2 * REF_NAME_SIZE, "%s.%s", block, parameter);
}

int ref_block_declare(ref_parameters *list, const char *name, const ref_block_shape *shape)
{
    declaration all[N_PARAMETERS];
    int status = check_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    list_declarations(shape, all);
    for (int n = 0; n < N_PARAMETERS && status == GSL_SUCCESS; n++) {
        const declaration *d = &all[n];
        char full[2 * REF_NAME_SIZE];
        join(full, name, d->name);
        status = d->n_rows == 0 ? GSL_SUCCESS
                                : ref_parameters_declare(list, full, d->n_rows, d->n_cols,
                                                         d->is_decayed, d->initialization);
    }
    return status;
}

/* ---- Finding --------------------------------------------------------------------------------- */

/* Windows into the values of a list, or into its gradients: those of a block. */
static void place(gsl_matrix *const all[N_PARAMETERS], const ref_block_shape *shape,
                  gsl_matrix_view m[3], gsl_vector_view v[10], ref_block *block)
{
    size_t d = shape->d_model;
    for (size_t part = 0; part < 3; part++) { /* Q, K, V */
        m[part] = gsl_matrix_submatrix(all[QKV_WEIGHT], 0, part * d, d, d);
        v[part] = gsl_matrix_subrow(all[QKV_BIAS], 0, part * d, d);
    }
    const int rows[] = {OUTPUT_BIAS, NORM_1_GAIN, NORM_1_BIAS, NORM_2_GAIN,
                        NORM_2_BIAS, BIAS_1,      BIAS_2};
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        v[3 + n] = gsl_matrix_row(all[rows[n]], 0);
    }
    *block =
        (ref_block){.gain_1 = &v[4].vector,
                    .bias_1 = &v[5].vector,
                    .attention = {.n_heads = shape->n_heads,
                                  .heads = {&m[0].matrix, &v[0].vector, &m[1].matrix, &v[1].vector,
                                            &m[2].matrix, &v[2].vector},
                                  .weight_o = all[OUTPUT_WEIGHT],
                                  .bias_o = &v[3].vector,
                                  .relative_bias = all[RELATIVE_BIAS]},
                    .gain_2 = &v[6].vector,
                    .bias_2 = &v[7].vector,
                    .feed_forward = {all[WEIGHT_1], &v[8].vector, all[WEIGHT_2], &v[9].vector}};
}

int ref_block_find(const ref_parameters *list, const char *name, const ref_block_shape *shape,
                   ref_block_parameters *found)
{
    declaration all[N_PARAMETERS];
    gsl_matrix *values[N_PARAMETERS] = {NULL}, *gradients[N_PARAMETERS] = {NULL};
    int status = check_shape(shape);
    if (status != GSL_SUCCESS) {
        return status;
    }
    list_declarations(shape, all);
    for (int n = 0; n < N_PARAMETERS; n++) {
        char full[2 * REF_NAME_SIZE];
        join(full, name, all[n].name);
        ref_parameter *p = ref_parameters_find(list, full);
        if (p == NULL ? all[n].n_rows > 0
                      : !has_shape(&p->value.matrix, all[n].n_rows, all[n].n_cols)) {
            GSL_ERROR("a parameter of the block is missing or has another shape", GSL_EINVAL);
        }
        values[n] = p ? &p->value.matrix : NULL;
        gradients[n] = p ? &p->gradient.matrix : NULL;
    }
    place(values, shape, found->matrices[0], found->vectors[0], &found->value);
    place(gradients, shape, found->matrices[1], found->vectors[1], &found->gradient);
    return GSL_SUCCESS;
}

/* ---- The cache ------------------------------------------------------------------------------- */

static bool add_all(ref_block_cache *c, size_t n, const ref_block_shape *shape)
{
    size_t d = shape->d_model;
    ref_query_key_value_cache *heads = &c->attention.heads;
    return add_matrix(&heads->weights, shape->n_heads * n, n) && add_matrix(&heads->q, n, d) &&
           add_matrix(&heads->k, n, d) && add_matrix(&heads->v, n, d) &&
           add_matrix(&c->attention.concatenated, n, d) && add_matrix(&c->norm_1, n, d) &&
           add_matrix(&c->middle, n, d) && add_matrix(&c->norm_2, n, d) &&
           add_matrix(&c->hidden, n, shape->n_hidden) &&
           add_matrix(&c->activated, n, shape->n_hidden) && add_vector(&c->mean_1, n) &&
           add_vector(&c->rate_1, n) && add_vector(&c->mean_2, n) && add_vector(&c->rate_2, n);
}

ref_block_cache *ref_block_cache_alloc(size_t n, const ref_block_shape *shape)
{
    if (check_shape(shape) != GSL_SUCCESS) {
        return NULL;
    }
    if (n == 0 || n > SIZE_MAX / shape->n_heads) {
        GSL_ERROR_NULL("there must be at least one token, and no more than a memory holds",
                       GSL_EINVAL);
    }
    ref_block_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL || !add_all(cache, n, shape)) {
        ref_block_cache_free(cache);
        GSL_ERROR_NULL("no memory for the cache of a block", GSL_ENOMEM);
    }
    return cache;
}

void ref_block_cache_free(ref_block_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    gsl_matrix *const matrices[] = {cache->attention.heads.weights,
                                    cache->attention.heads.q,
                                    cache->attention.heads.k,
                                    cache->attention.heads.v,
                                    cache->attention.concatenated,
                                    cache->norm_1,
                                    cache->middle,
                                    cache->norm_2,
                                    cache->hidden,
                                    cache->activated};
    gsl_vector *const vectors[] = {cache->mean_1, cache->rate_1, cache->mean_2, cache->rate_2};
    for (size_t m = 0; m < sizeof matrices / sizeof matrices[0]; m++) {
        gsl_matrix_free(matrices[m]);
    }
    for (size_t v = 0; v < sizeof vectors / sizeof vectors[0]; v++) {
        gsl_vector_free(vectors[v]);
    }
    free(cache);
}
