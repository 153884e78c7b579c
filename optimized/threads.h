/**
 * @file threads.h
 * The one thing that is asked of OpenMP beside its pragmas. Without OpenMP there is one thread.
 */
#ifndef OPTIMIZED_THREADS_H
#define OPTIMIZED_THREADS_H

#include <stddef.h>

#ifdef _OPENMP
#    include <omp.h>
#endif

/** @addtogroup optimized_core @{ */

/**
 * The number of the calling thread: which share of a workspace is its own.
 *
 * @return 0 .. n_threads - 1
 */
static inline size_t thread_number(void)
{
#ifdef _OPENMP
    return (size_t)omp_get_thread_num();
#else
    return 0;
#endif
}

/** @} */

#endif
