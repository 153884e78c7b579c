/* The list of parameters on both sides: what may be declared, where values lie, where they start,
 * and the way from one side to the other. */

#include "chapters/common/files/parameters_twin.h"
#include "reference/projection.h"
#include "tests/support/gradient_check.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* ---- declarations ---------------------------------------------------------------------------- */

#define A_32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *catches, *name;
    size_t n_rows, n_cols;
    int expected;
} declarations[] = {
    {"a weight", "block0.query.weight", 3, 5, GSL_SUCCESS},
    {"the longest name", A_32 A_32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, 1, GSL_SUCCESS},
    {"a name that is a byte too long", A_32 A_32 A_32, 1, 1, GSL_EINVAL},
    {"no name", "", 1, 1, GSL_EINVAL},
    {"a name that is taken", "taken", 1, 1, GSL_EINVAL},
    {"no row", "a", 0, 5, GSL_EINVAL},
    {"no column", "a", 5, 0, GSL_EINVAL},
    {"a product that overflows", "a", SIZE_MAX / 2, 3, GSL_EINVAL},
    {"a product that wraps to 0", "a", (size_t)1 << 32, (size_t)1 << 32, GSL_EINVAL},
    {"a sum that overflows", "a", SIZE_MAX - 20, 1, GSL_EINVAL},
    {"bytes that overflow", "a", SIZE_MAX / 4, 1, GSL_EINVAL},
};

static void both_refuse(void)
{
    for (size_t n = 0; n < sizeof declarations / sizeof declarations[0]; n++) {
        const char *what = declarations[n].catches, *name = declarations[n].name;
        size_t n_rows = declarations[n].n_rows, n_cols = declarations[n].n_cols;
        int expected = declarations[n].expected;
        ref_parameters *ref = ref_parameters_alloc();
        fast_parameters *fast = fast_parameters_alloc();
        ref_parameters_declare(ref, "taken", 7, 5, true, REF_ZEROS);
        fast_parameters_declare(fast, "taken", 7, 5, true);
        CHECK_STATUS(ref_parameters_declare(ref, name, n_rows, n_cols, true, REF_ONES), expected,
                     what);
        CHECK(expected == GSL_SUCCESS || strchr(suite_last_error(), ' '), "%s: no sentence", what);
        suite_forget_error();
        CHECK_STATUS(fast_parameters_declare(fast, name, n_rows, n_cols, true), expected, what);
        CHECK(expected == GSL_SUCCESS || strchr(suite_last_error(), ' '), "%s: no sentence", what);
        /* A declaration that nobody looked at is not forgotten. */
        CHECK_STATUS(ref_parameters_allocate(ref), expected, "ref_parameters_allocate");
        CHECK_STATUS(fast_parameters_allocate(fast), expected, "fast_parameters_allocate");
        ref_parameters_free(ref);
        fast_parameters_free(fast);
    }
}

static void order_of_calls(void)
{
    ref_parameters *ref = ref_parameters_alloc();
    fast_parameters *fast = fast_parameters_alloc();
    CHECK_STATUS(ref_parameters_allocate(ref), GSL_EINVAL, "no parameter");
    CHECK_STATUS(fast_parameters_allocate(fast), GSL_EINVAL, "no parameter");
    CHECK_STATUS(ref_parameters_declare(ref, "a", 1, 1, true, (ref_initialization)99), GSL_EINVAL,
                 "an unknown initialisation");
    ref->status = GSL_SUCCESS; /* as if it had not been tried */
    ref_parameters_declare(ref, "a", 2, 2, true, REF_ONES);
    fast_parameters_declare(fast, "a", 2, 2, true);
    CHECK_STATUS(ref_parameters_initialize(ref, suite_rng()), GSL_EINVAL, "values before memory");
    CHECK_STATUS(ref_parameters_allocate(ref), GSL_SUCCESS, "ref_parameters_allocate");
    CHECK_STATUS(fast_parameters_allocate(fast), GSL_SUCCESS, "fast_parameters_allocate");
    CHECK_STATUS(ref_parameters_allocate(ref), GSL_EINVAL, "a second time");
    CHECK_STATUS(fast_parameters_allocate(fast), GSL_EINVAL, "a second time");
    CHECK_STATUS(ref_parameters_declare(ref, "b", 2, 2, true, REF_ONES), GSL_EINVAL, "too late");
    CHECK_STATUS(fast_parameters_declare(fast, "b", 2, 2, true), GSL_EINVAL, "too late");
    ref_parameters_free(ref);
    fast_parameters_free(fast);
    ref_parameters_free(NULL);
    fast_parameters_free(NULL);
}

/* ---- where values lie ------------------------------------------------------------------------ */

/* Weights that decay and biases that do not, of sizes that fill no cache line. */
static ref_parameters *some_parameters(void)
{
    ref_parameters *list = ref_parameters_alloc();
    ref_parameters_declare(list, "query.weight", 5, 7, true, REF_GLOROT_UNIFORM);
    ref_parameters_declare(list, "query.bias", 1, 7, false, REF_ZEROS);
    ref_parameters_declare(list, "gain", 1, 3, false, REF_ONES);
    ref_parameters_declare(list, "table", 11, 3, true, REF_EMBEDDING);
    CHECK_STATUS(ref_parameters_allocate(list), GSL_SUCCESS, "ref_parameters_allocate");
    return list;
}

static void places(void)
{
    ref_parameters *ref = some_parameters();
    fast_parameters *fast = parameters_twin(ref);
    CHECK(ref_parameters_count(ref) == 78 && fast_parameters_count(fast) == 78, "%zu and %zu",
          ref_parameters_count(ref), fast_parameters_count(fast));
    size_t next = 0;
    for (size_t i = 0; i < ref->n_parameters; i++) {
        const ref_parameter *p = &ref->parameters[i];
        const fast_parameter *twin = &fast->parameters[i];
        CHECK(p->offset == next && p->value.matrix.data == ref->values + next &&
                  p->gradient.matrix.data == ref->gradients + next,
              "%s does not follow the parameter before it", p->name);
        next += p->n_rows * p->n_cols;
        CHECK((uintptr_t)twin->value.data % FAST_ALIGNMENT == 0 &&
                  (uintptr_t)twin->gradient.data % FAST_ALIGNMENT == 0,
              "%s is not aligned", twin->name);
        CHECK((twin->offset < fast->n_decayed) == twin->is_decayed, "%s lies where parameters %s",
              twin->name, twin->is_decayed ? "stay" : "decay");
        CHECK(twin->value.data == fast->values + twin->offset, "%s has another offset", twin->name);
        CHECK(ref_parameters_find(ref, p->name) == p && fast_parameters_find(fast, p->name) == twin,
              "%s is not found", p->name);
    }
    CHECK(next == ref->n_numbers, "%zu of %zu numbers", next, ref->n_numbers);
    CHECK(!ref_parameters_find(ref, "query") && !fast_parameters_find(fast, "Gain"), "other names");
    ref_parameters_free(ref);
    fast_parameters_free(fast);
}

static void gradients_become_zero(void)
{
    ref_parameters *ref = some_parameters();
    for (size_t n = 0; n < ref->n_numbers; n++) {
        ref->values[n] = 1.0;
        ref->gradients[n] = NAN;
    }
    fast_parameters *fast = parameters_twin(ref);
    ref_parameters_zero_gradients(ref);
    fast_parameters_zero_gradients(fast);
    for (size_t n = 0; n < ref->n_numbers; n++) {
        CHECK(ref->gradients[n] == 0.0 && ref->values[n] == 1.0, "number %zu", n);
    }
    for (size_t n = 0; n < fast->n_floats; n++) {
        CHECK(fast->gradients[n] == 0.0f, "float %zu", n);
    }
    ref_parameters_free(ref);
    fast_parameters_free(fast);
}

/* ---- where values start ---------------------------------------------------------------------- */

static const struct {
    ref_initialization how;
    double mean, variance, largest; /* of a parameter of 300 rows and 100 columns */
} starts[] = {
    {REF_ZEROS, 0.0, 0.0, 0.0},
    {REF_ONES, 1.0, 0.0, 1.0},
    {REF_GLOROT_UNIFORM, 0.0, 2.0 / 400.0, 0.1224744871391589}, /* sqrt(6 / 400) */
    {REF_GLOROT_NORMAL, 0.0, 2.0 / 400.0, INFINITY},
    {REF_HE_UNIFORM, 0.0, 2.0 / 300.0, 0.1414213562373095}, /* sqrt(6 / 300) */
    {REF_HE_NORMAL, 0.0, 2.0 / 300.0, INFINITY},
    {REF_EMBEDDING, 0.0, 1.0 / 100.0, INFINITY},
};

/* A mean of n numbers has the deviation s / sqrt(n), and the mean of their squares about
 * s^2 sqrt(2 / n): five of them are never exceeded by chance. */
static void first_values(void)
{
    const size_t n = 300 * 100;
    for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++) {
        ref_parameters *list = ref_parameters_alloc();
        ref_parameters_declare(list, "p", 300, 100, true, starts[k].how);
        ref_parameters_allocate(list);
        ref_parameters_initialize(list, suite_rng());
        double sum = 0.0, squares = 0.0, largest = 0.0;
        for (size_t i = 0; i < n; i++) {
            sum += list->values[i];
            squares += pow(list->values[i] - starts[k].mean, 2.0);
            largest = fmax(largest, fabs(list->values[i]));
        }
        double s = sqrt(starts[k].variance);
        CHECK_CLOSE(sum / (double)n, starts[k].mean, 5.0 * s / sqrt((double)n), "mean");
        CHECK_CLOSE(squares / (double)n, s * s, 5.0 * s * s * sqrt(2.0 / (double)n), "variance");
        CHECK(largest <= starts[k].largest, "initialisation %zu: the largest is %g", k, largest);
        CHECK(!isfinite(starts[k].largest) || largest >= 0.999 * starts[k].largest,
              "initialisation %zu: the largest is only %g", k, largest);
        ref_parameters_free(list);
    }
}

static void seeds_decide(void)
{
    ref_parameters *a = some_parameters(), *b = some_parameters();
    gsl_rng_set(suite_rng(), 7);
    ref_parameters_initialize(a, suite_rng());
    gsl_rng_set(suite_rng(), 7);
    ref_parameters_initialize(b, suite_rng());
    size_t n_bytes = a->n_numbers * sizeof *a->values;
    CHECK(memcmp(a->values, b->values, n_bytes) == 0, "the same seed gives other values");
    ref_parameters_initialize(b, suite_rng());
    CHECK(memcmp(a->values, b->values, n_bytes) != 0, "the generator did not go on");
    ref_parameters_free(a);
    ref_parameters_free(b);
}

/* ---- from one side to the other -------------------------------------------------------------- */

static void there_and_back(void)
{
    ref_parameters *ref = some_parameters(), *back = some_parameters();
    ref_parameters_initialize(ref, suite_rng());
    for (size_t n = 0; n < ref->n_numbers; n++) {
        ref->gradients[n] = gsl_rng_uniform(suite_rng()) - 0.5;
    }
    fast_parameters *fast = parameters_twin(ref);
    CHECK_STATUS(parameters_widen(fast, back), GSL_SUCCESS, "parameters_widen");
    for (size_t n = 0; n < ref->n_numbers; n++) {
        CHECK(back->values[n] == (float)ref->values[n], "value %zu", n);
        CHECK(back->gradients[n] == (float)ref->gradients[n], "gradient %zu", n);
    }
    const fast_parameter *table = fast_parameters_find(fast, "table");
    const ref_parameter *wide = ref_parameters_find(back, "table");
    CHECK(table->value.data[10 * 3 + 2] == gsl_matrix_get(&wide->value.matrix, 10, 2),
          "the last entry of a matrix is another one");
    size_t n_zeros = 0; /* query.bias, and what lies between the parameters */
    for (size_t n = 0; n < fast->n_floats; n++) {
        n_zeros += fast->values[n] == 0.0f;
    }
    CHECK(n_zeros == 7 + fast->n_floats - 78, "%zu of %zu floats are 0", n_zeros, fast->n_floats);
    ref_parameters_free(ref);
    ref_parameters_free(back);
    fast_parameters_free(fast);
}

static void other_lists(void)
{
    ref_parameters *ref = some_parameters();
    const char *const names[] = {"query.weight", "key.weight"};
    for (size_t n = 0; n < 2; n++) { /* its transpose, and another name */
        fast_parameters *fast = fast_parameters_alloc();
        fast_parameters_declare(fast, names[n], n == 0 ? 7 : 5, n == 0 ? 5 : 7, true);
        fast_parameters_declare(fast, "query.bias", 1, 7, false);
        fast_parameters_declare(fast, "gain", 1, 3, false);
        fast_parameters_declare(fast, "table", 11, 3, true);
        fast_parameters_allocate(fast);
        CHECK_STATUS(parameters_narrow(ref, fast), GSL_EBADLEN, names[n]);
        CHECK_STATUS(parameters_widen(fast, ref), GSL_EBADLEN, names[n]);
        fast_parameters_free(fast);
    }
    ref_parameters_free(ref);
}

/* ---- the list drives the gradient check ------------------------------------------------------ */

typedef struct {
    ref_parameters *list;
    gsl_matrix *x, *upstream, *output;
} projection_inputs;

static double projection_loss(void *inputs)
{
    projection_inputs *in = inputs;
    ref_parameter *weight = ref_parameters_find(in->list, "query.weight");
    ref_parameter *bias = ref_parameters_find(in->list, "query.bias");
    gsl_vector_view b = gsl_matrix_row(&bias->value.matrix, 0);
    ref_projection_forward(in->x, &weight->value.matrix, &b.vector, in->output);
    return inner_product(in->upstream, in->output);
}

static void gradients_of_all(void)
{
    projection_inputs in = {some_parameters(), random_matrix(suite_rng(), 4, 5, 1.0),
                            random_matrix(suite_rng(), 4, 7, 1.0), new_matrix(4, 7)};
    ref_parameters_initialize(in.list, suite_rng());
    ref_parameter *weight = ref_parameters_find(in.list, "query.weight");
    gsl_vector_view db =
        gsl_matrix_row(&ref_parameters_find(in.list, "query.bias")->gradient.matrix, 0);
    ref_projection_backward(in.x, &weight->value.matrix, in.upstream, NULL,
                            &weight->gradient.matrix, &db.vector);
    for (size_t i = 0; i < in.list->n_parameters; i++) { /* the unused ones have the gradient 0 */
        ref_parameter *p = &in.list->parameters[i];
        check_gradient(p->name, &p->value.matrix, &p->gradient.matrix, projection_loss, &in);
    }
    ref_parameters_free(in.list);
}

static const test tests[] = {
    {"both refuse the same declarations, and remember that they did", both_refuse},
    {"declare, then allocate once, then use", order_of_calls},
    {"values lie one after the other; the fast ones aligned, those that decay first", places},
    {"gradients become zero, values stay", gradients_become_zero},
    {"first values have the mean and the variance of their kind", first_values},
    {"the seed alone decides the first values", seeds_decide},
    {"from doubles to floats and back each number is rounded once", there_and_back},
    {"lists that differ in a name or a shape are not copied", other_lists},
    {"the list drives the gradient check", gradients_of_all},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
