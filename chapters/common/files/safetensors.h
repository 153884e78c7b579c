/**
 * @file safetensors.h
 * Named tensors in a file, in the format safetensors, which many other programs read and write:
 *
 *     8 bytes       the length of the header, an unsigned number, its lowest byte first
 *     the header    JSON: {"__metadata__": {"key": "text", ...},
 *                          "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
 *                          ...}
 *     the data      of all tensors, without gaps; offsets count from its beginning
 *
 * Every number of a file is checked before it is used: no file can make the reader read or allocate
 * what is not there. A tensor's numbers are as they are on this machine, whose lowest byte must
 * come first in memory; other machines are refused.
 *
 * Format: https://github.com/huggingface/safetensors, section "Format".
 */
#ifndef CHAPTERS_COMMON_FILES_SAFETENSORS_H
#define CHAPTERS_COMMON_FILES_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** @addtogroup common @{ */

/** The limits of the reader. */
enum {
    SAFETENSORS_MAX_HEADER = 16 << 20,    /**< bytes of a header */
    SAFETENSORS_MAX_TENSORS = 65536,      /**< tensors in a file */
    SAFETENSORS_MAX_ENTRY = 4096,         /**< bytes of what the header says about one tensor */
    SAFETENSORS_MAX_METADATA = 512 << 10, /**< bytes of all keys and texts */
    SAFETENSORS_MAX_DIMENSIONS = 8        /**< of a tensor */
};

/** The byte of a problem that is about no byte. */
#define SAFETENSORS_NO_BYTE SIZE_MAX

/** What the entries of a tensor are. */
typedef enum {
    SAFETENSORS_F32, /**< float */
    SAFETENSORS_F64, /**< double */
    SAFETENSORS_I64, /**< int64_t */
    SAFETENSORS_U8   /**< uint8_t */
} safetensors_type;

/** A tensor. The last dimension runs fastest; no dimension at all is a single number. */
typedef struct {
    const char *name;                         /**< UTF-8, unique in its file */
    safetensors_type type;                    /**< of its entries */
    size_t n_dimensions;                      /**< 0 .. SAFETENSORS_MAX_DIMENSIONS */
    size_t shape[SAFETENSORS_MAX_DIMENSIONS]; /**< (n_dimensions); a size may be 0 */
    const void *data; /**< all entries. In a file that others wrote they need not be aligned: copy
                           them with memcpy() */
} safetensors_tensor;

/** A text of the metadata. */
typedef struct {
    const char *key;  /**< UTF-8, unique */
    const char *text; /**< UTF-8 */
} safetensors_text;

/** What is wrong with a file. Every kind of bad file has a test of its own. */
typedef enum {
    SAFETENSORS_OK,                  /**< nothing */
    SAFETENSORS_NO_MEMORY,           /**< out of memory */
    SAFETENSORS_CANNOT_OPEN,         /**< no such file, no permission */
    SAFETENSORS_CANNOT_READ,         /**< reading failed, or it is no regular file */
    SAFETENSORS_CANNOT_WRITE,        /**< the disk is full, no permission, ... */
    SAFETENSORS_BIG_ENDIAN,          /**< this machine's highest byte comes first */
    SAFETENSORS_TOO_SHORT,           /**< less than the 8 bytes of the length */
    SAFETENSORS_HEADER_TOO_SHORT,    /**< a header of less than 2 bytes */
    SAFETENSORS_HEADER_TOO_LONG,     /**< a header of more than SAFETENSORS_MAX_HEADER bytes */
    SAFETENSORS_HEADER_CUT,          /**< the file ends before its header does */
    SAFETENSORS_NOT_AN_OBJECT,       /**< the header does not start with { */
    SAFETENSORS_BAD_JSON,            /**< the header is not JSON */
    SAFETENSORS_AFTER_HEADER,        /**< something other than blanks behind the last } */
    SAFETENSORS_DUPLICATE_NAME,      /**< two tensors, or two metadata, of the same name */
    SAFETENSORS_DUPLICATE_KEY,       /**< a key twice in a tensor or in the metadata */
    SAFETENSORS_TOO_MANY_TENSORS,    /**< more than SAFETENSORS_MAX_TENSORS */
    SAFETENSORS_ENTRY_TOO_LONG,      /**< a tensor or metadata take too many bytes of the header */
    SAFETENSORS_NOT_AN_ENTRY,        /**< a tensor is not described by an object */
    SAFETENSORS_UNKNOWN_KEY,         /**< a key other than dtype, shape and data_offsets */
    SAFETENSORS_NO_TYPE,             /**< there is no dtype */
    SAFETENSORS_BAD_TYPE,            /**< dtype is not a string */
    SAFETENSORS_UNKNOWN_TYPE,        /**< a type other than F32, F64, I64 and U8 */
    SAFETENSORS_NO_SHAPE,            /**< there is no shape */
    SAFETENSORS_BAD_SHAPE,           /**< shape is not a list of whole numbers from 0 */
    SAFETENSORS_TOO_MANY_DIMENSIONS, /**< more than SAFETENSORS_MAX_DIMENSIONS */
    SAFETENSORS_TOO_LARGE,           /**< the product of the shape overflows */
    SAFETENSORS_NO_OFFSETS,          /**< there are no data_offsets */
    SAFETENSORS_BAD_OFFSETS,         /**< data_offsets is not a pair of whole numbers from 0 */
    SAFETENSORS_BACKWARDS,           /**< a tensor ends before it begins */
    SAFETENSORS_BEYOND_END,          /**< a tensor ends behind the file */
    SAFETENSORS_WRONG_SIZE,          /**< the offsets leave another room than the shape needs */
    SAFETENSORS_OVERLAP,             /**< two tensors share bytes */
    SAFETENSORS_HOLE,                /**< bytes between two tensors, or before the first */
    SAFETENSORS_DATA_LEFT,           /**< bytes behind the last tensor */
    SAFETENSORS_BAD_METADATA,        /**< __metadata__ is not an object of strings */
    SAFETENSORS_NOT_UTF8             /**< to write: a name, key or text that is not UTF-8 */
} safetensors_kind;

/** An error, where it is, and a sentence about it: what was expected and what was found. */
typedef struct {
    safetensors_kind kind; /**< SAFETENSORS_OK if there is none */
    size_t byte;           /**< of the file, or SAFETENSORS_NO_BYTE */
    char message[512];     /**< "file: byte 123: sentence" */
} safetensors_problem;

/** A file that was read. */
typedef struct {
    size_t n_tensors;                   /**< how many tensors */
    safetensors_tensor *tensors;        /**< (n_tensors), in the order of their data */
    size_t n_texts;                     /**< how many texts */
    safetensors_text *texts;            /**< (n_texts) of the metadata */
    const safetensors_tensor **by_name; /**< private: (n_tensors) in the order of their names */
    unsigned char *data;                /**< private: of all tensors */
} safetensors;

/**
 * Read a file.
 *
 * @param[in]  path     the file
 * @param[out] problem  what went wrong; may be NULL
 * @return              its tensors, to be freed with safetensors_free(), or NULL after a problem
 */
safetensors *safetensors_load(const char *path, safetensors_problem *problem);

/**
 * Read the same from memory.
 *
 * @param[in]  bytes    a whole file; not needed afterwards
 * @param[in]  n_bytes  its size
 * @param[in]  name     what messages call it
 * @param[out] problem  what went wrong; may be NULL
 * @return              its tensors, to be freed with safetensors_free(), or NULL after a problem
 */
safetensors *safetensors_decode(const unsigned char *bytes, size_t n_bytes, const char *name,
                                safetensors_problem *problem);

/** @param[in,out] file  freed; NULL is allowed */
void safetensors_free(safetensors *file);

/**
 * The tensor of a given name.
 *
 * @param[in] file  what was read
 * @param[in] name  the name
 * @return          the tensor, which stays the file's, or NULL if there is none
 */
const safetensors_tensor *safetensors_find(const safetensors *file, const char *name);

/**
 * The text of a given key of the metadata.
 *
 * @param[in] file  what was read
 * @param[in] key   the key
 * @return          the text, which stays the file's, or NULL if there is none
 */
const char *safetensors_find_text(const safetensors *file, const char *key);

/**
 * How many entries a tensor has: the product of its shape.
 *
 * @param[in] tensor  one of a file, or one to be written
 * @return            the number, or SIZE_MAX if it cannot be represented
 */
size_t safetensors_n_entries(const safetensors_tensor *tensor);

/**
 * The name of a type, as files have it.
 *
 * @param[in] type  one of the four
 * @return          "F32", "F64", "I64" or "U8"
 */
const char *safetensors_type_name(safetensors_type type);

/**
 * How large an entry of a type is.
 *
 * @param[in] type  one of the four
 * @return          bytes
 */
size_t safetensors_type_size(safetensors_type type);

/**
 * Write a file, or replace it: after a failure an old file of that name is as it was. The tensors
 * with the largest entries come first, so that all are aligned.
 *
 * @param[in]  path       the file
 * @param[in]  tensors    what to write
 * @param[in]  n_tensors  how many; 0 is allowed
 * @param[in]  texts      the metadata
 * @param[in]  n_texts    how many; 0 is allowed
 * @param[out] problem    what went wrong; may be NULL
 * @return                false after a problem
 */
bool safetensors_save(const char *path, const safetensors_tensor *tensors, size_t n_tensors,
                      const safetensors_text *texts, size_t n_texts, safetensors_problem *problem);

/** @} */

#endif
