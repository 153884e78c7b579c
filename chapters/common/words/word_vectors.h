/**
 * @file word_vectors.h
 * Words as vectors of numbers. The programs carry an extract of GloVe (Pennington, Socher, Manning
 * 2014; chapters/common/data/README.md) within themselves, so that they run from any directory; a
 * file of the learner's own, in the text format of GloVe and word2vec, may take its place.
 */
#ifndef CHAPTERS_COMMON_WORDS_WORD_VECTORS_H
#define CHAPTERS_COMMON_WORDS_WORD_VECTORS_H

#include <gsl/gsl_matrix.h>
#include <gsl/gsl_vector.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** @addtogroup common @{ */

/** Returned for a word that has no vector. */
#define WORD_VECTORS_UNKNOWN SIZE_MAX

enum {
    WORD_VECTORS_MAX_WORD = 200, /**< bytes of a word in a file */
    WORD_VECTORS_MAX_D = 4096    /**< numbers a word in a file */
};

/** Words with one vector each. */
typedef struct {
    size_t n_words;      /**< number of words, >= 1 */
    size_t d;            /**< numbers a word, >= 1 */
    const char **words;  /**< (n_words) in UTF-8, the most frequent first */
    gsl_matrix *vectors; /**< (n_words x d), one row a word */
    char *text;          /**< private: the bytes of the words */
    size_t *slots;       /**< private: hash table, word -> row + 1 */
    size_t n_slots;      /**< private: its size, a power of two */
} word_vectors;

/** What is wrong with word vectors. Every kind has a test with a file of its own. */
typedef enum {
    WORD_VECTORS_OK,              /**< nothing */
    WORD_VECTORS_NO_MEMORY,       /**< out of memory */
    WORD_VECTORS_CANNOT_OPEN,     /**< no such file, no permission, a directory */
    WORD_VECTORS_CANNOT_READ,     /**< reading failed half-way */
    WORD_VECTORS_EMPTY,           /**< there is no word in the file */
    WORD_VECTORS_IS_COMPRESSED,   /**< gzip, zip, … : unpack it first */
    WORD_VECTORS_IS_BINARY,       /**< a NUL byte: perhaps word2vec's binary format */
    WORD_VECTORS_NOT_UTF8,        /**< bytes that are not UTF-8 */
    WORD_VECTORS_EMPTY_LINE,      /**< a line without anything between lines with words */
    WORD_VECTORS_NO_WORD,         /**< a line starts with a blank */
    WORD_VECTORS_NO_NUMBERS,      /**< a word and nothing behind it */
    WORD_VECTORS_LONG_WORD,       /**< more than WORD_VECTORS_MAX_WORD bytes */
    WORD_VECTORS_TOO_FEW,         /**< fewer numbers than in the first line or the header */
    WORD_VECTORS_TOO_MANY,        /**< more numbers than that, or than WORD_VECTORS_MAX_D */
    WORD_VECTORS_NOT_A_NUMBER,    /**< "0.1x", "0,5", "--3" */
    WORD_VECTORS_NOT_FINITE,      /**< "nan", "inf", or too large for a double */
    WORD_VECTORS_DUPLICATE,       /**< a word that stood on an earlier line */
    WORD_VECTORS_BAD_HEADER,      /**< the first line's counts are 0 or too large */
    WORD_VECTORS_HEADER_MISMATCH, /**< the header announces another number of words */
    WORD_VECTORS_BAD_MAGIC,       /**< the binary extract does not start with its name */
    WORD_VECTORS_BAD_VERSION,     /**< its version is unknown */
    WORD_VECTORS_BAD_SIZE,        /**< it is shorter or longer than its header says */
    WORD_VECTORS_BAD_CHECKSUM,    /**< its bytes changed */
    WORD_VECTORS_BAD_WORDS,       /**< its list of words is damaged */
    WORD_VECTORS_BAD_SCALE        /**< a scale that is negative or not finite */
} word_vectors_kind;

/** An error, where it is, and a sentence about it: what was expected and what was found. */
typedef struct {
    word_vectors_kind kind; /**< WORD_VECTORS_OK if there is none */
    size_t line;            /**< of a text file, from 1; 0 if it is about no line */
    char message[512];      /**< "file:line: sentence" */
} word_vectors_problem;

/**
 * The extract that every program carries.
 *
 * @param[out] problem  what went wrong; may be NULL
 * @return the vectors, to be freed by word_vectors_free(); NULL without memory
 */
word_vectors *word_vectors_embedded(word_vectors_problem *problem);

/**
 * Read a text file: a word and d numbers on each line, separated by blanks; the first line may be
 * the header of word2vec, "n_words d". The most frequent word comes first, as these files have it.
 *
 * @param[in]  path     the file
 * @param[out] problem  what went wrong; may be NULL
 * @return the vectors, to be freed by word_vectors_free(); NULL after a problem
 */
word_vectors *word_vectors_load(const char *path, word_vectors_problem *problem);

/**
 * Read text vectors from an open stream.
 *
 * @param[in,out] stream   read to its end, not closed
 * @param[in]     name     what messages call it
 * @param[out]    problem  what went wrong; may be NULL
 * @return the vectors, to be freed by word_vectors_free(); NULL after a problem
 */
word_vectors *word_vectors_read(FILE *stream, const char *name, word_vectors_problem *problem);

/**
 * Read the binary format of the extract (chapters/common/data/README.md) from memory. Every size is
 * checked against n_bytes before anything is read or allocated.
 *
 * @param[in]  bytes    the extract; not needed afterwards
 * @param[in]  n_bytes  its size
 * @param[in]  name     what messages call it
 * @param[out] problem  what went wrong; may be NULL
 * @return the vectors, to be freed by word_vectors_free(); NULL after a problem
 */
word_vectors *word_vectors_decode(const unsigned char *bytes, size_t n_bytes, const char *name,
                                  word_vectors_problem *problem);

/** @param[in,out] vectors  freed; NULL is allowed */
void word_vectors_free(word_vectors *vectors);

/**
 * Look a word up as it is written; if it is not there, in lower case.
 *
 * @param[in] vectors  the words
 * @param[in] word     UTF-8
 * @return its row, or WORD_VECTORS_UNKNOWN
 */
size_t word_vectors_find(const word_vectors *vectors, const char *word);

/**
 * The known word with the nearest spelling; of equally near ones the most frequent.
 *
 * @param[in] vectors  the words
 * @param[in] word     UTF-8
 * @return its row, or WORD_VECTORS_UNKNOWN if none is near (spelling_tolerance())
 */
size_t word_vectors_nearest_spelling(const word_vectors *vectors, const char *word);

/** A word and how near it is. */
typedef struct {
    size_t row;    /**< of the word */
    double cosine; /**< -1 .. 1 */
} word_vectors_neighbour;

/**
 * The words whose vectors point most nearly where v points:  cosine = v . w / (|v| |w|). If v is
 * the vector of a word, that word comes first. A vector of zeros has cosine 0 with everything.
 *
 * @param[in]  vectors     the words
 * @param[in]  v           (d)
 * @param[in]  n           how many are wanted
 * @param[out] neighbours  (n) the nearest first
 * @return how many were found: n, or n_words if that is smaller; 0 if v has another length
 */
size_t word_vectors_neighbours(const word_vectors *vectors, const gsl_vector *v, size_t n,
                               word_vectors_neighbour *neighbours);

/**
 * All-but-the-top:  v <- (v - mean) - sum_c (u_c . (v - mean)) u_c  for the first principal
 * components u_c of the vectors. What all words share is taken out; what tells them apart stays.
 *
 * @param[in,out] vectors       the words
 * @param[in]     n_components  how many; 0 removes the mean alone
 *
 * @retval GSL_SUCCESS
 * @retval GSL_EINVAL n_components > d
 * @retval GSL_ENOMEM out of memory; the vectors are as before
 *
 * Source: Mu and Viswanath 2018, "All-but-the-Top", algorithm 1.
 */
int word_vectors_remove_common(word_vectors *vectors, size_t n_components);

/** @} */

#endif
