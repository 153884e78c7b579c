/**
 * @file json_extent.c
 * Where a string or an object ends.
 */
#include "chapters/common/files/json_extent.h"

size_t extent_of_string(const char *text, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            return i + 1;
        }
    }
    return 0;
}

size_t extent_of_object(const char *text, size_t n)
{
    size_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"') {
            size_t length = extent_of_string(text + i, n - i);
            if (length == 0) {
                return 0;
            }
            i += length - 1;
        } else if (text[i] == '{') {
            depth++;
        } else if (text[i] == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}
