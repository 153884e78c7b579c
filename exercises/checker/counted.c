#include "exercises/checker/counted.h"
#include "exercises/checker/access.h"

#include <stdio.h>
#include <stdlib.h>

static problem *attached;
static void (*accesses)(counted_access access);

void counted_attach(problem *p, void (*sink)(counted_access access))
{
    attached = p;
    accesses = sink;
}

/* The number of a matrix comes from the learner's hands: anything may be in it. */
static problem_array *array_of(counted_matrix m)
{
    if (!attached || m.number < 0 || (size_t)m.number >= attached->n_arrays ||
        attached->arrays[m.number].kind != ARRAY_COUNTED) {
        fprintf(stderr, "counted: this is not one of the matrices that were handed over\n");
        abort();
    }
    return &attached->arrays[m.number];
}

static double *cell(counted_matrix m, size_t i, size_t j, counted_access store)
{
    problem_array *array = array_of(m);
    if (i >= array->n_rows || j >= array->n_cols) {
        fprintf(stderr, "counted: cell (%zu, %zu) of %s, which is %zu x %zu\n", i, j, array->name,
                array->n_rows, array->n_cols);
        abort();
    }
    if (accesses) {
        accesses(store << ACCESS_STORE | (counted_access)m.number << ACCESS_ARRAY |
                 (counted_access)(i * array->n_cols + j));
    }
    return array->block + (i + 1) * array->tda + j;
}

size_t counted_rows(counted_matrix m)
{
    return array_of(m)->n_rows;
}

size_t counted_cols(counted_matrix m)
{
    return array_of(m)->n_cols;
}

double counted_get(counted_matrix m, size_t i, size_t j)
{
    return *cell(m, i, j, 0);
}

void counted_set(counted_matrix m, size_t i, size_t j, double x)
{
    *cell(m, i, j, 1) = x;
}
