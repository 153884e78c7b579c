/* Bad arguments of projection, layer normalisation, feed-forward layers, losses and embedding: one
 * table for both twins, which must return the same status and say a sentence. */

#include "optimized/embedding.h"
#include "optimized/feed_forward.h"
#include "optimized/layer_norm.h"
#include "optimized/loss.h"
#include "optimized/projection.h"
#include "reference/embedding.h"
#include "reference/feed_forward.h"
#include "reference/layer_norm.h"
#include "reference/loss.h"
#include "reference/projection.h"
#include "tests/support/bad_arguments.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <math.h>

/* ---- the pairs --------------------------------------------------------------------------------- */

#define WIDE(x, m)   gsl_matrix x = bad_wide(a, m)
#define NARROW(x, m) fast_view x = bad_narrow(a, m)
#define LINE(x, m)   gsl_vector x = bad_line(a, m)

/* x, W, b, Y */
static int ref_project(const bad_arguments *a)
{
    WIDE(x, 0), w = bad_wide(a, 1), y = bad_wide(a, 3);
    LINE(b, 2);
    return ref_projection_forward(&x, &w, &b, &y);
}

static int fast_project(const bad_arguments *a, fast_context *context)
{
    NARROW(x, 0), w = bad_narrow(a, 1), b = bad_narrow(a, 2), y = bad_narrow(a, 3);
    return fast_projection_forward(&x, &w, &b, &y, context);
}

/* x, W, db, dY, dX, dW */
static int ref_project_back(const bad_arguments *a)
{
    WIDE(x, 0), w = bad_wide(a, 1), dy = bad_wide(a, 3), dx = bad_wide(a, 4), dw = bad_wide(a, 5);
    LINE(db, 2);
    return ref_projection_backward(&x, &w, &dy, &dx, &dw, &db);
}

static int fast_project_back(const bad_arguments *a, fast_context *context)
{
    NARROW(x, 0), w = bad_narrow(a, 1), db = bad_narrow(a, 2), dy = bad_narrow(a, 3),
                  dx = bad_narrow(a, 4);
    NARROW(dw, 5);
    return fast_projection_backward(&x, &w, &dy, &dx, &dw, &db, context);
}

/* x, gain, bias, mean, rate, Y */
static int ref_norm(const bad_arguments *a)
{
    WIDE(x, 0), y = bad_wide(a, 5);
    LINE(gain, 1), bias = bad_line(a, 2), mean = bad_line(a, 3), rate = bad_line(a, 4);
    return ref_layer_norm_forward(&x, &gain, &bias, a->number, &mean, &rate, &y);
}

static int fast_norm(const bad_arguments *a, fast_context *context)
{
    NARROW(x, 0), gain = bad_narrow(a, 1), bias = bad_narrow(a, 2), mean = bad_narrow(a, 3);
    NARROW(rate, 4), y = bad_narrow(a, 5);
    return fast_layer_norm_forward(&x, &gain, &bias, (float)a->number, &mean, &rate, &y, context);
}

/* x, gain, d bias, mean, rate, dY, dX, d gain */
static int ref_norm_back(const bad_arguments *a)
{
    WIDE(x, 0), dy = bad_wide(a, 5), dx = bad_wide(a, 6);
    LINE(gain, 1), d_bias = bad_line(a, 2), mean = bad_line(a, 3), rate = bad_line(a, 4),
                   d_gain = bad_line(a, 7);
    return ref_layer_norm_backward(&x, &gain, &mean, &rate, &dy, &dx, &d_gain, &d_bias);
}

static int fast_norm_back(const bad_arguments *a, fast_context *context)
{
    NARROW(x, 0), gain = bad_narrow(a, 1), d_bias = bad_narrow(a, 2), mean = bad_narrow(a, 3);
    NARROW(rate, 4), dy = bad_narrow(a, 5), dx = bad_narrow(a, 6), d_gain = bad_narrow(a, 7);
    return fast_layer_norm_backward(&x, &gain, &mean, &rate, &dy, &dx, &d_gain, &d_bias, context);
}

/* x, W_1, b_1, W_2, b_2, H, Y, dX; the parameters serve as their own gradients */
static int ref_layers(const bad_arguments *a)
{
    WIDE(x, 0), w_1 = bad_wide(a, 1), w_2 = bad_wide(a, 3), h = bad_wide(a, 5), y = bad_wide(a, 6);
    WIDE(dx, 7), scratch[] = {bad_wide(a, 5), bad_wide(a, 5)};
    LINE(b_1, 2), b_2 = bad_line(a, 4);
    ref_feed_forward p = {&w_1, &b_1, &w_2, &b_2};
    static double room[2][ROOM * ROOM];
    scratch[0].data = room[0], scratch[1].data = room[1];
    int status = ref_feed_forward_forward(&x, &p, (ref_activation)a->choice, &h, &scratch[0], &y);
    return status ? status
                  : ref_feed_forward_backward(&x, &p, (ref_activation)a->choice, &h, &y, &dx, &p,
                                              &scratch[0], &scratch[1]);
}

static int fast_layers(const bad_arguments *a, fast_context *context)
{
    NARROW(x, 0), h = bad_narrow(a, 5), y = bad_narrow(a, 6), dx = bad_narrow(a, 7);
    fast_feed_forward p = {bad_narrow(a, 1), bad_narrow(a, 2), bad_narrow(a, 3), bad_narrow(a, 4)};
    fast_activation f = (fast_activation)a->choice;
    int status = fast_feed_forward_forward(&x, &p, f, &h, &y, context);
    return status ? status : fast_feed_forward_backward(&x, &p, f, &h, &y, &dx, &p, context);
}

/* Y, target, dY */
static int ref_square(const bad_arguments *a)
{
    WIDE(y, 0), t = bad_wide(a, 1), dy = bad_wide(a, 2);
    double loss;
    int status = ref_squared_error_forward(&y, &t, &loss);
    return status ? status : ref_squared_error_backward(&y, &t, 1.0, &dy);
}

static int fast_square(const bad_arguments *a, fast_context *context)
{
    NARROW(y, 0), t = bad_narrow(a, 1), dy = bad_narrow(a, 2);
    double loss;
    int status = fast_squared_error_forward(&y, &t, &loss, context);
    return status ? status : fast_squared_error_backward(&y, &t, 1.0f, &dy, context);
}

/* logits, p or log-sum-exp, dz. The cache of the reference is as large as the logits. */
static int ref_cross(const bad_arguments *a)
{
    static double room[ROOM * ROOM];
    WIDE(z, 0), dz = bad_wide(a, 2), p = {z.size1, z.size2, ROOM, room, NULL, 0};
    double loss;
    size_t n;
    int status = ref_cross_entropy_forward(&z, bad_list(a, 0), a->number, &p, &loss, &n);
    return status ? status
                  : ref_cross_entropy_backward(&z, bad_list(a, 0), a->number, &p, n, 1.0, &dz);
}

static int fast_cross(const bad_arguments *a, fast_context *context)
{
    NARROW(z, 0), l = bad_narrow(a, 1), dz = bad_narrow(a, 2);
    double loss;
    size_t n;
    float smoothing = (float)a->number;
    int status = fast_cross_entropy_forward(&z, bad_list(a, 0), smoothing, &l, &loss, &n, context);
    return status ? status
                  : fast_cross_entropy_backward(&z, bad_list(a, 0), smoothing, &l, n, 1.0f, &dz,
                                                context);
}

/* table, Y */
static int ref_look_up(const bad_arguments *a)
{
    WIDE(table, 0), y = bad_wide(a, 1);
    int status = ref_embedding_forward(&table, bad_list(a, 1), &y);
    int back = ref_embedding_backward(bad_list(a, 1), &y, &table);
    return status == back ? status : -1;
}

static int fast_look_up(const bad_arguments *a, fast_context *context)
{
    NARROW(table, 0), y = bad_narrow(a, 1);
    int status = fast_embedding_forward(&table, bad_list(a, 1), &y, context);
    int back = fast_embedding_backward(bad_list(a, 1), &y, &table, context);
    return status == back ? status : -1;
}

/* ---- the table --------------------------------------------------------------------------------- */

enum { OK = GSL_SUCCESS, LENGTH = GSL_EBADLEN, INVALID = GSL_EINVAL };

#define PROJECT      ref_project, fast_project
#define PROJECT_BACK ref_project_back, fast_project_back
#define NORM         ref_norm, fast_norm
#define NORM_BACK    ref_norm_back, fast_norm_back
#define LAYERS       ref_layers, fast_layers
#define SQUARE       ref_square, fast_square
#define CROSS        ref_cross, fast_cross
#define LOOK_UP      ref_look_up, fast_look_up

// clang-format off
static const bad_call calls[] = {
    {"projection",              PROJECT, {{{3, 4}, {4, 2}, {1, 2}, {3, 2}}, 0, 0}, OK},
    {"W has a row too many",    PROJECT, {{{3, 4}, {5, 2}, {1, 2}, {3, 2}}, 0, 0}, LENGTH},
    {"a bias too many",         PROJECT, {{{3, 4}, {4, 2}, {1, 3}, {3, 2}}, 0, 0}, LENGTH},
    {"an output too wide",      PROJECT, {{{3, 4}, {4, 2}, {1, 2}, {3, 3}}, 0, 0}, LENGTH},
    {"an output too many",      PROJECT, {{{3, 4}, {4, 2}, {1, 2}, {4, 2}}, 0, 0}, LENGTH},
    {"no row",                  PROJECT, {{{0, 4}, {4, 2}, {1, 2}, {0, 2}}, 0, 0}, INVALID},
    {"no input",                PROJECT, {{{3, 0}, {0, 2}, {1, 2}, {3, 2}}, 0, 0}, INVALID},
    {"no output",               PROJECT, {{{3, 4}, {4, 0}, {1, 0}, {3, 0}}, 0, 0}, INVALID},
    {"its gradients",           PROJECT_BACK, {{{3, 4}, {4, 2}, {1, 2}, {3, 2}, {3, 4}, {4, 2}}, 0, 0}, OK},
    {"dX wider",                PROJECT_BACK, {{{3, 4}, {4, 2}, {1, 2}, {3, 2}, {3, 5}, {4, 2}}, 0, 0}, LENGTH},
    {"dW wider",                PROJECT_BACK, {{{3, 4}, {4, 2}, {1, 2}, {3, 2}, {3, 4}, {4, 3}}, 0, 0}, LENGTH},
    {"db wider",                PROJECT_BACK, {{{3, 4}, {4, 2}, {1, 3}, {3, 2}, {3, 4}, {4, 2}}, 0, 0}, LENGTH},
    {"dY longer",               PROJECT_BACK, {{{3, 4}, {4, 2}, {1, 2}, {4, 2}, {3, 4}, {4, 2}}, 0, 0}, LENGTH},
    {"gradients of no row",     PROJECT_BACK, {{{0, 4}, {4, 2}, {1, 2}, {0, 2}, {0, 4}, {4, 2}}, 0, 0}, INVALID},
    {"layer norm",              NORM, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 3}, {3, 4}}, 1, 0}, OK},
    {"a gain too many",         NORM, {{{3, 4}, {1, 5}, {1, 4}, {1, 3}, {1, 3}, {3, 4}}, 1, 0}, LENGTH},
    {"a bias too few",          NORM, {{{3, 4}, {1, 4}, {1, 3}, {1, 3}, {1, 3}, {3, 4}}, 1, 0}, LENGTH},
    {"a mean for each column",  NORM, {{{3, 4}, {1, 4}, {1, 4}, {1, 4}, {1, 3}, {3, 4}}, 1, 0}, LENGTH},
    {"a rate too few",          NORM, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 2}, {3, 4}}, 1, 0}, LENGTH},
    {"Y with a row too many",   NORM, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 3}, {4, 4}}, 1, 0}, LENGTH},
    {"norm of no row",          NORM, {{{0, 4}, {1, 4}, {1, 4}, {1, 0}, {1, 0}, {0, 4}}, 1, 0}, INVALID},
    {"norm of no column",       NORM, {{{3, 0}, {1, 0}, {1, 0}, {1, 3}, {1, 3}, {3, 0}}, 1, 0}, INVALID},
    {"an epsilon of 0",         NORM, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 3}, {3, 4}}, 0, 0}, INVALID},
    {"an epsilon of NaN",       NORM, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 3}, {3, 4}}, NAN, 0}, INVALID},
    {"an infinite epsilon",     NORM, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 3}, {3, 4}}, INFINITY, 0}, INVALID},
    {"gradients of the norm",   NORM_BACK, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 3}, {3, 4}, {3, 4}, {1, 4}}, 0, 0}, OK},
    {"dX with a row too many",  NORM_BACK, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 3}, {3, 4}, {4, 4}, {1, 4}}, 0, 0}, LENGTH},
    {"d gain too short",        NORM_BACK, {{{3, 4}, {1, 4}, {1, 4}, {1, 3}, {1, 3}, {3, 4}, {3, 4}, {1, 3}}, 0, 0}, LENGTH},
    {"d bias too short",        NORM_BACK, {{{3, 4}, {1, 4}, {1, 3}, {1, 3}, {1, 3}, {3, 4}, {3, 4}, {1, 4}}, 0, 0}, LENGTH},
    {"gradients of no column",  NORM_BACK, {{{3, 0}, {1, 0}, {1, 0}, {1, 3}, {1, 3}, {3, 0}, {3, 0}, {1, 0}}, 0, 0}, INVALID},
    {"feed-forward",            LAYERS, {{{3, 2}, {2, 5}, {1, 5}, {5, 2}, {1, 2}, {3, 5}, {3, 2}, {3, 2}}, 0, 1}, OK},
    {"W_1 too wide",            LAYERS, {{{3, 2}, {2, 6}, {1, 5}, {5, 2}, {1, 2}, {3, 5}, {3, 2}, {3, 2}}, 0, 1}, LENGTH},
    {"b_1 too short",           LAYERS, {{{3, 2}, {2, 5}, {1, 4}, {5, 2}, {1, 2}, {3, 5}, {3, 2}, {3, 2}}, 0, 1}, LENGTH},
    {"W_2 the wrong way round", LAYERS, {{{3, 2}, {2, 5}, {1, 5}, {2, 5}, {1, 2}, {3, 5}, {3, 2}, {3, 2}}, 0, 1}, LENGTH},
    {"b_2 too long",            LAYERS, {{{3, 2}, {2, 5}, {1, 5}, {5, 2}, {1, 3}, {3, 5}, {3, 2}, {3, 2}}, 0, 1}, LENGTH},
    {"a hidden row too many",   LAYERS, {{{3, 2}, {2, 5}, {1, 5}, {5, 2}, {1, 2}, {4, 5}, {3, 2}, {3, 2}}, 0, 1}, LENGTH},
    {"Y too wide",              LAYERS, {{{3, 2}, {2, 5}, {1, 5}, {5, 2}, {1, 2}, {3, 5}, {3, 3}, {3, 2}}, 0, 1}, LENGTH},
    {"dX too wide",             LAYERS, {{{3, 2}, {2, 5}, {1, 5}, {5, 2}, {1, 2}, {3, 5}, {3, 2}, {3, 3}}, 0, 1}, LENGTH},
    {"no hidden unit",          LAYERS, {{{3, 2}, {2, 0}, {1, 0}, {0, 2}, {1, 2}, {3, 0}, {3, 2}, {3, 2}}, 0, 1}, INVALID},
    {"another activation",      LAYERS, {{{3, 2}, {2, 5}, {1, 5}, {5, 2}, {1, 2}, {3, 5}, {3, 2}, {3, 2}}, 0, 2}, INVALID},
    {"squared error",           SQUARE, {{{3, 2}, {3, 2}, {3, 2}}, 0, 0}, OK},
    {"a target too many",       SQUARE, {{{3, 2}, {4, 2}, {3, 2}}, 0, 0}, LENGTH},
    {"a gradient too wide",     SQUARE, {{{3, 2}, {3, 2}, {3, 3}}, 0, 0}, LENGTH},
    {"no output to judge",      SQUARE, {{{3, 0}, {3, 0}, {3, 0}}, 0, 0}, INVALID},
    {"cross-entropy",           CROSS, {{{3, 5}, {1, 3}, {3, 5}}, 0.1, 4}, OK},
    {"a row that is ignored",   CROSS, {{{3, 5}, {1, 3}, {3, 5}}, 0, -1}, OK},
    {"a gradient too long",     CROSS, {{{3, 5}, {1, 3}, {4, 5}}, 0, 4}, LENGTH},
    {"no class",                CROSS, {{{3, 0}, {1, 3}, {3, 0}}, 0, 0}, INVALID},
    {"no row to judge",         CROSS, {{{0, 5}, {1, 0}, {0, 5}}, 0, 0}, INVALID},
    {"one class beyond",        CROSS, {{{3, 5}, {1, 3}, {3, 5}}, 0, 5}, INVALID},
    {"a target of -2",          CROSS, {{{3, 5}, {1, 3}, {3, 5}}, 0, -2}, INVALID},
    {"negative smoothing",      CROSS, {{{3, 5}, {1, 3}, {3, 5}}, -0.1, 0}, INVALID},
    {"a smoothing above 1",     CROSS, {{{3, 5}, {1, 3}, {3, 5}}, 1.5, 0}, INVALID},
    {"a smoothing of NaN",      CROSS, {{{3, 5}, {1, 3}, {3, 5}}, NAN, 0}, INVALID},
    {"embedding",               LOOK_UP, {{{5, 4}, {3, 4}}, 0, 4}, OK},
    {"an embedding too wide",   LOOK_UP, {{{5, 4}, {3, 5}}, 0, 0}, LENGTH},
    {"an empty vocabulary",     LOOK_UP, {{{0, 4}, {3, 4}}, 0, 0}, INVALID},
    {"no token",                LOOK_UP, {{{5, 4}, {0, 4}}, 0, 0}, INVALID},
    {"one word beyond",         LOOK_UP, {{{5, 4}, {3, 4}}, 0, 5}, INVALID},
    {"a token of -1",           LOOK_UP, {{{5, 4}, {3, 4}}, 0, -1}, INVALID},
};
// clang-format on

static void both_refuse(void)
{
    check_bad_calls(calls, sizeof calls / sizeof calls[0]);
}

static const test tests[] = {
    {"both refuse the same faults with the same status and a sentence", both_refuse},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
