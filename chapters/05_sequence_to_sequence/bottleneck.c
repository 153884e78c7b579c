/* What a single vector cannot do: words are written backwards, longer and longer ones. */
#include "chapters/05_sequence_to_sequence/lesson.h"

#include "chapters/common/program/program.h"
#include <stdio.h>

enum { MIN_LENGTH = 3, MAX_LENGTH = 15, LONGEST = 25, N_TEST = 100 };

static const lesson_plan plan = {
    .rules = {.rule = TASK_REVERSE,
              .n_letters = 12,
              .min_length = MIN_LENGTH,
              .max_length = MAX_LENGTH},
    .n_pairs = 4000,
    .n_epochs = 6,
    .learning_rate = 0.005,
};

/* The share of words that are right, for each length. */
static gsl_vector *accuracies(const settings *choices, ref_score score, size_t *n_parameters)
{
    lesson_plan own = plan;
    own.score = score;
    lesson of = lesson_learn(choices, &own);
    gsl_vector *right = program_vector(LONGEST);
    for (size_t n = 1; n <= LONGEST; n++) {
        gsl_vector_set(right, n - 1, lesson_test(&of, n, n, N_TEST, 1000 + n).right);
    }
    *n_parameters = of.n_parameters;
    lesson_end(&of);
    return right;
}

static void draw_curves(report *to, const gsl_vector *without, const gsl_vector *with)
{
    gsl_vector *lengths = program_vector(LONGEST);
    for (size_t n = 1; n <= LONGEST; n++) {
        gsl_vector_set(lengths, n - 1, (double)n);
    }
    figure_series series[] = {
        {.name = "without attention", .x = lengths, .y = without, .role = FIGURE_FAINT},
        {.name = "with attention", .x = lengths, .y = with, .role = FIGURE_CONTEXT}};
    report_plot(to, "bottleneck",
                &(figure_plot){.title = "Words written backwards: the share that is right",
                               .description = "Without attention the share falls with the length; "
                                              "with attention it stays high for longer.",
                               .x_label = "letters (trained on 3 to 15)",
                               .y_label = "share of words that are right",
                               .series = series,
                               .n_series = 2});
    gsl_vector_free(lengths);
}

/* Between instruction sets a share of 100 words moved by no more than half of this. */
static void quote(report *to, const char *name, const gsl_vector *right)
{
    for (size_t n = 5; n <= LONGEST; n += 5) {
        char key[64];
        snprintf(key, sizeof key, "bottleneck_%s_%zu", name, n);
        report_measured(to, key, gsl_vector_get(right, n - 1), 0.1);
    }
}

void show_bottleneck(report *to, const settings *choices)
{
    size_t n_without, n_with;
    terminal_heading(&to->out, "What a single vector cannot do");
    gsl_vector *without = accuracies(choices, REF_SCORE_NONE, &n_without);
    gsl_vector *with = accuracies(choices, REF_SCORE_GENERAL, &n_with);
    report_say(to,
               "Read a word, write it backwards. Both models have learned from words of %d to %d "
               "letters, with %zu parameters without attention and %zu with it.",
               MIN_LENGTH, MAX_LENGTH, n_without, n_with);
    report_gap(to);
    draw_curves(to, without, with);
    quote(to, "none", without);
    quote(to, "general", with);
    report_number(to, "bottleneck_hidden", LESSON_HIDDEN);
    gsl_vector_free(without);
    gsl_vector_free(with);
}
