/**
 * @file tasks.c
 * Pairs that are made by a rule.
 */
#include "chapters/common/pairs/tasks.h"
#include "chapters/common/pairs/pairs_internal.h"
#include "chapters/common/pairs/tasks_internal.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz";

static const char *const names[N_TASKS] = {
    [TASK_COPY] = "copy", [TASK_REVERSE] = "reverse", [TASK_SHIFT] = "shift",
    [TASK_SORT] = "sort", [TASK_DATES] = "dates",
};

const char *task_name(task_rule rule)
{
    return names[rule];
}

bool task_find(const char *name, task_rule *rule)
{
    for (size_t i = 0; i < N_TASKS; i++) {
        if (strcmp(name, names[i]) == 0) {
            *rule = (task_rule)i;
            return true;
        }
    }
    return false;
}

static bool is_right(const task *rules)
{
    return rules->rule == TASK_DATES ||
           (rules->n_letters >= 1 && rules->n_letters < sizeof alphabet && rules->min_length >= 1 &&
            rules->min_length <= rules->max_length && rules->max_length <= PAIRS_MAX_LENGTH);
}

symbols *task_symbols(const task *rules, symbols_side side)
{
    char characters[64] = "0123456789-";
    if (rules->rule != TASK_DATES) {
        size_t n = rules->n_letters < sizeof alphabet ? rules->n_letters : sizeof alphabet - 1;
        snprintf(characters, sizeof characters, "%.*s", (int)n, alphabet);
    } else if (side == SYMBOLS_SOURCE) {
        snprintf(characters, sizeof characters, "%s", task_date_characters);
    }
    return symbols_alloc(side, SYMBOLS_CHARACTERS, &(const char *){characters}, 1);
}

// [rules]
/* origin[t]: the place in x that symbol t of the target comes from. */
static void find_origins(const task *rules, const char *x, size_t n, size_t *origin)
{
    size_t n_sorted = 0;
    for (size_t t = 0; t < n; t++) {
        switch (rules->rule) {
        case TASK_REVERSE:
            origin[t] = n - 1 - t;
            break;
        case TASK_SHIFT:
            origin[t] = (t + rules->shift % n) % n;
            break;
        default:
            origin[t] = t;
            break;
        }
    }
    for (const char *c = alphabet; rules->rule == TASK_SORT && *c != '\0'; c++) {
        for (size_t j = 0; j < n; j++) {
            if (x[j] == *c) {
                origin[n_sorted++] = j;
            }
        }
    }
}
// [rules]

static void draw_letters(const task *rules, gsl_rng *rng, task_text *text)
{
    size_t origin[PAIRS_MAX_LENGTH], n_lengths = rules->max_length - rules->min_length + 1;
    size_t n = rules->min_length + gsl_rng_uniform_int(rng, n_lengths);
    for (size_t j = 0; j < n; j++) {
        text->source[j] = alphabet[gsl_rng_uniform_int(rng, rules->n_letters)];
    }
    find_origins(rules, text->source, n, origin);
    for (size_t t = 0; t < n; t++) {
        text->target[t] = text->source[origin[t]];
        text->alignment[t] = (pairs_span){(int)origin[t], (int)origin[t]};
    }
    text->source[n] = text->target[n] = '\0';
}

static void add(pairs *all, const task_text *text)
{
    int numbers[PAIRS_MAX_LENGTH];
    size_t n = symbols_encode(all->source_symbols, text->source, PAIRS_MAX_LENGTH, numbers);
    pairs_add_source(all, numbers, n);
    n = symbols_encode(all->target_symbols, text->target, PAIRS_MAX_LENGTH, numbers);
    pairs_add_target(all, numbers, text->alignment, n);
}

pairs *task_pairs(const task *rules, size_t n, const symbols *source, const symbols *target,
                  gsl_rng *rng)
{
    bool is_date = rules->rule == TASK_DATES;
    size_t n_source = is_date ? TASK_MAX_DATE : rules->max_length;
    size_t n_target = is_date ? TASK_ISO_DATE : rules->max_length;
    if (n == 0 || !is_right(rules) || n > SIZE_MAX / PAIRS_MAX_LENGTH) {
        return NULL;
    }
    pairs_room room = {.n_sources = n,
                       .n_pairs = n,
                       .n_source_symbols = n * n_source,
                       .n_target_symbols = n * n_target,
                       .has_alignment = true};
    pairs *all = pairs_alloc(&room, source, target);
    for (size_t i = 0; all != NULL && i < n; i++) {
        task_text text;
        if (is_date) {
            task_draw_date(rng, &text);
        } else {
            draw_letters(rules, rng, &text);
        }
        add(all, &text);
    }
    return all;
}
