/**
 * @file word_features.h
 * What a model knows of a word besides its vector: its ending, its beginning, its shape. A lexicon
 * numbers what stood in the training corpus, and the labels. It is saved with the model.
 *
 *     channel   the word gives            "Re-elected"   seen at least
 *     word      itself in lower case      re-elected     2 times
 *     suffix3   its last 3 letters        ted            2 times
 *     suffix2   its last 2 letters        ed             2 times
 *     prefix2   its first 2 letters       re             2 times
 *     shape     classes of its letters    Xx-x           1 time
 */
#ifndef CHAPTERS_COMMON_WORDS_WORD_FEATURES_H
#define CHAPTERS_COMMON_WORDS_WORD_FEATURES_H

#include "chapters/common/files/safetensors.h"
#include "chapters/common/words/corpus.h"

/** @addtogroup common @{ */

enum {
    LEXICON_MAX_CHANNELS = 8, /**< channels of a lexicon */
    WORD_FEATURE_SIZE = 256   /**< bytes of a feature with its end; longer ones are cut */
};

/** Returned for a name that is no label. */
#define LEXICON_NO_LABEL (-1)

/** Strings that are numbered. */
typedef struct {
    size_t n;            /**< how many */
    const char **values; /**< (n) ascending by their bytes */
} lexicon_values;

/** One channel of features. Its ids are 0, "never seen in training", and 1 .. values.n. */
typedef struct {
    const char *name;      /**< as above */
    lexicon_values values; /**< value i has id i + 1 */
} lexicon_channel;

/** The labels and features of a training corpus. */
typedef struct {
    lexicon_values labels;                          /**< label i is values[i] */
    size_t n_channels;                              /**< 1 .. LEXICON_MAX_CHANNELS */
    lexicon_channel channels[LEXICON_MAX_CHANNELS]; /**< (n_channels) */
    size_t n_texts;                                 /**< n_channels + 2 */
    safetensors_text *texts; /**< (n_texts) all of the lexicon, for checkpoint_save(); their keys
                                  begin with "lexicon." */
    char *values;            /**< private: the bytes of all values */
} lexicon;

/** An error and a sentence about it; the message is "" if there is none. */
typedef struct {
    char message[512]; /**< what was expected and what was found */
} lexicon_problem;

/**
 * A feature of a word, whether or not it was ever seen.
 *
 * @param[in]  channel  its name
 * @param[in]  word     UTF-8
 * @param[out] feature  (WORD_FEATURE_SIZE)
 * @return              false if there is no such channel
 */
bool word_feature(const char *channel, const char *word, char *feature);

/**
 * Number the features and labels of a corpus.
 *
 * @param[in]  training  at least one token has a tag
 * @param[in]  channels  names with commas between them, in the order of ids, such as
 *                       "word,suffix3,shape"; NULL for all
 * @param[out] problem   what went wrong; may be NULL
 * @return               the lexicon, to be freed by lexicon_free(); NULL after a problem
 */
lexicon *lexicon_build(const corpus *training, const char *channels, lexicon_problem *problem);

/**
 * Find the lexicon in the texts that were saved with a model. All is checked.
 *
 * @param[in]  texts    (n_texts) of the file; those that are not the lexicon's do not matter
 * @param[in]  n_texts  how many
 * @param[out] problem  what went wrong; may be NULL
 * @return              the lexicon, to be freed by lexicon_free(); NULL after a problem
 */
lexicon *lexicon_read(const safetensors_text *texts, size_t n_texts, lexicon_problem *problem);

/** @param[in,out] words  freed; NULL is allowed */
void lexicon_free(lexicon *words);

/**
 * How many ids a channel has, with that of what was never seen: the rows of its embedding.
 *
 * @param[in] words    a lexicon
 * @param[in] channel  0 .. n_channels - 1
 * @return             1 + the number of its values
 */
size_t lexicon_n_ids(const lexicon *words, size_t channel);

/**
 * The ids of a word.
 *
 * @param[in]  words  a lexicon
 * @param[in]  word   UTF-8
 * @param[out] ids    (n_channels) 0 for a feature that was never seen in training
 */
void lexicon_ids(const lexicon *words, const char *word, size_t *ids);

/**
 * The number of a label.
 *
 * @param[in] words  a lexicon
 * @param[in] name   of the label; NULL is allowed, as for a token without a tag
 * @return           0 .. labels.n - 1, or LEXICON_NO_LABEL
 */
int lexicon_label(const lexicon *words, const char *name);

/** @} */

#endif
