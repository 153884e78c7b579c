/* The judge: draws problems, has the child answer them, and says what is wrong. CUnit registers and
 * counts the cases; nothing that the child says or returns is a verdict. */
#define _GNU_SOURCE
#include "exercises/checker/judge.h"

#include "exercises/checker/frames.h"
#include "exercises/checker/hearing.h"
#include "exercises/checker/sandbox.h"

#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#    include <sys/prctl.h>
#endif

static judge_options options = {.id = "?", .title = "", .section = "", .seed = 1};
static judgement all = {.options = &options};

/* ---- problems -------------------------------------------------------------------------------- */

size_t judge_problems(const judge_options *o, size_t c, problem *problems)
{
    const exercise_case *of = &exercise_check.cases[c];
    size_t n = of->repeats > 0 ? of->repeats : of->meter ? 1 : 6;
    n = exercise_check.is_fixed ? 1 : n; /* the one that was printed for the learner */
    bool may_vary = !of->meter && !exercise_check.is_fixed;
    n = o->repeats > n && may_vary ? o->repeats : n;
    n = n < TRIAL_REPEATS ? n : TRIAL_REPEATS;
    for (size_t k = 0; k < n; k++) {
        uint64_t seed = o->seed;
        seed = random_bits(&seed) ^ ((uint64_t)c << 32 | k);
        problem_begin(&problems[k], random_bits(&seed), k);
        of->make(&problems[k]);
        problem_fill(&problems[k], k % 2 == 0 ? FILL_NAN : FILL_FINITE);
    }
    return n;
}

size_t verdict_problems(size_t c, problem *problems)
{
    return judge_problems(&options, c, problems);
}

bool verdict_was_passed(size_t c)
{
    return all.cases[c].state == CASE_PASSED;
}

static void solve(const problem *asked, problem *want)
{
    if (exercise_check.reference) {
        answer_by(exercise_check.reference, asked, want);
    } else {
        problem_copy(want, asked);
    }
}

/* ---- one case -------------------------------------------------------------------------------- */

static uint64_t counted(const exercise_case *of, const access_count *count)
{
    switch (of->meter) {
    case METER_MISSES:
        return count->misses;
    case METER_LOADS:
        return count->loads;
    case METER_ACCESSES:
        return count->loads + count->stores;
    default:
        return 0;
    }
}

/* Linear between zero and full; the worst of all problems counts. */
static void score(const trial *t, verdict *v)
{
    const exercise_case *of = v->of;
    v->points = v->state == CASE_PASSED ? of->points : 0;
    if (v->state != CASE_PASSED || of->meter == METER_NONE) {
        return;
    }
    static const char *const names[] = {"", "cache misses", "loads", "loads and stores"};
    for (size_t k = 0; k < t->n_answered; k++) {
        uint64_t count = counted(of, &t->counts[k]);
        if (count >= v->count) {
            v->count = count;
            v->counts = t->counts[k];
        }
    }
    if (v->count > of->full) {
        double part = v->count >= of->zero
                          ? 0.0
                          : (double)(of->zero - v->count) / (double)(of->zero - of->full);
        verdict_fail(v, "slow", "right, with %llu %s; full points take %llu, and %llu earn none.",
                     (unsigned long long)v->count, names[of->meter], (unsigned long long)of->full,
                     (unsigned long long)of->zero);
        v->points = (int)(part * of->points);
    }
}

void judge_log(const judge_options *o, const verdict *v, const trial *t)
{
    FILE *log = o->log ? fopen(o->log, "a") : NULL;
    if (log) {
        fprintf(log, "== %s: %s\n%s\n%s\n-- printed:\n%s\n", v->of->name, v->tag, v->text, v->shown,
                t->text);
        fclose(log);
    }
}

trial_setup judge_setup(const judge_options *o, bool is_explaining)
{
    bool is_wide = is_explaining || o->is_wide;
    double seconds = (is_wide ? 5.0 : 1.0) * triage_seconds();
    return (trial_setup){.program = is_explaining ? o->explain : o->child,
                         .argument = o->argument,
                         .seconds = o->seconds > 0.0 && !is_explaining ? o->seconds : seconds,
                         .is_explaining = is_wide};
}

/* Whether the sanitized build has more to say: a line, or that a right result is luck. What is
 * named already, or slow, needs no more words. */
static bool wants_explanation(const verdict *v)
{
    static const char *const tags[] = {"signal",        "timeout",      "gsl-error", "exit",
                                       "tda",           "guard",        "nan",       "mismatch",
                                       "cells-missing", "input-changed"};
    bool wants = v->state == CASE_PASSED && v->of->meter == METER_NONE;
    for (size_t n = 0; v->state == CASE_FAILED && n < sizeof tags / sizeof tags[0]; n++) {
        wants = wants || strcmp(v->tag, tags[n]) == 0;
    }
    return options.explain && wants;
}

static void run_explaining(const problem *asked, const problem *want, size_t n, verdict *v)
{
    static trial t;
    trial_setup setup = judge_setup(&options, true);
    trial_run(&setup, asked, n, &t);
    verdict found = *v;
    if (v->state == CASE_PASSED) {
        triage(asked, want, n, &t, &found);
    }
    if (found.state == CASE_FAILED) {
        explain(&t, &found);
    }
    if (v->state == CASE_FAILED || (found.state == CASE_FAILED && t.end != END_TIME)) {
        found.points = 0;
        *v = found;
        judge_log(&options, v, &t);
    }
    trial_free(&t);
}

static void run_case(size_t c, verdict *v)
{
    static problem asked[TRIAL_REPEATS], want[TRIAL_REPEATS];
    static trial t;
    size_t n = judge_problems(&options, c, asked);
    for (size_t k = 0; k < n; k++) {
        solve(&asked[k], &want[k]);
    }
    trial_setup setup = judge_setup(&options, false);
    trial_run(&setup, asked, n, &t);
    triage(asked, want, n, &t, v);
    v->milliseconds = t.milliseconds;
    score(&t, v);
    judge_log(&options, v, &t);
    trial_free(&t);
    if (wants_explanation(v)) {
        run_explaining(asked, want, n, v);
    }
    for (size_t k = 0; k < n; k++) {
        problem_free(&asked[k]);
        problem_free(&want[k]);
    }
}

/* ---- all cases: a CUnit test takes no argument, so each finds its case by its name ------------- */

static void find_and_run(void)
{
    const char *name = CU_get_current_test()->pName;
    size_t c = 0;
    while (strcmp(exercise_check.cases[c].name, name) != 0) {
        c++;
    }
    verdict *v = &all.cases[c];
    *v = (verdict){.of = &exercise_check.cases[c]};
    if (c > 0 && options.only == 0 && all.cases[0].state != CASE_PASSED) {
        v->state = CASE_LOCKED;
        snprintf(v->text, sizeof v->text, "locked until the first case passes");
    } else if (exercise_check.parts) {
        hearing_judge(&options, c, v);
    } else {
        run_case(c, v);
    }
    CU_assertImplementation(v->state == CASE_PASSED, __LINE__, v->text, "exercise.c", "", CU_FALSE);
}

static void sum_up(void)
{
    all.n_cases = exercise_check.n_cases;
    all.ok = CU_get_number_of_tests_run() > 0 && CU_get_number_of_tests_failed() == 0;
    for (size_t c = 0; c < all.n_cases; c++) {
        all.points += all.cases[c].points;
        all.max += exercise_check.cases[c].points;
    }
}

static bool run_all(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        return false;
    }
    CU_pSuite suite = CU_add_suite(options.id, NULL, NULL);
    for (size_t c = 0; c < exercise_check.n_cases; c++) {
        bool is_wanted = options.only == 0 || (size_t)options.only == c + 1;
        all.cases[c] = (verdict){.of = &exercise_check.cases[c], .state = CASE_LOCKED};
        if (is_wanted && !CU_add_test(suite, exercise_check.cases[c].name, find_and_run)) {
            return false;
        }
    }
    CU_run_all_tests();
    sum_up();
    CU_cleanup_registry();
    return true;
}

/* The problems of one case, as the child reads them: for a debugger. */
static int dump(void)
{
    static problem problems[TRIAL_REPEATS];
    size_t n = judge_problems(&options, options.only > 0 ? (size_t)options.only - 1 : 0, problems);
    FILE *file = fopen(options.dump, "w");
    bool ok = file != NULL;
    for (size_t k = 0; ok && k < n; k++) {
        size_t length;
        unsigned char *frame = frame_of_problem(&problems[k], &length);
        ok = frame && fwrite(frame, 1, length, file) == length;
        free(frame);
        problem_free(&problems[k]);
    }
    ok = file && fclose(file) == 0 && ok;
    if (!ok) {
        fprintf(stderr, "cannot write %s\n", options.dump);
    }
    return ok ? 0 : 2;
}

int main(int argc, char **argv)
{
    const char *wrong = exercise_check.n_cases > JUDGE_CASES
                            ? "check.c has more cases than JUDGE_CASES, in judge.h, allows"
                            : judge_parse(argc, argv, &options);
    if (wrong) {
        fprintf(stderr, "judge: %s\n", wrong);
        return 2;
    }
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0); /* nobody looks into this process */
#endif
    gsl_set_error_handler_off();
    if (report_facts(&options)) {
        return 0;
    }
    if (options.is_loose) {
        /* what was predicted was rounded by hand: its tolerance is the pencil's, not the machine's */
        triage_loosen(exercise_check.is_fixed ? 4.0 : 100.0);
    }
    if (options.dump) {
        return dump();
    }
    if (!options.child || !run_all()) {
        fprintf(stderr, "judge: there is no --child, or CUnit failed\n");
        return 2;
    }
    if (!options.is_quiet) {
        report(&all);
    }
    return result_write(&all) ? !all.ok : 2;
}
