/**
 * @file words.h
 * Real text: words that have several senses, and parts of speech. One task is a corpus with tags,
 * its words as numbers, and models that learn to give the tags.
 */
#ifndef CHAPTERS_QUERY_KEY_VALUE_WORDS_H
#define CHAPTERS_QUERY_KEY_VALUE_WORDS_H

#include "chapters/03_query_key_value/parts.h"
#include "chapters/common/tagger/tagger_train.h"
#include "chapters/common/words/sentence.h"

/** @addtogroup ch03 @{ */

/** What is learned, and from what. */
typedef struct {
    const char *column;          /**< of the tags: "Sense", "upos", ... */
    corpus *training, *held_out; /**< sentences of both kinds */
    lexicon *words;              /**< features and tags of the training sentences */
    const word_vectors *vectors; /**< the program's */
    tagger_text *train_text;     /**< the training sentences as numbers */
    tagger_text *dev_text;       /**< the others */
} task;

/**
 * Load the sentences, number their words and tags. A problem ends the program.
 *
 * @param[in] choices  train and dev: files, or the corpus of the course; the vectors
 * @param[in] column   which tags
 * @return the task, to be freed by task_free()
 */
task task_load(const settings *choices, const char *column);

/** @param[in,out] of  freed */
void task_free(task *of);

/**
 * The usual guess: each word gets the tag that it had most often in training, an unknown word the
 * most frequent tag of all.
 *
 * @param[in] of  the task
 * @return the share of held-out words that are right
 */
double most_frequent_tag(const task *of);

/** A model that was trained. */
typedef struct {
    tagger_model *model;  /**< to be freed by tagger_model_free() */
    gsl_rng *generator;   /**< of its training */
    tagger_epoch *epochs; /**< (n_epochs) of its training */
    size_t n_epochs;      /**< how many */
    bool is_complete;     /**< false after Ctrl-C */
} tagged;

/**
 * A model before its training.
 *
 * @param[in] of       the task; must live as long
 * @param[in] choices  implementation, seed and epochs
 * @param[in] mixing   how words look at each other
 * @return the model, to be freed by tagged_free()
 */
tagged tagged_new(const task *of, const settings *choices, tagger_mixing mixing);

/** @param[in,out] one  freed */
void tagged_free(tagged *one);

/**
 * Train it. Ctrl-C, --save and --resume do what they say.
 *
 * @param[in,out] one      the model
 * @param[in]     of       its task
 * @param[in]     choices  save and resume
 * @param[in]     is_told  a line for every epoch
 */
void tagged_train(tagged *one, const task *of, const settings *choices, bool is_told);

/**
 * Run one step of learned attention on both sides and print the largest error over its bound. Ends
 * the program with a sentence if the bound does not hold.
 *
 * @param[in,out] to       receives the result
 * @param[in]     of       the task: its first batch
 * @param[in]     choices  seed
 */
void check_words(report *to, const task *of, const settings *choices);

/** A sentence of one's own on its way through a model with learned queries, keys and values. */
typedef struct {
    corpus *words;        /**< the sentence */
    gsl_matrix *alone;    /**< H_0, what each word is by itself, (n x d) */
    gsl_matrix *weights;  /**< P, (n x n) */
    gsl_matrix *together; /**< H_1 = H_0 + Y, (n x d) */
    gsl_matrix *logits;   /**< (n x n_classes) */
} reading;

/**
 * Read a sentence with a model of TAGGER_QUERY_KEY_VALUE, written out with the functions of the
 * reference, line by line.
 *
 * @param[in] of     the task
 * @param[in] model  its parameters are read
 * @param[in] text   words between blanks
 * @return what came out, to be freed by reading_free()
 */
reading read_sentence(const task *of, const tagger_model *model, const char *text);

/** @param[in,out] one  freed */
void reading_free(reading *one);

/**
 * @param[in] of    the task
 * @param[in] one   a sentence
 * @param[in] word  its row
 * @return the tag with the largest logit
 */
const char *best_tag(const task *of, const reading *one, size_t word);

/**
 * The word "bank" in two sentences, with the model of the senses.
 *
 * @param[in,out] to       receives what is found
 * @param[in]     of       the task
 * @param[in]     one      the model; trained
 * @param[in]     choices  for the untrained twin
 */
void show_two_banks(report *to, const task *of, const tagged *one, const settings *choices);

/**
 * Tag a sentence of the learner's.
 *
 * @param[in,out] to    receives the tags
 * @param[in]     of    the task
 * @param[in]     one   the model
 * @param[in]     text  words between blanks
 */
void print_tags(report *to, const task *of, const tagged *one, const char *text);

/** @} */

#endif
