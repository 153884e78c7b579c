/**
 * @file recurrent_steps.h
 * One step of each cell, and the same lines in reverse. Private to reference/.
 */
#ifndef REFERENCE_RECURRENT_STEPS_H
#define REFERENCE_RECURRENT_STEPS_H

#include <gsl/gsl_vector.h>
#include <math.h>
#include <stddef.h>

/* ---- Forward --------------------------------------------------------------------------------- */

enum { MAX_GATES = 4 };

/* What a step reads and writes. */
typedef struct {
    size_t n_hidden;
    double *gates[MAX_GATES];      /* a + u, then the gates; a GRU's n begins as a_n */
    double *inner;                 /* u_n of a GRU, c_t of an LSTM */
    double *h;                     /* h_t */
    gsl_vector before_h, before_c; /* h_{t-1} and c_{t-1}; without data where they are 0 */
} token;

static inline double entry_of(const gsl_vector *before, size_t j)
{
    return before->data ? gsl_vector_get(before, j) : 0.0;
}

/* s(x) = 1 / (1 + e^-x) */
static inline double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

// [elman-step]
/* h_t = tanh(a + u) */
static inline void elman_step(const token *t)
{
    for (size_t j = 0; j < t->n_hidden; j++) {
        t->h[j] = t->gates[0][j] = tanh(t->gates[0][j]);
    }
}
// [elman-step]

// [gru-step]
/* r = s(a_r + u_r),  z = s(a_z + u_z),  n = tanh(a_n + r o u_n),
 * h_t = (1 - z) o n + z o h_{t-1} */
static inline void gru_step(const token *t)
{
    double *r = t->gates[0], *z = t->gates[1], *n = t->gates[2], *u_n = t->inner;
    for (size_t j = 0; j < t->n_hidden; j++) {
        r[j] = sigmoid(r[j]);
        z[j] = sigmoid(z[j]);
        n[j] = tanh(n[j] + r[j] * u_n[j]);
        t->h[j] = (1.0 - z[j]) * n[j] + z[j] * entry_of(&t->before_h, j);
    }
}
// [gru-step]

// [lstm-step]
/* i, f, o = s(a + u),  g = tanh(a_g + u_g),  c_t = f o c_{t-1} + i o g,  h_t = o o tanh(c_t) */
static inline void lstm_step(const token *t)
{
    double *i = t->gates[0], *f = t->gates[1], *g = t->gates[2], *o = t->gates[3], *c = t->inner;
    for (size_t j = 0; j < t->n_hidden; j++) {
        i[j] = sigmoid(i[j]);
        f[j] = sigmoid(f[j]);
        g[j] = tanh(g[j]);
        o[j] = sigmoid(o[j]);
        c[j] = f[j] * entry_of(&t->before_c, j) + i[j] * g[j];
        t->h[j] = o[j] * tanh(c[j]);
    }
}
// [lstm-step]

/* ---- Backward -------------------------------------------------------------------------------- */

/* What a step in reverse reads and writes. */
typedef struct {
    double *gates[MAX_GATES]; /* gradients of a */
    double *inner;            /* of u_n in a GRU, of c_t in an LSTM */
    gsl_vector *h, *c; /* of h_t and c_t, then what does not go through U of h_{t-1}, c_{t-1} */
} token_gradient;

/* s' and tanh', from the value of the function */
static inline double sigmoid_slope(double s)
{
    return s * (1.0 - s);
}

static inline double tanh_slope(double y)
{
    return 1.0 - y * y;
}

// [elman-step-backward]
static inline void elman_step_backward(const token *t, const token_gradient *grad)
{
    for (size_t j = 0; j < t->n_hidden; j++) {
        double *dh = gsl_vector_ptr(grad->h, j);
        /* h_t = tanh(a + u):  da = dh_t tanh' */
        grad->gates[0][j] = *dh * tanh_slope(t->h[j]);
        *dh = 0.0;
    }
}
// [elman-step-backward]

// [gru-step-backward]
static inline void gru_step_backward(const token *t, const token_gradient *grad)
{
    const double *r = t->gates[0], *z = t->gates[1], *n = t->gates[2], *u_n = t->inner;
    for (size_t j = 0; j < t->n_hidden; j++) {
        double *dh = gsl_vector_ptr(grad->h, j);
        /* h_t = (1 - z) o n + z o h_{t-1}:
         *     dn = dh_t o (1 - z),  dz = dh_t o (h_{t-1} - n),  dh_{t-1} = dh_t o z */
        double dn = *dh * (1.0 - z[j]), dz = *dh * (entry_of(&t->before_h, j) - n[j]);
        *dh *= z[j];
        /* n = tanh(a_n + r o u_n):  da_n = dn tanh',  dr = da_n o u_n,  du_n = da_n o r */
        double da_n = dn * tanh_slope(n[j]);
        grad->gates[0][j] = da_n * u_n[j] * sigmoid_slope(r[j]);
        grad->gates[1][j] = dz * sigmoid_slope(z[j]);
        grad->gates[2][j] = da_n;
        grad->inner[j] = da_n * r[j];
    }
}
// [gru-step-backward]

// [lstm-step-backward]
static inline void lstm_step_backward(const token *t, const token_gradient *grad)
{
    const double *i = t->gates[0], *f = t->gates[1], *g = t->gates[2], *o = t->gates[3];
    for (size_t j = 0; j < t->n_hidden; j++) {
        double *dh = gsl_vector_ptr(grad->h, j), *dc = gsl_vector_ptr(grad->c, j);
        double m = tanh(t->inner[j]);
        /* h_t = o o tanh(c_t):  do = dh_t o tanh(c_t),  dc_t += dh_t o o tanh' */
        *dc += *dh * o[j] * tanh_slope(m);
        grad->gates[3][j] = *dh * m * sigmoid_slope(o[j]);
        *dh = 0.0;
        /* c_t = f o c_{t-1} + i o g:
         *     di = dc_t o g,  df = dc_t o c_{t-1},  dg = dc_t o i,  dc_{t-1} = dc_t o f */
        grad->gates[0][j] = *dc * g[j] * sigmoid_slope(i[j]);
        grad->gates[1][j] = *dc * entry_of(&t->before_c, j) * sigmoid_slope(f[j]);
        grad->gates[2][j] = *dc * i[j] * tanh_slope(g[j]);
        grad->inner[j] = *dc;
        *dc *= f[j];
    }
}
// [lstm-step-backward]

#endif
