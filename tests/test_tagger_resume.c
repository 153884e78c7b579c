/* A tagger's training that is stopped: by the program's end, by Ctrl-C, or by kill -9. What goes on
 * from the file must be, bit for bit, what would have been without. */
#include "tests/support/process.h"
#include "tests/support/suite.h"
#include "tests/support/tagger_trial.h"
#include "tests/support/temporary.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* Interrupted in the middle of an epoch, and at its end. */
static void resumes(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "training");
    for (int side = TAGGER_REFERENCE; side <= TAGGER_OPTIMIZED; side++) {
        tagger_wish wish = small_wish((tagger_side)side, TAGGER_BLOCKS);
        wish.n_layers = 1;
        tagger_training_options options = tagger_training_default(false);
        options.n_epochs = 3;
        trial whole = trial_begin(&wish, &options, 30);
        size_t n_batches = tagger_training_epoch(whole.training);
        size_t stops[] = {n_batches - 1, n_batches, n_batches + 2};
        trial_to(&whole, 2 * n_batches + 1);
        for (size_t i = 0; i < 3; i++) {
            trial begun = trial_begin(&wish, &options, 30),
                  resumed = trial_begin(&wish, &options, 30);
            trial_to(&begun, stops[i]);
            tagger_training_save(begun.training, path);
            tagger_training_resume(resumed.training, path);
            CHECK(resumed.training->step == stops[i], "it goes on at step %zu, not at %zu",
                  resumed.training->step, stops[i]);
            CHECK(trial_is_same(&begun, &resumed) && !trial_is_same(&whole, &resumed),
                  "what was saved?");
            trial_to(&resumed, 2 * n_batches + 1);
            CHECK(trial_is_same(&whole, &resumed), "side %d, stopped at step %zu: other parameters",
                  side, stops[i]);
            CHECK(resumed.training->loss_sum == whole.training->loss_sum, "another loss");
            trial_end(&begun), trial_end(&resumed);
        }
        trial_end(&whole);
    }
    temporary_remove(folder);
}

/* ---- Ctrl-C and kill -9 ---------------------------------------------------------------------- */

typedef struct {
    const char *path;
    double save_interval;
} saving;

/* A program that trains and saves; it goes on from the file if there is one. */
static int train_and_save(const void *given, int begun)
{
    const saving *to = given;
    tagger_wish wish = small_wish(TAGGER_OPTIMIZED, TAGGER_BLOCKS);
    tagger_training_options options = tagger_training_default(false);
    options.n_epochs = 100000;
    wish.n_threads = 1;
    trial r = trial_begin(&wish, &options, 30);
    tagger_run how = {.save = to->path, .save_interval = to->save_interval, .is_silent = true};
    if (access(to->path, F_OK) == 0) {
        tagger_training_resume(r.training, to->path);
    }
    tagger_training_step(r.training);
    process_has_begun(begun);
    return tagger_train(r.training, r.text, &how, NULL) ? 1 : 42;
}

/* The training up to the step of a file, without interruption: is it the same? */
static void check_file(const char *path)
{
    tagger_wish wish = small_wish(TAGGER_OPTIMIZED, TAGGER_BLOCKS);
    tagger_training_options options = tagger_training_default(false);
    options.n_epochs = 100000;
    trial resumed = trial_begin(&wish, &options, 30), whole = trial_begin(&wish, &options, 30);
    tagger_training_resume(resumed.training, path), trial_to(&whole, resumed.training->step);
    CHECK(resumed.training->step > 1, "nothing was trained");
    CHECK(trial_is_same(&whole, &resumed), "the training that was stopped is another one");
    trial_end(&whole), trial_end(&resumed);
}

static void interrupted(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "training");
    saving by_signal = {path, 1e9};
    int status = process_stop(process_fork(train_and_save, &by_signal), NULL, SIGINT);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42, "the program ended with %d", status);
    check_file(path);
    temporary_remove(folder);
}

static void killed(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "training");
    for (int n = 0; n < 3; n++) { /* killed, resumed, killed, ... */
        saving often = {path, 0.02};
        int status = process_stop(process_fork(train_and_save, &often), path, SIGKILL);
        CHECK(WIFSIGNALED(status), "the program ended by itself: %d", status);
    }
    check_file(path);
    temporary_remove(folder);
}

static const test tests[] = {
    {"a training that goes on is bit for bit the one that was not interrupted", resumes},
    {"Ctrl-C saves a training that can go on", interrupted},
    {"kill -9 leaves a training that can go on", killed},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
