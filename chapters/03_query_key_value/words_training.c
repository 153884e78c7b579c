/* One model of the ladder: before, during and after its training. */
#include "chapters/03_query_key_value/words.h"

#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/program/program.h"
#include "chapters/common/tagger/tagger_check.h"
#include <stdlib.h>

enum { D_MODEL = 64, CLIP = 8, D_CHANNEL = 16 };

static const double save_interval = 60.0; /* seconds: what a killed run loses at most */

tagged tagged_new(const task *of, const settings *choices, tagger_mixing mixing)
{
    tagger_wish wish = tagger_wish_default();
    wish.mixing = mixing;
    wish.d_model = D_MODEL;
    wish.d_channel = D_CHANNEL;
    wish.clip = mixing == TAGGER_QUERY_KEY_VALUE ? CLIP : 0;
    wish.bandwidth = 1.0;
    wish.n_threads = choices->train ? wish.n_threads : 1; /* the course's corpus is small */
    wish.side = choices->implementation == SIDE_REFERENCE ? TAGGER_REFERENCE : TAGGER_OPTIMIZED;
    tagged one = {.generator = new_generator(choices->seed), .n_epochs = choices->n_epochs};
    one.epochs = program_allocate(one.n_epochs, sizeof *one.epochs);
    one.model = tagger_model_alloc(&wish, of->words, of->vectors, one.generator);
    return one;
}

void tagged_free(tagged *one)
{
    tagger_model_free(one->model);
    gsl_rng_free(one->generator);
    free(one->epochs);
}

void tagged_train(tagged *one, const task *of, const settings *choices, bool is_told)
{
    tagger_training_options options = tagger_training_default(false);
    options.n_epochs = one->n_epochs;
    options.seed = choices->seed;
    options.learning_rate = 0.004;
    tagger_training *training =
        tagger_training_alloc(one->model, of->train_text, &options, one->generator);
    if (choices->resume) {
        tagger_training_resume(training, choices->resume);
    }
    const tagger_run run = {choices->save, save_interval, !is_told};
    one->is_complete = tagger_train(training, of->dev_text, &run, one->epochs);
    if (one->model->narrow) {
        program_check(parameters_widen(one->model->narrow, one->model->wide));
    }
    tagger_training_free(training);
}

void check_words(report *to, const task *of, const settings *choices)
{
    tagged one = tagged_new(of, choices, TAGGER_QUERY_KEY_VALUE);
    const tagger_batch *inputs = tagger_text_batch(of->train_text, 0);
    comparison *both =
        tagger_compare(&one.model->shape, one.model->table, one.model->wide, inputs, NULL, 0.0,
                       one.model->wish.kernels, one.model->wish.n_threads, one.generator);
    if (!both) {
        program_fail("%s", program_last_error());
    }
    double worst = comparison_worst(both);
    report_say(to,
               "reference against optimized, one step: loss and all gradients; the largest error "
               "is %.2f of its bound.",
               worst);
    report_gap(to);
    if (!(worst <= 1.0)) {
        program_fail("the optimized side is outside its bound");
    }
    comparison_free(both);
    tagged_free(&one);
}
