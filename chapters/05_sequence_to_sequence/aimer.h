/**
 * @file aimer.h
 * A very small decoder that knows what time it is and nothing else, so that the place of its window
 * is all that it can learn: query t is made of t alone, all keys are alike, and the states of the
 * source are letters. It has to say letter t of a text that is copied, or written backwards.
 */
#ifndef CHAPTERS_SEQUENCE_TO_SEQUENCE_AIMER_H
#define CHAPTERS_SEQUENCE_TO_SEQUENCE_AIMER_H

#include "chapters/05_sequence_to_sequence/parts.h"
#include "chapters/common/pairs/tasks.h"
#include "reference/local_attention.h"
#include "reference/parameters.h"
#include <gsl/gsl_rng.h>

/** @addtogroup ch05 @{ */

/** Letters of a text, different letters, numbers of a query, hidden units of the position. */
enum { AIMER_LENGTH = 12, AIMER_LETTERS = 8, AIMER_QUERY = 2, AIMER_HIDDEN = 8 };

/** How the window is placed. */
typedef enum {
    AIMER_FIXED,  /**< local-m: query t looks around place t */
    AIMER_LEARNS, /**< local-p: it looks where W_p and v_p say */
} aimer_kind;

/** Model, gradients and the text of one step. */
typedef struct {
    aimer_kind kind;
    task_rule rule; /**< TASK_COPY or TASK_REVERSE */
    size_t window;  /**< D */
    ref_parameters *list;
    gsl_vector_view v[2];        /**< v_p and its gradient */
    ref_local_attention aims[2]; /**< W_p and v_p, and their gradients */
    gsl_matrix *output[2];       /**< W_y, (letters x letters), and its gradient */
    gsl_matrix *x[2], *keys[2], *memory[2], *context[2], *logits[2]; /**< and their gradients */
    ref_local_cache cache[2];                                        /**< and its gradient */
    gsl_matrix *hidden;        /**< what a fixed window hides: -INFINITY, else 0 */
    gsl_matrix *probabilities; /**< of the letters */
    int targets[AIMER_LENGTH]; /**< the right letters */
} aimer;

/** What new texts show. */
typedef struct {
    double right;    /**< the share of letters that are right */
    double distance; /**< the mean distance of what is mixed from the letter that is wanted */
} aimer_result;

/**
 * A new model. Without memory the program ends with a sentence.
 *
 * @param[in]     kind    how the window is placed
 * @param[in]     rule    TASK_COPY or TASK_REVERSE
 * @param[in]     window  D
 * @param[in,out] rng     for its first parameters
 * @return                the model, to be freed with aimer_free()
 */
aimer *aimer_new(aimer_kind kind, task_rule rule, size_t window, gsl_rng *rng);

/** @param[in,out] of  freed */
void aimer_free(aimer *of);

/**
 * Learn from new texts, one a step.
 *
 * @param[in,out] of       the model
 * @param[in]     n_steps  how many
 * @param[in,out] rng      draws the texts
 */
void aimer_learn(aimer *of, size_t n_steps, gsl_rng *rng);

/**
 * Draw new texts, and see.
 *
 * @param[in,out] of       the model
 * @param[in]     n_texts  how many
 * @param[in,out] rng      draws them
 * @return                 the figures
 */
aimer_result aimer_test(aimer *of, size_t n_texts, gsl_rng *rng);

/**
 * Where windows stand.
 *
 * @param[in] of  the model, tested
 * @return        the mean of their positions
 */
double aimer_mean_position(const aimer *of);

/**
 * How far windows stand from where they should.
 *
 * @param[in] of  the model, tested
 * @return        the mean distance in letters
 */
double aimer_miss(const aimer *of);

/** @} */

#endif
