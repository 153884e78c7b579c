/* The reference on OpenBLAS, in a process of its own. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "optimized/bench/second_process.h"
#include "optimized/bench/clock.h"
#include "optimized/bench/message.h"
#include "optimized/bench/peers.h"
#include "optimized/bench/work.h"
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __APPLE__
#    define PRELOAD_VARIABLE "DYLD_INSERT_LIBRARIES"
#    define PRELOAD_LIBRARY  "libopenblas.dylib"
#else
#    define PRELOAD_VARIABLE "LD_PRELOAD"
#    define PRELOAD_LIBRARY  "libopenblas.so.0"
#endif

/* ---- The first process asks ------------------------------------------------------------------ */

static void become_second_process(const char *program, const int questions[2], const int answers[2])
{
    dup2(questions[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    close(questions[0]);
    close(questions[1]);
    close(answers[0]);
    close(answers[1]);
    name_machine_for_openblas();
    setenv(PRELOAD_VARIABLE, PRELOAD_LIBRARY, 1);
    setenv("OMP_WAIT_POLICY", "passive", 1); /* threads without work must not disturb the others */
    execlp(program, program, "--reference-only", (char *)NULL);
    _exit(EXIT_FAILURE);
}

second_process start_second_process(const char *program)
{
    second_process second = {0};
    int questions[2], answers[2];
    if (pipe(questions) != 0 || pipe(answers) != 0) {
        say("no second process, so no reference on OpenBLAS");
        return second;
    }
    signal(SIGPIPE, SIG_IGN);
    second.process = fork();
    if (second.process == 0) {
        become_second_process(program, questions, answers);
    }
    close(questions[0]);
    close(answers[1]);
    second.questions = fdopen(questions[1], "w");
    second.answers = fdopen(answers[0], "r");
    int has_openblas = 0;
    second.is_there =
        second.process > 0 && fscanf(second.answers, "%d", &has_openblas) == 1 && has_openblas == 1;
    if (!second.is_there) {
        say("OpenBLAS cannot be put under the reference here: left out");
        end_second_process(&second);
    }
    return second;
}

double seconds_in_second_process(const second_process *second, size_t index, int n_threads)
{
    double seconds;
    fprintf(second->questions, "%zu %d\n", index, n_threads);
    fflush(second->questions);
    if (fscanf(second->answers, "%lf", &seconds) != 1) {
        stop("the second process has ended too early");
    }
    return seconds;
}

void end_second_process(second_process *second)
{
    if (second->questions != NULL) {
        fclose(second->questions); /* the end of the questions is the end of the process */
        fclose(second->answers);
        waitpid(second->process, NULL, 0);
    }
    *second = (second_process){0};
}

/* ---- The second process answers -------------------------------------------------------------- */

static double seconds_of_reference(const bench_work *work, void *data)
{
    double begin = seconds_now();
    work->reference(data);
    return seconds_now() - begin;
}

int answer_questions(void)
{
    void (*set_threads)(int) = NULL;
    *(void **)&set_threads = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    printf("%d\n", set_threads != NULL);
    fflush(stdout);

    size_t index, last_index = 0;
    int n_threads;
    void *data = NULL;
    while (set_threads != NULL && scanf("%zu %d", &index, &n_threads) == 2) {
        if (index >= n_bench_cases) {
            return EXIT_FAILURE;
        }
        const bench_work *work = bench_cases[index].work;
        set_threads(n_threads);
        if (data == NULL || index != last_index) {
            if (data != NULL) {
                bench_cases[last_index].work->free(data);
            }
            data = work->alloc(&bench_cases[index].shape, true, false);
            last_index = index;
            work->reference(data); /* the first run warms up */
        }
        printf("%.9g\n", seconds_of_reference(work, data));
        fflush(stdout);
    }
    if (data != NULL) {
        bench_cases[last_index].work->free(data);
    }
    return EXIT_SUCCESS;
}
