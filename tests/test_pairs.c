/* Pairs: parts of them are copies with the right sources, targets and alignments. */
#include "chapters/common/pairs/pairs.h"
#include "chapters/common/pairs/pronunciations.h"
#include "chapters/common/pairs/tasks.h"
#include "tests/support/suite.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Eleven words, b to l, of which c and g have two pronunciations. */
#define ELEVEN "b\tB\nc\tK\nc\tS\nd\tD\ne\tIY\nf\tF\ng\tG\ng\tJH\nh\tHH\ni\tAY\nj\tJH\nk\tK\nl\tL\n"

static symbols *letters, *phones;

static pairs *eleven(void)
{
    pronunciations *all =
        pronunciations_decode(ELEVEN, strlen(ELEVEN), "a", PRONUNCIATIONS_DROP_STRESS, NULL);
    letters = pronunciations_letters(all);
    phones = pronunciations_phones(all);
    pairs *made = pronunciations_pairs(all, letters, phones, NULL);
    pronunciations_free(all);
    return made;
}

static void free_symbols(void)
{
    symbols_free(letters);
    symbols_free(phones);
}

/* Pairs as one text: "b=B c=K/S". */
static const char *shown(const pairs *all)
{
    static char text[1024];
    size_t n = 0;
    text[0] = '\0';
    for (size_t p = 0; p < all->n_pairs; p++) {
        size_t s = all->sources[p];
        char source[64], target[64];
        symbols_decode(all->source_symbols, all->source + all->source_starts[s],
                       pairs_source_length(all, s), source, sizeof source);
        symbols_decode(all->target_symbols, all->target + all->target_starts[p],
                       pairs_target_length(all, p), target, sizeof target);
        bool is_first = p == all->first_pairs[s];
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%s", is_first && p > 0 ? " " : "",
                              is_first ? source : "", is_first ? "=" : "/", target);
    }
    return text;
}

static void check_part(pairs *part, size_t n_sources, const char *expected, const char *what)
{
    CHECK(part != NULL && part->n_sources == n_sources && strcmp(shown(part), expected) == 0 &&
              part->first_pairs[n_sources] == part->n_pairs,
          "%s: found '%s'", what, part != NULL ? shown(part) : "nothing");
    pairs_free(part);
}

static void slices(void)
{
    pairs *all = eleven();
    CHECK(all->n_sources == 11 && all->n_pairs == 13, "%zu, %zu", all->n_sources, all->n_pairs);
    pairs *middle = pairs_slice(all, 1, 2), *end = pairs_slice(all, 9, SIZE_MAX);
    pairs *nothing = pairs_slice(all, 11, 1);
    pairs_free(all); /* copies: they outlive it */
    check_part(middle, 2, "c=K/S d=D", "two words");
    check_part(end, 2, "k=K l=L", "the last words");
    check_part(nothing, 0, "", "behind the end");
    pairs_free(NULL);
    free_symbols();
}

static void held_out(void)
{
    static const struct {
        size_t every, at_most, n_training;
        const char *training, *held_out;
    } cases[] = {
        {5, SIZE_MAX, 8, "c=K/S d=D e=IY f=F h=HH i=AY j=JH k=K", "b=B g=G/JH l=L"},
        {5, 2, 9, "c=K/S d=D e=IY f=F h=HH i=AY j=JH k=K l=L", "b=B g=G/JH"},
        {100, 5, 10, "c=K/S d=D e=IY f=F g=G/JH h=HH i=AY j=JH k=K l=L", "b=B"},
        {2, 0, 11, "b=B c=K/S d=D e=IY f=F g=G/JH h=HH i=AY j=JH k=K l=L", ""},
    };
    pairs *all = eleven(), *training, *rest;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_split = pairs_hold_out(all, cases[i].every, cases[i].at_most, &training, &rest);
        CHECK(is_split, "case %zu: no memory", i);
        check_part(training, cases[i].n_training, cases[i].training, "what stays");
        check_part(rest, 11 - cases[i].n_training, cases[i].held_out, "what is held out");
    }
    CHECK(!pairs_hold_out(all, 1, 5, &training, &rest) && training == NULL && rest == NULL,
          "every word is held out");
    pairs_free(all);
    free_symbols();
}

static void alignments(void)
{
    task rules = {.rule = TASK_REVERSE, .n_letters = 5, .min_length = 1, .max_length = 9};
    letters = task_symbols(&rules, SYMBOLS_SOURCE);
    phones = task_symbols(&rules, SYMBOLS_TARGET);
    pairs *all = task_pairs(&rules, 20, letters, phones, suite_rng());
    pairs *part = pairs_slice(all, 7, 6);
    CHECK(part->n_pairs == 6 && part->alignment != NULL, "%zu pairs", part->n_pairs);
    size_t longest = 0;
    for (size_t p = 0; p < 6; p++) {
        size_t length = pairs_target_length(part, p);
        longest = length > longest ? length : longest;
        CHECK(length == pairs_target_length(all, 7 + p), "pair %zu has %zu symbols", p, length);
        CHECK(memcmp(part->alignment + part->target_starts[p],
                     all->alignment + all->target_starts[7 + p], length * sizeof(pairs_span)) == 0,
              "pair %zu has another alignment", p);
    }
    CHECK(part->max_source == longest && part->max_target == longest, "the longest has %zu",
          part->max_target);
    pairs_free(part);
    pairs_free(all);
    free_symbols();
}

static const test tests[] = {
    {"a slice has the sources asked for, with all their targets", slices},
    {"every n-th source is held out, from the first on, up to the limit", held_out},
    {"a part keeps the alignment and knows its own longest", alignments},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
