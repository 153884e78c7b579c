#include "tests/support/sides_recurrent.h"

#include "optimized/recurrent_cell.h"
#include "tests/support/bounded_recurrent.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/twin.h"
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>

/* Two threads: a property that only one thread keeps is no property. */
enum { N_THREADS = 2 };

recurrent_call new_recurrent_call(ref_cell cell, size_t n, size_t n_in, size_t n_hidden)
{
    size_t columns = n_gates_of(cell) * n_hidden;
    return (recurrent_call){.cell = cell,
                            .n_hidden = n_hidden,
                            .x = new_matrix(n, n_in),
                            .weight_x = new_matrix(n_in, columns),
                            .bias_x = new_matrix(1, columns),
                            .weight_h = new_matrix(n_hidden, columns),
                            .bias_h = new_matrix(1, columns)};
}

recurrent_call random_recurrent_call(ref_cell cell, size_t n, size_t n_in, size_t n_hidden)
{
    gsl_rng *rng = suite_rng();
    recurrent_call call = new_recurrent_call(cell, n, n_in, n_hidden);
    random_fill(rng, 1.0, call.x);
    random_fill(rng, 0.5, call.weight_x);
    random_fill(rng, 0.5, call.bias_x);
    random_fill(rng, 0.5, call.weight_h);
    random_fill(rng, 0.5, call.bias_h);
    call.h_0 = random_matrix(rng, 1, n_hidden, 0.5);
    call.c_0 = random_matrix(rng, 1, n_hidden, 1.0);
    call.grad_output = random_matrix(rng, n, n_hidden, 1.0);
    call.grad_h = random_matrix(rng, 1, n_hidden, 1.0);
    call.grad_c = random_matrix(rng, 1, n_hidden, 1.0);
    return call;
}

/* ---- the reference --------------------------------------------------------------------------- */

static gsl_vector *row_of(gsl_matrix *a)
{
    gsl_vector *row = new_vector(a->size2);
    gsl_matrix_get_row(row, a, 0);
    return row;
}

/* Two rows as a state, or NULL. */
static const ref_recurrent_state *state_of(gsl_matrix *h, gsl_matrix *c, ref_recurrent_state *state)
{
    if (!h) {
        return NULL;
    }
    *state = (ref_recurrent_state){row_of(h), c ? row_of(c) : NULL};
    return state;
}

static ref_recurrent_cache new_cache(const recurrent_call *call)
{
    size_t n = call->x->size1, h = call->n_hidden;
    return (ref_recurrent_cache){new_matrix(n, n_gates_of(call->cell) * h),
                                 call->cell == REF_ELMAN ? NULL : new_matrix(n, h)};
}

static void reference_backward(const recurrent_call *call, const ref_recurrent_state *initial,
                               const ref_recurrent_cell *parameters, const ref_recurrent_walk *walk,
                               const ref_recurrent_cache *cache, recurrent_result *y)
{
    ref_recurrent_state given, added = {row_of(y->grad_h_0), row_of(y->grad_c_0)};
    ref_recurrent_state scratch = {new_vector(call->n_hidden), new_vector(call->n_hidden)};
    ref_recurrent_cache grad_cache = new_cache(call);
    ref_recurrent_cell gradients = {y->grad_weight_x, row_of(y->grad_bias_x), y->grad_weight_h,
                                    row_of(y->grad_bias_h)};
    int status =
        ref_recurrent_backward(call->x, initial, parameters, walk, cache, y->output,
                               call->grad_output, state_of(call->grad_h, call->grad_c, &given),
                               y->grad_x, &added, &gradients, &grad_cache, &scratch);
    CHECK_STATUS(status, GSL_SUCCESS, "backward");
    gsl_matrix_set_row(y->grad_h_0, 0, added.h);
    gsl_matrix_set_row(y->grad_c_0, 0, added.c);
    gsl_matrix_set_row(y->grad_bias_x, 0, gradients.bias_x);
    gsl_matrix_set_row(y->grad_bias_h, 0, gradients.bias_h);
}

static void by_reference(const recurrent_call *call, recurrent_result *y)
{
    ref_recurrent_state begin, final = {row_of(y->h), row_of(y->c)};
    const ref_recurrent_state *initial = state_of(call->h_0, call->c_0, &begin);
    ref_recurrent_cell parameters = {call->weight_x, row_of(call->bias_x), call->weight_h,
                                     row_of(call->bias_h)};
    ref_recurrent_walk walk = {call->cell, call->is_reversed, call->length};
    ref_recurrent_cache cache = new_cache(call);
    int status =
        ref_recurrent_forward(call->x, initial, &parameters, &walk, &cache, &final, y->output);
    CHECK_STATUS(status, GSL_SUCCESS, "forward");
    gsl_matrix_memcpy(y->gates, cache.gates);
    gsl_matrix_set_row(y->h, 0, final.h);
    gsl_matrix_set_row(y->c, 0, final.c);
    if (call->grad_output) {
        reference_backward(call, initial, &parameters, &walk, &cache, y);
    }
}

/* ---- the optimized twin ---------------------------------------------------------------------- */

enum { X, H_0, C_0, W, B, U, B_H, DY, DH, DC, N_GIVEN };
enum { Y, GATES, INNER, H, C, DX, DH_0, DC_0, DW, DB, DU, DB_H, N_MADE };

static void run_kernels(const side *s, const recurrent_call *call, twin *in, twin *out)
{
    fast_recurrent_walk walk = {(fast_cell)call->cell, call->is_reversed, call->length};
    fast_recurrent_cell p = {in[W].view, in[B].view, in[U].view, in[B_H].view};
    fast_recurrent_cell grad = {out[DW].view, out[DB].view, out[DU].view, out[DB_H].view};
    fast_recurrent_state begin = {in[H_0].view, in[C_0].view}, end = {out[H].view, out[C].view};
    fast_recurrent_state grad_end = {in[DH].view, in[DC].view};
    fast_recurrent_state grad_begin = {out[DH_0].view, out[DC_0].view};
    fast_recurrent_cache cache = {out[GATES].view, out[INNER].view};
    const fast_recurrent_state *initial = call->h_0 ? &begin : NULL;
    fast_context ask = {s->kernels, N_THREADS, NULL};
    size_t forward = fast_recurrent_forward_size(&in[X].view, &p, &walk, &ask);
    size_t backward = fast_recurrent_backward_size(&in[X].view, &p, &walk, &ask);
    guarded_context *guarded = guarded_alloc(s->kernels, N_THREADS, GSL_MAX(forward, backward));
    int status = fast_recurrent_forward(&in[X].view, initial, &p, &walk, &cache, &end, &out[Y].view,
                                        &guarded->context);
    CHECK_STATUS(status, GSL_SUCCESS, "forward");
    if (call->grad_output) {
        status = fast_recurrent_backward(&in[X].view, initial, &p, &walk, &cache, &out[Y].view,
                                         &in[DY].view, call->grad_h ? &grad_end : NULL,
                                         &out[DX].view, &grad_begin, &grad, &guarded->context);
        CHECK_STATUS(status, GSL_SUCCESS, "backward");
    }
    guarded_free(guarded);
}

static void by_kernels(const side *s, const recurrent_call *call, recurrent_result *y)
{
    gsl_matrix *zero = new_matrix(1, call->n_hidden);
    gsl_matrix *inner = new_matrix(call->x->size1, call->n_hidden);
    gsl_matrix *given[N_GIVEN] = {call->x,      call->h_0,      call->c_0,    call->weight_x,
                                  call->bias_x, call->weight_h, call->bias_h, call->grad_output,
                                  call->grad_h, call->grad_c};
    gsl_matrix *made[N_MADE] = {y->output,
                                y->gates,
                                inner,
                                y->h,
                                y->c,
                                y->grad_x,
                                y->grad_h_0,
                                y->grad_c_0,
                                y->grad_weight_x,
                                y->grad_bias_x,
                                y->grad_weight_h,
                                y->grad_bias_h};
    twin in[N_GIVEN], out[N_MADE];
    for (int n = 0; n < N_GIVEN; n++) {
        in[n] = twin_of_matrix(given[n] ? given[n] : zero);
    }
    for (int n = 0; n < N_MADE; n++) {
        out[n] = twin_of_matrix(made[n]);
    }
    run_kernels(s, call, in, out);
    for (int n = 0; n < N_MADE; n++) {
        twin_widen(&out[n], 0, 0, made[n]);
        twin_free(&out[n]);
    }
    for (int n = 0; n < N_GIVEN; n++) {
        twin_free(&in[n]);
    }
}

recurrent_result side_recurrent(const side *s, const recurrent_call *call)
{
    size_t n = call->x->size1, n_in = call->x->size2, h = call->n_hidden;
    size_t columns = n_gates_of(call->cell) * h;
    recurrent_result y = {.output = new_matrix(n, h),
                          .gates = new_matrix(n, columns),
                          .h = new_matrix(1, h),
                          .c = new_matrix(1, h),
                          .grad_x = new_matrix(n, n_in),
                          .grad_h_0 = new_matrix(1, h),
                          .grad_c_0 = new_matrix(1, h),
                          .grad_weight_x = new_matrix(n_in, columns),
                          .grad_bias_x = new_matrix(1, columns),
                          .grad_weight_h = new_matrix(h, columns),
                          .grad_bias_h = new_matrix(1, columns)};
    if (s->kernels) {
        by_kernels(s, call, &y);
    } else {
        by_reference(call, &y);
    }
    return y;
}
