/* The numbers of two heads: matrices chosen by hand, so that each column has a meaning. */
#include "chapters/04_multi_head/example.h"

#include "chapters/common/program/program.h"

enum {
    N = EXAMPLE_N_TOKENS,
    D = EXAMPLE_D_MODEL,
    D_ALL = EXAMPLE_D_HEADS /* columns of all heads side by side */
};

// [example-weights]
/* The first head is that of chapter 3: a word about money asks for nature; nature and grammar ask
 * for grammar. The second sends words of nature and money to those of grammar. */
static const double weight_q[D][D_ALL] = {
    {0.0, 1.0, /* nature */ 2.0, 0.0},
    {3.0, 0.0, /* money */ 2.0, 0.0},
    {0.0, 1.0, /* grammar */ 0.0, 1.0},
};
static const double weight_k[D][D_ALL] = {
    {2.0, 0.0, 0.0, 1.0}, {-1.0, 0.0, 0.0, 1.0}, {0.0, 1.0, 2.0, 0.0}};

/* What is handed on: nature and money by the first, grammar and the rest by the second. */
static const double weight_v[D][D_ALL] = {
    {1.0, 0.0, 0.0, 0.5}, {0.0, 1.0, 0.0, 0.5}, {0.0, 0.0, 1.0, 0.0}};

/* Each head's two rows bring its findings back to nature, money, grammar. */
static const double weight_o[D_ALL][D] = {
    {1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}, {0.5, 0.5, 0.0}};
// [example-weights]

example example_run(void)
{
    example of = {
        .x = example_matrix(),
        .parameters = {.n_heads = EXAMPLE_N_HEADS,
                       .heads = {.weight_q = program_matrix_of(&weight_q[0][0], D, D_ALL),
                                 .weight_k = program_matrix_of(&weight_k[0][0], D, D_ALL),
                                 .weight_v = program_matrix_of(&weight_v[0][0], D, D_ALL)},
                       .weight_o = program_matrix_of(&weight_o[0][0], D_ALL, D)},
        .cache = {.heads = {program_matrix(N, D_ALL), program_matrix(N, D_ALL),
                            program_matrix(N, D_ALL), program_matrix(EXAMPLE_N_HEADS * N, N)},
                  .concatenated = program_matrix(N, D_ALL)},
        .output = program_matrix(N, D),
    };
    program_check(ref_multi_head_forward(of.x, of.x, &of.parameters, NULL, &of.cache, of.output));
    return of;
}

void example_free(example *of)
{
    gsl_matrix *const all[] = {of->x,
                               of->parameters.heads.weight_q,
                               of->parameters.heads.weight_k,
                               of->parameters.heads.weight_v,
                               of->parameters.weight_o,
                               of->cache.heads.q,
                               of->cache.heads.k,
                               of->cache.heads.v,
                               of->cache.heads.weights,
                               of->cache.concatenated,
                               of->output};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}
