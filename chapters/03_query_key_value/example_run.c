/* The numbers of the running example: matrices chosen by hand, so that each column has a meaning. */
#include "chapters/03_query_key_value/example.h"

#include "chapters/common/program/program.h"
#include <math.h>

enum { D = EXAMPLE_D_MODEL, N = EXAMPLE_N_TOKENS };

// [example-weights]
/* A word about money asks for nature; nature and grammar ask for grammar. */
static const double weight_q[D][EXAMPLE_D_K] = {
    {0.0, 1.0}, /* nature */
    {3.0, 0.0}, /* money */
    {0.0, 1.0}, /* grammar */
};

/* A word is found by its nature less its money, and by its grammar. */
static const double weight_k[D][EXAMPLE_D_K] = {{2.0, 0.0}, {-1.0, 0.0}, {0.0, 1.0}};

/* It gives its nature and its money, and keeps its grammar to itself. */
static const double weight_v[D][EXAMPLE_D_V] = {{1.0, 0.0}, {0.0, 1.0}, {0.0, 0.0}};
// [example-weights]

example example_run(void)
{
    example of = {
        .x = example_matrix(),
        .parameters = {.weight_q = program_matrix_of(&weight_q[0][0], D, EXAMPLE_D_K),
                       .weight_k = program_matrix_of(&weight_k[0][0], D, EXAMPLE_D_K),
                       .weight_v = program_matrix_of(&weight_v[0][0], D, EXAMPLE_D_V)},
        .scale = 1.0 / sqrt((double)EXAMPLE_D_K),
        .cache = {program_matrix(N, EXAMPLE_D_K), program_matrix(N, EXAMPLE_D_K),
                  program_matrix(N, EXAMPLE_D_V), program_matrix(N, N)},
        .scores = program_matrix(N, N),
        .output = program_matrix(N, EXAMPLE_D_V),
    };
    program_check(ref_query_key_value_forward(of.x, of.x, &of.parameters, of.scale, NULL, &of.cache,
                                              of.output));
    program_check(ref_attention_scores(of.cache.q, of.cache.k, REF_DOT, of.scale, NULL, of.scores));
    return of;
}

void example_free(example *of)
{
    gsl_matrix *const all[] = {of->x,
                               of->parameters.weight_q,
                               of->parameters.weight_k,
                               of->parameters.weight_v,
                               of->cache.q,
                               of->cache.k,
                               of->cache.v,
                               of->cache.weights,
                               of->scores,
                               of->output};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}
