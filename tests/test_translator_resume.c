/* A translator's training that is stopped: by the program's end, by Ctrl-C, by kill -9, or by a full
 * disk. What goes on from the file must be, bit for bit, what would have been without. */
#include "tests/support/process.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"
#include "tests/support/translator_trial.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_PAIRS_LEARNED = 60 };

static translator_trial begin(translator_side side, size_t n_epochs, int n_threads)
{
    translator_wish wish = small_translator_wish(side, REF_SCORE_GENERAL);
    translator_training_options options = small_translator_options();
    options.n_epochs = n_epochs;
    wish.n_threads = n_threads;
    return translator_trial_begin(&wish, &options, N_PAIRS_LEARNED);
}

/* Interrupted in the middle of an epoch, and at its end; the mean changes every 8 steps. */
static void resumes(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "training");
    for (int side = TRANSLATOR_REFERENCE; side <= TRANSLATOR_OPTIMIZED; side++) {
        translator_trial whole = begin((translator_side)side, 5, 2);
        size_t n_batches = whole.text->n_batches;
        size_t stops[] = {n_batches - 1, n_batches, 2 * n_batches + 1};
        translator_trial_to(&whole, 4 * n_batches + 1);
        for (size_t i = 0; i < 3; i++) {
            translator_trial begun = begin((translator_side)side, 5, 2),
                             resumed = begin((translator_side)side, 5, 2);
            translator_trial_to(&begun, stops[i]);
            translator_training_save(begun.training, path);
            translator_training_resume(resumed.training, path);
            CHECK(resumed.training->step == stops[i], "it goes on at step %zu, not at %zu",
                  resumed.training->step, stops[i]);
            CHECK(translator_trial_is_same(&begun, &resumed) &&
                      !translator_trial_is_same(&whole, &resumed),
                  "what was saved?");
            translator_trial_to(&resumed, 4 * n_batches + 1);
            CHECK(translator_trial_is_same(&whole, &resumed),
                  "side %d, stopped at step %zu: other parameters", side, stops[i]);
            CHECK(resumed.training->loss_sum == whole.training->loss_sum, "another loss");
            translator_trial_end(&begun), translator_trial_end(&resumed);
        }
        translator_trial_end(&whole);
    }
    temporary_remove(folder);
}

/* ---- Ctrl-C and kill -9 ---------------------------------------------------------------------- */

enum { ENDLESS = 100000 };

typedef struct {
    const char *path, *best;
    double save_interval;
} saving;

/* A program that trains and saves; it goes on from the file if there is one. */
static int train_and_save(const void *given, int begun)
{
    const saving *to = given;
    translator_trial r = begin(TRANSLATOR_OPTIMIZED, ENDLESS, 1);
    translator_run how = {.save = to->path,
                          .save_interval = to->save_interval,
                          .best = to->best,
                          .is_silent = true,
                          .search = {.n_beam = 1}};
    if (access(to->path, F_OK) == 0) {
        translator_training_resume(r.training, to->path);
    }
    translator_training_step(r.training);
    process_has_begun(begun);
    return translator_train(r.training, r.held_out, &how, NULL) ? 1 : 42;
}

/* The training up to the step of a file, without interruption: is it the same? */
static void check_file(const char *path)
{
    translator_trial resumed = begin(TRANSLATOR_OPTIMIZED, ENDLESS, 2),
                     whole = begin(TRANSLATOR_OPTIMIZED, ENDLESS, 2);
    translator_training_resume(resumed.training, path);
    translator_trial_to(&whole, resumed.training->step);
    CHECK(resumed.training->step > 1, "nothing was trained");
    CHECK(translator_trial_is_same(&whole, &resumed), "the training that was stopped is another");
    translator_trial_end(&whole), translator_trial_end(&resumed);
}

static void interrupted(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "training");
    saving by_signal = {path, NULL, 1e9};
    int status = process_stop(process_fork(train_and_save, &by_signal), NULL, SIGINT);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42, "the program ended with %d", status);
    check_file(path);
    temporary_remove(folder);
}

static void killed(void)
{
    char *folder = temporary_folder();
    char *path = strdup(temporary_path(folder, "training"));
    char *best = strdup(temporary_path(folder, "best"));
    for (int n = 0; n < 3; n++) { /* killed, resumed, killed, ... */
        saving often = {path, best, 0.02};
        int status = process_stop(process_fork(train_and_save, &often), path, SIGKILL);
        CHECK(WIFSIGNALED(status), "the program ended by itself: %d", status);
    }
    check_file(path);
    symbols *source, *target;
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, REF_SCORE_GENERAL);
    translator_model_free(translator_model_load(best, &wish, &source, &target)); /* or it ends */
    symbols_free(source), symbols_free(target);
    free(path), free(best);
    temporary_remove(folder);
}

/* ---- A full disk ----------------------------------------------------------------------------- */

/* A file may grow to a few bytes only: the program ends with a sentence, the old file stays. */
static void full_disk(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "training");
    translator_trial r = begin(TRANSLATOR_OPTIMIZED, 5, 1);
    translator_trial_to(&r, 3);
    translator_training_save(r.training, path);
    size_t n_before, n_after;
    unsigned char *before = temporary_read(path, &n_before);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {4096, 4096};
        setrlimit(RLIMIT_FSIZE, &limit);
        signal(SIGXFSZ, SIG_IGN);
        freopen("/dev/null", "w", stderr);
        translator_training_save(r.training, path);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1, "the program ended with %d", status);
    unsigned char *after = temporary_read(path, &n_after);
    CHECK(before != NULL && after != NULL && n_before == n_after &&
              memcmp(before, after, n_before) == 0,
          "the old file is no longer what it was");
    CHECK(temporary_count(folder) == 1, "%zu files are left", temporary_count(folder));
    free(before), free(after);
    translator_trial_end(&r);
    temporary_remove(folder);
}

/* ---- The best model -------------------------------------------------------------------------- */

/* The best epoch is what the training ends with, and what the file holds. */
static void best_is_kept(void)
{
    enum { N_EPOCHS = 12 };
    char *folder = temporary_folder();
    const char *best = temporary_path(folder, "best");
    translator_trial r = begin(TRANSLATOR_OPTIMIZED, N_EPOCHS, 2);
    translator_run how = {.best = best, .is_silent = true, .search = {.n_beam = 1}};
    translator_epoch epochs[N_EPOCHS];
    CHECK(translator_train(r.training, r.held_out, &how, epochs), "it was interrupted");
    double fewest = INFINITY;
    for (size_t i = 0; i < N_EPOCHS; i++) {
        fewest = fmin(fewest, pair_scores_symbol_errors(&epochs[i].scores));
    }
    pair_scores kept = translator_test(r.model, r.held_out, &how.search);
    CHECK(pair_scores_symbol_errors(&kept) == fewest && r.training->fewest_errors == fewest,
          "%g of the symbols are wrong, %g is remembered, %g was best",
          pair_scores_symbol_errors(&kept), r.training->fewest_errors, fewest);
    symbols *source, *target;
    translator_model *model = translator_model_load(best, &r.model->wish, &source, &target);
    pair_scores again = translator_test(model, r.held_out, &how.search);
    CHECK(memcmp(&again, &kept, sizeof kept) == 0, "the file holds another model");
    translator_model_free(model);
    symbols_free(source), symbols_free(target);
    translator_trial_end(&r);
    temporary_remove(folder);
}

/* It is the mean of the parameters that is tested, saved and kept. */
static void mean_is_kept(void)
{
    char *folder = temporary_folder();
    const char *best = temporary_path(folder, "best");
    translator_trial r = begin(TRANSLATOR_OPTIMIZED, 3, 2),
                     again = begin(TRANSLATOR_OPTIMIZED, 3, 2);
    translator_run how = {.best = best, .is_silent = true, .search = {.n_beam = 1}};
    size_t n_bytes = r.model->narrow->n_floats * sizeof(float), n_steps = 3 * r.text->n_batches;
    CHECK(translator_train(r.training, r.held_out, &how, NULL), "it was interrupted");
    bool is_mean = false; /* of one of the epochs */
    for (size_t step = again.text->n_batches; step <= n_steps; step += again.text->n_batches) {
        translator_trial_to(&again, step);
        is_mean = is_mean ||
                  memcmp(r.model->narrow->values, again.training->narrow_average, n_bytes) == 0;
    }
    CHECK(is_mean, "the model is not the mean behind an epoch");
    translator_trial_end(&r), translator_trial_end(&again);
    temporary_remove(folder);
}

/* An epoch of before the training was resumed had no error at all: its model stays. */
static void worse_is_not_kept(void)
{
    char *folder = temporary_folder();
    const char *best = temporary_path(folder, "best");
    translator_trial r = begin(TRANSLATOR_OPTIMIZED, 3, 2),
                     first = begin(TRANSLATOR_OPTIMIZED, 3, 2);
    translator_run how = {.best = best, .is_silent = true, .search = {.n_beam = 1}};
    translator_model_save(r.model, best);
    r.training->fewest_errors = 0.0;
    CHECK(translator_train(r.training, r.held_out, &how, NULL), "it was interrupted");
    CHECK(memcmp(r.model->narrow->values, first.model->narrow->values,
                 first.model->narrow->n_floats * sizeof(float)) == 0,
          "the best model was replaced by a worse one");
    translator_trial_end(&r), translator_trial_end(&first);
    temporary_remove(folder);
}

static const test tests[] = {
    {"a training that goes on is bit for bit the one that was not interrupted", resumes},
    {"Ctrl-C saves a training that can go on", interrupted},
    {"kill -9 leaves a training that can go on, and a best model", killed},
    {"a full disk leaves the old file", full_disk},
    {"the best model is kept", best_is_kept},
    {"with a mean of the parameters, it is the mean that is kept", mean_is_kept},
    {"a worse model does not replace it", worse_is_not_kept},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
