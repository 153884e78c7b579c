/* What to expect of multi_head_pair.h: by the rules, and by the reference. */

#include "tests/support/multi_head_pair.h"

#include "reference/multi_head.h"
#include "tests/support/bounded_block.h"
#include "tests/support/matrices.h"
#include "tests/support/models.h"
#include <gsl/gsl_math.h>

/* The parameters as the reference takes them. */
typedef struct {
    gsl_matrix_view matrices[RELATIVE + 1];
    gsl_vector_view biases[RELATIVE + 1];
    ref_multi_head value;
} wide_parameters;

static void widen(const pair_case *c, wide_parameters *w)
{
    const multi_head_shape *s = c->options;
    for (int n = W_Q; n <= RELATIVE; n++) {
        w->matrices[n] = pair_tall(&c->inputs[n]);
        w->biases[n] = gsl_matrix_row(&w->matrices[n].matrix, 0);
    }
    w->value = (ref_multi_head){
        .n_heads = s->n_heads,
        .heads = {&w->matrices[W_Q].matrix, &w->biases[B_Q].vector, &w->matrices[W_K].matrix,
                  &w->biases[B_K].vector, &w->matrices[W_V].matrix, &w->biases[B_V].vector},
        .weight_o = &w->matrices[W_O].matrix,
        .bias_o = &w->biases[B_O].vector,
        .relative_bias = s->clip > 0 ? &w->matrices[RELATIVE].matrix : NULL};
}

/* The same, but gradients. */
static void point_to_gradients(wide_parameters *w, gsl_matrix *const outputs[])
{
    for (int n = W_Q; n <= RELATIVE; n++) {
        w->biases[n] = gsl_matrix_row(outputs[n + OF_PARAMETERS], 0);
    }
    ref_query_key_value *heads = &w->value.heads;
    heads->weight_q = outputs[W_Q + OF_PARAMETERS], heads->bias_q = &w->biases[B_Q].vector;
    heads->weight_k = outputs[W_K + OF_PARAMETERS], heads->bias_k = &w->biases[B_K].vector;
    heads->weight_v = outputs[W_V + OF_PARAMETERS], heads->bias_v = &w->biases[B_V].vector;
    w->value.weight_o = outputs[W_O + OF_PARAMETERS], w->value.bias_o = &w->biases[B_O].vector;
    if (w->value.relative_bias) {
        w->value.relative_bias = outputs[RELATIVE + OF_PARAMETERS];
    }
}

static bounded exact_tall(const twin *t)
{
    gsl_matrix_view tall = pair_tall(t);
    return bounded_exact(&tall.matrix);
}

void multi_head_pair_expect(pair_case *c)
{
    const multi_head_shape *s = c->options;
    wide_parameters w;
    widen(c, &w);
    batch_masks masks = {s->n_batch, s->causal, multi_head_pair_lengths(s)};
    bounded x = exact_tall(&c->inputs[X]), dy = exact_tall(&c->inputs[GRAD_OUTPUT]);
    bounded memory = s->is_self ? x : exact_tall(&c->inputs[MEMORY]);
    size_t n_q = x.value->size1, n_k = memory.value->size1, all_k = s->n_heads * s->d_k;
    bounded_heads f = bounded_multi_head(x, memory, &w.value, &masks);
    const bounded outputs[] = {f.output, f.q, f.k, f.v, f.concatenated, f.log_sum_exp};
    for (int n = OUTPUT; n <= LOG_SUM_EXP; n++) {
        pair_expect(&c->outputs[n], outputs[n]);
    }
    bounded_heads_gradients g =
        bounded_multi_head_backward(f, x, memory, s->is_self, &w.value, &masks, dy);
    pair_expect_added(&c->outputs[GRAD_X], g.x, 3 * all_k);
    if (!s->is_self) {
        pair_expect_added(&c->outputs[GRAD_MEMORY], g.memory, 2 * all_k);
    }
    const bounded grads[] = {g.weight_q, g.bias_q,   g.weight_k, g.bias_k,  g.weight_v,
                             g.bias_v,   g.weight_o, g.bias_o,   g.relative};
    for (int n = W_Q; n <= (s->clip > 0 ? RELATIVE : B_O); n++) {
        size_t n_terms = n == RELATIVE ? s->n_batch * s->n_q * s->n_k : GSL_MAX(n_q, n_k);
        pair_expect_added(&c->outputs[n + OF_PARAMETERS], grads[n - W_Q], n_terms);
    }
    free_matrices();
}

/* Rows of one sequence of what stands below each other. */
static gsl_matrix_view sequence_of(gsl_matrix *tall, size_t batch, size_t n_batch)
{
    size_t n = tall->size1 / n_batch;
    return gsl_matrix_submatrix(tall, batch * n, 0, n, tall->size2);
}

/* What the reference itself makes of it, sequence by sequence: outputs and gradients. */
static void run_reference(const pair_case *c, gsl_matrix *outputs[])
{
    const multi_head_shape *s = c->options;
    wide_parameters w, grad;
    widen(c, &w);
    grad = w;
    point_to_gradients(&grad, outputs);
    heads_sizes sizes = {
        s->d_x, s->is_self ? s->d_x : s->d_memory, s->n_heads, s->d_k, s->d_v, s->d_model, s->clip,
        false};
    for (size_t b = 0; b < s->n_batch; b++) {
        gsl_matrix_view x = twin_matrix(&c->inputs[X], b, 0);
        gsl_matrix_view memory = twin_matrix(&c->inputs[s->is_self ? X : MEMORY], b, 0);
        gsl_matrix_view dy = twin_matrix(&c->inputs[GRAD_OUTPUT], b, 0);
        gsl_matrix_view y = sequence_of(outputs[OUTPUT], b, s->n_batch);
        gsl_matrix_view dx = sequence_of(outputs[GRAD_X], b, s->n_batch);
        gsl_matrix *grad_memory = outputs[s->is_self ? GRAD_X : GRAD_MEMORY];
        gsl_matrix_view dm = sequence_of(grad_memory, b, s->n_batch);
        ref_multi_head_cache cache = heads_cache(&sizes, s->n_q, s->n_k);
        ref_multi_head_cache scratch = heads_cache(&sizes, s->n_q, s->n_k);
        ref_mask mask = {.causal = s->causal,
                         .key_length = s->has_lengths ? &multi_head_pair_lengths(s)[b] : NULL};
        const gsl_matrix *m = s->is_self ? &x.matrix : &memory.matrix;
        ref_multi_head_forward(&x.matrix, m, &w.value, &mask, &cache, &y.matrix);
        ref_multi_head_backward(&x.matrix, m, &w.value, &mask, &cache, &dy.matrix, &dx.matrix,
                                s->is_self ? &dx.matrix : &dm.matrix, &grad.value, &scratch);
    }
}

/* Their scale is the float of the optimized side,
 * so that they may be apart by its rounding. */
void multi_head_pair_check_rules(const pair_case *c)
{
    gsl_matrix *outputs[MAX_TENSORS];
    for (size_t n = 0; n < c->n_outputs; n++) {
        outputs[n] = pair_start(&c->outputs[n]);
    }
    run_reference(c, outputs);
    for (size_t n = 0; n < c->n_outputs; n++) {
        gsl_matrix_view expected = pair_tall(&c->outputs[n].t);
        if (n == OUTPUT || n >= GRAD_X) {
            check_close(&expected.matrix, outputs[n], 1e-6 * largest_entry(outputs[n]),
                        "%s: the rules for %s", c->catches, c->outputs[n].name);
        }
    }
    free_matrices();
}
