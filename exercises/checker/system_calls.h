/**
 * @file system_calls.h
 * The list of system calls that a program needs to be loaded and to compute. All others answer
 * "not permitted".
 */
#ifndef EXERCISES_CHECKER_SYSTEM_CALLS_H
#define EXERCISES_CHECKER_SYSTEM_CALLS_H

#include <stdbool.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__)) &&                         \
    __has_include(<linux/landlock.h>)
#    define HAS_WALLS 1
#    include <sys/syscall.h>
#endif

#ifdef HAS_WALLS

/** Whether the kernel can filter system calls. */
bool filter_is_available(void);

/** Filter those of this process from now on. @return false if the kernel refuses */
bool filter_install(void);

#endif

#endif
