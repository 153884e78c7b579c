#include "exercises/checker/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#    include <sys/random.h>
#endif

uint64_t judge_fresh_seed(void)
{
    uint64_t seed = 0;
    FILE *source = fopen("/dev/urandom", "rb");
    if (!source || fread(&seed, sizeof seed, 1, source) != 1) {
        fprintf(stderr, "judge: there are no random numbers here\n");
        exit(2);
    }
    fclose(source);
    return seed >> 16; /* short enough to be typed */
}

static bool parse_number(const char *text, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0';
}

static bool take_text(const char *name, const char *value, judge_options *o)
{
    const struct {
        const char *name, **to;
    } texts[] = {{"--id", &o->id},       {"--title", &o->title},     {"--section", &o->section},
                 {"--child", &o->child}, {"--explain", &o->explain}, {"--argument", &o->argument},
                 {"--json", &o->json},   {"--log", &o->log},         {"--dump", &o->dump}};
    for (size_t n = 0; n < sizeof texts / sizeof texts[0]; n++) {
        if (strcmp(name, texts[n].name) == 0) {
            *texts[n].to = value;
            return true;
        }
    }
    return false;
}

static bool take_flag(const char *name, judge_options *o)
{
    const struct {
        const char *name;
        bool *to;
    } flags[] = {{"--fresh", &o->is_fresh},      {"--given", &o->wants_given},
                 {"--quiet", &o->is_quiet},      {"--max", &o->wants_max},
                 {"--models", &o->wants_models}, {"--loose", &o->is_loose},
                 {"--wide", &o->is_wide},        {"--mutants", &o->wants_mutants}};
    for (size_t n = 0; n < sizeof flags / sizeof flags[0]; n++) {
        if (strcmp(name, flags[n].name) == 0) {
            return *flags[n].to = true;
        }
    }
    return false;
}

const char *judge_parse(int argc, char **argv, judge_options *o)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        uint64_t number = 0;
        if (take_flag(argv[i], o)) {
            continue;
        } else if (take_text(argv[i], value, o)) {
            /* it has its value */
        } else if (strcmp(argv[i], "--seed") == 0 && parse_number(value, &number)) {
            o->seed = number;
        } else if (strcmp(argv[i], "--repeats") == 0 && parse_number(value, &number)) {
            o->repeats = (size_t)number;
        } else if (strcmp(argv[i], "--milliseconds") == 0 && parse_number(value, &number)) {
            o->seconds = 1e-3 * (double)number;
        } else if (strcmp(argv[i], "--case") == 0 && parse_number(value, &number) && number >= 1 &&
                   number <= exercise_check.n_cases) {
            o->only = (int)number;
        } else {
            return "an option is unknown, lacks its value, or names no case";
        }
        i++;
    }
    if (o->is_fresh && !exercise_check.is_fixed) {
        o->seed = judge_fresh_seed();
    }
    return NULL;
}
