/* Where the parameters of a stack stand in a list, and how its cache lies in memory.
 *
 * What differs from reference/recurrent_stack_parameters.c:
 *   1. a view needs no place to stand in;
 *   2. a cache is laid out in a workspace of the caller's: nothing is allocated or freed;
 *   3. the two directions of a layer write side by side into one matrix. */
#include "optimized/recurrent_checks.h"
#include "optimized/recurrent_stack.h"
#include "optimized/recurrent_stack_checks.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <stdio.h>

/* ---- The parameters of one walk, each a row of one table ------------------------------------- */

enum { WEIGHT_X, BIAS_X, WEIGHT_H, BIAS_H, N_PARAMETERS };

typedef struct {
    const char *name;
    size_t n_rows, n_cols;
    bool is_decayed;
} declaration;

static void list_declarations(const fast_recurrent_stack_shape *shape, size_t layer,
                              declaration d[N_PARAMETERS])
{
    size_t n_in = layer == 0 ? shape->n_in : fast_recurrent_stack_width(shape);
    size_t n_columns = fast_recurrent_gates(shape->cell) * shape->n_hidden;
    d[WEIGHT_X] = (declaration){"weight_x", n_in, n_columns, true};
    d[BIAS_X] = (declaration){"bias_x", 1, n_columns, false};
    d[WEIGHT_H] = (declaration){"weight_h", shape->n_hidden, n_columns, true};
    d[BIAS_H] = (declaration){"bias_h", 1, n_columns, false};
}

/** The name of a parameter: that of its stack first, then layer and direction. */
static void join(char full[2 * FAST_NAME_SIZE], const char *stack, size_t layer, size_t direction,
                 const char *parameter)
{
    static const char *const directions[] = {"right", "left"};
    snprintf(full, 2 * FAST_NAME_SIZE, "%s.%zu.%s.%s", stack, layer, directions[direction],
             parameter);
}

static int declare_walk(fast_parameters *list, const char *name,
                        const fast_recurrent_stack_shape *shape, size_t layer, size_t direction)
{
    declaration all[N_PARAMETERS];
    int status = GSL_SUCCESS;
    list_declarations(shape, layer, all);
    for (int n = 0; n < N_PARAMETERS && status == GSL_SUCCESS; n++) {
        char full[2 * FAST_NAME_SIZE];
        join(full, name, layer, direction, all[n].name);
        status =
            fast_parameters_declare(list, full, all[n].n_rows, all[n].n_cols, all[n].is_decayed);
    }
    return status;
}

int fast_recurrent_stack_declare(fast_parameters *list, const char *name,
                                 const fast_recurrent_stack_shape *shape)
{
    int status = fast_recurrent_stack_check_shape(shape);
    for (size_t l = 0; l < shape->n_layers && status == GSL_SUCCESS; l++) {
        for (size_t d = 0; d < n_directions_of(shape) && status == GSL_SUCCESS; d++) {
            status = declare_walk(list, name, shape, l, d);
        }
    }
    return status;
}

/** Windows into the values of a list, or into its gradients. */
static fast_recurrent_cell place(const fast_view all[N_PARAMETERS])
{
    return (fast_recurrent_cell){all[WEIGHT_X], all[BIAS_X], all[WEIGHT_H], all[BIAS_H]}; /* 1 */
}

static int find_walk(const fast_parameters *list, const char *name,
                     const fast_recurrent_stack_shape *shape, size_t layer, size_t direction,
                     fast_recurrent_stack_parameters *found)
{
    declaration all[N_PARAMETERS];
    fast_view values[N_PARAMETERS], gradients[N_PARAMETERS];
    list_declarations(shape, layer, all);
    for (int n = 0; n < N_PARAMETERS; n++) {
        char full[2 * FAST_NAME_SIZE];
        join(full, name, layer, direction, all[n].name);
        fast_parameter *p = fast_parameters_find(list, full);
        if (p == NULL || !has_shape(&p->value, all[n].n_rows, all[n].n_cols)) {
            GSL_ERROR("a parameter of the stack is missing or has another shape", GSL_EINVAL);
        }
        values[n] = p->value;
        gradients[n] = p->gradient;
    }
    found->value.cells[layer][direction] = place(values);
    found->gradient.cells[layer][direction] = place(gradients);
    return GSL_SUCCESS;
}

int fast_recurrent_stack_find(const fast_parameters *list, const char *name,
                              const fast_recurrent_stack_shape *shape,
                              fast_recurrent_stack_parameters *found)
{
    int status = fast_recurrent_stack_check_shape(shape);
    *found = (fast_recurrent_stack_parameters){0};
    for (size_t l = 0; l < shape->n_layers && status == GSL_SUCCESS; l++) {
        for (size_t d = 0; d < n_directions_of(shape) && status == GSL_SUCCESS; d++) {
            status = find_walk(list, name, shape, l, d, found);
        }
    }
    return status;
}

/* ---- The cache ------------------------------------------------------------------------------- */

static size_t lay_out_walk(size_t n_batch, size_t n, const fast_recurrent_stack_shape *shape,
                           fast_workspace *memory, fast_recurrent_cache *cache)
{
    size_t n_columns = fast_recurrent_gates(shape->cell) * shape->n_hidden;
    size_t size = take_view(memory, n_batch, 1, n, n_columns, &cache->gates);
    if (shape->cell != FAST_ELMAN) {
        size =
            fast_size_sum(size, take_view(memory, n_batch, 1, n, shape->n_hidden, &cache->inner));
    }
    return size;
}

size_t fast_recurrent_stack_cache_layout(size_t n_batch, size_t n,
                                         const fast_recurrent_stack_shape *shape,
                                         fast_workspace *memory, fast_recurrent_stack_cache *cache)
{
    size_t width = fast_recurrent_stack_width(shape), size = 0;
    *cache = (fast_recurrent_stack_cache){0};
    for (size_t l = 0; l < shape->n_layers; l++) {
        for (size_t d = 0; d < n_directions_of(shape); d++) {
            size =
                fast_size_sum(size, lay_out_walk(n_batch, n, shape, memory, &cache->cells[l][d]));
        }
        size = fast_size_sum(size, take_view(memory, n_batch, 1, n, width, &cache->outputs[l]));
        if (l > 0) {
            size = fast_size_sum(size, take_view(memory, n_batch, 1, n, width, &cache->inputs[l]));
        }
    }
    return size;
}

void fast_recurrent_stack_cache_rows(const fast_recurrent_stack_cache *cache,
                                     const fast_recurrent_stack_shape *shape, size_t first,
                                     size_t n, fast_recurrent_stack_cache *rows)
{
    *rows = (fast_recurrent_stack_cache){0};
    for (size_t l = 0; l < shape->n_layers; l++) {
        for (size_t d = 0; d < n_directions_of(shape); d++) {
            const fast_recurrent_cache *all = &cache->cells[l][d];
            rows->cells[l][d].gates = fast_view_rows(&all->gates, first, n);
            rows->cells[l][d].inner = fast_view_rows(&all->inner, first, n);
        }
        rows->outputs[l] = fast_view_rows(&cache->outputs[l], first, n);
        rows->inputs[l] = fast_view_rows(&cache->inputs[l], first, n);
    }
}
