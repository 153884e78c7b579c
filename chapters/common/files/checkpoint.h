/**
 * @file checkpoint.h
 * Parameters in a file, and with them all that a training needs to go on as if it had never been
 * interrupted: the optimizer's moments, the number of the step, the generator of random numbers,
 * and texts of the program's own. The format is that of safetensors.h; the parameters of the
 * reference are doubles, those of the optimized side floats.
 *
 *     checkpoint_state state = {.optimized = list, .optimized_training = training, .rng = rng};
 *     checkpoint_save("model.safetensors", &state, texts, n_texts, &problem);
 *
 * Without a training and a generator this saves the model alone; and with neither, the model alone
 * is loaded, also from a checkpoint.
 *
 * A training that goes on from a checkpoint is bit for bit the one that was not interrupted, by the
 * same program on the same machine. Saving replaces the file in one piece (replace_file.h):
 * whatever ends the program, the file is the old checkpoint or the new one.
 */
#ifndef CHAPTERS_COMMON_FILES_CHECKPOINT_H
#define CHAPTERS_COMMON_FILES_CHECKPOINT_H

#include "chapters/common/files/safetensors.h"
#include "optimized/train.h"
#include "reference/train.h"
#include <gsl/gsl_rng.h>
#include <stdbool.h>

/** @addtogroup common @{ */

/** What is saved, or where it is loaded to: the list of one side, and perhaps its training and a
 *  generator. All of it stays the caller's. */
typedef struct {
    ref_parameters *reference;         /**< allocated, or NULL for the optimized side */
    ref_training *reference_training;  /**< of that list, or NULL */
    fast_parameters *optimized;        /**< allocated, or NULL for the reference */
    fast_training *optimized_training; /**< of that list, or NULL */
    double *reference_average; /**< a mean of the values, in their order, or NULL for none */
    float *optimized_average;  /**< the same of the optimized side */
    gsl_rng *rng;              /**< gsl_rng_mt19937, or NULL */
    bool may_narrow;           /**< whether doubles of a file may be rounded to floats */
} checkpoint_state;

/** What is wrong with a checkpoint. Every kind has a test of its own. */
typedef enum {
    CHECKPOINT_OK,              /**< nothing */
    CHECKPOINT_NO_MEMORY,       /**< out of memory */
    CHECKPOINT_BAD_FILE,        /**< no file, or none of safetensors: file_kind says more */
    CHECKPOINT_OTHER_RNG,       /**< to save or load: the generator is not gsl_rng_mt19937 */
    CHECKPOINT_NO_PARAMETER,    /**< a parameter is not in the file */
    CHECKPOINT_UNKNOWN_TENSOR,  /**< the file has a parameter that the model does not have */
    CHECKPOINT_OTHER_SHAPE,     /**< a tensor has another shape */
    CHECKPOINT_OTHER_TYPE,      /**< a tensor has other numbers, or more digits than may be lost */
    CHECKPOINT_NOT_FINITE,      /**< a number is not finite, or not once it is rounded */
    CHECKPOINT_NO_TRAINING,     /**< to go on: the file holds parameters alone */
    CHECKPOINT_OTHER_OPTIMIZER, /**< to go on: the moments are those of another optimizer */
    CHECKPOINT_BAD_STEP,        /**< to go on: the step is no number */
    CHECKPOINT_NO_MOMENT,       /**< to go on: a moment is not in the file */
    CHECKPOINT_NO_RNG,          /**< to go on: there is no generator in the file */
    CHECKPOINT_BAD_RNG,         /**< to go on: the generator cannot have been in such a state */
    CHECKPOINT_BAD_CHECKSUM     /**< the bytes are not those that were saved */
} checkpoint_kind;

/** An error and a sentence about it: what was expected and what was found. */
typedef struct {
    checkpoint_kind kind;       /**< CHECKPOINT_OK if there is none */
    safetensors_kind file_kind; /**< of CHECKPOINT_BAD_FILE */
    char message[512];          /**< "file: sentence" */
} checkpoint_problem;

#define CHECKPOINT_STEP      "training.step"      /**< metadata: steps taken; not the caller's */
#define CHECKPOINT_OPTIMIZER "training.optimizer" /**< metadata: its name; not the caller's */
#define CHECKPOINT_CHECKSUM  "checksum"           /**< metadata: CRC-64; not the caller's */

/**
 * Save.
 *
 * @param[in]  path     the file; replaced if it exists
 * @param[in]  state    what to save
 * @param[in]  texts    more that is to be found again, such as the epoch; no key begins as above
 * @param[in]  n_texts  how many; 0 is allowed
 * @param[out] problem  what went wrong; may be NULL
 * @return              false after a problem: an old file is as it was
 */
bool checkpoint_save(const char *path, const checkpoint_state *state, const safetensors_text *texts,
                     size_t n_texts, checkpoint_problem *problem);

/**
 * Whether a checkpoint has a mean of the parameters beside them.
 *
 * @param[in] file  what was read
 * @return          whether there is one
 */
bool checkpoint_has_average(const safetensors *file);

/**
 * Load. The names and shapes must be those of the list, no more and no fewer; everything is checked
 * before anything is changed.
 *
 * @param[in]     path     the file
 * @param[in,out] state    where to; gradients are left alone
 * @param[out]    problem  what went wrong; may be NULL
 * @return                 the file, for its texts (safetensors_find_text()), to be freed with
 *                         safetensors_free(); NULL after a problem: the state is as it was
 */
safetensors *checkpoint_load(const char *path, checkpoint_state *state,
                             checkpoint_problem *problem);

/** @} */

#endif
