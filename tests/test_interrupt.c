/* Signals: one leaves a note, and the program goes on to a good end; a second ends it at once. */
#include "chapters/common/program/interrupt.h"
#include "tests/support/suite.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that works until it finds the note; a stubborn one does not care. It says r when it is
 * ready, and n when it has found the note. */
static void work(int says, bool is_stubborn)
{
    interrupt_catch();
    bool is_told = false;
    if (interrupt_came() || interrupt_status() != 0 || write(says, "r", 1) != 1) {
        _exit(1);
    }
    while (!interrupt_came() || is_stubborn) {
        if (is_stubborn && interrupt_came() && !is_told) {
            is_told = write(says, "n", 1) == 1;
        }
    }
    _exit(interrupt_status());
}

/* How a child ends after one or two signals: its exit code, or minus the signal that ended it. */
static int end_after(int first, int second)
{
    int ends[2], status = 0;
    char byte;
    if (!CHECK(pipe(ends) == 0, "no pipe")) {
        return 0;
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        alarm(20);
        work(ends[1], second != 0);
    }
    close(ends[1]);
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'r', "the child did not start");
    kill(child, first);
    if (second != 0) {
        CHECK(read(ends[0], &byte, 1) == 1 && byte == 'n', "the child found no note");
        kill(child, second);
    }
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void one_signal(void)
{
    CHECK(end_after(SIGINT, 0) == 130, "after Ctrl-C");
    CHECK(end_after(SIGTERM, 0) == 143, "after SIGTERM");
}

static void two_signals(void)
{
    const int signals[] = {SIGINT, SIGTERM};
    for (size_t n = 0; n < 4; n++) {
        int first = signals[n / 2], second = signals[n % 2], end = end_after(first, second);
        CHECK(end == -second, "signal %d after %d: %d", second, first, end);
    }
}

/* A write beyond the limit of a file's size fails, and the program lives to say so. */
static void file_too_large(void)
{
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit tight = {1, 1};
        char name[] = "/tmp/interrupt.XXXXXX";
        int file = mkstemp(name);
        unlink(name);
        setrlimit(RLIMIT_FSIZE, &tight);
        interrupt_catch();
        bool first = write(file, "a", 1) == 1, second = write(file, "b", 1) == 1;
        _exit(first && !second ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0, "status %d", status);
}

static const test tests[] = {
    {"one signal leaves a note: exit code 130 or 143", one_signal},
    {"a second signal ends the program at once", two_signals},
    {"a file that grows too large is an error, not the end", file_too_large},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
