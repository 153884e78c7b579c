/* Safetensors: good files, the limits, and what is written is read. test_safetensors.c has the bad
 * files, test_safetensors_damage.c what may happen to good ones. */
#include "chapters/common/files/safetensors.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read a header and n_data bytes 1, 2, 3, ... */
static safetensors *decode(const char *header, size_t n_header, size_t n_data,
                           safetensors_problem *problem)
{
    size_t n_bytes = 8 + n_header + n_data;
    unsigned char *bytes = malloc(n_bytes);
    uint64_t length = n_header;
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, n_header);
    for (size_t i = 0; i < n_data; i++) {
        bytes[8 + n_header + i] = (unsigned char)(i + 1);
    }
    safetensors *file = safetensors_decode(bytes, n_bytes, "x", problem);
    free(bytes);
    return file;
}

/* ---- good files, and the limits -------------------------------------------------------------- */

static void good_files(void)
{
    static const struct {
        const char *catches, *header;
        size_t n_data, n_tensors;
        const char *name; /* of a tensor, with the first byte of its data */
        int first;
    } rows[] = {
        {"nothing", "{}", 0, 0, NULL, 0},
        {"blanks everywhere",
         " \t\r\n"
         "\"a\" : { \"dtype\" : \"U8\" , \"shape\" : [ 2 ] , \"data_offsets\" : [ 0 , 2 ] } }  \n",
         2, 1, "a", 1},
        {"a single number", "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, 1,
         "a", 1},
        {"a tensor without entries",
         "\"a\":{\"dtype\":\"F64\",\"shape\":[9223372036854775807,4,0],\"data_offsets\":[0,0]}}", 0,
         1, NULL, 0},
        {"data in another order than the header",
         "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[2,5]},"
         "\"a\":{\"data_offsets\":[0,2],\"shape\":[2,1],\"dtype\":\"U8\"}}",
         5, 2, "b", 3},
        {"an empty tensor between two",
         "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[2,5]},"
         "\"e\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[2,2]},"
         "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
         5, 3, "b", 3},
        {"eight dimensions",
         "\"a\":{\"dtype\":\"U8\",\"shape\":[1,2,1,1,2,1,1,1],\"data_offsets\":[0,4]}}", 4, 1, "a",
         1},
        {"numbers that are not aligned",
         "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
         "\"b\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[1,9]}}",
         9, 2, "b", 2},
        {"escapes and other scripts",
         "\"w\\u00e9\\n\\\"日本\":{\"dtype\":\"U8\",\"shape\":[1],"
         "\"data_offsets\":[0,1]}}",
         1, 1, "wé\n\"日本", 1},
        {"metadata", "\"__metadata__\":{\"k\":\"t\\tx\",\"\":\"\"}}", 0, 0, NULL, 0},
    };
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        char header[512];
        snprintf(header, sizeof header, "%s%s", n == 0 ? "" : "{", rows[n].header);
        safetensors_problem problem;
        safetensors *file = decode(header, strlen(header), rows[n].n_data, &problem);
        if (!CHECK(file != NULL, "%s: %s", rows[n].catches, problem.message)) {
            continue;
        }
        CHECK(file->n_tensors == rows[n].n_tensors, "%s: %zu tensors", rows[n].catches,
              file->n_tensors);
        if (rows[n].name != NULL) {
            const safetensors_tensor *tensor = safetensors_find(file, rows[n].name);
            CHECK(tensor && *(const unsigned char *)tensor->data == rows[n].first,
                  "%s: the tensor is not found, or its data are others", rows[n].catches);
        }
        const char *text = safetensors_find_text(file, "k");
        CHECK((text != NULL && strcmp(text, "t\tx") == 0) == (n == 9), "%s: text", rows[n].catches);
        CHECK(!safetensors_find(file, "none") && !safetensors_find_text(file, "none"), "none");
        safetensors_free(file);
    }
    safetensors_free(NULL);
}

/* A header of n tensors without entries, each with n_blanks in what is said about it. */
static char *long_header(size_t n, size_t n_blanks)
{
    char *header = malloc(n * (n_blanks + 64) + 16), *next = header;
    *next++ = '{';
    for (size_t i = 0; i < n; i++) {
        next +=
            sprintf(next, "%s\"%zu\":{%*s\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                    i > 0 ? "," : "", i, (int)n_blanks, "");
    }
    strcpy(next, "}");
    return header;
}

static void check_limit(const char *what, char *header, safetensors_kind expected)
{
    safetensors_problem problem;
    safetensors *file = decode(header, strlen(header), 0, &problem);
    CHECK(problem.kind == expected, "%s: kind %d: %s", what, (int)problem.kind, problem.message);
    CHECK((file != NULL) == (expected == SAFETENSORS_OK), "%s", what);
    safetensors_free(file);
    free(header);
}

static void limits(void)
{
    const size_t n_entry = strlen("{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
    check_limit("as many tensors as may be", long_header(65536, 0), SAFETENSORS_OK);
    check_limit("one more", long_header(65537, 0), SAFETENSORS_TOO_MANY_TENSORS);
    check_limit("an entry of 4096 bytes", long_header(1, 4096 - n_entry), SAFETENSORS_OK);
    check_limit("one more", long_header(1, 4097 - n_entry), SAFETENSORS_ENTRY_TOO_LONG);
    const size_t n_text = (512 << 10) - strlen("{\"k\":\"\"}");
    for (size_t n = n_text; n <= n_text + 1; n++) {
        char *header = malloc(n + 64),
             *next = header + sprintf(header, "{\"__metadata__\":{\"k\":\"");
        memset(next, 'x', n);
        strcpy(next + n, "\"}}");
        check_limit("long metadata", header,
                    n == n_text ? SAFETENSORS_OK : SAFETENSORS_ENTRY_TOO_LONG);
    }
    const size_t depth = 2100; /* lists in lists */
    char *header = malloc(depth + 64), *next = header + sprintf(header, "{\"a\":{\"shape\":");
    memset(next, '[', depth);
    strcpy(next + depth, "}}");
    check_limit("a deep list", header, SAFETENSORS_BAD_JSON);
}

/* ---- what is written is read ----------------------------------------------------------------- */

enum { MAX_TENSORS = 6, MAX_ENTRIES = 40 };

typedef struct {
    safetensors_tensor tensors[MAX_TENSORS];
    char names[MAX_TENSORS][32];
    unsigned char data[MAX_TENSORS][8 * MAX_ENTRIES];
    size_t n_tensors;
    safetensors_text texts[2];
    size_t n_texts;
} content;

static size_t n_bytes_of(const safetensors_tensor *tensor)
{
    return safetensors_n_entries(tensor) * safetensors_type_size(tensor->type);
}

/* Random tensors with random bytes, among them NaN and infinity. */
static void draw(content *c, gsl_rng *rng)
{
    static const char *const texts[] = {"", "x", "quotes \" and \\", "lines\n\tand \x01",
                                        "naïve 日本"};
    c->n_tensors = gsl_rng_uniform_int(rng, MAX_TENSORS + 1);
    c->n_texts = gsl_rng_uniform_int(rng, 3);
    c->texts[0] = (safetensors_text){"key", texts[gsl_rng_uniform_int(rng, 5)]};
    c->texts[1] = (safetensors_text){texts[gsl_rng_uniform_int(rng, 5)], "text"};
    for (size_t t = 0; t < c->n_tensors; t++) {
        safetensors_tensor *tensor = &c->tensors[t];
        snprintf(c->names[t], sizeof c->names[t], "%s%zu", texts[gsl_rng_uniform_int(rng, 5)], t);
        *tensor = (safetensors_tensor){c->names[t],
                                       (safetensors_type)gsl_rng_uniform_int(rng, 4),
                                       gsl_rng_uniform_int(rng, 4),
                                       {0},
                                       c->data[t]};
        for (size_t i = 0; i < tensor->n_dimensions; i++) {
            tensor->shape[i] = gsl_rng_uniform_int(rng, 4);
        }
        for (size_t i = 0; i < n_bytes_of(tensor); i++) {
            c->data[t][i] = (unsigned char)gsl_rng_uniform_int(rng, 256);
        }
    }
}

static bool is_same(const content *c, const safetensors *file)
{
    bool same = file->n_tensors == c->n_tensors && file->n_texts == c->n_texts;
    for (size_t t = 0; t < c->n_tensors && same; t++) {
        const safetensors_tensor *a = &c->tensors[t], *b = safetensors_find(file, a->name);
        same = b != NULL && a->type == b->type && a->n_dimensions == b->n_dimensions &&
               memcmp(a->shape, b->shape, sizeof a->shape) == 0 &&
               (uintptr_t)b->data % safetensors_type_size(b->type) == 0 &&
               memcmp(a->data, b->data, n_bytes_of(a)) == 0;
    }
    for (size_t t = 0; t < c->n_texts && same; t++) {
        const char *text = safetensors_find_text(file, c->texts[t].key);
        same = text != NULL && strcmp(text, c->texts[t].text) == 0;
    }
    return same;
}

static void written_and_read(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "model.safetensors");
    content *c = calloc(1, sizeof *c);
    for (size_t n = 0; n < 10000; n++) {
        safetensors_problem problem;
        draw(c, suite_rng());
        CHECK(safetensors_save(path, c->tensors, c->n_tensors, c->texts, c->n_texts, &problem),
              "%s", problem.message);
        safetensors *file = safetensors_load(path, &problem);
        CHECK(file != NULL && is_same(c, file), "content %zu: %s", n, problem.message);
        safetensors_free(file);
    }
    CHECK(temporary_count(folder) == 1, "%zu files are left", temporary_count(folder));
    free(c);
    temporary_remove(folder);
}

/* Another reader, of what the writer writes and no more: text search and sscanf. */
static const unsigned char *find_data(const char *bytes, const char *name, const char *type,
                                      size_t begin_and_end[2])
{
    uint64_t n_header;
    char *header, key[64], format[128];
    memcpy(&n_header, bytes, 8);
    header = strndup(bytes + 8, n_header);
    snprintf(key, sizeof key, "\"%s\":{", name);
    const char *entry = strstr(header, key);
    snprintf(format, sizeof format,
             "\"%s\":{\"dtype\":\"%s\",\"shape\":[2,3],\"data_offsets\":[%%zu,%%zu]}", name, type);
    int n_read = entry != NULL ? sscanf(entry, format, begin_and_end, begin_and_end + 1) : 0;
    free(header);
    return n_read == 2 ? (const unsigned char *)bytes + 8 + n_header + begin_and_end[0] : NULL;
}

static void another_reader(void)
{
    static const float floats[6] = {1, -2.5f, 3e-40f, 1e38f, 0, 7};
    static const double doubles[6] = {1, -2.5, 3e-320, 1e308, 0, 7};
    static const uint8_t small[6] = {0, 1, 2, 127, 128, 255};
    const safetensors_tensor tensors[] = {{"bytes", SAFETENSORS_U8, 2, {2, 3}, small},
                                          {"floats", SAFETENSORS_F32, 2, {2, 3}, floats},
                                          {"doubles", SAFETENSORS_F64, 2, {2, 3}, doubles}};
    const size_t sizes[] = {1, 4, 8}, places[] = {72, 48, 0};
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a.safetensors");
    CHECK(safetensors_save(path, tensors, 3, NULL, 0, NULL), "not written");
    size_t n_bytes, found[2];
    char *bytes = (char *)temporary_read(path, &n_bytes);
    for (size_t t = 0; t < 3; t++) {
        const char *type = safetensors_type_name(tensors[t].type);
        const unsigned char *data = find_data(bytes, tensors[t].name, type, found);
        CHECK(data != NULL && found[0] == places[t] && found[1] == places[t] + 6 * sizes[t] &&
                  memcmp(data, tensors[t].data, 6 * sizes[t]) == 0,
              "%s: other data at %zu .. %zu", tensors[t].name, found[0], found[1]);
        CHECK((size_t)((const char *)data - bytes) % sizes[t] == 0, "%s: not aligned", type);
    }
    CHECK(n_bytes == 8 + *(uint64_t *)(void *)bytes + 78, "%zu bytes", n_bytes);
    free(bytes);
    temporary_remove(folder);
}

static const test tests[] = {
    {"good files of many forms are read", good_files},
    {"each limit is where it should be", limits},
    {"what is written is read, 10,000 times", written_and_read},
    {"another reader finds what was written, aligned", another_reader},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
