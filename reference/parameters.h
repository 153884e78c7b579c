/**
 * @file parameters.h
 * Everything that training changes, in one list: each parameter has a name, a value and a gradient.
 * Initialisation, update, gradient check, saving and loading all walk this list, and no other. Its
 * twin is optimized/parameters.h.
 *
 *     ref_parameters *list = ref_parameters_alloc();
 *     ref_parameters_declare(list, "query.weight", d_model, d_k, true, REF_GLOROT_UNIFORM);
 *     ref_parameters_declare(list, "query.bias", 1, d_k, false, REF_ZEROS);
 *     ref_parameters_allocate(list);
 *     ref_parameters_initialize(list, rng);
 *     ref_parameter *weight = ref_parameters_find(list, "query.weight");
 *     ref_projection_forward(x, &weight->value.matrix, ...);
 */
#ifndef REFERENCE_PARAMETERS_H
#define REFERENCE_PARAMETERS_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

/** @addtogroup ch03 @{ */

/** Room for a name and its end. */
enum { REF_NAME_SIZE = 96 };

/**
 * Where a parameter starts. The variance of the random ones keeps what flows through a projection
 * about as large behind it as before it; n_in and n_out are the rows and the columns.
 */
typedef enum {
    REF_ZEROS,          /**< all 0: biases */
    REF_ONES,           /**< all 1: gains */
    REF_GLOROT_UNIFORM, /**< uniform with variance 2 / (n_in + n_out): Glorot and Bengio 2010 */
    REF_GLOROT_NORMAL,  /**< normal with the same variance */
    REF_GLOROT_SQUARES, /**< square matrices side by side, each as if alone: variance 1 / n_in */
    REF_HE_UNIFORM,     /**< uniform with variance 2 / n_in, before a ReLU: He et al. 2015 */
    REF_HE_NORMAL,      /**< normal with the same variance */
    REF_EMBEDDING,      /**< normal with variance 1 / n_out: each row is about 1 long */
} ref_initialization;

/** One parameter. A bias or a gain is one row. */
typedef struct {
    char name[REF_NAME_SIZE];          /**< such as "block0.attention.query.weight" */
    size_t n_rows;                     /**< rows */
    size_t n_cols;                     /**< columns */
    bool is_decayed;                   /**< whether weight decay pulls it towards 0 */
    ref_initialization initialization; /**< where it starts */
    size_t offset;                     /**< of its first number in values and in gradients */
    gsl_matrix_view value;             /**< (n_rows x n_cols), once allocated */
    gsl_matrix_view gradient;          /**< (n_rows x n_cols), once allocated */
} ref_parameter;

/** All parameters, in the order of their declaration. */
typedef struct {
    size_t n_parameters;       /**< how many parameters */
    ref_parameter *parameters; /**< (n_parameters) */
    size_t n_numbers;          /**< how many numbers they have together */
    double *values;            /**< (n_numbers) of all parameters, one after the other */
    double *gradients;         /**< (n_numbers) in the same order */
    int status;                /**< private: of the first declaration that failed */
} ref_parameters;

/**
 * A list without parameters.
 *
 * @return the list, to be freed with ref_parameters_free(), or NULL after reporting GSL_ENOMEM
 */
ref_parameters *ref_parameters_alloc(void);

/**
 * Free a list with all its values and gradients.
 *
 * @param[in] list  what ref_parameters_alloc() returned, or NULL
 */
void ref_parameters_free(ref_parameters *list);

/**
 * Put a parameter at the end of a list that is not allocated yet. Whoever declares many may leave
 * the statuses alone: ref_parameters_allocate() returns the first one that is not GSL_SUCCESS.
 *
 * @param[in,out] list            the list
 * @param[in]     name            1 to 95 bytes that no other parameter of the list has; copied
 * @param[in]     n_rows          rows, 1 for a bias
 * @param[in]     n_cols          columns
 * @param[in]     is_decayed      whether weight decay acts on it; usually on weights, not on biases
 * @param[in]     initialization  where it starts
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  a size is 0 or too large, the name is empty, too long or taken, an unknown
 *                     initialisation, or the list is allocated
 * @retval GSL_ENOMEM  out of memory
 */
int ref_parameters_declare(ref_parameters *list, const char *name, size_t n_rows, size_t n_cols,
                           bool is_decayed, ref_initialization initialization);

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
int ref_parameters_allocate(ref_parameters *list);

/**
 * Give every parameter its first value, in the order of the list.
 *
 * @param[in,out] list  an allocated list
 * @param[in,out] rng   where the random numbers come from; its state and the declarations alone
 *                      decide the values
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL  the list is not allocated
 *
 * Equation (3.26) of the course.
 */
int ref_parameters_initialize(ref_parameters *list, gsl_rng *rng);

/**
 * The parameter of a given name.
 *
 * @param[in] list  the list
 * @param[in] name  the name
 * @return          the parameter, which stays the list's, or NULL if there is none
 */
ref_parameter *ref_parameters_find(const ref_parameters *list, const char *name);

/**
 * How many numbers all parameters have together: the size of the model.
 *
 * @param[in] list  the list
 * @return          the number
 */
size_t ref_parameters_count(const ref_parameters *list);

/**
 * Set all gradients to 0. A backward pass adds to them, so this comes before it.
 *
 * @param[in,out] list  an allocated list
 */
void ref_parameters_zero_gradients(ref_parameters *list);

/** @} */

#endif
