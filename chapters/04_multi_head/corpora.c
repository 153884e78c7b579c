/* Sentences and word vectors: those of the program, or files of the learner's. */
#include "chapters/04_multi_head/parts.h"

#include "chapters/common/program/program.h"

corpus *load_corpus(const settings *choices, const char *path)
{
    corpus_problem problem;
    corpus *loaded = corpus_load(path, CORPUS_ANY, choices->column, &problem);
    if (loaded == NULL) {
        program_fail("%s", problem.message);
    }
    return loaded;
}

static void need_memory(const void *memory)
{
    if (memory == NULL) {
        program_fail("out of memory");
    }
}

static const char *column_of(const settings *choices)
{
    return choices->column != NULL ? choices->column : choices->task == TASK_NER ? "NER" : "upos";
}

/* All of the program's own corpus with --dev, else four fifths of it. */
static void load_embedded(const settings *choices, corpus **train, corpus **dev)
{
    corpus_problem problem;
    corpus *whole = corpus_embedded(column_of(choices), &problem);
    if (whole == NULL) {
        program_fail("%s", problem.message);
    }
    if (choices->dev != NULL) {
        *train = whole;
        *dev = load_corpus(choices, choices->dev);
        return;
    }
    corpus_hold_out(whole, 5, train, dev);
    need_memory(*dev);
    corpus_free(whole);
}

/* The files of --train, and what --dev-first leaves of --dev. */
static void load_files(const settings *choices, corpus **train, corpus **dev)
{
    corpus *parts[OPTIONS_LIST_MAX + 1];
    size_t n_parts = choices->train.n;
    for (size_t i = 0; i < n_parts; i++) {
        parts[i] = load_corpus(choices, choices->train.values[i]);
    }
    if (choices->dev == NULL) {
        corpus *whole = corpus_join((const corpus *const *)parts, n_parts);
        need_memory(whole);
        corpus_hold_out(whole, 10, train, dev);
        corpus_free(whole);
    } else {
        corpus *whole = load_corpus(choices, choices->dev);
        size_t n_dev = choices->dev_first > 0 ? choices->dev_first : whole->n_sentences;
        *dev = corpus_slice(whole, 0, n_dev);
        if (n_dev < whole->n_sentences) {
            parts[n_parts++] = corpus_slice(whole, n_dev, whole->n_sentences);
        }
        *train = corpus_join((const corpus *const *)parts, n_parts);
        corpus_free(whole);
    }
    need_memory(*train);
    need_memory(*dev);
    for (size_t i = 0; i < n_parts; i++) {
        corpus_free(parts[i]);
    }
}

void load_corpora(const settings *choices, corpus **train, corpus **dev)
{
    (choices->train.n > 0 ? load_files : load_embedded)(choices, train, dev);
    if ((*train)->n_sentences == 0 || (*dev)->n_sentences == 0) {
        program_fail("expected sentences to train on and others to measure on, found %zu and %zu",
                     (*train)->n_sentences, (*dev)->n_sentences);
    }
}

word_vectors *load_vectors(const settings *choices)
{
    word_vectors_problem problem;
    word_vectors *vectors = choices->vectors_path != NULL
                                ? word_vectors_load(choices->vectors_path, &problem)
                                : word_vectors_embedded(&problem);
    if (vectors == NULL) {
        program_fail("%s", problem.message);
    }
    return vectors;
}
