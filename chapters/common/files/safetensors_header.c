/**
 * @file safetensors_header.c
 * What the header says. Its outermost object is walked here, one tensor at a time, and only a name
 * or what is said about one tensor is given to the JSON library: so its memory is bounded, and a
 * problem has the number of its byte.
 */
#include "chapters/common/files/json_extent.h"
#include "chapters/common/files/safetensors_internal.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define METADATA "__metadata__"

typedef struct {
    safetensors *file;
    const char *text;
    size_t n_text, at; /* at: the next byte */
    size_t n_data;
    safetensors_placed *tensors;
    size_t n_tensors, room;
    bool has_metadata;
    const char *name;
    safetensors_problem *problem;
} reader;

/* Report a problem of the byte at an offset of the header. */
#define REPORT_AT(r, offset, kind, ...)                                                            \
    safetensors_report((r)->problem, (kind), (r)->name, SAFETENSORS_LENGTH_BYTES + (offset),       \
                       __VA_ARGS__)

#define REPORT(r, kind, ...) REPORT_AT(r, (r)->at, kind, __VA_ARGS__)

static bool out_of_memory(const reader *r)
{
    return safetensors_report(r->problem, SAFETENSORS_NO_MEMORY, r->name, SAFETENSORS_NO_BYTE,
                              "out of memory");
}

/* ---- The text of the header ------------------------------------------------------------------ */

static void skip_blanks(reader *r)
{
    while (r->at < r->n_text && strchr(" \t\r\n", r->text[r->at]) != NULL &&
           r->text[r->at] != '\0') {
        r->at++;
    }
}

/* The next byte behind blanks, or '\0' at the end. */
static char peek(reader *r)
{
    skip_blanks(r);
    return r->at < r->n_text ? r->text[r->at] : '\0';
}

/* The JSON of the next n bytes. */
static json_t *parse(reader *r, size_t n)
{
    json_error_t error;
    json_t *value =
        json_loadb(r->text + r->at, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (value == NULL && json_error_code(&error) == json_error_out_of_memory) {
        out_of_memory(r);
    } else if (value == NULL) {
        bool is_twice = json_error_code(&error) == json_error_duplicate_key;
        size_t offset = error.position > 0 ? (size_t)error.position : 0;
        REPORT_AT(r, r->at + (offset < n ? offset : n),
                  is_twice ? SAFETENSORS_DUPLICATE_KEY : SAFETENSORS_BAD_JSON,
                  "expected JSON in UTF-8, found: %.160s", error.text);
    }
    return value;
}

/* A name: new memory for the caller, or NULL after a problem. */
static char *read_name(reader *r)
{
    if (peek(r) != '"') {
        REPORT(r, SAFETENSORS_BAD_JSON, "expected the name of a tensor, found no \"");
        return NULL;
    }
    size_t n = extent_of_string(r->text + r->at, r->n_text - r->at);
    if (n == 0) {
        REPORT(r, SAFETENSORS_BAD_JSON, "expected a name, found no end of it");
        return NULL;
    }
    json_t *value = parse(r, n);
    if (value == NULL) {
        return NULL;
    }
    char *name = strdup(json_string_value(value));
    json_decref(value);
    if (name == NULL) {
        out_of_memory(r);
        return NULL;
    }
    r->at += n;
    return name;
}

/* ---- One name and what is said about it ------------------------------------------------------ */

/* The object that begins at the next byte, of at most n_most bytes. */
static json_t *read_object(reader *r, const char *name, size_t n_most)
{
    if (peek(r) != '{') {
        bool is_metadata = strcmp(name, METADATA) == 0;
        REPORT(r, is_metadata ? SAFETENSORS_BAD_METADATA : SAFETENSORS_NOT_AN_ENTRY,
               "'%.60s': expected {, found something else", name);
        return NULL;
    }
    size_t n = extent_of_object(r->text + r->at, r->n_text - r->at);
    if (n == 0) {
        REPORT(r, SAFETENSORS_BAD_JSON, "'%.60s': expected a }, found none", name);
        return NULL;
    }
    if (n > n_most) {
        REPORT(r, SAFETENSORS_ENTRY_TOO_LONG, "'%.60s': expected at most %zu bytes, found %zu",
               name, n_most, n);
        return NULL;
    }
    json_t *object = parse(r, n);
    r->at += object != NULL ? n : 0;
    return object;
}

static bool read_metadata(reader *r)
{
    size_t begin = r->at;
    if (r->has_metadata) {
        return REPORT(r, SAFETENSORS_DUPLICATE_NAME, "expected one %s, found another", METADATA);
    }
    r->has_metadata = true;
    json_t *object = read_object(r, METADATA, SAFETENSORS_MAX_METADATA), *value;
    if (object == NULL) {
        return false;
    }
    safetensors_text *texts = calloc(json_object_size(object) + 1, sizeof *texts);
    const char *key;
    bool is_right = texts != NULL || out_of_memory(r);
    r->file->texts = texts;
    json_object_foreach(object, key, value)
    {
        if (is_right && !json_is_string(value)) {
            is_right = REPORT_AT(r, begin, SAFETENSORS_BAD_METADATA,
                                 "%s: expected '%.60s' to be a text in quotes", METADATA, key);
        }
        if (is_right) {
            safetensors_text *text = &texts[r->file->n_texts++];
            *text = (safetensors_text){strdup(key), strdup(json_string_value(value))};
            is_right = (text->key != NULL && text->text != NULL) || out_of_memory(r);
        }
    }
    json_decref(object);
    return is_right;
}

/* One more place for a tensor. */
static bool make_room(reader *r)
{
    if (r->n_tensors == SAFETENSORS_MAX_TENSORS) {
        return REPORT(r, SAFETENSORS_TOO_MANY_TENSORS, "expected at most %d tensors, found more",
                      SAFETENSORS_MAX_TENSORS);
    }
    if (r->n_tensors == r->room) {
        size_t room = r->room > 0 ? 2 * r->room : 16;
        safetensors_placed *longer = realloc(r->tensors, room * sizeof *longer);
        if (longer == NULL) {
            return out_of_memory(r);
        }
        r->tensors = longer;
        r->room = room;
    }
    return true;
}

/* A tensor. The name is the list's from now on. */
static bool read_tensor(reader *r, char *name)
{
    if (!make_room(r)) {
        free(name);
        return false;
    }
    safetensors_placed *placed = &r->tensors[r->n_tensors++];
    *placed = (safetensors_placed){.tensor = {.name = name}};
    const safetensors_place place = {r->name, SAFETENSORS_LENGTH_BYTES + r->at, r->n_data,
                                     r->problem};
    json_t *entry = read_object(r, name, SAFETENSORS_MAX_ENTRY);
    bool is_right = entry != NULL && safetensors_read_entry(entry, &place, placed);
    json_decref(entry);
    return is_right;
}

/* "name": {...} */
static bool read_member(reader *r)
{
    char *name = read_name(r);
    if (name == NULL) {
        return false;
    }
    if (peek(r) != ':') {
        REPORT(r, SAFETENSORS_BAD_JSON, "expected : behind '%.60s'", name);
        free(name);
        return false;
    }
    r->at++;
    skip_blanks(r);
    if (strcmp(name, METADATA) != 0) {
        return read_tensor(r, name);
    }
    free(name);
    return read_metadata(r);
}

/* All of it: {"name": {...}, "name": {...}} and blanks. */
static bool read_members(reader *r)
{
    if (r->text[0] != '{') {
        return REPORT(r, SAFETENSORS_NOT_AN_OBJECT,
                      "expected {, found the byte 0x%02X: is this a file of safetensors?",
                      (unsigned char)r->text[0]);
    }
    r->at = 1;
    bool is_right = true, is_empty = peek(r) == '}';
    while (is_right && !is_empty) {
        is_right = read_member(r);
        if (is_right && peek(r) != ',') {
            break;
        }
        r->at += is_right;
    }
    if (is_right && peek(r) != '}') {
        return REPORT(r, SAFETENSORS_BAD_JSON, "expected , or } behind a tensor");
    }
    r->at += is_right;
    if (is_right && (peek(r) != '\0' || r->at < r->n_text)) {
        return REPORT(r, SAFETENSORS_AFTER_HEADER, "expected blanks behind the last }");
    }
    return is_right;
}

/* ---- All tensors together -------------------------------------------------------------------- */

/* Hand the tensors over. */
static bool complete(reader *r)
{
    safetensors *file = r->file;
    file->tensors = calloc(r->n_tensors + 1, sizeof *file->tensors);
    file->by_name = calloc(r->n_tensors + 1, sizeof *file->by_name);
    if (file->tensors == NULL || file->by_name == NULL) {
        return out_of_memory(r);
    }
    for (size_t i = 0; i < r->n_tensors; i++) {
        file->tensors[i] = r->tensors[i].tensor;
    }
    file->n_tensors = r->n_tensors;
    r->n_tensors = 0; /* the names are the file's now */
    const safetensors_tensor *twice =
        safetensors_sort_names(file->tensors, file->n_tensors, file->by_name);
    if (twice != NULL) {
        return safetensors_report(r->problem, SAFETENSORS_DUPLICATE_NAME, r->name,
                                  SAFETENSORS_LENGTH_BYTES,
                                  "expected a new name, found '%.60s' a second time", twice->name);
    }
    return true;
}

bool safetensors_read_header(safetensors *file, const char *header, size_t n_header, size_t n_data,
                             const char *name, safetensors_problem *problem)
{
    reader r = {.file = file,
                .text = header,
                .n_text = n_header,
                .n_data = n_data,
                .name = name,
                .problem = problem};
    bool is_right = read_members(&r);
    const safetensors_place data = {name, SAFETENSORS_LENGTH_BYTES + n_header, n_data, problem};
    is_right = is_right && safetensors_check_places(r.tensors, r.n_tensors, &data) && complete(&r);
    for (size_t i = 0; i < r.n_tensors; i++) {
        free((char *)r.tensors[i].tensor.name);
    }
    free(r.tensors);
    return is_right;
}
