/* The rungs of the ladder, and pictures of their heads. */
#include "chapters/04_multi_head/ladder.h"

#include "chapters/common/program/program.h"
#include <stdio.h>
#include <string.h>

const char *const rung_names[N_RUNGS] = {"no attention", "1 head", "4 heads", "4 heads, 2 layers"};
const char *const rung_keys[N_RUNGS] = {"none", "one_head", "four_heads", "two_layers"};

plan rung_plan(const settings *choices, bool has_names, size_t rung)
{
    static const size_t heads[N_RUNGS] = {1, 1, LADDER_N_HEADS, LADDER_N_HEADS};
    static const size_t layers[N_RUNGS] = {1, 1, 1, 2};
    plan how = plan_of(choices, has_names);
    how.wish.mixing = rung == 0 ? TAGGER_ALONE : TAGGER_BLOCKS;
    how.wish.n_heads = heads[rung];
    how.wish.n_layers = layers[rung];
    return how;
}

corpus *held_out_with(const lesson *of, const char *word)
{
    const corpus *all = of->held_out;
    size_t found = 0;
    for (size_t s = all->n_sentences; s-- > 0;) {
        for (size_t t = all->starts[s]; t < all->starts[s + 1]; t++) {
            found = strcmp(all->words[t], word) == 0 ? s : found;
        }
    }
    corpus *sentence = corpus_slice(all, found, 1);
    if (sentence == NULL) {
        program_fail("out of memory for a sentence");
    }
    return sentence;
}

void draw_heads(report *to, const char *key, pupil *one, size_t layer, const corpus *sentence,
                const char *const *notes)
{
    size_t n = sentence->starts[1];
    gsl_matrix *weights = pupil_weights(one, sentence, layer);
    for (size_t h = 0; h < weights->size1 / n; h++) {
        char name[64], title[128];
        gsl_matrix_const_view cells = gsl_matrix_const_submatrix(weights, h * n, 0, n, n);
        snprintf(name, sizeof name, "%s_head%zu", key, h + 1);
        snprintf(title, sizeof title, "Head %zu%s%s", h + 1, notes ? ": " : "",
                 notes ? notes[h] : "");
        report_gap(to);
        report_heat_map(to, name,
                        &(figure_heat_map){.title = title,
                                           .description = "The words of a sentence, as queries and "
                                                          "as keys.",
                                           .row_labels = sentence->words,
                                           .col_labels = sentence->words,
                                           .cells = &cells.matrix,
                                           .max = 1.0});
    }
    gsl_matrix_free(weights);
}
