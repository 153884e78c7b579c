/**
 * @file pair_list.h
 * The parameters of a whole model as tensors of a pair_case: parameter n of its list is input n, its
 * gradient is output n. So they come first.
 */
#ifndef TESTS_SUPPORT_PAIR_LIST_H
#define TESTS_SUPPORT_PAIR_LIST_H

#include "optimized/parameters.h"
#include "reference/parameters.h"
#include "tests/support/pair_case.h"

/**
 * Add inputs and outputs for all parameters. Weights become smaller first: in the worst case errors
 * grow with the norm of every matrix on their way, forward and backward.
 *
 * @param[in,out] c       without tensors yet
 * @param[in,out] list    of the reference; its values are those of the inputs. It must outlive c
 * @param[in]     factor  of the weights, a power of two
 */
void pair_list(pair_case *c, ref_parameters *list, double factor);

/** A list of the optimized side whose views look at the floats of the inputs and outputs; to be
 *  freed with fast_parameters_free(). */
fast_parameters *pair_narrow_list(pair_case *c, const ref_parameters *list);

/** Let the gradients of the reference begin where those of the outputs do. */
void pair_start_gradients(const pair_case *c, ref_parameters *list);

/** The gradients that the reference has added must be those that are expected. */
void pair_check_gradients(const pair_case *c, const ref_parameters *list);

#endif
