/* The ladder: every stage of optimized/stages computes attention, whatever it does to be fast. */

#include "optimized/stages/stages.h"
#include "reference/attention.h"
#include "tests/support/agreement.h"
#include "tests/support/matrices.h"
#include "tests/support/random_input.h"
#include "tests/support/runs.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row of the table: which mistakes a shape shows. */
typedef struct {
    const char *catches;
    size_t n_q, n_k, d;
    double sigma; /* deviation of queries and keys */
} shape;

static const shape shapes[] = {
    {"nothing to be wrong about but the indices", 1, 1, 1, 1.0},
    {"any size mistaken for another", 7, 11, 5, 1.0},
    {"a first query beyond the narrowest block", 13, 17, 8, 1.0},
    {"a last query short of the widest block", 47, 19, 16, 1.0},
    {"a first query beyond the widest block, a row beyond the tile of sums", 49, 23, 9, 1.0},
    {"a last key short of a tile", 6, 63, 12, 1.0},
    {"tiles that are full", 48, 128, 64, 1.0},
    {"a first key of a second tile", 5, 65, 7, 1.0},
    {"a last key short of a long tile", 5, 127, 3, 1.0},
    {"a first key of a second long tile", 5, 129, 3, 1.0},
    {"one query, flat weights over many tiles", 1, 700, 4, 0.05},
    {"more blocks of queries than threads", 145, 31, 10, 1.0},
    {"weights that are nearly one-hot: maxima that rise in late tiles", 33, 300, 16, 4.0},
    {"scores beyond what exp can take", 20, 140, 32, 12.0},
};

enum { N_SHAPES = sizeof shapes / sizeof shapes[0], GUARD = 64 };

/* Inputs as floats, what the reference makes of them, and how far off a stage may be. */
typedef struct {
    const shape *shape;
    float *q, *k, *v, *output;
    gsl_matrix *expected, *bounds;
} problem;

/* A new array of floats, the guard behind it included; the harness's matrices are doubles. */
static float *floats_of(const gsl_matrix *a)
{
    float *values = malloc((a->size1 * a->size2 + GUARD) * sizeof *values);
    for (size_t e = 0; e < a->size1 * a->size2; e++) {
        values[e] = (float)a->data[e];
    }
    return values;
}

static problem problem_alloc(const shape *s, gsl_rng *rng)
{
    gsl_matrix *q = random_matrix(rng, s->n_q, s->d, s->sigma);
    gsl_matrix *k = random_matrix(rng, s->n_k, s->d, s->sigma);
    gsl_matrix *v = random_matrix(rng, s->n_k, s->d, 1.0);
    problem x = {s,
                 floats_of(q),
                 floats_of(k),
                 floats_of(v),
                 floats_of(q),
                 new_matrix(s->n_q, s->d),
                 new_matrix(s->n_q, s->d)};
    int status = ref_attention_forward(q, k, v, REF_DOT, 1.0 / sqrt((double)s->d), NULL,
                                       new_matrix(s->n_q, s->n_k), x.expected);
    CHECK_STATUS(status, GSL_SUCCESS, "reference");
    stage_error_bounds(s->n_q, s->n_k, s->d, x.q, x.k, x.v, x.bounds->data,
                       new_vector(2 * s->n_k)->data);
    return x;
}

static void problem_free(problem *x)
{
    free(x->q);
    free(x->k);
    free(x->v);
    free(x->output);
}

static bool is_all_ones(const unsigned char *bytes, size_t n)
{
    for (size_t b = 0; b < n; b++) {
        if (bytes[b] != 0xff) {
            return false;
        }
    }
    return true;
}

/* Run a stage on an output and in a scratch that are full of NaN; what lies behind them stays. */
static void run(const stage *one, problem *x, size_t n_k)
{
    const shape *s = x->shape;
    size_t size = one->size(s->n_q, n_k, s->d), n_output = s->n_q * s->d;
    size_t n_bytes = (size / GUARD + 1) * GUARD;
    unsigned char *scratch = aligned_alloc(GUARD, n_bytes);
    memset(scratch, 0xff, n_bytes);
    memset(x->output, 0xff, (n_output + GUARD) * sizeof(float));
    one->run(s->n_q, n_k, s->d, x->q, x->k, x->v, x->output, scratch);
    CHECK(is_all_ones(scratch + size, n_bytes - size), "stage %s, %s: wrote behind its scratch",
          one->name, s->catches);
    CHECK(is_all_ones((unsigned char *)(x->output + n_output), GUARD * sizeof(float)),
          "stage %s, %s: wrote behind its output", one->name, s->catches);
    free(scratch);
}

static agreement compare(const problem *x)
{
    agreement a = {0};
    fast_view output = fast_view_matrix(x->output, x->shape->n_q, x->shape->d);
    agreement_add(&a, &output, 0, 0, x->expected, x->bounds);
    return a;
}

/* Try something with every stage, every table of kernels that it can use, every number of threads
 * that makes a difference to it. */
static void on_every_stage(problem *x, void (*attempt)(const stage *, problem *, circumstances *))
{
    for (size_t t = 0; kernels_at(t); t++) {
        setenv("FAST_KERNELS", kernels_at(t)->name, 1);
        for (size_t s = 0; s < n_stages; s++) {
            bool is_new = t == 0 || stages[s].means != STAGE_BASIC;
            int most = !is_new ? 0 : stages[s].means == STAGE_SHARED ? MAX_THREADS : 1;
            for (int n_threads = 1; n_threads <= most; n_threads++) {
                stage_set_threads(n_threads);
                attempt(&stages[s], x,
                        &(circumstances){x->shape->catches, stages[s].idea, kernels_at(t)->name,
                                         n_threads});
            }
        }
    }
    unsetenv("FAST_KERNELS");
}

static void on_every_shape(void (*attempt)(const stage *, problem *, circumstances *))
{
    gsl_rng *rng = suite_rng();
    for (size_t i = 0; i < N_SHAPES; i++) {
        problem x = problem_alloc(&shapes[i], rng);
        on_every_stage(&x, attempt);
        problem_free(&x);
    }
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void agrees(const stage *one, problem *x, circumstances *where)
{
    run(one, x, x->shape->n_k);
    agreement a = compare(x);
    check_agreement(&a, "output", where);
}

static void stages_agree(void)
{
    on_every_shape(agrees);
}

/* Larger queries are a larger scale: wrong by more than rounding. So is a key too few. */
static void control(const stage *one, problem *x, circumstances *where)
{
    size_t n_q_d = x->shape->n_q * x->shape->d;
    for (size_t e = 0; e < n_q_d; e++) {
        x->q[e] *= 1.001f;
    }
    run(one, x, x->shape->n_k);
    CHECK(compare(x).ratio > 1.0, "stage %s, %s: a scale off by 1/1000 went unnoticed", one->name,
          where->catches);
    for (size_t e = 0; e < n_q_d; e++) {
        x->q[e] /= 1.001f;
    }
    run(one, x, x->shape->n_k - 1);
    CHECK(compare(x).ratio > 1.0, "stage %s, %s: a missing key went unnoticed", one->name,
          where->catches);
}

static void controls_fail(void)
{
    gsl_rng *rng = suite_rng();
    problem x = problem_alloc(&shapes[1], rng);
    on_every_stage(&x, control);
    problem_free(&x);
}

static void same_bits_on_threads(void)
{
    gsl_rng *rng = suite_rng();
    problem x = problem_alloc(&(shape){"", 145, 67, 16, 1.0}, rng);
    size_t n_bytes = x.shape->n_q * x.shape->d * sizeof(float);
    float *first = malloc(n_bytes);
    for (size_t s = 0; s < n_stages; s++) {
        for (int n_threads = 1; stages[s].means == STAGE_SHARED && n_threads <= 5; n_threads++) {
            stage_set_threads(n_threads);
            run(&stages[s], &x, x.shape->n_k);
            if (n_threads == 1) {
                memcpy(first, x.output, n_bytes);
            }
            CHECK(memcmp(first, x.output, n_bytes) == 0, "stage %s on %d threads differs",
                  stages[s].name, n_threads);
        }
    }
    free(first);
    problem_free(&x);
}

static void bases_stand_before(void)
{
    for (size_t s = 1; s < n_stages; s++) {
        size_t base = 0;
        while (base < s && strcmp(stages[base].name, stages[s].base) != 0) {
            base++;
        }
        CHECK(base < s, "stage %s changes stage %s, which does not stand before it", stages[s].name,
              stages[s].base);
    }
}

static const test tests[] = {
    {"every stage of the ladder agrees with the reference", stages_agree},
    {"a stage with a wrong scale or a missing key does not agree", controls_fail},
    {"threaded stages give the same bits on any number of threads", same_bits_on_threads},
    {"every stage changes one that stands before it", bases_stand_before},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
