/* The alignment error: distances of the largest weights, by values worked out by hand. */
#include "chapters/common/pairs/alignment.h"
#include "chapters/common/pairs/pairs_internal.h"
#include "chapters/common/pairs/tasks.h"
#include "tests/support/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Two pairs with a source of 6 symbols. Of the second, a symbol comes from nowhere. */
static pairs *make_pairs(bool has_alignment)
{
    static const int numbers[6] = {1, 1, 1, 1, 1, 1};
    static const pairs_span copied[] = {{0, 0}, {1, 1}, {2, 2}}, spans[] = {{2, 4}, {-1, -1}};
    pairs_room room = {.n_sources = 2,
                       .n_pairs = 2,
                       .n_source_symbols = 12,
                       .n_target_symbols = 5,
                       .has_alignment = has_alignment};
    pairs *all = pairs_alloc(&room, NULL, NULL);
    pairs_add_source(all, numbers, 6);
    pairs_add_target(all, numbers, copied, 3);
    pairs_add_source(all, numbers, 6);
    pairs_add_target(all, numbers, spans, 2);
    return all;
}

/* Weights whose largest entry stands in these columns. */
static gsl_matrix *make_weights(const size_t *columns, size_t n_rows, size_t n_cols)
{
    gsl_matrix *weights = gsl_matrix_alloc(n_rows, n_cols);
    gsl_matrix_set_all(weights, 0.5 / (double)n_cols);
    for (size_t t = 0; t < n_rows; t++) {
        gsl_matrix_set(weights, t, columns[t], 0.5);
    }
    return weights;
}

static alignment_scores score(const pairs *all, size_t pair, const size_t *columns, size_t n_rows,
                              size_t n_cols)
{
    alignment_scores scores = {0};
    gsl_matrix *weights = make_weights(columns, n_rows, n_cols);
    alignment_scores_add(&scores, all, pair, weights);
    gsl_matrix_free(weights);
    return scores;
}

static void places(void)
{
    static const struct {
        size_t columns[4];
        double error, exact, near;
    } cases[] = {
        {{0, 1, 2, 5}, 0.0, 1.0, 1.0},         {{0, 2, 2, 0}, 1.0 / 3, 2.0 / 3, 1.0},
        {{1, 0, 3, 3}, 1.0, 0.0, 1.0},         {{2, 5, 0, 3}, 8.0 / 3, 0.0, 0.0},
        {{5, 1, 1, 3}, 2.0, 1.0 / 3, 2.0 / 3},
    };
    pairs *all = make_pairs(true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        alignment_scores s = score(all, 0, cases[i].columns, 4, 6);
        CHECK(s.n_symbols == 3, "case %zu: %zu symbols, and the end is none", i, s.n_symbols);
        CHECK_CLOSE(alignment_scores_error(&s), cases[i].error, 1e-15, "error");
        CHECK_CLOSE(alignment_scores_share(&s, false), cases[i].exact, 1e-15, "exact");
        CHECK_CLOSE(alignment_scores_share(&s, true), cases[i].near, 1e-15, "near");
    }
    pairs_free(all);
}

static void spans(void)
{
    static const size_t distances[] = {2, 1, 0, 0, 0, 1};
    pairs *all = make_pairs(true);
    for (size_t column = 0; column < 6; column++) {
        size_t columns[] = {column, 0, 0};
        alignment_scores s = score(all, 1, columns, 3, 6);
        CHECK(s.n_symbols == 1 && s.distance == distances[column],
              "column %zu: %zu symbols, distance %zu", column, s.n_symbols, s.distance);
    }
    pairs_free(all);
}

/* What stands behind the end of source and target is not read, even if it is the largest or NaN. */
static void padding(void)
{
    static const size_t columns[] = {0, 1, 2, 0, 0};
    pairs *all = make_pairs(true);
    gsl_matrix *weights = make_weights(columns, 5, 8);
    gsl_matrix_set(weights, 0, 6, 2.0);
    gsl_matrix_set(weights, 1, 7, NAN);
    gsl_matrix_set(weights, 4, 0, NAN);
    alignment_scores scores = {0};
    alignment_scores_add(&scores, all, 0, weights);
    CHECK(scores.n_symbols == 3 && scores.distance == 0, "%zu symbols, distance %zu",
          scores.n_symbols, scores.distance);
    gsl_matrix_free(weights);
    pairs_free(all);
}

static void sums(void)
{
    static const size_t first[] = {0, 3, 2}, second[] = {0, 0};
    pairs *all = make_pairs(true), *unknown = make_pairs(false);
    alignment_scores scores = {0};
    CHECK(isnan(alignment_scores_error(&scores)) && isnan(alignment_scores_share(&scores, true)),
          "nothing was counted");
    gsl_matrix *a = make_weights(first, 3, 6), *b = make_weights(second, 2, 6);
    alignment_scores_add(&scores, all, 0, a);
    alignment_scores_add(&scores, all, 1, b);
    alignment_scores_add(&scores, unknown, 0, a); /* nobody knows: nothing is counted */
    CHECK(scores.n_symbols == 4 && scores.n_exact == 2 && scores.n_near == 2 &&
              scores.distance == 4,
          "%zu symbols, distance %zu", scores.n_symbols, scores.distance);
    gsl_matrix_free(a);
    gsl_matrix_free(b);
    pairs_free(all);
    pairs_free(unknown);
}

/* Equal weights: the first place. On copies of n symbols that is (0 + 1 + ... + n - 1) / n. */
static void uniform_weights(void)
{
    task rules = {.rule = TASK_COPY, .n_letters = 5, .min_length = 9, .max_length = 9};
    symbols *source = task_symbols(&rules, SYMBOLS_SOURCE);
    symbols *target = task_symbols(&rules, SYMBOLS_TARGET);
    pairs *all = task_pairs(&rules, 3, source, target, suite_rng());
    gsl_matrix *weights = gsl_matrix_alloc(10, 9);
    gsl_matrix_set_all(weights, 1.0 / 9);
    alignment_scores scores = {0};
    for (size_t p = 0; p < 3; p++) {
        alignment_scores_add(&scores, all, p, weights);
    }
    CHECK_CLOSE(alignment_scores_error(&scores), 4.0, 1e-15, "error");
    gsl_matrix_free(weights);
    pairs_free(all);
    symbols_free(source);
    symbols_free(target);
}

static const test tests[] = {
    {"the error is the mean distance of the largest weights", places},
    {"within its span a symbol is found, and one from nowhere does not count", spans},
    {"weights of the end and of padding are not read", padding},
    {"counts add up over pairs", sums},
    {"of equal weights the first is the largest", uniform_weights},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
