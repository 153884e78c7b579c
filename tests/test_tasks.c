/* Tasks: each rule's pairs and where their symbols come from, checked by other means than they were
 * made. */
#include "chapters/common/pairs/tasks.h"
#include "tests/support/suite.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- A pair as text -------------------------------------------------------------------------- */

typedef struct {
    symbols *source, *target;
    pairs *all;
} made;

static made make(const task *rules, size_t n)
{
    made m = {task_symbols(rules, SYMBOLS_SOURCE), task_symbols(rules, SYMBOLS_TARGET), NULL};
    m.all = task_pairs(rules, n, m.source, m.target, suite_rng());
    CHECK(m.all != NULL && m.all->n_pairs == n && m.all->n_sources == n, "%s: no pairs",
          task_name(rules->rule));
    return m;
}

static void end(made m)
{
    pairs_free(m.all);
    symbols_free(m.source);
    symbols_free(m.target);
}

static void show(const pairs *all, size_t p, char *x, char *y)
{
    symbols_decode(all->source_symbols, all->source + all->source_starts[p],
                   pairs_source_length(all, p), x, PAIRS_MAX_LENGTH + 1);
    symbols_decode(all->target_symbols, all->target + all->target_starts[p],
                   pairs_target_length(all, p), y, PAIRS_MAX_LENGTH + 1);
}

/* ---- Letters --------------------------------------------------------------------------------- */

/* Where symbol t must come from, given the source; for sort, as many stand before it there. */
static size_t origin_of(const task *rules, const char *x, const char *y, size_t n, size_t t)
{
    switch (rules->rule) {
    case TASK_COPY:
        return t;
    case TASK_REVERSE:
        return n - t - 1;
    case TASK_SHIFT:
        return (t + rules->shift) % n;
    default:
        break;
    }
    size_t rank = 0, origin = 0; /* y_t is the (rank + 1)-th of its kind, in y and in x */
    for (size_t i = 0; i < t; i++) {
        rank += y[i] == y[t];
    }
    while (x[origin] != y[t] || rank > 0) {
        rank -= x[origin] == y[t];
        origin++;
    }
    return origin;
}

static void check_letters(const task *rules, const pairs *all, size_t p)
{
    char x[PAIRS_MAX_LENGTH + 1], y[PAIRS_MAX_LENGTH + 1];
    show(all, p, x, y);
    size_t n = strlen(x);
    CHECK(strlen(y) == n && n >= rules->min_length && n <= rules->max_length, "'%s' -> '%s'", x, y);
    for (size_t t = 0; t < n; t++) {
        pairs_span span = all->alignment[all->target_starts[p] + t];
        size_t origin = origin_of(rules, x, y, n, t);
        CHECK(span.first == (int)origin && span.last == (int)origin && y[t] == x[origin],
              "%s '%s' -> '%s': symbol %zu comes from %d", task_name(rules->rule), x, y, t,
              span.first);
        CHECK(rules->rule != TASK_SORT || t == 0 || y[t - 1] <= y[t], "'%s' is not sorted", y);
    }
}

static void letter_rules(void)
{
    static const task cases[] = {
        {TASK_COPY, 26, 1, 30, 0},   {TASK_REVERSE, 26, 1, 30, 0}, {TASK_SHIFT, 10, 1, 30, 0},
        {TASK_SHIFT, 10, 1, 30, 3},  {TASK_SHIFT, 26, 5, 5, 5},    {TASK_SHIFT, 26, 2, 9, 1000001},
        {TASK_SORT, 26, 1, 30, 0},   {TASK_SORT, 3, 20, 20, 0},    {TASK_SORT, 1, 1, 4, 0},
        {TASK_COPY, 2, 512, 512, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        made m = make(&cases[i], 200);
        for (size_t p = 0; p < m.all->n_pairs; p++) {
            check_letters(&cases[i], m.all, p);
        }
        end(m);
    }
}

/* With a shift that is as large as a number gets, t + k would not fit. */
static void largest_shift(void)
{
    task rules = {TASK_SHIFT, 26, 7, 7, SIZE_MAX}, small = {TASK_SHIFT, 26, 7, 7, SIZE_MAX % 7};
    made m = make(&rules, 20);
    for (size_t p = 0; p < 20; p++) {
        check_letters(&small, m.all, p);
    }
    end(m);
}

/* 6 lengths and 4 letters: each is seen as often as chance has it, within 5 deviations. */
static void uniform(void)
{
    enum { N = 6000 };
    task rules = {TASK_COPY, 4, 3, 8, 0};
    made m = make(&rules, N);
    size_t n_of_length[16] = {0}, n_of_letter[8] = {0}, n_letters = m.all->source_starts[N];
    for (size_t p = 0; p < N; p++) {
        n_of_length[pairs_source_length(m.all, p)]++;
    }
    for (size_t i = 0; i < n_letters; i++) {
        n_of_letter[m.all->source[i]]++;
    }
    for (size_t length = 3; length <= 8; length++) {
        CHECK_CLOSE((double)n_of_length[length], N / 6.0, 5 * sqrt(N * 5.0 / 36), "a length");
    }
    for (size_t letter = 1; letter <= 4; letter++) {
        double n = (double)n_letters;
        CHECK_CLOSE((double)n_of_letter[letter], n / 4, 5 * sqrt(n * 3 / 16), "a letter");
    }
    end(m);
}

static void same_seed(void)
{
    for (int rule = 0; rule < N_TASKS; rule++) {
        task rules = {(task_rule)rule, 26, 2, 20, 2};
        gsl_rng *again = gsl_rng_clone(suite_rng());
        made m = make(&rules, 50);
        pairs *same = task_pairs(&rules, 50, m.source, m.target, again);
        pairs *next = task_pairs(&rules, 50, m.source, m.target, again);
        size_t n = m.all->source_starts[50];
        CHECK(same->source_starts[50] == n &&
                  memcmp(same->source, m.all->source, n * sizeof(int)) == 0,
              "%s: another seed's pairs", task_name(rules.rule));
        CHECK(next->source_starts[50] != n ||
                  memcmp(next->source, m.all->source, n * sizeof(int)) != 0,
              "%s: the generator does not move", task_name(rules.rule));
        pairs_free(same);
        pairs_free(next);
        gsl_rng_free(again);
        end(m);
    }
}

static void refused(void)
{
    static const task cases[] = {
        {TASK_COPY, 0, 1, 2, 0}, {TASK_COPY, 27, 1, 2, 0},  {TASK_COPY, 2, 0, 2, 0},
        {TASK_COPY, 2, 3, 2, 0}, {TASK_COPY, 2, 1, 513, 0}, {TASK_SORT, 2, 1, SIZE_MAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        symbols *source = task_symbols(&cases[i], SYMBOLS_SOURCE);
        symbols *target = task_symbols(&cases[i], SYMBOLS_TARGET);
        CHECK(task_pairs(&cases[i], 1, source, target, suite_rng()) == NULL, "case %zu", i);
        symbols_free(source);
        symbols_free(target);
    }
    task dates = {.rule = TASK_DATES};
    symbols *source = task_symbols(&dates, SYMBOLS_SOURCE);
    symbols *target = task_symbols(&dates, SYMBOLS_TARGET);
    CHECK(task_pairs(&dates, 0, source, target, suite_rng()) == NULL, "no pairs");
    CHECK(task_pairs(&dates, SIZE_MAX / 2, source, target, suite_rng()) == NULL, "too many");
    symbols_free(source);
    symbols_free(target);
}

static void names(void)
{
    static const char *const expected[] = {"copy", "reverse", "shift", "sort", "dates"};
    task_rule rule;
    for (int i = 0; i < N_TASKS; i++) {
        CHECK(task_find(expected[i], &rule) && rule == (task_rule)i &&
                  strcmp(task_name(rule), expected[i]) == 0,
              "%s", expected[i]);
    }
    CHECK(!task_find("Copy", &rule) && !task_find("", &rule), "a task that is none");
}

static const test tests[] = {
    {"every rule gives its pairs, and where their symbols come from", letter_rules},
    {"the shift may be any number", largest_shift},
    {"lengths and letters are uniform", uniform},
    {"pairs depend on the generator alone", same_seed},
    {"a task with numbers that are out of range is refused", refused},
    {"a rule is found by its name", names},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
