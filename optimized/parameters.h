/**
 * @file parameters.h
 * Everything that training changes, in one list, float32: each parameter has a name, a value and a
 * gradient. Its twin is reference/parameters.h, which also draws the first values: a program
 * initialises there and copies.
 */
#ifndef OPTIMIZED_PARAMETERS_H
#define OPTIMIZED_PARAMETERS_H

#include "optimized/view.h"
#include "optimized/workspace.h"
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch03 @{ */

/** Room for a name and its end. */
enum { FAST_NAME_SIZE = 96 };

/** One parameter. A bias or a gain is one row. */
typedef struct {
    char name[FAST_NAME_SIZE]; /**< such as "block0.attention.query.weight" */
    size_t n_rows;             /**< rows */
    size_t n_cols;             /**< columns */
    bool is_decayed;           /**< whether weight decay pulls it towards 0 */
    size_t offset;             /**< of its first float in values and in gradients */
    fast_view value;           /**< (n_rows x n_cols), once allocated; dense and aligned */
    fast_view gradient;        /**< (n_rows x n_cols), once allocated; dense and aligned */
} fast_parameter;

/**
 * All parameters, in the order of their declaration. In memory those that decay come first, and
 * each starts a cache line; the floats between them are 0 and stay 0.
 */
typedef struct {
    size_t n_parameters;        /**< how many parameters */
    fast_parameter *parameters; /**< (n_parameters) */
    size_t n_floats;            /**< length of values and of gradients */
    size_t n_decayed;           /**< how many of them, from the first on, decay */
    float *values;              /**< (n_floats) of all parameters */
    float *gradients;           /**< (n_floats) in the same order */
    fast_workspace *memory;     /**< private: holds both */
    int status;                 /**< private: of the first declaration that failed */
} fast_parameters;

/**
 * A list without parameters.
 *
 * @return the list, to be freed with fast_parameters_free(), or NULL after reporting GSL_ENOMEM
 */
fast_parameters *fast_parameters_alloc(void);

/**
 * Free a list with all its values and gradients.
 *
 * @param[in] list  what fast_parameters_alloc() returned, or NULL
 */
void fast_parameters_free(fast_parameters *list);

/**
 * Put a parameter at the end of a list that is not allocated yet. Whoever declares many may leave
 * the statuses alone: fast_parameters_allocate() returns the first one that is not GSL_SUCCESS.
 *
 * @param[in,out] list        the list
 * @param[in]     name        1 to 95 bytes that no other parameter of the list has; copied
 * @param[in]     n_rows      rows, 1 for a bias
 * @param[in]     n_cols      columns
 * @param[in]     is_decayed  whether weight decay acts on it; usually on weights, not on biases
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0 or too large, the name is empty, too long or taken, or the list
 *                     is allocated
 * @retval GSL_ENOMEM  out of memory
 */
int fast_parameters_declare(fast_parameters *list, const char *name, size_t n_rows, size_t n_cols,
                            bool is_decayed);

/**
 * Allocate the values and the gradients of all declared parameters, all 0.
 *
 * @param[in,out] list  the list; from now on its parameters keep their addresses
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  there is no parameter, or the list is allocated
 * @retval GSL_ENOMEM  out of memory
 * @return             also the status of a declaration that failed
 */
int fast_parameters_allocate(fast_parameters *list);

/**
 * The parameter of a given name.
 *
 * @param[in] list  the list
 * @param[in] name  the name
 * @return          the parameter, which stays the list's, or NULL if there is none
 */
fast_parameter *fast_parameters_find(const fast_parameters *list, const char *name);

/**
 * How many numbers all parameters have together: the size of the model. The floats between them do
 * not count.
 *
 * @param[in] list  the list
 * @return          the number
 */
size_t fast_parameters_count(const fast_parameters *list);

/**
 * Set all gradients to 0. A backward pass adds to them, so this comes before it.
 *
 * @param[in,out] list  an allocated list
 */
void fast_parameters_zero_gradients(fast_parameters *list);

/** @} */

#endif
