/**
 * @file tagger_train.c
 * A whole training, with manners.
 */
#include "chapters/common/tagger/tagger_train.h"
#include "chapters/common/program/interrupt.h"
#include "chapters/common/program/program.h"
#include "chapters/common/program/progress.h"
#include "chapters/common/program/seconds.h"
#include <stdio.h>

static void print_epoch(const tagger_training *training, const tagger_epoch *epoch)
{
    size_t n_done = training->step / tagger_training_epoch(training);
    printf("epoch %2zu of %zu  loss %.4f  held out: loss %.4f, accuracy %.2f %%", n_done,
           training->options.n_epochs, epoch->loss, epoch->score.loss,
           100.0 * epoch->score.accuracy);
    if (epoch->score.has_names) {
        printf(", F1 %.2f", 100.0 * epoch->score.f1);
    }
    printf("\n");
    fflush(stdout);
}

/* The end of an epoch: test, and say so. */
static void end_epoch(tagger_training *training, tagger_text *held_out, const tagger_run *run,
                      progress *bar, tagger_epoch *epochs)
{
    size_t n_batches = tagger_training_epoch(training);
    tagger_epoch epoch = {.loss = training->loss_sum / (double)n_batches,
                          .score = tagger_test(training->model, held_out)};
    if (epochs != NULL) {
        epochs[training->step / n_batches - 1] = epoch;
    }
    if (!run->is_silent) {
        if (bar->is_terminal) {
            progress_finish(bar); /* takes the bar away; the next update draws it again */
        }
        print_epoch(training, &epoch);
    }
}

static void stop(const tagger_training *training, const tagger_run *run)
{
    if (run->save != NULL) {
        tagger_training_save(training, run->save);
        program_message("stopped at step %zu of %zu; go on with the same options and --resume %s",
                        training->step, training->n_steps, run->save);
    } else {
        program_message("stopped at step %zu of %zu; with --save FILE it could be resumed",
                        training->step, training->n_steps);
    }
}

bool tagger_train(tagger_training *training, tagger_text *held_out, const tagger_run *run,
                  tagger_epoch *epochs)
{
    size_t begin = training->step, n_batches = tagger_training_epoch(training);
    size_t n_left = training->n_steps - begin;
    progress bar = progress_start(stderr, "training", n_left > 0 ? n_left : 1);
    double saved = seconds_now();
    interrupt_catch();
    while (training->step < training->n_steps && !interrupt_came()) {
        tagger_training_step(training);
        if (training->step % n_batches == 0) {
            end_epoch(training, held_out, run, &bar, epochs);
        }
        if (run->save != NULL && seconds_now() - saved >= run->save_interval) {
            tagger_training_save(training, run->save);
            saved = seconds_now();
        }
        progress_update(&bar, training->step - begin);
    }
    progress_finish(&bar);
    if (training->step < training->n_steps) {
        stop(training, run);
        return false;
    }
    if (run->save != NULL) {
        tagger_training_save(training, run->save);
    }
    return true;
}
