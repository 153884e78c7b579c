/**
 * @file parts.h
 * What the parts of chapter 5's program share. A part is one heading of the tour and one function;
 * sequence_to_sequence.c has the list of them. What trains on files of the learner's is here too.
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_PARTS_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_PARTS_H

#include "chapters/common/figures/report.h"
#include "chapters/common/program/measure.h"
#include "chapters/common/program/options.h"
#include "chapters/common/translator/translator_train.h"

/** @addtogroup ch05 @{ */

/** What the command line says. */
typedef struct {
    const char *train, *dev, *save, *best, *resume, *load, *evaluate, *word;
    size_t dev_every, dev_first;
    int score, timing, cell, implementation, schedule;
    int task; /**< of show_tasks(): a task_rule */
    size_t embedding, hidden, layers, decoder_hidden, decoder_layers, attention, output, window;
    bool feeds_output, reads_one_way, check;
    size_t epochs, batch, warm_up, seed, threads, beam;
    double minutes, rate, final_share, decay, clip, smoothing, dropout, average, alpha;
    double save_interval;
    const char *svg; /**< folder for figures and numbers, or NULL */
    int part;        /**< 0 is the whole tour, i is the i-th part */
} settings;

/* ---- The parts of the tour ---- */

/**
 * A part of the tour.
 *
 * @param[in,out] to       receives what the part finds
 * @param[in]     choices  what the command line asks for
 */
typedef void part(report *to, const settings *choices);

part show_bottleneck; /**< what a single vector cannot do */
part show_cells;      /**< one step of each cell by hand */
part show_example;    /**< one look by hand, with every score */
part show_frames;     /**< the same look, frame by frame */
part show_timing;     /**< which state asks, and when */
part show_gradients;  /**< every gradient against central differences */
part show_vanishing;  /**< how far back a gradient reaches, with attention and without */
part show_clipping;   /**< a gradient that explodes, and a step along it */
part show_tasks;      /**< a task whose alignment is known, every score */
part show_aim;        /**< a window that learns where to look, beside one that cannot move */
part show_location;   /**< an attention that does not look at what the encoder says */
part show_words;      /**< letters to phones, on the dictionary that the program carries */

/* ---- Training on what the command line names ---- */

/**
 * The model that the command line asks for.
 *
 * @param[in] choices  all about the model
 * @return             the wish
 */
translator_wish wish_of(const settings *choices);

/**
 * How the command line wants targets searched.
 *
 * @param[in] choices  beam and alpha are read
 * @return             the options
 */
translator_search_options search_of(const settings *choices);

/**
 * Train a model. Ctrl-C saves the training and ends the program.
 *
 * @param[in]  choices  everything
 * @param[in]  is_tour  whether to say nothing but how far it is
 * @param[out] scores   of the held-out words behind the last epoch; may be NULL
 * @param[out] letters  what it reads, to be freed with symbols_free() after the model
 * @param[out] phones   what it writes; so, too
 * @return              to be freed with translator_model_free()
 */
translator_model *train(const settings *choices, bool is_tour, pair_scores *scores,
                        symbols **letters, symbols **phones);

/**
 * Print how well a model speaks the words of a dictionary.
 *
 * @param[in]     choices  beam and alpha are read
 * @param[in,out] model    the model
 * @param[in]     path     of the dictionary
 */
void evaluate(const settings *choices, translator_model *model, const char *path);

/**
 * Print how a model speaks a word, and which letters it looks at for each phone.
 *
 * @param[in,out] to       receives both; the figure's name is alignment
 * @param[in]     choices  beam and alpha are read
 * @param[in,out] model    the model
 * @param[in]     word     in small letters
 */
void speak(report *to, const settings *choices, translator_model *model, const char *word);

/**
 * What an alignment does not say: change its weights, hide letters, and count.
 *
 * @param[in,out] to     receives the figures
 * @param[in,out] model  trained on the program's dictionary, with additive scores; as before
 *                       afterwards
 */
void explain(report *to, translator_model *model);

/** @} */

#endif
