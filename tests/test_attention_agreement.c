/* Do the two attentions agree? Every shape x similarity x mask x instruction set x 1, 2, 3 threads:
 * all outputs and the cache within their bounds, and the same bits for any number of threads. Then
 * the same comparison with something done wrong, which must fail. */

#include "tests/support/attention_problem.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <math.h>
#include <stdio.h>

/* Blocks: 48 queries (AVX-512), 24 (AVX2) or 12; 256 keys forward, 64 backward. */
// clang-format off
static const attention_shape shapes[] = {
    /* catches                                     batch heads n_q  n_k d_k d_v sigma layout */
    {"sizes of 1",                                    1, 1,    1,    1,  1,  1,  1.0, TWIN_DENSE},
    {"any size mistaken for another",                 2, 3,    5,    7, 11, 13,  1.0, TWIN_DENSE},
    {"several batches, and heads side by side",       3, 2,   19,   23,  8, 12,  1.0, TWIN_SPLIT},
    {"a round shape, where bugs hide",                1, 1,   96,  128, 64, 64,  1.0, TWIN_DENSE},
    {"the first key of a second block",               1, 2,   10,  257, 16,  8,  1.0, TWIN_DENSE},
    {"the first query of a second block",             1, 1,   49,   40, 16,  8,  1.0, TWIN_DENSE},
    {"a block without its last query and key",        1, 1,   47,  255, 16, 16,  1.0, TWIN_DENSE},
    {"one query more than a narrow block",            1, 1,   25,   33,  4,  4,  1.0, TWIN_DENSE},
    {"values that end within a vector",               1, 1,    9,   20,  6, 17,  1.0, TWIN_DENSE},
    {"values narrower than a register tile",          1, 2,   14,   15, 33,  3,  1.0, TWIN_DENSE},
    {"queries after cached keys (causal, n_q < n_k)", 2, 1,    6,  150, 12, 10,  1.0, TWIN_SPLIT},
    {"blind rows (causal, n_q > n_k)",                1, 1,  150,  100, 12, 10,  1.0, TWIN_DENSE},
    {"several blocks both ways",                      1, 1,  110,  290, 20, 24,  1.0, TWIN_DENSE},
    {"a head whose queries are cut into parts",       1, 2, 1030,   45,  6,  9,  1.0, TWIN_DENSE},
    {"nearly one-hot weights",                        1, 2,   30,  140, 16, 16,  4.0, TWIN_DENSE},
    {"nearly flat and long",                          1, 1,    5,  700, 16, 16,  0.1, TWIN_DENSE},
    {"scores that overflow exp",                      1, 1,   30,  140, 16, 16, 12.0, TWIN_DENSE},
    {"keys and values larger than the cache",         1, 1,    3, 5000, 64, 64,  1.0, TWIN_DENSE},
    {"short heads, which add to gradients at once",   2, 2,    9,   11, 16, 32,  1.0, TWIN_SPLIT},
    {"short heads that only a wide vector takes",     2, 3,   37,   42, 16, 16,  1.0, TWIN_SPLIT},
};
// clang-format on
enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

static void compare_outputs(const attention_problem *p, const circumstances *where)
{
    for (int o = 0; o < N_OUTPUTS; o++) {
        agreement a = attention_problem_compare(p, o);
        check_ratio(&a, output_names[o], where);
        CHECK(where->n_threads == 1 || attention_problem_is_same(p, o),
              "%s, %s, %s: %s has other bits on %d threads than on one", where->catches,
              where->variant, where->isa, output_names[o], where->n_threads);
    }
}

static void run_everywhere(attention_problem *p, const char *variant)
{
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
            circumstances where = {p->shape.catches, variant, kernels_at(isa)->name, n_threads};
            attention_problem_run(p, kernels_at(isa), n_threads, &(sabotage){0});
            if (n_threads == 1) {
                attention_problem_keep(p);
            }
            compare_outputs(p, &where);
        }
    }
}

static void agree(ref_similarity similarity)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        for (int masks = 0; masks < N_MASKINGS; masks++) {
            char variant[80];
            snprintf(variant, sizeof variant, "%s, %s", similarity_names[similarity],
                     masking_names[masks]);
            attention_problem *p =
                attention_problem_alloc(&shapes[n], similarity, (masking)masks, suite_rng());
            run_everywhere(p, variant);
            attention_problem_free(p);
        }
    }
}

static void dot_agrees(void)
{
    agree(REF_DOT);
}

static void cosine_agrees(void)
{
    agree(REF_COSINE);
}

static void euclidean_agrees(void)
{
    agree(REF_NEG_SQ_EUCLIDEAN);
}

/* ---- tests of the test ----------------------------------------------------------------------- */

/* No bound may be so wide that anything would satisfy it: at most 1 % of the values' size.
 * Gradients are excused in two cases: with a single key, grad_q and grad_k are exactly 0; and where
 * scores are so large that nearly one-hot weights leave little of them, a quarter must do. */
static double allowed_slack(const attention_shape *shape, int output)
{
    if (shape->n_k == 1 && (output == GRAD_Q || output == GRAD_K)) {
        return INFINITY;
    }
    return shape->sigma > 1.0 && output >= GRAD_Q ? 0.25 : max_slack;
}

static void bounds_are_tight(void)
{
    for (size_t n = 0; n < N_SHAPES; n++) {
        for (int similarity = 0; similarity < 3; similarity++) {
            attention_problem *p = attention_problem_alloc(&shapes[n], (ref_similarity)similarity,
                                                           UNMASKED, suite_rng());
            for (int o = 0; o < GRAD_RELATIVE; o++) {
                agreement a = attention_problem_compare(p, o);
                CHECK(agreement_slack(&a) <= allowed_slack(&shapes[n], o),
                      "%s, %s: the bound of %s is vacuous, %.2g of its rms", shapes[n].catches,
                      similarity_names[similarity], output_names[o], agreement_slack(&a));
            }
            attention_problem_free(p);
        }
    }
}

static void check_refused(const attention_shape *shape, ref_similarity similarity, masking masks,
                          const sabotage *wrong, const char *what)
{
    attention_problem *p = attention_problem_alloc(shape, similarity, masks, suite_rng());
    for (size_t isa = 0; kernels_at(isa); isa++) {
        attention_problem_run(p, kernels_at(isa), 2, wrong);
        for (int o = 0; o < GRAD_RELATIVE; o++) {
            agreement a = attention_problem_compare(p, o);
            CHECK(!(a.ratio <= 1.0), "%s, %s: %s passes with %s", shape->catches,
                  similarity_names[similarity], output_names[o], what);
        }
    }
    attention_problem_free(p);
}

static void sabotage_is_refused(void)
{
    const attention_shape *prime = &shapes[1], *longer = &shapes[12];
    for (int similarity = 0; similarity < 3; similarity++) {
        ref_similarity kind = (ref_similarity)similarity;
        check_refused(prime, kind, UNMASKED, &(sabotage){.relative_scale = 1e-3f}, "another scale");
        check_refused(longer, kind, UNMASKED, &(sabotage){.fewer_keys = 1}, "a key left out");
        check_refused(prime, kind, UNMASKED, &(sabotage){.other_causal = true}, "causal for full");
        check_refused(longer, kind, CAUSAL, &(sabotage){.other_causal = true}, "full for causal");
    }
}

static const test tests[] = {
    {"dot product: both agree on every shape, mask, instruction set and thread count", dot_agrees},
    {"cosine: both agree on every shape, mask, instruction set and thread count", cosine_agrees},
    {"squared distance: both agree on every shape, mask, instruction set and thread count",
     euclidean_agrees},
    {"no bound is vacuous", bounds_are_tight},
    {"another scale, a missing key and another mask are all refused", sabotage_is_refused},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
