/* Collect the judge's results and write them in the format that is asked for.
 *
 *   grade --format json|junit|tap|gradescope [--detail full|tag|none] RESULT.json ... */

#include "exercises/grade/grade.h"

#include <string.h>

static const struct {
    const char *name;
    grade_writer *write;
} formats[] = {{"json", write_json},
               {"junit", write_junit},
               {"tap", write_tap},
               {"gradescope", write_gradescope}};

static const char *const details[] = {"full", "tag", "none"};

int points_of(const json_t *results, const char *key)
{
    json_int_t sum = 0;
    size_t n;
    json_t *result;
    json_array_foreach(results, n, result)
    {
        sum += json_integer_value(json_object_get(result, key));
    }
    return (int)sum;
}

const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

const char *told(const json_t *one, grade_detail detail)
{
    static char text[4096];
    const char *tag = text_of(one, "tag");
    if (detail == DETAIL_NONE || !*tag) {
        return detail == DETAIL_FULL ? text_of(one, "message") : "";
    }
    if (detail == DETAIL_TAG) {
        return tag;
    }
    snprintf(text, sizeof text, "%s: %s", tag, text_of(one, "message"));
    return text;
}

static int usage(const char *wrong)
{
    fprintf(stderr,
            "grade: %s\nusage: grade --format json|junit|tap|gradescope "
            "[--detail full|tag|none] RESULT.json ...\n",
            wrong);
    return 2;
}

static bool load(const char *path, json_t *results)
{
    json_error_t error;
    json_t *result = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!result || json_integer_value(json_object_get(result, "schema")) != 1) {
        fprintf(stderr, "grade: %s is no result of the judge: %s\n", path,
                result ? "its schema is not 1" : error.text);
        json_decref(result);
        return false;
    }
    return json_array_append_new(results, result) == 0;
}

/* The number of a word among these, or n. */
static size_t find(const char *word, const char *const *words, size_t n)
{
    size_t i = 0;
    while (i < n && strcmp(words[i], word) != 0) {
        i++;
    }
    return i;
}

int main(int argc, char **argv)
{
    const char *names[4];
    size_t format = 0, detail = DETAIL_FULL;
    for (size_t n = 0; n < 4; n++) {
        names[n] = formats[n].name;
    }
    json_t *results = json_array();
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--format") == 0 && (format = find(value, names, 4)) < 4) {
            i++;
        } else if (strcmp(argv[i], "--detail") == 0 && (detail = find(value, details, 3)) < 3) {
            i++;
        } else if (argv[i][0] == '-') {
            json_decref(results);
            return usage("a format or a detail is unknown");
        } else if (!load(argv[i], results)) {
            json_decref(results);
            return 2;
        }
    }
    bool ok = formats[format].write(results, (grade_detail)detail, stdout);
    ok = fflush(stdout) == 0 && fclose(stdout) == 0 && ok;
    if (!ok) {
        fprintf(stderr, "grade: the grades could not be written\n");
    }
    json_decref(results);
    return ok ? 0 : 2;
}
