/**
 * @file symbols.h
 * What a sequence is made of, numbered: letters, phones, words. The numbers are rows of an
 * embedding and columns of logits.
 *
 *     symbols *phones = symbols_alloc(SYMBOLS_TARGET, SYMBOLS_BETWEEN_BLANKS, texts, n_texts);
 *     size_t n = symbols_encode(phones, "AH T EH N SH AH N", 512, numbers);
 */
#ifndef CHAPTERS_COMMON_PAIRS_SYMBOLS_H
#define CHAPTERS_COMMON_PAIRS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

/** @addtogroup common @{ */

/** The side of a pair that symbols stand on. Each side has symbols of its own that come first, and
 *  that no text holds. */
typedef enum {
    SYMBOLS_SOURCE, /**< what is read; 0 is SYMBOLS_UNKNOWN */
    SYMBOLS_TARGET  /**< what is written; 0 is SYMBOLS_START, 1 is SYMBOLS_END */
} symbols_side;

/** Numbers that are always the same. */
enum {
    SYMBOLS_UNKNOWN = 0, /**< of a source: any symbol without a number; padding has it too */
    SYMBOLS_START = 0,   /**< of a target: what a decoder reads first */
    SYMBOLS_END = 1,     /**< of a target: what a decoder writes last */
    SYMBOLS_NONE = -1    /**< no number: a symbol of a target that is not known */
};

/** What is one symbol of a text. */
typedef enum {
    SYMBOLS_CHARACTERS,    /**< each character of UTF-8: letters of a word */
    SYMBOLS_BETWEEN_BLANKS /**< what stands between blanks: phones, words */
} symbols_cut;

/** Symbols and their numbers. */
typedef struct {
    symbols_side side;  /**< where they stand */
    symbols_cut cut;    /**< how a text is cut into them */
    size_t n;           /**< how many, with those that come first */
    size_t n_fixed;     /**< those that come first: 1 of a source, 2 of a target */
    const char **names; /**< (n) "<unknown>" or "<start>", "<end>"; then ascending by bytes */
    char *text;         /**< private: the bytes of the names */
} symbols;

/**
 * Number all symbols of some texts. The order of the texts does not matter.
 *
 * @param[in] side     where they stand
 * @param[in] cut      how the texts are cut
 * @param[in] texts    (n_texts) in UTF-8, without line ends; not needed afterwards
 * @param[in] n_texts  how many; 0 is allowed
 * @return             the symbols, to be freed by symbols_free(); NULL without memory
 */
symbols *symbols_alloc(symbols_side side, symbols_cut cut, const char *const *texts,
                       size_t n_texts);

/** @param[in,out] known  freed; NULL is allowed */
void symbols_free(symbols *known);

/**
 * The number of a symbol.
 *
 * @param[in] known   the symbols
 * @param[in] name    the symbol; need not end with it
 * @param[in] length  its bytes
 * @return            n_fixed .. n - 1; if it is not known, SYMBOLS_UNKNOWN of a source and
 *                    SYMBOLS_NONE of a target
 */
int symbols_find(const symbols *known, const char *name, size_t length);

/**
 * A text as numbers, without start and end.
 *
 * @param[in]  known    the symbols
 * @param[in]  text     in UTF-8
 * @param[in]  max      how many there is room for
 * @param[out] numbers  (max) as symbols_find() gives them
 * @return              how many the text has, perhaps more than max
 */
size_t symbols_encode(const symbols *known, const char *text, size_t max, int *numbers);

/**
 * Numbers as a text. Start and end are left out; an unknown symbol is U+FFFD.
 *
 * @param[in]  known    the symbols
 * @param[in]  numbers  (n) each in 0 .. n - 1 of the symbols
 * @param[in]  n        how many
 * @param[out] text     (size) with its end; cut at a whole symbol if it is too long
 * @param[in]  size     >= 1
 * @return              false if it was cut
 */
bool symbols_decode(const symbols *known, const int *numbers, size_t n, char *text, size_t size);

/**
 * All there is to know, as a text that can be saved with a model: what the symbols are, then a
 * symbol a line.
 *
 * @param[in] known  the symbols
 * @return           the text, to be freed by free(); NULL without memory
 */
char *symbols_to_text(const symbols *known);

/**
 * The symbols of symbols_to_text(). All is checked.
 *
 * @param[in] text  what was saved; not needed afterwards
 * @return          the symbols, to be freed by symbols_free(); NULL without memory, or if the text
 *                  is not what symbols_to_text() writes
 */
symbols *symbols_from_text(const char *text);

/** @} */

#endif
