/**
 * @file safetensors.c
 * Types and sizes, finding tensors, freeing them. Files are read by safetensors_read.c and written
 * by safetensors_write.c.
 */
#include "chapters/common/files/safetensors_internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Problems and types ---------------------------------------------------------------------- */

bool safetensors_report(safetensors_problem *problem, safetensors_kind kind, const char *name,
                        size_t byte, const char *format, ...)
{
    if (problem == NULL) {
        return false;
    }
    problem->kind = kind;
    problem->byte = byte;
    const size_t size = sizeof problem->message;
    int used = byte != SAFETENSORS_NO_BYTE
                   ? snprintf(problem->message, size, "%.200s: byte %zu: ", name, byte)
                   : snprintf(problem->message, size, "%.200s: ", name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->message + used, size - (size_t)used, format, arguments);
    va_end(arguments);
    /* Names come from the file: they must not talk to the terminal. */
    for (char *c = problem->message; *c != '\0'; c++) {
        *c = (unsigned char)*c < ' ' || *c == 0x7F ? '?' : *c;
    }
    return false;
}

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [SAFETENSORS_F32] = {"F32", 4},
    [SAFETENSORS_F64] = {"F64", 8},
    [SAFETENSORS_I64] = {"I64", 8},
    [SAFETENSORS_U8] = {"U8", 1},
};

const char *safetensors_type_name(safetensors_type type)
{
    return types[type].name;
}

size_t safetensors_type_size(safetensors_type type)
{
    return types[type].size;
}

size_t safetensors_n_entries(const safetensors_tensor *tensor)
{
    size_t n = 1;
    bool overflows = false, is_empty = false;
    for (size_t i = 0; i < tensor->n_dimensions; i++) {
        is_empty = is_empty || tensor->shape[i] == 0;
        overflows = __builtin_mul_overflow(n, tensor->shape[i], &n) || overflows;
    }
    return is_empty ? 0 : overflows ? SIZE_MAX : n;
}

size_t safetensors_n_bytes(const safetensors_tensor *tensor)
{
    size_t n = safetensors_n_entries(tensor), n_bytes;
    bool overflows = __builtin_mul_overflow(n, types[tensor->type].size, &n_bytes);
    return n == SIZE_MAX || overflows ? SIZE_MAX : n_bytes;
}

/* ---- Finding --------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    const safetensors_tensor *const *first = a, *const *second = b;
    return strcmp((*first)->name, (*second)->name);
}

const safetensors_tensor *safetensors_sort_names(const safetensors_tensor *tensors,
                                                 size_t n_tensors,
                                                 const safetensors_tensor **by_name)
{
    for (size_t i = 0; i < n_tensors; i++) {
        by_name[i] = &tensors[i];
    }
    if (n_tensors > 1) {
        qsort(by_name, n_tensors, sizeof *by_name, compare_names);
    }
    for (size_t i = 1; i < n_tensors; i++) {
        if (strcmp(by_name[i - 1]->name, by_name[i]->name) == 0) {
            return by_name[i];
        }
    }
    return NULL;
}

const safetensors_tensor *safetensors_find(const safetensors *file, const char *name)
{
    const safetensors_tensor wanted = {.name = name}, *key = &wanted;
    if (file->n_tensors == 0) {
        return NULL;
    }
    const safetensors_tensor *const *found =
        bsearch(&key, file->by_name, file->n_tensors, sizeof *file->by_name, compare_names);
    return found != NULL ? *found : NULL;
}

const char *safetensors_find_text(const safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->n_texts; i++) {
        if (strcmp(file->texts[i].key, key) == 0) {
            return file->texts[i].text;
        }
    }
    return NULL;
}

void safetensors_free(safetensors *file)
{
    if (file == NULL) {
        return;
    }
    for (size_t i = 0; i < file->n_tensors; i++) {
        free((char *)file->tensors[i].name);
    }
    for (size_t i = 0; i < file->n_texts; i++) {
        free((char *)file->texts[i].key);
        free((char *)file->texts[i].text);
    }
    free(file->tensors);
    free(file->texts);
    free(file->by_name);
    free(file->data);
    free(file);
}
