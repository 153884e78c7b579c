/**
 * @file entities.h
 * Names in a text, counted whole: a name is right if its first word, its last word and its type
 * are. This is how the CoNLL-2003 shared task counts, with its script conlleval:
 *
 *     Tjong Kim Sang and De Meulder 2003, "Introduction to the CoNLL-2003 Shared Task:
 *     Language-Independent Named Entity Recognition".
 *
 * B-PER begins a name, I-PER goes on with it, O and any tag without a letter and a hyphen stand
 * outside. I-PER begins one too if it follows O, another type or the end of a sentence. E- ends a
 * name and S- is one of a single word, for files that are written so.
 */
#ifndef CHAPTERS_COMMON_WORDS_ENTITIES_H
#define CHAPTERS_COMMON_WORDS_ENTITIES_H

#include <stdbool.h>
#include <stddef.h>

/** @addtogroup common @{ */

/** A name in a sentence. */
typedef struct {
    const char *type; /**< such as "PER": the end of its first tag */
    size_t first;     /**< its first token, in the sentence */
    size_t n;         /**< its tokens, >= 1 */
} entity;

/** What was counted. */
typedef struct {
    size_t n_gold;  /**< names that are there */
    size_t n_found; /**< names that were found */
    size_t n_right; /**< names that are both */
} entity_counts;

/** The counts of one type. */
typedef struct {
    const char *type;     /**< such as "PER"; points into the tags that were counted */
    entity_counts counts; /**< of this type */
} entity_type_counts;

/** The counts of a corpus. */
typedef struct {
    size_t n_tokens;           /**< tokens that have a tag */
    size_t n_tokens_right;     /**< tokens whose two tags are the same */
    entity_counts all;         /**< of all types together */
    size_t n_types;            /**< types among the tags of either side */
    entity_type_counts *types; /**< (n_types) ascending by name */
} entity_scores;

/**
 * The next name of a sentence.
 *
 * @param[in]     tags  (n) of one sentence; NULL counts as O
 * @param[in]     n     its tokens
 * @param[in,out] at    where to look from, 0 at first; moves behind the name
 * @param[out]    name  the name
 * @return              false if there is none any more
 */
bool entities_next(const char *const *tags, size_t n, size_t *at, entity *name);

/**
 * Count the names of a corpus.
 *
 * @param[in] gold         (starts[n_sentences]) the right tags; a token whose tag is NULL does not
 *                         count among the tokens and is O among the names
 * @param[in] found        (starts[n_sentences]) the tags to judge; NULL counts as O
 * @param[in] starts       (n_sentences + 1) where each sentence begins; no name goes beyond its end
 * @param[in] n_sentences  how many
 * @return                 the counts, to be freed by entities_free(); NULL without memory
 */
entity_scores *entities_score(const char *const *gold, const char *const *found,
                              const size_t *starts, size_t n_sentences);

/** @param[in,out] scores  freed; NULL is allowed */
void entities_free(entity_scores *scores);

/**
 * precision = n_right / n_found
 *
 * @param[in] counts  what was counted
 * @return            0 .. 1; 0 if nothing was found
 */
double entities_precision(const entity_counts *counts);

/**
 * recall = n_right / n_gold
 *
 * @param[in] counts  what was counted
 * @return            0 .. 1; 0 if nothing is there
 */
double entities_recall(const entity_counts *counts);

/**
 * F1 = 2 precision recall / (precision + recall) = 2 n_right / (n_gold + n_found)
 *
 * @param[in] counts  what was counted
 * @return            0 .. 1; 0 if nothing is there and nothing was found
 */
double entities_f1(const entity_counts *counts);

/**
 * accuracy = n_tokens_right / n_tokens
 *
 * @param[in] scores  what was counted
 * @return            0 .. 1; 0 without tokens
 */
double entities_accuracy(const entity_scores *scores);

/** @} */

#endif
