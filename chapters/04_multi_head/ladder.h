/**
 * @file ladder.h
 * The ladder of chapter 4, from no attention to two layers, and what is shown of its rungs.
 */
#ifndef CHAPTERS_MULTI_HEAD_LADDER_H
#define CHAPTERS_MULTI_HEAD_LADDER_H

#include "chapters/04_multi_head/lesson.h"

/** @addtogroup ch04 @{ */

enum {
    N_RUNGS = 4,         /**< of the ladder */
    RUNG_FOUR_HEADS = 2, /**< the one whose heads are looked at */
    RUNG_TWO_LAYERS = 3, /**< the last one */
    LADDER_N_HEADS = 4   /**< heads of the two last rungs */
};

/** What the rungs are called in tables. */
extern const char *const rung_names[N_RUNGS];

/** What they are called in results.txt. */
extern const char *const rung_keys[N_RUNGS];

/**
 * The plan of a rung: no attention; one block of 1 head; one block of 4 heads; two blocks of 4. All
 * see every sentence equally often.
 *
 * @param[in] choices    side, threads and seed are read
 * @param[in] has_names  whether the tags are those of names
 * @param[in] rung       0 .. N_RUNGS - 1
 * @return the plan
 */
plan rung_plan(const settings *choices, bool has_names, size_t rung);

/**
 * A sentence from the held-out ones.
 *
 * @param[in] of    the lesson
 * @param[in] word  one of its words
 * @return the first held-out sentence with this word, or the first of all; the caller frees it with
 *         corpus_free()
 */
corpus *held_out_with(const lesson *of, const char *word);

/**
 * Draw the weights of every head of a block in a sentence, each as a figure of its own.
 *
 * @param[in,out] to        receives the figures
 * @param[in]     key       the files are key_head1.svg, ...
 * @param[in,out] one       the pupil
 * @param[in]     layer     which block
 * @param[in]     sentence  its first sentence is read
 * @param[in]     notes     (n_heads) what stands behind "Head h", or NULL
 */
void draw_heads(report *to, const char *key, pupil *one, size_t layer, const corpus *sentence,
                const char *const *notes);

/** @} */

#endif
