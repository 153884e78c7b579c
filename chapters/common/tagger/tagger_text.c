/**
 * @file tagger_text.c
 * From words to numbers, once for each token, and from tokens to padded batches.
 */
#include "chapters/common/tagger/tagger_text.h"
#include "chapters/common/program/program.h"
#include "reference/loss.h"
#include <stdlib.h>

gsl_matrix *tagger_table(const word_vectors *vectors)
{
    gsl_matrix *table = program_matrix(vectors->n_words + 1, vectors->d);
    for (size_t i = 0; i < vectors->n_words; i++) {
        for (size_t c = 0; c < vectors->d; c++) { /* both sides read the same numbers */
            gsl_matrix_set(table, i + 1, c, (float)gsl_matrix_get(vectors->vectors, i, c));
        }
    }
    return table;
}

/* A word of social media: '#bank' has the vector of 'bank' unless it has its own. */
static size_t find_vector(const word_vectors *vectors, const char *word)
{
    size_t row = word_vectors_find(vectors, word);
    bool is_hashtag = word[0] == '#' && word[1] != '\0';
    return row == WORD_VECTORS_UNKNOWN && is_hashtag ? word_vectors_find(vectors, word + 1) : row;
}

/* All numbers of one token. */
static void look_up(tagger_text *text, size_t token, const lexicon *words,
                    const word_vectors *vectors)
{
    const char *word = text->sentences->words[token];
    size_t ids[LEXICON_MAX_CHANNELS], row = find_vector(vectors, word);
    bool is_known = row != WORD_VECTORS_UNKNOWN;
    lexicon_ids(words, word, ids);
    for (size_t c = 0; c < words->n_channels; c++) {
        text->features[c][token] = (int)ids[c];
    }
    text->features[words->n_channels][token] = is_known;
    text->words[token] = is_known ? (int)row + 1 : 0;
    int label = lexicon_label(words, text->sentences->tags[token]);
    text->targets[token] = label == LEXICON_NO_LABEL ? REF_IGNORED : label;
}

/* One piece of memory for all arrays of the current batch. */
static void current_alloc(tagger_text *text)
{
    size_t n = text->epoch->max_tokens;
    text->numbers = program_allocate((2 + text->n_channels) * n, sizeof(int));
    text->current.words = text->numbers;
    text->current.targets = text->numbers + n;
    for (size_t c = 0; c < text->n_channels; c++) {
        text->current.features[c] = text->numbers + (2 + c) * n;
    }
}

tagger_text *tagger_text_alloc(const corpus *sentences, const lexicon *words,
                               const word_vectors *vectors, size_t batch_tokens)
{
    tagger_text *text = program_allocate(1, sizeof *text);
    text->sentences = sentences;
    text->n_channels = words->n_channels + 1;
    text->words = program_allocate(sentences->n_tokens, sizeof(int));
    text->targets = program_allocate(sentences->n_tokens, sizeof(int));
    for (size_t c = 0; c < text->n_channels; c++) {
        text->features[c] = program_allocate(sentences->n_tokens, sizeof(int));
    }
    for (size_t token = 0; token < sentences->n_tokens; token++) {
        look_up(text, token, words, vectors);
    }
    text->epoch = batches_alloc(sentences, batch_tokens);
    if (text->epoch == NULL) {
        program_fail("out of memory for batches of %zu sentences", sentences->n_sentences);
    }
    current_alloc(text);
    return text;
}

void tagger_text_free(tagger_text *text)
{
    if (text == NULL) {
        return;
    }
    for (size_t c = 0; c < text->n_channels; c++) {
        free(text->features[c]);
    }
    free(text->words);
    free(text->targets);
    free(text->numbers);
    batches_free(text->epoch);
    free(text);
}

/* Numbers of the batch's tokens; what stands for padding is given. */
static void gather(const sentence_batch *from, const int *of_token, int padding, const int *to)
{
    int *numbers = (int *)to; /* current_alloc() allocated it */
    for (size_t i = 0; i < from->n_sequences * from->n_padded; i++) {
        size_t token = from->tokens[i];
        numbers[i] = token == BATCH_PADDING ? padding : of_token[token];
    }
}

const tagger_batch *tagger_text_batch(tagger_text *text, size_t b)
{
    const sentence_batch *from = batches_get(text->epoch, b);
    tagger_batch *current = &text->current;
    current->n_sequences = from->n_sequences;
    current->n_padded = from->n_padded;
    current->lengths = from->lengths;
    gather(from, text->words, 0, current->words);
    gather(from, text->targets, REF_IGNORED, current->targets);
    for (size_t c = 0; c < text->n_channels; c++) {
        gather(from, text->features[c], 0, current->features[c]);
    }
    return current;
}
