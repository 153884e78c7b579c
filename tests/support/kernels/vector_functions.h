/**
 * @file vector_functions.h
 * The functions of optimized/kernels/vector.h, which exist only inside the kernels, made callable:
 * one table for each instruction set, as the kernels have.
 */
#ifndef TESTS_SUPPORT_KERNELS_VECTOR_FUNCTIONS_H
#define TESTS_SUPPORT_KERNELS_VECTOR_FUNCTIONS_H

#include <stddef.h>

/** y_i = f(x_i) for n numbers; n is a multiple of 16. */
typedef void (*vector_function)(const float *x, float *y, size_t n);

typedef struct {
    const char *name;
    vector_function exp, exp2, log, sigmoid, tanh;
} vector_functions;

/** The table of a given name, or NULL if it was not compiled. */
const vector_functions *vector_functions_named(const char *name);

#endif
