/* The block: what may change without changing the result, what must be 0, and the same bits for any
 * number of threads. */

#include "chapters/common/files/parameters_twin.h"
#include "optimized/block.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 19, D = 12, LENGTH = 13 };

static ref_block_shape shape_of(ref_norm_place norm, size_t clip)
{
    return (ref_block_shape){.d_model = D,
                             .n_heads = 3,
                             .n_hidden = 20,
                             .clip = clip,
                             .norm = norm,
                             .activation = REF_GELU,
                             .epsilon = 1e-5};
}

static gsl_matrix *output_of(const side *s, const gsl_matrix *x, const block_model *m,
                             const ref_mask *mask, const ref_dropout *dropout)
{
    gsl_matrix *y = new_matrix(x->size1, D);
    CHECK_STATUS(side_block(s, x, m, mask, dropout, y), GSL_SUCCESS, "block");
    return y;
}

/* ---- padding ----------------------------------------------------------------------------------- */

/* Gradients, with other garbage in the padding each time. Returns grad_x. */
static gsl_matrix *gradients_of(const side *s, const gsl_matrix *x, const gsl_matrix *dy,
                                const block_model *m, const ref_mask *mask,
                                const ref_dropout *dropout)
{
    gsl_matrix *dx = new_matrix(N, D);
    ref_parameters_zero_gradients(m->list);
    CHECK_STATUS(side_block_backward(s, x, m, mask, dropout, dy, dx), GSL_SUCCESS, "backward");
    return dx;
}

static void check_padding(const side *s, ref_norm_place norm, const ref_dropout *dropout)
{
    size_t length = LENGTH;
    const ref_mask mask = {.key_length = &length};
    ref_block_shape shape = shape_of(norm, 3);
    block_model *m = block_alloc(&shape);
    gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0), *other = copy_of(x);
    gsl_matrix *dy = random_matrix(suite_rng(), N, D, 1.0);
    for (size_t i = LENGTH; i < N; i++) {
        for (size_t c = 0; c < D; c++) {
            gsl_matrix_set(other, i, c, random_gaussian(suite_rng(), 100.0));
            gsl_matrix_set(dy, i, c, 0.0);
        }
    }
    check_equal(first_rows(output_of(s, other, m, &mask, dropout), LENGTH),
                first_rows(output_of(s, x, m, &mask, dropout), LENGTH), "real rows");
    gsl_matrix *dx = gradients_of(s, x, dy, m, &mask, dropout);
    gsl_matrix_view all = gsl_matrix_view_array(m->list->gradients, 1, m->list->n_numbers);
    gsl_matrix *before = copy_of(&all.matrix);
    check_equal(gradients_of(s, other, dy, m, &mask, dropout), dx, "grad_x");
    check_equal(&all.matrix, before, "gradients of the parameters");
    gsl_matrix_view padding = gsl_matrix_submatrix(dx, LENGTH, 0, N - LENGTH, D);
    check_zero(&padding.matrix, "the gradient of the padding");
    CHECK(largest_entry(before) > 0.01, "there are no gradients at all");
    block_free(m);
}

static void padding_on(const side *s)
{
    const ref_dropout dropout = {.rate = 0.2, .seed = 9};
    for (ref_norm_place norm = REF_PRE_NORM; norm <= REF_POST_NORM; norm++) {
        check_padding(s, norm, NULL);
        check_padding(s, norm, &dropout);
    }
}
ON_EACH_SIDE(padding)

/* ---- order of the tokens ----------------------------------------------------------------------- */

static double change_by_order(const side *s, size_t clip)
{
    size_t order[N];
    random_order(suite_rng(), N, order);
    ref_block_shape first = shape_of(REF_PRE_NORM, clip), second = shape_of(REF_POST_NORM, clip);
    block_model *a = block_alloc(&first), *b = block_alloc(&second);
    gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0), *moved = rows_in_order(x, order);
    gsl_matrix *y = output_of(s, output_of(s, x, a, NULL, NULL), b, NULL, NULL);
    gsl_matrix *z = output_of(s, output_of(s, moved, a, NULL, NULL), b, NULL, NULL);
    gsl_matrix_sub(z, rows_in_order(y, order));
    block_free(a);
    block_free(b);
    return largest_entry(z);
}

static void bag_of_words_on(const side *s)
{
    CHECK_CLOSE(change_by_order(s, 0), 0.0, close_on(s, 10.0), "two blocks without positions");
    CHECK(change_by_order(s, 2) > 0.01, "with a relative bias the order does not matter");
}
ON_EACH_SIDE(bag_of_words)

/* ---- normalisation and dropout ----------------------------------------------------------------- */

/* Property 43, where a normalisation has the last word. */
static void rows_are_normal_on(const side *s)
{
    ref_block_shape shape = shape_of(REF_POST_NORM, 0);
    block_model *m = block_alloc(&shape);
    set_all_of(m->list, "block.norm_2.gain", 1.0);
    set_all_of(m->list, "block.norm_2.bias", 0.0);
    gsl_matrix *y = output_of(s, random_matrix(suite_rng(), N, D, 1.0), m, NULL, NULL);
    for (size_t i = 0; i < N; i++) {
        double sum = 0.0, squares = 0.0;
        for (size_t c = 0; c < D; c++) {
            sum += gsl_matrix_get(y, i, c);
            squares += gsl_pow_2(gsl_matrix_get(y, i, c));
        }
        CHECK_CLOSE(sum / D, 0.0, close_on(s, 1.0), "mean");
        CHECK_CLOSE(squares / D, 1.0, 1e-3, "mean square, but for epsilon");
    }
    block_free(m);
}
ON_EACH_SIDE(rows_are_normal)

/* A rate of 0 leaves nothing out; another seed leaves out others. */
static void seeds_on(const side *s)
{
    ref_block_shape shape = shape_of(REF_PRE_NORM, 0);
    block_model *m = block_alloc(&shape);
    gsl_matrix *x = random_matrix(suite_rng(), N, D, 1.0);
    const ref_dropout none = {.rate = 0.0, .seed = 1}, one = {.rate = 0.5, .seed = 1};
    const ref_dropout other = {.rate = 0.5, .seed = 2};
    check_equal(output_of(s, x, m, NULL, &none), output_of(s, x, m, NULL, NULL), "a rate of 0");
    gsl_matrix *y = output_of(s, x, m, NULL, &one);
    check_equal(output_of(s, x, m, NULL, &one), y, "the same seed");
    gsl_matrix_sub(y, output_of(s, x, m, NULL, &other));
    CHECK(largest_entry(y) > 0.1, "another seed leaves out the same");
    block_free(m);
}
ON_EACH_SIDE(seeds)

/* ---- batches and threads, optimized side ------------------------------------------------------- */

enum { N_BATCH = 3, MOST_THREADS = 4 };

/* One run forward and backward; grad_x and the gradients of the list start at 0. */
static void run_batch(const fast_view *x, const fast_view *dy, const fast_block_shape *shape,
                      fast_parameters *list, const size_t *lengths, const fast_dropout *dropout,
                      fast_view *y, fast_view *dx, const fast_kernels *kernels, int n_threads)
{
    fast_block_parameters found;
    fast_block_cache cache;
    fast_block_find(list, "block", shape, &found);
    fast_parameters_zero_gradients(list);
    fast_mask mask = {.key_lengths = lengths};
    size_t n_cache = fast_block_cache_layout(x->n_batch, x->n_rows, shape, NULL, &cache);
    fast_workspace *memory = fast_workspace_alloc(n_cache);
    fast_block_cache_layout(x->n_batch, x->n_rows, shape, memory, &cache);
    fast_context ask = {kernels, n_threads, NULL};
    guarded_context *guarded =
        guarded_alloc(kernels, n_threads,
                      GSL_MAX(fast_block_forward_size(x, &found.value, shape, &ask),
                              fast_block_backward_size(x, &found.value, shape, &ask)));
    CHECK_STATUS(
        fast_block_forward(x, &found.value, shape, &mask, dropout, &cache, y, &guarded->context),
        GSL_SUCCESS, "forward");
    CHECK_STATUS(fast_block_backward(x, &found.value, shape, &mask, dropout, &cache, dy, dx,
                                     &found.gradient, &guarded->context),
                 GSL_SUCCESS, "backward");
    guarded_free(guarded);
    fast_workspace_free(memory);
}

/* A batch with dropout and lengths, on one side of the comparison. */
typedef struct {
    block_model *model;
    fast_parameters *list;
    fast_block_shape shape;
    twin x, dy, y, dx;
    size_t lengths[N_BATCH];
} batch;

static batch new_batch(size_t n, size_t d_model)
{
    ref_block_shape shape = shape_of(REF_PRE_NORM, 4);
    shape.d_model = d_model;
    batch b = {.model = block_alloc(&shape), .lengths = {n, n / 2, 1}};
    b.list = parameters_twin(b.model->list);
    b.shape = narrow_shape(&shape);
    twin *all[] = {&b.x, &b.dy, &b.y, &b.dx};
    for (int t = 0; t < 4; t++) {
        *all[t] = twin_alloc(N_BATCH, 1, n, d_model, TWIN_DENSE);
        twin_fill(all[t], suite_rng(), 1.0);
    }
    return b;
}

static void free_batch(batch *b)
{
    twin_free(&b->x), twin_free(&b->dy), twin_free(&b->y), twin_free(&b->dx);
    fast_parameters_free(b->list);
    block_free(b->model);
}

/* Rows of the first sequences before a sequence count for dropout, too. */
static void batch_is_its_elements(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        batch b = new_batch(N, D);
        fast_dropout dropout = {0.3, 11, 0};
        run_batch(&b.x.view, &b.dy.view, &b.shape, b.list, b.lengths, &dropout, &b.y.view,
                  &b.dx.view, kernels_at(isa), 2);
        for (size_t n = 0; n < N_BATCH; n++) {
            twin y = twin_alloc(1, 1, N, D, TWIN_DENSE), dx = twin_alloc(1, 1, N, D, TWIN_DENSE);
            fast_view x = b.x.view, dy = b.dy.view;
            x.n_batch = dy.n_batch = 1;
            x.data = fast_view_at(&b.x.view, n, 0), dy.data = fast_view_at(&b.dy.view, n, 0);
            memcpy(dx.floats, b.dx.pristine + n * N * D, N * D * sizeof(float));
            fast_dropout own = {0.3, 11, n * N};
            run_batch(&x, &dy, &b.shape, b.list, &b.lengths[n], &own, &y.view, &dx.view,
                      kernels_at(isa), 2);
            gsl_matrix *all = new_matrix(N, D), *one = new_matrix(N, D);
            twin_widen(&b.y, n, 0, all), twin_widen(&y, 0, 0, one);
            check_close(one, all, 1e-5 * largest_entry(all), "output of element %zu", n);
            twin_widen(&b.dx, n, 0, all), twin_widen(&dx, 0, 0, one);
            check_close(one, all, 1e-5 * largest_entry(all), "grad_x of element %zu", n);
            twin_free(&y), twin_free(&dx);
        }
        free_batch(&b);
    }
}

static void bits_are_those_of_one_thread(void)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        batch b = new_batch(70, 48);
        fast_dropout dropout = {0.3, 11, 0};
        size_t n_bytes = b.y.n_floats * sizeof(float);
        size_t n_list = b.list->n_floats * sizeof(float);
        void *kept[3] = {malloc(n_bytes), malloc(n_bytes), malloc(n_list)};
        for (int n_threads = 1; n_threads <= MOST_THREADS; n_threads++) {
            twin_restore(&b.dx);
            run_batch(&b.x.view, &b.dy.view, &b.shape, b.list, b.lengths, &dropout, &b.y.view,
                      &b.dx.view, kernels_at(isa), n_threads);
            const void *now[3] = {b.y.floats, b.dx.floats, b.list->gradients};
            for (int n = 0; n < 3; n++) {
                size_t size = n < 2 ? n_bytes : n_list;
                if (n_threads == 1) {
                    memcpy(kept[n], now[n], size);
                }
                CHECK(memcmp(kept[n], now[n], size) == 0, "%s: other bits on %d threads",
                      kernels_at(isa)->name, n_threads);
            }
        }
        free(kept[0]), free(kept[1]), free(kept[2]);
        free_batch(&b);
    }
}

static const test tests[] = {
    {"34: padding changes no bit of the real rows and of any gradient, with dropout too", padding},
    {"without positions two blocks do not see the order of the tokens, with a relative bias they "
     "do",
     bag_of_words},
    {"43: rows behind the last normalisation have mean 0 and mean square 1", rows_are_normal},
    {"the seed alone decides what dropout leaves out", seeds},
    {"34: a batch equals its elements one by one", batch_is_its_elements},
    {"outputs and gradients have the same bits on 1 to 4 threads", bits_are_those_of_one_thread},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
