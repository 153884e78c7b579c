/**
 * @file corpus_conllu.c
 * CoNLL-U: ten columns between tabs, as universaldependencies.org/format.html describes them.
 */
#include "chapters/common/words/corpus_internal.h"
#include <stdint.h>
#include <string.h>

enum { ID, FORM, LEMMA, UPOS, XPOS, FEATS, HEAD, DEPREL, DEPS, MISC, N_COLUMNS };

/* A whole number at the start of a text. One that is too large becomes the largest. */
static bool read_number(const char **text, size_t *number)
{
    size_t n_digits = strspn(*text, "0123456789");
    *number = 0;
    for (size_t i = 0; i < n_digits; i++) {
        size_t digit = (size_t)((*text)[i] - '0');
        *number = *number <= (SIZE_MAX - digit) / 10 ? 10 * *number + digit : SIZE_MAX;
    }
    *text += n_digits;
    return n_digits > 0;
}

/* IDs count 1, 2, 3, ...: 7 is a token, 7-8 stands before the tokens that are written as one word,
 * 7.1 stands behind 7 for a word that is left out in speech. Only tokens are wanted. */
static bool read_id(corpus_reader *reader, const char *id, bool *is_token)
{
    const char *rest = id;
    size_t number, second = 0;
    bool is_right = read_number(&rest, &number);
    char kind = *rest;
    if (is_right && (kind == '-' || kind == '.')) {
        rest++;
        is_right = read_number(&rest, &second);
    }
    if (!is_right || *rest != '\0') {
        return corpus_report(reader, CORPUS_BAD_ID,
                             "expected an ID such as 7, 7-8 or 7.1, found '%.40s'", id);
    }
    *is_token = kind == '\0';
    size_t expected = reader->n_ids + (kind != '.');
    if (number != expected) {
        return corpus_report(reader, CORPUS_ID_ORDER, "expected the ID %zu here, found '%.40s'%s",
                             expected, id, number == 1 ? "; is an empty line missing?" : "");
    }
    if (kind == '-' && second < number) {
        return corpus_report(reader, CORPUS_ID_ORDER,
                             "expected a range that ascends, found '%.40s'", id);
    }
    reader->n_ids += *is_token;
    return true;
}

/* The value of a key in "Key=value|Other=value", cut out in place, or NULL. */
static char *find_key(char *pairs, const char *key)
{
    size_t length = strlen(key);
    for (char *pair = pairs; pair != NULL; pair = strchr(pair, '|')) {
        pair += *pair == '|';
        if (strncmp(pair, key, length) == 0 && pair[length] == '=') {
            char *value = pair + length + 1;
            value[strcspn(value, "|")] = '\0';
            return value;
        }
    }
    return NULL;
}

static const char *find_tag(char **fields, const char *column)
{
    const char *tag = NULL;
    if (column == NULL || strcmp(column, "upos") == 0) {
        tag = fields[UPOS];
    } else if (strcmp(column, "xpos") == 0) {
        tag = fields[XPOS];
    } else {
        tag = find_key(fields[MISC], column);
        tag = tag != NULL ? tag : find_key(fields[FEATS], column);
    }
    return tag == NULL || strcmp(tag, "_") == 0 ? NULL : tag;
}

bool corpus_conllu_line(corpus_reader *reader, char *line)
{
    if (line[0] == '#') {
        return true;
    }
    char *fields[N_COLUMNS];
    size_t n = corpus_cut_at_tabs(line, fields, N_COLUMNS);
    if (n != N_COLUMNS) {
        return corpus_report(reader, CORPUS_BAD_COLUMNS,
                             "expected %d columns between tabs, found %zu", N_COLUMNS, n);
    }
    bool is_token = false;
    if (!read_id(reader, fields[ID], &is_token)) {
        return false;
    }
    if (!is_token) {
        return true;
    }
    if (fields[FORM][0] == '\0') {
        return corpus_report(reader, CORPUS_NO_WORD, "expected a word in column 2, found nothing");
    }
    const char *tag = find_tag(fields, reader->column);
    if (tag != NULL && tag[0] == '\0') {
        return corpus_report(reader, CORPUS_NO_TAG,
                             "expected a tag, or '_' for none, found nothing");
    }
    return corpus_add_token(reader, fields[FORM], tag);
}
