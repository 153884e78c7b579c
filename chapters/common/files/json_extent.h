/**
 * @file json_extent.h
 * How long a piece of JSON is, before anybody makes sense of it: so that it can be refused if it is
 * too long, without memory having been spent on it.
 */
#ifndef CHAPTERS_COMMON_FILES_JSON_EXTENT_H
#define CHAPTERS_COMMON_FILES_JSON_EXTENT_H

#include <stddef.h>

/** @addtogroup common @{ */

/**
 * The length of a string.
 *
 * @param[in] text  begins with its "
 * @param[in] n     bytes of text, at least 1
 * @return          its bytes, quotes included, or 0 if it does not end
 */
size_t extent_of_string(const char *text, size_t n);

/**
 * The length of an object, with all that is in it.
 *
 * @param[in] text  begins with its {
 * @param[in] n     bytes of text, at least 1
 * @return          its bytes, braces included, or 0 if it does not end
 */
size_t extent_of_object(const char *text, size_t n);

/** @} */

#endif
