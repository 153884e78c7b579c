#include "tests/support/tagger_problem.h"

#include "reference/loss.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <stdlib.h>
#include <string.h>

const char *const tagger_kind_names[N_TAGGER_KINDS] = {
    "alone", "proximity", "dot", "query-key-value", "blocks, pre-norm", "blocks, post-norm"};

static tagger_shape shape_of(size_t kind)
{
    return (tagger_shape){.d_vector = D_VECTOR,
                          .n_channels = 2,
                          .channel_names = {"suffix", "shape"},
                          .n_ids = {6, 3},
                          .d_channel = {4, 3},
                          .n_classes = 5,
                          .d_model = 6,
                          .mixing = kind < TAGGER_BLOCKS ? (tagger_mixing)kind : TAGGER_BLOCKS,
                          .bandwidth = 1.3,
                          .clip = 2,
                          .n_layers = 2,
                          .n_heads = 3,
                          .n_hidden = 11,
                          .norm = kind == TAGGER_BLOCKS ? REF_PRE_NORM : REF_POST_NORM};
}

static int below(size_t n, gsl_rng *rng)
{
    return (int)gsl_rng_uniform_int(rng, n);
}

static void draw_batch(tagger_problem *p, gsl_rng *rng)
{
    const size_t lengths[N_SEQUENCES] = {4, 7, 1};
    memcpy(p->lengths, lengths, sizeof lengths);
    for (size_t row = 0; row < N_ROWS; row++) {
        bool is_token = row % N_PADDED < lengths[row / N_PADDED];
        p->words[row] = is_token ? below(N_WORDS, rng) : 0;
        p->features[0][row] = is_token ? below(6, rng) : 0;
        p->features[1][row] = is_token ? below(3, rng) : 0;
        p->targets[row] = is_token && row != 2 ? below(5, rng) : REF_IGNORED;
    }
    p->batch = (tagger_batch){.n_sequences = N_SEQUENCES,
                              .n_padded = N_PADDED,
                              .lengths = p->lengths,
                              .words = p->words,
                              .features = {p->features[0], p->features[1]},
                              .targets = p->targets};
}

tagger_problem *tagger_problem_alloc(size_t kind, gsl_rng *rng)
{
    tagger_problem *p = calloc(1, sizeof *p);
    p->shape = shape_of(kind);
    p->table = gsl_matrix_calloc(N_WORDS, D_VECTOR);
    for (size_t i = D_VECTOR; i < N_WORDS * D_VECTOR; i++) {
        p->table->data[i] = random_gaussian(rng, 1.0);
    }
    p->parameters = ref_parameters_alloc();
    CHECK_STATUS(tagger_declare(p->parameters, &p->shape), 0, "tagger_declare");
    CHECK_STATUS(ref_parameters_allocate(p->parameters), 0, "ref_parameters_allocate");
    for (size_t n = 0; n < p->parameters->n_numbers; n++) {
        p->parameters->values[n] = random_gaussian(rng, 0.5);
    }
    p->dropout = (tagger_dropout){0.3, 0.2, 0.4, 77};
    draw_batch(p, rng);
    return p;
}

void tagger_problem_free(tagger_problem *p)
{
    gsl_matrix_free(p->table);
    ref_parameters_free(p->parameters);
    free(p);
}
