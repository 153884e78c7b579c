/* Recurrent networks over sequences: property 38, and gradients against central differences. */

#include "tests/support/bounded_recurrent.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/sides_recurrent.h"
#include "tests/support/suite.h"
#include <math.h>

enum { N = 7, N_IN = 5, N_HIDDEN = 19 };

/* Rows first .. first + n_rows - 1. */
static gsl_matrix *rows_from(const gsl_matrix *a, size_t first, size_t n_rows)
{
    gsl_matrix *rows = new_matrix(n_rows, a->size2);
    for (size_t i = 0; i < n_rows; i++) {
        gsl_vector_const_view row = gsl_matrix_const_row(a, first + i);
        gsl_matrix_set_row(rows, i, &row.vector);
    }
    return rows;
}

static gsl_matrix *rows_reversed(const gsl_matrix *a)
{
    size_t order[N];
    for (size_t i = 0; i < N; i++) {
        order[i] = N - 1 - i;
    }
    return rows_in_order(a, order);
}

static gsl_matrix *sum_of(const gsl_matrix *a, const gsl_matrix *b)
{
    gsl_matrix *sum = copy_of(a);
    gsl_matrix_add(sum, b);
    return sum;
}

/* ---- property 38 ----------------------------------------------------------------------------- */

static void check_split(const side *s, const recurrent_call *whole, size_t n_first)
{
    recurrent_result all = side_recurrent(s, whole);
    recurrent_call first = *whole, second = *whole;
    size_t n_second = N - n_first;
    first.x = rows_from(whole->x, 0, n_first);
    second.x = rows_from(whole->x, n_first, n_second);
    second.grad_output = rows_from(whole->grad_output, n_first, n_second);
    first.grad_output = NULL;
    recurrent_result y = side_recurrent(s, &first);
    second.h_0 = y.h;
    second.c_0 = y.c;
    recurrent_result y_2 = side_recurrent(s, &second);
    check_equal(y.output, rows_from(all.output, 0, n_first), "outputs before token %zu", n_first);
    check_equal(y_2.output, rows_from(all.output, n_first, n_second), "outputs from %zu", n_first);
    check_equal(y_2.h, all.h, "final h");
    check_equal(y_2.c, all.c, "final c");
    /* backward: the gradient of the second part's initial state is that of the first's final */
    first.grad_output = rows_from(whole->grad_output, 0, n_first);
    first.grad_h = y_2.grad_h_0;
    first.grad_c = y_2.grad_c_0;
    y = side_recurrent(s, &first);
    check_equal(y.grad_x, rows_from(all.grad_x, 0, n_first), "grad_x before %zu", n_first);
    check_equal(y_2.grad_x, rows_from(all.grad_x, n_first, n_second), "grad_x from %zu", n_first);
    check_equal(y.grad_h_0, all.grad_h_0, "grad h_0");
    check_equal(y.grad_c_0, all.grad_c_0, "grad c_0");
    check_close(sum_of(y.grad_weight_x, y_2.grad_weight_x), all.grad_weight_x,
                close_on(s, largest_entry(all.grad_weight_x)), "grad W");
    check_close(sum_of(y.grad_weight_h, y_2.grad_weight_h), all.grad_weight_h,
                close_on(s, largest_entry(all.grad_weight_h)), "grad U");
}

static void splitting_on(const side *s)
{
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        recurrent_call call = random_recurrent_call(cell, N, N_IN, N_HIDDEN);
        for (size_t n_first = 1; n_first < N; n_first++) {
            check_split(s, &call, n_first);
        }
    }
}
ON_EACH_SIDE(splitting)

/* Padding must give the same as no padding, whatever stands in it. */
static void check_length(const side *s, const recurrent_call *whole, size_t length)
{
    recurrent_call padded = *whole, shorter = *whole;
    padded.length = &length;
    padded.x = copy_of(whole->x);
    padded.grad_output = copy_of(whole->grad_output);
    for (size_t t = length; t < N; t++) {
        for (size_t j = 0; j < N_IN; j++) {
            gsl_matrix_set(padded.x, t, j, NAN);
        }
        for (size_t j = 0; j < N_HIDDEN; j++) {
            gsl_matrix_set(padded.grad_output, t, j, NAN);
        }
    }
    recurrent_result y = side_recurrent(s, &padded);
    for (size_t t = length; t < N; t++) {
        check_zero(rows_from(y.output, t, 1), "output of padding");
        check_zero(rows_from(y.gates, t, 1), "gates of padding");
        check_zero(rows_from(y.grad_x, t, 1), "grad_x of padding");
    }
    if (length == 0) {
        check_equal(y.h, whole->h_0, "no token keeps h");
        check_equal(y.grad_h_0, whole->grad_h, "no token hands dh on");
        check_zero(y.grad_weight_x, "no token, no gradient of W");
        check_zero(y.grad_weight_h, "no token, no gradient of U");
        return;
    }
    shorter.x = rows_from(whole->x, 0, length);
    shorter.grad_output = rows_from(whole->grad_output, 0, length);
    recurrent_result x = side_recurrent(s, &shorter);
    check_equal(rows_from(y.output, 0, length), x.output, "output");
    check_equal(rows_from(y.grad_x, 0, length), x.grad_x, "grad_x");
    check_equal(y.h, x.h, "final h");
    check_equal(y.c, x.c, "final c");
    check_equal(y.grad_h_0, x.grad_h_0, "grad h_0");
    check_equal(y.grad_c_0, x.grad_c_0, "grad c_0");
    check_equal(y.grad_weight_x, x.grad_weight_x, "grad W");
    check_equal(y.grad_weight_h, x.grad_weight_h, "grad U");
    check_equal(y.grad_bias_x, x.grad_bias_x, "grad b");
    check_equal(y.grad_bias_h, x.grad_bias_h, "grad b'");
}

static void padding_on(const side *s)
{
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        for (int reversed = 0; reversed < 2; reversed++) {
            recurrent_call call = random_recurrent_call(cell, N, N_IN, N_HIDDEN);
            call.is_reversed = reversed;
            check_length(s, &call, 0);
            check_length(s, &call, 1);
            check_length(s, &call, 4);
            check_length(s, &call, N);
        }
    }
}
ON_EACH_SIDE(padding)

static void reversal_on(const side *s)
{
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        recurrent_call call = random_recurrent_call(cell, N, N_IN, N_HIDDEN), turned = call;
        turned.is_reversed = true;
        turned.x = rows_reversed(call.x);
        turned.grad_output = rows_reversed(call.grad_output);
        recurrent_result y = side_recurrent(s, &call), back = side_recurrent(s, &turned);
        check_equal(rows_reversed(back.output), y.output, "output");
        check_equal(rows_reversed(back.grad_x), y.grad_x, "grad_x");
        check_equal(back.h, y.h, "final h");
        check_equal(back.grad_h_0, y.grad_h_0, "grad h_0");
        check_close(back.grad_weight_h, y.grad_weight_h,
                    close_on(s, largest_entry(y.grad_weight_h)), "grad U");
    }
}
ON_EACH_SIDE(reversal)

/* Without a state there is no product in the first step. */
static void no_state_on(const side *s)
{
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        recurrent_call zero = random_recurrent_call(cell, N, N_IN, N_HIDDEN), none = zero;
        gsl_matrix_set_zero(zero.h_0);
        gsl_matrix_set_zero(zero.c_0);
        gsl_matrix_set_zero(zero.grad_h);
        gsl_matrix_set_zero(zero.grad_c);
        none.h_0 = none.c_0 = none.grad_h = none.grad_c = NULL;
        recurrent_result y = side_recurrent(s, &zero), x = side_recurrent(s, &none);
        check_equal(y.output, x.output, "output");
        check_equal(y.grad_x, x.grad_x, "grad_x");
        check_equal(y.grad_weight_h, x.grad_weight_h, "grad U");
    }
}
ON_EACH_SIDE(no_state)

/* ---- gradients ------------------------------------------------------------------------------- */

typedef struct {
    recurrent_call call;
    side reference;
} gradient_inputs;

/* <grad_output, output> + <grad_h, h_n> + <grad_c, c_n>, of the tokens that are no padding */
static double loss(void *data)
{
    gradient_inputs *in = data;
    recurrent_call forward = in->call;
    forward.grad_output = NULL;
    recurrent_result y = side_recurrent(&in->reference, &forward);
    double sum = inner_product(in->call.grad_output, y.output);
    sum += inner_product(in->call.grad_h, y.h);
    return in->call.cell == REF_LSTM ? sum + inner_product(in->call.grad_c, y.c) : sum;
}

static void check_gradients(ref_cell cell, bool is_reversed, const size_t *length)
{
    gradient_inputs in = {random_recurrent_call(cell, 4, 2, 3), side_at(0)};
    in.call.is_reversed = is_reversed;
    in.call.length = length;
    recurrent_result y = side_recurrent(&in.reference, &in.call);
    check_gradient("grad_x", in.call.x, y.grad_x, loss, &in);
    check_gradient("grad W", in.call.weight_x, y.grad_weight_x, loss, &in);
    check_gradient("grad b", in.call.bias_x, y.grad_bias_x, loss, &in);
    check_gradient("grad U", in.call.weight_h, y.grad_weight_h, loss, &in);
    check_gradient("grad b'", in.call.bias_h, y.grad_bias_h, loss, &in);
    check_gradient("grad h_0", in.call.h_0, y.grad_h_0, loss, &in);
    if (cell == REF_LSTM) {
        check_gradient("grad c_0", in.call.c_0, y.grad_c_0, loss, &in);
    }
}

static void gradients_are_derivatives(void)
{
    size_t length = 3;
    for (ref_cell cell = REF_ELMAN; cell <= REF_LSTM; cell++) {
        check_gradients(cell, false, NULL);
        check_gradients(cell, true, NULL);
        check_gradients(cell, false, &length);
        check_gradients(cell, true, &length);
    }
}

static const test tests[] = {
    {"38: splitting a sequence and passing the state changes nothing", splitting},
    {"38: padding changes nothing, and its outputs and gradients are 0", padding},
    {"38: a walk from the last token is one over the reversed sequence", reversal},
    {"a state of zeros is as good as none", no_state},
    {"35: gradients through time agree with central differences", gradients_are_derivatives},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
