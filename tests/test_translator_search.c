/* Searching a target: what a beam finds is what the model says is likely, on either side. */
#include "chapters/common/translator/translator_search.h"
#include "reference/softmax.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include "tests/support/translator_trial.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Tiny models and sources ----------------------------------------------------------------- */

enum { N_SOURCES = 4, N_SOURCE = 5, MAX_SYMBOLS = 3 };

typedef struct {
    symbols *source, *target;
    translator_model *model;
    pair_batch batch;
    size_t lengths[N_SOURCES];
    int numbers[N_SOURCES * N_SOURCE];
} problem;

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
enum { N_MODELS = sizeof models / sizeof models[0] };

/* Random parameters, large enough that the model has opinions. */
static problem *draw(size_t kind, translator_side side)
{
    static const char *const read[] = {"abcd"}, *const written[] = {"xyz"};
    problem *p = calloc(1, sizeof *p);
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

static void problem_free(problem *p)
{
    translator_model_free(p->model);
    symbols_free(p->source);
    symbols_free(p->target);
    free(p);
}

/* ---- What the model says of a target --------------------------------------------------------- */

/* ln p of a target and its end, by teacher forcing: nothing that a search uses. */
static double log_likelihood(problem *p, size_t s, const int *target, size_t n)
{
    int in[MAX_SYMBOLS + 16] = {SYMBOLS_START}, out[MAX_SYMBOLS + 16];
    memcpy(in + 1, target, n * sizeof *target);
    memcpy(out, target, n * sizeof *target);
    out[n] = SYMBOLS_END;
    pair_batch one = {.n_pairs = 1,
                      .n_source = p->lengths[s],
                      .n_target = n + 1,
                      .source_lengths = &p->lengths[s],
                      .source = p->numbers + s * N_SOURCE,
                      .target_in = in,
                      .target_out = out};
    translator_model_reserve(p->model, &one);
    double loss = translator_model_run(p->model, &one, NULL, 0.0, false);
    return -loss * (double)(n + 1);
}

static double normalised(double score, size_t n, double alpha)
{
    return score / pow((5.0 + (double)n + 1.0) / 6.0, alpha);
}

/* The best of all targets of at most MAX_SYMBOLS symbols, one after the other. */
static double best_of_all(problem *p, size_t s, double alpha, int *best, size_t *n_best)
{
    double highest = -INFINITY;
    size_t n_symbols = p->target->n - p->target->n_fixed, n_targets = 1;
    for (size_t n = 0; n <= MAX_SYMBOLS; n++, n_targets *= n_symbols) {
        for (size_t t = 0; t < n_targets; t++) {
            int target[MAX_SYMBOLS];
            for (size_t i = 0, rest = t; i < n; i++, rest /= n_symbols) {
                target[i] = (int)(p->target->n_fixed + rest % n_symbols);
            }
            double score = normalised(log_likelihood(p, s, target, n), n, alpha);
            if (score > highest) {
                highest = score;
                *n_best = n;
                memcpy(best, target, n * sizeof *target);
            }
        }
    }
    return highest;
}

/* ---- The tests ------------------------------------------------------------------------------- */

static void exhaustive(void)
{
    for (size_t kind = 0; kind < N_MODELS; kind++) {
        for (int n = 0; n < 4; n++) { /* both sides, with and without normalisation */
            problem *p = draw(kind, n % 2 ? TRANSLATOR_OPTIMIZED : TRANSLATOR_REFERENCE);
            translator_search_options how = {
                .n_beam = 64, .alpha = n / 2 * 0.9, .max_symbols = MAX_SYMBOLS};
            translator_output *found = translator_search(p->model, &p->batch, &how);
            for (size_t s = 0; s < N_SOURCES; s++) {
                int best[MAX_SYMBOLS];
                size_t n_best = 0;
                double highest = best_of_all(p, s, how.alpha, best, &n_best);
                CHECK_CLOSE(normalised(found[s].score, found[s].n, how.alpha), highest, 1e-5,
                            models[kind].name);
                bool is_same = found[s].n == n_best &&
                               memcmp(found[s].symbols, best, n_best * sizeof *best) == 0;
                CHECK(is_same, "%s, source %zu: another target than the best", models[kind].name,
                      s);
            }
            translator_outputs_free(found, N_SOURCES);
            problem_free(p);
        }
    }
}

static void greedy(void)
{
    for (size_t kind = 0; kind < N_MODELS; kind++) {
        problem *p = draw(kind, TRANSLATOR_OPTIMIZED);
        size_t n_symbols = p->target->n;
        translator_search_options how = {.n_beam = 1, .alpha = 0.6, .max_symbols = 12};
        translator_output *found = translator_search(p->model, &p->batch, &how);
        double *log_p = malloc(N_SOURCES * n_symbols * sizeof *log_p);
        int last[N_SOURCES] = {SYMBOLS_START};
        bool is_done[N_SOURCES] = {false};
        translator_model_read(p->model, &p->batch, 1);
        for (size_t t = 0; t <= 12; t++) {
            translator_model_write(p->model, last, log_p);
            for (size_t s = 0; s < N_SOURCES; s++) {
                int best =
                    SYMBOLS_END; /* START is no answer; behind 12 symbols END is the only one */
                for (size_t y = SYMBOLS_END; t < 12 && y < n_symbols; y++) {
                    const double *own = log_p + s * n_symbols;
                    best = own[y] > own[best] ? (int)y : best;
                }
                int wanted = t < found[s].n ? found[s].symbols[t] : SYMBOLS_END;
                CHECK(is_done[s] || best == wanted, "%s, source %zu, step %zu: %d instead of %d",
                      models[kind].name, s, t, wanted, best);
                is_done[s] = is_done[s] || best == SYMBOLS_END;
                last[s] = best;
            }
        }
        free(log_p);
        translator_outputs_free(found, N_SOURCES);
        problem_free(p);
    }
}

/* The score of whatever a narrow beam finds: rows change places and states must follow them. */
static void scores(void)
{
    for (size_t kind = 0; kind < N_MODELS; kind++) {
        for (int side = TRANSLATOR_REFERENCE; side <= TRANSLATOR_OPTIMIZED; side++) {
            problem *p = draw(kind, (translator_side)side);
            translator_search_options how = {.n_beam = 3, .alpha = 1.0, .max_symbols = 10};
            translator_output *found = translator_search(p->model, &p->batch, &how);
            for (size_t s = 0; s < N_SOURCES; s++) {
                CHECK(found[s].n <= 10, "%zu symbols are too many", found[s].n);
                for (size_t i = 0; i < found[s].n; i++) {
                    CHECK(found[s].symbols[i] > SYMBOLS_END, "it wrote a %d", found[s].symbols[i]);
                }
                CHECK_CLOSE(found[s].score, log_likelihood(p, s, found[s].symbols, found[s].n),
                            1e-4, models[kind].name);
            }
            translator_outputs_free(found, N_SOURCES);
            problem_free(p);
        }
    }
}

static void alone(void)
{
    for (size_t kind = 0; kind < N_MODELS; kind++) {
        problem *p = draw(kind, TRANSLATOR_OPTIMIZED);
        translator_search_options how = {.n_beam = 4, .alpha = 0.5};
        translator_output *together = translator_search(p->model, &p->batch, &how);
        for (size_t s = 0; s < N_SOURCES; s++) {
            pair_batch one = {.n_pairs = 1,
                              .n_source = p->lengths[s],
                              .source_lengths = &p->lengths[s],
                              .source = p->numbers + s * N_SOURCE};
            translator_output *own = translator_search(p->model, &one, &how);
            CHECK(own->n == together[s].n &&
                      memcmp(own->symbols, together[s].symbols, own->n * sizeof(int)) == 0,
                  "%s: source %zu gets another target alone", models[kind].name, s);
            CHECK_CLOSE(own->score, together[s].score, 1e-4, models[kind].name);
            translator_outputs_free(own, 1);
        }
        translator_outputs_free(together, N_SOURCES);
        problem_free(p);
    }
}

/* Its likelihood falls with every symbol, so the best without normalisation is the shortest. */
static void lengths(void)
{
    problem *p = draw(0, TRANSLATOR_OPTIMIZED);
    fast_parameters *list = p->model->narrow;
    fast_parameter *weight = fast_parameters_find(list, "output.weight");
    memset(weight->value.data, 0, weight->n_rows * weight->n_cols * sizeof(float));
    fast_parameter *bias = fast_parameters_find(list, "output.bias"); /* START END x y z */
    const float logits[] = {2.0f, 0.0f, 3.0f, 1.0f, 0.5f};
    memcpy(bias->value.data, logits, sizeof logits);
    for (size_t alpha = 0; alpha <= 2; alpha += 2) {
        translator_search_options how = {.n_beam = 8, .alpha = (double)alpha, .max_symbols = 6};
        translator_output *found = translator_search(p->model, &p->batch, &how);
        size_t expected = alpha == 0 ? 0 : 6;
        CHECK(found[0].n == expected, "alpha %zu: %zu symbols, not %zu", alpha, found[0].n,
              expected);
        translator_outputs_free(found, N_SOURCES);
    }
    problem_free(p);
}

static const test tests[] = {
    {"a beam that is wide enough finds the best of all targets", exhaustive},
    {"a beam of 1 takes the most likely symbol, again and again", greedy},
    {"the score of a target is its likelihood, and START is never written", scores},
    {"a source gets the same target alone and in a batch", alone},
    {"without normalisation short targets win, with it long ones", lengths},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
