/* Safetensors: what may happen to good files. Cut anywhere, or with any bit turned, a file is read
 * or answered, and nothing else happens: the sanitizers look on. And a disk that is full leaves the
 * old file. */
#include "chapters/common/files/replace_file.h"
#include "chapters/common/files/safetensors.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const float floats[] = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f};
static const double doubles[] = {0.5, 1.5};
static const int64_t integers[] = {-1, 7, 1234567890123};
static const uint8_t small[] = {1, 2, 3};
static const safetensors_tensor tensors[] = {
    {"block0.query.weight", SAFETENSORS_F32, 2, {2, 3}, floats},
    {"block0.query.bias", SAFETENSORS_F64, 2, {1, 2}, doubles},
    {"tokens", SAFETENSORS_I64, 1, {3}, integers},
    {"bytes", SAFETENSORS_U8, 3, {1, 3, 1}, small},
    {"empty", SAFETENSORS_F32, 2, {0, 3}, NULL},
    {"one", SAFETENSORS_F64, 0, {0}, doubles},
};
static const safetensors_text texts[] = {{"step", "12"}, {"title", "a \"bänk\""}};

static bool save(const char *path, safetensors_problem *problem)
{
    return safetensors_save(path, tensors, 6, texts, 2, problem);
}

/* ---- cuts and turned bits -------------------------------------------------------------------- */

/* Look at everything that a file says it has. */
static unsigned long look_at_all(const safetensors *file)
{
    unsigned long sum = 0;
    for (size_t t = 0; t < file->n_tensors; t++) {
        const safetensors_tensor *tensor = &file->tensors[t];
        const unsigned char *data = tensor->data;
        size_t n = safetensors_n_entries(tensor) * safetensors_type_size(tensor->type);
        for (size_t i = 0; i < n; i++) {
            sum += data[i];
        }
        CHECK(safetensors_find(file, tensor->name) == tensor, "%s is not found", tensor->name);
    }
    for (size_t t = 0; t < file->n_texts; t++) {
        sum += strlen(file->texts[t].key) + strlen(file->texts[t].text);
    }
    return sum;
}

/* Try exactly n_bytes: in memory of their own, so that a step too far is seen. */
static bool try_bytes(const unsigned char *bytes, size_t n_bytes, size_t number)
{
    unsigned char *exact = malloc(n_bytes + (n_bytes == 0));
    memcpy(exact, bytes, n_bytes);
    safetensors_problem problem;
    safetensors *file = safetensors_decode(exact, n_bytes, "damaged", &problem);
    free(exact);
    CHECK((file == NULL) == (problem.kind != SAFETENSORS_OK), "damage %zu: kind %d", number,
          (int)problem.kind);
    bool is_read = file != NULL;
    if (is_read) {
        look_at_all(file);
    } else {
        CHECK(strstr(problem.message, "expected") != NULL, "damage %zu: %s", number,
              problem.message);
    }
    safetensors_free(file);
    return is_read;
}

static void every_cut_and_every_bit(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a.safetensors");
    safetensors_problem problem;
    CHECK(save(path, &problem), "%s", problem.message);
    size_t n_bytes, n_read = 0,
                    n_data = sizeof floats + sizeof doubles + sizeof integers + sizeof small +
                             sizeof doubles[0];
    unsigned char *bytes = temporary_read(path, &n_bytes);
    CHECK(n_bytes > 500 && n_bytes <= 2048, "the file has %zu bytes", n_bytes);
    CHECK(try_bytes(bytes, n_bytes, 0), "the file itself is not read");
    for (size_t n = 0; n < n_bytes; n++) {
        CHECK(!try_bytes(bytes, n, n), "the first %zu of %zu bytes are read", n, n_bytes);
    }
    for (size_t bit = 0; bit < 8 * n_bytes; bit++) {
        bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ (1 << bit % 8));
        bool is_read = try_bytes(bytes, n_bytes, bit);
        bytes[bit / 8] = (unsigned char)(bytes[bit / 8] ^ (1 << bit % 8));
        bool is_data = bit / 8 >= n_bytes - n_data;
        CHECK(is_read || !is_data, "bit %zu of the data matters to the reader", bit);
        n_read += is_read && !is_data;
    }
    /* Of the header, letters of names and texts may turn into others, and little else. */
    CHECK(n_read < 8 * 70, "%zu damaged headers are read", n_read);
    free(bytes);
    temporary_remove(folder);
}

/* ---- what cannot be read or written ---------------------------------------------------------- */

static void unreadable(void)
{
    char *folder = temporary_folder();
    safetensors_problem problem;
    const char *none = temporary_path(folder, "none"), *pipe = temporary_path(folder, "pipe");
    CHECK(safetensors_load(none, &problem) == NULL && problem.kind == SAFETENSORS_CANNOT_OPEN &&
              strstr(problem.message, "none: cannot be opened: "),
          "%s", problem.message);
    CHECK(safetensors_load(folder, &problem) == NULL && problem.kind == SAFETENSORS_CANNOT_READ,
          "a folder: %s", problem.message);
    CHECK(mkfifo(pipe, 0600) == 0, "no pipe");
    pid_t writer = fork(); /* or opening the pipe would wait */
    if (writer == 0) {
        FILE *end = fopen(pipe, "wb");
        _exit(end == NULL);
    }
    CHECK(safetensors_load(pipe, &problem) == NULL && problem.kind == SAFETENSORS_CANNOT_READ,
          "a pipe: %s", problem.message);
    waitpid(writer, NULL, 0);
    CHECK(safetensors_load(none, NULL) == NULL, "without a problem");
    temporary_remove(folder);
}

static void refused(void)
{
    static const struct {
        const char *catches;
        safetensors_tensor tensors[2];
        safetensors_text texts[2];
        safetensors_kind kind;
    } rows[] = {
        {"a name twice",
         {{"a", SAFETENSORS_U8, 1, {1}, small}, {"a", SAFETENSORS_U8, 1, {1}, small}},
         {{"a", ""}, {"b", ""}},
         SAFETENSORS_DUPLICATE_NAME},
        {"a key twice",
         {{"a", SAFETENSORS_U8, 1, {1}, small}, {"b", SAFETENSORS_U8, 1, {1}, small}},
         {{"a", ""}, {"a", ""}},
         SAFETENSORS_DUPLICATE_KEY},
        {"a name that is not UTF-8",
         {{"a\xFF", SAFETENSORS_U8, 1, {1}, small}, {"b", SAFETENSORS_U8, 1, {1}, small}},
         {{"a", ""}, {"b", ""}},
         SAFETENSORS_NOT_UTF8},
        {"a text that is not UTF-8",
         {{"a", SAFETENSORS_U8, 1, {1}, small}, {"b", SAFETENSORS_U8, 1, {1}, small}},
         {{"a", ""}, {"b", "\xC3"}},
         SAFETENSORS_NOT_UTF8},
        {"nine dimensions",
         {{"a", SAFETENSORS_U8, 9, {1, 1, 1, 1, 1, 1, 1, 1}, small},
          {"b", SAFETENSORS_U8, 1, {1}, small}},
         {{"a", ""}, {"b", ""}},
         SAFETENSORS_TOO_MANY_DIMENSIONS},
        {"a product that overflows",
         {{"a", SAFETENSORS_U8, 2, {SIZE_MAX, 3}, small}, {"b", SAFETENSORS_U8, 1, {1}, small}},
         {{"a", ""}, {"b", ""}},
         SAFETENSORS_TOO_LARGE},
        {"a sum that overflows",
         {{"a", SAFETENSORS_U8, 1, {SIZE_MAX - 1}, small}, {"b", SAFETENSORS_U8, 1, {3}, small}},
         {{"a", ""}, {"b", ""}},
         SAFETENSORS_TOO_LARGE},
    };
    char *folder = temporary_folder();
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        safetensors_problem problem;
        CHECK(!safetensors_save(temporary_path(folder, "a"), rows[n].tensors, 2, rows[n].texts, 2,
                                &problem) &&
                  problem.kind == rows[n].kind && strstr(problem.message, "expected"),
              "%s: kind %d, %s", rows[n].catches, (int)problem.kind, problem.message);
        CHECK(temporary_count(folder) == 0, "%s: a file is left", rows[n].catches);
    }
    char *long_text = calloc((512 << 10) + 1, 1);
    memset(long_text, 'x', 512 << 10);
    const safetensors_text too_long = {"k", long_text};
    safetensors_problem problem;
    CHECK(!safetensors_save(temporary_path(folder, "a"), NULL, 0, &too_long, 1, &problem) &&
              problem.kind == SAFETENSORS_HEADER_TOO_LONG,
          "long metadata: %s", problem.message);
    free(long_text);
    temporary_remove(folder);
}

/* What cannot be written is no reason to lose what is there, or to leave something behind. */
static void unwritable(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "folder/a"),
               *in_the_way = temporary_path(folder, "b");
    safetensors_problem problem;
    CHECK(!save(path, &problem) && problem.kind == SAFETENSORS_CANNOT_WRITE &&
              strstr(problem.message, strerror(ENOENT)),
          "no folder: %s", problem.message);
    mkdir(in_the_way, 0700);
    CHECK(!save(in_the_way, &problem) && problem.kind == SAFETENSORS_CANNOT_WRITE,
          "a folder of that name: %s", problem.message);
    CHECK(temporary_count(folder) == 1, "%zu files are left", temporary_count(folder));
    CHECK(!save(in_the_way, NULL), "without a problem");
    rmdir(in_the_way);
    temporary_remove(folder);
}

/* A limit of the size of files is a disk that is full, wherever the limit falls. */
static void full_disk(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a.safetensors");
    safetensors_problem problem;
    CHECK(save(path, &problem), "%s", problem.message);
    size_t n_bytes, n_after;
    unsigned char *before = temporary_read(path, &n_bytes);
    for (size_t limit = 0; limit < n_bytes; limit += limit < 16 ? 1 : 61) {
        pid_t child = fork();
        if (child == 0) {
            const struct rlimit tight = {limit, limit};
            signal(SIGXFSZ, SIG_IGN);
            setrlimit(RLIMIT_FSIZE, &tight);
            bool is_refused = !save(path, &problem) && problem.kind == SAFETENSORS_CANNOT_WRITE &&
                              strstr(problem.message, strerror(EFBIG)) != NULL;
            _exit(is_refused ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(status == 0, "limit %zu: status %d", limit, status);
        unsigned char *after = temporary_read(path, &n_after);
        CHECK(n_after == n_bytes && memcmp(before, after, n_bytes) == 0 &&
                  temporary_count(folder) == 1,
              "limit %zu: the old file has changed, or something is left behind", limit);
        free(after);
    }
    free(before);
    temporary_remove(folder);
}

static void abandoned(void)
{
    char *folder = temporary_folder();
    const char *path = temporary_path(folder, "a");
    replacement file;
    CHECK(replacement_start(&file, path) && replacement_write(&file, "new", 3), "not written");
    CHECK(temporary_count(folder) == 1, "%zu files", temporary_count(folder));
    replacement_abandon(&file);
    CHECK(temporary_count(folder) == 0, "%zu files are left", temporary_count(folder));
    CHECK(replacement_start(&file, path) && replacement_write(&file, "new", 3) &&
              access(path, F_OK) != 0 && replacement_finish(&file) && access(path, F_OK) == 0,
          "the name is taken before the end, or not at the end");
    temporary_remove(folder);
}

static const test tests[] = {
    {"no cut and no turned bit does harm", every_cut_and_every_bit},
    {"what is no file is not read", unreadable},
    {"what no reader would read is not written", refused},
    {"what cannot be written leaves nothing behind", unwritable},
    {"a full disk leaves the old file as it was", full_disk},
    {"a file that is given up never was", abandoned},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
