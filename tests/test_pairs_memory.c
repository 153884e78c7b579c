/* Pairs, without memory: each allocation in turn fails, alone or with all that follow, and the
 * answer is always an error, never a crash or a leak. The sources are compiled here a second time,
 * with an allocator that fails when it is told to; the linker then takes none of them from the
 * library. */
#include <stdbool.h>
#include <stdlib.h>

static size_t n_before_failure; /* allocations that still succeed */
static bool has_failed;
static bool fails_once; /* or all that follow fail too */

static bool fails(void)
{
    if (n_before_failure > 0) {
        n_before_failure--;
        return false;
    }
    bool is_now = !has_failed || !fails_once;
    has_failed = true;
    return is_now;
}

static void *failing_malloc(size_t n)
{
    return fails() ? NULL : malloc(n);
}

static void *failing_calloc(size_t n, size_t size)
{
    return fails() ? NULL : calloc(n, size);
}

static void *failing_realloc(void *block, size_t n)
{
    return fails() ? NULL : realloc(block, n);
}

#define malloc  failing_malloc
#define calloc  failing_calloc
#define realloc failing_realloc
#include "chapters/common/files/text_lines.c"
#include "chapters/common/pairs/pair_batches.c"
#include "chapters/common/pairs/pairs.c"
#include "chapters/common/pairs/pronunciation_data.c"
#include "chapters/common/pairs/pronunciations.c"
#include "chapters/common/pairs/pronunciations_line.c"
#include "chapters/common/pairs/pronunciations_pairs.c"
#include "chapters/common/pairs/symbols.c"
#include "chapters/common/pairs/symbols_text.c"
#include "chapters/common/pairs/tasks.c"
#undef malloc
#undef calloc
#undef realloc

#include "tests/support/suite.h"

#define TEXT "the\tDH AH\nthe\tDH IY\nof\tAH V\nto\tT UW\n"

/* What each step may use; each leaves nothing behind and returns whether it succeeded. */
typedef struct {
    pronunciations *words;
    symbols *letters, *phones;
    pairs *all;
} given;

typedef bool step(const given *have);

static pronunciations *read_text(pronunciations_problem *problem)
{
    return pronunciations_decode(TEXT, strlen(TEXT), "text", PRONUNCIATIONS_DROP_STRESS, problem);
}

static given make_given(void)
{
    given have = {.words = read_text(NULL)};
    have.letters = pronunciations_letters(have.words);
    have.phones = pronunciations_phones(have.words);
    have.all = pronunciations_pairs(have.words, have.letters, have.phones, NULL);
    return have;
}

static void free_given(given *have)
{
    pairs_free(have->all);
    symbols_free(have->letters);
    symbols_free(have->phones);
    pronunciations_free(have->words);
}

static bool check_read(pronunciations *again, const pronunciations_problem *problem)
{
    bool is_done = again != NULL;
    CHECK(is_done == (problem->kind != PRONUNCIATIONS_NO_MEMORY), "kind %d: %s", (int)problem->kind,
          problem->message);
    pronunciations_free(again);
    return is_done;
}

static bool decode(const given *have)
{
    (void)have;
    pronunciations_problem problem;
    pronunciations *again = read_text(&problem);
    return check_read(again, &problem);
}

static bool read_stream(const given *have)
{
    (void)have;
    FILE *file = tmpfile();
    CHECK(file != NULL && fputs(TEXT, file) >= 0, "cannot write");
    rewind(file);
    pronunciations_problem problem;
    pronunciations *again = pronunciations_read(file, "text", PRONUNCIATIONS_DROP_STRESS, &problem);
    fclose(file);
    return check_read(again, &problem);
}

static bool read_data(const given *have)
{
    (void)have;
    pronunciation_choice choice = {.dev_every = 10};
    pronunciation_data data;
    pronunciations_problem problem;
    bool is_done = pronunciation_data_read(&choice, &data, &problem);
    CHECK(is_done == (problem.kind != PRONUNCIATIONS_NO_MEMORY) && is_done == (data.dev != NULL) &&
              is_done == (data.letters != NULL),
          "kind %d: %s", (int)problem.kind, problem.message);
    pronunciation_data_free(&data);
    return is_done;
}

static bool number(const given *have)
{
    symbols *letters = pronunciations_letters(have->words);
    bool is_done = letters != NULL;
    symbols_free(letters);
    return is_done;
}

static bool save(const given *have)
{
    char *text = symbols_to_text(have->phones);
    symbols *again = text != NULL ? symbols_from_text(text) : NULL;
    bool is_done = again != NULL;
    symbols_free(again);
    free(text);
    return is_done;
}

static bool make_pairs(const given *have)
{
    pronunciations_problem problem;
    pairs *all = pronunciations_pairs(have->words, have->letters, have->phones, &problem);
    CHECK((all == NULL) == (problem.kind == PRONUNCIATIONS_NO_MEMORY), "kind %d: %s",
          (int)problem.kind, problem.message);
    bool is_done = all != NULL;
    pairs_free(all);
    return is_done;
}

static bool take_parts(const given *have)
{
    pairs *slice = pairs_slice(have->all, 0, 1), *training, *held_out;
    bool is_split = pairs_hold_out(have->all, 2, 1, &training, &held_out);
    CHECK(is_split == (training != NULL) && is_split == (held_out != NULL), "half a split");
    bool is_done = slice != NULL && is_split;
    pairs_free(slice);
    pairs_free(training);
    pairs_free(held_out);
    return is_done;
}

static bool make_batches(const given *have)
{
    pair_batches *epoch = pair_batches_alloc(have->all, PAIR_BATCHES_PAIRS, 2);
    bool is_done = epoch != NULL;
    pair_batches_free(epoch);
    return is_done;
}

static bool draw(const given *have)
{
    (void)have;
    task rules = {.rule = TASK_SORT, .n_letters = 3, .min_length = 2, .max_length = 4};
    symbols *source = task_symbols(&rules, SYMBOLS_SOURCE);
    symbols *target = task_symbols(&rules, SYMBOLS_TARGET);
    bool is_whole = source != NULL && target != NULL;
    pairs *all = is_whole ? task_pairs(&rules, 3, source, target, suite_rng()) : NULL;
    bool is_done = all != NULL;
    pairs_free(all);
    symbols_free(source);
    symbols_free(target);
    return is_done;
}

static void fail_each(step *run, size_t at_least, const char *name)
{
    for (int times = 0; times < 2; times++) {
        fails_once = times == 0;
        n_before_failure = SIZE_MAX;
        given have = make_given();
        size_t n = 0;
        for (bool is_done = false; !is_done && n < 1000; n++) {
            n_before_failure = n;
            has_failed = false;
            is_done = run(&have);
            CHECK(is_done == !has_failed, "%s: allocation %zu failed, and the answer is %s", name,
                  n + 1, is_done ? "success" : "an error");
        }
        CHECK(n > at_least && n < 1000, "%s: %zu allocations were tried", name, n);
        n_before_failure = SIZE_MAX;
        free_given(&have);
    }
}

static void reading(void)
{
    fail_each(decode, 9, "from memory");
    fail_each(read_stream, 9, "from a stream");
    fail_each(read_data, 40, "the extract");
}

static void numbering(void)
{
    fail_each(number, 4, "letters");
    fail_each(save, 7, "phones that are saved");
}

static void parts(void)
{
    fail_each(make_pairs, 7, "pairs");
    fail_each(take_parts, 21, "parts");
    fail_each(draw, 16, "a task");
}

static void batching(void)
{
    fail_each(make_batches, 8, "batches");
}

static const test tests[] = {
    {"reading a dictionary says so when memory runs out", reading},
    {"symbols are whole or nothing when memory runs out", numbering},
    {"pairs are whole or nothing when memory runs out", parts},
    {"making batches gives nothing when memory runs out", batching},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
