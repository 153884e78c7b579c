/* The recurrent layer of work_recurrent.c as the reference walks it. */
#include "optimized/bench/recurrent_reference.h"
#include "optimized/bench/data.h"
#include "reference/recurrent_cell.h"
#include <stdlib.h>

struct recurrent_reference {
    ref_cell cell;
    size_t n_batch;
    gsl_matrix *x, *output, *grad_output, *grad_x;
    ref_recurrent_cell parameters, gradients;
    ref_recurrent_cache cache, grad_cache;
    ref_recurrent_state state;
};

static ref_recurrent_cell cell_of(size_t n_gates, const bench_shape *s)
{
    size_t n_columns = n_gates * s->d_v;
    return (ref_recurrent_cell){random_matrix(s->d_k, n_columns), gsl_vector_calloc(n_columns),
                                random_matrix(s->d_v, n_columns), gsl_vector_calloc(n_columns)};
}

static ref_recurrent_cache cache_of(size_t n_gates, const bench_shape *s)
{
    return (ref_recurrent_cache){random_matrix(s->n_q, n_gates * s->d_v),
                                 random_matrix(s->n_q, s->d_v)};
}

recurrent_reference *alloc_recurrent_reference(fast_cell cell, size_t n_gates, const bench_shape *s)
{
    recurrent_reference *r = zero_bytes(sizeof *r);
    r->cell = (ref_cell)cell;
    r->n_batch = s->n_batch;
    r->x = random_matrix(s->n_q, s->d_k);
    r->grad_x = random_matrix(s->n_q, s->d_k);
    r->output = random_matrix(s->n_q, s->d_v);
    r->grad_output = random_matrix(s->n_q, s->d_v);
    r->parameters = cell_of(n_gates, s);
    r->gradients = cell_of(n_gates, s);
    gsl_matrix_scale(r->parameters.weight_h, 0.05);
    r->cache = cache_of(n_gates, s);
    r->grad_cache = cache_of(n_gates, s);
    r->state = (ref_recurrent_state){gsl_vector_calloc(s->d_v), gsl_vector_calloc(s->d_v)};
    return r;
}

static void free_cell(ref_recurrent_cell *cell)
{
    gsl_matrix_free(cell->weight_x);
    gsl_vector_free(cell->bias_x);
    gsl_matrix_free(cell->weight_h);
    gsl_vector_free(cell->bias_h);
}

void free_recurrent_reference(recurrent_reference *r)
{
    if (r == NULL) {
        return;
    }
    gsl_matrix *matrices[] = {
        r->x,           r->grad_x,      r->output,           r->grad_output,
        r->cache.gates, r->cache.inner, r->grad_cache.gates, r->grad_cache.inner};
    for (size_t n = 0; n < sizeof matrices / sizeof matrices[0]; n++) {
        gsl_matrix_free(matrices[n]);
    }
    free_cell(&r->parameters);
    free_cell(&r->gradients);
    gsl_vector_free(r->state.h);
    gsl_vector_free(r->state.c);
    free(r);
}

void run_recurrent_reference(recurrent_reference *r)
{
    ref_recurrent_walk walk = {r->cell, false, NULL};
    for (size_t b = 0; b < r->n_batch; b++) {
        ref_recurrent_forward(r->x, NULL, &r->parameters, &walk, &r->cache, NULL, r->output);
        ref_recurrent_backward(r->x, NULL, &r->parameters, &walk, &r->cache, r->output,
                               r->grad_output, NULL, r->grad_x, NULL, &r->gradients, &r->grad_cache,
                               &r->state);
    }
}
