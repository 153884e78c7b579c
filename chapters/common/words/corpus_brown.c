/**
 * @file corpus_brown.c
 * The format of the Brown corpus: a sentence a line, word/tag word/tag ... (Francis and Kučera
 * 1979, "Manual of Information to accompany A Standard Corpus of Present-Day Edited American
 * English", form C).
 */
#include "chapters/common/words/corpus_internal.h"
#include <string.h>

static bool ends_with(const char *text, size_t length, const char *end)
{
    size_t n = strlen(end);
    return length > n && memcmp(text + length - n, end, n) == 0;
}

/* The part of speech alone: without "fw-" (a foreign word), "-tl", "-hl", "-nc" (in a title, in a
 * headline, a word that is quoted), the second tag of a contraction ("ppss+bez" is "ppss") and the
 * star of a negation ("doz*" is "doz"; "*" itself is "not"). */
static char *base_of(char *tag)
{
    tag += strncmp(tag, "fw-", 3) == 0 && tag[3] != '\0' ? 3 : 0;
    size_t length = 1 + strcspn(tag + 1, "+");
    while (ends_with(tag, length, "-tl") || ends_with(tag, length, "-hl") ||
           ends_with(tag, length, "-nc")) {
        length -= 3;
    }
    length -= ends_with(tag, length, "*");
    tag[length] = '\0';
    return tag;
}

bool corpus_brown_line(corpus_reader *reader, char *line)
{
    bool wants_all = reader->column != NULL && strcmp(reader->column, "full") == 0;
    for (char *word = line + strspn(line, " \t"); *word != '\0';) {
        char *end = word + strcspn(word, " \t");
        char *next = end + strspn(end, " \t");
        *end = '\0';
        char *slash = strrchr(word, '/');
        if (slash == NULL || slash[1] == '\0') {
            return corpus_report(reader, CORPUS_NO_TAG, "expected word/tag, found '%.60s'", word);
        }
        if (slash == word) {
            return corpus_report(reader, CORPUS_NO_WORD, "expected word/tag, found '%.60s'", word);
        }
        *slash = '\0';
        if (!corpus_add_token(reader, word, wants_all ? slash + 1 : base_of(slash + 1))) {
            return false;
        }
        word = next;
    }
    return corpus_end_sentence(reader);
}
