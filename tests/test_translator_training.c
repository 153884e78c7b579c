/* Training a translator on a task whose answers are known: it learns, and the number of threads
 * changes nothing. */
#include "chapters/common/program/seconds.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"
#include "tests/support/translator_trial.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const translator_search_options greedy = {.n_beam = 1};

/* Sources that were never seen are copied without a mistake. */
static void learns(void)
{
    const ref_score scores[] = {REF_SCORE_GENERAL, REF_SCORE_ADDITIVE};
    for (size_t i = 0; i < 2; i++) {
        translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, scores[i]);
        wish.shape.n_encoder_hidden = wish.shape.n_hidden = wish.shape.d_output = 24;
        translator_training_options options = small_translator_options();
        options.n_epochs = 20;
        options.learning_rate = 0.02;
        options.dropout = 0.0;
        options.average = 0.98;
        translator_trial r = translator_trial_begin(&wish, &options, 600);
        while (!translator_training_is_done(r.training)) {
            translator_training_step(r.training);
        }
        translator_training_swap(r.training);
        pair_scores found = translator_test(r.model, r.held_out, &greedy);
        CHECK(found.n_wrong == 0, "score %d: %zu of %zu sources are copied wrongly, loss %g",
              (int)scores[i], found.n_wrong, found.n_sources, r.training->loss);
        CHECK(found.n_sources >= 90, "only %zu sources were tested", found.n_sources);
        translator_trial_end(&r);
    }
}

static void threads(void)
{
    translator_trial runs[MAX_THREADS];
    for (int t = 0; t < MAX_THREADS; t++) {
        translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, REF_SCORE_ADDITIVE);
        translator_training_options options = small_translator_options();
        wish.n_threads = t + 1;
        runs[t] = translator_trial_begin(&wish, &options, 100);
        translator_trial_to(&runs[t], 9);
    }
    for (int t = 1; t < MAX_THREADS; t++) {
        CHECK(translator_trial_is_same(&runs[0], &runs[t]), "%d threads give other parameters",
              t + 1);
    }
    runs[0].training->narrow_average[0] += 1.0f; /* the comparison must see the mean, too */
    CHECK(!translator_trial_is_same(&runs[0], &runs[1]), "the mean is not compared");
    for (int t = 0; t < MAX_THREADS; t++) {
        translator_trial_end(&runs[t]);
    }
}

static void seeds(void)
{
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, REF_SCORE_DOT);
    translator_training_options options = small_translator_options();
    translator_trial first = translator_trial_begin(&wish, &options, 100);
    options.seed++;
    translator_trial other = translator_trial_begin(&wish, &options, 100);
    translator_trial_to(&first, 2);
    translator_trial_to(&other, 2);
    CHECK(!translator_trial_is_same(&first, &other), "the seed of dropout changes nothing");
    translator_trial_end(&first);
    translator_trial_end(&other);
}

/* A single pair, and nothing that is learned: only what is left out can change the loss. */
static void every_step(void)
{
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, REF_SCORE_DOT);
    translator_training_options options = small_translator_options();
    options.learning_rate = 0.0;
    options.dropout = 0.3;
    translator_trial r = translator_trial_begin(&wish, &options, 1);
    translator_trial_to(&r, 1);
    double loss = r.training->loss;
    translator_trial_to(&r, 2);
    CHECK(r.training->loss != loss, "two steps leave the same numbers out");
    translator_trial_end(&r);
}

/* Two tests find the same; in training the same batch gives two losses. */
static void no_dropout(void)
{
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, REF_SCORE_GENERAL);
    translator_training_options options = small_translator_options();
    translator_trial r = translator_trial_begin(&wish, &options, 40);
    const pair_batch *batch = pair_batches_get(r.text, 0);
    translator_dropout first = {0.3, 1}, second = {0.3, 1 + TRANSLATOR_SEEDS_PER_STEP};
    translator_model_reserve(r.model, batch);
    double loss = translator_model_run(r.model, batch, &first, 0.0, false);
    CHECK(loss != translator_model_run(r.model, batch, &second, 0.0, false), "no dropout at all");
    pair_scores once = translator_test(r.model, r.held_out, &greedy);
    pair_scores twice = translator_test(r.model, r.held_out, &greedy);
    CHECK(memcmp(&once, &twice, sizeof once) == 0, "two tests differ");
    translator_trial_end(&r);
}

/* A number that every step changes, and its mean. */
static double value_of(const translator_trial *r, bool mean)
{
    const ref_parameter *wide = ref_parameters_find(r->model->wide, "output.bias");
    if (r->model->narrow == NULL) {
        return (mean ? r->training->wide_average : r->model->wide->values)[wide->offset];
    }
    const fast_parameter *narrow = fast_parameters_find(r->model->narrow, "output.bias");
    return (double)(mean ? r->training->narrow_average : r->model->narrow->values)[narrow->offset];
}

static void averages(void)
{
    for (int side = TRANSLATOR_REFERENCE; side <= TRANSLATOR_OPTIMIZED; side++) {
        translator_wish wish = small_translator_wish((translator_side)side, REF_SCORE_GENERAL);
        translator_training_options options = small_translator_options();
        translator_trial r = translator_trial_begin(&wish, &options, 100);
        double first = value_of(&r, false);
        CHECK(value_of(&r, true) == first, "the mean does not begin as the parameters do");
        translator_trial_to(&r, 8);
        double now = value_of(&r, false), mean = value_of(&r, true);
        double keep = fmin(pow(options.average, 8.0), 1.0 / 11.0);
        CHECK_CLOSE(mean, keep * first + (1.0 - keep) * now, 1e-6, "mean");
        CHECK(now != first, "nothing was learned");
        translator_training_swap(r.training);
        CHECK(value_of(&r, false) == mean && value_of(&r, true) == now, "they did not change");
        translator_training_swap(r.training);
        CHECK(value_of(&r, false) == now, "the parameters are lost");
        translator_trial_end(&r);
    }
}

/* What is loaded of a training is the mean; on either side it writes the same. */
static void loads(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "training");
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, REF_SCORE_CONCAT);
    translator_training_options options = small_translator_options();
    translator_trial r = translator_trial_begin(&wish, &options, 100);
    translator_trial_to(&r, 17);
    translator_training_save(r.training, path);
    translator_training_swap(r.training);
    pair_scores expected = translator_test(r.model, r.held_out, &greedy);
    for (int side = TRANSLATOR_REFERENCE; side <= TRANSLATOR_OPTIMIZED; side++) {
        symbols *source, *target;
        translator_wish other = translator_wish_default();
        other.side = (translator_side)side;
        translator_model *model = translator_model_load(path, &other, &source, &target);
        pair_scores found = translator_test(model, r.held_out, &greedy);
        CHECK(memcmp(&found, &expected, sizeof found) == 0, "side %d makes %zu edits, not %zu",
              side, found.n_edits, expected.n_edits);
        CHECK(model->narrow == NULL || memcmp(model->narrow->values, r.model->narrow->values,
                                              model->narrow->n_floats * sizeof(float)) == 0,
              "it is not the mean that is loaded");
        translator_model_free(model);
        symbols_free(source), symbols_free(target);
    }
    translator_trial_end(&r);
    temporary_remove(folder);
}

/* Some tenths of a second, and a schedule that ends with it. */
static void limit_of_time(void)
{
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, REF_SCORE_GENERAL);
    translator_training_options options = small_translator_options();
    options.seconds = 0.3;
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "training");
    translator_trial r = translator_trial_begin(&wish, &options, 40);
    double begun = seconds_now(), highest = 0.0;
    while (!translator_training_is_done(r.training)) {
        translator_training_step(r.training);
        highest = fmax(highest, r.training->optimized->learning_rate);
    }
    double last = r.training->optimized->learning_rate;
    CHECK(seconds_now() - begun >= 0.25, "it took %g s", seconds_now() - begun);
    CHECK(r.training->step > options.n_epochs * r.text->n_batches, "%zu steps are too few",
          r.training->step);
    CHECK(highest > 0.5 * options.learning_rate && last < 0.1 * options.learning_rate,
          "the rate climbs to %g and falls to %g", highest, last);
    translator_training_save(r.training, path);
    translator_trial again = translator_trial_begin(&wish, &options, 40);
    translator_training_resume(again.training, path);
    CHECK(translator_training_is_done(again.training), "the time of before does not count");
    translator_trial_end(&r), translator_trial_end(&again);
    temporary_remove(folder);
}

static const test tests[] = {
    {"copying is learned: held-out sources are copied without a mistake", learns},
    {"any number of threads gives the same parameters, bit for bit", threads},
    {"another seed leaves other numbers out", seeds},
    {"every step leaves other numbers out", every_step},
    {"dropout acts in training, and not in a test", no_dropout},
    {"the mean follows the parameters, and changes places with them", averages},
    {"a loaded model is the mean of the saved training, on either side", loads},
    {"with a limit of time the learning rate falls until it is over", limit_of_time},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
