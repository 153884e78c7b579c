/**
 * @file tagger_test.c
 * TEST of a tagger's training: how well a text is tagged that the model has not seen.
 */
#include "chapters/common/program/program.h"
#include "chapters/common/tagger/tagger_training.h"
#include "chapters/common/words/entities.h"
#include "reference/loss.h"
#include <stdlib.h>

static double accuracy_of(const tagger_text *text, const int *labels)
{
    size_t n_tokens = text->sentences->n_tokens, n_right = 0, n_tagged = 0;
    for (size_t token = 0; token < n_tokens; token++) {
        bool is_tagged = text->sentences->tags[token] != NULL;
        n_tagged += is_tagged;
        n_right += is_tagged && labels[token] == text->targets[token];
    }
    return n_tagged > 0 ? (double)n_right / (double)n_tagged : 0.0;
}

static void count_names(const tagger_model *model, const tagger_text *text, const int *labels,
                        tagger_score *score)
{
    const corpus *gold = text->sentences;
    const char **found = program_allocate(gold->n_tokens, sizeof *found);
    for (size_t token = 0; token < gold->n_tokens; token++) {
        found[token] = model->words->labels.values[labels[token]];
    }
    entity_scores *names = entities_score(gold->tags, found, gold->starts, gold->n_sentences);
    if (names == NULL) {
        program_fail("out of memory to count the names of %zu sentences", gold->n_sentences);
    }
    score->precision = entities_precision(&names->all);
    score->recall = entities_recall(&names->all);
    score->f1 = entities_f1(&names->all);
    entities_free(names);
    free(found);
}

tagger_score tagger_test(tagger_model *model, tagger_text *text)
{
    int *labels = program_allocate(text->sentences->n_tokens, sizeof *labels);
    tagger_score score = {.loss = tagger_model_label(model, text, labels),
                          .has_names = tagger_has_names(model->words)};
    score.accuracy = accuracy_of(text, labels);
    if (score.has_names) {
        count_names(model, text, labels, &score);
    }
    free(labels);
    return score;
}
