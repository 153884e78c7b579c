#define _GNU_SOURCE
#include "exercises/checker/spawn.h"

#include "exercises/checker/frames.h"
#include "exercises/checker/sandbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_LIMIT ((size_t)512 << 20)

/* Nothing of the caller's environment reaches the child. Fresh memory is full of 0xfe or, under
 * the sanitizer, 0xff: numbers that spoil any result. */
static char *plain_environment[] = {"PATH=/nonexistent", "OMP_NUM_THREADS=1", "MALLOC_PERTURB_=1",
                                    NULL};
static char *explaining_environment[] = {
    "PATH=/usr/local/bin:/usr/bin:/bin", "OMP_NUM_THREADS=1",
    "ASAN_OPTIONS=detect_leaks=0:malloc_fill_byte=255:max_malloc_fill_size=1048576:"
    "allocator_may_return_null=1:hard_rss_limit_mb=1024:exitcode=99:color=never",
    NULL};

static _Noreturn void become(const trial_setup *setup, const int input[2], const int frames[2],
                             const int text[2])
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", setup->program);
    char *slash = strrchr(folder, '/');
    *(slash ? slash : folder) = '\0';
    sandbox_limits limits = {.folder = slash ? folder : ".",
                             .seconds = setup->seconds,
                             .memory = setup->is_explaining ? 0 : MEMORY_LIMIT,
                             .is_explaining = setup->is_explaining};
    int high = fcntl(frames[1], F_DUPFD, 16); /* out of the way of 0 .. 3 */
    setpgid(0, 0);
    dup2(input[0], STDIN_FILENO);
    dup2(text[1], STDOUT_FILENO);
    dup2(text[1], STDERR_FILENO);
    dup2(high, FRAME_FD);
    for (int fd = FRAME_FD + 1; fd < 1024; fd++) {
        close(fd);
    }
    signal(SIGPIPE, SIG_DFL);
    char *arguments[] = {"exercise", (char *)setup->argument, NULL};
    if (sandbox_enter(&limits)) {
        execve(setup->program, arguments,
               setup->is_explaining ? explaining_environment : plain_environment);
    }
    _exit(SPAWN_FAILED);
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

bool spawn(const trial_setup *setup, spawned *child)
{
    int input[2], frames[2], text[2];
    if (pipe(input) != 0) {
        return false;
    }
    if (pipe(frames) != 0) {
        close_both(input);
        return false;
    }
    if (pipe(text) != 0) {
        close_both(input);
        close_both(frames);
        return false;
    }
    signal(SIGPIPE, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        become(setup, input, frames, text);
    }
    close(input[0]);
    close(frames[1]);
    close(text[1]);
    *child = (spawned){.pid = pid, .input = input[1], .frames = frames[0], .text = text[0]};
    if (pid < 0) {
        spawned_close(child);
        return false;
    }
    fcntl(child->input, F_SETFL, O_NONBLOCK);
    fcntl(child->text, F_SETFL, O_NONBLOCK);
    return true;
}

void spawned_close_input(spawned *child)
{
    if (child->input >= 0) {
        close(child->input);
    }
    child->input = -1;
}

int spawned_end(spawned *child, bool may_end)
{
    int status = 0;
    struct timespec moment = {.tv_nsec = 2000000};
    for (int n = 0; may_end && n < 250; n++) {
        if (waitpid(child->pid, &status, WNOHANG) == child->pid) {
            kill(-child->pid, SIGKILL);
            return status;
        }
        nanosleep(&moment, NULL);
    }
    kill(-child->pid, SIGKILL);
    kill(child->pid, SIGKILL);
    waitpid(child->pid, &status, 0);
    return status;
}

void spawned_close(spawned *child)
{
    spawned_close_input(child);
    close(child->frames);
    close(child->text);
}

double spawned_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}
