#include "exercises/checker/access.h"
#include "exercises/checker/verdict.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double looser = 1.0;

void triage_loosen(double factor)
{
    looser = factor;
}

double triage_seconds(void)
{
    return exercise_check.seconds > 0.0 ? exercise_check.seconds : 1.0;
}

double triage_tolerance(void)
{
    return looser * (exercise_check.tolerance > 0.0 ? exercise_check.tolerance : 1e-9);
}

/* ---- what stands in memory ------------------------------------------------------------------- */

static bool judge_guards(const problem *asked, const problem *got, verdict *v)
{
    for (size_t n = 0; n < asked->n_arrays; n++) {
        const problem_array *a = &asked->arrays[n], *g = &got->arrays[n];
        for (size_t cell = 0; cell < array_cells(a); cell++) {
            size_t row = cell / a->tda, col = cell % a->tda;
            bool is_guard = row == 0 || col >= a->n_cols;
            if (memcmp(&a->block[cell], &g->block[cell], sizeof(double)) == 0 ||
                (!is_guard && a->role != ARRAY_GIVEN)) {
                continue;
            }
            if (!is_guard) {
                verdict_fail(v, "input-changed", "%s[%zu][%zu] was changed: %s is only to be read.",
                             a->name, row - 1, col, a->name);
            } else if (row == 0) {
                verdict_fail(v, "guard", "memory before the first row of %s was overwritten.",
                             a->name);
            } else {
                verdict_fail(v, "tda",
                             "cells to the right of row %zu of %s were overwritten: rows are "
                             "%s->tda apart, not %s->size2.\ngsl_matrix_set() knows that.",
                             row - 1, a->name, a->name, a->name);
            }
            return true;
        }
    }
    return false;
}

typedef struct {
    size_t n_cells, n_untouched, n_nan;
} census;

static census count_cells(const problem *got, const problem *want)
{
    census c = {0};
    for (size_t n = 0; n < got->n_arrays; n++) {
        const problem_array *a = &got->arrays[n], *w = &want->arrays[n];
        for (size_t i = 0; a->role == ARRAY_WANTED && i < a->n_rows; i++) {
            for (size_t j = 0; j < a->n_cols; j++) {
                c.n_cells++;
                c.n_untouched += is_untouched(array_get(a, i, j));
                c.n_nan += isnan(array_get(a, i, j)) && !isnan(array_get(w, i, j));
            }
        }
    }
    return c;
}

/* Every answer is what the cells held before, plus what is wanted. */
static bool was_added_to(const problem *asked, const problem *want, size_t n, const trial *t)
{
    bool has_evidence = false, fits = true;
    for (size_t k = 0; fits && k < n && k < t->n_answered; k++) {
        if (asked[k].fill != FILL_FINITE) {
            continue;
        }
        problem sum;
        problem_copy(&sum, &want[k]);
        for (size_t a = 0; a < sum.n_arrays; a++) {
            for (size_t c = 0;
                 sum.arrays[a].role == ARRAY_WANTED && c < array_cells(&sum.arrays[a]); c++) {
                sum.arrays[a].block[c] += asked[k].arrays[a].block[c];
                has_evidence = true;
            }
        }
        fits = answers_agree(&t->answers[k], &sum, triage_tolerance(), NULL);
        problem_free(&sum);
    }
    return has_evidence && fits;
}

/* Nothing that is wanted was written, and nothing that is updated is other than it was. */
static bool is_unwritten(const problem *asked, const problem *got, const census *c)
{
    bool has_work = c->n_cells > 0, is_same = c->n_untouched == c->n_cells;
    for (size_t n = 0; is_same && n < got->n_arrays; n++) {
        const problem_array *before = &asked->arrays[n], *after = &got->arrays[n];
        bool is_updated = after->role == ARRAY_UPDATED;
        has_work = has_work || is_updated;
        is_same = !is_updated || memcmp(before->block, after->block,
                                        array_cells(after) * sizeof *after->block) == 0;
    }
    return has_work && is_same;
}

static const char *violated(problem *got)
{
    for (size_t n = 0; n < exercise_check.n_properties; n++) {
        const char *what = exercise_check.properties[n](got);
        if (what) {
            return what;
        }
    }
    return NULL;
}

/* The answer number k is the first that is wrong. */
static void judge_difference(const problem *asked, const problem *want, size_t n, size_t k,
                             const difference *d, trial *t, verdict *v)
{
    problem *got = &t->answers[k];
    const problem_array *a = &got->arrays[d->array];
    census c = count_cells(got, &want[k]);
    if (was_added_to(asked, want, n, t)) { /* NaN + x still looks untouched, so this comes first */
        verdict_fail(v, "not-zeroed",
                     "the result was added to what stood in %s: write it, or set it to 0 first.",
                     a->name);
        return;
    }
    if (is_unwritten(&asked[k], got, &c)) {
        verdict_fail(v, "not-written", "no cell of %s was %s yet.", a->name,
                     a->role == ARRAY_UPDATED ? "changed" : "written");
        return;
    }
    const exercise_model *model = model_of(asked, t, v->of);
    verdict_fail(v, model ? model->tag : "mismatch",
                 "%zu of the cells %s wrong, %s[%zu][%zu] first.", d->n, d->n == 1 ? "is" : "are",
                 a->name, d->row, d->col);
    const char *property = model ? NULL : violated(got);
    if (model) {
        verdict_add(v, "\nlooks like: %s", model->looks_like);
    } else if (c.n_untouched > 0) {
        verdict_fail(v, "cells-missing", "%zu of %zu cells were never written.", c.n_untouched,
                     c.n_cells);
    } else if (c.n_nan > 0) {
        verdict_fail(v, "nan", "%zu of %zu cells are NaN.", c.n_nan, c.n_cells);
    } else if (property) {
        snprintf(v->tag, sizeof v->tag, "property");
        verdict_add(v, "\nit also cannot be: %s", property);
    }
    if (!exercise_check.is_fixed) { /* else it would tell what is to be predicted */
        show_difference(got, &want[k], d, v->shown, sizeof v->shown);
    }
}

/* Where many answers are right, the author's judge speaks once there is an answer. */
static bool judge_freely(problem *got, verdict *v)
{
    census c = count_cells(got, got);
    const char *tag = "wrong-answer", *why = NULL;
    if (c.n_untouched > 0) {
        bool is_new = c.n_untouched == c.n_cells;
        verdict_fail(v, is_new ? "not-written" : "cells-missing",
                     "%zu of %zu cells were never written.", c.n_untouched, c.n_cells);
        return true;
    }
    why = exercise_check.accept(got, &tag);
    if (why) {
        verdict_fail(v, tag, "%s", why);
    }
    return why != NULL;
}

/* ---- the order ------------------------------------------------------------------------------- */

static bool judge_status(const problem *got, const problem *want, verdict *v)
{
    if (got->status == want->status) {
        return false;
    }
    verdict_fail(v, "status", "it returned %d (%s) instead of %d (%s).", got->status,
                 gsl_strerror(got->status), want->status, gsl_strerror(want->status));
    return true;
}

/* A right result whose cells were not all reached through the counter was made around it. */
static bool judge_reach(const problem *got, int unreached, verdict *v)
{
    if (unreached < 0) {
        return false;
    }
    const problem_array *a = &got->arrays[unreached];
    bool is_stored = a->role == ARRAY_WANTED;
    verdict_fail(v, "uncounted", "the result is right, but not every cell of %s was %s.", a->name,
                 is_stored ? "stored by counted_set()" : "loaded by counted_get()");
    return true;
}

static bool judge_answer(const problem *asked, const problem *want, size_t n, size_t k, trial *t,
                         verdict *v)
{
    if (judge_guards(&asked[k], &t->answers[k], v)) {
        return true;
    }
    if (exercise_check.accept) {
        return judge_freely(&t->answers[k], v);
    }
    difference d;
    if (!answers_agree(&t->answers[k], &want[k], triage_tolerance(), &d)) {
        judge_difference(asked, want, n, k, &d, t, v);
        return true;
    }
    return judge_status(&t->answers[k], &want[k], v) ||
           judge_reach(&t->answers[k], t->unreached[k], v);
}

static bool judge_leak(const trial *t, size_t n, verdict *v)
{
    size_t n_leaks = 0;
    for (size_t k = 1; k < n; k++) { /* the first call may fill a buffer of the C library */
        n_leaks += t->leaked[k] > 0;
    }
    if (n < 3 || n_leaks < n - 1) {
        return false;
    }
    verdict_fail(v, "leak",
                 "the result is right, but each call keeps %llu bytes of memory: "
                 "something is allocated and not freed.",
                 (unsigned long long)t->leaked[n - 1]);
    return true;
}

void triage(const problem *asked, const problem *want, size_t n, trial *t, verdict *v)
{
    v->state = CASE_PASSED;
    if (verdict_on_end(t, v)) {
        return;
    }
    for (size_t k = 0; k < n; k++) {
        if (judge_answer(asked, want, n, k, t, v)) {
            return;
        }
    }
    judge_leak(t, n, v);
}
