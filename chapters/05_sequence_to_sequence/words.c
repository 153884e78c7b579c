/* Letters to phones: the same network as translation, in a pair of languages that everybody can
 * check by ear. */
#include "chapters/05_sequence_to_sequence/parts.h"

#include "chapters/common/program/program.h"
#include <stdlib.h>

enum { TEXT_SIZE = 4096 };

/* ---- One word -------------------------------------------------------------------------------- */

/* The names of symbols, one by one, with an empty row for the end. A letter that no word of the
 * dictionary has is a question mark. */
static const char **names_of(const symbols *known, const int *numbers, size_t n)
{
    const char **names = program_allocate(n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++) {
        bool is_unknown = known->side == SYMBOLS_SOURCE && numbers[i] == SYMBOLS_UNKNOWN;
        names[i] = is_unknown ? "?" : known->names[numbers[i]];
    }
    names[n] = "END";
    return names;
}

static void draw_alignment(report *to, translator_model *model, const int *letters, size_t n,
                           const translator_output *output)
{
    gsl_matrix *weights = translator_model_align(model, letters, n, output->symbols, output->n);
    if (weights == NULL) {
        return;
    }
    const char **rows = names_of(model->target, output->symbols, output->n);
    const char **cols = names_of(model->source, letters, n);
    figure_heat_map map = {.title = "which letters are looked at for each phone",
                           .row_title = "phone",
                           .col_title = "letter",
                           .row_labels = rows,
                           .col_labels = cols,
                           .cells = weights};
    report_heat_map(to, "alignment", &map);
    free(rows);
    free(cols);
    gsl_matrix_free(weights);
}

static void tell_unknown(const char *word, const int *letters, size_t n)
{
    size_t n_unknown = 0;
    for (size_t i = 0; i < n; i++) {
        n_unknown += letters[i] == SYMBOLS_UNKNOWN;
    }
    if (n_unknown > 0) {
        program_message(
            "%zu of the %zu letters of '%s' are in no word of the dictionary: the model "
            "reads a gap",
            n_unknown, n, word);
    }
}

void speak(report *to, const settings *choices, translator_model *model, const char *word)
{
    int letters[PAIRS_MAX_LENGTH];
    size_t n = symbols_encode(model->source, word, PAIRS_MAX_LENGTH, letters);
    if (n == 0 || n > PAIRS_MAX_LENGTH) {
        program_fail("--word: expected a word of 1 to %d letters, found %zu", PAIRS_MAX_LENGTH, n);
    }
    tell_unknown(word, letters, n);
    pair_batch one = {.n_pairs = 1, .n_source = n, .source_lengths = &n, .source = letters};
    translator_search_options search = search_of(choices);
    translator_output *output = translator_search(model, &one, &search);
    char text[TEXT_SIZE];
    symbols_decode(model->target, output->symbols, output->n, text, sizeof text);
    report_say(to, "%s: %s", word, text);
    draw_alignment(to, model, letters, n, output);
    translator_outputs_free(output, 1);
}

/* ---- The part -------------------------------------------------------------------------------- */

void show_words(report *to, const settings *choices)
{
    pair_scores scores;
    symbols *letters, *phones;
    terminal_heading(&to->out, "Letters to phones");
    translator_model *model = train(choices, true, &scores, &letters, &phones);
    report_say(to,
               "A model that learned from the program's own dictionary speaks %zu words that it "
               "has not seen: %.1f %% of their phones are wrong (PER), %.1f %% of the words (WER).",
               scores.n_sources, 100.0 * pair_scores_symbol_errors(&scores),
               100.0 * pair_scores_source_errors(&scores));
    report_measured(to, "words_per", pair_scores_symbol_errors(&scores), 0.01);
    report_measured(to, "words_wer", pair_scores_source_errors(&scores), 0.03);
    report_gap(to);
    speak(to, choices, model, "attention");
    explain(to, model);
    translator_model_free(model);
    symbols_free(letters);
    symbols_free(phones);
}
