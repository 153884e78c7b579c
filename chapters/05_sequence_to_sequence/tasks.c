/* Tasks whose answer is known: every score learns one, and its alignment gets a number. One of the
 * scores never looks at what the encoder says. */
#include "chapters/05_sequence_to_sequence/lesson.h"

#include "chapters/common/program/program.h"
#include <math.h>
#include <stdio.h>

enum { MIN_LENGTH = 3, MAX_LENGTH = 8, N_TEST = 200, N_SCORES = REF_SCORE_ADDITIVE + 1 };

static const char *const titles[N_SCORES] = {"none",    "location", "dot",     "scaled dot",
                                             "general", "concat",   "additive"};
static const char *const keys[N_SCORES] = {"none",    "location", "dot",     "scaled",
                                           "general", "concat",   "additive"};

static lesson_plan plan_of(task_rule rule, ref_score score)
{
    return (lesson_plan){.rules = {.rule = rule,
                                   .n_letters = 8,
                                   .min_length = MIN_LENGTH,
                                   .max_length = MAX_LENGTH,
                                   .shift = 2},
                         .score = score,
                         .n_pairs = 2500,
                         .n_epochs = 5,
                         .learning_rate = 0.005};
}

/* Multiplications of one step's look at n states of an encoder whose keys are made. */
static double look_cost(ref_score score, double n)
{
    double h = LESSON_HIDDEN;
    bool is_additive = score == REF_SCORE_CONCAT || score == REF_SCORE_ADDITIVE;
    return score == REF_SCORE_NONE ? 0.0 : is_additive ? h * h + 2.0 * n * h : 2.0 * n * h;
}

/* ---- One task, every score ------------------------------------------------------------------- */

/* Trainings are chaotic: with another instruction set a share or a mean distance comes out a little
 * elsewhere. Between AVX-512, AVX2 and SSE2 none of them moved by more than half of this. */
static const double share_moves = 0.1, distance_moves = 0.3;

static void quote(report *to, task_rule rule, ref_score score, const lesson_result *near,
                  const lesson_result *far)
{
    char key[96];
    snprintf(key, sizeof key, "%s_%s_right", task_name(rule), keys[score]);
    report_measured(to, key, near->right, share_moves);
    if (rule != TASK_DATES) {
        snprintf(key, sizeof key, "%s_%s_far", task_name(rule), keys[score]);
        report_measured(to, key, far->right, share_moves);
    }
    if (score != REF_SCORE_NONE) {
        snprintf(key, sizeof key, "%s_%s_distance", task_name(rule), keys[score]);
        report_measured(to, key, near->distance, distance_moves);
    }
}

static void add_row(terminal_table *table, task_rule rule, const lesson *of,
                    const lesson_result *near, const lesson_result *far)
{
    ref_score score = of->plan.score;
    terminal_table_cell(table, FIGURE_AUTO, "%s", titles[score]);
    terminal_table_cell(table, FIGURE_AUTO, "%zu", of->n_parameters);
    terminal_table_cell(table, FIGURE_AUTO, "%.0f", look_cost(score, MAX_LENGTH));
    terminal_table_cell(table, FIGURE_CONTEXT, "%.2f", near->right);
    terminal_table_cell(table, FIGURE_CONTEXT, rule == TASK_DATES ? "-" : "%.2f", far->right);
    terminal_table_cell(table, FIGURE_WEIGHT, isnan(near->distance) ? "-" : "%.2f", near->distance);
    terminal_table_cell(table, FIGURE_WEIGHT, isnan(near->right_place) ? "-" : "%.2f",
                        near->right_place);
}

/* The lesson with one score, for a table and for the pictures behind it. */
static lesson learn(report *to, const settings *choices, task_rule rule, ref_score score,
                    terminal_table *table)
{
    lesson_plan plan = plan_of(rule, score);
    lesson of = lesson_learn(choices, &plan);
    lesson_result near = lesson_test(&of, MIN_LENGTH, MAX_LENGTH, N_TEST, 2001), far = near;
    if (rule != TASK_DATES) {
        far = lesson_test(&of, MAX_LENGTH + 1, 2 * MAX_LENGTH, N_TEST, 2002);
    }
    add_row(table, rule, &of, &near, &far);
    quote(to, rule, score, &near, &far);
    return of;
}

/* ---- Pictures -------------------------------------------------------------------------------- */

enum { MAX_LABELS = 32 };

static void draw_look(report *to, const char *name, const char *title, lesson *of, const char *text,
                      const char *answer)
{
    char letters[2][MAX_LABELS][2] = {{{0}}};
    const char *rows[MAX_LABELS], *cols[MAX_LABELS];
    gsl_matrix *weights = lesson_look(of, text, answer);
    for (size_t t = 0; t < weights->size1; t++) {
        letters[0][t][0] = answer[t];
        rows[t] = letters[0][t];
    }
    for (size_t j = 0; j < weights->size2; j++) {
        letters[1][j][0] = text[j];
        cols[j] = letters[1][j];
    }
    report_gap(to);
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "Rows are letters that are written, columns "
                                                      "are letters that are read.",
                                       .row_title = "writes",
                                       .col_title = "reads",
                                       .row_labels = rows,
                                       .col_labels = cols,
                                       .cells = weights,
                                       .max = 1.0});
    gsl_matrix_free(weights);
}

/* ---- The parts ------------------------------------------------------------------------------- */

static terminal_table *start_table(void)
{
    static const char *const headings[] = {"score",  "parameters", "products", "right",
                                           "longer", "distance",   "place"};
    return terminal_table_start(sizeof headings / sizeof headings[0], headings);
}

/* What a task's columns say. */
static void explain_columns(report *to, task_rule rule)
{
    report_say(to,
               "The task is to %s. Every model has seen %zu pairs, %zu times each. 'products' are "
               "those of one look at %d letters; 'right' is the share of %d new words without any "
               "error, 'longer' that of words of %d to %d letters, more than any that was seen; "
               "'distance' is the alignment error in letters, 'place' the share of looks that are "
               "where they should be.",
               task_name(rule), plan_of(rule, REF_SCORE_NONE).n_pairs,
               plan_of(rule, REF_SCORE_NONE).n_epochs, MAX_LENGTH, N_TEST, MAX_LENGTH + 1,
               2 * MAX_LENGTH);
    report_gap(to);
}

void show_tasks(report *to, const settings *choices)
{
    task_rule rule = (task_rule)choices->task;
    terminal_heading(&to->out, "Tasks whose answer is known: %s", task_name(rule));
    explain_columns(to, rule);
    terminal_table *table = start_table();
    for (int score = 0; score < N_SCORES; score++) {
        lesson of = learn(to, choices, rule, (ref_score)score, table);
        if (score == REF_SCORE_GENERAL && rule == TASK_REVERSE) {
            draw_look(to, "tasks_reverse", "general: where it looks while it writes backwards", &of,
                      "abcdefgh", "hgfedcba");
        }
        lesson_end(&of);
    }
    report_gap(to);
    terminal_print_table(&to->out, table);
}

void show_location(report *to, const settings *choices)
{
    terminal_heading(&to->out, "The attention that does not look");
    explain_columns(to, TASK_SORT);
    terminal_table *table = start_table();
    lesson blind = learn(to, choices, TASK_SORT, REF_SCORE_LOCATION, table);
    lesson looks = learn(to, choices, TASK_SORT, REF_SCORE_ADDITIVE, table);
    terminal_print_table(&to->out, table);
    draw_look(to, "location_first", "location: sorting 'hbdfca'", &blind, "hbdfca", "abcdfh");
    draw_look(to, "location_second", "location: sorting 'acfdbh'", &blind, "acfdbh", "abcdfh");
    draw_look(to, "additive_first", "additive: sorting 'hbdfca'", &looks, "hbdfca", "abcdfh");
    draw_look(to, "additive_second", "additive: sorting 'acfdbh'", &looks, "acfdbh", "abcdfh");
    lesson_end(&blind);
    lesson_end(&looks);
}
