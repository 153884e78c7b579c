/**
 * @file interrupt.c
 * A signal leaves a note.
 */
#include "chapters/common/program/interrupt.h"
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t signal_that_came;

/* The next signal, of either kind, finds the default: it ends the program. */
static void take_note(int number)
{
    signal_that_came = number;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

void interrupt_catch(void)
{
    signal_that_came = 0;
    /* Reading and writing go on after the note is taken. */
    struct sigaction action = {.sa_handler = take_note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

bool interrupt_came(void)
{
    return signal_that_came != 0;
}

int interrupt_status(void)
{
    return signal_that_came != 0 ? 128 + (int)signal_that_came : 0;
}
