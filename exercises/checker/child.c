/* The child: reads problems, calls the function, answers with raw memory. It knows no answer. */

#include "exercises/checker/access.h"
#include "exercises/checker/exercise.h"
#include "exercises/checker/pipe.h"
#include "exercises/checker/sanitizer.h"

#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef __linux__
#    include <malloc.h>
#endif

/* ---- guarded memory -------------------------------------------------------------------------- */

/* The page behind the block cannot be touched. The sanitizer's memory has its own fences, and the
 * guards in it are poisoned, so that it names the line that writes there. */
static void place(problem_array *array)
{
    size_t n_bytes = array_cells(array) * sizeof(double);
    if (IS_SANITIZED) {
        array->block = malloc(n_bytes);
    } else {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t n_used = (n_bytes + page - 1) / page * page;
        char *memory =
            mmap(NULL, n_used + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        bool ok = memory != MAP_FAILED && mprotect(memory + n_used, page, PROT_NONE) == 0;
        array->block = ok ? (double *)(void *)(memory + n_used - n_bytes) : NULL;
    }
    if (!array->block || !pipe_receive(array->block, n_bytes)) {
        _exit(4);
    }
    array_bind(array);
    sanitizer_guard(array, true);
}

static void put_away(problem_array *array)
{
    size_t n_bytes = array_cells(array) * sizeof(double);
    if (IS_SANITIZED) {
        free(array->block);
    } else {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t n_used = (n_bytes + page - 1) / page * page;
        munmap((char *)array->block + n_bytes - n_used, n_used + page);
    }
}

/* ---- what is counted ------------------------------------------------------------------------- */

enum { TRACE_CHUNK = 1 << 14 };
static counted_access trace[TRACE_CHUNK];
static size_t n_trace;

static void flush_trace(void)
{
    if (n_trace > 0) {
        pipe_send_head(FRAME_TRACE, n_trace * sizeof trace[0]);
        pipe_send(trace, n_trace * sizeof trace[0]);
        n_trace = 0;
    }
}

static void record(counted_access access)
{
    trace[n_trace++] = access;
    if (n_trace == TRACE_CHUNK) {
        flush_trace();
    }
}

/* Bytes in use on the heap, where the system can tell. */
static size_t heap_in_use(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
#else
    return 0;
#endif
}

/* ---- one problem ----------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), n = strlen(end);
    return length >= n && strcmp(text + length - n, end) == 0;
}

/* An error that the learner's own code reports is a status like any other. */
static void on_gsl_error(const char *reason, const char *file, int line, int status)
{
    (void)line;
    if (ends_with(file, "exercise.c")) {
        return;
    }
    char text[256];
    snprintf(text, sizeof text, "%s (%s)", reason, gsl_strerror(status));
    pipe_send_head(FRAME_GSL, strlen(text));
    pipe_send(text, strlen(text));
    sanitizer_print_stack();
    _exit(5);
}

static bool receive_problem(problem *p)
{
    frame_head head;
    if (!pipe_receive(&head, sizeof head)) {
        return false;
    }
    if (head.magic != FRAME_MAGIC || head.kind != FRAME_PROBLEM || !pipe_receive(p, sizeof *p)) {
        _exit(4);
    }
    for (size_t n = 0; n < p->n_arrays; n++) {
        place(&p->arrays[n]);
    }
    return true;
}

static void answer(problem *p, any_function *function)
{
    counted_attach(p, record);
    size_t before = heap_in_use();
    frame_answer a = {.id = p->id, .status = exercise_call(p, function)};
    size_t after = heap_in_use();
    a.leaked = after > before ? after - before : 0;
    flush_trace();
    pipe_send_head(FRAME_ANSWER, sizeof a + problem_bytes(p));
    pipe_send(&a, sizeof a);
    for (size_t n = 0; n < p->n_arrays; n++) {
        sanitizer_guard(&p->arrays[n], false);
        pipe_send(p->arrays[n].block, array_cells(&p->arrays[n]) * sizeof(double));
        put_away(&p->arrays[n]);
    }
}

int main(int argc, char **argv)
{
    any_function *function = exercise_function(argc, argv);
    static problem p;
    gsl_set_error_handler(on_gsl_error);
    sanitizer_watch_the_clock();
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was printed before a crash is not lost */
    while (receive_problem(&p)) {
        answer(&p, function);
    }
    return EXIT_SUCCESS;
}
