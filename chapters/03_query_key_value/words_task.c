/* Sentences with tags, and the guess that every model has to beat. */
#include "chapters/03_query_key_value/words.h"

#include "chapters/common/program/program.h"
#include <stdlib.h>
#include <string.h>

enum { BATCH_TOKENS = 512, HELD_OUT_EVERY = 5 };

static corpus *load(const char *path, const char *column)
{
    corpus_problem problem;
    corpus *loaded =
        path ? corpus_load(path, CORPUS_ANY, column, &problem) : corpus_embedded(column, &problem);
    if (!loaded) {
        program_fail("%s", problem.message);
    }
    return loaded;
}

static void load_sentences(task *of, const settings *choices)
{
    corpus *all = load(choices->train, of->column);
    if (choices->dev) {
        of->training = all;
        of->held_out = load(choices->dev, of->column);
        return;
    }
    if (!corpus_hold_out(all, HELD_OUT_EVERY, &of->training, &of->held_out)) {
        program_fail("out of memory for %zu sentences", all->n_sentences);
    }
    corpus_free(all);
}

task task_load(const settings *choices, const char *column)
{
    task of = {.column = column, .vectors = choices->vectors};
    lexicon_problem problem;
    load_sentences(&of, choices);
    if (of.held_out->n_sentences == 0) {
        program_fail("there is no sentence to test with: expected at least %d sentences or --dev",
                     HELD_OUT_EVERY);
    }
    /* the sense of a word does not hang on its ending */
    of.words = lexicon_build(of.training, strcmp(column, "Sense") == 0 ? "word" : NULL, &problem);
    if (!of.words) {
        program_fail("%s", problem.message);
    }
    of.train_text = tagger_text_alloc(of.training, of.words, of.vectors, BATCH_TOKENS);
    of.dev_text = tagger_text_alloc(of.held_out, of.words, of.vectors, BATCH_TOKENS);
    return of;
}

void task_free(task *of)
{
    tagger_text_free(of->train_text);
    tagger_text_free(of->dev_text);
    lexicon_free(of->words);
    corpus_free(of->training);
    corpus_free(of->held_out);
}

/* ---- The most frequent tag ------------------------------------------------------------------- */

static size_t largest_of(const size_t *counts, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        best = counts[i] > counts[best] ? i : best;
    }
    return best;
}

/* How often each word had each tag; row 0 counts all words. */
static size_t *count_tags(const task *of, size_t n_ids)
{
    size_t n_tags = of->words->labels.n;
    size_t *counts = program_allocate(n_ids * n_tags, sizeof *counts);
    for (size_t t = 0; t < of->training->n_tokens; t++) {
        int tag = of->train_text->targets[t];
        if (tag >= 0) {
            size_t word = (size_t)of->train_text->features[0][t];
            counts[(size_t)tag]++;
            counts[word * n_tags + (size_t)tag] += word > 0;
        }
    }
    return counts;
}

double most_frequent_tag(const task *of)
{
    size_t n_tags = of->words->labels.n, n_ids = lexicon_n_ids(of->words, 0);
    size_t *counts = count_tags(of, n_ids), n_right = 0, n_counted = 0;
    for (size_t t = 0; t < of->held_out->n_tokens; t++) {
        const size_t *row = counts + (size_t)of->dev_text->features[0][t] * n_tags;
        size_t guess = largest_of(row, n_tags);
        guess = row[guess] > 0 ? guess : largest_of(counts, n_tags);
        n_counted += of->held_out->tags[t] != NULL;
        n_right += of->held_out->tags[t] && (int)guess == of->dev_text->targets[t];
    }
    free(counts);
    return n_counted > 0 ? (double)n_right / (double)n_counted : 0.0;
}
