/* Where the parameters of a stack stand in a list, and the memory of its cache. */

#include "reference/memory.h"
#include "reference/recurrent_stack.h"
#include "reference/recurrent_stack_checks.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- The parameters -------------------------------------------------------------------------- */

enum { WEIGHT_X, BIAS_X, WEIGHT_H, BIAS_H, N_KINDS };

typedef struct {
    const char *name;
    size_t n_rows, n_cols;
    bool is_decayed;
    ref_initialization initialization;
} declaration;

/* Those of each direction of layer l. The gates of U are square matrices side by side. */
static void list_declarations(const ref_recurrent_stack_shape *shape, size_t l,
                              declaration d[N_KINDS])
{
    size_t n_in = width_into(shape, l), n_hidden = shape->n_hidden;
    size_t n_cols = gates_of(shape->cell) * n_hidden;
    d[WEIGHT_X] = (declaration){"weight_x", n_in, n_cols, true, REF_GLOROT_UNIFORM};
    d[BIAS_X] = (declaration){"bias_x", 1, n_cols, false, REF_ZEROS};
    d[WEIGHT_H] = (declaration){"weight_h", n_hidden, n_cols, true, REF_GLOROT_SQUARES};
    d[BIAS_H] = (declaration){"bias_h", 1, n_cols, false, REF_ZEROS};
}

/* Such as "encoder.0.left.weight_x". */
static void join(char full[2 * REF_NAME_SIZE], const char *stack, size_t l, size_t d,
                 const char *parameter)
{
    snprintf(full, 2 * REF_NAME_SIZE, "%s.%zu.%s.%s", stack, l, d == 0 ? "right" : "left",
             parameter);
}

int ref_recurrent_stack_declare(ref_parameters *list, const char *name,
                                const ref_recurrent_stack_shape *shape)
{
    int status = check_stack_shape(shape);
    size_t n_cells = status == GSL_SUCCESS ? shape->n_layers * directions_of(shape) : 0;
    for (size_t cell = 0; cell < n_cells; cell++) {
        size_t l = cell / directions_of(shape), d = cell % directions_of(shape);
        declaration all[N_KINDS];
        list_declarations(shape, l, all);
        for (int kind = 0; kind < N_KINDS && status == GSL_SUCCESS; kind++) {
            const declaration *one = &all[kind];
            char full[2 * REF_NAME_SIZE];
            join(full, name, l, d, one->name);
            status = ref_parameters_declare(list, full, one->n_rows, one->n_cols, one->is_decayed,
                                            one->initialization);
        }
    }
    return status;
}

/* The parameters of one layer and direction. */
static int find_cell(const ref_parameters *list, const char *name,
                     const ref_recurrent_stack_shape *shape, size_t l, size_t d,
                     ref_recurrent_stack_parameters *found)
{
    declaration all[N_KINDS];
    ref_parameter *p[N_KINDS];
    list_declarations(shape, l, all);
    for (int kind = 0; kind < N_KINDS; kind++) {
        char full[2 * REF_NAME_SIZE];
        join(full, name, l, d, all[kind].name);
        p[kind] = ref_parameters_find(list, full);
        if (!p[kind] || !has_shape(&p[kind]->value.matrix, all[kind].n_rows, all[kind].n_cols)) {
            GSL_ERROR("a parameter of the stack is missing or has another shape", GSL_EINVAL);
        }
    }
    gsl_vector_view *b = found->vectors[0][l][d], *grad_b = found->vectors[1][l][d];
    b[0] = gsl_matrix_row(&p[BIAS_X]->value.matrix, 0);
    b[1] = gsl_matrix_row(&p[BIAS_H]->value.matrix, 0);
    grad_b[0] = gsl_matrix_row(&p[BIAS_X]->gradient.matrix, 0);
    grad_b[1] = gsl_matrix_row(&p[BIAS_H]->gradient.matrix, 0);
    found->value.cells[l][d] = (ref_recurrent_cell){&p[WEIGHT_X]->value.matrix, &b[0].vector,
                                                    &p[WEIGHT_H]->value.matrix, &b[1].vector};
    found->gradient.cells[l][d] =
        (ref_recurrent_cell){&p[WEIGHT_X]->gradient.matrix, &grad_b[0].vector,
                             &p[WEIGHT_H]->gradient.matrix, &grad_b[1].vector};
    return GSL_SUCCESS;
}

int ref_recurrent_stack_find(const ref_parameters *list, const char *name,
                             const ref_recurrent_stack_shape *shape,
                             ref_recurrent_stack_parameters *found)
{
    int status = check_stack_shape(shape);
    *found = (ref_recurrent_stack_parameters){0};
    for (size_t l = 0; status == GSL_SUCCESS && l < shape->n_layers; l++) {
        for (size_t d = 0; status == GSL_SUCCESS && d < directions_of(shape); d++) {
            status = find_cell(list, name, shape, l, d, found);
        }
    }
    return status;
}

/* ---- The cache ------------------------------------------------------------------------------- */

static bool add_all(ref_recurrent_stack_cache *c, size_t n, const ref_recurrent_stack_shape *shape)
{
    size_t n_hidden = shape->n_hidden;
    bool is_there = true;
    for (size_t l = 0; l < shape->n_layers && is_there; l++) {
        is_there = add_matrix(&c->outputs[l], n, width_out_of(shape)) &&
                   (l == 0 || add_matrix(&c->inputs[l], n, width_into(shape, l)));
        for (size_t d = 0; d < directions_of(shape) && is_there; d++) {
            ref_recurrent_cache *cell = &c->cells[l][d];
            is_there = add_matrix(&cell->gates, n, gates_of(shape->cell) * n_hidden) &&
                       (shape->cell == REF_ELMAN || add_matrix(&cell->inner, n, n_hidden));
        }
    }
    return is_there;
}

ref_recurrent_stack_cache *ref_recurrent_stack_cache_alloc(size_t n,
                                                           const ref_recurrent_stack_shape *shape)
{
    if (check_stack_shape(shape) != GSL_SUCCESS) {
        return NULL;
    }
    if (n == 0) {
        GSL_ERROR_NULL("there must be at least one token", GSL_EINVAL);
    }
    ref_recurrent_stack_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL || !add_all(cache, n, shape)) {
        ref_recurrent_stack_cache_free(cache);
        GSL_ERROR_NULL("no memory for the cache of a stack", GSL_ENOMEM);
    }
    return cache;
}

void ref_recurrent_stack_cache_free(ref_recurrent_stack_cache *cache)
{
    for (size_t l = 0; cache && l < REF_MAX_LAYERS; l++) {
        gsl_matrix_free(cache->outputs[l]);
        gsl_matrix_free(cache->inputs[l]);
        for (size_t d = 0; d < REF_MAX_DIRECTIONS; d++) {
            gsl_matrix_free(cache->cells[l][d].gates);
            gsl_matrix_free(cache->cells[l][d].inner);
        }
    }
    free(cache);
}

/* A window into a matrix, which may be NULL. */
static gsl_matrix *rows_of(gsl_matrix *a, size_t first, size_t n, gsl_matrix_view *view)
{
    if (a == NULL) {
        return NULL;
    }
    *view = gsl_matrix_submatrix(a, first, 0, n, a->size2);
    return &view->matrix;
}

void ref_recurrent_stack_cache_rows(const ref_recurrent_stack_cache *cache,
                                    const ref_recurrent_stack_shape *shape, size_t first, size_t n,
                                    ref_recurrent_stack_rows *rows)
{
    *rows = (ref_recurrent_stack_rows){0};
    for (size_t l = 0; l < shape->n_layers; l++) {
        gsl_matrix_view *next = rows->views[l];
        rows->cache.outputs[l] = rows_of(cache->outputs[l], first, n, next++);
        rows->cache.inputs[l] = rows_of(cache->inputs[l], first, n, next++);
        for (size_t d = 0; d < directions_of(shape); d++) {
            const ref_recurrent_cache *cell = &cache->cells[l][d];
            rows->cache.cells[l][d].gates = rows_of(cell->gates, first, n, next++);
            rows->cache.cells[l][d].inner = rows_of(cell->inner, first, n, next++);
        }
    }
}
