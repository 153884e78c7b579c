/**
 * @file parts.h
 * What the parts of chapter 4's program share. A part is one heading of the tour and one function;
 * multi_head.c has the list of them. What trains on files of the learner's is here too.
 */
#ifndef CHAPTERS_MULTI_HEAD_PARTS_H
#define CHAPTERS_MULTI_HEAD_PARTS_H

#include "chapters/common/figures/report.h"
#include "chapters/common/program/measure.h"
#include "chapters/common/program/options.h"
#include "chapters/common/tagger/tagger_train.h"

/** @addtogroup ch04 @{ */

/** What is learned: the words of `--task`, in this order. */
enum {
    TASK_TOUR, /**< the chapter's tour, unless a file or another option asks for parts of speech */
    TASK_POS,  /**< parts of speech */
    TASK_NER   /**< names */
};

/** What the command line says. */
typedef struct {
    int task, mixing, norm, implementation;
    const char *dev, *column, *vectors_path, *save, *load, *resume, *evaluate, *predict;
    options_list train;
    size_t dev_first, epochs, heads, layers, d_model, hidden, channel, batch_tokens, seed, threads;
    double dropout, block_dropout, smoothing, decay, rate, save_interval;
    bool check;
    const char *svg;       /**< folder for figures and numbers, or NULL */
    const char *sentence;  /**< a sentence to tag with both tasks, or NULL */
    const char *trace;     /**< a token of the running example to trace, or NULL */
    int part;              /**< 0 is the whole tour, i is the i-th part */
    word_vectors *vectors; /**< those of vectors_path or of the program, once they are loaded */
} settings;

/* ---- The parts of the tour ---- */

/**
 * A part of the tour.
 *
 * @param[in,out] to       receives what the part finds
 * @param[in]     choices  what the command line asks for
 */
typedef void part(report *to, const settings *choices);

part show_two_relations; /**< one softmax averages; two relations need two maps */
part show_example;       /**< the running example through two heads, every matrix */
part show_bag_of_words;  /**< without position attention sees a bag of words */
part show_norms;         /**< where the normalisation stands; what the residual is for */
part show_tags;          /**< parts of speech, from no attention to two layers */
part show_names;         /**< names; free heads, and heads with a target of their own */
part show_saved;         /**< a model in a file is the same model */

part show_trace;        /**< every number of one token, with the numbers of the equations */
part show_own_sentence; /**< the learner's sentence: tags, names and what the heads look at */

/* ---- Training on what the command line names ---- */

/**
 * Load a corpus. A problem ends the program.
 *
 * @param[in] choices  column is read
 * @param[in] path     the file
 * @return             the corpus, to be freed with corpus_free()
 */
corpus *load_corpus(const settings *choices, const char *path);

/**
 * What to train on, and what to measure on: files, or every fifth sentence of the program's own
 * corpus is held out.
 *
 * @param[in]  choices  task and files are read
 * @param[out] train    to be freed with corpus_free()
 * @param[out] dev      to be freed with corpus_free()
 */
void load_corpora(const settings *choices, corpus **train, corpus **dev);

/**
 * The vectors of --vectors, or those of the program.
 *
 * @param[in] choices  vectors_path is read
 * @return             to be freed with word_vectors_free()
 */
word_vectors *load_vectors(const settings *choices);

/**
 * The model that the command line asks for.
 *
 * @param[in] choices  all about the model
 * @return             the wish
 */
tagger_wish wish_of(const settings *choices);

/**
 * Train a model. Ctrl-C saves the training and ends the program.
 *
 * @param[in]  choices  everything
 * @param[out] words    features and labels, to be freed with lexicon_free() after the model
 * @return              to be freed with tagger_model_free()
 */
tagger_model *train(const settings *choices, lexicon **words);

/**
 * Print how well a model tags a corpus.
 *
 * @param[in]     choices  column is read
 * @param[in,out] model    the model
 * @param[in]     path     of the corpus
 */
void evaluate(const settings *choices, tagger_model *model, const char *path);

/**
 * Print the words of a text, each with its tag.
 *
 * @param[in,out] model  the model
 * @param[in]     text   words between blanks
 */
void predict(tagger_model *model, const char *text);

/** @} */

#endif
