/**
 * @file message.h
 * What is said to the person who waits, on stderr.
 */
#ifndef OPTIMIZED_BENCH_MESSAGE_H
#define OPTIMIZED_BENCH_MESSAGE_H

/** One line, as printf would have it. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** One line, and the program ends with status 1. */
void stop(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/** A line that the next one overwrites; nothing if stderr is no terminal. */
void show_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
