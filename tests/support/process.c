/* Pseudo terminals are in POSIX, in the part called XSI. */
#define _XOPEN_SOURCE 700
#include "tests/support/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The test cannot go on, and it is not the tested program's fault. */
static void give_up(const char *what)
{
    fprintf(stderr, "process: %s: %s\n", what, strerror(errno));
    exit(3);
}

bool process_has(process_output output)
{
    return output != PROCESS_FULL || access("/dev/full", W_OK) == 0;
}

/* Everything from a file descriptor, with an end of string. A terminal ends with an error. */
static char *read_all(int file)
{
    size_t length = 0, size = 1 << 16;
    char *text = malloc(size);
    for (;;) {
        if (text == NULL) {
            give_up("memory for the output");
        }
        ssize_t n = read(file, text + length, size - length - 1);
        if (n <= 0) {
            break;
        }
        length += (size_t)n;
        if (size - length < 4096) {
            size *= 2;
            text = realloc(text, size);
        }
    }
    text[length] = '\0';
    close(file);
    return text;
}

/* Both ends of a pipe or of a pseudo terminal: [0] to read, [1] for the program. */
static void open_output(process_output output, int ends[2])
{
    if (output == PROCESS_PIPE) {
        if (pipe(ends) != 0) {
            give_up("pipe");
        }
        return;
    }
    if (output == PROCESS_FULL) {
        ends[0] = open("/dev/null", O_RDONLY);
        ends[1] = open("/dev/full", O_WRONLY);
        return;
    }
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
    if (ends[0] < 0 || grantpt(ends[0]) != 0 || unlockpt(ends[0]) != 0) {
        give_up("pseudo terminal");
    }
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
}

static void become(const char *command, const char *environment, int results, int messages)
{
    char line[8192];
    snprintf(line, sizeof line,
             "unset NO_COLOR; export LC_ALL=C.UTF-8 TERM=xterm COLUMNS=80; export %s; %s",
             environment != NULL ? environment : "LANG=C.UTF-8", command);
    dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
    dup2(results, STDOUT_FILENO);
    dup2(messages, STDERR_FILENO);
    execl("/bin/sh", "sh", "-c", line, (char *)NULL);
    _exit(127);
}

process *process_run(const char *command, const char *environment, process_output output)
{
    int ends[2];
    open_output(output, ends);
    /* Messages go to a file, so that neither output can fill up while the other is read. */
    FILE *messages = tmpfile();
    process *run = calloc(1, sizeof *run);
    if (messages == NULL || run == NULL || ends[0] < 0 || ends[1] < 0) {
        give_up("files for the output");
    }
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        give_up("fork");
    }
    if (child == 0) {
        close(ends[0]);
        become(command, environment, ends[1], fileno(messages));
    }
    close(ends[1]);
    run->results = read_all(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    int copy = dup(fileno(messages));
    lseek(copy, 0, SEEK_SET);
    run->messages = read_all(copy);
    fclose(messages);
    return run;
}

void process_free(process *run)
{
    free(run->results);
    free(run->messages);
    free(run);
}

pid_t process_start(const char *command, const char *results, const char *messages)
{
    pid_t child = fork();
    if (child == 0) {
        char exec[8192];
        int out = open(results, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int err = open(messages, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        snprintf(exec, sizeof exec, "exec %s", command); /* the signal is for the program itself */
        execl("/bin/sh", "sh", "-c", exec, (char *)NULL);
        _exit(127);
    }
    return child;
}

/* ---- Children that are stopped --------------------------------------------------------------- */

process_child process_fork(process_body *body, const void *given)
{
    int ends[2];
    if (pipe(ends) != 0) {
        give_up("pipe");
    }
    pid_t id = fork();
    if (id < 0) {
        give_up("fork");
    }
    if (id == 0) {
        close(ends[0]);
        freopen("/dev/null", "w", stderr);
        _exit(body(given, ends[1]));
    }
    close(ends[1]);
    return (process_child){id, ends[0]};
}

void process_has_begun(int begun)
{
    if (write(begun, "b", 1) != 1) {
        _exit(1);
    }
}

int process_stop(process_child child, const char *path, int signal_number)
{
    char byte;
    bool has_begun = read(child.begun, &byte, 1) == 1;
    close(child.begun);
    const struct timespec a_while = {0, 100000000};
    do {
        nanosleep(&a_while, NULL);
    } while (has_begun && path != NULL && access(path, F_OK) != 0);
    kill(child.id, signal_number);
    int status = 0;
    waitpid(child.id, &status, 0);
    return status;
}
