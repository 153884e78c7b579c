#define _GNU_SOURCE
#include "exercises/checker/trial.h"

#include "exercises/checker/frames.h"
#include "exercises/checker/spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_LIMIT = 1 << 20, FRAMES_LIMIT = FRAME_LIMIT };

/* A conversation with a child. */
typedef struct {
    spawned child;
    const trial_setup *setup;
    trial *result;
    const problem *problems;
    size_t n_problems;
    unsigned char *out; /* the problem or the reply that is being sent */
    size_t n_out, n_sent;
    unsigned char *in; /* frames that are not complete yet */
    size_t n_in, in_capacity;
    counted_access *trace; /* of the problem that is being worked on */
    size_t n_trace, trace_capacity;
    size_t n_text;
    bool is_over;
} conversation;

/* A machine may be busy, and a right answer has to wait: what counts is processor time, which the
 * system limits. The clock on the wall only ends a child that sleeps. */
#define PATIENCE 10.0

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Room for n more bytes; on failure the conversation is over. */
static bool make_room(void **memory, size_t *capacity, size_t used, size_t n)
{
    if (used + n > *capacity) {
        size_t larger = 2 * (used + n);
        void *moved = larger <= 2 * (size_t)FRAMES_LIMIT ? realloc(*memory, larger) : NULL;
        if (!moved) {
            return false;
        }
        *memory = moved;
        *capacity = larger;
    }
    return true;
}

static void end(conversation *c, trial_end how)
{
    c->result->end = how;
    c->is_over = true;
}

/* ---- sending problems ------------------------------------------------------------------------ */

static void prepare_next(conversation *c)
{
    free(c->out);
    c->out = NULL;
    c->n_out = c->n_sent = c->n_trace = 0;
    if (c->result->n_answered < c->n_problems) {
        c->out = frame_of_problem(&c->problems[c->result->n_answered], &c->n_out);
    } else {
        spawned_close_input(&c->child);
    }
}

static void send_more(conversation *c)
{
    ssize_t n = write(c->child.input, c->out + c->n_sent, c->n_out - c->n_sent);
    if (n > 0) {
        c->n_sent += (size_t)n;
    } else if (errno != EAGAIN && errno != EINTR) {
        c->n_sent = c->n_out; /* it does not listen; how it ends says why */
    }
}

/* ---- reading frames: every length is checked against what was asked --------------------------- */

static bool take_answer(conversation *c, const unsigned char *body, size_t length)
{
    trial *t = c->result;
    frame_answer a;
    if (t->n_answered == c->n_problems || c->n_sent < c->n_out) {
        return false;
    }
    const problem *asked = &c->problems[t->n_answered];
    if (length != sizeof a + problem_bytes(asked)) {
        return false;
    }
    memcpy(&a, body, sizeof a);
    if (a.id != asked->id) {
        return false;
    }
    problem *got = &t->answers[t->n_answered];
    problem_copy(got, asked);
    got->status = (int)a.status;
    body += sizeof a;
    for (size_t n = 0; n < got->n_arrays; n++) {
        size_t n_bytes = array_cells(&got->arrays[n]) * sizeof(double);
        memcpy(got->arrays[n].block, body, n_bytes);
        body += n_bytes;
    }
    t->leaked[t->n_answered] = a.leaked;
    t->counts[t->n_answered] = access_replay(c->trace, c->n_trace);
    t->unreached[t->n_answered] = access_unreached(c->trace, c->n_trace, asked);
    t->n_answered++;
    prepare_next(c);
    return true;
}

static bool take_trace(conversation *c, const unsigned char *body, size_t length)
{
    void *memory = c->trace;
    size_t used = c->n_trace * sizeof *c->trace;
    bool ok =
        length % sizeof *c->trace == 0 && make_room(&memory, &c->trace_capacity, used, length);
    c->trace = memory;
    if (ok) {
        memcpy((unsigned char *)memory + used, body, length);
        c->n_trace += length / sizeof *c->trace;
    }
    return ok;
}

/* A child that asks waits for the reply, so there is nothing else on the way to it. */
static bool take_question(conversation *c, const unsigned char *body, size_t length)
{
    const trial_setup *setup = c->setup;
    if (!setup->reply || c->result->n_answered == c->n_problems || c->n_sent < c->n_out) {
        return false;
    }
    free(c->out);
    c->n_out = c->n_sent = 0;
    c->out = setup->reply(setup->context, body, length, &c->n_out);
    return c->out != NULL;
}

static bool take_frame(conversation *c, uint32_t kind, const unsigned char *body, size_t length)
{
    trial *t = c->result;
    switch (kind) {
    case FRAME_ANSWER:
        return take_answer(c, body, length);
    case FRAME_TRACE:
        return take_trace(c, body, length);
    case FRAME_QUESTION:
        return take_question(c, body, length);
    case FRAME_GSL:
        if (length >= sizeof t->gsl) {
            return false;
        }
        memcpy(t->gsl, body, length);
        t->gsl[length] = '\0';
        return true;
    default:
        return false;
    }
}

/* Every frame that is complete; false if one cannot be true. */
static bool take_frames(conversation *c)
{
    size_t at = 0;
    bool ok = true;
    frame_head head;
    while (ok && c->n_in - at >= sizeof head) {
        memcpy(&head, c->in + at, sizeof head);
        ok = head.magic == FRAME_MAGIC && head.length <= FRAME_LIMIT;
        if (!ok || c->n_in - at - sizeof head < head.length) {
            break;
        }
        ok = take_frame(c, head.kind, c->in + at + sizeof head, (size_t)head.length);
        at += sizeof head + (size_t)head.length;
    }
    c->n_in -= ok ? at : 0;
    memmove(c->in, c->in + (ok ? at : 0), c->n_in);
    return ok;
}

static void read_frames(conversation *c)
{
    enum { CHUNK = 1 << 16 };
    void *memory = c->in;
    bool has_room = make_room(&memory, &c->in_capacity, c->n_in, CHUNK);
    c->in = memory;
    ssize_t n = has_room ? read(c->child.frames, c->in + c->n_in, CHUNK) : -1;
    if (!has_room) {
        end(c, END_IMPOSTOR);
    } else if (n > 0) {
        c->n_in += (size_t)n;
        if (!take_frames(c)) {
            end(c, END_IMPOSTOR);
        }
    } else if (n == 0) {
        c->is_over = true; /* how, its status says */
    }
}

/* ---- what it prints -------------------------------------------------------------------------- */

static bool read_text(conversation *c)
{
    char chunk[1 << 14];
    ssize_t n = read(c->child.text, chunk, sizeof chunk);
    if (n <= 0) {
        return false;
    }
    size_t room = c->n_text < TRIAL_TEXT - 1 ? TRIAL_TEXT - 1 - c->n_text : 0;
    size_t kept = (size_t)n < room ? (size_t)n : room;
    memcpy(c->result->text + (c->n_text < TRIAL_TEXT ? c->n_text : 0), chunk, kept);
    c->n_text += (size_t)n;
    c->result->text[c->n_text < TRIAL_TEXT ? c->n_text : TRIAL_TEXT - 1] = '\0';
    if (c->n_text > TEXT_LIMIT) {
        end(c, END_FLOOD);
    }
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void converse(conversation *c, double deadline)
{
    prepare_next(c);
    bool has_text = true;
    while (!c->is_over) {
        int left = (int)(1000.0 * (deadline - now()));
        if (left <= 0) {
            end(c, END_TIME);
            break;
        }
        struct pollfd polled[] = {
            {.fd = c->child.frames, .events = POLLIN},
            {.fd = has_text ? c->child.text : -1, .events = POLLIN},
            {.fd = c->n_sent < c->n_out ? c->child.input : -1, .events = POLLOUT},
        };
        poll(polled, 3, left);
        if (polled[1].revents) {
            has_text = read_text(c);
        }
        if (polled[2].revents && !c->is_over) {
            send_more(c);
        }
        if (polled[0].revents && !c->is_over) {
            read_frames(c);
        }
    }
    if (c->n_in > 0 && c->result->end == END_COMPLETE && c->result->n_answered == c->n_problems) {
        c->result->end = END_IMPOSTOR; /* it said more than it was asked */
    }
}

void trial_run(const trial_setup *setup, const problem *problems, size_t n, trial *t)
{
    *t = (trial){.end = END_COMPLETE};
    conversation c = {.setup = setup, .result = t, .problems = problems, .n_problems = n};
    double before = spawned_seconds();
    if (!spawn(setup, &c.child)) {
        t->end = END_SYSTEM;
        return;
    }
    converse(&c, now() + setup->seconds + PATIENCE);
    int status = spawned_end(&c.child, c.is_over && t->end == END_COMPLETE);
    while (t->end != END_FLOOD && read_text(&c)) {
    }
    trial_end_by_status(t, status, n);
    spawned_close(&c.child);
    t->milliseconds = 1000.0 * (spawned_seconds() - before);
    free(c.out);
    free(c.in);
    free(c.trace);
}

void trial_free(trial *t)
{
    for (size_t n = 0; n < t->n_answered; n++) {
        problem_free(&t->answers[n]);
    }
    t->n_answered = 0;
}
