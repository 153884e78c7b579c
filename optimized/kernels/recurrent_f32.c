/* One step of a recurrent network, in whole vectors of hidden units. */
#include "optimized/kernels/kernels.h"
#include "optimized/kernels/recurrent_kernels.h"
#include "optimized/kernels/row.h"

/* The slopes s' and tanh', from the value of the function. */
INLINE vec sigmoid_slope(vec s)
{
    return s * (1.0f - s);
}

INLINE vec tanh_slope(vec y)
{
    return 1.0f - y * y;
}

/* ---- Forward --------------------------------------------------------------------------------- */

/** a + (u + b) of gate k, for the units from j on. */
INLINE vec sum_of_gate(const fast_recurrent_step *x, size_t k, size_t j)
{
    size_t at = k * x->gate_stride;
    vec u = vec_load(x->u + k * x->u_stride + j) + row_load(x->bias + at, j, x->n, 0);
    return row_load(x->gates + at, j, x->n, 0) + u;
}

INLINE void store_gate(const fast_recurrent_step *x, size_t k, size_t j, vec gate)
{
    row_store(x->gates + k * x->gate_stride, j, x->n, gate);
}

INLINE void store_h(const fast_recurrent_step *x, size_t j, vec h)
{
    vec_store(x->new_h + j, h);
    row_store(x->output, j, x->n, h);
}

static void elman(const fast_recurrent_step *x)
{
    for (size_t j = 0; j < x->n; j += LANES) {
        vec h = vec_tanh(sum_of_gate(x, 0, j));
        store_gate(x, 0, j, h);
        store_h(x, j, h);
    }
}

static void gru(const fast_recurrent_step *x)
{
    const float *bias_n = x->bias + 2 * x->gate_stride, *bias_u_n = x->bias + 3 * x->gate_stride;
    for (size_t j = 0; j < x->n; j += LANES) {
        vec r = vec_sigmoid(sum_of_gate(x, 0, j)), z = vec_sigmoid(sum_of_gate(x, 1, j));
        vec a_n = row_load(x->gates + 2 * x->gate_stride, j, x->n, 0);
        vec u_n = vec_load(x->u + 2 * x->u_stride + j) + row_load(bias_u_n, j, x->n, 0);
        vec n = vec_tanh((a_n + row_load(bias_n, j, x->n, 0)) + r * u_n);
        store_gate(x, 0, j, r);
        store_gate(x, 1, j, z);
        store_gate(x, 2, j, n);
        row_store(x->inner, j, x->n, u_n);
        store_h(x, j, (1.0f - z) * n + z * vec_load(x->h + j));
    }
}

static void lstm(const fast_recurrent_step *x)
{
    for (size_t j = 0; j < x->n; j += LANES) {
        vec i = vec_sigmoid(sum_of_gate(x, 0, j)), f = vec_sigmoid(sum_of_gate(x, 1, j));
        vec g = vec_tanh(sum_of_gate(x, 2, j)), o = vec_sigmoid(sum_of_gate(x, 3, j));
        vec c = f * vec_load(x->c + j) + i * g;
        store_gate(x, 0, j, i);
        store_gate(x, 1, j, f);
        store_gate(x, 2, j, g);
        store_gate(x, 3, j, o);
        vec_store(x->c + j, c);
        row_store(x->inner, j, x->n, c);
        store_h(x, j, o * vec_tanh(c));
    }
}

/* ---- Backward -------------------------------------------------------------------------------- */

INLINE vec gate_at(const fast_recurrent_step_backward *x, size_t k, size_t j)
{
    return row_load(x->gates + k * x->gate_stride, j, x->n, 0);
}

/** da_k, and du_k = da_k o factor. */
INLINE void store_gradient(const fast_recurrent_step_backward *x, size_t k, size_t j, vec grad_a,
                           vec grad_u)
{
    row_store(x->grad_a + k * x->gate_stride, j, x->n, grad_a);
    row_store(x->grad_u + k * x->gate_stride, j, x->n, grad_u);
}

/** dh_t += dY. */
INLINE vec grad_h_at(const fast_recurrent_step_backward *x, size_t j)
{
    return vec_load(x->grad_h + j) + row_load(x->grad_output, j, x->n, 0);
}

static void elman_backward(const fast_recurrent_step_backward *x)
{
    for (size_t j = 0; j < x->n; j += LANES) {
        vec da = grad_h_at(x, j) * tanh_slope(row_load(x->output, j, x->n, 0));
        store_gradient(x, 0, j, da, da);
    }
}

static void gru_backward(const fast_recurrent_step_backward *x)
{
    for (size_t j = 0; j < x->n; j += LANES) {
        vec r = gate_at(x, 0, j), z = gate_at(x, 1, j), n = gate_at(x, 2, j);
        vec dh = grad_h_at(x, j);
        /* h_t = (1 - z) o n + z o h_{t-1} */
        vec dn = dh * (1.0f - z), dz = dh * (row_load(x->h, j, x->n, 0) - n);
        vec_store(x->grad_h + j, dh * z);
        /* n = tanh(a_n + r o u_n) */
        vec da_n = dn * tanh_slope(n), dr = da_n * row_load(x->inner, j, x->n, 0);
        vec da_r = dr * sigmoid_slope(r), da_z = dz * sigmoid_slope(z);
        store_gradient(x, 0, j, da_r, da_r);
        store_gradient(x, 1, j, da_z, da_z);
        store_gradient(x, 2, j, da_n, da_n * r);
    }
}

static void lstm_backward(const fast_recurrent_step_backward *x)
{
    for (size_t j = 0; j < x->n; j += LANES) {
        vec i = gate_at(x, 0, j), f = gate_at(x, 1, j), g = gate_at(x, 2, j), o = gate_at(x, 3, j);
        vec m = vec_tanh(row_load(x->inner, j, x->n, 0)), dh = grad_h_at(x, j);
        /* h_t = o o tanh(c_t) */
        vec dc = vec_load(x->grad_c + j) + dh * o * tanh_slope(m);
        vec da_o = dh * m * sigmoid_slope(o);
        /* c_t = f o c_{t-1} + i o g */
        vec da_i = dc * g * sigmoid_slope(i), da_g = dc * i * tanh_slope(g);
        vec da_f = dc * row_load(x->c, j, x->n, 0) * sigmoid_slope(f);
        store_gradient(x, 0, j, da_i, da_i);
        store_gradient(x, 1, j, da_f, da_f);
        store_gradient(x, 2, j, da_g, da_g);
        store_gradient(x, 3, j, da_o, da_o);
        vec_store(x->grad_c + j, dc * f);
    }
}

extern const fast_recurrent_kernels FOR_ISA(fast_recurrent_kernels);
const fast_recurrent_kernels FOR_ISA(fast_recurrent_kernels) = {
    .elman = {elman, elman_backward},
    .gru = {gru, gru_backward},
    .lstm = {lstm, lstm_backward},
};
