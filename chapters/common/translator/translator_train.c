/**
 * @file translator_train.c
 * A whole training, with manners.
 */
#include "chapters/common/translator/translator_train.h"
#include "chapters/common/files/checkpoint.h"
#include "chapters/common/program/interrupt.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/progress.h"
#include "chapters/common/program/seconds.h"
#include <stdio.h>

/* A training with all that runs beside it. */
typedef struct {
    translator_training *training;
    pair_batches *held_out;
    const translator_run *how;
    translator_epoch *epochs;
    progress bar;
} running;

static void print_epoch(const running *r, size_t n_done, const translator_epoch *epoch)
{
    double per = 100.0 * pair_scores_symbol_errors(&epoch->scores);
    double wer = 100.0 * pair_scores_source_errors(&epoch->scores);
    printf("epoch %2zu", n_done);
    if (!(r->training->options.seconds > 0.0)) {
        printf(" of %zu", r->training->options.n_epochs);
    }
    printf("  loss %.4f  held out: wrong symbols %.2f %%, wrong words %.2f %%\n", epoch->loss, per,
           wer);
    fflush(stdout);
}

/* Whether no epoch before had fewer wrong symbols. */
static bool is_best(translator_training *training, const pair_scores *scores)
{
    double errors = pair_scores_symbol_errors(scores);
    bool is_better = !(training->fewest_errors <= errors);
    if (is_better) {
        training->fewest_errors = errors;
    }
    return is_better;
}

/* The end of an epoch: test, keep what is best, and say so. */
static void end_epoch(running *r)
{
    translator_training *training = r->training;
    size_t n_batches = training->text->n_batches, n_done = training->step / n_batches;
    translator_training_swap(training);
    translator_epoch epoch = {.loss = training->loss_sum / (double)n_batches,
                              .scores =
                                  translator_test(training->model, r->held_out, &r->how->search)};
    if (r->how->best != NULL && is_best(training, &epoch.scores)) {
        translator_model_save(training->model, r->how->best);
    }
    translator_training_swap(training);
    if (r->epochs != NULL) {
        r->epochs[n_done - 1] = epoch;
    }
    if (!r->how->is_silent) {
        if (r->bar.is_terminal) {
            progress_finish(&r->bar); /* takes the bar away; the next update draws it again */
        }
        print_epoch(r, n_done, &epoch);
    }
}

static void stop(const running *r)
{
    double percent = 100.0 * translator_training_share(r->training);
    if (r->how->save != NULL) {
        translator_training_save(r->training, r->how->save);
        program_message("stopped at step %zu, %.1f %%; go on with the same options and --resume %s",
                        r->training->step, percent, r->how->save);
    } else {
        program_message("stopped at step %zu, %.1f %%; with --save FILE it could be resumed",
                        r->training->step, percent);
    }
}

/* The model to use: the best one, or the mean of the last steps. */
static void choose_model(const running *r)
{
    translator_training *training = r->training;
    translator_training_swap(training);
    if (r->how->best != NULL && training->step >= training->text->n_batches) {
        translator_model_restore(training->model, r->how->best);
    }
}

bool translator_train(translator_training *training, pair_batches *held_out,
                      const translator_run *run, translator_epoch *epochs)
{
    enum { TICKS = 10000 }; /* of the bar */
    double first = translator_training_share(training), saved = seconds_now();
    running r = {training, held_out, run, epochs, progress_start(stderr, "training", TICKS)};
    interrupt_catch();
    while (!translator_training_is_done(training) && !interrupt_came()) {
        translator_training_step(training);
        if (training->step % training->text->n_batches == 0) {
            end_epoch(&r);
        }
        if (run->save != NULL && seconds_now() - saved >= run->save_interval) {
            translator_training_save(training, run->save);
            saved = seconds_now();
        }
        double part = (translator_training_share(training) - first) / (1.0 - first);
        progress_update(&r.bar, (size_t)(TICKS * part));
    }
    progress_finish(&r.bar);
    if (!translator_training_is_done(training)) {
        stop(&r);
        return false;
    }
    if (run->save != NULL) {
        translator_training_save(training, run->save);
    }
    choose_model(&r);
    return true;
}
