#include "tests/support/search_problem.h"

#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include "tests/support/translator_trial.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What keeps a state of its own between two symbols, and so must follow a beginning. */
static const struct {
    const char *name;
    ref_score score;
    ref_cell cell;
    ref_timing timing;
    bool feeds_output;
    size_t n_layers, window;
} models[] = {
    {"no attention", REF_SCORE_NONE, REF_ELMAN, .n_layers = 1},
    {"location", REF_SCORE_LOCATION, REF_GRU, .n_layers = 1},
    {"dot, two layers", REF_SCORE_DOT, REF_LSTM, .n_layers = 2},
    {"general, window", REF_SCORE_GENERAL, REF_LSTM, .n_layers = 1, .window = 1},
    {"additive, fed", REF_SCORE_ADDITIVE, REF_LSTM, .feeds_output = true, .n_layers = 1},
    {"additive, bahdanau", REF_SCORE_ADDITIVE, REF_GRU, REF_TIMING_BAHDANAU, .n_layers = 1},
};
_Static_assert(sizeof models / sizeof models[0] == N_SEARCH_MODELS, "a model is missing");

const char *search_model_name(size_t kind)
{
    return models[kind].name;
}

search_problem *search_problem_draw(size_t kind, translator_side side)
{
    static const char *const read[] = {"abcd"}, *const written[] = {"xyz"};
    search_problem *p = calloc(1, sizeof *p);
    p->source = symbols_alloc(SYMBOLS_SOURCE, SYMBOLS_CHARACTERS, read, 1);
    p->target = symbols_alloc(SYMBOLS_TARGET, SYMBOLS_CHARACTERS, written, 1);
    translator_wish wish = small_translator_wish(side, models[kind].score);
    wish.shape.cell = models[kind].cell;
    wish.shape.timing = models[kind].timing;
    wish.shape.feeds_output = models[kind].feeds_output;
    wish.shape.n_layers = models[kind].n_layers;
    wish.shape.window = models[kind].window;
    p->model = translator_model_alloc(&wish, p->source, p->target, suite_rng());
    if (side == TRANSLATOR_REFERENCE) {
        ref_parameters *list = p->model->wide;
        for (size_t n = 0; n < list->n_numbers; n++) {
            list->values[n] = random_gaussian(suite_rng(), 0.7);
        }
    } else {
        fast_parameters *list = p->model->narrow;
        for (size_t i = 0; i < list->n_parameters; i++) {
            fast_parameter *q = &list->parameters[i];
            for (size_t n = 0; n < q->n_rows * q->n_cols; n++) {
                q->value.data[n] = (float)random_gaussian(suite_rng(), 0.7);
            }
        }
    }
    for (size_t s = 0; s < N_SOURCES; s++) {
        p->lengths[s] = (size_t)random_integer(suite_rng(), 1, N_SOURCE);
        for (size_t i = 0; i < N_SOURCE; i++) {
            p->numbers[s * N_SOURCE + i] = (int)random_integer(suite_rng(), 1, 4);
        }
    }
    p->batch = (pair_batch){.n_pairs = N_SOURCES,
                            .n_source = N_SOURCE,
                            .source_lengths = p->lengths,
                            .source = p->numbers};
    return p;
}

void search_problem_free(search_problem *p)
{
    translator_model_free(p->model);
    symbols_free(p->source);
    symbols_free(p->target);
    free(p);
}

double log_p_of(search_problem *p, size_t s, const int *written, size_t n)
{
    int in[LONGEST + 1] = {SYMBOLS_START};
    memcpy(in + 1, written, (n - 1) * sizeof *written);
    pair_batch one = {.n_pairs = 1,
                      .n_source = p->lengths[s],
                      .n_target = n,
                      .source_lengths = &p->lengths[s],
                      .source = p->numbers + s * N_SOURCE,
                      .target_in = in,
                      .target_out = written};
    translator_model_reserve(p->model, &one);
    return -(double)n * translator_model_run(p->model, &one, NULL, 0.0, false);
}

double log_likelihood(search_problem *p, size_t s, const int *target, size_t n)
{
    int written[LONGEST + 1];
    memcpy(written, target, n * sizeof *target);
    written[n] = SYMBOLS_END;
    return log_p_of(p, s, written, n + 1);
}

double normalised(double score, size_t n, double alpha)
{
    return score / pow((5.0 + (double)n + 1.0) / 6.0, alpha);
}
