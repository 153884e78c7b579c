/* Real words: one vector a word, and what reweighting makes of it. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <gsl/gsl_math.h>
#include <string.h>

enum { N_NEIGHBOURS = 5 };

static const char river_text[] = "She sat on the river bank";
static const char state_text[] = "The State Bank of India";

static double cosine(const gsl_vector *a, const gsl_vector *b)
{
    double product = 0.0;
    gsl_blas_ddot(a, b, &product);
    double norms = gsl_blas_dnrm2(a) * gsl_blas_dnrm2(b);
    return norms > 0.0 ? product / norms : 0.0;
}

static double distance(const gsl_vector *a, const gsl_vector *b)
{
    double sum = 0.0;
    for (size_t c = 0; c < a->size; c++) {
        sum += gsl_pow_2(gsl_vector_get(a, c) - gsl_vector_get(b, c));
    }
    return sqrt(sum);
}

/* "banks, banking, credit": the words nearest to v, without the word itself. */
static void list_neighbours(const word_vectors *vectors, const gsl_vector *v, const char *self,
                            char *list, size_t size)
{
    word_vectors_neighbour found[N_NEIGHBOURS + 1];
    size_t n = word_vectors_neighbours(vectors, v, N_NEIGHBOURS + 1, found);
    size_t length = 0, listed = 0;
    list[0] = '\0';
    for (size_t i = 0; i < n && listed < N_NEIGHBOURS; i++) {
        const char *word = vectors->words[found[i].row];
        if (strcmp(word, self) == 0 || length >= size) {
            continue;
        }
        length +=
            (size_t)snprintf(list + length, size - length, "%s%s", listed > 0 ? ", " : "", word);
        listed++;
    }
}

/* False, and a sentence about it, if a word of the text has no vector. */
static bool knows(const report *to, const word_vectors *vectors, const char *text)
{
    sentence *words = split_or_fail(text);
    char message[SENTENCE_MESSAGE_SIZE];
    bool is_known = sentence_unknown(words, vectors, message) == 0;
    if (!is_known) {
        report_say(to, "Left out, for these vectors do not know all of its words: %s", message);
    }
    sentence_free(words);
    return is_known;
}

static gsl_vector_view vector_of(const word_vectors *vectors, const char *word)
{
    return gsl_matrix_row(vectors->vectors, word_vectors_find(vectors, word));
}

/* ---- One word, one vector -------------------------------------------------------------------- */

/* The row of 'bank' in a sentence, before anything is done to it; the caller frees it. */
static gsl_vector *look_up_bank(const char *text, const word_vectors *vectors)
{
    sentence *words = split_or_fail(text);
    gsl_matrix *x = sentence_matrix(words, vectors);
    gsl_vector *bank = program_vector(vectors->d);
    gsl_matrix_get_row(bank, x, query_position(words, "bank"));
    gsl_matrix_free(x);
    sentence_free(words);
    return bank;
}

void show_one_vector(report *to, const settings *choices)
{
    const word_vectors *vectors = choices->vectors;
    if (!knows(to, vectors, river_text) || !knows(to, vectors, state_text)) {
        return;
    }
    gsl_vector *by_river = look_up_bank(river_text, vectors);
    gsl_vector *of_state = look_up_bank(state_text, vectors);
    char neighbours[512];
    list_neighbours(vectors, by_river, "bank", neighbours, sizeof neighbours);
    report_say(to, "'bank' in '%s'", river_text);
    report_say(to, "  nearest words: %s", neighbours);
    report_text(to, "bank_neighbours", neighbours);
    list_neighbours(vectors, of_state, "bank", neighbours, sizeof neighbours);
    report_say(to, "'bank' in '%s'", state_text);
    report_say(to, "  nearest words: %s", neighbours);
    report_say(to, "Distance between the two: %.2f. The sentence made no difference.",
               distance(by_river, of_state));
    report_number(to, "bank_distance", distance(by_river, of_state));
    gsl_vector_free(by_river);
    gsl_vector_free(of_state);
}

/* ---- What reweighting makes of them ---------------------------------------------------------- */

/* Who is mixed with whom. */
typedef enum { MIX_NOTHING, MIX_MEAN, MIX_PROXIMITY, MIX_DOT, N_MIXES } mix;

static const char *const mix_names[N_MIXES] = {"none", "mean", "proximity", "dot product"};

static gsl_matrix *mix_weights(const gsl_matrix *x, mix kind, const settings *choices)
{
    gsl_matrix *weights = program_matrix(x->size1, x->size1);
    if (kind == MIX_NOTHING) {
        gsl_matrix_set_identity(weights);
    } else if (kind == MIX_MEAN) {
        gsl_matrix_set_all(weights, 1.0 / (double)x->size1);
    } else if (kind == MIX_PROXIMITY) {
        gsl_matrix_free(weights);
        weights = position_weights(x->size1, choices->proximity, choices->bandwidth);
    } else {
        program_check(ref_dot_weights(x, weights));
        program_check(ref_divide_by_sum(weights, weights));
    }
    return weights;
}

/* What becomes of one token of a text; the caller frees it. */
static gsl_vector *mixed_token(const sentence *words, size_t query, mix kind,
                               const settings *choices)
{
    gsl_matrix *x = sentence_matrix(words, choices->vectors);
    gsl_matrix *weights = mix_weights(x, kind, choices);
    gsl_matrix *output = reweighted(weights, x);
    gsl_vector *token = program_vector(x->size2);
    gsl_matrix_get_row(token, output, query);
    gsl_matrix_free(output);
    gsl_matrix_free(weights);
    gsl_matrix_free(x);
    return token;
}

/* A number of the table, and the same for the page: "bank_apart_0", .. for each kind. */
static void print_measure(report *to, terminal_table *table, const char *name, mix kind,
                          double value)
{
    terminal_table_cell(table, FIGURE_AUTO, "%.2f", value);
    char result[64];
    snprintf(result, sizeof result, "bank_%s_%d", name, (int)kind);
    report_number(to, result, value);
}

/* 'bank' by the river and of the state, after each kind of mixing. */
static void compare_banks(report *to, const settings *choices)
{
    const word_vectors *vectors = choices->vectors;
    gsl_vector_view water = vector_of(vectors, "water"), money = vector_of(vectors, "money");
    sentence *river = split_or_fail(river_text), *state = split_or_fail(state_text);
    static const char *const headings[] = {"mixed by", "apart",        "river: water",
                                           "money",    "state: water", "money"};
    terminal_table *table = terminal_table_start(6, headings);
    for (mix kind = MIX_NOTHING; kind < N_MIXES; kind++) {
        gsl_vector *by_river = mixed_token(river, query_position(river, "bank"), kind, choices);
        gsl_vector *of_state = mixed_token(state, query_position(state, "bank"), kind, choices);
        terminal_table_cell(table, FIGURE_AUTO, "%s", mix_names[kind]);
        print_measure(to, table, "apart", kind, distance(by_river, of_state));
        print_measure(to, table, "river_water", kind, cosine(by_river, &water.vector));
        print_measure(to, table, "river_money", kind, cosine(by_river, &money.vector));
        print_measure(to, table, "state_water", kind, cosine(of_state, &water.vector));
        print_measure(to, table, "state_money", kind, cosine(of_state, &money.vector));
        gsl_vector_free(by_river);
        gsl_vector_free(of_state);
    }
    report_say(to,
               "'bank' of '%s' and of '%s': their distance, and their cosines with 'water' and "
               "'money':",
               river_text, state_text);
    terminal_print_table(&to->out, table);
    sentence_free(river);
    sentence_free(state);
}

/* Map and row of a sentence with dot-product weights, and what its query is near to afterwards. */
static void draw_dot_sentence(report *to, const settings *choices, const char *text,
                              const char *query_word, const char *name)
{
    const word_vectors *vectors = choices->vectors;
    sentence *words = split_or_fail(text);
    size_t query = query_position(words, query_word);
    char message[SENTENCE_MESSAGE_SIZE];
    if (sentence_unknown(words, vectors, message) > 0) {
        if (choices->sentence != NULL) {
            program_message("%s: zeros instead", message);
        } else {
            report_say(to, "%s: zeros instead.", message);
        }
    }
    gsl_matrix *x = sentence_matrix(words, vectors);
    gsl_matrix *weights = mix_weights(x, MIX_DOT, choices);
    draw_sentence(to, name, words, query, weights, "Dot products divided by their sum");
    char row_name[128];
    snprintf(row_name, sizeof row_name, "%s_row", name);
    draw_row(to, row_name, words, query, weights);
    for (size_t j = 0; j < words->n_tokens; j++) {
        char number_name[512];
        snprintf(number_name, sizeof number_name, "%s_%s", name, words->tokens[j]);
        report_number(to, number_name, gsl_matrix_get(weights, query, j));
    }
    for (mix kind = MIX_NOTHING; kind < N_MIXES && choices->sentence != NULL; kind++) {
        gsl_vector *token = mixed_token(words, query, kind, choices);
        char neighbours[512];
        list_neighbours(vectors, token, words->tokens[query], neighbours, sizeof neighbours);
        report_say(to, "'%s' mixed by %s is near: %s", words->tokens[query], mix_names[kind],
                   neighbours);
        gsl_vector_free(token);
    }
    gsl_matrix_free(weights);
    gsl_matrix_free(x);
    sentence_free(words);
}

void show_dot_words(report *to, const settings *choices)
{
    if (choices->sentence != NULL) {
        draw_dot_sentence(to, choices, choices->sentence, choices->query, "sentence_dot");
        return;
    }
    draw_dot_sentence(to, choices, "Tommy can be annoying but he is a good dog", "he", "dot_tommy");
    terminal_heading(&to->out, "The two banks, mixed");
    if (knows(to, choices->vectors, river_text) && knows(to, choices->vectors, state_text) &&
        knows(to, choices->vectors, "water money")) {
        compare_banks(to, choices);
    }
}
