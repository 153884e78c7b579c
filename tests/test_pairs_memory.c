/* Pairs, without memory: each allocation in turn fails, alone or with all that follow, and the
 * answer is always an error, never a crash or a leak. */
#include "tests/support/scarce_memory.h"

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

/* What each step may use. */
typedef struct {
    pronunciations *words;
    symbols *letters, *phones;
    pairs *all;
} given;

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

static bool decode(const void *unused)
{
    (void)unused;
    pronunciations_problem problem;
    pronunciations *again = read_text(&problem);
    return check_read(again, &problem);
}

static bool read_stream(const void *unused)
{
    (void)unused;
    FILE *file = tmpfile();
    CHECK(file != NULL && fputs(TEXT, file) >= 0, "cannot write");
    rewind(file);
    pronunciations_problem problem;
    pronunciations *again = pronunciations_read(file, "text", PRONUNCIATIONS_DROP_STRESS, &problem);
    fclose(file);
    return check_read(again, &problem);
}

static bool read_data(const void *unused)
{
    (void)unused;
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

static bool number(const void *all_given)
{
    const given *have = all_given;
    symbols *letters = pronunciations_letters(have->words);
    bool is_done = letters != NULL;
    symbols_free(letters);
    return is_done;
}

static bool save(const void *all_given)
{
    const given *have = all_given;
    char *text = symbols_to_text(have->phones);
    symbols *again = text != NULL ? symbols_from_text(text) : NULL;
    bool is_done = again != NULL;
    symbols_free(again);
    free(text);
    return is_done;
}

static bool make_pairs(const void *all_given)
{
    const given *have = all_given;
    pronunciations_problem problem;
    pairs *all = pronunciations_pairs(have->words, have->letters, have->phones, &problem);
    CHECK((all == NULL) == (problem.kind == PRONUNCIATIONS_NO_MEMORY), "kind %d: %s",
          (int)problem.kind, problem.message);
    bool is_done = all != NULL;
    pairs_free(all);
    return is_done;
}

static bool take_parts(const void *all_given)
{
    const given *have = all_given;
    pairs *slice = pairs_slice(have->all, 0, 1), *training, *held_out;
    bool is_split = pairs_hold_out(have->all, 2, 1, &training, &held_out);
    CHECK(is_split == (training != NULL) && is_split == (held_out != NULL), "half a split");
    bool is_done = slice != NULL && is_split;
    pairs_free(slice);
    pairs_free(training);
    pairs_free(held_out);
    return is_done;
}

static bool make_batches(const void *all_given)
{
    const given *have = all_given;
    pair_batches *epoch = pair_batches_alloc(have->all, PAIR_BATCHES_PAIRS, 2);
    bool is_done = epoch != NULL;
    pair_batches_free(epoch);
    return is_done;
}

static bool draw(const void *unused)
{
    (void)unused;
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

static void fail_each(scarce_step *step, size_t at_least, const char *name)
{
    given have = make_given();
    fail_each_allocation(step, &have, at_least, name);
    free_given(&have);
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
