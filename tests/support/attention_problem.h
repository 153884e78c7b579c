/**
 * @file attention_problem.h
 * One attention for both sides, all batches and heads, forward and backward: random inputs, what
 * the reference makes of them, how far off a float32 result may be, and a run of the optimized
 * twin.
 */
#ifndef TESTS_SUPPORT_ATTENTION_PROBLEM_H
#define TESTS_SUPPORT_ATTENTION_PROBLEM_H

#include "optimized/attention.h"
#include "reference/attention.h"
#include "tests/support/agreement.h"
#include "tests/support/twin.h"
#include "tests/support/uncertain.h"
#include <gsl/gsl_rng.h>

/** A row of a table of cases. */
typedef struct {
    const char *catches; /**< which mistakes this shape shows */
    size_t n_batch, n_heads, n_q, n_k, d_k, d_v;
    double sigma;       /**< deviation of queries and keys */
    twin_layout layout; /**< of queries, keys, values and everything of their shape */
} attention_shape;

/** Which masks are on. */
typedef enum {
    UNMASKED,
    CAUSAL,
    KEY_LENGTHS, /**< two thirds of the keys; none for the second sequence, all for the third */
    BIASED,      /**< another bias for each batch and head, one entry in ten -INFINITY */
    RELATIVE,    /**< a relative bias, and its gradient; far keys share the first or last number */
    ALL_MASKS,   /**< all of these, with one bias that serves all batches and heads, and a relative
                      bias with numbers that no distance reaches */
    N_MASKINGS
} masking;

/** Names for messages. */
extern const char *const masking_names[N_MASKINGS];
extern const char *const similarity_names[3];

/** The outputs, the cache of the forward pass first. The last one is one matrix with a row a head,
 *  where there is a relative bias; else nothing writes to it. */
enum { LOG_SUM_EXP, OUTPUT, GRAD_Q, GRAD_K, GRAD_V, GRAD_RELATIVE, N_OUTPUTS };
extern const char *const output_names[N_OUTPUTS];

typedef struct {
    attention_shape shape;
    ref_similarity similarity;
    masking masks;
    float scale;
    size_t *key_lengths;
    uncertain_sum *relative_sums; /**< of which each number of grad_relative_bias is one */
    twin q, k, v, bias, relative_bias, grad_output;
    twin outputs[N_OUTPUTS]; /**< float side: the optimized twin's; double side: the reference's */
    double *bounds[N_OUTPUTS]; /**< as the double side */
    float *kept[N_OUTPUTS];    /**< floats that attention_problem_keep() put away */
} attention_problem;

/** A new problem: draws the inputs, runs the reference and computes the bounds. */
attention_problem *attention_problem_alloc(const attention_shape *shape, ref_similarity similarity,
                                           masking masks, gsl_rng *rng);

/** Whether there is a relative bias. */
bool attention_problem_is_relative(const attention_problem *p);

void attention_problem_free(attention_problem *p);

/** What to do wrong on purpose, for the negative controls. {0} is nothing. */
typedef struct {
    float relative_scale; /**< the scale is off by so much */
    size_t fewer_keys;    /**< so many keys at the end are left out */
    bool other_causal;    /**< causal where it should not be, or the reverse */
} sabotage;

/** Run the optimized twin, forward and backward, in workspaces that are exactly as large as they
 *  must be. Checks both statuses, that the inputs are unchanged, and that nothing is written
 *  between the rows of the outputs or behind the workspaces. */
void attention_problem_run(attention_problem *p, const fast_kernels *kernels, int n_threads,
                           const sabotage *wrong);

/** Compare one output of the last run with the reference. */
agreement attention_problem_compare(const attention_problem *p, int output);

/** Put the outputs of the last run away. */
void attention_problem_keep(attention_problem *p);

/** Whether an output of the last run has the same bits as the one that was put away. */
bool attention_problem_is_same(const attention_problem *p, int output);

#endif
