/* What the programs read, without memory: each allocation in turn fails, alone or with all that
 * follow, and the answer is always an error, never a crash or a leak. */
#include "tests/support/scarce_memory.h"

#include "chapters/common/files/text_lines.c"
#include "chapters/common/words/batches.c"
#include "chapters/common/words/corpus.c"
#include "chapters/common/words/corpus_brown.c"
#include "chapters/common/words/corpus_columns.c"
#include "chapters/common/words/corpus_conllu.c"
#include "chapters/common/words/corpus_format.c"
#include "chapters/common/words/corpus_parts.c"
#include "chapters/common/words/entities.c"
#include "chapters/common/words/lexicon.c"
#include "chapters/common/words/lexicon_find.c"
#include "chapters/common/words/word_features.c"
#undef malloc
#undef calloc
#undef realloc

#include "tests/support/suite.h"

#define TEXT "The\tO\nBank\tB-ORG\nof\tI-ORG\nIndia\tB-LOC\n\nIt\tO\n\nMeena\tB-PER\n"

static corpus *read_text(corpus_problem *problem)
{
    return corpus_decode(TEXT, strlen(TEXT), "text", CORPUS_ANY, NULL, problem);
}

static bool decode(const void *unused)
{
    (void)unused;
    corpus_problem problem;
    corpus *again = read_text(&problem);
    CHECK((again == NULL) == (problem.kind == CORPUS_NO_MEMORY), "kind %d: %s", (int)problem.kind,
          problem.message);
    corpus_free(again);
    return again != NULL;
}

static bool read_stream(const void *unused)
{
    (void)unused;
    FILE *file = tmpfile();
    CHECK(file != NULL && fputs(TEXT, file) >= 0, "cannot write");
    rewind(file);
    corpus_problem problem;
    corpus *again = corpus_read(file, "text", CORPUS_ANY, NULL, &problem);
    CHECK((again == NULL) == (problem.kind == CORPUS_NO_MEMORY), "kind %d: %s", (int)problem.kind,
          problem.message);
    corpus_free(again);
    fclose(file);
    return again != NULL;
}

static bool take_parts(const void *given)
{
    const corpus *c = given;
    corpus *slice = corpus_slice(c, 0, 1), *training, *held_out;
    corpus *joined = corpus_join(&c, 1);
    bool is_split = corpus_hold_out(c, 2, &training, &held_out);
    CHECK(is_split == (training != NULL) && is_split == (held_out != NULL), "half a split");
    bool is_done = slice != NULL && joined != NULL && is_split;
    corpus_free(slice);
    corpus_free(joined);
    corpus_free(training);
    corpus_free(held_out);
    return is_done;
}

static bool build_lexicon(const void *given)
{
    const corpus *c = given;
    lexicon_problem problem = {""};
    lexicon *words = lexicon_build(c, NULL, &problem);
    CHECK((words == NULL) == (strstr(problem.message, "out of memory") != NULL), "%s",
          problem.message);
    lexicon_free(words);
    return words != NULL;
}

static bool make_batches(const void *given)
{
    const corpus *c = given;
    batches *epoch = batches_alloc(c, 4);
    batches_free(epoch);
    return epoch != NULL;
}

static bool count_entities(const void *given)
{
    const corpus *c = given;
    entity_scores *scores = entities_score(c->tags, c->tags, c->starts, c->n_sentences);
    entities_free(scores);
    return scores != NULL;
}

static void fail_each(scarce_step *step, size_t at_least, const char *name)
{
    corpus *c = read_text(NULL);
    fail_each_allocation(step, c, at_least, name);
    corpus_free(c);
}

static void reading(void)
{
    fail_each(decode, 5, "from memory");
    fail_each(read_stream, 5, "from a stream");
}

static void parts(void)
{
    fail_each(take_parts, 20, "parts");
}

static void lexicons(void)
{
    fail_each(build_lexicon, 30, "a lexicon");
}

static void batching(void)
{
    fail_each(make_batches, 11, "batches");
}

static void entity_counting(void)
{
    fail_each(count_entities, 4, "names");
}

static const test tests[] = {
    {"reading a corpus says so when memory runs out", reading},
    {"parts of a corpus are whole or nothing when memory runs out", parts},
    {"building a lexicon says so when memory runs out", lexicons},
    {"making batches gives nothing when memory runs out", batching},
    {"counting names gives nothing when memory runs out", entity_counting},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
