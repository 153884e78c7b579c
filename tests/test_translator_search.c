/* Searching a target: what a beam finds is what the model says is likely, on either side. */
#include "tests/support/search_problem.h"
#include "tests/support/suite.h"
#include <math.h>
#include <string.h>

enum { MAX_SYMBOLS = 3 /* of all targets that are tried */ };

/* The best of all targets of at most MAX_SYMBOLS symbols, one after the other. */
static double best_of_all(search_problem *p, size_t s, double alpha, int *best, size_t *n_best)
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
    for (size_t kind = 0; kind < N_SEARCH_MODELS; kind++) {
        for (int n = 0; n < 4; n++) { /* both sides, with and without normalisation */
            search_problem *p =
                search_problem_draw(kind, n % 2 ? TRANSLATOR_OPTIMIZED : TRANSLATOR_REFERENCE);
            translator_search_options how = {
                .n_beam = 64, .alpha = n / 2 * 0.9, .max_symbols = MAX_SYMBOLS};
            translator_output *found = translator_search(p->model, &p->batch, &how);
            for (size_t s = 0; s < N_SOURCES; s++) {
                int best[MAX_SYMBOLS];
                size_t n_best = 0;
                double highest = best_of_all(p, s, how.alpha, best, &n_best);
                CHECK_CLOSE(normalised(found[s].score, found[s].n, how.alpha), highest, 1e-5,
                            search_model_name(kind));
                bool is_same = found[s].n == n_best &&
                               memcmp(found[s].symbols, best, n_best * sizeof *best) == 0;
                CHECK(is_same, "%s, source %zu: another target than the best",
                      search_model_name(kind), s);
            }
            translator_outputs_free(found, N_SOURCES);
            search_problem_free(p);
        }
    }
}

/* A beginning, and whether END is its last symbol. */
typedef struct {
    int symbols[LONGEST + 1];
    size_t n;
    double score;
} beginning;

/* All continuations of the beginnings by one symbol, the best n of them first. */
static size_t continue_all(search_problem *p, size_t s, const beginning *beam, size_t n_beam,
                           bool is_full, beginning *next, size_t n)
{
    size_t n_kept = 0;
    for (size_t b = 0; b < n_beam; b++) {
        for (int y = SYMBOLS_END; y < (int)p->target->n && !(is_full && y > SYMBOLS_END); y++) {
            beginning one = beam[b];
            one.symbols[one.n++] = y;
            one.score = log_p_of(p, s, one.symbols, one.n);
            size_t place = n_kept < n ? n_kept++ : n;
            for (; place > 0 && one.score > next[place - 1].score; place--) {
                if (place < n) {
                    next[place] = next[place - 1];
                }
            }
            if (place < n) {
                next[place] = one;
            }
        }
    }
    return n_kept;
}

/* A beam search that knows nothing of states, rows and early ends: it reads each beginning anew. */
static beginning plain_search(search_problem *p, size_t s, const translator_search_options *how)
{
    beginning beam[4] = {{.n = 0}}, next[4], best = {.n = 0};
    double highest = -INFINITY;
    size_t n_beam = 1, n_ended = 0;
    for (size_t step = 0; n_beam > 0; step++) {
        size_t n =
            continue_all(p, s, beam, n_beam, step == how->max_symbols, next, how->n_beam - n_ended);
        n_beam = 0;
        for (size_t i = 0; i < n; i++) {
            double score = normalised(next[i].score, next[i].n - 1, how->alpha);
            if (next[i].symbols[next[i].n - 1] != SYMBOLS_END) {
                beam[n_beam++] = next[i];
            } else if (n_ended++, score > highest) {
                highest = score;
                best = next[i];
            }
        }
    }
    return best;
}

static void narrow(void)
{
    for (size_t kind = 0; kind < N_SEARCH_MODELS; kind++) {
        search_problem *p = search_problem_draw(kind, TRANSLATOR_OPTIMIZED);
        for (size_t n_beam = 1; n_beam <= 4; n_beam++) {
            translator_search_options how = {n_beam, .alpha = 0.6, .max_symbols = LONGEST - 1};
            translator_output *found = translator_search(p->model, &p->batch, &how);
            for (size_t s = 0; s < N_SOURCES; s++) {
                beginning best = plain_search(p, s, &how);
                CHECK(found[s].n + 1 == best.n &&
                          memcmp(found[s].symbols, best.symbols, found[s].n * sizeof(int)) == 0,
                      "%s, beam %zu, source %zu: another target", search_model_name(kind), n_beam,
                      s);
            }
            translator_outputs_free(found, N_SOURCES);
        }
        search_problem_free(p);
    }
}

/* The score of whatever a narrow beam finds: rows change places and states must follow them. */
static void scores(void)
{
    for (size_t kind = 0; kind < N_SEARCH_MODELS; kind++) {
        for (int side = TRANSLATOR_REFERENCE; side <= TRANSLATOR_OPTIMIZED; side++) {
            search_problem *p = search_problem_draw(kind, (translator_side)side);
            translator_search_options how = {.n_beam = 3, .alpha = 1.0, .max_symbols = 10};
            translator_output *found = translator_search(p->model, &p->batch, &how);
            for (size_t s = 0; s < N_SOURCES; s++) {
                CHECK(found[s].n <= 10, "%zu symbols are too many", found[s].n);
                for (size_t i = 0; i < found[s].n; i++) {
                    CHECK(found[s].symbols[i] > SYMBOLS_END, "it wrote a %d", found[s].symbols[i]);
                }
                CHECK_CLOSE(found[s].score, log_likelihood(p, s, found[s].symbols, found[s].n),
                            1e-4, search_model_name(kind));
            }
            translator_outputs_free(found, N_SOURCES);
            search_problem_free(p);
        }
    }
}

static void alone(void)
{
    for (size_t kind = 0; kind < N_SEARCH_MODELS; kind++) {
        search_problem *p = search_problem_draw(kind, TRANSLATOR_OPTIMIZED);
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
                  "%s: source %zu gets another target alone", search_model_name(kind), s);
            CHECK_CLOSE(own->score, together[s].score, 1e-4, search_model_name(kind));
            translator_outputs_free(own, 1);
        }
        translator_outputs_free(together, N_SOURCES);
        search_problem_free(p);
    }
}

/* Its likelihood falls with every symbol, so the best without normalisation is the shortest. */
static void lengths(void)
{
    search_problem *p = search_problem_draw(0, TRANSLATOR_OPTIMIZED);
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
    search_problem_free(p);
}

/* Where a model looks: the same on both sides, and of the parameters as they are now. */
static void alignments(void)
{
    for (size_t kind = 0; kind < N_SEARCH_MODELS; kind++) {
        search_problem *p = search_problem_draw(kind, TRANSLATOR_OPTIMIZED);
        const int target[] = {2, 4, 3};
        gsl_matrix *weights = translator_model_align(p->model, p->numbers, 5, target, 3);
        CHECK((weights == NULL) == (p->model->shape.score == REF_SCORE_NONE), "%s: is there one?",
              search_model_name(kind));
        for (size_t t = 0; weights != NULL && t < weights->size1; t++) {
            gsl_vector_view row = gsl_matrix_row(weights, t);
            CHECK_CLOSE(gsl_vector_sum(&row.vector), 1.0, 1e-12, search_model_name(kind));
        }
        bool is_shaped = weights == NULL || (weights->size1 == 4 && weights->size2 == 5);
        CHECK(is_shaped, "there must be a row for each symbol and the end");
        fast_parameter *first = fast_parameters_find(p->model->narrow, "target.embedding");
        for (size_t i = 0; i < first->n_rows * first->n_cols; i++) {
            first->value.data[i] *= 1.5f;
        }
        gsl_matrix *others = translator_model_align(p->model, p->numbers, 5, target, 3);
        CHECK(weights == NULL || !gsl_matrix_equal(weights, others), "%s: parameters of before",
              search_model_name(kind));
        gsl_matrix_free(weights);
        gsl_matrix_free(others);
        search_problem_free(p);
    }
}

static const test tests[] = {
    {"a beam that is wide enough finds the best of all targets", exhaustive},
    {"a narrow beam keeps what it should: one of 1 takes the most likely symbol, again and again",
     narrow},
    {"the score of a target is its likelihood, and START is never written", scores},
    {"a source gets the same target alone and in a batch", alone},
    {"without normalisation short targets win, with it long ones", lengths},
    {"where a model looks are weights, one row for each symbol and the end", alignments},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
