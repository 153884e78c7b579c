/**
 * @file lexicon_find.c
 * Looking words and labels up.
 */
#include "chapters/common/words/word_features_internal.h"
#include <stdlib.h>
#include <string.h>

static int compare(const void *wanted, const void *value)
{
    return strcmp(wanted, *(const char *const *)value);
}

/* The place of a value from 1, or 0 if it is not there. */
static size_t place_of(const lexicon_values *values, const char *wanted)
{
    const char **found =
        bsearch(wanted, values->values, values->n, sizeof *values->values, compare);
    return found != NULL ? (size_t)(found - values->values) + 1 : 0;
}

size_t lexicon_n_ids(const lexicon *words, size_t channel)
{
    return words->channels[channel].values.n + 1;
}

void lexicon_ids(const lexicon *words, const char *word, size_t *ids)
{
    char feature[WORD_FEATURE_SIZE];
    for (size_t c = 0; c < words->n_channels; c++) {
        word_feature(words->channels[c].name, word, feature);
        ids[c] = place_of(&words->channels[c].values, feature);
    }
}

int lexicon_label(const lexicon *words, const char *name)
{
    size_t place = name != NULL ? place_of(&words->labels, name) : 0;
    return place > 0 ? (int)(place - 1) : LEXICON_NO_LABEL;
}

void lexicon_free(lexicon *words)
{
    if (words == NULL) {
        return;
    }
    for (size_t i = 0; i < words->n_texts; i++) {
        free((char *)words->texts[i].text);
    }
    for (size_t c = 0; c < words->n_channels; c++) {
        free(words->channels[c].values.values);
    }
    free(words->labels.values);
    free(words->texts);
    free(words->values);
    free(words);
}
