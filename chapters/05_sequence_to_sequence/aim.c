/* A window that learns where to look, beside one that cannot move: local-p and local-m. */
#include "chapters/05_sequence_to_sequence/aimer.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <stdio.h>

enum { N_TRAININGS = 10, N_STEPS = 1000, N_TEXTS = 100, N_WINDOWS = 4 };

static const size_t windows[N_WINDOWS] = {1, 2, 4, 8};

/* So near do all windows of a training stand, on average, if it has found its place. */
static const double near = 1.5;

static size_t steps_of(const settings *choices)
{
    return choices->epochs == 1 ? N_STEPS / 10 : N_STEPS;
}

/* ---- One window, several trainings ----------------------------------------------------------- */

typedef struct {
    size_t n_found, n_away; /* trainings that stand where they should, and behind the text */
    aimer_result mean;      /* of those that have found it */
} outcome;

static outcome try_all(const settings *choices, aimer_kind kind, task_rule rule, size_t window)
{
    outcome all = {0, 0, {0.0, 0.0}};
    size_t n_trainings = kind == AIMER_FIXED ? 1 : N_TRAININGS;
    for (size_t n = 0; n < n_trainings; n++) {
        gsl_rng *rng = new_generator(choices->seed + n);
        aimer *of = aimer_new(kind, rule, window, rng);
        aimer_learn(of, steps_of(choices), rng);
        aimer_result one = aimer_test(of, N_TEXTS, rng);
        if (kind == AIMER_FIXED || aimer_miss(of) < near) {
            all.n_found++;
            all.mean.right += one.right;
            all.mean.distance += one.distance;
        } else if (aimer_mean_position(of) > AIMER_LENGTH - 1.0) {
            all.n_away++;
        }
        aimer_free(of);
        gsl_rng_free(rng);
    }
    all.mean.right /= GSL_MAX((double)all.n_found, 1.0);
    all.mean.distance /= GSL_MAX((double)all.n_found, 1.0);
    return all;
}

/* Trainings are chaotic: another compiler ends a little elsewhere. A training that stands at the
 * edge of finding its place counts for one in ten. */
static const double count_moves = 4.0, share_moves = 0.1, distance_moves = 0.3;

static void quote(report *to, const char *kind, task_rule rule, size_t window, const outcome *all)
{
    char key[96];
    snprintf(key, sizeof key, "aim_%s_%s_%zu_right", kind, task_name(rule), window);
    report_measured(to, key, all->mean.right, share_moves);
    snprintf(key, sizeof key, "aim_%s_%s_%zu_distance", kind, task_name(rule), window);
    report_measured(to, key, all->mean.distance, distance_moves);
}

static void quote_counts(report *to, task_rule rule, size_t window, const outcome *all)
{
    char key[96];
    snprintf(key, sizeof key, "aim_p_%s_%zu_found", task_name(rule), window);
    report_measured(to, key, (double)all->n_found, count_moves);
    snprintf(key, sizeof key, "aim_p_%s_%zu_away", task_name(rule), window);
    report_measured(to, key, (double)all->n_away, count_moves);
}

static void add_result(terminal_table *table, figure_role role, const outcome *all)
{
    terminal_table_cell(table, role, "%.2f", all->mean.right);
    terminal_table_cell(table, role, "%.2f", all->mean.distance);
}

static void show_rule(report *to, const settings *choices, task_rule rule)
{
    static const char *const headings[] = {"D",    "m: right", "distance", "found",
                                           "away", "p: right", "distance "};
    terminal_table *table = terminal_table_start(sizeof headings / sizeof headings[0], headings);
    for (size_t n = 0; n < N_WINDOWS; n++) {
        outcome fixed = try_all(choices, AIMER_FIXED, rule, windows[n]);
        outcome learned = try_all(choices, AIMER_LEARNS, rule, windows[n]);
        terminal_table_cell(table, FIGURE_AUTO, "%zu", windows[n]);
        add_result(table, FIGURE_FAINT, &fixed);
        terminal_table_cell(table, FIGURE_WEIGHT, "%zu", learned.n_found);
        terminal_table_cell(table, FIGURE_FAINT, "%zu", learned.n_away);
        add_result(table, FIGURE_CONTEXT, &learned);
        quote(to, "m", rule, windows[n], &fixed);
        quote(to, "p", rule, windows[n], &learned);
        quote_counts(to, rule, windows[n], &learned);
    }
    report_gap(to);
    report_say(to, rule == TASK_COPY ? "The text as it stands:" : "The text from its end:");
    terminal_print_table(&to->out, table);
}

/* ---- Where windows stand while they learn ---------------------------------------------------- */

enum { N_STAGES = 3 };

static void draw_stages(report *to, const settings *choices)
{
    static const size_t until[N_STAGES] = {0, 30, 300};
    static const char *const names[N_STAGES] = {"before", "30 texts", "300 texts"};
    gsl_vector *times = program_vector(AIMER_LENGTH);
    figure_series series[N_STAGES];
    for (size_t t = 0; t < AIMER_LENGTH; t++) {
        gsl_vector_set(times, t, (double)t);
    }
    for (size_t n = 0; n < N_STAGES; n++) {
        gsl_rng *rng = new_generator(choices->seed);
        aimer *of = aimer_new(AIMER_LEARNS, TASK_REVERSE, 2, rng);
        aimer_learn(of, until[n], rng);
        aimer_test(of, 1, rng);
        gsl_vector *positions = program_vector(AIMER_LENGTH);
        gsl_vector_memcpy(positions, of->cache[0].positions);
        series[n] = (figure_series){.name = names[n], .x = times, .y = positions};
        aimer_free(of);
        gsl_rng_free(rng);
    }
    report_gap(to);
    report_plot(to, "aim",
                &(figure_plot){.title = "Where the window stands, D = 2, the text from its end",
                               .description = "At first all windows stand near the middle. Then "
                                              "the line turns until it falls from the last letter "
                                              "to the first.",
                               .x_label = "letter that is written",
                               .y_label = "position in the text",
                               .series = series,
                               .n_series = N_STAGES});
    for (size_t n = 0; n < N_STAGES; n++) {
        gsl_vector_free((gsl_vector *)series[n].y);
    }
    gsl_vector_free(times);
}

void show_aim(report *to, const settings *choices)
{
    terminal_heading(&to->out, "A window that learns where to look");
    report_say(to,
               "A text of %d letters, of %d kinds. The decoder knows which letter is due and "
               "nothing else, all keys are alike, and so only the place of its window can help. m "
               "is local-m, around the place that is written; p is local-p, which learns from %zu "
               "texts where to stand. 'right' is the share of letters that are right, 'distance' "
               "how far what is mixed is from the letter that is wanted. Of %d trainings, 'found' "
               "have found the place within %.1f letters, and the last two columns are of these; "
               "'away' stand behind the end of the text.",
               AIMER_LENGTH, AIMER_LETTERS, steps_of(choices), N_TRAININGS, near);
    show_rule(to, choices, TASK_COPY);
    show_rule(to, choices, TASK_REVERSE);
    draw_stages(to, choices);
}
