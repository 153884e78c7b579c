/* Trainings that are interrupted: by the program's end, or by kill -9. What goes on from
 * the checkpoint must be, bit for bit, what would have been without. */
#include "chapters/common/files/checkpoint.h"
#include "chapters/common/files/parameters_twin.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"
#include "tests/support/trainer.h"

#include <fcntl.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- a training ------------------------------------------------------------------------------ */

/* Logistic regression: 20 columns of x, of which the sign of the first three together decides. Each
 * step draws its batch from the generator, so that its state matters. */
enum { N_INPUTS = 20, BATCH = 8 };

typedef struct {
    checkpoint_state state;
    ref_parameters *list; /* of the reference, where gradients are made */
    fast_context context;
    double loss;
} training;

static training training_start(bool is_reference)
{
    training t = {.list = weight_and_bias(N_INPUTS, 1)};
    ref_training_options options = ref_training_defaults(REF_ADAMW);
    fast_training_options narrow = narrow_options(&options);
    options.max_norm = narrow.max_norm = 0.5;
    t.state.rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(t.state.rng, 42);
    ref_parameters_initialize(t.list, t.state.rng);
    if (is_reference) {
        t.state.reference = t.list;
        t.state.reference_training = ref_training_alloc(t.list, &options);
    } else {
        t.state.optimized = parameters_twin(t.list);
        t.state.optimized_training = fast_training_alloc(t.state.optimized, &narrow);
        size_t n_bytes = fast_gradient_norm_size(t.state.optimized);
        t.context = (fast_context){fast_kernels_best(), 1, fast_workspace_alloc(n_bytes)};
    }
    return t;
}

static void training_end(training *t)
{
    gsl_rng_free(t->state.rng);
    ref_training_free(t->state.reference_training);
    fast_training_free(t->state.optimized_training);
    fast_parameters_free(t->state.optimized);
    ref_parameters_free(t->list);
    fast_workspace_free(t->context.workspace);
}

static void training_step(training *t)
{
    if (t->state.optimized != NULL) {
        parameters_widen(t->state.optimized, t->list);
    }
    ref_parameters_zero_gradients(t->list);
    ref_parameter *weight = ref_parameters_find(t->list, "weight");
    ref_parameter *bias = ref_parameters_find(t->list, "bias");
    const double *w = weight->value.matrix.data, b = bias->value.matrix.data[0];
    for (size_t n = 0; n < BATCH; n++) {
        double x[N_INPUTS], logit = b;
        for (size_t i = 0; i < N_INPUTS; i++) {
            x[i] = gsl_ran_gaussian(t->state.rng, 1.0);
            logit += w[i] * x[i];
        }
        double slope = 1.0 / (1.0 + exp(-logit)) - (x[0] + x[1] + x[2] > 0.0);
        for (size_t i = 0; i < N_INPUTS; i++) {
            weight->gradient.matrix.data[i] += slope * x[i] / BATCH;
        }
        bias->gradient.matrix.data[0] += slope / BATCH;
    }
    if (t->state.optimized != NULL) {
        parameters_narrow(t->list, t->state.optimized);
        fast_training_step(t->state.optimized_training, t->state.optimized, &t->context);
    } else {
        ref_training_step(t->state.reference_training, t->list);
    }
}

static size_t step_of(const training *t)
{
    return t->state.reference != NULL ? t->state.reference_training->step
                                      : t->state.optimized_training->step;
}

static void train_to(training *t, size_t step)
{
    while (step_of(t) < step) {
        training_step(t);
    }
}

/* Whether two trainings are in the same state: their checkpoints have the same bytes. */
static bool is_same(const char *folder, const training *a, const training *b)
{
    const char *first = temporary_path(folder, "first"), *second = temporary_path(folder, "second");
    size_t n_first = 0, n_second = 0;
    bool saved = checkpoint_save(first, &a->state, NULL, 0, NULL) &&
                 checkpoint_save(second, &b->state, NULL, 0, NULL);
    unsigned char *bytes = temporary_read(first, &n_first);
    unsigned char *others = temporary_read(second, &n_second);
    bool same = saved && n_first == n_second && memcmp(bytes, others, n_first) == 0;
    free(bytes), free(others);
    unlink(first), unlink(second);
    return same;
}

static void resumed(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a");
    for (int is_reference = 0; is_reference < 2; is_reference++) {
        training whole = training_start(is_reference), begun = training_start(is_reference);
        training resumed = training_start(is_reference);
        train_to(&whole, 500);
        train_to(&begun, 137);
        checkpoint_problem problem;
        CHECK(checkpoint_save(path, &begun.state, NULL, 0, &problem), "%s", problem.message);
        safetensors *file = checkpoint_load(path, &resumed.state, &problem);
        CHECK(file != NULL && step_of(&resumed) == 137, "%s", problem.message);
        CHECK(!is_same(folder, &resumed, &whole), "500 steps are no other than 137");
        train_to(&resumed, 500);
        CHECK(is_same(folder, &resumed, &whole), "the resumed training is another one");
        gsl_rng_get(resumed.state.rng);
        CHECK(!is_same(folder, &resumed, &whole), "the generator does not matter");
        const double *w = ref_parameters_find(whole.list, "weight")->value.matrix.data;
        CHECK(w[0] > 0.1 && w[1] > 0.1 && w[2] > 0.1, "nothing is learned: %g %g %g", w[0], w[1],
              w[2]);
        safetensors_free(file);
        training_end(&whole), training_end(&begun), training_end(&resumed);
    }
    temporary_remove(folder);
}

/* ---- kill -9 --------------------------------------------------------------------------------- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Start a child that runs until it is killed, and kill it after a random while. */
static void run_and_kill(void (*run)(const char *path), const char *path, double seconds)
{
    int ready[2];
    char byte;
    CHECK(pipe(ready) == 0, "no pipe");
    pid_t child = fork();
    if (child == 0) {
        close(ready[0]);
        if (write(ready[1], "r", 1) == 1) {
            run(path);
        }
        _exit(1);
    }
    close(ready[1]);
    CHECK(read(ready[0], &byte, 1) == 1, "the child did not start");
    close(ready[0]);
    seconds *= gsl_rng_uniform(suite_rng());
    const struct timespec time = {(time_t)seconds, (long)(fmod(seconds, 1.0) * 1e9)};
    nanosleep(&time, NULL);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child ended by itself: %d",
          status);
}

/* So many seconds take 30 steps and saves on this machine: in a child, whose first step is slower
   than any of a process that is warm, above all under a sanitizer. */
static double thirty_saves(const char *folder)
{
    const char *path = temporary_path(folder, "timed");
    double begin = now();
    pid_t child = fork();
    if (child == 0) {
        training t = training_start(false);
        for (size_t n = 0; n < 30; n++) {
            training_step(&t);
            checkpoint_save(path, &t.state, NULL, 0, NULL);
        }
        _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0, "30 steps end with %d", status);
    unlink(path);
    return now() - begin;
}

/* Go on from the checkpoint if there is one, and save after every step. */
static void train_forever(const char *path)
{
    training t = training_start(false);
    checkpoint_problem problem;
    if (access(path, F_OK) == 0 && checkpoint_load(path, &t.state, &problem) == NULL) {
        _exit(2);
    }
    for (;;) {
        training_step(&t);
        if (!checkpoint_save(path, &t.state, NULL, 0, &problem)) {
            _exit(3);
        }
    }
}

static void killed(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a");
    double seconds = thirty_saves(folder);
    size_t last = 0;
    for (size_t n = 0; n < 50; n++) {
        run_and_kill(train_forever, path, seconds);
        training t = training_start(false);
        checkpoint_problem problem;
        safetensors *file = checkpoint_load(path, &t.state, &problem);
        bool is_first = access(path, F_OK) != 0; /* killed before the first save */
        CHECK(file != NULL || is_first, "kill %zu: %s", n, problem.message);
        CHECK(step_of(&t) >= last, "kill %zu: step %zu after %zu", n, step_of(&t), last);
        last = step_of(&t);
        safetensors_free(file);
        training_end(&t);
    }
    size_t n_left_behind = temporary_count(folder) - 1;
    CHECK(last > 50 && n_left_behind > 0,
          "%zu steps, %zu kills hit a save: too few to show anything", last, n_left_behind);
    training whole = training_start(false), resumed = training_start(false);
    safetensors_free(checkpoint_load(path, &resumed.state, NULL));
    train_to(&resumed, last + 20);
    train_to(&whole, last + 20);
    CHECK(is_same(folder, &resumed, &whole), "after 50 kills the training is another one");
    training_end(&whole), training_end(&resumed);
    temporary_remove(folder);
}

/* The control: a writer that writes in place, as programs often do. */
static void write_in_place(const char *path)
{
    char source[512];
    size_t n_bytes;
    snprintf(source, sizeof source, "%s.source", path);
    unsigned char *bytes = temporary_read(source, &n_bytes);
    for (;;) {
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        for (size_t n = 0; n < n_bytes; n += 64) {
            size_t n_left = n_bytes - n;
            if (write(file, bytes + n, n_left < 64 ? n_left : 64) < 0) {
                _exit(3);
            }
        }
        close(file);
    }
}

static void control(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a");
    training t = training_start(false);
    CHECK(checkpoint_save(temporary_path(folder, "a.source"), &t.state, NULL, 0, NULL),
          "not saved");
    double seconds = thirty_saves(folder);
    size_t n_unreadable = 0;
    for (size_t n = 0; n < 50; n++) {
        run_and_kill(write_in_place, path, seconds);
        safetensors *file = checkpoint_load(path, &t.state, NULL);
        n_unreadable += file == NULL;
        safetensors_free(file);
    }
    CHECK(n_unreadable >= 25, "only %zu of 50 files written in place are unreadable", n_unreadable);
    training_end(&t);
    temporary_remove(folder);
}

static const test tests[] = {
    {"a training that goes on is bit for bit the one that was not interrupted", resumed},
    {"50 times kill -9 lose no checkpoint and change no bit", killed},
    {"the same kills do catch a writer that writes in place", control},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
