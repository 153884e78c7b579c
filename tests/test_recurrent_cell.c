/* Recurrent networks: values by hand, and what must hold on both sides. Gradients against central
 * differences are in test_recurrent_cell_gradients.c, test_recurrent_cell_agreement.c compares the
 * sides with one another. */

#include "tests/support/bounded_recurrent.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_recurrent.h"
#include "tests/support/suite.h"
#include <gsl/gsl_math.h>
#include <math.h>

/* ---- known values ---------------------------------------------------------------------------- */

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* Two tokens 1, 2; one unit. Every weight and bias is another number, so none can stand for
 * another. */
static recurrent_call tiny_call(ref_cell cell)
{
    recurrent_call call = new_recurrent_call(cell, 2, 1, 1);
    gsl_matrix_memcpy(call.x, matrix_of(2, 1, (double[]){1, 2}));
    for (size_t k = 0; k < n_gates_of(cell); k++) {
        gsl_matrix_set(call.weight_x, 0, k, 0.5 - 0.25 * (double)k);
        gsl_matrix_set(call.weight_h, 0, k, 0.75 - 0.5 * (double)k);
        gsl_matrix_set(call.bias_x, 0, k, 0.125 * (double)k);
        gsl_matrix_set(call.bias_h, 0, k, -0.375 * (double)k);
    }
    return call;
}

static void known_elman_on(const side *s)
{
    recurrent_call call = tiny_call(REF_ELMAN);
    double h_1 = tanh(0.5), h_2 = tanh(1.0 + 0.75 * h_1);
    recurrent_result y = side_recurrent(s, &call);
    check_close(y.output, matrix_of(2, 1, (double[]){h_1, h_2}), s->tolerance, "Elman");
    CHECK_CLOSE(gsl_matrix_get(y.h, 0, 0), h_2, s->tolerance, "final h");
}
ON_EACH_SIDE(known_elman)

static void known_gru_on(const side *s)
{
    /* r: 0.5 x + 0.75 h,  z: 0.25 x + 0.25 h + 0.125 - 0.375,  n: 0.25 + r (-0.25 h - 0.75) */
    recurrent_call call = tiny_call(REF_GRU);
    double h[3] = {0};
    for (int t = 1; t <= 2; t++) {
        double x = t, r = sigmoid(0.5 * x + 0.75 * h[t - 1]);
        double z = sigmoid(0.25 * x + 0.25 * h[t - 1] - 0.25);
        double n = tanh(0.25 + r * (-0.25 * h[t - 1] - 0.75));
        h[t] = (1.0 - z) * n + z * h[t - 1];
    }
    recurrent_result y = side_recurrent(s, &call);
    check_close(y.output, matrix_of(2, 1, h + 1), s->tolerance, "GRU");
}
ON_EACH_SIDE(known_gru)

static void known_lstm_on(const side *s)
{
    /* i: as r of the GRU, f: as z, g: 0 x - 0.25 h - 0.5, o: -0.25 x - 0.75 h - 0.75 */
    recurrent_call call = tiny_call(REF_LSTM);
    double h[3] = {0}, c[3] = {0};
    for (int t = 1; t <= 2; t++) {
        double x = t, i = sigmoid(0.5 * x + 0.75 * h[t - 1]);
        double f = sigmoid(0.25 * x + 0.25 * h[t - 1] - 0.25);
        double g = tanh(-0.25 * h[t - 1] - 0.5), o = sigmoid(-0.25 * x - 0.75 * h[t - 1] - 0.75);
        c[t] = f * c[t - 1] + i * g;
        h[t] = o * tanh(c[t]);
    }
    recurrent_result y = side_recurrent(s, &call);
    check_close(y.output, matrix_of(2, 1, h + 1), s->tolerance, "LSTM");
    CHECK_CLOSE(gsl_matrix_get(y.c, 0, 0), c[2], s->tolerance, "final c");
}
ON_EACH_SIDE(known_lstm)

/* ---- property 36: nothing but the state ------------------------------------------------------ */

enum { N = 6, N_IN = 5, N_HIDDEN = 19 };

static void zero_parameters_on(const side *s)
{
    gsl_rng *rng = suite_rng();
    gsl_matrix *x = random_matrix(rng, N, N_IN, 1.0);
    gsl_matrix *h_0 = random_matrix(rng, 1, N_HIDDEN, 1.0), *c_0 = copy_of(h_0);
    recurrent_call lstm = new_recurrent_call(REF_LSTM, N, N_IN, N_HIDDEN);
    recurrent_call gru = new_recurrent_call(REF_GRU, N, N_IN, N_HIDDEN);
    lstm.x = gru.x = x;
    check_zero(side_recurrent(s, &lstm).output, "an LSTM without a memory");
    lstm.h_0 = gru.h_0 = h_0;
    lstm.c_0 = c_0;
    recurrent_result of_lstm = side_recurrent(s, &lstm), of_gru = side_recurrent(s, &gru);
    gsl_matrix *halved = copy_of(h_0), *h_lstm = new_matrix(N, N_HIDDEN), *h_gru = copy_of(h_lstm);
    for (size_t t = 0; t < N; t++) {
        gsl_matrix_scale(halved, 0.5);
        for (size_t j = 0; j < N_HIDDEN; j++) {
            double c = gsl_matrix_get(halved, 0, j);
            gsl_matrix_set(h_gru, t, j, c);
            gsl_matrix_set(h_lstm, t, j, 0.5 * tanh(c));
        }
    }
    check_equal(of_lstm.c, halved, "c_t = c_0 / 2^t");
    check_close(of_lstm.output, h_lstm, s->tolerance, "h_t = tanh(c_t) / 2");
    check_equal(of_gru.output, h_gru, "h_t = h_{t-1} / 2");
}
ON_EACH_SIDE(zero_parameters)

/* ---- property 37: gates that are open or shut ------------------------------------------------ */

static void fill_gate(gsl_matrix *bias, size_t k, double value)
{
    for (size_t j = 0; j < N_HIDDEN; j++) {
        gsl_matrix_set(bias, 0, k * N_HIDDEN + j, value);
    }
}

static void gates_shut_on(const side *s)
{
    recurrent_call lstm = random_recurrent_call(REF_LSTM, N, N_IN, N_HIDDEN);
    gsl_matrix_set_zero(lstm.weight_x);
    gsl_matrix_set_zero(lstm.weight_h);
    gsl_matrix_set_zero(lstm.bias_x);
    gsl_matrix_set_zero(lstm.bias_h);
    fill_gate(lstm.bias_x, 0, -100.0);
    fill_gate(lstm.bias_x, 1, 100.0);
    check_close(side_recurrent(s, &lstm).c, lstm.c_0, 1e-40, "c_t = c_0");

    recurrent_call gru = random_recurrent_call(REF_GRU, N, N_IN, N_HIDDEN);
    fill_gate(gru.bias_h, 1, 100.0);
    check_close(side_recurrent(s, &gru).h, gru.h_0, s->kernels ? 0.0 : 1e-40, "h_t = h_0");
    fill_gate(gru.bias_h, 1, -100.0);
    fill_gate(gru.bias_h, 2, 0.0);
    for (size_t p = 0; p < N_HIDDEN; p++) {
        for (size_t j = 0; j < N_HIDDEN; j++) {
            gsl_matrix_set(gru.weight_h, p, 2 * N_HIDDEN + j, 0.0);
        }
    }
    recurrent_call elman = new_recurrent_call(REF_ELMAN, N, N_IN, N_HIDDEN);
    elman.x = gru.x;
    for (size_t j = 0; j < N_HIDDEN; j++) {
        for (size_t p = 0; p < N_IN; p++) {
            gsl_matrix_set(elman.weight_x, p, j, gsl_matrix_get(gru.weight_x, p, 2 * N_HIDDEN + j));
        }
        gsl_matrix_set(elman.bias_x, 0, j, gsl_matrix_get(gru.bias_x, 0, 2 * N_HIDDEN + j));
    }
    check_close(side_recurrent(s, &gru).output, side_recurrent(s, &elman).output, s->tolerance,
                "h_t = tanh(W x + b)");
}
ON_EACH_SIDE(gates_shut)

static void states_are_bounded_on(const side *s)
{
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        recurrent_call call = random_recurrent_call(cell, 40, N_IN, N_HIDDEN);
        gsl_matrix_scale(call.weight_x, 8.0);
        gsl_matrix_scale(call.weight_h, 8.0);
        for (size_t j = 0; j < N_HIDDEN; j++) {
            gsl_matrix_set(call.h_0, 0, j, fmod(gsl_matrix_get(call.h_0, 0, j), 1.0));
        }
        recurrent_result y = side_recurrent(s, &call);
        CHECK(largest_entry(y.output) <= 1.0, "|h| is %g", largest_entry(y.output));
        double limit = (largest_entry(call.c_0) + 40.0) * (1.0 + 80.0 * s->epsilon);
        CHECK(largest_entry(y.c) <= limit, "|c| is %g", largest_entry(y.c));
    }
}
ON_EACH_SIDE(states_are_bounded)

static const test tests[] = {
    {"the values of Elman's network that were computed by hand", known_elman},
    {"the values of a GRU that were computed by hand", known_gru},
    {"the values of an LSTM that were computed by hand", known_lstm},
    {"36: without parameters an LSTM halves its memory and a GRU its state", zero_parameters},
    {"37: a gate that is open keeps the state, one that is shut forgets it", gates_shut},
    {"37: |h| stays below 1, and |c| grows by at most 1 a token", states_are_bounded},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
