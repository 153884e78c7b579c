/* Names: the ladder with precision and recall, and whether one head finds persons and another
 * places. */
#include "chapters/04_multi_head/own_heads.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Scores ---------------------------------------------------------------------------------- */

entity_scores *pupil_names(pupil *one)
{
    const corpus *held_out = one->of->held_out;
    const char **found = program_allocate(held_out->n_tokens, sizeof *found);
    pupil_tag(one, held_out, found);
    entity_scores *scores =
        entities_score(held_out->tags, found, held_out->starts, held_out->n_sentences);
    if (scores == NULL) {
        program_fail("out of memory for the names of %zu sentences", held_out->n_sentences);
    }
    free(found);
    return scores;
}

double f1_of(const entity_scores *scores, const char *type)
{
    for (size_t t = 0; t < scores->n_types; t++) {
        if (strcmp(scores->types[t].type, type) == 0) {
            return entities_f1(&scores->types[t].counts);
        }
    }
    return 0.0;
}

/* The kernels of three instruction sets moved F1 by 0.035 at most, that of a type by 0.061. */
static const double f1_tolerance = 0.05, type_tolerance = 0.1;

/* ---- The ladder ------------------------------------------------------------------------------ */

static void add_row(report *to, terminal_table *table, size_t rung, const entity_scores *scores)
{
    char name[64];
    terminal_table_cell(table, FIGURE_AUTO, "%s", rung_names[rung]);
    terminal_table_cell(table, FIGURE_AUTO, "%.1f", 100.0 * entities_precision(&scores->all));
    terminal_table_cell(table, FIGURE_AUTO, "%.1f", 100.0 * entities_recall(&scores->all));
    terminal_table_cell(table, FIGURE_AUTO, "%.1f", 100.0 * entities_f1(&scores->all));
    for (size_t t = 0; t < N_TYPES; t++) {
        terminal_table_cell(table, FIGURE_AUTO, "%.1f", 100.0 * f1_of(scores, type_names[t]));
        snprintf(name, sizeof name, "names_%s_%s", rung_keys[rung], type_names[t]);
        report_measured(to, name, f1_of(scores, type_names[t]), type_tolerance);
    }
    snprintf(name, sizeof name, "names_%s_f1", rung_keys[rung]);
    report_measured(to, name, entities_f1(&scores->all), f1_tolerance);
}

static void show_ladder(report *to, pupil *rungs)
{
    static const char *const headings[] = {"rung", "precision", "recall", "F1",
                                           "PER",  "LOC",       "ORG"};
    terminal_table *table = terminal_table_start(7, headings);
    gsl_vector *f1 = program_vector(N_RUNGS);
    size_t n_names = 0;
    for (size_t r = 0; r < N_RUNGS; r++) {
        entity_scores *scores = pupil_names(&rungs[r]);
        add_row(to, table, r, scores);
        gsl_vector_set(f1, r, entities_f1(&scores->all));
        n_names = scores->all.n_gold;
        entities_free(scores);
    }
    terminal_print_table(&to->out, table);
    report_number(to, "names_tested", (double)n_names);
    report_gap(to);
    report_bars(to, "names_ladder",
                &(figure_bars){.title = "Names of held-out sentences: F1",
                               .description = "Four bars, from no attention to two layers.",
                               .value_label = "F1",
                               .labels = rung_names,
                               .values = f1,
                               .role = FIGURE_CONTEXT,
                               .decimals = 3});
    gsl_vector_free(f1);
}

/* ---- Heads and types ------------------------------------------------------------------------- */

void draw_drops(const report *to, const char *name, const char *title, const gsl_matrix *drops)
{
    static const char *const heads[] = {"head 1", "head 2", "head 3", "head 4"};
    report_gap(to);
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "How many points of F1 each type of names "
                                                      "loses without each head.",
                                       .row_title = "without",
                                       .col_title = "type",
                                       .cell_title = "points of F1 lost",
                                       .row_labels = heads,
                                       .col_labels = type_names,
                                       .cells = drops,
                                       .decimals = 1});
}

// [specialisation]
double specialisation(const gsl_matrix *drops)
{
    double sum = 0.0;
    for (size_t h = 0; h < drops->size1; h++) {
        double largest = 0.0, all = 0.0;
        for (size_t t = 0; t < drops->size2; t++) {
            double lost = GSL_MAX(gsl_matrix_get(drops, h, t), 0.0);
            largest = GSL_MAX(largest, lost);
            all += lost;
        }
        sum += all > 0.0 ? largest / all : 1.0 / (double)drops->size2;
    }
    return sum / (double)drops->size1;
}
// [specialisation]

/* The free heads of the rung '4 heads': what each type loses without each of them. */
static void show_free_heads(report *to, pupil *one)
{
    gsl_matrix *drops = program_matrix(LADDER_N_HEADS, N_TYPES);
    entity_scores *whole = pupil_names(one);
    for (size_t h = 0; h < LADDER_N_HEADS; h++) {
        pupil_silence(one, 0, h);
        entity_scores *without = pupil_names(one);
        for (size_t t = 0; t < N_TYPES; t++) {
            double lost = f1_of(whole, type_names[t]) - f1_of(without, type_names[t]);
            gsl_matrix_set(drops, h, t, 100.0 * lost);
        }
        entities_free(without);
        pupil_restore(one);
    }
    draw_drops(to, "free_heads", "Free heads: points of F1 lost without each of them", drops);
    report_gap(to);
    report_say(to,
               "Of what is lost without a head, one type bears %.2f on average: 0.33 if all types "
               "lose alike, 1 if each head serves one.",
               specialisation(drops));
    /* free heads: each compiler and each instruction set leads to others */
    report_measured(to, "free_heads_specialisation", specialisation(drops), 0.35);
    gsl_matrix_free(drops);
    entities_free(whole);
}

void show_names(report *to, const settings *choices)
{
    lesson of = lesson_embedded("NER", choices->vectors);
    pupil rungs[N_RUNGS];
    terminal_heading(&to->out, "6. Names");
    for (size_t r = 0; r < N_RUNGS; r++) {
        plan how = rung_plan(choices, true, r);
        rungs[r] = pupil_train(&of, &how);
    }
    report_say(to,
               "%zu sentences to learn from, %zu held out; persons, places and organisations "
               "as BIO tags. A name counts if its first word, its last word and its type are "
               "right.",
               of.training->n_sentences, of.held_out->n_sentences);
    report_gap(to);
    show_ladder(to, rungs);
    show_free_heads(to, &rungs[RUNG_FOUR_HEADS]);
    show_own_heads(to, choices, &of);
    for (size_t r = 0; r < N_RUNGS; r++) {
        pupil_free(&rungs[r]);
    }
    lesson_free(&of);
}
