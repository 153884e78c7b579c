/* Files that are no translators, or not the one that was wanted: each is refused with a sentence, and
 * the program ends. Damage to the bytes is the business of test_safetensors_damage.c and of
 * test_checkpoint_errors.c. */
#include "chapters/common/files/safetensors.h"
#include "chapters/common/program/program.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"
#include "tests/support/translator_trial.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 4096 };

/* ---- What a program says that ends ----------------------------------------------------------- */

/* Run something in a child; what it says goes to message. Its exit code. */
static int run_apart(void (*run)(const char *path), const char *path, char message[MESSAGE_SIZE])
{
    int ends[2], status = 0;
    CHECK(pipe(ends) == 0, "no pipe");
    pid_t child = fork();
    if (child == 0) {
        program_start("program");
        dup2(ends[1], STDERR_FILENO);
        run(path);
        _exit(0);
    }
    close(ends[1]);
    size_t n_used = 0;
    for (ssize_t n = 1; n > 0 && n_used + 1 < MESSAGE_SIZE; n_used += (size_t)n) {
        n = read(ends[0], message + n_used, MESSAGE_SIZE - 1 - n_used);
        n = n < 0 ? 0 : n;
    }
    message[n_used] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void load_model(const char *path)
{
    symbols *source, *target;
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, REF_SCORE_GENERAL);
    wish.n_threads = 1;
    translator_model_free(translator_model_load(path, &wish, &source, &target));
    symbols_free(source), symbols_free(target);
}

static void must_refuse(void (*run)(const char *path), const char *path, const char *what,
                        const char *says)
{
    char message[MESSAGE_SIZE];
    int status = run_apart(run, path, message);
    CHECK(status == 1, "%s: status %d instead of 1, \"%s\"", what, status, message);
    CHECK(strstr(message, says) != NULL, "%s: \"%s\" does not speak of \"%s\"", what, message,
          says);
    CHECK(strstr(message, path) != NULL, "%s: \"%s\" does not name the file", what, message);
    size_t length = strlen(message);
    CHECK(length > 0 && strchr(message, '\n') == message + length - 1, "%s: not one line: \"%s\"",
          what, message);
}

/* ---- Models ---------------------------------------------------------------------------------- */

static translator_trial begin(ref_score score)
{
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, score);
    translator_training_options options = small_translator_options();
    wish.n_threads = 1;
    return translator_trial_begin(&wish, &options, 40);
}

/* A part of the description of a good file, and what stands there instead. */
static const struct {
    const char *what, *key, *from, *to, *says;
} changes[] = {
    {"no shape", TRANSLATOR_SHAPE_KEY, NULL, NULL, "expected a translator"},
    {"no sources", TRANSLATOR_SOURCE_KEY, NULL, NULL, TRANSLATOR_SOURCE_KEY},
    {"no targets", TRANSLATOR_TARGET_KEY, NULL, NULL, TRANSLATOR_TARGET_KEY},
    {"a word for a number", TRANSLATOR_SHAPE_KEY, "embedding 7", "embedding x", "translator"},
    {"a negative score", TRANSLATOR_SHAPE_KEY, "score 4", "score -1", "translator"},
    {"an unknown score", TRANSLATOR_SHAPE_KEY, "score 4", "score 7", "translator"},
    {"an unknown cell", TRANSLATOR_SHAPE_KEY, "cell 2", "cell 3", "translator"},
    {"an unknown timing", TRANSLATOR_SHAPE_KEY, "timing 0", "timing 2", "translator"},
    {"no units", TRANSLATOR_SHAPE_KEY, "encoder 9", "encoder 0", "size"},
    {"too many layers", TRANSLATOR_SHAPE_KEY, "layers 1", "layers 9", "layers"},
    {"other units", TRANSLATOR_SHAPE_KEY, "encoder 9", "encoder 8", "shape"},
    {"more units than there is memory", TRANSLATOR_SHAPE_KEY, "encoder 9", "encoder 999999999999",
     ""},
    {"another score", TRANSLATOR_SHAPE_KEY, "score 4", "score 2", ""},
    {"symbols that are none", TRANSLATOR_SOURCE_KEY, "a", "", TRANSLATOR_SOURCE_KEY},
    {"a target as a source", TRANSLATOR_SOURCE_KEY, "source", "target", TRANSLATOR_SOURCE_KEY},
};

/* The text with its first `from` as `to`, in new memory. */
static char *change(const char *text, const char *from, const char *to)
{
    const char *place = strstr(text, from);
    CHECK(place != NULL, "'%s' is not in '%s'", from, text);
    size_t size = strlen(text) + strlen(to) + 1;
    char *changed = malloc(size);
    size_t before = place != NULL ? (size_t)(place - text) : 0;
    snprintf(changed, size, "%.*s%s%s", (int)before, text, to,
             place != NULL ? place + strlen(from) : "");
    return changed;
}

/* A file that is like another but for one text. The checksum goes: it would notice at once. */
static void write_changed(const char *path, const safetensors *good, size_t i)
{
    safetensors_text texts[16];
    size_t n_texts = 0;
    char *changed = NULL;
    for (size_t t = 0; t < good->n_texts; t++) {
        bool is_meant = strcmp(good->texts[t].key, changes[i].key) == 0;
        if (strcmp(good->texts[t].key, "checksum") == 0 || (is_meant && changes[i].from == NULL)) {
            continue;
        }
        texts[n_texts] = good->texts[t];
        if (is_meant) {
            changed = change(good->texts[t].text, changes[i].from, changes[i].to);
            texts[n_texts].text = changed;
        }
        n_texts++;
    }
    CHECK(safetensors_save(path, good->tensors, good->n_tensors, texts, n_texts, NULL),
          "%s cannot be written", path);
    free(changed);
}

static void other_descriptions(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "model");
    translator_trial r = begin(REF_SCORE_GENERAL);
    translator_model_save(r.model, path);
    char message[MESSAGE_SIZE];
    CHECK(run_apart(load_model, path, message) == 0, "a good file is refused: %s", message);
    safetensors *good = safetensors_load(path, NULL);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        write_changed(path, good, i);
        must_refuse(load_model, path, changes[i].what, changes[i].says);
    }
    safetensors_free(good);
    translator_trial_end(&r);
    temporary_remove(folder);
}

/* ---- Trainings ------------------------------------------------------------------------------- */

static translator_training_options other_options;
static ref_score other_score;
static size_t n_other_pairs;

static void resume(const char *path)
{
    translator_wish wish = small_translator_wish(TRANSLATOR_OPTIMIZED, other_score);
    wish.n_threads = 1;
    translator_trial r = translator_trial_begin(&wish, &other_options, n_other_pairs);
    translator_training_resume(r.training, path);
    translator_trial_end(&r);
}

static void begin_other(void)
{
    other_options = small_translator_options();
    other_score = REF_SCORE_GENERAL;
    n_other_pairs = 40;
}

static void other_trainings(void)
{
    char *folder = temporary_folder();
    char *path = strdup(temporary_path(folder, "training"));
    translator_trial r = begin(REF_SCORE_GENERAL);
    translator_trial_to(&r, 2);
    translator_training_save(r.training, path);
    begin_other();
    char message[MESSAGE_SIZE];
    CHECK(run_apart(resume, path, message) == 0, "the same training is refused: %s", message);
    other_options.smoothing = 0.125;
    must_refuse(resume, path, "another smoothing", "smoothing 0.125");
    begin_other(), n_other_pairs = 41;
    must_refuse(resume, path, "other pairs", "pairs 41");
    begin_other(), other_score = REF_SCORE_CONCAT;
    must_refuse(resume, path, "another score", "");
    begin_other(), other_options.average = 0.0;
    must_refuse(resume, path, "no mean", "");
    begin_other();
    translator_model_save(r.model, path);
    must_refuse(resume, path, "a model alone", "training");
    must_refuse(resume, temporary_path(folder, "none"), "no file", "");
    free(path);
    translator_trial_end(&r);
    temporary_remove(folder);
}

static const test tests[] = {
    {"a file that describes no translator, or another one, is refused", other_descriptions},
    {"a training does not go on from the file of another one", other_trainings},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
