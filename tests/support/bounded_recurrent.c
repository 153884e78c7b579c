#include "tests/support/bounded_recurrent.h"

#include "tests/support/uncertain.h"

/* How many units in the last place, each at most 2 u of the value, the function is off. */
static const double sigmoid_ulps = 2.6;

static uncertain sigmoid_of(uncertain x)
{
    double s = 1.0 / (1.0 + exp(-x.value));
    return (uncertain){s, s * (1.0 - s) * x.bound + 2.0 * rounding_unit * sigmoid_ulps * s};
}

/* s' = s (1 - s) */
static uncertain sigmoid_slope(uncertain s)
{
    return times(s, minus(exactly(1.0), s));
}

size_t n_gates_of(ref_cell cell)
{
    return cell == REF_ELMAN ? 1 : cell == REF_GRU ? 3 : 4;
}

static void set(bounded a, size_t i, size_t j, uncertain x)
{
    bounded_set(a, i, j, x.value, x.bound);
}

static uncertain state_entry(bounded state, size_t batch, size_t j)
{
    return state.value ? entry_of(state, batch, j) : exactly(0.0);
}

/* A step: its row, and the row of the step before in the walk, if there is one. */
typedef struct {
    const recurrent_problem *is;
    const bounded_recurrent *y;
    size_t batch, row, row_before;
    bool is_first;
} step;

static step step_at(const recurrent_problem *p, const bounded_recurrent *y, size_t batch, size_t s,
                    size_t length)
{
    size_t t = p->is_reversed ? length - 1 - s : s, before = p->is_reversed ? t + 1 : t - 1;
    return (step){p, y, batch, batch * p->n + t, batch * p->n + before, s == 0};
}

static uncertain h_before(const step *at, size_t j)
{
    return at->is_first ? state_entry(at->is->initial_h, at->batch, j)
                        : entry_of(at->y->output, at->row_before, j);
}

static uncertain c_before(const step *at, size_t j)
{
    return at->is_first ? state_entry(at->is->initial_c, at->batch, j)
                        : entry_of(at->y->inner, at->row_before, j);
}

/* ---- forward --------------------------------------------------------------------------------- */

static uncertain input_product(const step *at, size_t column)
{
    uncertain_sum sum = {0};
    for (size_t p = 0; p < at->is->x.value->size2; p++) {
        add_term(&sum, times(entry_of(at->is->x, at->row, p),
                             exactly(gsl_matrix_get(at->is->weight_x, p, column))));
    }
    return total_of(sum);
}

static uncertain state_product(const step *at, size_t column)
{
    uncertain_sum sum = {0};
    for (size_t p = 0; p < at->is->n_hidden; p++) {
        add_term(&sum,
                 times(h_before(at, p), exactly(gsl_matrix_get(at->is->weight_h, p, column))));
    }
    return total_of(sum);
}

/* a + (u + (b + b')) of gate k */
static uncertain sum_of_gate(const step *at, size_t k, size_t j)
{
    size_t column = k * at->is->n_hidden + j;
    uncertain b = plus(exactly(gsl_matrix_get(at->is->bias_x, 0, column)),
                       exactly(gsl_matrix_get(at->is->bias_h, 0, column)));
    return plus(input_product(at, column), plus(state_product(at, column), b));
}

static void elman(const step *at, size_t j)
{
    uncertain h = tanh_of(sum_of_gate(at, 0, j));
    set(at->y->gates, at->row, j, h);
    set(at->y->output, at->row, j, h);
}

static void gru(const step *at, size_t j)
{
    size_t n_hidden = at->is->n_hidden, column = 2 * n_hidden + j;
    uncertain r = sigmoid_of(sum_of_gate(at, 0, j)), z = sigmoid_of(sum_of_gate(at, 1, j));
    uncertain u =
        plus(state_product(at, column), exactly(gsl_matrix_get(at->is->bias_h, 0, column)));
    uncertain a =
        plus(input_product(at, column), exactly(gsl_matrix_get(at->is->bias_x, 0, column)));
    uncertain n = tanh_of(plus(a, times(r, u)));
    set(at->y->gates, at->row, j, r);
    set(at->y->gates, at->row, n_hidden + j, z);
    set(at->y->gates, at->row, column, n);
    set(at->y->inner, at->row, j, u);
    set(at->y->output, at->row, j,
        plus(times(minus(exactly(1.0), z), n), times(z, h_before(at, j))));
}

static void lstm(const step *at, size_t j)
{
    uncertain gates[4];
    for (size_t k = 0; k < 4; k++) {
        uncertain sum = sum_of_gate(at, k, j);
        gates[k] = k == 2 ? tanh_of(sum) : sigmoid_of(sum);
        set(at->y->gates, at->row, k * at->is->n_hidden + j, gates[k]);
    }
    uncertain c = plus(times(gates[1], c_before(at, j)), times(gates[0], gates[2]));
    set(at->y->inner, at->row, j, c);
    set(at->y->output, at->row, j, times(gates[3], tanh_of(c)));
}

static void walk_forward(const recurrent_problem *p, bounded_recurrent *y, size_t batch,
                         size_t length)
{
    for (size_t s = 0; s < length; s++) {
        step at = step_at(p, y, batch, s, length);
        for (size_t j = 0; j < p->n_hidden; j++) {
            set(y->states, at.row, j, h_before(&at, j));
            p->cell == REF_ELMAN ? elman(&at, j) : p->cell == REF_GRU ? gru(&at, j) : lstm(&at, j);
        }
    }
    size_t last = batch * p->n + (p->is_reversed ? 0 : length - 1);
    for (size_t j = 0; j < p->n_hidden; j++) {
        set(y->final_h, batch, j,
            length ? entry_of(y->output, last, j) : state_entry(p->initial_h, batch, j));
        set(y->final_c, batch, j,
            length ? entry_of(y->inner, last, j) : state_entry(p->initial_c, batch, j));
    }
}

/* ---- backward -------------------------------------------------------------------------------- */

/* da_k = slope, and du_k = da_k o factor */
static void set_gradient(const step *at, size_t k, size_t j, uncertain da, uncertain du)
{
    set(at->y->grad_a, at->row, k * at->is->n_hidden + j, da);
    set(at->y->grad_u, at->row, k * at->is->n_hidden + j, du);
}

static uncertain gate(const step *at, size_t k, size_t j)
{
    return entry_of(at->y->gates, at->row, k * at->is->n_hidden + j);
}

/* The direct part of dh_{t-1} is returned. */
static uncertain gru_backward(const step *at, size_t j, uncertain dh)
{
    uncertain r = gate(at, 0, j), z = gate(at, 1, j), n = gate(at, 2, j);
    uncertain dn = times(dh, minus(exactly(1.0), z)), dz = times(dh, minus(h_before(at, j), n));
    uncertain da_n = times(dn, tanh_slope(n));
    uncertain da_r = times(times(da_n, entry_of(at->y->inner, at->row, j)), sigmoid_slope(r));
    uncertain da_z = times(dz, sigmoid_slope(z));
    set_gradient(at, 0, j, da_r, da_r);
    set_gradient(at, 1, j, da_z, da_z);
    set_gradient(at, 2, j, da_n, times(da_n, r));
    return times(dh, z);
}

/* dc_{t-1} is returned. */
static uncertain lstm_backward(const step *at, size_t j, uncertain dh, uncertain dc)
{
    uncertain i = gate(at, 0, j), f = gate(at, 1, j), g = gate(at, 2, j), o = gate(at, 3, j);
    uncertain m = tanh_of(entry_of(at->y->inner, at->row, j));
    dc = plus(dc, times(times(dh, o), tanh_slope(m)));
    uncertain da[] = {times(times(dc, g), sigmoid_slope(i)),
                      times(times(dc, c_before(at, j)), sigmoid_slope(f)),
                      times(times(dc, i), tanh_slope(g)), times(times(dh, m), sigmoid_slope(o))};
    for (size_t k = 0; k < 4; k++) {
        set_gradient(at, k, j, da[k], da[k]);
    }
    return times(dc, f);
}

/* dh_{t-1} = direct part + U du */
static uncertain through_weights(const step *at, size_t j, uncertain direct)
{
    uncertain_sum sum = {0};
    for (size_t c = 0; c < at->is->weight_h->size2; c++) {
        add_term(&sum, times(entry_of(at->y->grad_u, at->row, c),
                             exactly(gsl_matrix_get(at->is->weight_h, j, c))));
    }
    return plus(direct, total_of(sum));
}

static void walk_backward(const recurrent_problem *p, bounded_recurrent *y, size_t batch,
                          size_t length)
{
    bounded dh = y->grad_initial_h,
            dc = y->grad_initial_c; /* they hold dh_t and dc_t till the end */
    for (size_t j = 0; j < p->n_hidden; j++) {
        set(dh, batch, j, state_entry(p->grad_final_h, batch, j));
        set(dc, batch, j, state_entry(p->grad_final_c, batch, j));
    }
    for (size_t s = length; s-- > 0;) {
        step at = step_at(p, y, batch, s, length);
        for (size_t j = 0; j < p->n_hidden; j++) {
            uncertain dh_j = plus(entry_of(dh, batch, j), entry_of(p->grad_output, at.row, j));
            uncertain direct = exactly(0.0);
            if (p->cell == REF_ELMAN) {
                uncertain da = times(dh_j, tanh_slope(entry_of(y->output, at.row, j)));
                set_gradient(&at, 0, j, da, da);
            } else if (p->cell == REF_GRU) {
                direct = gru_backward(&at, j, dh_j);
            } else {
                set(dc, batch, j, lstm_backward(&at, j, dh_j, entry_of(dc, batch, j)));
            }
            set(dh, batch, j, direct);
        }
        for (size_t j = 0; j < p->n_hidden; j++) {
            set(dh, batch, j, through_weights(&at, j, entry_of(dh, batch, j)));
        }
    }
}

bounded_recurrent bounded_recurrent_forward(const recurrent_problem *p)
{
    size_t rows = p->n_batch * p->n, columns = n_gates_of(p->cell) * p->n_hidden, h = p->n_hidden;
    bounded_recurrent y = {.gates = bounded_new(rows, columns),
                           .inner = bounded_new(rows, h),
                           .output = bounded_new(rows, h),
                           .final_h = bounded_new(p->n_batch, h),
                           .final_c = bounded_new(p->n_batch, h),
                           .states = bounded_new(rows, h),
                           .grad_a = bounded_new(rows, columns),
                           .grad_u = bounded_new(rows, columns),
                           .grad_initial_h = bounded_new(p->n_batch, h),
                           .grad_initial_c = bounded_new(p->n_batch, h)};
    for (size_t b = 0; b < p->n_batch; b++) {
        walk_forward(p, &y, b, p->lengths ? p->lengths[b] : p->n);
    }
    return y;
}

void bounded_recurrent_backward(const recurrent_problem *p, bounded_recurrent *y)
{
    for (size_t b = 0; b < p->n_batch; b++) {
        walk_backward(p, y, b, p->lengths ? p->lengths[b] : p->n);
    }
}
