/* The programs that train, from outside: what they refuse, and what is left of a training that was
 * stopped or killed. Their figures are in test_expected.c, their manners in test_programs.c. */
#include "tests/support/chapters.h"
#include "tests/support/golden.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_SIZE = 4 * CHAPTER_PATH_SIZE, N_PROGRAMS = 3, N_TAGGERS = 2 };

/* A small training of each program: a second of work, and a file of its own. The taggers first. */
static const struct {
    const char *topic, *training;
} programs[N_PROGRAMS] = {
    {"query_key_value", "--tags upos --epochs 6"},
    {"multi_head",
     "--task pos --layers 1 --d-model 32 --hidden 32 --channel 8 --epochs 10 --save-interval 0.1"},
    {"sequence_to_sequence",
     "--hidden 24 --embedding 16 --epochs 4 --average 0.99 --save-interval 0.1"},
};

/* The chapter with a topic, or false after a failed check. */
static bool find(const char *topic, chapter *found)
{
    chapter c;
    FOR_EACH_CHAPTER(&c)
    {
        if (strcmp(c.topic, topic) == 0) {
            *found = c;
            found->topic = topic; /* that of c ends with c */
            return true;
        }
    }
    return CHECK(false, "%s was not built", topic);
}

/* ---- Refusals -------------------------------------------------------------------------------- */

typedef struct {
    const char *topic, *arguments;
    int status;
    const char *says;
} refusal;

static const refusal refusals[] = {
    {"query_key_value", "--part lokup", 2, "lookup"},
    {"query_key_value", "--implementation fast", 2, "optimized"},
    {"query_key_value", "--train /no/such/corpus", 1, "/no/such/corpus"},
    {"query_key_value", "--resume /no/such/training", 1, "/no/such/training"},
    {"multi_head", "--part nmaes", 2, "names"},
    {"multi_head", "--task verbs", 2, "verbs"},
    {"multi_head", "--heads 0", 2, "heads"},
    {"multi_head", "--task pos --heads 3", 1, "heads"},
    {"multi_head", "--dropout 1", 2, "dropout"},
    {"multi_head", "--rate -1", 2, "rate"},
    {"multi_head", "--train /no/such/corpus", 1, "/no/such/corpus"},
    {"multi_head", "--task pos --resume /no/such/training", 1, "/no/such/training"},
    {"multi_head", "--load /no/such/model", 1, "/no/such/model"},
    {"sequence_to_sequence", "--layers 9", 2, "layers"},
    {"sequence_to_sequence", "--beam 0 --word a", 2, "beam"},
    {"sequence_to_sequence", "--score dot --decoder-hidden 5 --word a", 1, "dot"},
    {"sequence_to_sequence", "--timing bahdanau --feed --word a", 1, "feed"},
    {"sequence_to_sequence", "--resume /no/such/training", 1, "/no/such/training"},
};

static void refusals_are_clear(void)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const refusal *r = &refusals[i];
        chapter c;
        if (!find(r->topic, &c)) {
            continue;
        }
        process *one = chapter_run(&c, r->arguments, NULL, PROCESS_PIPE);
        CHECK(one->status == r->status, "%s %s: status %d instead of %d", r->topic, r->arguments,
              one->status, r->status);
        CHECK(strstr(one->messages, r->says) != NULL, "%s %s: \"%s\" does not speak of \"%s\"",
              r->topic, r->arguments, one->messages, r->says);
        process_free(one);
    }
}

static void malformed_corpora(void)
{
    static const struct {
        const char *bytes;
        int line;
    } files[] = {
        {"1\tThe\t_\tDET\t_\t_\t_\t_\t_\t_\n2\tbank\t_\tNOUN\n", 2},
        {"1\tThe\t_\tDET\t_\t_\t_\t_\t_\t_\n3\tbank\t_\tNOUN\t_\t_\t_\t_\t_\t_\n", 2},
        {"The DET\nbank NOUN\nlends MONEY VERB\n", 3},
    };
    char *folder = temporary_folder();
    for (size_t p = 0; p < N_TAGGERS; p++) {
        for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
            char path[CHAPTER_PATH_SIZE], arguments[COMMAND_SIZE], place[COMMAND_SIZE];
            chapter c;
            snprintf(path, sizeof path, "%s", temporary_path(folder, "corpus"));
            CHECK(golden_write(path, files[f].bytes), "%s cannot be written", path);
            snprintf(arguments, sizeof arguments, "--train %s", path);
            snprintf(place, sizeof place, "%s:%d: ", path, files[f].line);
            if (find(programs[p].topic, &c)) {
                process *one = chapter_run(&c, arguments, NULL, PROCESS_PIPE);
                CHECK(one->status == 1, "%s, file %zu: status %d instead of 1", c.topic, f,
                      one->status);
                CHECK(strstr(one->messages, place) != NULL, "%s: \"%s\" does not name %s", c.topic,
                      one->messages, place);
                process_free(one);
            }
        }
    }
    temporary_remove(folder);
}

/* ---- Stopped and killed ---------------------------------------------------------------------- */

/* Wait up to a minute until a file holds a word (NULL: until it is there). */
static bool wait_for(const char *path, const char *word)
{
    const struct timespec nap = {0, 2000000};
    for (size_t i = 0; i < 30000; i++) {
        char *text = golden_read(path);
        bool is_there = text != NULL && (word == NULL || strstr(text, word) != NULL);
        free(text);
        if (is_there) {
            return true;
        }
        nanosleep(&nap, NULL);
    }
    return false;
}

/* The files of a trial. */
typedef struct {
    char *folder;
    char whole[CHAPTER_PATH_SIZE], broken[CHAPTER_PATH_SIZE];
    char results[CHAPTER_PATH_SIZE], messages[CHAPTER_PATH_SIZE];
} files;

static files new_files(void)
{
    files f = {.folder = temporary_folder()};
    snprintf(f.whole, sizeof f.whole, "%s", temporary_path(f.folder, "whole"));
    snprintf(f.broken, sizeof f.broken, "%s", temporary_path(f.folder, "broken"));
    snprintf(f.results, sizeof f.results, "%s", temporary_path(f.folder, "results"));
    snprintf(f.messages, sizeof f.messages, "%s", temporary_path(f.folder, "messages"));
    return f;
}

static bool is_same_file(const char *a, const char *b)
{
    size_t n_a = 0, n_b = 0;
    unsigned char *of_a = temporary_read(a, &n_a), *of_b = temporary_read(b, &n_b);
    bool is_same = of_a != NULL && of_b != NULL && n_a == n_b && memcmp(of_a, of_b, n_a) == 0;
    free(of_a);
    free(of_b);
    return is_same;
}

/* Start the training of a program, end it by a signal once a file holds a word. Its status. */
static int break_off(const chapter *c, const char *training, const files *f, int number,
                     const char *seen, const char *word)
{
    char command[COMMAND_SIZE];
    int status = 0;
    snprintf(command, sizeof command, "%s %s --save %s", c->program, training, f->broken);
    pid_t child = process_start(command, f->results, f->messages);
    CHECK(wait_for(seen, word), "%s: nothing to see in a minute", c->topic);
    kill(child, number);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* A training without interruption, and one that goes on: their files are the same, bit for bit. */
static void must_go_on(const chapter *c, const char *training, const files *f)
{
    char arguments[COMMAND_SIZE];
    snprintf(arguments, sizeof arguments, "%s --save %s", training, f->whole);
    process_free(chapter_run(c, arguments, NULL, PROCESS_PIPE));
    snprintf(arguments, sizeof arguments, "%s --resume %s --save %s", training, f->broken,
             f->broken);
    process *one = chapter_run(c, arguments, NULL, PROCESS_PIPE);
    CHECK(one->status == 0, "%s --resume: status %d, %s", c->topic, one->status, one->messages);
    CHECK(is_same_file(f->whole, f->broken), "%s: what went on is not what was not stopped",
          c->topic);
    process_free(one);
}

static void stopped(void)
{
    for (size_t p = 0; p < N_PROGRAMS; p++) {
        chapter c;
        if (!find(programs[p].topic, &c)) {
            continue;
        }
        files f = new_files();
        int status = break_off(&c, programs[p].training, &f, SIGINT, f.results, "epoch  2");
        char *messages = golden_read(f.messages);
        CHECK(status == 130, "%s after Ctrl-C: status %d instead of 130", c.topic, status);
        CHECK(messages != NULL && strstr(messages, "--resume") && strstr(messages, f.broken),
              "%s after Ctrl-C: \"%s\" does not say how to go on", c.topic, messages);
        free(messages);
        must_go_on(&c, programs[p].training, &f);
        temporary_remove(f.folder);
    }
}

static void killed(void)
{
    chapter c;
    if (!find("multi_head", &c)) {
        return;
    }
    files f = new_files();
    int status = break_off(&c, programs[1].training, &f, SIGKILL, f.broken, NULL);
    CHECK(status == -SIGKILL, "status %d: it came to its end before it was killed", status);
    must_go_on(&c, programs[1].training, &f);
    temporary_remove(f.folder);
}

static void another_training(void)
{
    chapter c;
    if (!find("multi_head", &c)) {
        return;
    }
    files f = new_files();
    char arguments[COMMAND_SIZE];
    snprintf(arguments, sizeof arguments, "--task pos --d-model 16 --epochs 1 --save %s", f.whole);
    process_free(chapter_run(&c, arguments, NULL, PROCESS_PIPE));
    snprintf(arguments, sizeof arguments, "--task pos --d-model 16 --epochs 2 --resume %s",
             f.whole);
    process *one = chapter_run(&c, arguments, NULL, PROCESS_PIPE);
    CHECK(one->status == 1, "status %d instead of 1", one->status);
    CHECK(strstr(one->messages, "epochs 2") && strstr(one->messages, "epochs 1"),
          "\"%s\" does not say what differs", one->messages);
    process_free(one);
    temporary_remove(f.folder);
}

static const struct {
    const char *topic, *training, *use, *marker, *check;
} uses[] = {
    {"multi_head", "--task ner --d-model 32 --epochs 2 --save",
     "--predict 'Tommy works for the State Bank of India .'", "Tommy\t",
     "--task ner --d-model 16 --check"},
    {"sequence_to_sequence", "--hidden 24 --epochs 2 --average 0.99 --best",
     "--word nation --beam 4", "nation:", "--hidden 24 --check"},
};

static void saved_models(void)
{
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        chapter c;
        if (!find(uses[i].topic, &c)) {
            continue;
        }
        files f = new_files();
        char arguments[COMMAND_SIZE];
        snprintf(arguments, sizeof arguments, "%s %s %s", uses[i].training, f.whole, uses[i].use);
        process *trained = chapter_run(&c, arguments, NULL, PROCESS_PIPE);
        snprintf(arguments, sizeof arguments, "--load %s %s", f.whole, uses[i].use);
        process *loaded = chapter_run(&c, arguments, NULL, PROCESS_PIPE);
        const char *said = strstr(trained->results, uses[i].marker);
        CHECK(said != NULL && strcmp(said, loaded->results) == 0, "\"%s\" instead of \"%s\"",
              loaded->results, said ? said : trained->results);
        process *checked = chapter_run(&c, uses[i].check, NULL, PROCESS_PIPE);
        CHECK(checked->status == 0 && strstr(checked->results, "bound"), "--check: \"%s\", \"%s\"",
              checked->results, checked->messages);
        process_free(checked);
        process_free(trained);
        process_free(loaded);
        temporary_remove(f.folder);
    }
}

static const test tests[] = {
    {"a wrong option of a training is refused with a clear sentence", refusals_are_clear},
    {"a malformed corpus is answered with file and line", malformed_corpora},
    {"Ctrl-C saves, says how to go on, and what goes on is the same bit for bit", stopped},
    {"a training that is killed goes on from its last save, bit for bit", killed},
    {"a training does not go on with other options", another_training},
    {"a loaded model does as the saved one, and --check holds both sides to the bound",
     saved_models},
};

int main(int argc, char **argv)
{
    chapters_start(argv[0]);
    return RUN_SUITE(argc, argv, tests);
}
