/* The tagger of chapters 3 and 4: the two sides are one function, and its gradients are derivatives.
 * What must not matter is in test_tagger_padding.c. */
#include "chapters/common/files/parameters_twin.h"
#include "chapters/common/tagger/tagger_check.h"
#include "tests/support/gradient_check.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/tagger_problem.h"
#include <math.h>
#include <string.h>

/* ---- The pair -------------------------------------------------------------------------------- */

static void check_sides(const tagger_problem *p, const char *name, const tagger_dropout *dropout,
                        const fast_kernels *kernels, int n_threads)
{
    comparison *found = tagger_compare(&p->shape, p->table, p->parameters, &p->batch, dropout, 0.1,
                                       kernels, n_threads, suite_rng());
    for (size_t i = 0; i < found->n; i++) {
        const comparison_difference *d = &found->differences[i];
        CHECK(d->error <= d->bound, "%s, %s: %s is off by %.3g, bound %.3g", name, kernels->name,
              d->name, d->error, d->bound);
        CHECK(d->bound <= 1e-3 * d->size + 1e-5, "%s: the bound of %s is vacuous: %.3g of %.3g",
              name, d->name, d->bound, d->size);
    }
    comparison_free(found);
}

static void sides(void)
{
    for (size_t kind = 0; kind < N_TAGGER_KINDS; kind++) {
        tagger_problem *p = tagger_problem_alloc(kind, suite_rng());
        for (size_t t = 0; kernels_at(t) != NULL; t++) {
            check_sides(p, tagger_kind_names[kind], NULL, kernels_at(t), 1);
            check_sides(p, tagger_kind_names[kind], &p->dropout, kernels_at(t), 2);
        }
        tagger_problem_free(p);
    }
}

/* The number that is farthest from 0. */
static float *largest(const fast_view *matrix)
{
    float *found = matrix->data;
    for (size_t i = 0; i < matrix->n_rows * matrix->n_cols; i++) {
        found = fabsf(matrix->data[i]) > fabsf(*found) ? &matrix->data[i] : found;
    }
    return found;
}

/* How far apart two models are in the logit of a token where they differ most. */
static double distance(const tagger_problem *p, const fast_view *narrow, const gsl_matrix *wide)
{
    double most = 0.0;
    for (size_t i = 0; i < wide->size1 * wide->size2; i++) {
        size_t row = i / wide->size2;
        bool is_token = row % N_PADDED < p->lengths[row / N_PADDED];
        most = is_token ? fmax(most, fabs((double)narrow->data[i] - wide->data[i])) : most;
    }
    return most;
}

/* The same comparison must notice an error that a learner might make. */
static void control(void)
{
    for (size_t kind = 0; kind < N_TAGGER_KINDS; kind++) {
        tagger_problem *p = tagger_problem_alloc(kind, suite_rng());
        fast_parameters *twin = parameters_twin(p->parameters);
        comparison *found = tagger_compare(&p->shape, p->table, p->parameters, &p->batch, NULL, 0.1,
                                           fast_kernels_best(), 1, suite_rng());
        tagger_optimized *model =
            tagger_optimized_alloc(&p->shape, p->table, twin, fast_kernels_best(), 1);
        tagger_optimized_reserve(model, &p->batch);
        *largest(&fast_parameters_find(twin, "output.weight")->value) *= 1.001f;
        tagger_optimized_forward(model, &p->batch, NULL, 0.1);
        tagger_reference *exact = tagger_reference_alloc(&p->shape, p->table, p->parameters);
        tagger_reference_reserve(exact, &p->batch);
        tagger_reference_forward(exact, &p->batch, NULL, 0.1);
        double off = distance(p, tagger_optimized_logits(model), tagger_reference_logits(exact));
        CHECK(off > found->differences[1].bound,
              "%s: a weight that is 0.1 %% off moves no logit by more than %g",
              tagger_kind_names[kind], off);
        tagger_reference_free(exact);
        tagger_optimized_free(model);
        comparison_free(found);
        fast_parameters_free(twin);
        tagger_problem_free(p);
    }
}

/* ---- The gradients --------------------------------------------------------------------------- */

typedef struct {
    tagger_problem *problem;
    tagger_reference *model;
    const tagger_dropout *dropout;
} probe;

static double loss_of(void *inputs)
{
    const probe *p = inputs;
    return tagger_reference_forward(p->model, &p->problem->batch, p->dropout, 0.1);
}

/* No step of a central difference may cross the kink of a ReLU: every other hidden unit is far above
 * it, the rest far below. Normalised inputs of 6 columns move a unit by about 1. */
static void leave_kinks(ref_parameters *list)
{
    for (size_t i = 0; i < list->n_parameters; i++) {
        const ref_parameter *q = &list->parameters[i];
        for (size_t n = 0; strstr(q->name, "feed_forward.1.bias") && n < q->n_cols; n++) {
            list->values[q->offset + n] += n % 2 == 0 ? 8.0 : -8.0;
        }
    }
}

/* A few numbers of every parameter, dropout and all: what is left out follows from the seed. */
static void gradients(void)
{
    for (size_t kind = 0; kind < N_TAGGER_KINDS; kind++) {
        tagger_problem *p = tagger_problem_alloc(kind, suite_rng());
        ref_parameters *list = p->parameters;
        leave_kinks(list);
        probe at = {p, tagger_reference_alloc(&p->shape, p->table, list), &p->dropout};
        tagger_reference_reserve(at.model, &p->batch);
        loss_of(&at);
        tagger_reference_backward(at.model, &p->batch, at.dropout, 0.1);
        for (size_t i = 0; i < list->n_parameters; i++) {
            const ref_parameter *q = &list->parameters[i];
            for (size_t n = 0; n < 4; n++) {
                size_t place = q->offset + gsl_rng_uniform_int(suite_rng(), q->n_rows * q->n_cols);
                derivative_check c =
                    derivative_agrees(&list->values[place], list->gradients[place], loss_of, &at);
                CHECK(c.holds, "%s: %s is %.12g, central differences give %.12g +- %.2g",
                      tagger_kind_names[kind], q->name, list->gradients[place], c.derivative,
                      c.tolerance);
            }
        }
        tagger_reference_free(at.model);
        tagger_problem_free(p);
    }
}

static const test tests[] = {
    {"both sides give the same loss, logits and gradients, for every mixing", sides},
    {"the comparison notices a weight that is 0.1 % off", control},
    {"every gradient of the reference is a derivative, with dropout", gradients},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
