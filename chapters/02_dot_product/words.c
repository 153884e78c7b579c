/* Attention over the words of a sentence, and what a vector is near to. */
#include "chapters/02_dot_product/parts.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_blas.h>
#include <math.h>

void load_words(settings *choices, bool is_special)
{
    word_vectors_problem problem;
    for (int s = 0; s <= (is_special ? 1 : 0); s++) {
        word_vectors *loaded = choices->path ? word_vectors_load(choices->path, &problem)
                                             : word_vectors_embedded(&problem);
        if (!loaded) {
            program_fail("%s", problem.message);
        }
        if (s == 0) {
            choices->vectors = loaded;
        } else {
            choices->special = loaded;
        }
    }
    if (is_special) {
        size_t n_common = choices->n_common > 0 ? choices->n_common : N_COMMON;
        program_check(word_vectors_remove_common(choices->special, n_common));
    }
}

/* Hide what no word should see: unknown words, stop words if they are dropped, and itself. */
static void fill_bias(const settings *choices, const word_attention *all)
{
    for (size_t j = 0; j < all->words->n_tokens; j++) {
        const char *token = all->words->tokens[j];
        bool is_unknown = word_vectors_find(all->known, token) == WORD_VECTORS_UNKNOWN;
        bool is_dropped = choices->stop_words == 1 && sentence_is_stop_word(token);
        for (size_t i = 0; i < all->words->n_tokens; i++) {
            bool is_self = i == j;
            bool is_hidden =
                is_unknown || (is_dropped && !is_self) || (choices->mask_self && is_self);
            gsl_matrix_set(all->bias, i, j, is_hidden ? -INFINITY : 0.0);
        }
    }
}

/* Y = keep X + (1 - keep) P X */
static void keep_some(const word_attention *all, double keep)
{
    for (size_t i = 0; i < all->x->size1; i++) {
        gsl_vector_view y = gsl_matrix_row(all->output, i);
        gsl_vector_const_view x = gsl_matrix_const_row(all->x, i);
        gsl_vector_scale(&y.vector, 1.0 - keep);
        gsl_blas_daxpy(keep, &x.vector, &y.vector);
    }
}

word_attention attend_words(const settings *choices, const word_vectors *known, const char *text)
{
    char message[SENTENCE_MESSAGE_SIZE];
    word_attention all = {.words = sentence_split(text, message), .known = known};
    if (!all.words) {
        program_fail("%s", message);
    }
    size_t n = all.words->n_tokens;
    all.x = sentence_matrix(all.words, known);
    if (!all.x) {
        program_fail("there is no memory for a sentence of %zu words", n);
    }
    all.bias = program_matrix(n, n);
    all.weights = program_matrix(n, n);
    all.output = program_matrix(n, known->d);
    fill_bias(choices, &all);
    const ref_mask mask = {.causal = choices->causal, .bias = all.bias};
    attend(choices, all.x, &mask, all.weights, all.output);
    keep_some(&all, choices->keep);
    return all;
}

void free_words(word_attention *words)
{
    sentence_free(words->words);
    gsl_matrix_free(words->x);
    gsl_matrix_free(words->bias);
    gsl_matrix_free(words->weights);
    gsl_matrix_free(words->output);
}

double cosine_to(const word_vectors *known, const gsl_vector *v, const char *word)
{
    size_t row = word_vectors_find(known, word);
    if (row == WORD_VECTORS_UNKNOWN) {
        return 0.0;
    }
    gsl_vector_const_view w = gsl_matrix_const_row(known->vectors, row);
    double dot = 0.0, norms = gsl_blas_dnrm2(v) * gsl_blas_dnrm2(&w.vector);
    gsl_blas_ddot(v, &w.vector, &dot);
    return norms > 0.0 ? dot / norms : 0.0;
}

void write_neighbours(const word_vectors *known, const gsl_vector *v, size_t n, char *line)
{
    enum { MOST = 8 };
    word_vectors_neighbour nearest[MOST];
    size_t found = word_vectors_neighbours(known, v, n < MOST ? n : MOST, nearest);
    size_t used = 0;
    line[0] = '\0';
    for (size_t i = 0; i < found && used < NEIGHBOURS_SIZE; i++) {
        used +=
            (size_t)snprintf(line + used, NEIGHBOURS_SIZE - used, "%s%.40s %.2f", i > 0 ? ", " : "",
                             known->words[nearest[i].row], nearest[i].cosine);
    }
}
