/**
 * @file lesson.h
 * One small model that learns one task whose alignment is known, and what can be asked of it
 * afterwards: is it right, at any length, and does it look where it should?
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_LESSON_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_LESSON_H

#include "chapters/05_sequence_to_sequence/parts.h"
#include "chapters/common/pairs/alignment.h"
#include "chapters/common/pairs/tasks.h"

/** @addtogroup ch05 @{ */

/** Units of the decoder of all lessons; the encoder has half of them in each direction, so that
 *  every score can be used. */
enum { LESSON_HIDDEN = 64 };

/** What is learned, and how. */
typedef struct {
    task rules;           /**< the task */
    ref_score score;      /**< how states are compared */
    size_t n_pairs;       /**< drawn to learn from */
    size_t n_epochs;      /**< times that each is seen */
    double learning_rate; /**< of AdamW */
} lesson_plan;

/** What has been learned. */
typedef struct {
    lesson_plan plan;         /**< as it was given */
    symbols *source, *target; /**< of the task */
    translator_model *model;  /**< the lesson's */
    size_t n_parameters;      /**< numbers that were trained */
} lesson;

/**
 * Learn. Without memory the program ends with a sentence.
 *
 * @param[in] choices  side, threads and seed are read; fewer epochs than planned, if it asks so
 * @param[in] plan     what
 * @return             to be ended with lesson_end()
 */
lesson lesson_learn(const settings *choices, const lesson_plan *plan);

/** @param[in,out] of  freed */
void lesson_end(lesson *of);

/** What new pairs show. */
typedef struct {
    double right;       /**< the share of targets without any error */
    double distance;    /**< the alignment error; NaN without attention */
    double right_place; /**< the share of symbols whose largest weight is where it should be; NaN */
} lesson_result;

/**
 * Draw new pairs of some lengths, and see.
 *
 * @param[in,out] of          the lesson
 * @param[in]     min_length  of the sources; not read for dates
 * @param[in]     max_length  of the sources; so, too
 * @param[in]     n_pairs     how many
 * @param[in]     seed        of the draw
 * @return                    the figures
 */
lesson_result lesson_test(lesson *of, size_t min_length, size_t max_length, size_t n_pairs,
                          size_t seed);

/**
 * Where the model looks while it writes the right target of a source.
 *
 * @param[in,out] of      the lesson
 * @param[in]     text    a source, every character a symbol
 * @param[in]     answer  its target
 * @return                (symbols of the answer x symbols of the source), to be freed with
 *                        gsl_matrix_free()
 */
gsl_matrix *lesson_look(lesson *of, const char *text, const char *answer);

/** @} */

#endif
