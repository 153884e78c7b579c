#include "tests/support/chapters.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char build_folder[CHAPTER_PATH_SIZE];

void chapters_start(const char *test_program)
{
    snprintf(build_folder, sizeof build_folder, "%s", test_program);
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(build_folder, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
    }
    chapter first;
    if (!chapter_at(0, &first)) {
        fprintf(stderr, "no program of a chapter in %s: run make there first\n", build_folder);
        exit(3);
    }
}

bool chapter_at(size_t n, chapter *found)
{
    glob_t folders;
    if (glob("chapters/[0-9]*", 0, NULL, &folders) != 0) {
        return false;
    }
    bool is_there = false;
    for (size_t i = 0; i < folders.gl_pathc && !is_there; i++) {
        const char *folder = folders.gl_pathv[i], *underscore = strchr(folder, '_');
        if (underscore == NULL) {
            continue;
        }
        snprintf(found->folder, sizeof found->folder, "%.300s", folder);
        snprintf(found->program, sizeof found->program, "%.400s/%.300s/%.300s", build_folder,
                 folder, underscore + 1);
        found->topic = strrchr(found->program, '/') + 1;
        is_there = access(found->program, X_OK) == 0 && n-- == 0;
    }
    globfree(&folders);
    return is_there;
}

const char *chapter_tour(const chapter *c)
{
    bool trains = strcmp(c->topic, "query_key_value") == 0 || strcmp(c->topic, "multi_head") == 0 ||
                  strcmp(c->topic, "sequence_to_sequence") == 0;
    return trains ? "--epochs 1" : "";
}

const char *chapter_quick(const chapter *c)
{
    bool trains = chapter_tour(c)[0] != '\0';
    return trains ? "--part example" : "";
}

bool chapter_reads_sentences(const chapter *c)
{
    return strcmp(c->topic, "sequence_to_sequence") != 0;
}

process *chapter_run(const chapter *c, const char *arguments, const char *environment,
                     process_output output)
{
    char command[4096];
    snprintf(command, sizeof command, "exec %s %s", c->program, arguments);
    return process_run(command, environment, output);
}
