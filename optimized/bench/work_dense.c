/* What every token passes by itself: projection, feed-forward layers with GELU, normalisation,
 * embedding, cross-entropy; n_q rows, d_k columns in, d_v columns out (hidden units, words of the
 * vocabulary, classes). Products count as such; all else counts its additions and multiplications
 * roughly, and the bytes that it has to read and to write. */
#include "optimized/bench/data.h"
#include "optimized/bench/work.h"
#include "optimized/embedding.h"
#include "optimized/feed_forward.h"
#include "optimized/layer_norm.h"
#include "optimized/loss.h"
#include "optimized/projection.h"
#include "reference/embedding.h"
#include "reference/feed_forward.h"
#include "reference/layer_norm.h"
#include "reference/loss.h"
#include "reference/projection.h"
#include <stdlib.h>

/* Matrices, rows of n_in or of n_out numbers, and a number for each row; D is for gradients. */
enum {
    X,  /* (n x d_k), also the input of all */
    DX, /* the same shape, as are Z and DZ: another output */
    Z,
    DZ,
    Y, /* (n x d_v): outputs, hidden units or logits */
    DY,
    SCRATCH, /* (n x d_v) */
    W,       /* (d_k x d_v) */
    DW,
    W2, /* (d_v x d_k): the second layer, or the vocabulary */
    DW2,
    IN, /* (1 x d_k) */
    DIN,
    DIN_2,
    OUT, /* (1 x d_v) */
    DOUT,
    PER_ROW, /* (1 x n) */
    PER_ROW_2,
    N_VIEWS
};

typedef struct {
    fast_view v[N_VIEWS];
    gsl_matrix *m[N_VIEWS];
    int *tokens;
    size_t n_counted;
    double loss;
} dense_data;

static void *alloc(const bench_shape *s, bool for_reference, bool for_optimized)
{
    dense_data *d = zero_bytes(sizeof *d);
    size_t n = s->n_q, in = s->d_k, out = s->d_v;
    const size_t sizes[N_VIEWS][2] = {
        {n, in},   {n, in},   {n, in}, {n, in}, {n, out}, {n, out}, {n, out}, {in, out}, {in, out},
        {out, in}, {out, in}, {1, in}, {1, in}, {1, in},  {1, out}, {1, out}, {1, n},    {1, n}};
    for (int i = 0; i < N_VIEWS; i++) {
        if (for_optimized) {
            d->v[i] = random_tensor(1, 1, sizes[i][0], sizes[i][1]);
        }
        if (for_reference) {
            d->m[i] = random_matrix(sizes[i][0], sizes[i][1]);
        }
    }
    d->tokens = zero_bytes(n * sizeof *d->tokens);
    d->n_counted = n;
    for (size_t i = 0; i < n; i++) {
        d->tokens[i] = (int)(i * 7919 % out);
    }
    return d;
}

static void free_data(void *data)
{
    dense_data *d = data;
    for (int i = 0; i < N_VIEWS; i++) {
        free(d->v[i].data);
        if (d->m[i] != NULL) {
            gsl_matrix_free(d->m[i]);
        }
    }
    free(d->tokens);
    free(d);
}

static void describe(const bench_shape *s, char *text, size_t size)
{
    snprintf(text, size, "%zu rows, %zu to %zu", s->n_q, s->d_k, s->d_v);
}

/* ---- How much there is to do ----------------------------------------------------------------- */

#define COUNT(name_, factor_, columns_)                                                            \
    static double name_(const bench_shape *s)                                                      \
    {                                                                                              \
        return (factor_) * (double)s->n_q * (double)(columns_);                                    \
    }
COUNT(one_product, 2.0, s->d_k * s->d_v)
COUNT(two_products, 4.0, s->d_k * s->d_v)
COUNT(four_products, 8.0, s->d_k * s->d_v)
COUNT(one_a_number, 1.0, s->d_k)
COUNT(five_a_number, 5.0, s->d_k)
COUNT(ten_a_number, 10.0, s->d_k)
COUNT(five_a_logit, 5.0, s->d_v)
COUNT(bytes_copied, 8.0, s->d_k)
COUNT(bytes_added, 12.0, s->d_k)
COUNT(bytes_of_norm_backward, 16.0, s->d_k)
COUNT(bytes_of_logits, 4.0, s->d_v)
COUNT(bytes_of_grad_logits, 12.0, s->d_v)

/* ---- Both sides of each ---------------------------------------------------------------------- */

/** Defines name_##_size(), optimized_##name_() and reference_##name_(). */
#define PAIR(name_, size_, do_fast, do_ref)                                                        \
    static size_t name_##_size(void *data, const fast_context *context)                            \
    {                                                                                              \
        fast_view *v = ((dense_data *)data)->v;                                                    \
        (void)v;                                                                                   \
        (void)context;                                                                             \
        return size_;                                                                              \
    }                                                                                              \
    static void optimized_##name_(void *data, fast_context *context)                               \
    {                                                                                              \
        dense_data *d = data;                                                                      \
        fast_view *v = d->v;                                                                       \
        do_fast;                                                                                   \
    }                                                                                              \
    static void reference_##name_(void *data)                                                      \
    {                                                                                              \
        dense_data *d = data;                                                                      \
        gsl_matrix **m = d->m;                                                                     \
        gsl_vector_view in = gsl_matrix_row(m[IN], 0), grad_in = gsl_matrix_row(m[DIN], 0);        \
        gsl_vector_view out = gsl_matrix_row(m[OUT], 0), grad_out = gsl_matrix_row(m[DOUT], 0);    \
        gsl_vector_view grad_in_2 = gsl_matrix_row(m[DIN_2], 0);                                   \
        gsl_vector_view mean = gsl_matrix_row(m[PER_ROW], 0);                                      \
        gsl_vector_view rate = gsl_matrix_row(m[PER_ROW_2], 0);                                    \
        (void)(in.vector.size + grad_in.vector.size + out.vector.size + grad_out.vector.size);     \
        (void)(mean.vector.size + rate.vector.size + grad_in_2.vector.size);                       \
        do_ref;                                                                                    \
    }

#define LAYERS_FAST(w, b, w2, b2) (&(fast_feed_forward){v[w], v[b], v[w2], v[b2]})
#define LAYERS_REF(w, b, w2, b2)  (&(ref_feed_forward){m[w], &b.vector, m[w2], &b2.vector})

PAIR(projection_forward, fast_projection_forward_size(&v[X], &v[W], context),
     fast_projection_forward(&v[X], &v[W], &v[OUT], &v[Y], context),
     ref_projection_forward(m[X], m[W], &out.vector, m[Y]))

PAIR(projection_backward, fast_projection_backward_size(&v[X], &v[W], context),
     fast_projection_backward(&v[X], &v[W], &v[DY], &v[DX], &v[DW], &v[DOUT], context),
     ref_projection_backward(m[X], m[W], m[DY], m[DX], m[DW], &grad_out.vector))

PAIR(feed_forward_forward,
     fast_feed_forward_forward_size(&v[X], LAYERS_FAST(W, OUT, W2, IN), context),
     fast_feed_forward_forward(&v[X], LAYERS_FAST(W, OUT, W2, IN), FAST_GELU, &v[Y], &v[Z],
                               context),
     ref_feed_forward_forward(m[X], LAYERS_REF(W, out, W2, in), REF_GELU, m[Y], m[DY], m[Z]))

PAIR(feed_forward_backward,
     fast_feed_forward_backward_size(&v[X], LAYERS_FAST(W, OUT, W2, IN), context),
     fast_feed_forward_backward(&v[X], LAYERS_FAST(W, OUT, W2, IN), FAST_GELU, &v[Y], &v[DZ],
                                &v[DX], LAYERS_FAST(DW, DOUT, DW2, DIN), context),
     ref_feed_forward_backward(m[X], LAYERS_REF(W, out, W2, in), REF_GELU, m[Y], m[DZ], m[DX],
                               LAYERS_REF(DW, grad_out, DW2, grad_in), m[DY], m[SCRATCH]))

PAIR(layer_norm_forward, 0,
     fast_layer_norm_forward(&v[X], &v[IN], &v[DIN], 1e-5f, &v[PER_ROW], &v[PER_ROW_2], &v[Z],
                             context),
     ref_layer_norm_forward(m[X], &in.vector, &grad_in.vector, 1e-5, &mean.vector, &rate.vector,
                            m[Z]))

PAIR(layer_norm_backward, fast_layer_norm_backward_size(&v[X], context),
     fast_layer_norm_backward(&v[X], &v[IN], &v[PER_ROW], &v[PER_ROW_2], &v[DZ], &v[DX], &v[DIN],
                              &v[DIN_2], context),
     ref_layer_norm_backward(m[X], &in.vector, &mean.vector, &rate.vector, m[DZ], m[DX],
                             &grad_in.vector, &grad_in_2.vector))

PAIR(embedding_forward, 0, fast_embedding_forward(&v[W2], d->tokens, &v[Z], context),
     ref_embedding_forward(m[W2], d->tokens, m[Z]))

PAIR(embedding_backward, 0, fast_embedding_backward(d->tokens, &v[DZ], &v[DW2], context),
     ref_embedding_backward(d->tokens, m[DZ], m[DW2]))

PAIR(cross_entropy_forward, fast_cross_entropy_forward_size(&v[Y], context),
     fast_cross_entropy_forward(&v[Y], d->tokens, 0.0f, &v[PER_ROW], &d->loss, &d->n_counted,
                                context),
     ref_cross_entropy_forward(m[Y], d->tokens, 0.0, m[SCRATCH], &d->loss, &d->n_counted))

PAIR(cross_entropy_backward, 0,
     fast_cross_entropy_backward(&v[Y], d->tokens, 0.0f, &v[PER_ROW], d->n_counted, 1.0f, &v[DY],
                                 context),
     ref_cross_entropy_backward(m[Y], d->tokens, 0.0, m[SCRATCH], d->n_counted, 1.0, m[DY]))

/* ---- The list -------------------------------------------------------------------------------- */

#define DENSE_WORK(name_, n_flops_, n_bytes_)                                                      \
    {                                                                                              \
        .name = #name_, .n_flops = n_flops_, .n_bytes = n_bytes_, .describe = describe,            \
        .alloc = alloc, .free = free_data, .workspace_size = name_##_size,                         \
        .optimized = optimized_##name_, .reference = reference_##name_                             \
    }

const bench_work dense_works[N_DENSE_WORKS] = {
    [PROJECTION_FORWARD] = DENSE_WORK(projection_forward, one_product, NULL),
    [PROJECTION_BACKWARD] = DENSE_WORK(projection_backward, two_products, NULL),
    [FEED_FORWARD_FORWARD] = DENSE_WORK(feed_forward_forward, two_products, NULL),
    [FEED_FORWARD_BACKWARD] = DENSE_WORK(feed_forward_backward, four_products, NULL),
    [LAYER_NORM_FORWARD] = DENSE_WORK(layer_norm_forward, five_a_number, bytes_copied),
    [LAYER_NORM_BACKWARD] = DENSE_WORK(layer_norm_backward, ten_a_number, bytes_of_norm_backward),
    [EMBEDDING_FORWARD] = DENSE_WORK(embedding_forward, one_a_number, bytes_copied),
    [EMBEDDING_BACKWARD] = DENSE_WORK(embedding_backward, one_a_number, bytes_added),
    [CROSS_ENTROPY_FORWARD] = DENSE_WORK(cross_entropy_forward, five_a_logit, bytes_of_logits),
    [CROSS_ENTROPY_BACKWARD] =
        DENSE_WORK(cross_entropy_backward, five_a_logit, bytes_of_grad_logits),
};
