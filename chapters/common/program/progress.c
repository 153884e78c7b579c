/**
 * @file progress.c
 * A bar with the time left, or plain lines.
 */
#include "chapters/common/program/progress.h"
#include "chapters/common/program/seconds.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 24, TIME_SIZE = 32 };

static const double quiet_seconds = 1.0;     /* shorter runs print nothing */
static const double redraw_seconds = 0.1;    /* on a terminal */
static const double new_line_seconds = 10.0; /* in a pipe */

/* "42 s", "3 min 05 s" */
static void describe_seconds(double seconds, char *out)
{
    long whole = lround(seconds);
    if (whole < 60) {
        snprintf(out, TIME_SIZE, "%ld s", whole);
    } else {
        snprintf(out, TIME_SIZE, "%ld min %02ld s", whole / 60, whole % 60);
    }
}

/* The steps that are left take as long as the ones that are done, on average. */
static void describe_rest(const progress *run, double elapsed, char *out)
{
    char left[TIME_SIZE];
    out[0] = '\0';
    if (run->done > 0 && run->done < run->n_steps) {
        double left_steps = (double)(run->n_steps - run->done);
        describe_seconds(elapsed * left_steps / (double)run->done, left);
        snprintf(out, 2 * TIME_SIZE, ", %s left", left);
    }
}

static void draw(progress *run, double time)
{
    char rest[2 * TIME_SIZE];
    double part = run->n_steps > 0 ? (double)run->done / (double)run->n_steps : 1.0;
    describe_rest(run, time - run->started, rest);
    if (run->is_terminal) {
        char bar[BAR_WIDTH + 1];
        size_t full = (size_t)(part * BAR_WIDTH);
        memset(bar, '.', BAR_WIDTH);
        memset(bar, '#', full < BAR_WIDTH ? full : BAR_WIDTH);
        bar[BAR_WIDTH] = '\0';
        /* Back to the first column, and blanks over what a longer line left there. */
        fprintf(run->stream, "\r%.30s [%s] %3.0f %%%-24s", run->what, bar, 100.0 * part, rest);
    } else {
        fprintf(run->stream, "%s: %.0f %%%s\n", run->what, 100.0 * part, rest);
    }
    fflush(run->stream);
    run->last_shown = time;
}

progress progress_start(FILE *stream, const char *what, size_t n_steps)
{
    const char *kind = getenv("TERM");
    progress run = {.stream = stream, .what = what, .n_steps = n_steps};
    run.is_terminal =
        stream != NULL && isatty(fileno(stream)) != 0 && kind != NULL && strcmp(kind, "dumb") != 0;
    run.started = seconds_now();
    return run;
}

void progress_update(progress *run, size_t done)
{
    run->done = done < run->n_steps ? done : run->n_steps;
    if (run->stream == NULL) {
        return;
    }
    double time = seconds_now();
    double pause = run->is_terminal ? redraw_seconds : new_line_seconds;
    double since = run->last_shown > 0.0 ? time - run->last_shown : pause;
    if (time - run->started >= quiet_seconds && since >= pause) {
        draw(run, time);
    }
}

void progress_finish(progress *run)
{
    if (run->stream == NULL || run->last_shown <= 0.0) {
        return;
    }
    if (run->is_terminal) {
        fprintf(run->stream, "\r%79s\r", "");
    } else {
        char time[TIME_SIZE];
        describe_seconds(seconds_now() - run->started, time);
        bool is_done = run->done == run->n_steps;
        fprintf(run->stream, "%s: %s %s\n", run->what, is_done ? "done in" : "stopped after", time);
    }
    fflush(run->stream);
}
