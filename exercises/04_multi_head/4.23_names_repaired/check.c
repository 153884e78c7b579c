#include "exercises/checker/exercise.h"

#include <gsl/gsl_errno.h>

typedef int repair_function(size_t n, const size_t *tags, const size_t *is_first,
                            gsl_vector *repaired, gsl_vector *n_names);
repair_function repair_names;

EXERCISE_FUNCTION(repair_names);

int exercise_call(problem *p, any_function *function)
{
    return ((repair_function *)function)(size_of(p, "n"), indices_of(p, "tags"),
                                         indices_of(p, "is_first"), vector_of(p, "repaired"),
                                         vector_of(p, "n_names"));
}

#ifdef JUDGE

/* ---- what is right, and what is wrong in one point ------------------------------------------- */

typedef struct {
    bool ignores_type;      /* any name before is good enough */
    bool after_begin_only;  /* an inside goes on behind a begin only */
    bool becomes_outside;   /* O in place of a begin */
    bool crosses_sentences; /* goes on with the sentence before */
    bool takes_type_before; /* an inside gets the type of the name before it */
    bool counts_given;      /* names are counted before they are repaired */
    bool counts_words;      /* every word of a name is counted */
} rule;

static bool goes_on(const rule *r, size_t before, size_t tag)
{
    bool same = (before + 1) / 2 == (tag + 1) / 2;
    bool is_name = before != 0 && (before % 2 == 1 || !r->after_begin_only);
    return is_name && (same || r->ignores_type);
}

static int by(rule r, size_t n, const size_t *tags, const size_t *is_first, gsl_vector *repaired,
              gsl_vector *n_names)
{
    double found = 0.0;
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        size_t tag = tags[i], before = i == 0 || (is_first[i] && !r.crosses_sentences) ? 0 : last;
        last = tag;
        if (tag != 0 && tag % 2 == 0 && !goes_on(&r, before, tag)) {
            bool adapts = r.takes_type_before && before != 0;
            tag = r.becomes_outside ? 0 : adapts ? (before + 1) / 2 * 2 : tag - 1;
        }
        found += (double)(r.counts_words ? tag != 0 : (r.counts_given ? last : tag) % 2);
        gsl_vector_set(repaired, i, (double)tag);
    }
    gsl_vector_set(n_names, 0, found);
    return GSL_SUCCESS;
}

#    define MODEL(name, ...)                                                                       \
        static int name(size_t n, const size_t *tags, const size_t *is_first,                      \
                        gsl_vector *repaired, gsl_vector *n_names)                                 \
        {                                                                                          \
            return by((rule){__VA_ARGS__}, n, tags, is_first, repaired, n_names);                  \
        }

MODEL(right, .ignores_type = false)
MODEL(any_type, .ignores_type = true)
MODEL(after_begin_only, .after_begin_only = true)
MODEL(becomes_outside, .becomes_outside = true)
MODEL(crosses, .crosses_sentences = true)
MODEL(type_before, .takes_type_before = true)
MODEL(counts_given, .counts_given = true)
MODEL(counts_words, .counts_words = true)

static const exercise_model models[] = {
    {"any-type", FUNCTION(any_type),
     "an inside went on with a name of another type: I-LOC behind B-PER begins a name."},
    {"after-begin-only", FUNCTION(after_begin_only),
     "an inside behind an inside became a begin: names may have more than two words."},
    {"becomes-outside", FUNCTION(becomes_outside),
     "an inside without a begin became O: then the word is lost."},
    {"across-sentences", FUNCTION(crosses),
     "a name went on in the next sentence: nothing goes on across its end."},
    {"type-before", FUNCTION(type_before),
     "an inside of another type got the type of the name before it: it begins one of its own."},
    {"counted-before", FUNCTION(counts_given),
     "the names were counted in the given tags: those that were repaired are missing."},
    {"counted-words", FUNCTION(counts_words),
     "all words of names were counted: a name of three words is one name."},
};

/* ---- on what it is tried --------------------------------------------------------------------- */

/* Sentences of 1 to 4 words, tags of 3 types; a third of the tags goes on with the one before. */
static void make(problem *p, size_t n, bool goes_on)
{
    give_number(p, "n", (double)n);
    size_t *tags = give_indices(p, "tags", n, 7);
    size_t *is_first = give_indices(p, "is_first", n, 2);
    is_first[0] = 1;
    for (size_t i = 1; goes_on && i < n; i++) {
        bool repeats = draw_index(p, 3) > 0 && tags[i - 1] != 0;
        tags[i] = repeats ? (tags[i - 1] + 1) / 2 * 2 : tags[i];
    }
    want_vector(p, "repaired", n);
    want_vector(p, "n_names", 1);
}

static void short_text(problem *p)
{
    make(p, 12, true);
}

/* I-PER, B-PER I-LOC I-LOC, and in the next sentence I-LOC I-ORG. */
static void worst(problem *p)
{
    static const size_t given[] = {2, 1, 4, 4, 4, 6}, first[] = {1, 0, 0, 0, 1, 0};
    make(p, 6, false);
    for (size_t i = 0; i < 6; i++) {
        indices_of(p, "tags")[i] = given[i];
        indices_of(p, "is_first")[i] = first[i];
    }
}

static void long_text(problem *p)
{
    make(p, 60 + p->repeat % 7, true);
}

static void at_random(problem *p)
{
    make(p, 40, false);
}

static const exercise_case cases[] = {
    {.name = "12 words", .make = short_text, .points = 5},
    {.name = "2 sentences of nothing but mistakes", .make = worst, .points = 2},
    {.name = "60 words and more", .make = long_text, .points = 2},
    {.name = "tags at random", .make = at_random, .points = 1},
};

const exercise exercise_check = {
    .reference = FUNCTION(right),
    .cases = cases,
    .n_cases = COUNT(cases),
    .models = models,
    .n_models = COUNT(models),
};

#endif
