/* Symbols: numbers that do not depend on the order of texts, and texts that come back. */
#include "chapters/common/pairs/symbols.h"
#include "tests/support/suite.h"

#include <stdlib.h>
#include <string.h>

/* Symbols as one text: "<unknown> a b". */
static const char *shown(const symbols *known)
{
    static char text[1024];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < known->n; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, i > 0 ? " %s" : "%s", known->names[i]);
    }
    return text;
}

static void numbering(void)
{
    static const struct {
        const char *catches, *texts[3];
        symbols_side side;
        symbols_cut cut;
        size_t n_texts;
        const char *expected;
    } cases[] = {
        {"letters twice",
         {"cab", "bad"},
         SYMBOLS_SOURCE,
         SYMBOLS_CHARACTERS,
         2,
         "<unknown> a b c d"},
        {"letters of several bytes",
         {"\xC3\xA4\xC3\xB6", "a\xE2\x82\xAC"},
         SYMBOLS_SOURCE,
         SYMBOLS_CHARACTERS,
         2,
         "<unknown> a \xC3\xA4 \xC3\xB6 \xE2\x82\xAC"},
        {"a blank is a character",
         {"b a"},
         SYMBOLS_TARGET,
         SYMBOLS_CHARACTERS,
         1,
         "<start> <end>   a b"},
        {"phones that begin alike",
         {"T R IH P", "TH T  AH "},
         SYMBOLS_TARGET,
         SYMBOLS_BETWEEN_BLANKS,
         2,
         "<start> <end> AH IH P R T TH"},
        {"words to be read",
         {" b  a "},
         SYMBOLS_SOURCE,
         SYMBOLS_BETWEEN_BLANKS,
         1,
         "<unknown> a b"},
        {"empty texts", {"", ""}, SYMBOLS_SOURCE, SYMBOLS_CHARACTERS, 2, "<unknown>"},
        {"no texts", {NULL}, SYMBOLS_TARGET, SYMBOLS_CHARACTERS, 0, "<start> <end>"},
        {"a symbol named like the end",
         {"<end> a"},
         SYMBOLS_TARGET,
         SYMBOLS_BETWEEN_BLANKS,
         1,
         "<start> <end> <end> a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        symbols *known =
            symbols_alloc(cases[i].side, cases[i].cut, cases[i].texts, cases[i].n_texts);
        CHECK(strcmp(shown(known), cases[i].expected) == 0, "%s: '%s'", cases[i].catches,
              shown(known));
        CHECK(known->n_fixed == (cases[i].side == SYMBOLS_SOURCE ? 1 : 2), "%zu come first",
              known->n_fixed);
        symbols_free(known);
    }
    symbols_free(NULL);
}

static void finding(void)
{
    static const char *const texts[] = {"T R IH P AH L EY TH"};
    symbols *phones = symbols_alloc(SYMBOLS_TARGET, SYMBOLS_BETWEEN_BLANKS, texts, 1);
    symbols *letters = symbols_alloc(SYMBOLS_SOURCE, SYMBOLS_BETWEEN_BLANKS, texts, 1);
    for (size_t i = 2; i < phones->n; i++) {
        CHECK(symbols_find(phones, phones->names[i], strlen(phones->names[i])) == (int)i, "%s",
              phones->names[i]);
    }
    CHECK(symbols_find(phones, "THE", 2) == symbols_find(phones, "TH", 2), "the end of a name");
    CHECK(symbols_find(phones, "XX", 2) == SYMBOLS_NONE, "a phone that is not known");
    CHECK(symbols_find(phones, "A", 1) == SYMBOLS_NONE, "the beginning of a phone");
    CHECK(symbols_find(phones, "<end>", 5) == SYMBOLS_NONE, "no text holds the end");
    CHECK(symbols_find(letters, "XX", 2) == SYMBOLS_UNKNOWN, "a source that is not known");
    symbols_free(phones);
    symbols_free(letters);
}

static void coding(void)
{
    static const char *const texts[] = {"P R T AH"};
    symbols *phones = symbols_alloc(SYMBOLS_TARGET, SYMBOLS_BETWEEN_BLANKS, texts, 1);
    symbols *letters =
        symbols_alloc(SYMBOLS_SOURCE, SYMBOLS_CHARACTERS, &(const char *){"ab\xC3\xA4"}, 1);
    int numbers[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    CHECK(symbols_encode(phones, "T  XX AH", 8, numbers) == 3 && numbers[0] == 5 &&
              numbers[1] == SYMBOLS_NONE && numbers[2] == 2 && numbers[3] == 9,
          "phones: %d %d %d", numbers[0], numbers[1], numbers[2]);
    CHECK(symbols_encode(letters, "b\xC3\xA4zb", 2, numbers) == 4 && numbers[0] == 2 &&
              numbers[1] == 3 && numbers[2] == 2,
          "letters, of which there is room for two: %d %d %d", numbers[0], numbers[1], numbers[2]);
    CHECK(symbols_encode(letters, "ab", 0, NULL) == 2, "no room");
    char text[16];
    static const int said[] = {SYMBOLS_START, 3, 4, 2, SYMBOLS_END}, read[] = {3, 0, 1};
    CHECK(symbols_decode(phones, said, 5, text, sizeof text) && !strcmp(text, "P R AH"), "'%s'",
          text);
    CHECK(symbols_decode(letters, read, 3, text, sizeof text) &&
              !strcmp(text, "\xC3\xA4\xEF\xBF\xBD"
                            "a"),
          "'%s'", text);
    CHECK(symbols_decode(phones, said, 5, text, 7) && !strcmp(text, "P R AH"), "exact: '%s'", text);
    CHECK(!symbols_decode(phones, said, 5, text, 6) && !strcmp(text, "P R"), "cut: '%s'", text);
    CHECK(!symbols_decode(letters, read, 1, text, 2) && !strcmp(text, ""), "cut: '%s'", text);
    CHECK(symbols_decode(phones, said, 0, text, 1) && !strcmp(text, ""), "nothing: '%s'", text);
    symbols_free(phones);
    symbols_free(letters);
}

static void saving(void)
{
    static const char *const texts[] = {"the 3rd of \xC3\xA4", "x,y"};
    for (int kind = 0; kind < 4; kind++) {
        symbols *known = symbols_alloc((symbols_side)(kind / 2), (symbols_cut)(kind % 2), texts, 2);
        char *text = symbols_to_text(known);
        symbols *again = symbols_from_text(text);
        CHECK(again != NULL && again->side == known->side && again->cut == known->cut &&
                  again->n == known->n && again->n_fixed == known->n_fixed,
              "kind %d: '%s'", kind, text);
        for (size_t i = 0; again != NULL && i < known->n && i < again->n; i++) {
            CHECK(strcmp(again->names[i], known->names[i]) == 0, "'%s' is '%s'", known->names[i],
                  again->names[i]);
        }
        free(text);
        symbols_free(again);
        symbols_free(known);
    }
}

static void damaged(void)
{
    static const char *const texts[] = {
        "",
        "a\n",
        "source characters",
        "source characters\na\nb",
        "source characters\nb\na\n",
        "source characters\na\na\n",
        "source characters\nab\n",
        "source characters\na\n\nb\n",
        "source characters\na\xFF\n",
        "source letters\na\n",
        "target between blanks\nAH EH\n",
        "target between blanks\nAH \nEH\n",
        "Target between blanks\nAH\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        symbols *known = symbols_from_text(texts[i]);
        CHECK(known == NULL, "'%s' was read as '%s'", texts[i], known ? shown(known) : "");
        symbols_free(known);
    }
    symbols *none = symbols_from_text("source characters\n");
    CHECK(none != NULL && none->n == 1, "no symbols but the first");
    symbols_free(none);
}

static const test tests[] = {
    {"symbols are numbered by their bytes, whatever the order of texts", numbering},
    {"a symbol is found by its name, and another is not", finding},
    {"texts become numbers, and numbers texts", coding},
    {"symbols that were saved come back", saving},
    {"a text that was not saved like this is refused", damaged},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
