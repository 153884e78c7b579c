/**
 * @file safetensors_write.c
 * Writing: the header in memory, then everything in one go.
 */
#include "chapters/common/files/replace_file.h"
#include "chapters/common/files/safetensors_internal.h"
#include "chapters/common/program/utf8.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is to be written, and the header so far. */
typedef struct {
    const safetensors_tensor *tensors;
    size_t n_tensors;
    const safetensors_text *texts;
    size_t n_texts;
    FILE *header;      /* a stream into memory */
    size_t n_metadata; /* bytes of the metadata in it */
} writer;

/* The tensors with the largest entries first: then all are aligned. */
static const size_t entry_sizes[] = {8, 4, 1};
enum { N_ENTRY_SIZES = sizeof entry_sizes / sizeof entry_sizes[0] };

/* ---- The header ------------------------------------------------------------------------------ */

/* A text in quotes, as JSON wants it. */
static void put_text(FILE *header, const char *text)
{
    putc('"', header);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            fprintf(header, "\\%c", *c);
        } else if ((unsigned char)*c < ' ') {
            fprintf(header, "\\u%04x", (unsigned)*c);
        } else {
            putc(*c, header);
        }
    }
    putc('"', header);
}

static void put_metadata(writer *w)
{
    fputs("\"__metadata__\":", w->header);
    long begin = ftell(w->header);
    putc('{', w->header);
    for (size_t i = 0; i < w->n_texts; i++) {
        fputs(i > 0 ? "," : "", w->header);
        put_text(w->header, w->texts[i].key);
        putc(':', w->header);
        put_text(w->header, w->texts[i].text);
    }
    putc('}', w->header);
    w->n_metadata = (size_t)(ftell(w->header) - begin);
}

static void put_tensor(const writer *w, const safetensors_tensor *tensor, size_t begin)
{
    put_text(w->header, tensor->name);
    fprintf(w->header, ":{\"dtype\":\"%s\",\"shape\":[", safetensors_type_name(tensor->type));
    for (size_t i = 0; i < tensor->n_dimensions; i++) {
        fprintf(w->header, i > 0 ? ",%zu" : "%zu", tensor->shape[i]);
    }
    fprintf(w->header, "],\"data_offsets\":[%zu,%zu]}", begin, begin + safetensors_n_bytes(tensor));
}

static void put_header(writer *w)
{
    putc('{', w->header);
    bool is_first = w->n_texts == 0;
    if (!is_first) {
        put_metadata(w);
    }
    size_t begin = 0;
    for (size_t s = 0; s < N_ENTRY_SIZES; s++) {
        for (size_t i = 0; i < w->n_tensors; i++) {
            if (safetensors_type_size(w->tensors[i].type) == entry_sizes[s]) {
                fputs(is_first ? "" : ",", w->header);
                is_first = false;
                put_tensor(w, &w->tensors[i], begin);
                begin += safetensors_n_bytes(&w->tensors[i]);
            }
        }
    }
    putc('}', w->header);
    while (ftell(w->header) % 8 != 0) { /* then the data are aligned in the file, too */
        putc(' ', w->header);
    }
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static bool is_utf8(const char *text)
{
    return utf8_valid_length(text) == strlen(text);
}

static bool check_texts(const writer *w, const char *path, safetensors_problem *problem)
{
    for (size_t i = 0; i < w->n_texts; i++) {
        if (!is_utf8(w->texts[i].key) || !is_utf8(w->texts[i].text)) {
            return safetensors_report(problem, SAFETENSORS_NOT_UTF8, path, SAFETENSORS_NO_BYTE,
                                      "expected metadata in UTF-8, found '%.60s'", w->texts[i].key);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(w->texts[i].key, w->texts[j].key) == 0) {
                return safetensors_report(
                    problem, SAFETENSORS_DUPLICATE_KEY, path, SAFETENSORS_NO_BYTE,
                    "expected a new key, found '%.60s' a second time", w->texts[i].key);
            }
        }
    }
    return true;
}

static bool check_tensors(const writer *w, const char *path, safetensors_problem *problem)
{
    size_t n_all = 0;
    if (w->n_tensors > SAFETENSORS_MAX_TENSORS) {
        return safetensors_report(problem, SAFETENSORS_TOO_MANY_TENSORS, path, SAFETENSORS_NO_BYTE,
                                  "expected at most %d tensors, found %zu", SAFETENSORS_MAX_TENSORS,
                                  w->n_tensors);
    }
    for (size_t i = 0; i < w->n_tensors; i++) {
        const safetensors_tensor *tensor = &w->tensors[i];
        if (!is_utf8(tensor->name)) {
            return safetensors_report(problem, SAFETENSORS_NOT_UTF8, path, SAFETENSORS_NO_BYTE,
                                      "expected names in UTF-8, found '%.60s'", tensor->name);
        }
        if (tensor->n_dimensions > SAFETENSORS_MAX_DIMENSIONS) {
            return safetensors_report(
                problem, SAFETENSORS_TOO_MANY_DIMENSIONS, path, SAFETENSORS_NO_BYTE,
                "tensor '%.60s': expected at most %d dimensions, found %zu", tensor->name,
                SAFETENSORS_MAX_DIMENSIONS, tensor->n_dimensions);
        }
        if (safetensors_n_bytes(tensor) == SIZE_MAX ||
            __builtin_add_overflow(n_all, safetensors_n_bytes(tensor), &n_all)) {
            return safetensors_report(problem, SAFETENSORS_TOO_LARGE, path, SAFETENSORS_NO_BYTE,
                                      "tensor '%.60s': expected a shape that a memory can hold",
                                      tensor->name);
        }
    }
    return true;
}

static bool check_names(const writer *w, const char *path, safetensors_problem *problem)
{
    const safetensors_tensor **by_name = calloc(w->n_tensors + 1, sizeof *by_name);
    if (by_name == NULL) {
        return safetensors_report(problem, SAFETENSORS_NO_MEMORY, path, SAFETENSORS_NO_BYTE,
                                  "out of memory");
    }
    const safetensors_tensor *twice = safetensors_sort_names(w->tensors, w->n_tensors, by_name);
    free(by_name);
    return twice == NULL ||
           safetensors_report(problem, SAFETENSORS_DUPLICATE_NAME, path, SAFETENSORS_NO_BYTE,
                              "expected a new name, found '%.60s' a second time", twice->name);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool write_file(const writer *w, const char *path, const char *header, size_t n_header,
                       int *error)
{
    replacement file;
    const uint64_t length = n_header;
    bool is_right = replacement_start(&file, path) &&
                    replacement_write(&file, &length, sizeof length) &&
                    replacement_write(&file, header, n_header);
    for (size_t s = 0; s < N_ENTRY_SIZES; s++) {
        for (size_t i = 0; i < w->n_tensors && is_right; i++) {
            const safetensors_tensor *tensor = &w->tensors[i];
            is_right = safetensors_type_size(tensor->type) != entry_sizes[s] ||
                       replacement_write(&file, tensor->data, safetensors_n_bytes(tensor));
        }
    }
    is_right = is_right && replacement_finish(&file);
    *error = file.error;
    return is_right;
}

bool safetensors_save(const char *path, const safetensors_tensor *tensors, size_t n_tensors,
                      const safetensors_text *texts, size_t n_texts, safetensors_problem *problem)
{
    if (problem != NULL) {
        *problem = (safetensors_problem){.kind = SAFETENSORS_OK, .byte = SAFETENSORS_NO_BYTE};
    }
    char *header = NULL;
    size_t n_header = 0;
    writer w = {tensors, n_tensors, texts, n_texts, NULL, 0};
    if (!safetensors_check_machine(path, problem) || !check_texts(&w, path, problem) ||
        !check_tensors(&w, path, problem) || !check_names(&w, path, problem)) {
        return false;
    }
    w.header = open_memstream(&header, &n_header);
    if (w.header != NULL) {
        put_header(&w);
    }
    bool has_failed = w.header == NULL || ferror(w.header) != 0;
    if ((w.header != NULL && fclose(w.header) != 0) || has_failed) {
        free(header);
        return safetensors_report(problem, SAFETENSORS_NO_MEMORY, path, SAFETENSORS_NO_BYTE,
                                  "out of memory");
    }
    int error = 0;
    bool is_written = false;
    if (n_header > SAFETENSORS_MAX_HEADER || w.n_metadata > SAFETENSORS_MAX_METADATA) {
        safetensors_report(
            problem, SAFETENSORS_HEADER_TOO_LONG, path, SAFETENSORS_NO_BYTE,
            "expected at most %d bytes of header, %d of them metadata, found %zu and "
            "%zu",
            SAFETENSORS_MAX_HEADER, SAFETENSORS_MAX_METADATA, n_header, w.n_metadata);
    } else {
        is_written = write_file(&w, path, header, n_header, &error);
    }
    if (error != 0) {
        safetensors_report(problem, SAFETENSORS_CANNOT_WRITE, path, SAFETENSORS_NO_BYTE,
                           "cannot be written: %s", strerror(error));
    }
    free(header);
    return is_written;
}
