/**
 * @file process.h
 * Run a program as a user does, and keep what it said: its status, its results, its messages.
 */
#ifndef TESTS_SUPPORT_PROCESS_H
#define TESTS_SUPPORT_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/** What stdout is. */
typedef enum {
    PROCESS_PIPE,     /**< a pipe */
    PROCESS_TERMINAL, /**< a pseudo terminal */
    PROCESS_FULL      /**< /dev/full: every write fails */
} process_output;

/** A finished run. */
typedef struct {
    int status;     /**< exit code, or 128 + the signal that ended it */
    char *results;  /**< what went to stdout, "" if nothing did */
    char *messages; /**< what went to stderr, "" if nothing did */
} process;

/** Whether this system has such an output: /dev/full is Linux's. */
bool process_has(process_output output);

/**
 * Run a command line in the shell with LC_ALL=C.UTF-8, TERM=xterm, 80 columns, without NO_COLOR.
 * The environment is set by blank-separated words that may override these: "NO_COLOR=1", or NULL.
 * Ends the test program if the system is out of processes, files or memory.
 */
process *process_run(const char *command, const char *environment, process_output output);

void process_free(process *run);

/** Start a command in the shell and go on; its results and messages go to files. The signal that ends
 *  it is for the program itself. */
pid_t process_start(const char *command, const char *results, const char *messages);

/** A part of the test that runs in a process of its own. */
typedef struct {
    pid_t id;
    int begun; /**< where it says that it has begun */
} process_child;

/** What a child does: its status. It calls process_has_begun(begun) when it may be stopped. */
typedef int process_body(const void *given, int begun);

/** Start a child, which says nothing on stderr and cannot use the threads of before. */
process_child process_fork(process_body *body, const void *given);

void process_has_begun(int begun);

/** Send a signal to a child that has begun and, if a path is given, written that file. Returns its
 *  status, as waitpid() has it. */
int process_stop(process_child child, const char *path, int signal_number);

#endif
