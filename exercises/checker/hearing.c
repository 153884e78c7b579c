#include "exercises/checker/hearing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARIANTS = 2, VARIANTS_MOST = 8 };

/* Two results of a right function may differ by so much, relatively: it may sum in any order. */
#define ROUNDING 1e-12

/* One function under test, in one child. */
typedef struct {
    const exercise_model *mutant; /* NULL: the right one */
    size_t of_case, variant;      /* variant 0 answers as computed */
    int failed_check;             /* what the learner's function returned: 0 accepts */
    size_t n_questions;
    bool is_square;                 /* no question had a matrix that is not square */
    bool is_varied[PROBLEM_ARRAYS]; /* a question had two different numbers in this argument */
    size_t telling;                 /* the first question that a right function answers otherwise */
    char told[128];                 /* how */
    double milliseconds;
} hearing;

static hearing *all; /* for as long as the judge lives */
static size_t n_all;
static verdict broken; /* a child that did not come to an end: all cases fail with it */

/* ---- replies --------------------------------------------------------------------------------- */

/* What another order of the sums might give; the same for the same result in the same place. */
static void round_otherwise(problem *p, size_t variant)
{
    for (size_t n = 0; n < p->n_arrays; n++) {
        gsl_matrix *m = p->arrays[n].role == ARRAY_UPDATED ? &p->arrays[n].matrix : NULL;
        for (size_t cell = 0; m && cell < m->size1 * m->size2; cell++) {
            double *x = gsl_matrix_ptr(m, cell / m->size2, cell % m->size2);
            uint64_t state;
            memcpy(&state, x, sizeof state);
            state ^= (uint64_t)variant << 48 ^ (uint64_t)(n << 20 | cell);
            double u = (double)(random_bits(&state) >> 11) * 0x1p-53;
            *x *= 1.0 + ROUNDING * (2.0 * u - 1.0);
        }
    }
}

static bool varies(const gsl_matrix *m)
{
    bool does = false;
    for (size_t cell = 0; !does && cell < m->size1 * m->size2; cell++) {
        does = gsl_matrix_get(m, cell / m->size2, cell % m->size2) != gsl_matrix_get(m, 0, 0);
    }
    return does;
}

/* Remember of a question what explains later why it told nothing, or what it told. */
static void take_note(hearing *h, const problem *asked, const problem *answer)
{
    h->n_questions++;
    for (size_t n = 0; n < asked->n_arrays; n++) {
        const problem_array *a = &asked->arrays[n];
        h->is_square = h->is_square && (a->kind != ARRAY_MATRIX || a->n_rows == a->n_cols);
        h->is_varied[n] = h->is_varied[n] || a->role != ARRAY_GIVEN || varies(&a->matrix);
    }
    problem right;
    difference d;
    answer_by(exercise_check.reference, asked, &right);
    bool agrees = answers_agree(answer, &right, triage_tolerance(), &d);
    if (h->telling == 0 && !agrees) {
        h->telling = h->n_questions;
        snprintf(h->told, sizeof h->told, "%s[%zu][%zu] is %.4g there, and right is %.4g",
                 right.arrays[d.array].name, d.row, d.col,
                 array_get(&answer->arrays[d.array], d.row, d.col),
                 array_get(&right.arrays[d.array], d.row, d.col));
    } else if (h->telling == 0 && answer->status != right.status) {
        h->telling = h->n_questions;
        snprintf(h->told, sizeof h->told, "it returned %d, and right is %d", answer->status,
                 right.status);
    }
    problem_free(&right);
}

static unsigned char *reply(void *context, const unsigned char *question, size_t length,
                            size_t *n_bytes)
{
    hearing *h = context;
    problem asked, answer;
    if (!question_read(exercise_check.parts, exercise_check.n_parts, question, length, &asked)) {
        return NULL;
    }
    answer_by(h->mutant ? h->mutant->function : exercise_check.reference, &asked, &answer);
    take_note(h, &asked, &answer);
    if (h->variant > 0) {
        round_otherwise(&answer, h->variant);
    }
    unsigned char *frame =
        question_reply(exercise_check.parts, exercise_check.n_parts, &answer, n_bytes);
    problem_free(&asked);
    problem_free(&answer);
    return frame;
}

/* ---- children -------------------------------------------------------------------------------- */

/* Whether the checks came to an end; if not, the verdict says how, and where. */
static bool comes_to_an_end(const judge_options *o, hearing *h, bool is_explaining, verdict *v)
{
    static trial t;
    problem begin;
    problem_begin(&begin, judge_fresh_seed(), 0);
    trial_setup setup = judge_setup(o, is_explaining);
    setup.reply = reply;
    setup.context = h;
    trial_run(&setup, &begin, 1, &t);
    bool ends = t.end == END_COMPLETE || (is_explaining && t.end == END_TIME);
    if (!ends) {
        verdict_on_end(&t, v);
        verdict_add(v, "\nIt was asking %s",
                    h->mutant ? h->mutant->looks_like : "the right function.");
    } else if (v->state == CASE_PASSED) {
        h->failed_check = t.n_answered > 0 ? t.answers[0].status : 0;
        snprintf(v->text, sizeof v->text, "%s: check %d", h->mutant ? h->mutant->tag : "right",
                 h->failed_check);
    }
    if (is_explaining) {
        explain(&t, v);
    }
    h->milliseconds = t.milliseconds;
    judge_log(o, v, &t);
    trial_free(&t);
    return ends && v->state == CASE_PASSED;
}

/* The sanitized build tells where a child broke, or that none did by luck. */
static void hear(const judge_options *o, hearing *h, bool is_last)
{
    verdict v = {.of = &exercise_check.cases[h->of_case], .state = CASE_PASSED};
    hearing again = *h;
    bool ends = comes_to_an_end(o, h, false, &v);
    if (o->explain && (!ends || is_last)) {
        ends = comes_to_an_end(o, &again, true, &v) && ends;
    }
    broken = ends ? broken : v;
}

static void add_hearings(const judge_options *o, size_t c, const exercise_model *mutant)
{
    size_t n = o->repeats > VARIANTS ? o->repeats : VARIANTS;
    n = n < VARIANTS_MOST ? n : VARIANTS_MOST;
    hearing *more = realloc(all, (n_all + n) * sizeof *all);
    if (!more) {
        fprintf(stderr, "judge: no memory for %zu hearings\n", n_all + n);
        exit(2);
    }
    all = more;
    for (size_t k = 0; k < n; k++) {
        all[n_all++] = (hearing){.mutant = mutant, .of_case = c, .variant = k, .is_square = true};
    }
}

static void hear_all(const judge_options *o)
{
    for (size_t c = 0; c < exercise_check.n_cases; c++) {
        const exercise_case *of = &exercise_check.cases[c];
        for (size_t n = 0; n < of->n_mutants; n++) {
            add_hearings(o, c, &of->mutants[n]);
        }
        if (of->n_mutants == 0) {
            add_hearings(o, c, NULL);
        }
    }
    uint64_t random = judge_fresh_seed();
    for (size_t n = n_all - 1; n > 0; n--) { /* Fisher and Yates */
        size_t other = random_bits(&random) % (n + 1);
        hearing moved = all[n];
        all[n] = all[other];
        all[other] = moved;
    }
    for (size_t n = 0; n < n_all && broken.state == CASE_PASSED; n++) {
        hear(o, &all[n], n + 1 == n_all);
    }
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static const hearing *find(size_t c, const exercise_model *mutant, size_t variant)
{
    size_t n = 0;
    while (n < n_all &&
           (all[n].of_case != c || all[n].mutant != mutant || all[n].variant != variant)) {
        n++;
    }
    return n < n_all ? &all[n] : NULL;
}

static void judge_right(size_t c, verdict *v)
{
    const hearing *h;
    for (size_t variant = 0; (h = find(c, NULL, variant)); variant++) {
        if (h->n_questions == 0) {
            verdict_fail(v, "not-written", "the function under test was never called.");
            return;
        }
        if (h->failed_check != 0) {
            verdict_fail(v, variant == 0 ? "rejects-right" : "exact-equality",
                         variant == 0 ? "your check %d rejects the right function."
                                      : "your check %d accepts the right function, and rejects it "
                                        "when its results are rounded otherwise, by one part in "
                                        "10^12.",
                         h->failed_check);
            return;
        }
    }
}

/* Why nobody noticed. */
static void say_why(const hearing *h, verdict *v)
{
    if (h->telling > 0) {
        verdict_add(v, "\nYour question %zu tells: %s.\nNo check of yours looked at it.",
                    h->telling, h->told);
        return;
    }
    verdict_add(v, "\n%s: a right function gives the same.",
                h->n_questions == 1 ? "Your question does not tell"
                                    : "None of your questions tells");
    size_t array = 0; /* numbers are no arrays */
    for (size_t n = 0; n < exercise_check.n_parts; n++) {
        const question_part *part = &exercise_check.parts[n];
        if (part->rows && !h->is_varied[array++]) {
            verdict_add(v, "\n%s always holds the same number everywhere.", part->name);
            snprintf(v->tag, sizeof v->tag, "constant-data");
            return;
        }
    }
    if (h->is_square) {
        verdict_add(v, "\nAll your matrices are square.");
        snprintf(v->tag, sizeof v->tag, "square-only");
    }
}

static void judge_mutants(size_t c, verdict *v)
{
    const exercise_case *of = v->of;
    const hearing *survivor = NULL, *h;
    size_t n_rejected = 0;
    char by[128] = "";
    for (size_t n = 0; n < of->n_mutants; n++) {
        const hearing *accepted = NULL, *first = find(c, &of->mutants[n], 0);
        for (size_t variant = 0; (h = find(c, &of->mutants[n], variant)); variant++) {
            accepted = !accepted && h->failed_check == 0 ? h : accepted;
        }
        n_rejected += !accepted;
        survivor = survivor ? survivor : accepted;
        size_t length = strlen(by);
        snprintf(by + length, sizeof by - length, " %d", accepted ? 0 : first->failed_check);
    }
    v->points = (int)(of->points * n_rejected / of->n_mutants);
    if (survivor) {
        verdict_fail(v, survivor->mutant->tag, "%zu of %zu rejected. One that is not: %s",
                     n_rejected, of->n_mutants, survivor->mutant->looks_like);
        say_why(survivor, v);
    } else {
        snprintf(v->text, sizeof v->text, "%zu of %zu, by check%s", n_rejected, of->n_mutants, by);
    }
}

void hearing_judge(const judge_options *o, size_t c, verdict *v)
{
    if (n_all == 0) {
        hear_all(o);
    }
    if (broken.state != CASE_PASSED) {
        const exercise_case *of = v->of;
        *v = broken;
        v->of = of;
        return;
    }
    v->state = CASE_PASSED;
    if (v->of->n_mutants > 0) {
        judge_mutants(c, v);
    } else {
        judge_right(c, v);
        v->points = v->state == CASE_PASSED ? v->of->points : 0;
    }
    for (size_t n = 0; n < n_all; n++) { /* the slowest child */
        bool is_slower = all[n].of_case == c && all[n].milliseconds > v->milliseconds;
        v->milliseconds = is_slower ? all[n].milliseconds : v->milliseconds;
    }
}
