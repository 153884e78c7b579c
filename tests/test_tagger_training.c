/* Training the tagger on the corpus that the programs carry: it learns, and the number of threads
 * changes nothing. */
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/tagger_trial.h"
#include "tests/support/temporary.h"
#include <stdlib.h>

static void overfits(void)
{
    for (int mixing = TAGGER_QUERY_KEY_VALUE; mixing <= TAGGER_BLOCKS; mixing++) {
        tagger_wish wish = small_wish(TAGGER_OPTIMIZED, (tagger_mixing)mixing);
        tagger_training_options options = tagger_training_default(false);
        options.dropout = (tagger_dropout){0};
        options.n_epochs = 400;
        options.learning_rate = 0.01;
        trial r = trial_begin(&wish, &options, 8);
        trial_to(&r, r.training->n_steps);
        CHECK(r.training->loss < 0.01, "mixing %d: the loss of a few sentences stays at %g", mixing,
              r.training->loss);
        tagger_score score = tagger_test(r.model, r.text);
        CHECK(score.accuracy == 1.0, "mixing %d: %g of the tags are right", mixing, score.accuracy);
        trial_end(&r);
    }
}

static void threads(void)
{
    for (int mixing = 0; mixing <= TAGGER_BLOCKS; mixing++) {
        trial runs[MAX_THREADS];
        for (int t = 0; t < MAX_THREADS; t++) {
            tagger_wish wish = small_wish(TAGGER_OPTIMIZED, (tagger_mixing)mixing);
            tagger_training_options options = tagger_training_default(false);
            wish.n_threads = t + 1;
            runs[t] = trial_begin(&wish, &options, 60);
            trial_to(&runs[t], 3);
        }
        for (int t = 1; t < MAX_THREADS; t++) {
            CHECK(trial_is_same(&runs[0], &runs[t]), "mixing %d: %d threads give other parameters",
                  mixing, t + 1);
        }
        for (int t = 0; t < MAX_THREADS; t++) {
            trial_end(&runs[t]);
        }
    }
}

static void loads(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "model");
    tagger_wish wish = small_wish(TAGGER_OPTIMIZED, TAGGER_BLOCKS);
    tagger_training_options options = tagger_training_default(false);
    trial r = trial_begin(&wish, &options, 30);
    trial_to(&r, 5);
    tagger_training_save(r.training, path);
    tagger_score score = tagger_test(r.model, r.text);
    for (int side = TAGGER_REFERENCE; side <= TAGGER_OPTIMIZED; side++) {
        lexicon *words;
        tagger_wish other = tagger_wish_default();
        other.side = (tagger_side)side;
        tagger_model *model = tagger_model_load(path, &other, r.vectors, &words);
        tagger_text *text = tagger_text_alloc(r.sentences, words, r.vectors, 64);
        tagger_score again = tagger_test(model, text);
        CHECK_CLOSE(again.loss, score.loss, 1e-5, "loss of the loaded model");
        CHECK(model->shape.d_model == 24, "d_model is %zu, not 24", model->shape.d_model);
        tagger_text_free(text);
        tagger_model_free(model);
        lexicon_free(words);
    }
    trial_end(&r);
    temporary_remove(folder);
}

/* Two tests give one loss; in training the same batch gives two. */
static void no_dropout(void)
{
    tagger_wish wish = small_wish(TAGGER_OPTIMIZED, TAGGER_BLOCKS);
    tagger_training_options options = tagger_training_default(false);
    trial r = trial_begin(&wish, &options, 30);
    const tagger_batch *inputs = tagger_text_batch(r.text, 0);
    tagger_dropout first = {0.3, 0.1, 0.3, 1}, second = {0.3, 0.1, 0.3, 1000};
    tagger_model_reserve(r.model, inputs);
    double loss = tagger_model_run(r.model, inputs, &first, 0.0, false);
    CHECK(loss != tagger_model_run(r.model, inputs, &second, 0.0, false), "no dropout in training");
    double tested = tagger_test(r.model, r.text).loss;
    CHECK(tested == tagger_test(r.model, r.text).loss, "two tests, two losses");
    trial_end(&r);
}

static void orders(void)
{
    tagger_wish wish = small_wish(TAGGER_OPTIMIZED, TAGGER_ALONE);
    tagger_training_options options = tagger_training_default(false);
    trial r = trial_begin(&wish, &options, 60);
    size_t n_batches = tagger_training_epoch(r.training), differ = 0;
    size_t *first = malloc(n_batches * sizeof *first);
    for (size_t epoch = 0; epoch < 2; epoch++) {
        trial_to(&r, epoch * n_batches + 1);
        for (size_t b = 0; b < n_batches; b++) {
            size_t sentence = batches_get(r.text->epoch, b)->sentences[0];
            differ += epoch == 1 && sentence != first[b];
            first[b] = sentence;
        }
    }
    CHECK(differ > n_batches / 2, "%zu of %zu batches are others in the second epoch", differ,
          n_batches);
    free(first);
    trial_end(&r);
}

static const test tests[] = {
    {"a few sentences are learned until the loss is below 0.01", overfits},
    {"any number of threads gives the same parameters, bit for bit", threads},
    {"a saved model is the same one on either side", loads},
    {"dropout acts in training, and not in a test", no_dropout},
    {"every epoch has an order of its own", orders},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
