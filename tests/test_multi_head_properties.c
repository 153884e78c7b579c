/* Multi-head attention: what may change without changing the result, and what must be 0. */

#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

enum { N = 23, HEADS = 3, WIDTH = 5, D = 10 };

static const heads_sizes plain = {D, D, HEADS, WIDTH, WIDTH, D, 0, false};
static const heads_sizes placed = {D, D, HEADS, WIDTH, WIDTH, D, 4, false};

static gsl_matrix *output_of(const side *s, const gsl_matrix *x, const heads_model *m,
                             const ref_mask *mask)
{
    gsl_matrix *y = new_matrix(x->size1, m->sizes.d_model);
    CHECK_STATUS(side_multi_head(s, x, x, m, mask, y), GSL_SUCCESS, "multi-head attention");
    return y;
}

static void backward(const side *s, const gsl_matrix *x, const heads_model *m, const ref_mask *mask,
                     const gsl_matrix *dy, gsl_matrix *dx)
{
    ref_parameters_zero_gradients(m->list);
    CHECK_STATUS(side_multi_head_backward(s, x, x, m, mask, dy, dx, dx), GSL_SUCCESS, "backward");
}

/* ---- heads ------------------------------------------------------------------------------------- */

/* Groups of width columns, or of rows, in another order. */
static void reorder(gsl_matrix *a, const size_t *heads, size_t width, bool are_rows)
{
    size_t order[HEADS * WIDTH];
    for (size_t n = 0; n < HEADS * width; n++) {
        order[n] = heads[n / width] * width + n % width;
    }
    gsl_matrix_memcpy(a, are_rows ? rows_in_order(a, order) : columns_in_order(a, order));
}

static void head_order_on(const side *s)
{
    const size_t heads[HEADS] = {2, 0, 1};
    heads_model *m = heads_alloc(&placed);
    gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0);
    gsl_matrix *before = output_of(s, x, m, NULL);
    const char *const by_column[] = {"q", "k", "v", "b_q", "b_k", "b_v"};
    for (int n = 0; n < 6; n++) {
        reorder(value_of(m->list, by_column[n]), heads, WIDTH, false);
    }
    reorder(value_of(m->list, "o"), heads, WIDTH, true);
    reorder(value_of(m->list, "relative"), heads, 1, true);
    check_close(output_of(s, x, m, NULL), before, close_on(s, largest_entry(before)), "output");
    heads_free(m);
}
ON_EACH_SIDE(head_order)

/* q . (k + b) = q . k + q . b: the same for all keys of a query. */
static void key_bias_on(const side *s)
{
    heads_model *m = heads_alloc(&placed);
    const ref_mask mask = {.causal = true};
    gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0), *dx = new_matrix(N, D);
    gsl_matrix *dy = random_matrix(suite_rng(), N, D, 1.0);
    gsl_matrix *before = output_of(s, x, m, &mask);
    set_all_of(m->list, "b_k", 3.0);
    check_close(output_of(s, x, m, &mask), before, close_on(s, 10.0), "output");
    backward(s, x, m, &mask, dy, dx);
    gsl_matrix *db = gradient_of(m->list, "b_k");
    check_close(db, new_matrix(1, db->size2), 64.0 * N * s->epsilon * largest_entry(dx),
                "d b_K is 0");
    CHECK(largest_entry(gradient_of(m->list, "b_q")) > 0.01, "d b_Q is not");
    heads_free(m);
}
ON_EACH_SIDE(key_bias)

/* ---- order of the tokens ----------------------------------------------------------------------- */

static double change_by_order(const side *s, const heads_sizes *sizes)
{
    size_t order[N];
    random_order(suite_rng(), N, order);
    heads_model *m = heads_alloc(sizes);
    gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0);
    gsl_matrix *moved = output_of(s, rows_in_order(x, order), m, NULL);
    gsl_matrix_sub(moved, rows_in_order(output_of(s, x, m, NULL), order));
    heads_free(m);
    return largest_entry(moved);
}

static void bag_of_words_on(const side *s)
{
    CHECK_CLOSE(change_by_order(s, &plain), 0.0, close_on(s, 4.0), "without positions");
    CHECK(change_by_order(s, &placed) > 0.01, "with a relative bias the order does not matter");
}
ON_EACH_SIDE(bag_of_words)

/* ---- padding ----------------------------------------------------------------------------------- */

static void check_list_is(const ref_parameters *list, const ref_parameters *expected)
{
    for (size_t n = 0; n < list->n_parameters; n++) {
        check_equal(&list->parameters[n].gradient.matrix, &expected->parameters[n].gradient.matrix,
                    "the gradient of %s", list->parameters[n].name);
    }
}

/* Other garbage behind the length: neither the real rows nor any gradient changes by a bit. */
static void padding_on(const side *s)
{
    size_t length = 15;
    const ref_mask mask = {.key_length = &length};
    heads_model *m = heads_alloc(&placed), *expected = heads_alloc(&placed);
    gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0), *other = copy_of(x);
    gsl_matrix *dy = random_matrix(suite_rng(), N, D, 1.0);
    for (size_t i = length; i < N; i++) {
        for (size_t c = 0; c < D; c++) {
            gsl_matrix_set(other, i, c, random_gaussian(suite_rng(), 100.0));
            gsl_matrix_set(dy, i, c, 0.0);
        }
    }
    gsl_matrix *y = output_of(s, x, m, &mask), *dx = new_matrix(N, D), *dx_other = new_matrix(N, D);
    check_equal(first_rows(output_of(s, other, m, &mask), length), first_rows(y, length),
                "real rows");
    for (size_t n = 0; n < m->list->n_numbers; n++) {
        expected->list->values[n] = m->list->values[n];
    }
    backward(s, x, expected, &mask, dy, dx);
    backward(s, other, m, &mask, dy, dx_other);
    check_equal(dx_other, dx, "grad_x");
    check_list_is(m->list, expected->list);
    for (size_t i = length; i < N; i++) {
        gsl_matrix_view row = gsl_matrix_submatrix(dx, i, 0, 1, D);
        check_zero(&row.matrix, "the gradient of padding row %zu", i);
    }
    heads_free(m);
    heads_free(expected);
}
ON_EACH_SIDE(padding)

/* Cross-attention of one query is that of its row among many. */
static void queries_are_independent_on(const side *s)
{
    heads_model *m = heads_alloc(&(heads_sizes){6, D, HEADS, WIDTH, WIDTH, D, 0, false});
    gsl_matrix *x = random_matrix(suite_rng(), 9, 6, 1.0);
    gsl_matrix *memory = random_matrix(suite_rng(), N, D, 1.0);
    gsl_matrix *all = new_matrix(9, D), *one = new_matrix(1, D);
    side_multi_head(s, x, memory, m, NULL, all);
    side_multi_head(s, first_rows(x, 1), memory, m, NULL, one);
    check_close(one, first_rows(all, 1), close_on(s, 4.0), "the first query");
    heads_free(m);
}
ON_EACH_SIDE(queries_are_independent)

static const test tests[] = {
    {"31: the order of the heads does not matter", head_order},
    {"32: a key bias changes nothing, and its gradient is 0", key_bias},
    {"without positions the order of the tokens does not matter, with a relative bias it does",
     bag_of_words},
    {"34: padding changes no bit of the real rows and of any gradient", padding},
    {"in cross-attention queries do not see each other", queries_are_independent},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
