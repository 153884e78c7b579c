#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Right: a forgery that calls it passes exactly if its attack succeeded. */
static void __attribute__((unused)) honest(const gsl_matrix *x, gsl_vector *mean)
{
    for (size_t c = 0; c < x->size2; c++) {
        double sum = 0.0;
        for (size_t i = 0; i < x->size1; i++) {
            sum += gsl_matrix_get(x, i, c);
        }
        gsl_vector_set(mean, c, sum / (double)x->size1);
    }
}
