/* Near is not related: proximity weights on sentences in which the related word is far away. */
#include "chapters/01_reweighting/parts.h"

#include "chapters/common/program/program.h"
#include "chapters/common/program/spelling.h"
#include <gsl/gsl_math.h>
#include <stdlib.h>

enum { N_BANDWIDTHS = 41 };

size_t query_position(const sentence *words, const char *query)
{
    if (query != NULL) {
        int found = sentence_find(words, query);
        if (found == SENTENCE_NOT_FOUND) {
            const char *nearest = spelling_nearest(query, words->tokens, words->n_tokens);
            program_message("the query '%s' is not a word of the sentence%s%s%s", query,
                            nearest != NULL ? " (nearest: '" : "", nearest != NULL ? nearest : "",
                            nearest != NULL ? "')" : "");
            exit(PROGRAM_USAGE);
        }
        return (size_t)found;
    }
    for (size_t i = words->n_tokens; i-- > 0;) {
        if (!sentence_is_stop_word(words->tokens[i])) {
            return i;
        }
    }
    return words->n_tokens - 1;
}

sentence *split_or_fail(const char *text)
{
    char message[SENTENCE_MESSAGE_SIZE];
    sentence *words = sentence_split(text, message);
    if (words == NULL) {
        program_fail("%s", message);
    }
    return words;
}

void draw_sentence(const report *to, const char *name, const sentence *words, size_t query,
                   const gsl_matrix *weights, const char *kind)
{
    char title[160];
    snprintf(title, sizeof title, "%s, row '%.40s'", kind, words->tokens[query]);
    report_heat_map(to, name,
                    &(figure_heat_map){.title = title,
                                       .description = "One row a word, one column a word.",
                                       .row_labels = words->tokens,
                                       .col_labels = words->tokens,
                                       .cells = weights,
                                       .min = 0.0,
                                       .max = gsl_matrix_max(weights),
                                       .has_marked_row = true,
                                       .marked_row = query});
}

void draw_row(const report *to, const char *name, const sentence *words, size_t query,
              const gsl_matrix *weights)
{
    gsl_vector_const_view row = gsl_matrix_const_row(weights, query);
    char title[160];
    snprintf(title, sizeof title, "What '%.40s' gives to each word", words->tokens[query]);
    report_bars(to, name,
                &(figure_bars){.title = title,
                               .value_label = "weight",
                               .labels = words->tokens,
                               .values = &row.vector,
                               .role = FIGURE_WEIGHT});
}

/* ---- The sentences of the course ------------------------------------------------------------- */

/* A sentence whose query is about another word, and a nearer word that it is not about. */
typedef struct {
    const char *name;
    const char *text;
    const char *query;
    const char *related;
    const char *nearer;
} far_relation;

static const far_relation far_relations[] = {
    {"tommy", "Tommy can be annoying but he is a good dog", "he", "tommy", "but"},
    {"roopali", "Roopali gives milk every morning because she is a cow", "she", "roopali",
     "because"},
};

/* The largest far / near; where near is 0, far is 0 as well. */
static double largest_ratio(const gsl_vector *far, const gsl_vector *near)
{
    double largest = 0.0;
    for (size_t h = 0; h < far->size; h++) {
        if (gsl_vector_get(near, h) > 0.0) {
            largest = GSL_MAX(largest, gsl_vector_get(far, h) / gsl_vector_get(near, h));
        }
    }
    return largest;
}

/* The weights of two words over all bandwidths: the nearer one is never overtaken. */
static void draw_overtaking(report *to, const settings *choices, const far_relation *relation,
                            const sentence *words)
{
    size_t query = query_position(words, relation->query);
    size_t far = query_position(words, relation->related);
    size_t near = query_position(words, relation->nearer);
    gsl_vector *bandwidths = program_vector(N_BANDWIDTHS);
    gsl_vector *far_weights = program_vector(N_BANDWIDTHS);
    gsl_vector *near_weights = program_vector(N_BANDWIDTHS);
    for (size_t h = 0; h < N_BANDWIDTHS; h++) {
        double bandwidth = 0.5 * pow(200.0, (double)h / (N_BANDWIDTHS - 1));
        gsl_matrix *weights = position_weights(words->n_tokens, choices->proximity, bandwidth);
        gsl_vector_set(bandwidths, h, bandwidth);
        gsl_vector_set(far_weights, h, gsl_matrix_get(weights, query, far));
        gsl_vector_set(near_weights, h, gsl_matrix_get(weights, query, near));
        gsl_matrix_free(weights);
    }
    double ratio = largest_ratio(far_weights, near_weights);
    figure_series series[] = {{.name = relation->nearer, .x = bandwidths, .y = near_weights},
                              {.name = relation->related, .x = bandwidths, .y = far_weights}};
    report_plot(to, "overtaking",
                &(figure_plot){.title = "What 'he' gives to the word beside it, and to Tommy",
                               .description = "Two curves that meet and never cross.",
                               .x_label = "bandwidth, in tokens",
                               .y_label = "weight",
                               .series = series,
                               .n_series = 2,
                               .is_log_x = true});
    report_say(
        to,
        "From bandwidth 0.5 to 100, the weight of '%s' is at most %.4f times that of '%s'. "
        "No bandwidth helps: a kernel that falls with the distance cannot prefer the farther "
        "word.",
        relation->related, ratio, relation->nearer);
    report_number(to, "overtaking_ratio", ratio);
    gsl_vector_free(bandwidths);
    gsl_vector_free(far_weights);
    gsl_vector_free(near_weights);
}

static void show_far_relation(report *to, const settings *choices, const far_relation *relation)
{
    sentence *words = split_or_fail(relation->text);
    size_t query = query_position(words, relation->query);
    gsl_matrix *weights = position_weights(words->n_tokens, choices->proximity, choices->bandwidth);
    draw_sentence(to, relation->name, words, query, weights, "Proximity weights");

    double far = gsl_matrix_get(weights, query, query_position(words, relation->related));
    double near = gsl_matrix_get(weights, query, query_position(words, relation->nearer));
    report_say(to, "'%s' gives %.3f to '%s', which stands beside it, and %.2g to '%s'.",
               relation->query, near, relation->nearer, far, relation->related);
    char name[64];
    snprintf(name, sizeof name, "%s_near", relation->name);
    report_number(to, name, near);
    snprintf(name, sizeof name, "%s_far", relation->name);
    report_number(to, name, far);

    if (relation == &far_relations[0]) {
        draw_overtaking(to, choices, relation, words);
    }
    gsl_matrix_free(weights);
    sentence_free(words);
}

/* ---- The learner's sentence ------------------------------------------------------------------ */

static void show_own(report *to, const settings *choices)
{
    sentence *words = split_or_fail(choices->sentence);
    size_t query = query_position(words, choices->query);
    gsl_matrix *weights = position_weights(words->n_tokens, choices->proximity, choices->bandwidth);
    draw_sentence(to, "sentence_proximity", words, query, weights, "Proximity weights");
    draw_row(to, "sentence_proximity_row", words, query, weights);
    gsl_matrix_free(weights);
    sentence_free(words);
}

void show_sentences(report *to, const settings *choices)
{
    if (choices->sentence != NULL) {
        show_own(to, choices);
        return;
    }
    for (size_t s = 0; s < sizeof far_relations / sizeof far_relations[0]; s++) {
        show_far_relation(to, choices, &far_relations[s]);
    }
}
