/* How a child ended, if it did not answer everything and leave in peace. */

#include "exercises/checker/spawn.h"
#include "exercises/checker/verdict.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

void trial_end_by_status(trial *t, int status, size_t n)
{
    if (t->end != END_COMPLETE) {
        return;
    }
    if (t->gsl[0]) {
        t->end = END_GSL;
    } else if (WIFSIGNALED(status)) {
        t->end = WTERMSIG(status) == SIGXCPU ? END_TIME : END_SIGNAL;
        t->detail = WTERMSIG(status);
    } else if (WEXITSTATUS(status) == SPAWN_FAILED) {
        t->end = END_SYSTEM;
    } else if (t->n_answered < n || WEXITSTATUS(status) != 0) {
        t->end = END_EXIT;
        t->detail = WEXITSTATUS(status);
    }
}

void verdict_fail(verdict *v, const char *tag, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(v->text, sizeof v->text, format, arguments);
    va_end(arguments);
    snprintf(v->tag, sizeof v->tag, "%s", tag);
    v->state = CASE_FAILED;
}

void verdict_add(verdict *v, const char *format, ...)
{
    size_t length = strlen(v->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(v->text + length, sizeof v->text - length, format, arguments);
    va_end(arguments);
}

static const char *signal_in_words(int signal)
{
    switch (signal) {
    case SIGSEGV:
        return "it touched memory outside of its arrays, or called itself without end";
    case SIGBUS:
        return "it touched memory that is not there";
    case SIGFPE:
        return "an integer was divided by 0";
    case SIGABRT:
        return "it was aborted, by an assertion or by free() of a wrong pointer";
    case SIGILL:
        return "it ran into an instruction that does not exist";
    default:
        return "it was ended from outside";
    }
}

bool verdict_on_end(const trial *t, verdict *v)
{
    const char *counted = strstr(t->text, "counted: ");
    switch (t->end) {
    case END_COMPLETE:
        return false;
    case END_TIME:
        verdict_fail(v, "timeout",
                     "stopped: it took longer than %g s, a right answer takes milliseconds.\n"
                     "A loop that never ends? A size_t counter is always >= 0.",
                     triage_seconds());
        return true;
    case END_FLOOD:
        verdict_fail(v, "output-flood", "stopped: it printed more than 1 MB. It began with: %.60s",
                     t->text);
        return true;
    case END_GSL:
        verdict_fail(v, "gsl-error", "the GSL stopped your code: %s.", t->gsl);
        return true;
    case END_EXIT:
        verdict_fail(v, "exit",
                     "the program ended with status %d before your function returned: "
                     "return, do not exit.",
                     t->detail);
        return true;
    case END_SIGNAL:
        if (counted) {
            verdict_fail(v, "index", "%.*s.", (int)strcspn(counted + 9, "\n"), counted + 9);
            return true;
        }
        verdict_fail(v, "signal", "crashed (%s): %s.", strsignal(t->detail),
                     signal_in_words(t->detail));
        return true;
    case END_IMPOSTOR:
        verdict_fail(v, "impostor",
                     "your program wrote to file descriptor 3, which is the checker's.");
        return true;
    case END_SYSTEM:
        verdict_fail(v, "system", "the program could not be started here; this is not your fault.");
        v->state = CASE_ERROR;
        return true;
    }
    return false;
}
