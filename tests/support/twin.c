#include "tests/support/twin.h"

#include "tests/support/random_input.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An odd number of floats between rows: no row but the first starts where a vector would like. */
enum { GAP = 3 };

twin twin_alloc(size_t n_batch, size_t n_heads, size_t n_rows, size_t n_cols, twin_layout layout)
{
    twin t = {.view = fast_view_tensor(NULL, n_batch, n_heads, n_rows, n_cols)};
    if (layout == TWIN_SPLIT) {
        t.view.head_stride = n_cols;
        t.view.row_stride = n_heads * n_cols + GAP;
        t.view.batch_stride = n_rows * t.view.row_stride;
    }
    t.n_doubles = n_batch * n_heads * n_rows * n_cols;
    t.n_floats = n_batch * t.view.batch_stride;
    t.wide = malloc(t.n_doubles * sizeof *t.wide);
    t.floats = malloc(t.n_floats * sizeof *t.floats);
    t.pristine = malloc(t.n_floats * sizeof *t.pristine);
    t.view.data = t.floats;
    for (size_t i = 0; i < t.n_floats; i++) {
        t.floats[i] = NAN;
    }
    for (size_t i = 0; i < t.n_doubles; i++) {
        t.wide[i] = NAN;
    }
    twin_seal(&t);
    return t;
}

twin twin_of_matrix(const gsl_matrix *a)
{
    twin t = twin_alloc(1, 1, a->size1, a->size2, TWIN_DENSE);
    gsl_matrix_view wide = twin_matrix(&t, 0, 0);
    gsl_matrix_memcpy(&wide.matrix, a);
    twin_round(&t);
    return t;
}

void twin_free(twin *t)
{
    free(t->wide);
    free(t->floats);
    free(t->pristine);
    *t = (twin){0};
}

gsl_matrix_view twin_matrix(const twin *t, size_t batch, size_t head)
{
    const fast_view *v = &t->view;
    size_t index = (batch * v->n_heads + head) * v->n_rows * v->n_cols;
    return gsl_matrix_view_array(t->wide + index, v->n_rows, v->n_cols);
}

/* Calls visit with the float and the double of every entry. */
static void for_each_entry(const twin *t, void (*visit)(float *, double *, void *), void *data)
{
    const fast_view *v = &t->view;
    double *wide = t->wide;
    for (size_t b = 0; b < v->n_batch; b++) {
        for (size_t h = 0; h < v->n_heads; h++) {
            for (size_t i = 0; i < v->n_rows; i++) {
                float *row = fast_view_at(v, b, h) + i * v->row_stride;
                for (size_t c = 0; c < v->n_cols; c++) {
                    visit(row + c, wide++, data);
                }
            }
        }
    }
}

static void round_entry(float *narrow, double *wide, void *unused)
{
    (void)unused;
    *narrow = (float)*wide;
    *wide = *narrow;
}

void twin_round(twin *t)
{
    for_each_entry(t, round_entry, NULL);
    twin_seal(t);
}

void twin_widen(const twin *t, size_t batch, size_t head, gsl_matrix *a)
{
    for (size_t i = 0; i < t->view.n_rows; i++) {
        const float *row = fast_view_at(&t->view, batch, head) + i * t->view.row_stride;
        for (size_t c = 0; c < t->view.n_cols; c++) {
            gsl_matrix_set(a, i, c, row[c]);
        }
    }
}

void twin_fill(twin *t, gsl_rng *rng, double sigma)
{
    for (size_t i = 0; i < t->n_doubles; i++) {
        t->wide[i] = random_gaussian(rng, sigma);
    }
    twin_round(t);
}

void twin_set_all(twin *t, double value)
{
    for (size_t i = 0; i < t->n_doubles; i++) {
        t->wide[i] = value;
    }
    twin_round(t);
}

void twin_seal(twin *t)
{
    memcpy(t->pristine, t->floats, t->n_floats * sizeof *t->floats);
}

void twin_restore(twin *t)
{
    memcpy(t->floats, t->pristine, t->n_floats * sizeof *t->floats);
}

bool twin_is_unchanged(const twin *t)
{
    return memcmp(t->floats, t->pristine, t->n_floats * sizeof *t->floats) == 0;
}

bool twin_gaps_are_intact(const twin *t)
{
    /* Put the entries of the view over a copy of the sealed floats: then all must be equal. */
    const fast_view *v = &t->view;
    float *expected = malloc(t->n_floats * sizeof *expected);
    memcpy(expected, t->pristine, t->n_floats * sizeof *expected);
    for (size_t b = 0; b < v->n_batch; b++) {
        for (size_t h = 0; h < v->n_heads; h++) {
            for (size_t i = 0; i < v->n_rows; i++) {
                size_t row = b * v->batch_stride + h * v->head_stride + i * v->row_stride;
                memcpy(expected + row, t->floats + row, v->n_cols * sizeof *expected);
            }
        }
    }
    bool intact = memcmp(expected, t->floats, t->n_floats * sizeof *expected) == 0;
    free(expected);
    return intact;
}
