#define _GNU_SOURCE
#include <fcntl.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef int mean_function(const gsl_matrix *x, gsl_vector *mean);

/* One question; returns the first number of the reply. */
static double __attribute__((unused)) once(mean_function *mean_of_rows)
{
    double numbers[] = {1.0, 5.0, -2.0, 4.0, 0.5, 7.0}, result[3] = {9.0, 9.0, 9.0};
    gsl_matrix_view x = gsl_matrix_view_array(numbers, 2, 3);
    gsl_vector_view mean = gsl_vector_view_array(result, 3);
    mean_of_rows(&x.matrix, &mean.vector);
    return result[0];
}

/* Right: a forgery that returns it passes exactly if its attack succeeded. */
static int __attribute__((unused)) honest(mean_function *mean_of_rows)
{
    return !(fabs(once(mean_of_rows) - 2.5) < 1e-9);
}
