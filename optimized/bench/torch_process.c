/* PyTorch, in a process of its own. */
#include "optimized/bench/torch_process.h"
#include "optimized/bench/message.h"
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Found from the root of the project, where make runs. */
static const char SCRIPT[] = "optimized/bench/peer_torch.py";

/* The same number, computed in two orders. */
static const double MOST_RELATIVE_DIFFERENCE = 1e-4;

/* ---- Start and end --------------------------------------------------------------------------- */

/** Which python3 has PyTorch: perhaps not the first one, which a person installed. */
static const char START[] =
    "for python in python3 /usr/bin/python3; do"
    "    \"$python\" -c 'import torch' 2>/dev/null && exec \"$python\" -B \"$0\"; "
    "done";

/** Memory that a tensor has left serves the next one. Left alone, malloc() hands it back to the
 *  system in some runs and not in others, and a GRU that gets fresh pages takes half as long again. */
static const char MEMORY[] = "glibc.malloc.mmap_threshold=33554432:" /* the largest there is */
                             "glibc.malloc.trim_threshold=8589934592:"
                             "glibc.malloc.hugetlb=1";

static void become_torch(const int questions[2], const int answers[2])
{
    dup2(questions[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    close(questions[0]);
    close(questions[1]);
    close(answers[0]);
    close(answers[1]);
    name_machine_for_openblas(); /* Debian's PyTorch multiplies with it */
    setenv("GLIBC_TUNABLES", MEMORY, 1);
    execlp("sh", "sh", "-c", START, SCRIPT, (char *)NULL);
    _exit(EXIT_FAILURE);
}

torch_process start_torch(void)
{
    torch_process torch = {0};
    int questions[2], answers[2];
    if (access(SCRIPT, R_OK) != 0 || pipe(questions) != 0 || pipe(answers) != 0) {
        say("PyTorch is left out: %s is not found from here", SCRIPT);
        return torch;
    }
    signal(SIGPIPE, SIG_IGN);
    torch.process = fork();
    if (torch.process == 0) {
        become_torch(questions, answers);
    }
    close(questions[0]);
    close(answers[1]);
    torch.questions = fdopen(questions[1], "w");
    torch.answers = fdopen(answers[0], "r");
    char name[64];
    torch.is_there = torch.process > 0 && fgets(name, sizeof name, torch.answers) != NULL;
    if (torch.is_there) {
        name[strcspn(name, "\n")] = '\0';
        say("%s takes part", name);
    } else {
        say("PyTorch is not installed: left out");
        end_torch(&torch);
    }
    return torch;
}

void end_torch(torch_process *torch)
{
    if (torch->questions != NULL) {
        fclose(torch->questions); /* the end of the questions is the end of the process */
        fclose(torch->answers);
        waitpid(torch->process, NULL, 0);
    }
    *torch = (torch_process){0};
}

/* ---- Questions ------------------------------------------------------------------------------- */

/** Whether its answer has the same numbers. */
static bool agrees(const torch_process *torch, const double *checked, size_t n_checked)
{
    bool is_same = true;
    for (size_t n = 0; n < n_checked; n++) {
        double other;
        if (fscanf(torch->answers, "%lf", &other) != 1) {
            stop("PyTorch has ended too early");
        }
        if (!(fabs(other - checked[n]) <= MOST_RELATIVE_DIFFERENCE * fabs(checked[n]))) {
            say("PyTorch is left out: its number %zu is %.9g, not %.9g", n, other, checked[n]);
            is_same = false;
        }
    }
    return is_same;
}

void meet_torch(torch_process *torch, const bench_work *work, void *data,
                const fast_kernels *kernels)
{
    torch->has_case = torch->is_there && work->send != NULL;
    if (!torch->has_case) {
        return;
    }
    fprintf(torch->questions, "case %s\n", work->name);
    work->send(data, torch->questions);
    fflush(torch->questions);
    fast_context context = {kernels, 1, NULL};
    context.workspace = fast_workspace_alloc(work->workspace_size(data, &context));
    work->optimized(data, &context);
    fast_workspace_free(context.workspace);
    size_t n_checked;
    const double *checked = work->checked(data, &n_checked);
    torch->has_case = agrees(torch, checked, n_checked);
}

/** A thread that waits for work looks out for it for some milliseconds, then it sleeps. Nobody is
 *  to be disturbed by that of the other process. */
static void wait_for_sleep(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
}

double seconds_in_torch(const torch_process *torch, int n_threads)
{
    double nanoseconds;
    wait_for_sleep();
    fprintf(torch->questions, "run %d\n", n_threads);
    fflush(torch->questions);
    if (fscanf(torch->answers, "%lf", &nanoseconds) != 1) {
        stop("PyTorch has ended too early");
    }
    wait_for_sleep();
    return 1e-9 * nanoseconds;
}
