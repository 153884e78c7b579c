/**
 * @file chapters.h
 * The programs of the chapters, found as they were built beside the test program.
 */
#ifndef TESTS_SUPPORT_CHAPTERS_H
#define TESTS_SUPPORT_CHAPTERS_H

#include "tests/support/process.h"
#include <stdbool.h>
#include <stddef.h>

enum { CHAPTER_PATH_SIZE = 1024 };

/** A chapter that has a program. */
typedef struct {
    const char *topic;               /**< "reweighting" */
    char folder[CHAPTER_PATH_SIZE];  /**< "chapters/01_reweighting" */
    char program[CHAPTER_PATH_SIZE]; /**< "build/chapters/01_reweighting/reweighting" */
} chapter;

/**
 * Find the tree of a test program: build/tests/test_x says build. To be called first; ends the test
 * program if no chapter was built there, so that no test passes because there is nothing to test.
 */
void chapters_start(const char *test_program);

/** The n-th chapter that has a program, or false. */
bool chapter_at(size_t n, chapter *found);

/** Loop over the chapters: `chapter c; FOR_EACH_CHAPTER(&c) { ... c.program ... }` */
#define FOR_EACH_CHAPTER(c)                                                                        \
    for (size_t chapter_index = 0; chapter_at(chapter_index, (c)); chapter_index++)

/**
 * The arguments of a chapter's tour. Where it trains, it sees its sentences once: how well it learns
 * is no matter of manners.
 */
const char *chapter_tour(const chapter *c);

/** The arguments of a run that shows something and trains nothing. */
const char *chapter_quick(const chapter *c);

/** Whether a chapter's program reads sentences, with word vectors; that of chapter 5 reads words. */
bool chapter_reads_sentences(const chapter *c);

/** Run a chapter's program with arguments as typed in the shell; as process_run(). */
process *chapter_run(const chapter *c, const char *arguments, const char *environment,
                     process_output output);

#endif
