#include "exercises/checker/problem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- random numbers: splitmix64, the same on every system ------------------------------------ */

uint64_t random_bits(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double draw_uniform(problem *p)
{
    return (double)(random_bits(&p->random) >> 11) * 0x1p-53;
}

double draw_normal(problem *p)
{
    double radius = sqrt(-2.0 * log(1.0 - draw_uniform(p)));
    return radius * cos(2.0 * M_PI * draw_uniform(p));
}

size_t draw_index(problem *p, size_t n)
{
    return (size_t)(draw_uniform(p) * (double)n);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

static _Noreturn void author_error(const char *what, const char *name)
{
    fprintf(stderr, "check.c: %s: %s\n", what, name);
    exit(3);
}

size_t array_cells(const problem_array *array)
{
    return (array->n_rows + 1) * array->tda;
}

void array_bind(problem_array *array)
{
    double *first = array->block + array->tda;
    array->matrix =
        gsl_matrix_view_array_with_tda(first, array->n_rows, array->n_cols, array->tda).matrix;
    array->vector = gsl_vector_view_array_with_stride(first, array->tda, array->n_rows).vector;
}

double array_get(const problem_array *array, size_t i, size_t j)
{
    return array->block[(i + 1) * array->tda + j];
}

/* Guards are ordinary large numbers: whoever reads one gets a wrong result, not a special one. */
static problem_array *add(problem *p, const char *name, array_kind kind, array_role role,
                          size_t n_rows, size_t n_cols)
{
    if (p->n_arrays == PROBLEM_ARRAYS || strlen(name) >= PROBLEM_NAME || n_rows * n_cols == 0) {
        author_error("too many arrays, too long a name, or a size of 0", name);
    }
    problem_array *array = &p->arrays[p->n_arrays++];
    bool is_list = kind == ARRAY_INDICES;
    *array = (problem_array){.role = role,
                             .kind = kind,
                             .n_rows = n_rows,
                             .n_cols = n_cols,
                             .tda = n_cols + (is_list ? 0 : PROBLEM_GUARD)};
    strcpy(array->name, name);
    array->block = malloc(array_cells(array) * sizeof(double));
    if (!array->block) {
        author_error("no memory for", name);
    }
    for (size_t n = 0; n < array_cells(array); n++) {
        array->block[n] = -7e77 * (1.0 + draw_uniform(p));
    }
    array_bind(array);
    return array;
}

static problem_array *add_normal(problem *p, const char *name, array_kind kind, array_role role,
                                 size_t n_rows, size_t n_cols)
{
    problem_array *array = add(p, name, kind, role, n_rows, n_cols);
    for (size_t i = 0; i < n_rows; i++) {
        for (size_t j = 0; j < n_cols; j++) {
            gsl_matrix_set(&array->matrix, i, j, draw_normal(p));
        }
    }
    return array;
}

gsl_matrix *give_matrix(problem *p, const char *name, size_t n_rows, size_t n_cols)
{
    return &add_normal(p, name, ARRAY_MATRIX, ARRAY_GIVEN, n_rows, n_cols)->matrix;
}

gsl_vector *give_vector(problem *p, const char *name, size_t n)
{
    return &add_normal(p, name, ARRAY_VECTOR, ARRAY_GIVEN, n, 1)->vector;
}

size_t *give_indices(problem *p, const char *name, size_t n, size_t below)
{
    problem_array *array = add(p, name, ARRAY_INDICES, ARRAY_GIVEN, n, 1);
    size_t *indices = (size_t *)(void *)(array->block + array->tda);
    for (size_t i = 0; i < n; i++) {
        indices[i] = draw_index(p, below);
    }
    return indices;
}

void want_matrix(problem *p, const char *name, size_t n_rows, size_t n_cols)
{
    add(p, name, ARRAY_MATRIX, ARRAY_WANTED, n_rows, n_cols);
}

void want_vector(problem *p, const char *name, size_t n)
{
    add(p, name, ARRAY_VECTOR, ARRAY_WANTED, n, 1);
}

gsl_matrix *update_matrix(problem *p, const char *name, size_t n_rows, size_t n_cols)
{
    return &add_normal(p, name, ARRAY_MATRIX, ARRAY_UPDATED, n_rows, n_cols)->matrix;
}

gsl_vector *update_vector(problem *p, const char *name, size_t n)
{
    return &add_normal(p, name, ARRAY_VECTOR, ARRAY_UPDATED, n, 1)->vector;
}

void give_counted(problem *p, const char *name, size_t n_rows, size_t n_cols)
{
    add_normal(p, name, ARRAY_COUNTED, ARRAY_GIVEN, n_rows, n_cols);
}

void want_counted(problem *p, const char *name, size_t n_rows, size_t n_cols)
{
    add(p, name, ARRAY_COUNTED, ARRAY_WANTED, n_rows, n_cols);
}

void give_number(problem *p, const char *name, double value)
{
    if (p->n_numbers == PROBLEM_NUMBERS || strlen(name) >= PROBLEM_NAME) {
        author_error("too many numbers, or too long a name", name);
    }
    strcpy(p->numbers[p->n_numbers].name, name);
    p->numbers[p->n_numbers++].value = value;
}

/* ---- look-up --------------------------------------------------------------------------------- */

static problem_array *find(problem *p, const char *name)
{
    for (size_t n = 0; n < p->n_arrays; n++) {
        if (strcmp(p->arrays[n].name, name) == 0) {
            return &p->arrays[n];
        }
    }
    author_error("no array has this name", name);
}

gsl_matrix *matrix_of(problem *p, const char *name)
{
    return &find(p, name)->matrix;
}

gsl_vector *vector_of(problem *p, const char *name)
{
    return &find(p, name)->vector;
}

size_t *indices_of(problem *p, const char *name)
{
    problem_array *array = find(p, name);
    return (size_t *)(void *)(array->block + array->tda);
}

counted_matrix counted_of(problem *p, const char *name)
{
    return (counted_matrix){(int)(find(p, name) - p->arrays)};
}

double number_of(const problem *p, const char *name)
{
    for (size_t n = 0; n < p->n_numbers; n++) {
        if (strcmp(p->numbers[n].name, name) == 0) {
            return p->numbers[n].value;
        }
    }
    author_error("no number has this name", name);
}

size_t size_of(const problem *p, const char *name)
{
    return (size_t)number_of(p, name);
}

/* ---- the whole ------------------------------------------------------------------------------- */

void problem_begin(problem *p, uint64_t seed, size_t repeat)
{
    *p = (problem){.random = seed, .repeat = repeat};
    p->id = random_bits(&p->random);
}

/* Quiet, with a payload: it survives += and * by anything. */
static double untouched(void)
{
    uint64_t bits = 0x7ff8dead0000beefu;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

bool is_untouched(double x)
{
    double mark = untouched();
    return memcmp(&x, &mark, sizeof x) == 0;
}

void problem_fill(problem *p, fill_kind fill)
{
    uint64_t state = p->id;
    p->fill = fill;
    for (size_t n = 0; n < p->n_arrays; n++) {
        problem_array *array = &p->arrays[n];
        for (size_t i = 0; array->role == ARRAY_WANTED && i < array->n_rows; i++) {
            for (size_t j = 0; j < array->n_cols; j++) {
                double x = 1.0 + (double)(random_bits(&state) >> 11) * 0x1p-53;
                array->block[(i + 1) * array->tda + j] = fill == FILL_NAN ? untouched() : x;
            }
        }
    }
}

void problem_copy(problem *to, const problem *from)
{
    *to = *from;
    for (size_t n = 0; n < to->n_arrays; n++) {
        size_t n_bytes = array_cells(&to->arrays[n]) * sizeof(double);
        to->arrays[n].block = malloc(n_bytes);
        if (!to->arrays[n].block) {
            author_error("no memory for", to->arrays[n].name);
        }
        memcpy(to->arrays[n].block, from->arrays[n].block, n_bytes);
        array_bind(&to->arrays[n]);
    }
}

void problem_free(problem *p)
{
    for (size_t n = 0; n < p->n_arrays; n++) {
        free(p->arrays[n].block);
    }
    p->n_arrays = 0;
}
