#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>
#include <math.h>

typedef int beam_function(const gsl_matrix *log_probability, const gsl_vector *score,
                          const size_t *is_finished, size_t end, gsl_vector *parent,
                          gsl_vector *word, gsl_vector *new_score);
beam_function beam_step;

EXERCISE_FUNCTION(beam_step);

int exercise_call(problem *p, any_function *function)
{
    return ((beam_function *)function)(
        matrix_of(p, "log_probability"), vector_of(p, "score"), indices_of(p, "is_finished"),
        size_of(p, "end"), vector_of(p, "parent"), vector_of(p, "word"), vector_of(p, "new_score"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

typedef struct {
    bool grows_finished;   /* a finished beam grows like the others */
    bool drops_finished;   /* a finished beam is no candidate */
    bool repeats_finished; /* a finished beam stands for election once for each word */
    bool is_alone;         /* each beam keeps its own best word */
    bool forgets_score;    /* the last word alone decides */
    bool adds_end;         /* the finished pay for the end once more */
    bool is_ascending;     /* the worst of the best first */
} rule;

enum { MOST = 128 };

typedef struct {
    size_t parent, word;
    double score;
} candidate;

static size_t list(const rule *r, const gsl_matrix *log_probability, const gsl_vector *score,
                   const size_t *is_finished, size_t end, candidate all[MOST])
{
    size_t n = 0;
    for (size_t b = 0; b < score->size; b++) {
        bool is_open = !is_finished[b] || r->grows_finished;
        for (size_t w = 0; w < log_probability->size2; w++) {
            double before = r->forgets_score ? 0.0 : gsl_vector_get(score, b);
            double grown = before + gsl_matrix_get(log_probability, b, w);
            bool stands = is_open || (!r->drops_finished && (w == end || r->repeats_finished));
            if (stands) {
                double kept = r->adds_end ? grown : gsl_vector_get(score, b);
                all[n++] = (candidate){b, is_open ? w : end, is_open ? grown : kept};
            }
        }
    }
    return n;
}

/* Puts the best to the front, keeping the order of equals. */
static void sort(candidate *all, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        candidate moved = all[i];
        size_t j = i;
        for (; j > 0 && all[j - 1].score < moved.score; j--) {
            all[j] = all[j - 1];
        }
        all[j] = moved;
    }
}

static size_t best_of_each(candidate *all, size_t n, size_t n_beams)
{
    candidate best[MOST];
    size_t kept = 0;
    for (size_t b = 0; b < n_beams; b++) {
        best[b].score = -INFINITY;
    }
    for (size_t i = 0; i < n; i++) {
        candidate *of_beam = &best[all[i].parent];
        *of_beam = all[i].score > of_beam->score ? all[i] : *of_beam;
    }
    for (size_t b = 0; b < n_beams; b++) {
        all[kept++] = best[b];
    }
    return kept;
}

static int by(rule r, const gsl_matrix *log_probability, const gsl_vector *score,
              const size_t *is_finished, size_t end, gsl_vector *parent, gsl_vector *word,
              gsl_vector *new_score)
{
    candidate all[MOST];
    size_t n_beams = score->size, n = list(&r, log_probability, score, is_finished, end, all);
    n = r.is_alone ? best_of_each(all, n, n_beams) : n;
    sort(all, n);
    for (size_t i = 0; i < n_beams; i++) {
        const candidate *c = &all[r.is_ascending ? n_beams - 1 - i : i];
        gsl_vector_set(parent, i, (double)c->parent);
        gsl_vector_set(word, i, (double)c->word);
        gsl_vector_set(new_score, i, c->score);
    }
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(const gsl_matrix *log_probability, const gsl_vector *score,                \
                        const size_t *is_finished, size_t end, gsl_vector *parent,                 \
                        gsl_vector *word, gsl_vector *new_score)                                   \
        {                                                                                          \
            return by((rule){__VA_ARGS__}, log_probability, score, is_finished, end, parent, word, \
                      new_score);                                                                  \
        }

MODEL(right, .grows_finished = false)
MODEL(grows, .grows_finished = true)
MODEL(drops, .drops_finished = true)
MODEL(repeats, .repeats_finished = true)
MODEL(alone, .is_alone = true)
MODEL(forgets, .forgets_score = true)
MODEL(pays_twice, .adds_end = true)
MODEL(ascending, .is_ascending = true)

static const exercise_model models[] = {
    {"finished-grows", FUNCTION(grows),
     "a finished beginning went on: behind the end there are no words."},
    {"finished-dropped", FUNCTION(drops),
     "a finished beginning was thrown away: it may still be the best answer."},
    {"finished-repeated", FUNCTION(repeats),
     "a finished beginning stood for election once for each word: it is one candidate."},
    {"best-of-each", FUNCTION(alone),
     "each beam kept its own best word: the best two may both come from one beam."},
    {"last-word-only", FUNCTION(forgets),
     "the last word alone decided: its logarithm is added to the score of its beginning."},
    {"end-twice", FUNCTION(pays_twice),
     "a finished beginning paid for the end once more: its score stays what it is."},
    {"worst-first", FUNCTION(ascending), "the right ones were chosen, and the worst comes first."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

/* Sorted scores; the first n_finished beams are finished. */
static void make(problem *p, size_t n_beams, size_t n_words, size_t n_finished, double apart)
{
    gsl_matrix *log_probability = give_matrix(p, "log_probability", n_beams, n_words);
    gsl_vector *score = give_vector(p, "score", n_beams);
    size_t *is_finished = give_indices(p, "is_finished", n_beams, 1);
    double before = -1.0;
    for (size_t b = 0; b < n_beams; b++) {
        is_finished[b] = b < n_finished;
        before -= apart * draw_uniform(p);
        gsl_vector_set(score, b, before);
        double sum = 0.0;
        for (size_t w = 0; w < n_words; w++) {
            sum += exp(2.0 * gsl_matrix_get(log_probability, b, w));
        }
        for (size_t w = 0; w < n_words; w++) {
            double x = 2.0 * gsl_matrix_get(log_probability, b, w);
            gsl_matrix_set(log_probability, b, w, x - log(sum));
        }
    }
    give_number(p, "end", (double)draw_index(p, n_words));
    want_vector(p, "parent", n_beams);
    want_vector(p, "word", n_beams);
    want_vector(p, "new_score", n_beams);
}

static void one_is_finished(problem *p)
{
    make(p, 4, 6, 1, 0.7);
}

static void none_is_finished(problem *p)
{
    make(p, 3, 5 + p->repeat % 4, 0, 1.0);
}

static void some_are_finished(problem *p)
{
    make(p, 5, 7, 3, 0.4);
}

static void greedy(problem *p)
{
    make(p, 1, 9, 0, 1.0);
}

static const exercise_case cases[] = {
    {.name = "4 beams, 6 words, one is finished", .make = one_is_finished, .points = 5},
    {.name = "none is finished", .make = none_is_finished, .points = 2},
    {.name = "3 of 5 are finished", .make = some_are_finished, .points = 2},
    {.name = "one beam", .make = greedy, .points = 1},
};

static const char *scores_fall(problem *p)
{
    const gsl_vector *score = vector_of(p, "new_score");
    for (size_t n = 1; n < score->size; n++) {
        if (!(gsl_vector_get(score, n) <= gsl_vector_get(score, n - 1))) {
            return "a score is larger than the one before it";
        }
    }
    return NULL;
}

static exercise_property *const properties[] = {scores_fall};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
    .properties = properties,
    .n_properties = COUNT(properties),
};

#endif
