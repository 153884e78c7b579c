/**
 * @file entities.c
 * Finding and counting names, as the script conlleval of the CoNLL shared tasks does.
 */
#include "chapters/common/words/entities.h"
#include <stdlib.h>
#include <string.h>

/* ---- Where a name begins and ends ------------------------------------------------------------ */

/* A tag taken apart: "B-PER" is 'B' and "PER". */
typedef struct {
    char letter;      /* B, I, E, S, or O for outside */
    const char *type; /* "" outside */
} mark;

static mark mark_of(const char *tag)
{
    if (tag == NULL || tag[0] == '\0' || strchr("BIES", tag[0]) == NULL || tag[1] != '-') {
        return (mark){'O', ""};
    }
    return (mark){tag[0], tag + 2};
}

// [begins]
/* Whether a name begins between two tags that are not O, by the rules of conlleval:
 *
 *     before   now    a name begins
 *     any      B, S   yes
 *     E, S     I, E   yes: there is none to go on with
 *     B, I     I, E   if the types differ
 *
 * Behind O, any other tag begins one; O itself begins none. */
static bool begins(mark before, mark now)
{
    bool is_open = before.letter == 'B' || before.letter == 'I';
    bool goes_on = now.letter == 'I' || now.letter == 'E';
    return !is_open || !goes_on || strcmp(before.type, now.type) != 0;
}
// [begins]

bool entities_next(const char *const *tags, size_t n, size_t *at, entity *name)
{
    while (*at < n && mark_of(tags[*at]).letter == 'O') {
        (*at)++;
    }
    if (*at == n) {
        return false;
    }
    mark before = mark_of(tags[*at]), now;
    *name = (entity){.type = before.type, .first = *at};
    for ((*at)++; *at < n; (*at)++) {
        now = mark_of(tags[*at]);
        if (now.letter == 'O' || begins(before, now)) {
            break;
        }
        before = now;
    }
    name->n = *at - name->first;
    return true;
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* The counts of a type, put in its place if it is new. NULL without memory. */
static entity_counts *counts_of(entity_scores *scores, const char *type)
{
    size_t place = 0;
    while (place < scores->n_types && strcmp(scores->types[place].type, type) < 0) {
        place++;
    }
    if (place < scores->n_types && strcmp(scores->types[place].type, type) == 0) {
        return &scores->types[place].counts;
    }
    entity_type_counts *larger =
        realloc(scores->types, (scores->n_types + 1) * sizeof *scores->types);
    if (larger == NULL) {
        return NULL;
    }
    memmove(larger + place + 1, larger + place, (scores->n_types - place) * sizeof *larger);
    larger[place] = (entity_type_counts){.type = type};
    scores->types = larger;
    scores->n_types++;
    return &larger[place].counts;
}

static bool count_name(entity_scores *scores, const char *type, bool is_gold, bool is_found)
{
    entity_counts *counts = counts_of(scores, type), *both[] = {counts, &scores->all};
    for (size_t i = 0; counts != NULL && i < 2; i++) {
        both[i]->n_gold += is_gold;
        both[i]->n_found += is_found;
        both[i]->n_right += is_gold && is_found;
    }
    return counts != NULL;
}

/* Both lists of names ascend, so one walk meets all pairs. */
static bool count_sentence(entity_scores *scores, const char *const *gold, const char *const *found,
                           size_t n)
{
    size_t gold_at = 0, found_at = 0;
    entity wanted, given;
    bool has_gold = entities_next(gold, n, &gold_at, &wanted);
    bool has_found = entities_next(found, n, &found_at, &given);
    while (has_gold || has_found) {
        bool takes_gold = has_gold && (!has_found || wanted.first <= given.first);
        bool takes_found = has_found && (!has_gold || given.first <= wanted.first);
        bool is_right = takes_gold && takes_found && wanted.n == given.n &&
                        strcmp(wanted.type, given.type) == 0;
        bool is_counted = is_right
                              ? count_name(scores, wanted.type, true, true)
                              : (!takes_gold || count_name(scores, wanted.type, true, false)) &&
                                    (!takes_found || count_name(scores, given.type, false, true));
        if (!is_counted) {
            return false;
        }
        has_gold = takes_gold ? entities_next(gold, n, &gold_at, &wanted) : has_gold;
        has_found = takes_found ? entities_next(found, n, &found_at, &given) : has_found;
    }
    return true;
}

static void count_tokens(entity_scores *scores, const char *const *gold, const char *const *found,
                         size_t n)
{
    for (size_t i = 0; i < n; i++) {
        scores->n_tokens += gold[i] != NULL;
        scores->n_tokens_right += gold[i] != NULL && found[i] != NULL && !strcmp(gold[i], found[i]);
    }
}

entity_scores *entities_score(const char *const *gold, const char *const *found,
                              const size_t *starts, size_t n_sentences)
{
    entity_scores *scores = calloc(1, sizeof *scores);
    for (size_t s = 0; scores != NULL && s < n_sentences; s++) {
        size_t first = starts[s], n = starts[s + 1] - first;
        count_tokens(scores, gold + first, found + first, n);
        if (!count_sentence(scores, gold + first, found + first, n)) {
            entities_free(scores);
            return NULL;
        }
    }
    return scores;
}

void entities_free(entity_scores *scores)
{
    if (scores != NULL) {
        free(scores->types);
        free(scores);
    }
}

/* ---- Figures --------------------------------------------------------------------------------- */

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

double entities_precision(const entity_counts *counts)
{
    return share(counts->n_right, counts->n_found);
}

double entities_recall(const entity_counts *counts)
{
    return share(counts->n_right, counts->n_gold);
}

double entities_f1(const entity_counts *counts)
{
    return share(2 * counts->n_right, counts->n_gold + counts->n_found);
}

double entities_accuracy(const entity_scores *scores)
{
    return share(scores->n_tokens_right, scores->n_tokens);
}
