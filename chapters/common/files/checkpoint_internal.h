/**
 * @file checkpoint_internal.h
 * Private to the files checkpoint*.c: one list of everything that a state holds drives both saving
 * and loading.
 */
#ifndef CHAPTERS_COMMON_FILES_CHECKPOINT_INTERNAL_H
#define CHAPTERS_COMMON_FILES_CHECKPOINT_INTERNAL_H

#include "chapters/common/files/checkpoint.h"

/** @addtogroup common @{ */

/** Room for the name of a tensor: that of a parameter behind "second_moment.". */
enum { CHECKPOINT_NAME_SIZE = REF_NAME_SIZE + 16 };

#define CHECKPOINT_FIRST   "first_moment."  /**< before a parameter's name: its first moment */
#define CHECKPOINT_SECOND  "second_moment." /**< before a parameter's name: its second moment */
#define CHECKPOINT_AVERAGE "average."       /**< before a parameter's name: its mean */
#define CHECKPOINT_RNG     "training.rng"   /**< the tensor of the generator's state */

/** The state of gsl_rng_mt19937 as integers: 624 words of 32 bits, and how many are used up. */
enum { CHECKPOINT_N_WORDS = 624, CHECKPOINT_N_INTEGERS = CHECKPOINT_N_WORDS + 1 };

/** A tensor of a state: where it is in memory, and what it is called in the file. */
typedef struct {
    char name[CHECKPOINT_NAME_SIZE];
    safetensors_type type; /**< in memory */
    size_t n_rows;         /**< rows */
    size_t n_cols;         /**< columns */
    void *data;            /**< (n_rows x n_cols), dense */
    const char *parameter; /**< its name, without what stands before it */
    bool is_moment;        /**< not the value of a parameter */
} checkpoint_slot;

/**
 * List the tensors of a state: all parameters, and then their moments. The generator is not among
 * them.
 *
 * @param[in]  state    any state
 * @param[out] n_slots  how many there are
 * @return              the list, to be freed with free(), or NULL without memory
 */
checkpoint_slot *checkpoint_list(const checkpoint_state *state, size_t *n_slots);

/**
 * The name of the optimizer of a state.
 *
 * @param[in] state  any state
 * @return           "sgd", "adam" or "adamw", or NULL without a training
 */
const char *checkpoint_optimizer(const checkpoint_state *state);

/**
 * Take the state of a generator apart.
 *
 * @param[in]  rng       the generator
 * @param[out] integers  (CHECKPOINT_N_INTEGERS)
 * @return               false if it is not gsl_rng_mt19937
 */
bool checkpoint_take_rng(const gsl_rng *rng, int64_t *integers);

/**
 * Put the state of a generator together.
 *
 * @param[in]     integers  (CHECKPOINT_N_INTEGERS)
 * @param[in,out] rng       of the kind that checkpoint_take_rng() takes, or NULL to check only
 * @return                  false if no generator can have been in this state
 */
bool checkpoint_put_rng(const int64_t *integers, gsl_rng *rng);

/**
 * A number that changes when anything that is saved changes. It finds accidents, not attacks.
 *
 * @param[in] tensors    in any order
 * @param[in] n_tensors  how many
 * @param[in] texts      in any order; that of CHECKPOINT_CHECKSUM does not count
 * @param[in] n_texts    how many
 * @return               the sum of a CRC-64 of each
 */
uint64_t checkpoint_checksum(const safetensors_tensor *tensors, size_t n_tensors,
                             const safetensors_text *texts, size_t n_texts);

/**
 * Write down a problem.
 *
 * @param[out] problem  where to; NULL is allowed
 * @param[in]  kind     what is wrong
 * @param[in]  path     of the file
 * @param[in]  format   as of printf: what was expected and what was found
 * @return              false
 */
bool checkpoint_report(checkpoint_problem *problem, checkpoint_kind kind, const char *path,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/** @} */

#endif
