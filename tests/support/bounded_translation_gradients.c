/* The gradients of a model's parameters, by their names: products of what the way back has left. */

#include "tests/support/bounded_translation.h"

#include "tests/support/bounded_dense.h"
#include "tests/support/suite.h"
#include <stdio.h>
#include <string.h>

static bounded transposed_product(bounded a, bounded b)
{
    return bounded_product(1.0, CblasTrans, a, CblasNoTrans, b);
}

/* Each row goes to the row of its word. */
static bounded of_table(size_t n_words, const int *words, bounded rows)
{
    bounded choice = bounded_new(rows.value->size1, n_words);
    for (size_t i = 0; i < rows.value->size1; i++) {
        gsl_matrix_set(choice.value, i, (size_t)words[i], 1.0);
    }
    return transposed_product(choice, rows);
}

/* Such as layer 1 to the left, "weight_h". */
static bounded of_stack(const bounded_stack y[], size_t n_problems, const char *name)
{
    size_t l;
    char direction[8], kind[16];
    CHECK(sscanf(name, "%zu.%7[a-z].%15s", &l, direction, kind) == 3, "what is %s?", name);
    bounded_cell_gradients g =
        bounded_stack_gradients(y, n_problems, l, strcmp(direction, "left") == 0);
    return strcmp(kind, "weight_x") == 0   ? g.weight_x
           : strcmp(kind, "bias_x") == 0   ? g.bias_x
           : strcmp(kind, "weight_h") == 0 ? g.weight_h
                                           : g.bias_h;
}

/* All sources share the places. */
static bounded of_places(const translation_problem *p, const translation_gradients *g)
{
    bounded choice = bounded_new(p->n_batch * p->n_source, p->shape->n_places);
    for (size_t i = 0; i < choice.value->size1; i++) {
        gsl_matrix_set(choice.value, i, i % p->n_source, 1.0);
    }
    return transposed_product(choice, g->keys);
}

static bounded of_attention(const translation_problem *p, const bounded_translation *y,
                            const translation_gradients *g, const char *name)
{
    bool is_concat = p->shape->score == REF_SCORE_CONCAT;
    if (strcmp(name, "places") == 0) {
        return of_places(p, g);
    }
    if (strcmp(name, "v") == 0) {
        return g->v;
    }
    if (strcmp(name, "bias") == 0) {
        return bounded_column_sums(g->keys);
    }
    if (p->shape->score == REF_SCORE_GENERAL) { /* K = M W^T */
        return transposed_product(g->keys, y->memory);
    }
    bounded weight_q = transposed_product(y->asked, g->q);
    bounded weight_k = transposed_product(y->memory, g->keys);
    return is_concat                       ? bounded_above(weight_q, weight_k)
           : strcmp(name, "weight_q") == 0 ? weight_q
                                           : weight_k;
}

bounded bounded_translation_gradient(const translation_problem *p, const bounded_translation *y,
                                     const translation_gradients *g, const char *name)
{
    const struct {
        const char *name;
        bounded factor, gradient;
    } dense[] = {{"bridge.", y->last, g->first},
                 {"attentional.", y->joined, g->attentional},
                 {"output.", y->dropped, g->grad_logits}};
    for (size_t n = 0; n < sizeof dense / sizeof dense[0]; n++) {
        size_t length = strlen(dense[n].name);
        if (strncmp(name, dense[n].name, length) == 0) {
            return strcmp(name + length, "bias") == 0
                       ? bounded_column_sums(dense[n].gradient)
                       : transposed_product(dense[n].factor, dense[n].gradient);
        }
    }
    if (strcmp(name, "source.embedding") == 0) {
        return of_table(p->shape->n_source, p->source, g->source);
    }
    if (strcmp(name, "target.embedding") == 0) {
        return of_table(p->shape->n_target, p->words, g->embedded);
    }
    if (strncmp(name, "encoder.", 8) == 0) {
        return of_stack(&y->encoder, 1, name + 8);
    }
    if (strncmp(name, "decoder.", 8) == 0) {
        return of_stack(y->spans, y->n_spans, name + 8);
    }
    return of_attention(p, y, g, name + strlen("attention."));
}
