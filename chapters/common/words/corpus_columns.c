/**
 * @file corpus_columns.c
 * Columns, as the shared tasks of CoNLL have them: a word first, tags behind it.
 */
#include "chapters/common/words/corpus_internal.h"
#include <string.h>

size_t corpus_cut_at_tabs(char *line, char **fields, size_t max)
{
    size_t n = 0;
    for (char *field = line; field != NULL; n++) {
        char *tab = strchr(field, '\t');
        if (tab != NULL) {
            *tab++ = '\0';
        }
        if (n < max) {
            fields[n] = field;
        }
        field = tab;
    }
    return n;
}

/* Cut a line at its blanks, however many stand together. */
static size_t cut_at_blanks(char *line, char **fields, size_t max)
{
    size_t n = 0;
    for (char *field = line + strspn(line, " \t"); *field != '\0'; n++) {
        char *end = field + strcspn(field, " \t");
        char *next = end + strspn(end, " \t");
        *end = '\0';
        if (n < max) {
            fields[n] = field;
        }
        field = next;
    }
    return n;
}

static char *trim(char *field)
{
    field += strspn(field, " ");
    size_t length = strlen(field);
    while (length > 0 && field[length - 1] == ' ') {
        field[--length] = '\0';
    }
    return field;
}

/* Which column has the tags: a number says so, else it is the last one. */
static bool find_tag_column(corpus_reader *reader)
{
    const char *column = reader->column;
    size_t n = reader->n_columns;
    reader->tag_column = n;
    if (column == NULL || *column == '\0' || column[strspn(column, "0123456789")] != '\0') {
        return n >= 2 || !reader->has_tags ||
               corpus_report(reader, CORPUS_BAD_COLUMNS,
                             "expected a word and a tag, found 1 column");
    }
    size_t wanted = 0;
    for (const char *digit = column; *digit != '\0' && wanted <= n; digit++) {
        wanted = 10 * wanted + (size_t)(*digit - '0');
    }
    if (wanted < 2 || wanted > n) {
        return corpus_report(reader, CORPUS_BAD_TAG_COLUMN,
                             "expected tags in column %.20s, found %zu columns, the first of them "
                             "words",
                             column, n);
    }
    reader->tag_column = wanted;
    return true;
}

/* The first line shows how many columns there are and what stands between them. */
static bool check_columns(corpus_reader *reader, size_t n)
{
    if (n > CORPUS_MAX_COLUMNS) {
        return corpus_report(reader, CORPUS_BAD_COLUMNS, "expected at most %d columns, found %zu",
                             CORPUS_MAX_COLUMNS, n);
    }
    if (reader->n_columns == 0) {
        reader->n_columns = n;
        return find_tag_column(reader);
    }
    if (n != reader->n_columns) {
        return corpus_report(reader, CORPUS_BAD_COLUMNS,
                             "expected %zu columns between %s, as on the first line, found %zu",
                             reader->n_columns, reader->has_tabs ? "tabs" : "blanks", n);
    }
    return true;
}

/* Between tabs a word may be empty: tweets have characters that got lost when they were collected.
 * The token stays, so that none moves: its word becomes the replacement character, U+FFFD. */
static const char lost_word[] = "\xEF\xBF\xBD";

bool corpus_columns_line(corpus_reader *reader, char *line)
{
    static const char document[] = "-DOCSTART-";
    if (strncmp(line, document, strlen(document)) == 0) {
        return corpus_end_sentence(reader);
    }
    if (reader->n_columns == 0) {
        reader->has_tabs = strchr(line, '\t') != NULL;
    }
    char *fields[CORPUS_MAX_COLUMNS];
    size_t n = reader->has_tabs ? corpus_cut_at_tabs(line, fields, CORPUS_MAX_COLUMNS)
                                : cut_at_blanks(line, fields, CORPUS_MAX_COLUMNS);
    if (!check_columns(reader, n)) {
        return false;
    }
    char *word = trim(fields[0]), *tag = trim(fields[reader->tag_column - 1]);
    if (*tag == '\0' && reader->has_tags) {
        return corpus_report(reader, CORPUS_NO_TAG, "expected a tag in column %zu, found nothing",
                             reader->tag_column);
    }
    return corpus_add_token(reader, *word != '\0' ? word : lost_word, tag);
}
