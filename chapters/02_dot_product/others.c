/* The learner's own examples: Roopali, Tommy, the FBI and the cow. */
#include "chapters/02_dot_product/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_sort_vector.h>

typedef struct {
    const char *text, *query;
} question;

static const question questions[] = {
    {"Tommy can be annoying but he is a good dog", "tommy"},
    {"Tommy can be annoying but he is a good dog", "he"},
    {"The FBI is chasing a criminal in the city", "fbi"},
    {"The FBI is chasing a criminal in the city", "chasing"},
    {"Roopali gives milk every morning because she is a cow", "she"},
    {"Roopali gives milk every morning because she is a cow", "cow"},
};
enum { N_QUESTIONS = sizeof(questions) / sizeof(questions[0]), N_BEST = 2 };

/* The heaviest words of a row, "cow 52%, milk 15%". */
static void write_heaviest(const sentence *words, const gsl_vector *weights, char *line)
{
    size_t order[N_BEST];
    size_t n = words->n_tokens < N_BEST ? words->n_tokens : N_BEST, used = 0;
    gsl_sort_vector_largest_index(order, n, weights);
    for (size_t r = 0; r < n; r++) {
        used += (size_t)snprintf(line + used, NEIGHBOURS_SIZE - used, "%s%.40s %.0f%%",
                                 r > 0 ? ", " : "", words->tokens[order[r]],
                                 100.0 * gsl_vector_get(weights, order[r]));
    }
}

static void add_heaviest(terminal_table *table, const settings *choices, const question *asked,
                         bool mask_self, bool no_stop_words)
{
    char line[NEIGHBOURS_SIZE];
    settings own = {.similarity = CHOICE_SCALED_DOT,
                    .temperature = 1.0,
                    .mask_self = mask_self,
                    .stop_words = no_stop_words ? 1 : 0,
                    .implementation = choices->implementation};
    word_attention all = attend_words(&own, choices->vectors, asked->text);
    int position = sentence_find(all.words, asked->query);
    if (position == SENTENCE_NOT_FOUND) {
        program_fail("there is no '%s' in '%s'", asked->query, asked->text);
    }
    gsl_vector_const_view p = gsl_matrix_const_row(all.weights, (size_t)position);
    write_heaviest(all.words, &p.vector, line);
    terminal_table_cell(table, FIGURE_WEIGHT, "%s", line);
    free_words(&all);
}

void show_others(report *to, const settings *choices)
{
    static const char *const headings[] = {"query", "scaled dot", "itself masked",
                                           "and no stop words"};
    terminal_heading(&to->out, "12. Tommy, the FBI and Roopali");
    report_say(to, "The two heaviest words for each query, in percent.");
    for (size_t n = 0; n < N_QUESTIONS; n++) {
        report_print(to, "\n");
        report_say(to, "\"%s\"", questions[n].text);
        report_print(to, "\n");
        terminal_table *table = terminal_table_start(4, headings);
        for (; n < N_QUESTIONS; n++) {
            terminal_table_cell(table, FIGURE_QUERY, "%s", questions[n].query);
            add_heaviest(table, choices, &questions[n], false, false);
            add_heaviest(table, choices, &questions[n], true, false);
            add_heaviest(table, choices, &questions[n], true, true);
            if (n + 1 < N_QUESTIONS && questions[n + 1].text != questions[n].text) {
                break;
            }
        }
        terminal_print_table(&to->out, table);
    }
    char message[SENTENCE_MESSAGE_SIZE];
    sentence *words = sentence_split("Roopali", message);
    report_print(to, "\n");
    if (words && sentence_unknown(words, choices->vectors, message) > 0) {
        report_say(to, "%s", message);
        report_text(to, "unknown_message", message);
    }
    sentence_free(words);
}
