#include "exercises/checker/judge.h"

#include <jansson.h>
#include <stdio.h>

static const char *const states[] = {"pass", "fail", "skip", "error"};

static json_t *result_of_case(const verdict *v)
{
    json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:f}", "name", v->of->name, "status",
                            states[v->state], "tag", v->tag, "message", v->text, "points",
                            v->points, "max", v->of->points, "ms", v->milliseconds);
    if (one && v->of->meter && v->count > 0) {
        json_object_set_new(one, "count", json_integer((json_int_t)v->count));
    }
    return one;
}

/* What is wrong first, or "". */
static const char *first_tag(const judgement *j)
{
    size_t c = 0;
    while (c < j->n_cases && (j->cases[c].state == CASE_PASSED || j->cases[c].tag[0] == '\0')) {
        c++;
    }
    return c < j->n_cases ? j->cases[c].tag : "";
}

/* To a new name first: a reader finds the old result or the new one, whole. */
static bool write_whole(const char *path, const json_t *result)
{
    char draft[4096];
    snprintf(draft, sizeof draft, "%s.new", path);
    return json_dump_file(result, draft, JSON_INDENT(1)) == 0 && rename(draft, path) == 0;
}

bool result_write(const judgement *j)
{
    const judge_options *o = j->options;
    if (!o->json) {
        return true;
    }
    json_t *cases = json_array();
    for (size_t c = 0; c < j->n_cases; c++) {
        json_array_append_new(cases, result_of_case(&j->cases[c]));
    }
    json_t *result =
        json_pack("{s:i, s:s, s:s, s:I, s:i, s:i, s:b, s:s, s:o}", "schema", 1, "exercise", o->id,
                  "title", o->title, "seed", (json_int_t)o->seed, "points", j->points, "max",
                  j->max, "passed", j->ok, "tag", first_tag(j), "cases", cases);
    bool ok = result && write_whole(o->json, result);
    if (!ok) {
        fprintf(stderr, "judge: cannot write %s\n", o->json);
    }
    json_decref(result);
    return ok;
}
