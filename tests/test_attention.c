/* Attention: values known by hand and from books, masks, rows that see nothing, and the gradients
 * of the reference. Its properties stand in test_attention_properties.c, the agreement of the pair
 * in test_attention_agreement.c, bad arguments in test_attention_errors.c. */

#include "chapters/common/words/running_example.h"
#include "tests/support/attention_problem.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- known values ---------------------------------------------------------------------------- */

static void running_example_scores(void)
{
    gsl_matrix *x = matrix_of(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL, &example_x[0][0]);
    gsl_matrix_view bank = gsl_matrix_submatrix(x, EXAMPLE_BANK_TOKEN, 0, 1, EXAMPLE_D_MODEL);
    gsl_matrix *scores = new_matrix(1, EXAMPLE_N_TOKENS);
    CHECK_STATUS(ref_attention_scores(&bank.matrix, x, REF_DOT, 1.0, NULL, scores), GSL_SUCCESS,
                 "ref_attention_scores");
    /* bank = (0.6, 0.8, 0.1):  0.6 * 0.2 + 0.8 * 0.1 + 0.1 * 0.6 = 0.26, ... */
    const double by_hand[] = {0.26, 0.26, 0.08, 0.18, 0.73, 1.01};
    check_close(scores, matrix_of(1, 6, by_hand), 1e-15, "dot products of bank");

    /* she: 0.4^2 + 0.7^2 + 0.5^2 = 0.90, sat: 0.04 + 0.64 + 0.01 = 0.69, ... */
    const double distances[] = {-0.90, -0.69, -1.49, -1.66, -1.00, 0.0};
    ref_attention_scores(&bank.matrix, x, REF_NEG_SQ_EUCLIDEAN, 1.0, NULL, scores);
    check_close(scores, matrix_of(1, 6, distances), 1e-15, "squared distances from bank");
}

static void running_example_on(const side *s)
{
    gsl_matrix *x = matrix_of(EXAMPLE_N_TOKENS, EXAMPLE_D_MODEL, &example_x[0][0]);
    gsl_matrix *bank = new_matrix(1, EXAMPLE_D_MODEL);
    gsl_matrix *weights = new_matrix(1, EXAMPLE_N_TOKENS), *output = new_matrix(1, 3);
    gsl_vector_view row = gsl_matrix_row(x, EXAMPLE_BANK_TOKEN);
    gsl_matrix_set_row(bank, 0, &row.vector);
    attention_call call = {.q = bank, .k = x, .v = x, .similarity = REF_DOT, .scale = 1.0};
    side_attention_weights(s, &call, weights);
    side_attention(s, &call, output);
    /* The exponentials of the six scores are 1.2969, 1.2969, 1.0833, 1.1972, 2.0751 and 2.7456;
     * they sum to 9.6950. */
    const double by_hand[] = {0.1338, 0.1338, 0.1117, 0.1235, 0.2140, 0.2832};
    const double mixed[] = {0.5070, 0.2523, 0.3696};
    check_close(weights, matrix_of(1, 6, by_hand), 0.5001e-4, "weights of bank");
    check_close(output, matrix_of(1, 3, mixed), 0.5001e-4, "output of bank");
}
ON_EACH_SIDE(running_example)

static void exact_fractions_on(const side *s)
{
    /* q = 1 and k = (ln 1, ln 2, ln 3): weights 1/6, 2/6, 3/6 */
    attention_call call = {.q = matrix_of(1, 1, (double[]){1.0}),
                           .k = matrix_of(3, 1, (double[]){0.0, log(2.0), log(3.0)}),
                           .v = matrix_of(3, 2, (double[]){6.0, 0.0, 12.0, 6.0, -6.0, 18.0}),
                           .similarity = REF_DOT,
                           .scale = 1.0};
    gsl_matrix *output = new_matrix(1, 2);
    side_attention(s, &call, output);
    check_close(output, matrix_of(1, 2, (double[]){2.0, 11.0}), 20.0 * s->tolerance, "output");
    gsl_vector *l = new_vector(1);
    side_attention_log_sum_exp(s, &call, l);
    CHECK_CLOSE(gsl_vector_get(l, 0), log(6.0), 4.0 * s->epsilon, "log-sum-exp");
}
ON_EACH_SIDE(exact_fractions)

static void similarities_by_hand(void)
{
    gsl_matrix *q = matrix_of(2, 2, (double[]){3.0, 4.0, 0.0, 0.0});
    gsl_matrix *k = matrix_of(2, 2, (double[]){4.0, 3.0, -6.0, -8.0});
    gsl_matrix *scores = new_matrix(2, 2);
    const struct {
        ref_similarity similarity;
        double expected[4];
    } rows[] = {{REF_DOT, {24.0, -50.0, 0.0, 0.0}},
                {REF_COSINE, {24.0 / 25.0, -1.0, 0.0, 0.0}},
                {REF_NEG_SQ_EUCLIDEAN, {-2.0, -225.0, -25.0, -100.0}}};
    for (size_t r = 0; r < 3; r++) {
        ref_attention_scores(q, k, rows[r].similarity, 2.0, NULL, scores);
        gsl_matrix *expected = matrix_of(2, 2, rows[r].expected);
        gsl_matrix_scale(expected, 2.0);
        check_close(scores, expected, 1e-14, "2 * %s", similarity_names[rows[r].similarity]);
    }
}

static void illustrated_transformer_on(const side *s)
{
    /* Alammar, "The Illustrated Transformer": scores 112 and 96, divided by 8, give 0.88, 0.12. */
    attention_call call = {.q = matrix_of(1, 1, (double[]){1.0}),
                           .k = matrix_of(2, 1, (double[]){112.0, 96.0}),
                           .similarity = REF_DOT,
                           .scale = 1.0 / 8.0};
    gsl_matrix *weights = new_matrix(1, 2);
    side_attention_weights(s, &call, weights);
    check_close(weights, matrix_of(1, 2, (double[]){0.88, 0.12}), 0.005, "weights");
}
ON_EACH_SIDE(illustrated_transformer)

static void journey_on(const side *s)
{
    /* Raschka, "Build a Large Language Model (From Scratch)", section 3.3: six words, and what the
     * second, "journey", attends to. */
    const double words[] = {0.43, 0.15, 0.89, 0.55, 0.87, 0.66, 0.57, 0.85, 0.64,
                            0.22, 0.58, 0.33, 0.77, 0.25, 0.10, 0.05, 0.80, 0.55};
    gsl_matrix *x = matrix_of(6, 3, words), *q = matrix_of(1, 3, words + 3);
    attention_call call = {.q = q, .k = x, .v = x, .similarity = REF_DOT, .scale = 1.0};
    gsl_matrix *weights = new_matrix(1, 6), *output = new_matrix(1, 3);
    side_attention_weights(s, &call, weights);
    side_attention(s, &call, output);
    const double printed[] = {0.1385, 0.2379, 0.2333, 0.1240, 0.1082, 0.1581};
    check_close(weights, matrix_of(1, 6, printed), 0.6e-4, "weights of journey");
    check_close(output, matrix_of(1, 3, (double[]){0.4419, 0.6515, 0.5683}), 0.6e-4, "context");
}
ON_EACH_SIDE(journey)

static void masked_mean_on(const side *s)
{
    /* Zhang et al., "Dive into Deep Learning", 11.3: equal keys, values 0 .. 39 in ten rows of
     * four, of which the first two or the first six are real. */
    gsl_matrix *v = new_matrix(10, 4), *k = new_matrix(10, 2), *output = new_matrix(1, 4);
    for (size_t i = 0; i < 40; i++) {
        v->data[i] = (double)i;
    }
    gsl_matrix_set_all(k, 1.0);
    for (size_t length = 2; length <= 6; length += 4) {
        ref_mask mask = {.key_length = &length};
        attention_call call = {.q = random_matrix(suite_rng(), 1, 2, 1.0),
                               .k = k,
                               .v = v,
                               .similarity = REF_DOT,
                               .scale = 0.5,
                               .mask = &mask};
        double first = length == 2 ? 2.0 : 10.0;
        side_attention(s, &call, output);
        check_close(output, matrix_of(1, 4, (double[]){first, first + 1, first + 2, first + 3}),
                    20.0 * s->tolerance, "mean of %zu values", length);
    }
}
ON_EACH_SIDE(masked_mean)

/* ---- what is masked -------------------------------------------------------------------------- */

/* With equal keys the weights of a row are equal wherever the row sees a key. */
static void check_visible(const side *s, size_t n_q, size_t n_k, const ref_mask *mask,
                          const int *visible)
{
    attention_call call = {.q = new_matrix(n_q, 1),
                           .k = new_matrix(n_k, 1),
                           .similarity = REF_DOT,
                           .scale = 1.0,
                           .mask = mask};
    gsl_matrix *weights = new_matrix(n_q, n_k), *expected = new_matrix(n_q, n_k);
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k && visible[i] > 0; j++) {
            gsl_matrix_set(expected, i, j, (int)j < visible[i] ? 1.0 / visible[i] : 0.0);
        }
    }
    side_attention_weights(s, &call, weights);
    check_close(weights, expected, 4.0 * s->epsilon, "%zu queries, %zu keys", n_q, n_k);
    for (size_t i = 0; i < n_q; i++) {
        for (size_t j = 0; j < n_k; j++) {
            CHECK(gsl_matrix_get(expected, i, j) > 0.0 || gsl_matrix_get(weights, i, j) == 0.0,
                  "query %zu gives key %zu, which it does not see, a weight", i, j);
        }
    }
}

static void causal_is_bottom_right_on(const side *s)
{
    const ref_mask causal = {.causal = true};
    check_visible(s, 4, 4, &causal, (int[]){1, 2, 3, 4});
    check_visible(s, 2, 5, &causal, (int[]){4, 5});
    check_visible(s, 5, 2, &causal, (int[]){0, 0, 0, 1, 2});
    check_visible(s, 1, 7, &causal, (int[]){7});
}
ON_EACH_SIDE(causal_is_bottom_right)

static void masks_combine_on(const side *s)
{
    size_t length = 2;
    const ref_mask both = {.causal = true, .key_length = &length};
    check_visible(s, 4, 4, &both, (int[]){1, 2, 2, 2});
    length = 0;
    check_visible(s, 4, 4, &both, (int[]){0, 0, 0, 0});
}
ON_EACH_SIDE(masks_combine)

/* ---- 25: no key at all ----------------------------------------------------------------------- */

static void blind_queries_on(const side *s)
{
    size_t none = 0;
    gsl_matrix *all_hidden = new_matrix(3, 4);
    gsl_matrix_set_all(all_hidden, -INFINITY);
    const ref_mask masks[] = {{.key_length = &none}, {.bias = all_hidden}};
    for (size_t m = 0; m < 2; m++) {
        for (int similarity = 0; similarity < 3; similarity++) {
            gsl_matrix *q = random_matrix(suite_rng(), 3, 5, 1.0);
            gsl_matrix *k = random_matrix(suite_rng(), 4, 5, 1.0);
            gsl_matrix *v = random_matrix(suite_rng(), 4, 6, 1.0);
            attention_call call = {q, k, v, (ref_similarity)similarity, 1.0, &masks[m]};
            gsl_matrix *output = new_matrix(3, 6), *dq = new_matrix(3, 5), *dk = new_matrix(4, 5);
            gsl_matrix *dv = new_matrix(4, 6), *dy = random_matrix(suite_rng(), 3, 6, 1.0);
            gsl_vector *l = new_vector(3);
            side_attention(s, &call, output);
            side_attention_log_sum_exp(s, &call, l);
            side_attention_backward(s, &call, dy, dq, dk, dv);
            check_zero(output, "output"), check_zero(dq, "grad_q");
            check_zero(dk, "grad_k"), check_zero(dv, "grad_v");
            CHECK(gsl_vector_max(l) == -INFINITY, "log-sum-exp is %g", gsl_vector_max(l));
        }
    }
}
ON_EACH_SIDE(blind_queries)

static void zero_vectors_on(const side *s)
{
    gsl_matrix *q = random_matrix(suite_rng(), 2, 3, 1.0),
               *k = random_matrix(suite_rng(), 3, 3, 1.0);
    gsl_matrix *v = random_matrix(suite_rng(), 3, 2, 1.0),
               *dy = random_matrix(suite_rng(), 2, 2, 1.0);
    gsl_vector_view zero_q = gsl_matrix_row(q, 0), zero_k = gsl_matrix_row(k, 1);
    gsl_vector_set_zero(&zero_q.vector), gsl_vector_set_zero(&zero_k.vector);
    attention_call call = {q, k, v, REF_COSINE, 2.0, NULL};
    gsl_matrix *weights = new_matrix(2, 3);
    gsl_matrix *dq = new_matrix(2, 3), *dk = new_matrix(3, 3), *dv = new_matrix(3, 2);
    side_attention_weights(s, &call, weights);
    side_attention_backward(s, &call, dy, dq, dk, dv);
    for (size_t p = 0; p < 3; p++) {
        CHECK_CLOSE(gsl_matrix_get(weights, 0, p), 1.0 / 3.0, s->epsilon, "weight of a zero query");
        CHECK_CLOSE(gsl_matrix_get(dq, 0, p), 0.0, 0.0, "gradient of a zero query");
        CHECK_CLOSE(gsl_matrix_get(dk, 1, p), 0.0, 0.0, "gradient of a zero key");
    }
}
ON_EACH_SIDE(zero_vectors)

static const test tests[] = {
    {"the scores of bank in the running example are those by hand", running_example_scores},
    {"the weights and the output of bank are those by hand", running_example},
    {"keys that are logarithms give exact fractions", exact_fractions},
    {"dot, cosine and squared distance of (3, 4) are those by hand", similarities_by_hand},
    {"scores 112 and 96 give 0.88 and 0.12, as in The Illustrated Transformer",
     illustrated_transformer},
    {"the six words of Raschka's section 3.3 give the weights printed there", journey},
    {"equal keys with a length give the means of Dive into Deep Learning", masked_mean},
    {"causal aligns the last query with the last key", causal_is_bottom_right},
    {"a causal mask and a key length combine", masks_combine},
    {"25: a query that sees no key gives zeros, and no NaN", blind_queries},
    {"the cosine of a zero vector is 0, with zero gradient", zero_vectors},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
