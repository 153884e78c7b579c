#include "exercises/grade/grade.h"

#include <string.h>

/* Calls `each` for every case of every result; a result without cases, because it was not built,
 * counts as one. */
typedef void visitor(const json_t *result, const json_t *one, size_t number, grade_detail detail,
                     void *to);

static void visit(const json_t *results, grade_detail detail, visitor *each, void *to)
{
    size_t n, c, number = 0;
    json_t *result, *one;
    json_array_foreach(results, n, result)
    {
        json_t *cases = json_object_get(result, "cases");
        if (json_array_size(cases) == 0) {
            each(result, result, ++number, detail, to);
        }
        json_array_foreach(cases, c, one)
        {
            each(result, one, ++number, detail, to);
        }
    }
}

static const char *status_of(const json_t *one)
{
    const char *status = text_of(one, "status");
    return *status ? status : "fail"; /* what was not built */
}

static const char *name_of(const json_t *one)
{
    const char *name = text_of(one, "name");
    bool is_missing = strcmp(text_of(one, "tag"), "not-started") == 0;
    return *name ? name : is_missing ? "it was handed in" : "it builds";
}

/* " hidden" behind the number of an exercise whose cases are a teacher's own. */
static const char *hidden(const json_t *result)
{
    return json_is_true(json_object_get(result, "hidden")) ? " hidden" : "";
}

static size_t count_status(const json_t *results, const char *status)
{
    size_t n, c, count = 0;
    json_t *result, *one;
    json_array_foreach(results, n, result)
    {
        json_t *cases = json_object_get(result, "cases");
        count += json_array_size(cases) == 0 && (!status || strcmp(status, "fail") == 0);
        json_array_foreach(cases, c, one)
        {
            count += !status || strcmp(status_of(one), status) == 0;
        }
    }
    return count;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void hush(const json_t *result, const json_t *one, size_t number, grade_detail detail,
                 void *to)
{
    (void)number, (void)to;
    if (detail != DETAIL_FULL) {
        json_object_del((json_t *)one, "message");
    }
    if (detail == DETAIL_NONE) {
        json_object_del((json_t *)one, "tag");
        json_object_del((json_t *)result, "tag");
    }
}

bool write_json(const json_t *results, grade_detail detail, FILE *to)
{
    json_t *copy = json_deep_copy(results);
    visit(copy, detail, hush, NULL);
    json_t *all =
        json_pack("{s:i, s:i, s:i, s:o}", "schema", 1, "points", points_of(results, "points"),
                  "max", points_of(results, "max"), "exercises", copy);
    bool ok = all && json_dumpf(all, to, JSON_INDENT(1)) == 0 && fputc('\n', to) != EOF;
    json_decref(all);
    return ok;
}

/* ---- JUnit ----------------------------------------------------------------------------------- */

/* XML has no place for most control characters. */
static void put_escaped(const char *text, FILE *to)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        switch (c) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        case '\n':
            fputs("&#10;", to);
            break;
        case '\t':
            fputs("&#9;", to);
            break;
        default:
            fputc(c < 0x20 ? '?' : c, to);
        }
    }
}

static void put_testcase(const json_t *result, const json_t *one, size_t number,
                         grade_detail detail, void *to)
{
    (void)number;
    const char *status = status_of(one);
    fputs("  <testcase classname=\"exercise ", to);
    put_escaped(text_of(result, "exercise"), to);
    fprintf(to, "%s\" name=\"", hidden(result));
    put_escaped(name_of(one), to);
    fprintf(to, "\" time=\"%.3f\"", 1e-3 * json_number_value(json_object_get(one, "ms")));
    if (strcmp(status, "pass") == 0) {
        fputs("/>\n", to);
        return;
    }
    bool is_skipped = strcmp(status, "skip") == 0;
    fprintf(to, ">\n    <%s message=\"",
            is_skipped                     ? "skipped"
            : strcmp(status, "error") == 0 ? "error"
                                           : "failure");
    put_escaped(told(one, detail), to);
    if (!is_skipped) {
        fputs("\" type=\"", to);
        put_escaped(detail == DETAIL_NONE ? "" : text_of(one, "tag"), to);
    }
    fputs("\"/>\n  </testcase>\n", to);
}

bool write_junit(const json_t *results, grade_detail detail, FILE *to)
{
    size_t n_all = count_status(results, NULL), n_failed = count_status(results, "fail");
    size_t n_skipped = count_status(results, "skip"), n_errors = count_status(results, "error");
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", to);
    fprintf(to,
            "<testsuites tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n"
            " <testsuite name=\"exercises\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
            "skipped=\"%zu\">\n",
            n_all, n_failed, n_errors, n_all, n_failed, n_errors, n_skipped);
    visit(results, detail, put_testcase, to);
    return fputs(" </testsuite>\n</testsuites>\n", to) != EOF && !ferror(to);
}

/* ---- TAP 13 ---------------------------------------------------------------------------------- */

/* In a line of TAP a # begins a directive. */
static void put_plain(const char *text, FILE *to)
{
    for (; *text; text++) {
        fputc(*text == '#' || *text == '\n' ? ' ' : *text, to);
    }
}

static void put_line(const json_t *result, const json_t *one, size_t number, grade_detail detail,
                     void *to)
{
    bool is_ok = strcmp(status_of(one), "pass") == 0; /* a locked case is not: no # SKIP */
    fprintf(to, "%sok %zu - %s%s: ", is_ok ? "" : "not ", number, text_of(result, "exercise"),
            hidden(result));
    put_plain(name_of(one), to);
    fputc('\n', to);
    const char *message = told(one, detail);
    if (!is_ok && *message) {
        json_t *quoted = json_string(message);
        char *text = json_dumps(quoted, JSON_ENCODE_ANY); /* a JSON string is a YAML string */
        fprintf(to, "  ---\n  message: %s\n  ...\n", text ? text : "\"\"");
        free(text);
        json_decref(quoted);
    }
}

bool write_tap(const json_t *results, grade_detail detail, FILE *to)
{
    fprintf(to, "TAP version 13\n1..%zu\n", count_status(results, NULL));
    visit(results, detail, put_line, to);
    return !ferror(to);
}

/* ---- Gradescope: results.json ---------------------------------------------------------------- */

static void add_test(const json_t *result, const json_t *one, size_t number, grade_detail detail,
                     void *to)
{
    (void)number;
    char name[512];
    snprintf(name, sizeof name, "%s%s %s: %s", text_of(result, "exercise"), hidden(result),
             text_of(result, "title"), name_of(one));
    json_t *test =
        json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "name", name, "score",
                  json_integer_value(json_object_get(one, "points")), "max_score",
                  json_integer_value(json_object_get(one, "max")), "status",
                  strcmp(status_of(one), "pass") == 0 ? "passed" : "failed", "output",
                  told(one, detail), "visibility", *hidden(result) ? "after_published" : "visible");
    json_array_append_new(to, test);
}

bool write_gradescope(const json_t *results, grade_detail detail, FILE *to)
{
    json_t *tests = json_array();
    visit(results, detail, add_test, tests);
    json_t *all = json_pack("{s:i, s:s, s:s, s:o}", "score", points_of(results, "points"),
                            "visibility", "visible", "stdout_visibility", "hidden", "tests", tests);
    bool ok = all && json_dumpf(all, to, JSON_INDENT(1)) == 0 && fputc('\n', to) != EOF;
    json_decref(all);
    return ok;
}
