/* A learner's sentence: parts of speech, names, and what the heads look at. */
#include "chapters/04_multi_head/ladder.h"

#include "chapters/common/program/program.h"
#include "chapters/common/words/entities.h"
#include "chapters/common/words/sentence.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_words(report *to, const corpus *words, const char **pos, const char **ner)
{
    static const char *const headings[] = {"word", "part of speech", "name"};
    terminal_table *table = terminal_table_start(3, headings);
    for (size_t t = 0; t < words->n_tokens; t++) {
        terminal_table_cell(table, FIGURE_AUTO, "%s", words->words[t]);
        terminal_table_cell(table, FIGURE_AUTO, "%s", pos[t]);
        terminal_table_cell(table, FIGURE_AUTO, "%s", ner[t]);
    }
    terminal_print_table(&to->out, table);
}

static void print_names(report *to, const corpus *words, const char **ner)
{
    entity name;
    size_t at = 0, n_names = 0;
    report_gap(to);
    while (entities_next(ner, words->n_tokens, &at, &name)) {
        fprintf(to->out.stream, "%s:", name.type);
        for (size_t i = 0; i < name.n; i++) {
            fprintf(to->out.stream, " %s", words->words[name.first + i]);
        }
        fprintf(to->out.stream, "\n");
        n_names++;
    }
    if (n_names == 0) {
        report_say(to, "No name was found.");
    }
}

/* The words that the vectors do not have, to stderr. */
static void tell_unknown(const corpus *words, const tagger_text *text)
{
    for (size_t t = 0; t < words->n_tokens; t++) {
        if (text->words[t] == 0) {
            program_message("no vector for '%s': its letters alone speak for it", words->words[t]);
        }
    }
}

void show_own_sentence(report *to, const settings *choices)
{
    static const char *const columns[] = {"upos", "NER"};
    corpus *words = sentence_or_exit(choices->sentence);
    const char **tags[2];
    lesson of[2];
    pupil both[2];
    for (size_t t = 0; t < 2; t++) {
        of[t] = lesson_embedded(columns[t], choices->vectors);
        plan how = rung_plan(choices, t == 1, RUNG_FOUR_HEADS);
        both[t] = pupil_train(&of[t], &how);
        tags[t] = program_allocate(words->n_tokens, sizeof *tags[t]);
        pupil_tag(&both[t], words, tags[t]);
    }
    tagger_text *text = tagger_text_alloc(words, of[0].words, choices->vectors, words->n_tokens);
    tell_unknown(words, text);
    tagger_text_free(text);
    terminal_heading(&to->out, "Your sentence");
    print_words(to, words, tags[0], tags[1]);
    print_names(to, words, tags[1]);
    terminal_heading(&to->out, "What the heads of the parts of speech look at");
    draw_heads(to, "own_tags", &both[0], 0, words, NULL);
    terminal_heading(&to->out, "What the heads of the names look at");
    draw_heads(to, "own_names", &both[1], 0, words, NULL);
    for (size_t t = 0; t < 2; t++) {
        free(tags[t]);
        pupil_free(&both[t]);
        lesson_free(&of[t]);
    }
    corpus_free(words);
}
