/* Do the two trainings agree? One step of every optimizer, from given moments, for every size x
 * instruction set x 1, 2, 3 threads. After many steps the sides drift apart, as rounding decides
 * over directions; so one step is compared by bound. */

#include "chapters/common/files/parameters_twin.h"
#include "tests/support/agreement.h"
#include "tests/support/bounded.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include "tests/support/trainer.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *catches;
    size_t n_rows, n_cols;
    ref_optimizer optimizer;
    size_t step; /* steps already done */
    double weight_decay, max_norm;
} step_case;

// clang-format off
static const step_case cases[] = {
    /* catches                             rows cols optimizer   step decay  max_norm */
    {"one number",                            1,   1, REF_ADAM,    0, 0.0,  INFINITY},
    {"the division by 1 - beta^t",            3,   5, REF_ADAM,    0, 0.0,  INFINITY},
    {"the same, later",                       3,   5, REF_ADAM,    9, 0.0,  INFINITY},
    {"decay inside the gradient of Adam",     7,  31, REF_ADAM,    4, 0.3,  INFINITY},
    {"decay apart from the gradient",         7,  31, REF_ADAMW,   4, 0.3,  INFINITY},
    {"decay of SGD",                          7,  31, REF_SGD,     4, 0.3,  INFINITY},
    {"momentum",                              7,  31, REF_SGD,     1, 0.0,  INFINITY},
    {"clipped gradients",                     7,  31, REF_ADAMW,   2, 0.01, 0.5},
    {"clipped gradients of SGD",              7,  31, REF_SGD,     2, 0.01, 0.5},
    {"parameters that end with a block",     27, 151, REF_ADAMW,   2, 0.1,  1.0},
    {"decay that ends within a block",       60, 151, REF_ADAMW,   2, 0.1,  1.0},
    {"enough blocks for several threads",   300, 151, REF_ADAMW,   2, 0.1,  1.0},
    {"the same with SGD",                   300, 151, REF_SGD,     2, 0.1,  1.0},
};
// clang-format on
enum { N_CASES = sizeof cases / sizeof cases[0] };

/* Both sides before the step. On the reference side all numbers are floats. */
typedef struct {
    ref_parameters *before;
    double *first, *second;
    ref_training_options options;
    size_t step;
} start;

static start draw(const step_case *c)
{
    start s = {.before = weight_and_bias(c->n_rows, c->n_cols), .step = c->step};
    s.options = ref_training_defaults(c->optimizer);
    s.options.weight_decay = c->weight_decay;
    s.options.max_norm = c->max_norm;
    randomize(s.before, suite_rng());
    s.first = calloc(s.before->n_numbers, sizeof *s.first);
    s.second = calloc(s.before->n_numbers, sizeof *s.second);
    for (size_t n = 0; c->step > 0 && n < s.before->n_numbers; n++) {
        s.first[n] = random_gaussian(suite_rng(), 0.3);
        s.second[n] = (float)(fabs(random_gaussian(suite_rng(), 0.1)) + 0x1p-10);
    }
    return s;
}

static void start_free(start *s)
{
    ref_parameters_free(s->before);
    free(s->first);
    free(s->second);
}

/* What the reference makes of it; rate is a factor for the negative control. */
static ref_training *step_reference(const start *s, double rate, ref_parameters *list)
{
    size_t n_bytes = list->n_numbers * sizeof(double);
    ref_training *training = ref_training_alloc(list, &s->options);
    training->options.learning_rate *= rate;
    training->step = s->step;
    memcpy(list->values, s->before->values, n_bytes);
    memcpy(list->gradients, s->before->gradients, n_bytes);
    memcpy(training->first, s->first, n_bytes);
    if (training->second != NULL) {
        memcpy(training->second, s->second, n_bytes);
    }
    CHECK_STATUS(ref_training_step(training, list), GSL_SUCCESS, "ref_training_step");
    return training;
}

static void step_optimized(const start *s, fast_parameters *list, fast_training *training,
                           const fast_kernels *kernels, int n_threads)
{
    parameters_narrow(s->before, list);
    training->step = s->step;
    for (size_t i = 0; i < list->n_parameters; i++) {
        const ref_parameter *p = &s->before->parameters[i];
        const size_t offset = list->parameters[i].offset;
        for (size_t n = 0; n < p->n_rows * p->n_cols; n++) {
            training->first[offset + n] = (float)s->first[p->offset + n];
            if (training->second != NULL) {
                training->second[offset + n] = (float)s->second[p->offset + n];
            }
        }
    }
    guarded_context *tight = guarded_alloc(kernels, n_threads, fast_gradient_norm_size(list));
    CHECK_STATUS(fast_training_step(training, list, &tight->context), GSL_SUCCESS,
                 "fast_training_step");
    CHECK(guarded_is_intact(tight), "something was written behind the workspace");
    guarded_free(tight);
}

/* ---- the bound ------------------------------------------------------------------------------- */

/* How far off a number of the optimized side may be, operation by operation; u is a rounding. */
typedef struct {
    double value, first, second;
} bounds;

static bounds bounds_of(const start *s, const ref_training *after, bool is_decayed, double clip,
                        double g0, double p0, double first0, double second0)
{
    const ref_training_options *o = &s->options;
    const double u = rounding_unit, t = (double)after->step, rate = after->learning_rate;
    double lambda = is_decayed ? o->weight_decay : 0.0;
    double pull = o->optimizer == REF_ADAMW ? 0.0 : lambda;
    double shrink = o->optimizer == REF_ADAMW ? rate * lambda : 0.0;
    double g = clip * g0 + pull * p0;
    double e_g = u * (2.0 * fabs(clip * g0) + 2.0 * fabs(pull * p0) + fabs(g));
    bounds e = {0};
    double step, e_step;
    if (o->optimizer == REF_SGD) {
        double moment = o->momentum * first0 + g;
        e.first = e_g + u * (2.0 * fabs(o->momentum * first0) + fabs(moment));
        step = rate * moment;
        e_step = rate * e.first + 2.0 * u * fabs(step);
    } else {
        double kept = o->beta1 * first0, added = (1.0 - o->beta1) * g, m = kept + added;
        double v_kept = o->beta2 * second0, v_added = (1.0 - o->beta2) * g * g;
        double v = v_kept + v_added;
        e.first = (1.0 - o->beta1) * e_g + u * (2.0 * fabs(kept) + 2.0 * fabs(added) + fabs(m));
        e.second = (1.0 - o->beta2) * 2.0 * fabs(g) * e_g + u * (2.0 * v_kept + 3.0 * v_added + v);
        double root = sqrt(v / (1.0 - pow(o->beta2, t))), size = root + o->epsilon;
        double e_root = root * (0.5 * e.second / v + 2.0 * u);
        double e_size = e_root + u * (o->epsilon + size);
        double r = rate / (1.0 - pow(o->beta1, t));
        step = r * m / size;
        e_step = r * e.first / size + fabs(step) * (e_size / size + 3.0 * u);
    }
    double decay = shrink * p0, p = p0 - decay - step;
    e.value = e_step + u * (2.0 * fabs(decay) + fabs(decay + step) + fabs(p));
    return e;
}

typedef struct {
    agreement values, first, second;
} agreements;

static agreements compare(const start *s, const ref_parameters *expected, const ref_training *after,
                          const fast_parameters *list, const fast_training *training)
{
    agreements a = {0};
    double clip = fmin(1.0, s->options.max_norm / after->gradient_norm);
    for (size_t i = 0; i < list->n_parameters; i++) {
        const ref_parameter *p = &expected->parameters[i];
        for (size_t n = 0; n < p->n_rows * p->n_cols; n++) {
            size_t wide = p->offset + n, narrow = list->parameters[i].offset + n;
            bounds e = bounds_of(s, after, p->is_decayed, clip, s->before->gradients[wide],
                                 s->before->values[wide], s->first[wide], s->second[wide]);
            agreement_add_entry(&a.values, list->values[narrow], expected->values[wide], e.value);
            agreement_add_entry(&a.first, training->first[narrow], after->first[wide], e.first);
            if (after->second != NULL) {
                agreement_add_entry(&a.second, training->second[narrow], after->second[wide],
                                    e.second);
            }
        }
    }
    return a;
}

/* ---- tests ----------------------------------------------------------------------------------- */

/* Between the parameters all floats are 0 before the step, and after it. */
static bool padding_is_zero(const fast_parameters *list, const fast_training *training)
{
    size_t n_used = fast_parameters_count(list), n_set = 0;
    for (size_t n = 0; n < list->n_floats; n++) {
        n_set += list->values[n] != 0.0f || training->first[n] != 0.0f ||
                 (training->second != NULL && training->second[n] != 0.0f);
    }
    return n_set <= n_used;
}

static void try_case(const step_case *c)
{
    start s = draw(c);
    ref_parameters *expected = weight_and_bias(c->n_rows, c->n_cols);
    ref_training *after = step_reference(&s, 1.0, expected);
    fast_parameters *list = parameters_twin(s.before);
    fast_training_options options = narrow_options(&s.options);
    float *kept = malloc(list->n_floats * sizeof *kept);
    for (size_t isa = 0; kernels_at(isa); isa++) {
        for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads++) {
            fast_training *training = fast_training_alloc(list, &options);
            step_optimized(&s, list, training, kernels_at(isa), n_threads);
            circumstances where = {c->catches, "step", kernels_at(isa)->name, n_threads};
            agreements a = compare(&s, expected, after, list, training);
            check_agreement(&a.values, "values", &where);
            check_agreement(&a.first, "first", &where);
            CHECK(after->second == NULL || check_agreement(&a.second, "second", &where), "second");
            CHECK(padding_is_zero(list, training), "%s: the padding is written to", c->catches);
            CHECK(n_threads == 1 || !memcmp(kept, list->values, list->n_floats * sizeof *kept),
                  "%s: other bits on %d threads", c->catches, n_threads);
            memcpy(kept, list->values, list->n_floats * sizeof *kept);
            fast_training_free(training);
        }
    }
    free(kept);
    fast_parameters_free(list);
    ref_training_free(after);
    ref_parameters_free(expected);
    start_free(&s);
}

static void steps_agree(void)
{
    for (size_t n = 0; n < N_CASES; n++) {
        try_case(&cases[n]);
    }
}

/* A rate that is wrong by one part in a thousand must be seen in each of them. */
static void wrong_rate_is_seen(void)
{
    for (size_t n = 0; n < N_CASES; n++) {
        start s = draw(&cases[n]);
        ref_parameters *expected = weight_and_bias(cases[n].n_rows, cases[n].n_cols);
        ref_training *after = step_reference(&s, 1.001, expected);
        fast_parameters *list = parameters_twin(s.before);
        fast_training_options options = narrow_options(&s.options);
        fast_training *training = fast_training_alloc(list, &options);
        step_optimized(&s, list, training, kernels_at(0), 1);
        CHECK(compare(&s, expected, after, list, training).values.ratio > 1.0,
              "%s: a rate that is wrong by 0.1 %% is not seen", cases[n].catches);
        fast_training_free(training);
        fast_parameters_free(list);
        ref_training_free(after);
        ref_parameters_free(expected);
        start_free(&s);
    }
}

static const test tests[] = {
    {"one step agrees, for every optimizer, size, instruction set and thread count", steps_agree},
    {"a learning rate that is wrong by 0.1 % is seen", wrong_rate_is_seen},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
