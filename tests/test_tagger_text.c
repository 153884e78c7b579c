/* A corpus as numbers: what is known of each word, and what stands in the padding. */
#include "chapters/common/tagger/tagger_text.h"
#include "reference/loss.h"
#include "tests/support/suite.h"
#include <string.h>

static const char file[] = "The\tD\nriver\tN\n\nbank\tN\nof\tP\nthe\tD\nriver\tN\n\n"
                           "#river\tN\nXqzzt\tN\n#\tP\n";

typedef struct {
    corpus *sentences;
    word_vectors *vectors;
    lexicon *words;
    tagger_text *text;
} reading;

static reading read_file(size_t batch_tokens)
{
    reading r = {.vectors = word_vectors_embedded(NULL)};
    r.sentences = corpus_decode(file, strlen(file), "file", CORPUS_COLUMNS, NULL, NULL);
    r.words = lexicon_build(r.sentences, NULL, NULL);
    r.text = tagger_text_alloc(r.sentences, r.words, r.vectors, batch_tokens);
    return r;
}

static void reading_free(reading *r)
{
    tagger_text_free(r->text);
    lexicon_free(r->words);
    word_vectors_free(r->vectors);
    corpus_free(r->sentences);
}

static void vectors(void)
{
    reading r = read_file(100);
    gsl_matrix *table = tagger_table(r.vectors);
    const int *words = r.text->words, *known = r.text->features[r.text->n_channels - 1];
    size_t river = word_vectors_find(r.vectors, "river");
    CHECK(words[1] == (int)river + 1 && words[5] == words[1], "'river' is row %d", words[1]);
    CHECK(words[6] == words[1], "'#river' is row %d, not that of 'river'", words[6]);
    CHECK(words[7] == 0 && known[7] == 0, "an unknown word is row %d, known %d", words[7],
          known[7]);
    CHECK(known[0] == 1 && known[6] == 1, "known words are marked %d and %d", known[0], known[6]);
    for (size_t c = 0; c < table->size2; c++) {
        CHECK(gsl_matrix_get(table, 0, c) == 0.0, "row 0 holds %g", gsl_matrix_get(table, 0, c));
        double expected = (float)gsl_matrix_get(r.vectors->vectors, river, c);
        CHECK(gsl_matrix_get(table, river + 1, c) == expected, "column %zu of 'river' differs", c);
    }
    gsl_matrix_free(table);
    reading_free(&r);
}

/* Every row of every batch: a token's numbers, or padding. */
static void padding(void)
{
    reading r = read_file(8);
    size_t n_tokens = 0, n_padding = 0;
    for (size_t b = 0; b < r.text->epoch->n_batches; b++) {
        const tagger_batch *inputs = tagger_text_batch(r.text, b);
        for (size_t row = 0; row < inputs->n_sequences * inputs->n_padded; row++) {
            size_t token = batches_get(r.text->epoch, b)->tokens[row];
            bool is_token = row % inputs->n_padded < inputs->lengths[row / inputs->n_padded];
            CHECK(is_token == (token != BATCH_PADDING), "row %zu: lengths and tokens differ", row);
            int word = is_token ? r.text->words[token] : 0;
            int target = is_token ? r.text->targets[token] : REF_IGNORED;
            int suffix = is_token ? r.text->features[1][token] : 0;
            CHECK(inputs->words[row] == word && inputs->targets[row] == target &&
                      inputs->features[1][row] == suffix,
                  "batch %zu, row %zu holds other numbers than its token", b, row);
            n_tokens += is_token;
            n_padding += !is_token;
        }
    }
    CHECK(n_tokens == r.sentences->n_tokens && n_padding > 0, "%zu tokens, %zu of padding",
          n_tokens, n_padding);
    reading_free(&r);
}

static const test tests[] = {
    {"a word has its vector's row, a hashtag that of its word, others the row of zeros", vectors},
    {"a batch holds the numbers of its tokens, and padding where there is none", padding},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
