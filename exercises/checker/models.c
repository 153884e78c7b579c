/* Which of the named wrong formulas the learner wrote, if any. */

#include "exercises/checker/access.h"
#include "exercises/checker/verdict.h"

void answer_by(any_function *function, const problem *asked, problem *answer)
{
    problem_copy(answer, asked);
    counted_attach(answer, NULL);
    answer->status = exercise_call(answer, function);
}

/* Every answer is the model's. */
static bool fits(const exercise_model *model, const problem *asked, const trial *t)
{
    bool ok = t->n_answered > 0;
    for (size_t n = 0; ok && n < t->n_answered; n++) {
        problem answer;
        answer_by(model->function, &asked[n], &answer);
        ok = answer.status == t->answers[n].status &&
             answers_agree(&t->answers[n], &answer, triage_tolerance(), NULL);
        problem_free(&answer);
    }
    return ok;
}

/* A model that would have failed an earlier case is not what was written if that case was passed,
 * even if it gives the same in this one. */
static bool would_have_failed(const exercise_model *model, size_t c)
{
    static problem problems[TRIAL_REPEATS];
    size_t n = verdict_problems(c, problems);
    bool agrees = true;
    for (size_t k = 0; k < n; k++) {
        if (agrees && k < 2) {
            problem wrong, right;
            answer_by(model->function, &problems[k], &wrong);
            answer_by(exercise_check.reference, &problems[k], &right);
            agrees = answers_agree(&wrong, &right, triage_tolerance(), NULL);
            problem_free(&wrong);
            problem_free(&right);
        }
        problem_free(&problems[k]);
    }
    return !agrees;
}

const exercise_model *model_of(const problem *asked, const trial *t, const exercise_case *of)
{
    for (size_t n = 0; n < exercise_check.n_models; n++) {
        const exercise_model *model = &exercise_check.models[n];
        bool is_it = fits(model, asked, t);
        for (size_t c = 0; is_it && &exercise_check.cases[c] < of; c++) {
            is_it = !verdict_was_passed(c) || !would_have_failed(model, c);
        }
        if (is_it) {
            return model;
        }
    }
    return NULL;
}
