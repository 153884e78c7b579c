/* The learner's own sentence. */
#include "chapters/02_dot_product/parts.h"

#include "chapters/common/program/program.h"
#include "chapters/common/program/spelling.h"
#include <stdlib.h>

static const char default_sentence[] = "grass grew along the bank of the river near the water";

/* The position of the query, or of the last word that is known and no stop word. */
static size_t query_position(const settings *choices, const word_attention *all)
{
    const sentence *words = all->words;
    if (choices->query) {
        int found = sentence_find(words, choices->query);
        if (found != SENTENCE_NOT_FOUND) {
            return (size_t)found;
        }
        const char *nearest = spelling_nearest(choices->query, words->tokens, words->n_tokens);
        program_message("the query '%s' is not a word of the sentence%s%s%s", choices->query,
                        nearest ? " (nearest: '" : "", nearest ? nearest : "", nearest ? "')" : "");
        exit(PROGRAM_USAGE);
    }
    for (size_t i = words->n_tokens; i-- > 0;) {
        if (!sentence_is_stop_word(words->tokens[i]) &&
            word_vectors_find(all->known, words->tokens[i]) != WORD_VECTORS_UNKNOWN) {
            return i;
        }
    }
    return words->n_tokens - 1;
}

static void draw_weights(report *to, const word_attention *all, size_t query)
{
    gsl_vector_const_view row = gsl_matrix_const_row(all->weights, query);
    char title[160];
    snprintf(title, sizeof title, "What '%.40s' gives to each word", all->words->tokens[query]);
    report_bars(to, "sentence_row",
                &(figure_bars){.title = title,
                               .value_label = "weight",
                               .labels = all->words->tokens,
                               .values = &row.vector,
                               .role = FIGURE_WEIGHT});
    report_heat_map(to, "sentence_weights",
                    &(figure_heat_map){.title = "What every word gives to every word",
                                       .row_labels = all->words->tokens,
                                       .col_labels = all->words->tokens,
                                       .cells = all->weights,
                                       .has_marked_row = true,
                                       .marked_row = query});
}

static void print_neighbours(report *to, const word_attention *all, size_t query)
{
    enum { N_NEIGHBOURS = 6 };
    char line[NEIGHBOURS_SIZE];
    gsl_vector_const_view x = gsl_matrix_const_row(all->x, query);
    gsl_vector_const_view y = gsl_matrix_const_row(all->output, query);
    gsl_vector_const_view p = gsl_matrix_const_row(all->weights, query);
    write_neighbours(all->known, &x.vector, N_NEIGHBOURS, line);
    report_print(to, "\n");
    report_say(to, "before: %s", line);
    write_neighbours(all->known, &y.vector, N_NEIGHBOURS, line);
    report_say(to, "after: %s", line);
    report_say(to, "entropy of the weights: %.3f", entropy(&p.vector));
}

void show_sentence(report *to, const settings *choices)
{
    char message[SENTENCE_MESSAGE_SIZE];
    const char *text = choices->sentence ? choices->sentence : default_sentence;
    const word_vectors *known = choices->special ? choices->special : choices->vectors;
    word_attention all = attend_words(choices, known, text);
    size_t n_unknown = sentence_unknown(all.words, known, message);
    size_t query = query_position(choices, &all);
    if (n_unknown > 0) {
        program_message("%s; words without a vector are hidden", message);
    }
    if (word_vectors_find(known, all.words->tokens[query]) == WORD_VECTORS_UNKNOWN) {
        program_fail("the query '%s' has no vector, so there is nothing to compare",
                     all.words->tokens[query]);
    }
    terminal_heading(&to->out, "'%s' in its sentence", all.words->tokens[query]);
    report_say(to, "similarity %s, temperature %g, %s", similarity_names[choices->similarity],
               choices->temperature,
               choices->implementation == 0 ? "reference (double)" : "optimized (float32)");
    report_print(to, "\n");
    draw_weights(to, &all, query);
    print_neighbours(to, &all, query);
    if (choices->check) {
        const ref_mask mask = {.causal = choices->causal, .bias = all.bias};
        check_pair(to, choices, all.x, &mask);
    }
    free_words(&all);
}
