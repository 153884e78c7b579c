/**
 * @file own_heads_model.h
 * A tagger whose heads may have a type of names each. What a word is by itself is not learned again:
 * H_0 is that of a tagger without attention. On top stands one attention of three heads, whose W_O
 * leads straight to the tags, so that nothing goes past the heads:
 *
 *     logits = multi_head(H_0) = sum_h head_h W_O^h + b_O
 *
 * Free heads write to all tags. A head with a target of its own writes to B- and I- of its type
 * alone: the other columns of its W_O^h are 0 and stay so.
 */
#ifndef CHAPTERS_MULTI_HEAD_OWN_HEADS_MODEL_H
#define CHAPTERS_MULTI_HEAD_OWN_HEADS_MODEL_H

#include "chapters/04_multi_head/attention_layer.h"
#include "chapters/04_multi_head/own_heads.h"

/** @addtogroup ch04 @{ */

/** Sentences as what each word is by itself, and its tags. */
typedef struct {
    const corpus *sentences; /**< the caller's */
    gsl_matrix *states;      /**< H_0, (n_tokens x d) */
    const int *targets;      /**< (n_tokens) tags, the caller's */
} own_text;

/**
 * Read a text with a tagger without attention.
 *
 * @param[in] alone    trained, of TAGGER_ALONE
 * @param[in] numbers  the sentences as numbers; must live as long
 * @return the text, to be freed by own_text_free()
 */
own_text own_text_new(const pupil *alone, const tagger_text *numbers);

/** @param[in,out] text  freed */
void own_text_free(own_text *text);

/** The model. */
typedef struct {
    trainee *of;            /**< all that is trained, and its training */
    attention_layer *layer; /**< three heads */
    const int *types;       /**< (n_classes) the type of each tag, or -1; NULL for free heads */
    size_t n_classes;       /**< tags */
} own_model;

/**
 * Build and train a model.
 *
 * @param[in] text       to learn from
 * @param[in] n_classes  tags
 * @param[in] max_n      tokens of the longest sentence that it will ever read
 * @param[in] types      (n_classes) the type of each tag, or -1 for O; NULL for free heads
 * @param[in] choices    seed and epochs are read
 * @return the model, to be freed by own_model_free()
 */
own_model own_model_train(const own_text *text, size_t n_classes, size_t max_n, const int *types,
                          const settings *choices);

/** @param[in,out] model  freed */
void own_model_free(own_model *model);

/**
 * Tag a text.
 *
 * @param[in,out] model   the model
 * @param[in]     text    the text
 * @param[out]    labels  (n_tokens) the tags with the largest logits
 */
void own_model_label(own_model *model, const own_text *text, int *labels);

/**
 * The rows of W_O that belong to a head.
 *
 * @param[in] model  the model
 * @param[in] head   which head
 * @return the rows, a view
 */
gsl_matrix_view own_model_head_rows(const own_model *model, size_t head);

/** @} */

#endif
