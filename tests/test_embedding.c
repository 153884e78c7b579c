/* The embedding: values by hand, tokens that stand twice, gradients, and whether the twins agree on
 * every shape, instruction set and number of threads. */

#include "optimized/embedding.h"
#include "reference/embedding.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/pair_case.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_dense.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <stdlib.h>

/* ---- known values ------------------------------------------------------------------------------ */

static void known_values_on(const side *s)
{
    const int tokens[] = {2, 0, 2};
    gsl_matrix *table = matrix_of(3, 2, (double[]){1, 2, 3, 4, 5, 6}), *y = new_matrix(3, 2);
    CHECK_STATUS(side_embedding(s, table, tokens, y), GSL_SUCCESS, "embedding");
    check_equal(y, matrix_of(3, 2, (double[]){5, 6, 1, 2, 5, 6}), "rows 2, 0, 2");
}
ON_EACH_SIDE(known_values)

static void known_gradient_on(const side *s)
{
    const int tokens[] = {2, 0, 2};
    gsl_matrix *dy = matrix_of(3, 2, (double[]){1, 2, 10, 20, 100, 200});
    gsl_matrix *grad = matrix_of(3, 2, (double[]){0, 0, 7, 8, 1000, 0});
    CHECK_STATUS(side_embedding_backward(s, tokens, dy, grad), GSL_SUCCESS, "backward");
    check_equal(grad, matrix_of(3, 2, (double[]){10, 20, 7, 8, 1101, 202}), "gradient");
}
ON_EACH_SIDE(known_gradient)

/* A table that is the identity writes down which token stood where. */
static void identity_counts_on(const side *s)
{
    enum { N = 200, N_VOCAB = 40 };
    int tokens[N];
    gsl_matrix *table = new_matrix(N_VOCAB, N_VOCAB), *one_hot = new_matrix(N, N_VOCAB);
    gsl_matrix *counts = new_matrix(N_VOCAB, N_VOCAB), *expected = new_matrix(N_VOCAB, N_VOCAB);
    gsl_matrix_set_identity(table);
    for (size_t i = 0; i < N; i++) {
        tokens[i] = (int)random_integer(suite_rng(), 0, N_VOCAB - 1);
        *gsl_matrix_ptr(expected, (size_t)tokens[i], (size_t)tokens[i]) += 1.0;
    }
    side_embedding(s, table, tokens, one_hot);
    side_embedding_backward(s, tokens, one_hot, counts);
    check_equal(counts, expected, "how often each token stands there");
}
ON_EACH_SIDE(identity_counts)

/* ---- gradient ---------------------------------------------------------------------------------- */

static const int text[] = {3, 1, 3, 0, 1, 3};

typedef struct {
    gsl_matrix *table, *upstream, *output;
} inputs;

static double loss(void *data)
{
    inputs *in = data;
    ref_embedding_forward(in->table, text, in->output);
    return inner_product(in->upstream, in->output);
}

static void gradient_is_the_derivative(void)
{
    inputs in = {random_matrix(suite_rng(), 5, 3, 1.0), random_matrix(suite_rng(), 6, 3, 1.0),
                 new_matrix(6, 3)};
    gsl_matrix *grad = new_matrix(5, 3);
    ref_embedding_backward(text, in.upstream, grad);
    check_gradient("grad_table", in.table, grad, loss, &in);
}

/* ---- agreement --------------------------------------------------------------------------------- */

typedef struct {
    const char *catches;
    size_t n_batch, n_heads, n, n_vocab, d;
    twin_layout layout;
} shape;

static const shape shapes[] = {
    {"sizes of 1", 1, 1, 1, 1, 1, TWIN_DENSE},
    {"any size mistaken for another", 2, 3, 5, 7, 11, TWIN_DENSE},
    {"heads side by side, gaps after rows", 2, 2, 9, 13, 17, TWIN_SPLIT},
    {"a row of whole vectors and blocks of columns", 1, 1, 20, 30, 64, TWIN_DENSE},
    {"a row that ends within a block of columns", 3, 1, 50, 10, 77, TWIN_SPLIT},
    {"work enough for every thread, words that stand often", 4, 1, 300, 6, 100, TWIN_DENSE},
};

typedef struct {
    const shape *is;
    int *tokens;
} embedding_options;

static int run(pair_case *c, fast_context *context)
{
    const embedding_options *o = c->options;
    int status =
        fast_embedding_forward(&c->inputs[0].view, o->tokens, &c->outputs[0].t.view, context);
    return status ? status
                  : fast_embedding_backward(o->tokens, &c->inputs[1].view, &c->outputs[1].t.view,
                                            context);
}

/* The table is looked up exactly; a row of the gradient is a sum of as many terms as the text has
 * tokens at most. */
static pair_case begin(const shape *s, embedding_options *o)
{
    pair_case c = {.catches = s->catches, .variant = "embedding", .options = o, .run = run};
    row_layout rows = {s->n_batch, s->n_heads, s->n, s->layout};
    size_t n_tokens = s->n_batch * s->n_heads * s->n;
    *o = (embedding_options){s, calloc(n_tokens, sizeof *o->tokens)};
    gsl_matrix *choice = new_matrix(n_tokens, s->n_vocab);
    for (size_t i = 0; i < n_tokens; i++) {
        o->tokens[i] = (int)random_integer(suite_rng(), 0, (int)s->n_vocab - 1);
        gsl_matrix_set(choice, i, (size_t)o->tokens[i], 1.0);
    }
    gsl_matrix_view table = pair_tall(pair_parameter(&c, s->n_vocab, s->d, 1.0));
    gsl_matrix_view dy = pair_tall(pair_input(&c, rows, s->d, 1.0));
    pair_output *y = pair_output_rows(&c, "output", rows, s->d, 0.0);
    pair_output *grad = pair_output_parameter(&c, "grad_table", s->n_vocab, s->d, 1.0);
    gsl_matrix *expected = new_matrix(n_tokens, s->d);
    CHECK_STATUS(ref_embedding_forward(&table.matrix, o->tokens, expected), GSL_SUCCESS, "ref");
    pair_expect(y, bounded_exact(expected));
    pair_expect_added(grad,
                      bounded_product(1.0, CblasTrans, bounded_exact(choice), CblasNoTrans,
                                      bounded_exact(&dy.matrix)),
                      n_tokens);
    free_matrices();
    return c;
}

static void twins_agree(void)
{
    for (size_t n = 0; n < sizeof shapes / sizeof shapes[0]; n++) {
        embedding_options o;
        pair_case c = begin(&shapes[n], &o);
        check_pair(&c);
        pair_free(&c);
        free(o.tokens);
    }
}

static void wrong_token_is_refused(void)
{
    embedding_options o;
    pair_case c = begin(&shapes[1], &o);
    o.tokens[29] = (o.tokens[29] + 1) % 7;
    CHECK(!(pair_ratio(&c) <= 1.0), "another token at the end of the text passes");
    pair_free(&c);
    free(o.tokens);
}

static const test tests[] = {
    {"each token gets its row", known_values},
    {"a token that stands twice adds twice, to what is there", known_gradient},
    {"the identity as table counts the words of a text", identity_counts},
    {"35: the gradient agrees with central differences", gradient_is_the_derivative},
    {"both agree on every shape, instruction set and thread count", twins_agree},
    {"one wrong token is refused", wrong_token_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
