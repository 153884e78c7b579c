/* What an alignment does not say: its weights are changed, or a letter is hidden, and the errors
 * are counted. */
#include "chapters/05_sequence_to_sequence/parts.h"

#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/pairs/pronunciation_data.h"
#include "chapters/common/program/program.h"
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 128, HELD_OUT_EVERY = 10, N_HIDDEN_WORDS = 100, MAX_LABELS = 64 };

/* ---- Changing the weights -------------------------------------------------------------------- */

static pair_scores count_errors(translator_model *model, const pairs *words)
{
    pair_batches *text = pair_batches_alloc(words, PAIR_BATCHES_SOURCES, BATCH);
    if (text == NULL) {
        program_fail("out of memory");
    }
    pair_scores scores = translator_test(model, text, &(translator_search_options){.n_beam = 1});
    pair_batches_free(text);
    return scores;
}

/* The list in double holds the trained numbers; the other side follows it. */
static void hand_over(translator_model *model)
{
    if (model->narrow != NULL) {
        program_check(parameters_narrow(model->wide, model->narrow));
    }
}

// [change-rows]
/* The errors with the first rows of a parameter multiplied by a factor; then it is as before. */
static pair_scores with_change(translator_model *model, const pairs *words, const char *name,
                               size_t n_rows, double factor)
{
    gsl_matrix *value = &ref_parameters_find(model->wide, name)->value.matrix;
    gsl_matrix *kept = program_matrix(value->size1, value->size2);
    gsl_matrix_view rows = gsl_matrix_submatrix(value, 0, 0, n_rows, value->size2);
    gsl_matrix_memcpy(kept, value);
    gsl_matrix_scale(&rows.matrix, factor);
    hand_over(model);
    pair_scores scores = count_errors(model, words);
    gsl_matrix_memcpy(value, kept);
    hand_over(model);
    gsl_matrix_free(kept);
    return scores;
}
// [change-rows]

/* A factor of v is one of all scores, an inverse temperature: chapter 2. */
static const struct {
    const char *what, *key;
    double factor;   /* of v */
    bool is_without; /* the rows of W_c that meet the context become 0 instead */
} changes[] = {
    {"as trained", "trained", 1.0, false},
    {"softer: scores / 4", "softer", 0.25, false},
    {"all letters alike: scores x 0", "uniform", 0.0, false},
    {"one letter only: scores x 64", "hard", 64.0, false},
    {"no context at all", "none", 0.0, true},
};

static void show_changes(report *to, translator_model *model, const pairs *words)
{
    static const char *const headings[] = {"weights", "PER", "WER"};
    terminal_table *table = terminal_table_start(3, headings);
    size_t d_memory = ref_parameters_find(model->wide, "attention.weight_k")->n_rows;
    for (size_t c = 0; c < sizeof changes / sizeof changes[0]; c++) {
        pair_scores scores = changes[c].is_without
                                 ? with_change(model, words, "attentional.weight", d_memory, 0.0)
                                 : with_change(model, words, "attention.v", 1, changes[c].factor);
        double per = pair_scores_symbol_errors(&scores), wer = pair_scores_source_errors(&scores);
        char key[64];
        terminal_table_cell(table, FIGURE_AUTO, "%s", changes[c].what);
        terminal_table_cell(table, FIGURE_AUTO, "%.1f %%", 100.0 * per);
        terminal_table_cell(table, FIGURE_AUTO, "%.1f %%", 100.0 * wer);
        snprintf(key, sizeof key, "changed_%s_per", changes[c].key);
        report_measured(to, key, per, 0.04);
        snprintf(key, sizeof key, "changed_%s_wer", changes[c].key);
        report_measured(to, key, wer, 0.04);
    }
    terminal_print_table(&to->out, table);
    report_gap(to);
}

/* ---- Hiding a letter ------------------------------------------------------------------------- */

/* A word, and the same word with each of its letters hidden: one source below the other. */
static pair_batch hide_each(const int *letters, size_t n, size_t **lengths, int **sources)
{
    *sources = program_allocate((n + 1) * n, sizeof **sources);
    *lengths = program_allocate(n + 1, sizeof **lengths);
    for (size_t row = 0; row <= n; row++) {
        (*lengths)[row] = n;
        for (size_t j = 0; j < n; j++) {
            (*sources)[row * n + j] = row == j + 1 ? SYMBOLS_UNKNOWN : letters[j];
        }
    }
    return (pair_batch){
        .n_pairs = n + 1, .n_source = n, .source_lengths = *lengths, .source = *sources};
}

// [hide-letters]
/* How much less likely each phone becomes when a letter is hidden: ln p - ln p without it. */
static gsl_matrix *hide_letters(translator_model *model, const int *letters, size_t n,
                                const int *phones, size_t n_phones)
{
    size_t *lengths, n_symbols = model->target->n;
    int *sources, *last = program_allocate(n + 1, sizeof *last);
    double *log_p = program_allocate((n + 1) * n_symbols, sizeof *log_p);
    gsl_matrix *lost = program_matrix(n_phones, n);
    pair_batch batch = hide_each(letters, n, &lengths, &sources);
    translator_model_read(model, &batch, 1);
    for (size_t t = 0; t < n_phones; t++) {
        for (size_t row = 0; row <= n; row++) {
            last[row] = t == 0 ? SYMBOLS_START : phones[t - 1];
        }
        translator_model_write(model, last, log_p);
        for (size_t j = 0; j < n; j++) {
            double whole = log_p[phones[t]], without = log_p[(j + 1) * n_symbols + phones[t]];
            gsl_matrix_set(lost, t, j, whole - without);
        }
    }
    free(sources);
    free(lengths);
    free(log_p);
    free(last);
    return lost;
}
// [hide-letters]

/* In how many rows the largest numbers stand in the same column. */
static size_t count_same(const gsl_matrix *weights, const gsl_matrix *lost)
{
    size_t n_same = 0;
    for (size_t t = 0; t < lost->size1; t++) {
        gsl_vector_const_view w = gsl_matrix_const_row(weights, t);
        gsl_vector_const_view l = gsl_matrix_const_row(lost, t);
        n_same += gsl_vector_max_index(&w.vector) == gsl_vector_max_index(&l.vector);
    }
    return n_same;
}

/* The share of phones whose most looked at letter is the one that is missed most. */
static void show_agreement(report *to, translator_model *model, const pairs *words)
{
    size_t n_same = 0, n_phones = 0;
    for (size_t s = 0; s < words->n_sources && s < N_HIDDEN_WORDS; s++) {
        size_t p = words->first_pairs[s], n = pairs_source_length(words, s);
        const int *letters = words->source + words->source_starts[s];
        const int *phones = words->target + words->target_starts[p];
        size_t m = pairs_target_length(words, p);
        gsl_matrix *weights = translator_model_align(model, letters, n, phones, m);
        gsl_matrix *lost = hide_letters(model, letters, n, phones, m);
        n_same += count_same(weights, lost);
        n_phones += m;
        gsl_matrix_free(weights);
        gsl_matrix_free(lost);
    }
    double share = (double)n_same / (double)n_phones;
    report_say(to,
               "Of %zu phones in %d held-out words, %.0f %% miss that letter most which they look "
               "at most.",
               n_phones, N_HIDDEN_WORDS, 100.0 * share);
    report_measured(to, "hidden_agreement", share, 0.04);
    report_number(to, "hidden_phones", (double)n_phones);
}

/* ---- The part -------------------------------------------------------------------------------- */

void explain(report *to, translator_model *model)
{
    pronunciation_data data;
    pronunciations_problem problem;
    pronunciation_choice choice = {.dev_every = HELD_OUT_EVERY};
    if (!pronunciation_data_read(&choice, &data, &problem)) {
        program_fail("%s", problem.message);
    }
    if (model->narrow != NULL) {
        program_check(parameters_widen(model->narrow, model->wide));
    }
    terminal_heading(&to->out, "What the map does not say");
    report_say(to, "The trained model, with its weights changed while it speaks:");
    report_gap(to);
    show_changes(to, model, data.dev);
    show_agreement(to, model, data.dev);
    pronunciation_data_free(&data);
}
