/**
 * @file safetensors_internal.h
 * Private to the files safetensors*.c.
 */
#ifndef CHAPTERS_COMMON_FILES_SAFETENSORS_INTERNAL_H
#define CHAPTERS_COMMON_FILES_SAFETENSORS_INTERNAL_H

#include "chapters/common/files/safetensors.h"

/** @addtogroup common @{ */

/** The bytes in which the length of the header stands. */
enum { SAFETENSORS_LENGTH_BYTES = 8 };

/**
 * Write down a problem.
 *
 * @param[out] problem  where to; NULL is allowed
 * @param[in]  kind     what is wrong
 * @param[in]  name     of the file
 * @param[in]  byte     of the file, or SAFETENSORS_NO_BYTE
 * @param[in]  format   as of printf: what was expected and what was found
 * @return              false
 */
bool safetensors_report(safetensors_problem *problem, safetensors_kind kind, const char *name,
                        size_t byte, const char *format, ...) __attribute__((format(printf, 5, 6)));

/**
 * Whether the numbers of this machine are those of the files.
 *
 * @param[in]  name     of the file
 * @param[out] problem  what went wrong; may be NULL
 * @return              false after a problem
 */
bool safetensors_check_machine(const char *name, safetensors_problem *problem);

/**
 * Bytes of all entries of a tensor.
 *
 * @param[in] tensor  its type and shape are read
 * @return            the number, or SIZE_MAX if it cannot be represented
 */
size_t safetensors_n_bytes(const safetensors_tensor *tensor);

/** A tensor, and where its data are. */
typedef struct {
    safetensors_tensor tensor; /**< its data are NULL */
    size_t begin;              /**< of its data, counted from the first byte of all data */
    size_t end;                /**< behind its data */
} safetensors_placed;

/** Where something is read: for its messages and its limits. */
typedef struct {
    const char *name;             /**< of the file */
    size_t byte;                  /**< of the file */
    size_t n_data;                /**< bytes of data in the file */
    safetensors_problem *problem; /**< what went wrong; may be NULL */
} safetensors_place;

struct json_t;

/**
 * Read what the header says about one tensor.
 *
 * @param[in]     entry   the JSON object
 * @param[in]     place   where it stands
 * @param[in,out] placed  its name is there already
 * @return                false after a problem
 */
bool safetensors_read_entry(const struct json_t *entry, const safetensors_place *place,
                            safetensors_placed *placed);

/**
 * Put tensors in the order of their data, and check that each begins where the one before it ends.
 *
 * @param[in,out] tensors    as the header has them
 * @param[in]     n_tensors  how many
 * @param[in]     data       where all data begin
 * @return                   false after a problem
 */
bool safetensors_check_places(safetensors_placed *tensors, size_t n_tensors,
                              const safetensors_place *data);

/**
 * Read a header. Afterwards the tensors are in the order of their data, which fills n_data bytes
 * without gaps; their data are still NULL.
 *
 * @param[in,out] file      empty so far; owned by the caller, also after a problem
 * @param[in]     header    the JSON
 * @param[in]     n_header  its bytes, 2 .. SAFETENSORS_MAX_HEADER
 * @param[in]     n_data    bytes of the file behind it
 * @param[in]     name      of the file
 * @param[out]    problem   what went wrong; may be NULL
 * @return                  false after a problem
 */
bool safetensors_read_header(safetensors *file, const char *header, size_t n_header, size_t n_data,
                             const char *name, safetensors_problem *problem);

/**
 * List tensors in the order of their names, and look for a name that stands there twice.
 *
 * @param[in]  tensors    the tensors
 * @param[in]  n_tensors  how many
 * @param[out] by_name    (n_tensors)
 * @return                a tensor whose name another one has too, or NULL
 */
const safetensors_tensor *safetensors_sort_names(const safetensors_tensor *tensors,
                                                 size_t n_tensors,
                                                 const safetensors_tensor **by_name);

/** @} */

#endif
