/**
 * @file lookup.h
 * A question that only learned queries and keys can answer. Twelve guests sit at four round tables
 * of three, and each holds a card. A memory has one record a guest: [name | card]. The question is
 * a name, and the answer the card of the guest to the right.
 *
 *     Ana -> Bob -> Cem -> Ana      Dia -> Eli -> Fay -> Dia      ...
 *
 * Who sits where is never told: it stays the same, and is to be learned. The cards are dealt anew
 * for every memory. Names and cards are random vectors that nobody trains.
 */
#ifndef CHAPTERS_QUERY_KEY_VALUE_LOOKUP_H
#define CHAPTERS_QUERY_KEY_VALUE_LOOKUP_H

#include "chapters/03_query_key_value/parts.h"
#include "optimized/query_key_value.h"
#include "optimized/train.h"
#include "reference/train.h"

/** @addtogroup ch03 @{ */

enum {
    N_GUESTS = 12, /**< records of a memory, and questions about it */
    N_SEATS = 3,   /**< guests at a table */
    N_CARDS = 8,   /**< answers */
    D_NAME = 16,   /**< numbers of a name, and of a card */
    D_RECORD = 32, /**< a name and a card */
    D_K = 8,       /**< columns of W_Q and W_K */
    D_V = D_NAME   /**< columns of W_V */
};

/** The names of the guests, table by table. */
extern const char *const guest_names[N_GUESTS];

/**
 * @param[in] guest  0 .. N_GUESTS - 1
 * @return who sits to the right
 */
size_t right_of(size_t guest);

/** What is fixed. */
typedef struct {
    gsl_matrix *names;     /**< (N_GUESTS x D_NAME) normal numbers */
    gsl_matrix *cards;     /**< (N_CARDS x D_NAME) normal numbers */
    gsl_matrix *questions; /**< (N_GUESTS x D_RECORD) a record without a card: [name | 0] */
    gsl_matrix *read_out;  /**< (D_V x N_CARDS) logits = Y read_out: cards^T / sqrt(D_NAME) */
} party;

/**
 * @param[in,out] generator  where the vectors come from
 * @return the party, to be freed by party_free()
 */
party party_new(gsl_rng *generator);

/** @param[in,out] of  its matrices are freed */
void party_free(party *of);

/** Memories side by side, and the answers. */
typedef struct {
    size_t n;            /**< memories */
    gsl_matrix *records; /**< (n N_GUESTS x D_RECORD) in shuffled order */
    size_t *owners;      /**< (n N_GUESTS) whose record it is */
    int *targets;        /**< (n N_GUESTS) for each question the card that is right */
} memories;

/**
 * @param[in] n  how many, >= 1
 * @return room for them, to be freed by memories_free()
 */
memories memories_alloc(size_t n);

/** @param[in,out] of  freed */
void memories_free(memories *of);

/**
 * Deal the cards.
 *
 * @param[in]     of           names and cards
 * @param[in,out] generator    of the cards and the order
 * @param[in]     is_shuffled  whether the records come in a random order, or in that of the guests
 * @param[out]    all          the memories
 */
void memories_deal(const party *of, gsl_rng *generator, bool is_shuffled, memories *all);

/** What a pass over memories found. */
typedef struct {
    double loss;    /**< cross-entropy, mean of all questions */
    size_t n_right; /**< questions whose largest logit is the right card */
} outcome;

/**
 * Count and compare: the end of every method.
 *
 * @param[in] logits  (n N_GUESTS x N_CARDS)
 * @param[in] all     the memories
 * @return the share of right answers, 0 .. 1
 */
double share_right(const gsl_matrix *logits, const memories *all);

/* ---- The model, written twice ---- */

/** The reference: one memory at a time, double. */
typedef struct lookup_reference lookup_reference;

/**
 * @param[in] of    the party; must live as long
 * @param[in] list  query.weight, key.weight unless it is tied, value.weight; must live as long
 * @return the model, to be freed by lookup_reference_free()
 */
lookup_reference *lookup_reference_alloc(const party *of, ref_parameters *list);

/** @param[in] model  what lookup_reference_alloc() returned, or NULL */
void lookup_reference_free(lookup_reference *model);

/**
 * Loss and answers, and the gradients, added to those of the list.
 *
 * @param[in,out] model         the model
 * @param[in]     all           the memories
 * @param[in]     is_training   whether gradients are wanted
 * @param[out]    logits        (n N_GUESTS x N_CARDS)
 * @return the loss
 */
double lookup_reference_pass(lookup_reference *model, const memories *all, bool is_training,
                             gsl_matrix *logits);

/** The optimized side: all memories at once, float. */
typedef struct lookup_optimized lookup_optimized;

/**
 * @param[in] of            the party
 * @param[in] list          the twin of the list above; must live as long
 * @param[in] max_memories  of any pass
 * @return the model, to be freed by lookup_optimized_free()
 */
lookup_optimized *lookup_optimized_alloc(const party *of, fast_parameters *list,
                                         size_t max_memories);

/** @param[in] model  what lookup_optimized_alloc() returned, or NULL */
void lookup_optimized_free(lookup_optimized *model);

/**
 * As lookup_reference_pass().
 *
 * @param[in,out] model         the model
 * @param[in]     all           the memories, at most as many as it was allocated for
 * @param[in]     is_training   whether gradients are wanted
 * @param[out]    logits        (n N_GUESTS x N_CARDS)
 * @return the loss
 */
double lookup_optimized_pass(lookup_optimized *model, const memories *all, bool is_training,
                             gsl_matrix *logits);

/**
 * @param[in,out] model  the model
 * @return its kernels, threads and workspace, which also serve fast_training_step()
 */
fast_context *lookup_optimized_context(lookup_optimized *model);

/* ---- Training ---- */

/** A model that is trained by one of the sides. */
typedef struct {
    int implementation;           /**< which side */
    ref_parameters *list;         /**< initial values; lookup_values() brings the trained ones */
    ref_training *training;       /**< of the reference, or NULL */
    lookup_reference *reference;  /**< always there: for weights */
    fast_parameters *fast_list;   /**< of the optimized side, or NULL */
    fast_training *fast_training; /**< of the optimized side, or NULL */
    lookup_optimized *optimized;  /**< of the optimized side, or NULL */
    gsl_matrix *logits;           /**< (max_memories N_GUESTS x N_CARDS) of the last pass */
} learner;

enum { MAX_MEMORIES = 200 /**< of any pass of a learner */ };

/**
 * Declare W_Q, W_K and W_V.
 *
 * @param[in] is_tied  W_K is W_Q
 * @return an allocated list, all 0
 */
ref_parameters *lookup_parameters(bool is_tied);

/**
 * @param[in]     of              the party; must live as long
 * @param[in]     implementation  which side trains
 * @param[in]     is_tied         W_K is W_Q
 * @param[in]     options         of the training
 * @param[in]     scale           the initial values are multiplied by it; 1 for those of Glorot
 * @param[in,out] generator       of the initial values
 * @return the learner, to be freed by learner_free()
 */
learner learner_new(const party *of, int implementation, bool is_tied,
                    const ref_training_options *options, double scale, gsl_rng *generator);

/** @param[in,out] of  freed */
void learner_free(learner *of);

/**
 * One step of training.
 *
 * @param[in,out] of   the learner
 * @param[in]     all  the memories of this step
 * @return the loss before the step
 */
double learner_step(learner *of, const memories *all);

/**
 * @param[in,out] of   the learner
 * @param[in]     all  at most MAX_MEMORIES memories
 * @return the share of right answers
 */
double learner_accuracy(learner *of, const memories *all);

/**
 * The weights of one memory, for pictures.
 *
 * @param[in,out] of       the learner
 * @param[in]     one      its first memory is looked at
 * @param[out]    weights  (N_GUESTS x N_GUESTS)
 */
void learner_weights(learner *of, const memories *one, gsl_matrix *weights);

/**
 * Weights of the last reference pass, of its last memory.
 *
 * @param[in] model  after a pass
 * @return (N_GUESTS x N_GUESTS), the model's
 */
const gsl_matrix *lookup_reference_weights(const lookup_reference *model);

/**
 * Run one step on both sides on the same numbers and print the largest error over its bound. Ends
 * the program with a sentence if the bound does not hold.
 *
 * @param[in,out] to       receives the result
 * @param[in]     of       the party
 * @param[in]     is_tied  W_K is W_Q
 * @param[in]     seed     of the values and the memories
 */
void check_lookup(report *to, const party *of, bool is_tied, size_t seed);

/** @} */

#endif
