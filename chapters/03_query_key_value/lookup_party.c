/* The guests, their tables and the cards. */
#include "chapters/03_query_key_value/lookup.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

const char *const guest_names[N_GUESTS] = {"Ana", "Bob", "Cem", "Dia", "Eli", "Fay",
                                           "Gus", "Hua", "Ira", "Jo",  "Kim", "Leo"};

// [right-of]
size_t right_of(size_t guest)
{
    size_t table = guest / N_SEATS, seat = guest % N_SEATS;
    return N_SEATS * table + (seat + 1) % N_SEATS;
}
// [right-of]

party party_new(gsl_rng *generator)
{
    party of = {.names = program_matrix(N_GUESTS, D_NAME),
                .cards = program_matrix(N_CARDS, D_NAME),
                .questions = program_matrix(N_GUESTS, D_RECORD),
                .read_out = program_matrix(D_V, N_CARDS)};
    fill_normal(of.names, generator);
    fill_normal(of.cards, generator);
    gsl_matrix_view names = gsl_matrix_submatrix(of.questions, 0, 0, N_GUESTS, D_NAME);
    gsl_matrix_memcpy(&names.matrix, of.names);
    gsl_matrix_transpose_memcpy(of.read_out, of.cards);
    gsl_matrix_scale(of.read_out, 1.0 / sqrt((double)D_NAME));
    return of;
}

void party_free(party *of)
{
    gsl_matrix_free(of->names);
    gsl_matrix_free(of->cards);
    gsl_matrix_free(of->questions);
    gsl_matrix_free(of->read_out);
}

memories memories_alloc(size_t n)
{
    return (memories){.n = n,
                      .records = program_matrix(n * N_GUESTS, D_RECORD),
                      .owners = program_allocate(n * N_GUESTS, sizeof(size_t)),
                      .targets = program_allocate(n * N_GUESTS, sizeof(int))};
}

void memories_free(memories *of)
{
    gsl_matrix_free(of->records);
    free(of->owners);
    free(of->targets);
}

/* One memory: the cards, then the records in their order. */
static void deal_one(const party *of, gsl_rng *generator, bool is_shuffled, size_t *owners,
                     int *targets, gsl_matrix *records)
{
    int cards[N_GUESTS];
    for (size_t g = 0; g < N_GUESTS; g++) {
        cards[g] = (int)gsl_rng_uniform_int(generator, N_CARDS);
        owners[g] = g;
    }
    if (is_shuffled) {
        gsl_ran_shuffle(generator, owners, N_GUESTS, sizeof owners[0]);
    }
    for (size_t row = 0; row < N_GUESTS; row++) {
        gsl_vector_view name = gsl_matrix_subrow(records, row, 0, D_NAME);
        gsl_vector_view card = gsl_matrix_subrow(records, row, D_NAME, D_NAME);
        gsl_matrix_get_row(&name.vector, of->names, owners[row]);
        gsl_matrix_get_row(&card.vector, of->cards, (size_t)cards[owners[row]]);
    }
    for (size_t g = 0; g < N_GUESTS; g++) {
        targets[g] = cards[right_of(g)];
    }
}

void memories_deal(const party *of, gsl_rng *generator, bool is_shuffled, memories *all)
{
    for (size_t m = 0; m < all->n; m++) {
        size_t first = m * N_GUESTS;
        gsl_matrix_view records = gsl_matrix_submatrix(all->records, first, 0, N_GUESTS, D_RECORD);
        deal_one(of, generator, is_shuffled, all->owners + first, all->targets + first,
                 &records.matrix);
    }
}

double share_right(const gsl_matrix *logits, const memories *all)
{
    size_t n_right = 0, n = all->n * N_GUESTS;
    for (size_t i = 0; i < n; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(logits, i);
        n_right += (int)gsl_vector_max_index(&row.vector) == all->targets[i];
    }
    return (double)n_right / (double)n;
}
