/**
 * @file safetensors_entry.c
 * What the header says about a tensor: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
 * and whether the data of all tensors follow one another.
 */
#include "chapters/common/files/safetensors_internal.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Report a problem of the entry. */
#define REPORT(place, kind, ...)                                                                   \
    safetensors_report((place)->problem, (kind), (place)->name, (place)->byte, __VA_ARGS__)

/* A whole number from 0 that a size_t holds. */
static bool to_size(const json_t *value, size_t *size)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || (uint64_t)number > SIZE_MAX) {
        return false;
    }
    *size = (size_t)number;
    return true;
}

static bool read_type(const safetensors_place *place, const json_t *value,
                      safetensors_tensor *tensor)
{
    if (value == NULL) {
        return REPORT(place, SAFETENSORS_NO_TYPE, "tensor '%.60s': expected a dtype, found none",
                      tensor->name);
    }
    if (!json_is_string(value)) {
        return REPORT(place, SAFETENSORS_BAD_TYPE, "tensor '%.60s': expected a dtype in quotes",
                      tensor->name);
    }
    for (int type = SAFETENSORS_F32; type <= SAFETENSORS_U8; type++) {
        if (strcmp(json_string_value(value), safetensors_type_name((safetensors_type)type)) == 0) {
            tensor->type = (safetensors_type)type;
            return true;
        }
    }
    return REPORT(place, SAFETENSORS_UNKNOWN_TYPE,
                  "tensor '%.60s': expected the dtype F32, F64, I64 or U8, found '%.20s'",
                  tensor->name, json_string_value(value));
}

static bool read_shape(const safetensors_place *place, const json_t *value,
                       safetensors_tensor *tensor)
{
    if (value == NULL) {
        return REPORT(place, SAFETENSORS_NO_SHAPE, "tensor '%.60s': expected a shape, found none",
                      tensor->name);
    }
    size_t n = json_array_size(value);
    if (n > SAFETENSORS_MAX_DIMENSIONS) {
        return REPORT(place, SAFETENSORS_TOO_MANY_DIMENSIONS,
                      "tensor '%.60s': expected at most %d dimensions, found %zu", tensor->name,
                      SAFETENSORS_MAX_DIMENSIONS, n);
    }
    bool is_right = json_is_array(value);
    for (size_t i = 0; i < n; i++) {
        is_right = to_size(json_array_get(value, i), &tensor->shape[i]) && is_right;
    }
    if (!is_right) {
        return REPORT(place, SAFETENSORS_BAD_SHAPE,
                      "tensor '%.60s': expected a shape of whole numbers from 0, such as [2, 3]",
                      tensor->name);
    }
    tensor->n_dimensions = n;
    if (safetensors_n_bytes(tensor) == SIZE_MAX) {
        return REPORT(place, SAFETENSORS_TOO_LARGE,
                      "tensor '%.60s': expected a shape that a memory can hold", tensor->name);
    }
    return true;
}

static bool read_offsets(const safetensors_place *place, const json_t *value,
                         safetensors_placed *placed)
{
    const char *name = placed->tensor.name;
    if (value == NULL) {
        return REPORT(place, SAFETENSORS_NO_OFFSETS,
                      "tensor '%.60s': expected data_offsets, found none", name);
    }
    if (!json_is_array(value) || json_array_size(value) != 2 ||
        !to_size(json_array_get(value, 0), &placed->begin) ||
        !to_size(json_array_get(value, 1), &placed->end)) {
        return REPORT(place, SAFETENSORS_BAD_OFFSETS,
                      "tensor '%.60s': expected two data_offsets from 0, such as [0, 24]", name);
    }
    if (placed->end < placed->begin) {
        return REPORT(place, SAFETENSORS_BACKWARDS,
                      "tensor '%.60s': expected an end behind its begin %zu, found %zu", name,
                      placed->begin, placed->end);
    }
    if (placed->end > place->n_data) {
        return REPORT(place, SAFETENSORS_BEYOND_END,
                      "tensor '%.60s': expected an end within the %zu bytes of data, found %zu",
                      name, place->n_data, placed->end);
    }
    if (placed->end - placed->begin != safetensors_n_bytes(&placed->tensor)) {
        return REPORT(place, SAFETENSORS_WRONG_SIZE,
                      "tensor '%.60s': expected %zu bytes, as its shape says, found %zu", name,
                      safetensors_n_bytes(&placed->tensor), placed->end - placed->begin);
    }
    return true;
}

static bool check_keys(const json_t *entry, const safetensors_place *place, const char *name)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)entry, key, value)
    {
        if (strcmp(key, "dtype") != 0 && strcmp(key, "shape") != 0 &&
            strcmp(key, "data_offsets") != 0) {
            return REPORT(place, SAFETENSORS_UNKNOWN_KEY,
                          "tensor '%.60s': expected dtype, shape and data_offsets, found '%.40s'",
                          name, key);
        }
    }
    return true;
}

bool safetensors_read_entry(const json_t *entry, const safetensors_place *place,
                            safetensors_placed *placed)
{
    return check_keys(entry, place, placed->tensor.name) &&
           read_type(place, json_object_get(entry, "dtype"), &placed->tensor) &&
           read_shape(place, json_object_get(entry, "shape"), &placed->tensor) &&
           read_offsets(place, json_object_get(entry, "data_offsets"), placed);
}

static int compare_places(const void *a, const void *b)
{
    const safetensors_placed *first = a, *second = b;
    if (first->begin != second->begin) {
        return first->begin < second->begin ? -1 : 1;
    }
    return (first->end > second->end) - (first->end < second->end);
}

bool safetensors_check_places(safetensors_placed *tensors, size_t n_tensors,
                              const safetensors_place *data)
{
    if (n_tensors > 1) {
        qsort(tensors, n_tensors, sizeof *tensors, compare_places);
    }
    size_t next = 0;
    for (size_t i = 0; i < n_tensors; i++) {
        const safetensors_placed *p = &tensors[i];
        if (p->begin != next) {
            bool is_hole = p->begin > next;
            return safetensors_report(data->problem,
                                      is_hole ? SAFETENSORS_HOLE : SAFETENSORS_OVERLAP, data->name,
                                      data->byte + p->begin,
                                      "tensor '%.60s': expected its data at the offset %zu, where "
                                      "the data before it end, found %zu",
                                      p->tensor.name, next, p->begin);
        }
        next = p->end;
    }
    if (next != data->n_data) {
        return safetensors_report(
            data->problem, SAFETENSORS_DATA_LEFT, data->name, data->byte + next,
            "expected the end of the file, found %zu more bytes", data->n_data - next);
    }
    return true;
}
