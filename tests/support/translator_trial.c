#include "tests/support/translator_trial.h"

#include <string.h>

static const task copying = {.rule = TASK_COPY, .n_letters = 5, .min_length = 2, .max_length = 5};

translator_wish small_translator_wish(translator_side side, ref_score score)
{
    translator_wish wish = translator_wish_default();
    bool is_dot = score == REF_SCORE_DOT || score == REF_SCORE_SCALED_DOT;
    wish.side = side;
    wish.n_threads = 2;
    wish.shape.score = score;
    wish.shape.d_embedding = 7;
    wish.shape.n_encoder_hidden = 9;
    wish.shape.n_hidden = is_dot ? 18 : 11;
    wish.shape.d_attention = 6;
    wish.shape.d_output = 13;
    wish.shape.n_places = 12;
    return wish;
}

translator_training_options small_translator_options(void)
{
    translator_training_options options = translator_training_default();
    options.n_epochs = 3;
    options.n_warmup = 4;
    options.average = 0.9;
    return options;
}

translator_trial translator_trial_begin(const translator_wish *wish,
                                        const translator_training_options *options, size_t n)
{
    translator_trial r = {.rng = gsl_rng_alloc(gsl_rng_mt19937)};
    gsl_rng_set(r.rng, 7);
    r.source = task_symbols(&copying, SYMBOLS_SOURCE);
    r.target = task_symbols(&copying, SYMBOLS_TARGET);
    r.all = task_pairs(&copying, n, r.source, r.target, r.rng);
    r.others = task_pairs(&copying, 100, r.source, r.target, r.rng);
    r.model = translator_model_alloc(wish, r.source, r.target, r.rng);
    r.text = pair_batches_alloc(r.all, PAIR_BATCHES_PAIRS, 16);
    r.held_out = pair_batches_alloc(r.others, PAIR_BATCHES_SOURCES, 64);
    r.training = translator_training_alloc(r.model, r.text, options, r.rng);
    return r;
}

void translator_trial_end(translator_trial *r)
{
    translator_training_free(r->training);
    pair_batches_free(r->text);
    pair_batches_free(r->held_out);
    translator_model_free(r->model);
    pairs_free(r->all);
    pairs_free(r->others);
    symbols_free(r->source);
    symbols_free(r->target);
    gsl_rng_free(r->rng);
}

void translator_trial_to(translator_trial *r, size_t step)
{
    while (r->training->step < step) {
        translator_training_step(r->training);
    }
}

static bool have_same_bytes(const void *a, const void *b, size_t n_bytes)
{
    return (a == NULL) == (b == NULL) && (a == NULL || memcmp(a, b, n_bytes) == 0);
}

bool translator_trial_is_same(const translator_trial *a, const translator_trial *b)
{
    const translator_training *of_a = a->training, *of_b = b->training;
    if (a->model->narrow == NULL) {
        size_t n_bytes = a->model->wide->n_numbers * sizeof(double);
        return have_same_bytes(a->model->wide->values, b->model->wide->values, n_bytes) &&
               have_same_bytes(of_a->wide_average, of_b->wide_average, n_bytes);
    }
    size_t n_bytes = a->model->narrow->n_floats * sizeof(float);
    return have_same_bytes(a->model->narrow->values, b->model->narrow->values, n_bytes) &&
           have_same_bytes(of_a->narrow_average, of_b->narrow_average, n_bytes);
}
