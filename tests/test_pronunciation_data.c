/* Words to train on and to measure on: each way to choose them, and what may be wrong with it. */
#include "chapters/common/pairs/pronunciation_data.h"
#include "tests/support/suite.h"
#include "tests/support/temporary.h"

#include <stdlib.h>
#include <string.h>

static char *folder;

/* The path of a file with this text. */
static const char *file_of(const char *name, const char *text)
{
    const char *path = temporary_path(folder, name);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, "cannot write");
    return path;
}

/* The sources of pairs, with blanks between them. */
static const char *shown(const pairs *all)
{
    static char text[1024];
    size_t n = 0;
    text[0] = '\0';
    for (size_t s = 0; s < all->n_sources; s++) {
        char word[64];
        symbols_decode(all->source_symbols, all->source + all->source_starts[s],
                       pairs_source_length(all, s), word, sizeof word);
        n += (size_t)snprintf(text + n, sizeof text - n, s > 0 ? " %s" : "%s", word);
    }
    return text;
}

static void check(const pronunciation_choice *choice, const char *training, const char *dev)
{
    pronunciation_data data;
    pronunciations_problem problem;
    bool is_read = pronunciation_data_read(choice, &data, &problem);
    if (!CHECK(is_read && problem.kind == PRONUNCIATIONS_OK, "%s", problem.message)) {
        return;
    }
    CHECK(strcmp(shown(data.training), training) == 0, "training: %s", shown(data.training));
    CHECK(strcmp(shown(data.dev), dev) == 0, "dev: %s", shown(data.dev));
    CHECK(
        data.training->source_symbols == data.letters && data.dev->source_symbols == data.letters &&
            data.training->target_symbols == data.phones && data.dev->target_symbols == data.phones,
        "other symbols");
    pronunciation_data_free(&data);
    CHECK(data.training == NULL && data.dev == NULL && data.letters == NULL && data.phones == NULL,
          "freed, and still there");
}

static void ways(void)
{
    folder = temporary_folder();
    const char *six = file_of("six.txt", "a\tA\nb\tB\na\tAH\nc\tK\nd\tD\ne\tE\nf\tF\n");
    char train[256], dev[256];
    snprintf(train, sizeof train, "%s", six);
    snprintf(dev, sizeof dev, "%s", file_of("dev.txt", "f  F\nxa  B A\n"));
    check(&(pronunciation_choice){.train = train, .dev_every = 2}, "b d f", "a c e");
    check(&(pronunciation_choice){.train = train, .dev_every = 2, .dev_first = 2}, "b d e f",
          "a c");
    check(&(pronunciation_choice){.train = train, .dev_every = 4, .dev_first = 9}, "b c d f",
          "a e");
    check(&(pronunciation_choice){.train = train, .dev = dev}, "a b c d e f",
          "f \xEF\xBF\xBD"
          "a");
    temporary_remove(folder);
}

static void embedded(void)
{
    pronunciation_choice choice = {.dev_every = 10};
    pronunciation_data data;
    CHECK(pronunciation_data_read(&choice, &data, NULL), "no extract");
    CHECK(data.training->n_sources == 4500 && data.dev->n_sources == 500, "%zu and %zu words",
          data.training->n_sources, data.dev->n_sources);
    CHECK(data.training->n_pairs + data.dev->n_pairs == 6028, "%zu and %zu pronunciations",
          data.training->n_pairs, data.dev->n_pairs);
    pronunciation_data_free(&data);
}

static void check_bad(const pronunciation_choice *choice, pronunciations_kind kind,
                      const char *says)
{
    pronunciation_data data;
    pronunciations_problem problem;
    bool is_read = pronunciation_data_read(choice, &data, &problem);
    CHECK(!is_read && problem.kind == kind && strstr(problem.message, says) != NULL,
          "kind %d instead of %d: \"%s\" should say \"%s\"", (int)problem.kind, (int)kind,
          problem.message, says);
    CHECK(data.training == NULL && data.dev == NULL && data.letters == NULL && data.phones == NULL,
          "half of it is there");
    CHECK(!pronunciation_data_read(choice, &data, NULL), "without a problem");
}

static void wrong(void)
{
    folder = temporary_folder();
    char one[256], bad[256], strange[256], none[256];
    snprintf(one, sizeof one, "%s", file_of("one.txt", "a\tA\na\tAH\n"));
    snprintf(bad, sizeof bad, "%s", file_of("bad.txt", "a\tA\nb\n"));
    snprintf(strange, sizeof strange, "%s", file_of("strange.txt", "a\tA\na\tX\n"));
    snprintf(none, sizeof none, "%s", temporary_path(folder, "none.txt"));
    check_bad(&(pronunciation_choice){.train = none, .dev_every = 2}, PRONUNCIATIONS_CANNOT_OPEN,
              "none.txt: cannot be opened: ");
    check_bad(&(pronunciation_choice){.train = bad, .dev_every = 2}, PRONUNCIATIONS_OTHER_FORMAT,
              "bad.txt:2: expected a tab");
    check_bad(&(pronunciation_choice){.train = one, .dev = none}, PRONUNCIATIONS_CANNOT_OPEN,
              "none.txt: cannot be opened: ");
    check_bad(&(pronunciation_choice){.train = one, .dev = bad}, PRONUNCIATIONS_OTHER_FORMAT,
              "bad.txt:2: expected a tab");
    check_bad(&(pronunciation_choice){.train = one, .dev = strange}, PRONUNCIATIONS_UNKNOWN_PHONE,
              "strange.txt:2: expected the 2 phones of the training data, found 'X' behind 'a'");
    check_bad(&(pronunciation_choice){.train = one, .dev_every = 2}, PRONUNCIATIONS_EMPTY,
              "one.txt: expected words to train on, found none");
    check_bad(&(pronunciation_choice){.train = one, .dev_every = 1}, PRONUNCIATIONS_EMPTY,
              "one.txt: expected every second word or fewer to be held out, found every one");
    temporary_remove(folder);
}

static const test tests[] = {
    {"words are held out of a file, or come from a second one", ways},
    {"without a file there is the extract", embedded},
    {"what is wrong with a file or a choice is answered, and nothing is left", wrong},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
