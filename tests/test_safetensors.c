/* Safetensors: every kind of bad file has its own error, which says where it is, what was expected
 * and what was found. test_safetensors_files.c writes files. */
#include "chapters/common/files/safetensors.h"
#include "tests/support/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files in memory ------------------------------------------------------------------------- */

/* A file of a header and n_data bytes of data, and its size; free it. */
static unsigned char *file_of(const char *header, size_t n_header, uint64_t length, size_t n_data,
                              size_t *n_bytes)
{
    *n_bytes = 8 + n_header + n_data;
    unsigned char *bytes = malloc(*n_bytes);
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(length >> 8 * i);
    }
    memcpy(bytes + 8, header, n_header);
    for (size_t i = 0; i < n_data; i++) {
        bytes[8 + n_header + i] = (unsigned char)(i + 1);
    }
    return bytes;
}

/* Check that a file is refused as it should be. */
static void check_bad(const char *catches, const unsigned char *bytes, size_t n_bytes,
                      safetensors_kind kind, size_t byte, const char *says)
{
    safetensors_problem problem;
    safetensors *file = safetensors_decode(bytes, n_bytes, "x.safetensors", &problem);
    CHECK(file == NULL, "%s: was read", catches);
    CHECK(problem.kind == kind && problem.byte == byte,
          "%s: kind %d at byte %zu instead of kind %d at %zu: %s", catches, (int)problem.kind,
          problem.byte, (int)kind, byte, problem.message);
    char start[64];
    snprintf(start, sizeof start, "x.safetensors: byte %zu: ", byte);
    CHECK(strncmp(problem.message, start, strlen(start)) == 0 && strstr(problem.message, says),
          "%s: \"%s\" should start with \"%s\" and say \"%s\"", catches, problem.message, start,
          says);
    CHECK(safetensors_decode(bytes, n_bytes, "x", NULL) == NULL, "%s: without problem", catches);
    safetensors_free(file);
}

/* ---- the header's length --------------------------------------------------------------------- */

static void bad_lengths(void)
{
    static const struct {
        const char *catches;
        uint64_t length;
        size_t n_bytes; /* of the file, of which 8 are the length */
        safetensors_kind kind;
        size_t byte;
        const char *says;
    } rows[] = {
        {"nothing at all", 0, 0, SAFETENSORS_TOO_SHORT, 0, "found 0"},
        {"a length that is cut", 2, 7, SAFETENSORS_TOO_SHORT, 0, "found 7"},
        {"a header of 0 bytes", 0, 10, SAFETENSORS_HEADER_TOO_SHORT, 0, "found 0"},
        {"a header of 1 byte", 1, 10, SAFETENSORS_HEADER_TOO_SHORT, 0, "found 1"},
        {"a header beyond the limit", (16u << 20) + 1, 10, SAFETENSORS_HEADER_TOO_LONG, 0,
         "found 16777217"},
        {"a header of 2^64 - 1 bytes", UINT64_MAX, 10, SAFETENSORS_HEADER_TOO_LONG, 0,
         "18446744073709551615"},
        {"a negative length", (uint64_t)-8, 10, SAFETENSORS_HEADER_TOO_LONG, 0, "at most"},
        {"a length with its highest byte first", 0x0200000000000000, 10,
         SAFETENSORS_HEADER_TOO_LONG, 0, "at most"},
        {"a text file", 0x6E6120736D617267, 100, SAFETENSORS_HEADER_TOO_LONG, 0, "is this a file"},
        {"a header that is cut", 3, 10, SAFETENSORS_HEADER_CUT, 10, "the end after 2"},
        {"a header of the limit that is not there", 16u << 20, 100, SAFETENSORS_HEADER_CUT, 100,
         "found the end after 92"},
    };
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        size_t n_all;
        unsigned char *bytes = file_of("{}", 2, rows[n].length, 100, &n_all);
        check_bad(rows[n].catches, bytes, rows[n].n_bytes, rows[n].kind, rows[n].byte,
                  rows[n].says);
        free(bytes);
    }
}

/* ---- the header ------------------------------------------------------------------------------ */

/* Behind each header are 8 bytes of data. The problem is at the first place of the header where the
   text `at` stands; or so many bytes behind the header's end (+) or before it (-). */
typedef struct {
    const char *catches, *header;
    safetensors_kind kind;
    const char *at;
    const char *says;
} header_case;

#define GOOD      "\"g\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}"
#define ENTRY(in) "{\"a\":{" in "}}"
#define TYPED(in) ENTRY("\"dtype\":\"U8\"," in)
#define SHAPED(s) TYPED("\"shape\":" s ",\"data_offsets\":[0,8]")
#define PLACED(o) TYPED("\"shape\":[8],\"data_offsets\":" o)
#define TWO(b, e, b2, e2)                                                                          \
    "{\"a\":{\"dtype\":\"U8\",\"shape\":[" #e "],\"data_offsets\":[" #b "," #e "]},"               \
    "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[" #b2 "," #e2 "]}}"

// clang-format off
static const header_case bad_headers[] = {
    {"a list", "[" GOOD "]", SAFETENSORS_NOT_AN_OBJECT, "[", "found the byte 0x5B"},
    {"a blank before the object", " {" GOOD "}", SAFETENSORS_NOT_AN_OBJECT, " ", "0x20"},
    {"a byte order mark", "\xEF\xBB\xBF{" GOOD "}", SAFETENSORS_NOT_AN_OBJECT, "\xEF", "0xEF"},
    {"an object without end", "{ ", SAFETENSORS_BAD_JSON, "+0", "name of a tensor"},
    {"a name without quotes", "{a:{}}", SAFETENSORS_BAD_JSON, "a", "no \""},
    {"a name in single quotes", "{'a':{}}", SAFETENSORS_BAD_JSON, "'", "no \""},
    {"a name without end", "{\"a:{}}", SAFETENSORS_BAD_JSON, "\"", "no end"},
    {"a name that ends in a backslash", "{\"a\\", SAFETENSORS_BAD_JSON, "\"", "no end"},
    {"an unknown escape", "{\"\\x\":{}}", SAFETENSORS_BAD_JSON, "\":", "escape"},
    {"a name that is not UTF-8", "{\"a\xFF\":{}}", SAFETENSORS_BAD_JSON, "\xFF", "0xff"},
    {"an over-long form", "{\"\xC0\xAF\":{}}", SAFETENSORS_BAD_JSON, "\xC0", "0xc0"},
    {"a zero byte in a name", "{\"a\\u0000\":{}}", SAFETENSORS_BAD_JSON, ":", "u0000"},
    {"half a pair of surrogates", "{\"\\uD800\":{}}", SAFETENSORS_BAD_JSON, ":", "D800"},
    {"a name and nothing", "{\"a\"", SAFETENSORS_BAD_JSON, "+0", "expected : behind 'a'"},
    {"a name and another name", "{\"a\",\"b\"}", SAFETENSORS_BAD_JSON, ",", "expected :"},
    {"a comma before the end", "{" GOOD ",}", SAFETENSORS_BAD_JSON, "-1", "name of a tensor"},
    {"no comma between tensors", "{" GOOD "\"h\":{}}", SAFETENSORS_BAD_JSON, "\"h\"", ", or }"},
    {"no } at the end", "{" GOOD, SAFETENSORS_BAD_JSON, "+0", ", or }"},
    {"text behind the object", "{" GOOD "} x", SAFETENSORS_AFTER_HEADER, "x", "expected blanks"},
    {"a second object", "{" GOOD "}{}", SAFETENSORS_AFTER_HEADER, "{}", "expected blanks"},
    {"a name twice", "{" GOOD "," GOOD "}", SAFETENSORS_OVERLAP, "+0", "'g'"},
    {"an empty name twice", "{\"\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
     "\"\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[8,8]}}", SAFETENSORS_DUPLICATE_NAME, "{", "''"},
    {"the same name, written another way", "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
     "\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[8,8]}}", SAFETENSORS_DUPLICATE_NAME, "{", "'a'"},
    {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}," GOOD "}", SAFETENSORS_DUPLICATE_NAME, "{}," GOOD, "one __m"},
    {"a key twice", TYPED("\"dtype\":\"U8\""), SAFETENSORS_DUPLICATE_KEY, ":\"U8\"}", "duplicate"},
    {"a key of the metadata twice", "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}," GOOD "}", SAFETENSORS_DUPLICATE_KEY, ":\"\"}", "duplicate"},
    {"a number", "{\"a\":1}", SAFETENSORS_NOT_AN_ENTRY, "1", "'a': expected {"},
    {"a list for a tensor", "{\"a\":[]}", SAFETENSORS_NOT_AN_ENTRY, "[", "expected {"},
    {"null", "{\"a\":null}", SAFETENSORS_NOT_AN_ENTRY, "n", "expected {"},
    {"a tensor without end", "{\"a\":{\"dtype\":\"}\"", SAFETENSORS_BAD_JSON, "{\"dtype", "a }, found none"},
    {"a string without end", "{\"a\":{\"dtype}}", SAFETENSORS_BAD_JSON, "{\"dtype", "a }, found none"},
    {"a comment", "{\"a\":{/* */}}", SAFETENSORS_BAD_JSON, "* */", "near '/'"},
    {"a number that begins with 0", SHAPED("[08]"), SAFETENSORS_BAD_JSON, "8]", "found:"},
    {"not a number", SHAPED("[NaN]"), SAFETENSORS_BAD_JSON, "]", "NaN"},
    {"a number beyond 64 bits", SHAPED("[18446744073709551616]"), SAFETENSORS_BAD_JSON, "],", "too big"},
    {"a list without end", TYPED("\"shape\":[8"), SAFETENSORS_BAD_JSON, "-1", "']'"},
    {"an empty description", ENTRY(""), SAFETENSORS_NO_TYPE, "{}", "'a': expected a dtype"},
    {"an unknown key", TYPED("\"stride\":1"), SAFETENSORS_UNKNOWN_KEY, "{\"dtype", "'stride'"},
    {"a key in capitals", ENTRY("\"DTYPE\":\"U8\""), SAFETENSORS_UNKNOWN_KEY, "{\"DT", "'DTYPE'"},
    {"no dtype", ENTRY("\"shape\":[8],\"data_offsets\":[0,8]"), SAFETENSORS_NO_TYPE, "{\"shape", "found none"},
    {"a number for a dtype", ENTRY("\"dtype\":32"), SAFETENSORS_BAD_TYPE, "{\"dtype", "in quotes"},
    {"half floats", ENTRY("\"dtype\":\"F16\""), SAFETENSORS_UNKNOWN_TYPE, "{\"dtype", "found 'F16'"},
    {"a dtype in small letters", ENTRY("\"dtype\":\"f32\""), SAFETENSORS_UNKNOWN_TYPE, "{\"dtype", "'f32'"},
    {"no dtype in the quotes", ENTRY("\"dtype\":\"\""), SAFETENSORS_UNKNOWN_TYPE, "{\"dtype", "found ''"},
    {"no shape", TYPED("\"data_offsets\":[0,8]"), SAFETENSORS_NO_SHAPE, "{\"dtype", "a shape, found none"},
    {"a number for a shape", SHAPED("8"), SAFETENSORS_BAD_SHAPE, "{\"dtype", "whole numbers"},
    {"a text in a shape", SHAPED("[\"8\"]"), SAFETENSORS_BAD_SHAPE, "{\"dtype", "whole numbers"},
    {"a list in a shape", SHAPED("[[8]]"), SAFETENSORS_BAD_SHAPE, "{\"dtype", "whole numbers"},
    {"a negative size", SHAPED("[-8]"), SAFETENSORS_BAD_SHAPE, "{\"dtype", "whole numbers"},
    {"two negative sizes", SHAPED("[-8,-1]"), SAFETENSORS_BAD_SHAPE, "{\"dtype", "whole numbers"},
    {"a real size", SHAPED("[8.0]"), SAFETENSORS_BAD_SHAPE, "{\"dtype", "whole numbers"},
    {"an object for a shape", SHAPED("{}"), SAFETENSORS_BAD_SHAPE, "{\"dtype", "whole numbers"},
    {"nine dimensions", SHAPED("[8,1,1,1,1,1,1,1,1]"), SAFETENSORS_TOO_MANY_DIMENSIONS, "{\"dtype", "found 9"},
    {"a product that wraps to 0", SHAPED("[4294967296,4294967296]"), SAFETENSORS_TOO_LARGE, "{\"dtype", "a memory"},
    {"a product that wraps to 8", SHAPED("[4611686018427387906,4]"), SAFETENSORS_TOO_LARGE, "{\"dtype", "a memory"},
    {"bytes that wrap to 8", ENTRY("\"dtype\":\"F64\",\"shape\":[2305843009213693953],\"data_offsets\":[0,8]"),
     SAFETENSORS_TOO_LARGE, "{\"dtype", "a memory"},
    {"no offsets", TYPED("\"shape\":[8]"), SAFETENSORS_NO_OFFSETS, "{\"dtype", "data_offsets, found none"},
    {"one offset", PLACED("[8]"), SAFETENSORS_BAD_OFFSETS, "{\"dtype", "two data_offsets"},
    {"three offsets", PLACED("[0,4,8]"), SAFETENSORS_BAD_OFFSETS, "{\"dtype", "two data_offsets"},
    {"a number for offsets", PLACED("8"), SAFETENSORS_BAD_OFFSETS, "{\"dtype", "two data_offsets"},
    {"a negative offset", PLACED("[-8,0]"), SAFETENSORS_BAD_OFFSETS, "{\"dtype", "from 0"},
    {"a real offset", PLACED("[0,8.0]"), SAFETENSORS_BAD_OFFSETS, "{\"dtype", "from 0"},
    {"an end before the begin", PLACED("[8,0]"), SAFETENSORS_BACKWARDS, "{\"dtype", "behind its begin 8, found 0"},
    {"an end behind the file", PLACED("[0,9]"), SAFETENSORS_BEYOND_END, "{\"dtype", "8 bytes of data, found 9"},
    {"an end far behind the file", PLACED("[0,9223372036854775807]"), SAFETENSORS_BEYOND_END, "{\"dtype", "9223372036854775807"},
    {"too little room", SHAPED("[9]"), SAFETENSORS_WRONG_SIZE, "{\"dtype", "expected 9 bytes"},
    {"too much room", SHAPED("[7]"), SAFETENSORS_WRONG_SIZE, "{\"dtype", "found 8"},
    {"room for bytes instead of floats", ENTRY("\"dtype\":\"F32\",\"shape\":[8],\"data_offsets\":[0,8]"),
     SAFETENSORS_WRONG_SIZE, "{\"dtype", "expected 32 bytes"},
    {"room for a number where there is none", SHAPED("[0,3]"), SAFETENSORS_WRONG_SIZE, "{\"dtype", "expected 0 bytes"},
    {"data that overlap", TWO(0, 6, 5, 8), SAFETENSORS_OVERLAP, "+5", "'b': expected its data at the offset 6"},
    {"data within others", TWO(0, 8, 2, 5), SAFETENSORS_OVERLAP, "+2", "found 2"},
    {"a hole", TWO(0, 4, 5, 8), SAFETENSORS_HOLE, "+5", "offset 4"},
    {"a hole before the first", PLACED("[8,8]"), SAFETENSORS_WRONG_SIZE, "{\"dtype", "found 0"},
    {"a first tensor that begins late", TYPED("\"shape\":[7],\"data_offsets\":[1,8]"), SAFETENSORS_HOLE, "+1", "offset 0"},
    {"data that nobody owns", TYPED("\"shape\":[7],\"data_offsets\":[0,7]"), SAFETENSORS_DATA_LEFT, "+7", "found 1 more"},
    {"data and no tensor", "{}", SAFETENSORS_DATA_LEFT, "+0", "found 8 more"},
    {"metadata that are a list", "{\"__metadata__\":[]," GOOD "}", SAFETENSORS_BAD_METADATA, "[]", "expected {"},
    {"a number in the metadata", "{\"__metadata__\":{\"k\":1}," GOOD "}", SAFETENSORS_BAD_METADATA, "{\"k", "'k'"},
    {"an object in the metadata", "{\"__metadata__\":{\"k\":{}}," GOOD "}", SAFETENSORS_BAD_METADATA, "{\"k", "'k'"},
    {"control characters in a name", "{\"\\u001b[31m\":1}", SAFETENSORS_NOT_AN_ENTRY, "1}", "'?[31m'"},
};
// clang-format on

static void every_bad_header(void)
{
    for (size_t n = 0; n < sizeof bad_headers / sizeof bad_headers[0]; n++) {
        const header_case *c = &bad_headers[n];
        size_t n_header = strlen(c->header), n_bytes, byte = 8 + n_header;
        if (c->at[0] == '+' || c->at[0] == '-') {
            byte += (size_t)strtol(c->at, NULL, 10);
        } else {
            byte = 8 + (size_t)(strstr(c->header, c->at) - c->header);
        }
        unsigned char *bytes = file_of(c->header, n_header, n_header, 8, &n_bytes);
        check_bad(c->catches, bytes, n_bytes, c->kind, byte, c->says);
        free(bytes);
    }
}

static const test tests[] = {
    {"every wrong length of the header has its own error", bad_lengths},
    {"every wrong header has its own error, with the number of the byte", every_bad_header},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
