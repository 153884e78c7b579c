#include "tests/support/tagger_trial.h"

#include <string.h>

tagger_wish small_wish(tagger_side side, tagger_mixing mixing)
{
    tagger_wish wish = tagger_wish_default();
    wish.side = side;
    wish.mixing = mixing;
    wish.d_model = 24;
    wish.n_hidden = 40;
    wish.d_channel = 8;
    wish.n_threads = 2;
    return wish;
}

trial trial_begin(const tagger_wish *wish, const tagger_training_options *options, size_t n)
{
    trial r = {.rng = gsl_rng_alloc(gsl_rng_mt19937)};
    corpus *whole = corpus_embedded("upos", NULL);
    r.sentences = corpus_slice(whole, 0, n);
    corpus_free(whole);
    r.vectors = word_vectors_embedded(NULL);
    r.words = lexicon_build(r.sentences, NULL, NULL);
    gsl_rng_set(r.rng, 7);
    r.model = tagger_model_alloc(wish, r.words, r.vectors, r.rng);
    r.text = tagger_text_alloc(r.sentences, r.words, r.vectors, 100);
    r.training = tagger_training_alloc(r.model, r.text, options, r.rng);
    return r;
}

void trial_end(trial *r)
{
    tagger_training_free(r->training);
    tagger_text_free(r->text);
    tagger_model_free(r->model);
    gsl_rng_free(r->rng);
    lexicon_free(r->words);
    word_vectors_free(r->vectors);
    corpus_free(r->sentences);
}

void trial_to(trial *r, size_t step)
{
    while (r->training->step < step) {
        tagger_training_step(r->training);
    }
}

/* All parameters in one block of bytes. */
static size_t bytes_of(const trial *r, const void **bytes)
{
    const tagger_model *model = r->model;
    if (model->narrow == NULL) {
        *bytes = model->wide->values;
        return model->wide->n_numbers * sizeof(double);
    }
    *bytes = model->narrow->values;
    return model->narrow->n_floats * sizeof(float);
}

bool trial_is_same(const trial *a, const trial *b)
{
    const void *of_a, *of_b;
    return bytes_of(a, &of_a) == bytes_of(b, &of_b) && memcmp(of_a, of_b, bytes_of(a, &of_a)) == 0;
}
