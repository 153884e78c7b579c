/* The numbers of the look by hand, and the look itself. */
#include "chapters/05_sequence_to_sequence/example.h"

#include "chapters/common/program/program.h"
#include "reference/multiplicative_attention.h"
#include "reference/projection.h"
#include "reference/softmax.h"
#include <math.h>
#include <stdio.h>

enum { N = EXAMPLE_N_TOKENS, D = EXAMPLE_D_MODEL };

const char *const example_words[EXAMPLE_N_WORDS] = {"nadi", "kinare", "baink", "baithi"};
const char *const example_meanings[EXAMPLE_N_WORDS] = {"river", "at the bank of a river",
                                                       "a bank for money", "sat"};

// [example-output-weights]
/* h~ of [c; h]: "a place" has nature and no money, "a thing" has either, and no grammar. */
const double example_weight_c[EXAMPLE_D_JOINED][EXAMPLE_D_OUTPUT] = {
    {2, 1}, {-2, 1}, {0, -1}, /* c: nature, money, grammar */
    {0, 0}, {0, 0},  {0, -1}, /* h: what was asked for */
};

/* nadi, kinare, baink, baithi: the more of a place, the rather a river. */
const double example_weight_y[EXAMPLE_D_OUTPUT][EXAMPLE_N_WORDS] = {{12, 4, -4, 0}, {1, 1, 1, -3}};
const double example_bias_y[EXAMPLE_N_WORDS] = {-6, 0, 0, 0};
// [example-output-weights]

/* Behind "vah nadi", she, river: nature, and twice as much money, and no grammar. */
static const double asking[D] = {1, 2, -1};

void write_products(char *text, size_t size, const gsl_vector *a, int decimals, const gsl_vector *b)
{
    size_t used = 0;
    for (size_t i = 0; i < a->size && used < size; i++) {
        double factor = gsl_vector_get(a, i);
        const char *sign = factor < 0.0 ? (i > 0 ? " - " : "-") : (i > 0 ? " + " : "");
        used += (size_t)snprintf(text + used, size - used, "%s%.*f*%.1f", sign, decimals,
                                 fabs(factor), gsl_vector_get(b, i));
    }
}

/* h~ = tanh([c; h] W_c),  logits = h~ W_y + b_y */
static void find_next_word(example *of)
{
    gsl_matrix_const_view weight_c =
        gsl_matrix_const_view_array(&example_weight_c[0][0], EXAMPLE_D_JOINED, EXAMPLE_D_OUTPUT);
    gsl_matrix_const_view weight_y =
        gsl_matrix_const_view_array(&example_weight_y[0][0], EXAMPLE_D_OUTPUT, EXAMPLE_N_WORDS);
    gsl_vector_const_view bias_y = gsl_vector_const_view_array(example_bias_y, EXAMPLE_N_WORDS);
    // [example-next-word]
    for (size_t c = 0; c < D; c++) {
        gsl_matrix_set(of->joined, 0, c, gsl_matrix_get(of->context, 0, c));
        gsl_matrix_set(of->joined, 0, D + c, gsl_matrix_get(of->h, 0, c));
    }
    program_check(ref_projection_forward(of->joined, &weight_c.matrix, NULL, of->attentional));
    for (size_t c = 0; c < EXAMPLE_D_OUTPUT; c++) {
        gsl_matrix_set(of->attentional, 0, c, tanh(gsl_matrix_get(of->attentional, 0, c)));
    }
    program_check(
        ref_projection_forward(of->attentional, &weight_y.matrix, &bias_y.vector, of->logits));
    program_check(ref_softmax_forward(of->logits, of->probabilities));
    // [example-next-word]
}

example example_run(size_t hidden)
{
    example of = {.memory = example_matrix(),
                  .h = program_matrix_of(asking, 1, D),
                  .scores = program_matrix(1, N),
                  .weights = program_matrix(1, N),
                  .context = program_matrix(1, D),
                  .joined = program_matrix(1, EXAMPLE_D_JOINED),
                  .attentional = program_matrix(1, EXAMPLE_D_OUTPUT),
                  .logits = program_matrix(1, EXAMPLE_N_WORDS),
                  .probabilities = program_matrix(1, EXAMPLE_N_WORDS)};
    gsl_matrix *bias = program_matrix(1, N);
    if (hidden < N) {
        gsl_matrix_set(bias, 0, hidden, -INFINITY);
    }
    const ref_mask mask = {.bias = bias};
    program_check(ref_attention_scores(of.h, of.memory, REF_DOT, 1.0, &mask, of.scores));
    program_check(ref_multiplicative_attention_forward(of.h, of.memory, of.memory, 1.0, &mask,
                                                       of.weights, of.context));
    find_next_word(&of);
    gsl_matrix_free(bias);
    return of;
}

void example_free(example *of)
{
    gsl_matrix *const all[] = {of->memory,      of->h,       of->scores,
                               of->weights,     of->context, of->joined,
                               of->attentional, of->logits,  of->probabilities};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}
