/* Parts of speech: the ladder, the mistakes that are left, and the heads. */
#include "chapters/04_multi_head/ladder.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_MISTAKES = 5 };

/* The kernels of three instruction sets moved accuracies by 0.0033 at most. */
static const double tolerance = 0.01;

/* ---- The ladder ------------------------------------------------------------------------------ */

static void report_ladder(report *to, const double *accuracy, const size_t *n_parameters)
{
    static const char *const headings[] = {"rung", "parameters", "right tags, %"};
    terminal_table *table = terminal_table_start(3, headings);
    char name[64];
    for (size_t r = 0; r < N_RUNGS; r++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", rung_names[r]);
        terminal_table_cell(table, FIGURE_AUTO, "%zu", n_parameters[r]);
        terminal_table_cell(table, FIGURE_AUTO, "%.2f", 100.0 * accuracy[r]);
        snprintf(name, sizeof name, "tags_%s", rung_keys[r]);
        report_measured(to, name, accuracy[r], tolerance);
        snprintf(name, sizeof name, "tags_%s_parameters", rung_keys[r]);
        report_number(to, name, (double)n_parameters[r]);
    }
    terminal_print_table(&to->out, table);
    gsl_vector_const_view values = gsl_vector_const_view_array(accuracy, N_RUNGS);
    report_gap(to);
    report_bars(to, "tags_ladder",
                &(figure_bars){.title = "Right tags of held-out words",
                               .description = "Four bars, from no attention to two layers.",
                               .value_label = "share of right tags",
                               .labels = rung_names,
                               .values = &values.vector,
                               .role = FIGURE_CONTEXT,
                               .decimals = 3});
}

/* ---- Mistakes -------------------------------------------------------------------------------- */

/* Right tag times found tag, counted on the held-out words; the caller frees it. */
static gsl_matrix *count_mistakes(pupil *one)
{
    const lesson *of = one->of;
    gsl_matrix *counts = program_matrix(of->words->labels.n, of->words->labels.n);
    const char **found = program_allocate(of->held_out->n_tokens, sizeof *found);
    pupil_tag(one, of->held_out, found);
    for (size_t t = 0; t < of->held_out->n_tokens; t++) {
        int right = lexicon_label(of->words, of->held_out->tags[t]);
        int given = lexicon_label(of->words, found[t]);
        if (right != LEXICON_NO_LABEL && right != given) {
            *gsl_matrix_ptr(counts, (size_t)right, (size_t)given) += 1.0;
        }
    }
    free(found);
    return counts;
}

static void show_mistakes(report *to, pupil *one)
{
    static const char *const headings[] = {"is", "was taken for", "words"};
    const lexicon_values *labels = &one->of->words->labels;
    gsl_matrix *counts = count_mistakes(one);
    terminal_table *table = terminal_table_start(3, headings);
    for (size_t m = 0; m < N_MISTAKES; m++) {
        size_t right, given;
        gsl_matrix_max_index(counts, &right, &given);
        terminal_table_cell(table, FIGURE_AUTO, "%s", labels->values[right]);
        terminal_table_cell(table, FIGURE_AUTO, "%s", labels->values[given]);
        terminal_table_cell(table, FIGURE_AUTO, "%.0f", gsl_matrix_get(counts, right, given));
        gsl_matrix_set(counts, right, given, 0.0);
    }
    report_gap(to);
    report_say(to, "The most frequent mistakes of the last rung:");
    report_gap(to);
    terminal_print_table(&to->out, table);
    gsl_matrix_free(counts);
}

/* ---- Heads ----------------------------------------------------------------------------------- */

/* The accuracy without each head, and what each looks at. */
static void show_ablation(report *to, pupil *one)
{
    char notes[LADDER_N_HEADS][64];
    const char *pointers[LADDER_N_HEADS];
    double whole = one->score.accuracy, largest = 0.0, sum = 0.0;
    for (size_t h = 0; h < LADDER_N_HEADS; h++) {
        pupil_silence(one, 0, h);
        double drop = whole - tagger_test(one->model, one->of->dev_text).accuracy;
        pupil_restore(one);
        snprintf(notes[h], sizeof notes[h], "without it %.2f points of accuracy less",
                 100.0 * drop);
        pointers[h] = notes[h];
        largest = GSL_MAX(largest, drop);
        sum += drop;
    }
    for (size_t h = 0; h < LADDER_N_HEADS; h++) {
        pupil_silence(one, 0, h);
    }
    double all = whole - tagger_test(one->model, one->of->dev_text).accuracy;
    pupil_restore(one);
    report_measured(to, "tags_drop_largest", largest, tolerance);
    report_measured(to, "tags_drop_all", all, tolerance);
    report_measured(to, "tags_drop_sum", sum, 2.0 * tolerance);
    corpus *sentence = held_out_with(one->of, "bank");
    report_gap(to);
    report_say(to,
               "The four heads of the rung '%s' in a held-out sentence. Ablation: the rows of "
               "W_O that belong to a head become 0, nothing else changes. Without all four "
               "heads %.2f points are lost.",
               rung_names[RUNG_FOUR_HEADS], 100.0 * all);
    draw_heads(to, "tags", one, 0, sentence, pointers);
    corpus_free(sentence);
}

void show_tags(report *to, const settings *choices)
{
    lesson of = lesson_embedded("upos", choices->vectors);
    double accuracy[N_RUNGS];
    size_t n_parameters[N_RUNGS];
    pupil rungs[N_RUNGS];
    terminal_heading(&to->out, "5. Parts of speech");
    for (size_t r = 0; r < N_RUNGS; r++) {
        plan how = rung_plan(choices, false, r);
        rungs[r] = pupil_train(&of, &how);
        accuracy[r] = rungs[r].score.accuracy;
        n_parameters[r] = ref_parameters_count(rungs[r].model->wide);
    }
    report_say(to,
               "%zu sentences to learn from, %zu held out, %zu tags; every sentence is seen "
               "%zu times.",
               of.training->n_sentences, of.held_out->n_sentences, of.words->labels.n,
               rungs[0].n_epochs);
    report_gap(to);
    report_number(to, "tags_tested", (double)of.held_out->n_tokens);
    report_ladder(to, accuracy, n_parameters);
    show_mistakes(to, &rungs[RUNG_TWO_LAYERS]);
    show_ablation(to, &rungs[RUNG_FOUR_HEADS]);
    for (size_t r = 0; r < N_RUNGS; r++) {
        pupil_free(&rungs[r]);
    }
    lesson_free(&of);
}
