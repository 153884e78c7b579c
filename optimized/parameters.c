/* The list of all parameters.
 *
 * What differs from reference/parameters.c:
 *   1. each parameter starts a cache line, so that the kernels meet whole vectors only. What lies
 *      between two parameters is 0, and an update leaves it 0;
 *   2. in memory, those that decay come first: an update is one loop over an array in two parts,
 *      and need not know where parameters begin. */
#include "optimized/parameters.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* 1. Floats of a cache line. */
enum { LINE = FAST_ALIGNMENT / sizeof(float) };

fast_parameters *fast_parameters_alloc(void)
{
    fast_parameters *list = calloc(1, sizeof *list);
    if (list == NULL) {
        GSL_ERROR_NULL("no memory for a list of parameters", GSL_ENOMEM);
    }
    return list;
}

void fast_parameters_free(fast_parameters *list)
{
    if (list != NULL) {
        fast_workspace_free(list->memory);
        free(list->parameters);
        free(list);
    }
}

static int check_declaration(const fast_parameters *list, const char *name, size_t n_rows,
                             size_t n_cols)
{
    size_t n, n_all;
    if (list->memory != NULL) {
        GSL_ERROR("all parameters must be declared before the list is allocated", GSL_EINVAL);
    }
    if (name[0] == '\0' || strlen(name) >= FAST_NAME_SIZE) {
        GSL_ERROR("the name of a parameter must have 1 to 95 bytes", GSL_EINVAL);
    }
    if (fast_parameters_find(list, name) != NULL) {
        GSL_ERROR("no two parameters may have the same name", GSL_EINVAL);
    }
    if (n_rows == 0 || n_cols == 0) {
        GSL_ERROR("a parameter must have at least one row and one column", GSL_EINVAL);
    }
    if (__builtin_mul_overflow(n_rows, n_cols, &n) || padded_to(n, LINE) == SIZE_MAX ||
        __builtin_add_overflow(list->n_floats, padded_to(n, LINE), &n_all) ||
        n_all > SIZE_MAX / (2 * sizeof(float))) {
        GSL_ERROR("there are more numbers than a memory can hold", GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/** One more place at the end of the list; the room doubles whenever it is full. */
static int make_room(fast_parameters *list)
{
    size_t n = list->n_parameters;
    bool is_full = (n & (n - 1)) == 0; /* 0 or a power of two */
    if (is_full) {
        size_t room = n > 0 ? 2 * n : 1;
        fast_parameter *longer = realloc(list->parameters, room * sizeof *longer);
        if (longer == NULL) {
            GSL_ERROR("no memory for another parameter", GSL_ENOMEM);
        }
        list->parameters = longer;
    }
    return GSL_SUCCESS;
}

int fast_parameters_declare(fast_parameters *list, const char *name, size_t n_rows, size_t n_cols,
                            bool is_decayed)
{
    int status = check_declaration(list, name, n_rows, n_cols);
    if (status == GSL_SUCCESS) {
        status = make_room(list);
    }
    if (status != GSL_SUCCESS) {
        list->status = list->status != GSL_SUCCESS ? list->status : status;
        return status;
    }
    fast_parameter *p = &list->parameters[list->n_parameters++];
    *p = (fast_parameter){.n_rows = n_rows, .n_cols = n_cols, .is_decayed = is_decayed};
    memcpy(p->name, name, strlen(name) + 1);
    list->n_floats += padded_to(n_rows * n_cols, LINE);
    return GSL_SUCCESS;
}

/** Give the parameters that decay, or those that do not, their place from offset on. */
static size_t place(fast_parameters *list, bool is_decayed, size_t offset)
{
    for (size_t i = 0; i < list->n_parameters; i++) {
        fast_parameter *p = &list->parameters[i];
        if (p->is_decayed == is_decayed) {
            p->offset = offset;
            p->value = fast_view_matrix(list->values + offset, p->n_rows, p->n_cols);
            p->gradient = fast_view_matrix(list->gradients + offset, p->n_rows, p->n_cols);
            offset += padded_to(p->n_rows * p->n_cols, LINE); /* 1 */
        }
    }
    return offset;
}

int fast_parameters_allocate(fast_parameters *list)
{
    if (list->status != GSL_SUCCESS) {
        GSL_ERROR("a parameter could not be declared", list->status);
    }
    if (list->memory != NULL || list->n_parameters == 0) {
        GSL_ERROR("a list must have parameters, and be allocated once", GSL_EINVAL);
    }
    size_t n_bytes = list->n_floats * sizeof(float);
    list->memory = fast_workspace_alloc(2 * n_bytes);
    if (list->memory == NULL) {
        return GSL_ENOMEM;
    }
    list->values = fast_workspace_take(list->memory, n_bytes);
    list->gradients = fast_workspace_take(list->memory, n_bytes);
    memset(list->values, 0, n_bytes);
    memset(list->gradients, 0, n_bytes);
    list->n_decayed = place(list, true, 0); /* 2 */
    place(list, false, list->n_decayed);
    return GSL_SUCCESS;
}

fast_parameter *fast_parameters_find(const fast_parameters *list, const char *name)
{
    for (size_t i = 0; i < list->n_parameters; i++) {
        if (strcmp(list->parameters[i].name, name) == 0) {
            return &list->parameters[i];
        }
    }
    return NULL;
}

size_t fast_parameters_count(const fast_parameters *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n_parameters; i++) {
        n += list->parameters[i].n_rows * list->parameters[i].n_cols;
    }
    return n;
}

void fast_parameters_zero_gradients(fast_parameters *list)
{
    memset(list->gradients, 0, list->n_floats * sizeof *list->gradients);
}
