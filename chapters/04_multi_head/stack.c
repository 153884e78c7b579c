/* A stack of pre-norm blocks in double, and the same without residual connections. */
#include "chapters/04_multi_head/stack.h"
#include "chapters/04_multi_head/cards.h"

#include "chapters/common/program/program.h"
#include "reference/layer_norm.h"
#include "reference/projection.h"
#include "reference/train.h"
#include <gsl/gsl_math.h>
#include <stdio.h>

enum { D = 12, N_HIDDEN = 24, CLIP = 2, N_WARM_UP = 80, N_BATCH = 4, N_TEST = 100 };

static const ref_block_shape shape = {D, 2, N_HIDDEN, CLIP, REF_PRE_NORM, REF_RELU, 1e-5};

typedef struct {
    size_t n_layers;
    bool has_residual;
    ref_parameters *list;
    ref_block_parameters blocks[STACK_MAX_LAYERS];
    ref_block_cache *caches[STACK_MAX_LAYERS], *gradients;
    gsl_matrix *x, *answers, *output, *grad_output, *grad_x; /* of one row of cards */
    gsl_matrix *states[STACK_MAX_LAYERS + 1], *grad_states[STACK_MAX_LAYERS + 1];
} stack;

/* ---- Memory ---------------------------------------------------------------------------------- */

static void declare(stack *of)
{
    char name[REF_NAME_SIZE];
    ref_parameters_declare(of->list, "input.weight", D_CARD, D, true, REF_GLOROT_UNIFORM);
    for (size_t l = 0; l < of->n_layers; l++) {
        snprintf(name, sizeof name, "block%zu", l);
        ref_block_declare(of->list, name, &shape);
    }
    ref_parameters_declare(of->list, "output.weight", D, D_ANSWER, true, REF_GLOROT_UNIFORM);
    program_check(ref_parameters_allocate(of->list));
    for (size_t l = 0; l < of->n_layers; l++) {
        snprintf(name, sizeof name, "block%zu", l);
        program_check(ref_block_find(of->list, name, &shape, &of->blocks[l]));
    }
}

static void stack_init(stack *of, size_t n_layers, bool has_residual)
{
    *of = (stack){.n_layers = n_layers,
                  .has_residual = has_residual,
                  .list = ref_parameters_alloc(),
                  .gradients = ref_block_cache_alloc(N_CARDS, &shape),
                  .x = program_matrix(N_CARDS, D_CARD),
                  .answers = program_matrix(N_CARDS, D_ANSWER),
                  .output = program_matrix(N_CARDS, D_ANSWER),
                  .grad_output = program_matrix(N_CARDS, D_ANSWER),
                  .grad_x = program_matrix(N_CARDS, D_CARD)};
    declare(of);
    for (size_t l = 0; l <= n_layers; l++) {
        of->states[l] = program_matrix(N_CARDS, D);
        of->grad_states[l] = program_matrix(N_CARDS, D);
        if (l < n_layers) {
            of->caches[l] = ref_block_cache_alloc(N_CARDS, &shape);
        }
    }
}

static void stack_free(stack *of)
{
    gsl_matrix *const all[] = {of->x, of->answers, of->output, of->grad_output, of->grad_x};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
    for (size_t l = 0; l <= of->n_layers; l++) {
        gsl_matrix_free(of->states[l]);
        gsl_matrix_free(of->grad_states[l]);
        if (l < of->n_layers) {
            ref_block_cache_free(of->caches[l]);
        }
    }
    ref_block_cache_free(of->gradients);
    ref_parameters_free(of->list);
}

/* ---- A block without residual connections ---------------------------------------------------- */

// [without-residual]
/* Z = attention(norm_1(X)),  Y = feed_forward(norm_2(Z)) */
static void bare_forward(const ref_block *p, const gsl_matrix *x, const ref_block_cache *c,
                         gsl_matrix *y)
{
    program_check(ref_layer_norm_forward(x, p->gain_1, p->bias_1, shape.epsilon, c->mean_1,
                                         c->rate_1, c->norm_1));
    program_check(ref_multi_head_forward(c->norm_1, c->norm_1, &p->attention, NULL, &c->attention,
                                         c->middle));
    program_check(ref_layer_norm_forward(c->middle, p->gain_2, p->bias_2, shape.epsilon, c->mean_2,
                                         c->rate_2, c->norm_2));
    program_check(ref_feed_forward_forward(c->norm_2, &p->feed_forward, shape.activation, c->hidden,
                                           c->activated, y));
}
// [without-residual]

/* The same lines in reverse; g holds the gradients of what c holds. */
static void bare_backward(const ref_block_parameters *block, const gsl_matrix *x,
                          const ref_block_cache *c, const gsl_matrix *grad_y, gsl_matrix *grad_x,
                          const ref_block_cache *g)
{
    const ref_block *p = &block->value, *dp = &block->gradient;
    gsl_matrix_set_zero(g->norm_2);
    program_check(ref_feed_forward_backward(c->norm_2, &p->feed_forward, shape.activation,
                                            c->hidden, grad_y, g->norm_2, &dp->feed_forward,
                                            g->activated, g->hidden));
    gsl_matrix_set_zero(g->middle);
    program_check(ref_layer_norm_backward(c->middle, p->gain_2, c->mean_2, c->rate_2, g->norm_2,
                                          g->middle, dp->gain_2, dp->bias_2));
    gsl_matrix_set_zero(g->norm_1);
    program_check(ref_multi_head_backward(c->norm_1, c->norm_1, &p->attention, NULL, &c->attention,
                                          g->middle, g->norm_1, g->norm_1, &dp->attention,
                                          &g->attention));
    program_check(ref_layer_norm_backward(x, p->gain_1, c->mean_1, c->rate_1, g->norm_1, grad_x,
                                          dp->gain_1, dp->bias_1));
}

/* ---- The stack ------------------------------------------------------------------------------- */

static gsl_matrix *value_of(const stack *of, const char *name)
{
    return &ref_parameters_find(of->list, name)->value.matrix;
}

static gsl_matrix *gradient_of(const stack *of, const char *name)
{
    return &ref_parameters_find(of->list, name)->gradient.matrix;
}

static void forward(stack *of)
{
    program_check(ref_projection_forward(of->x, value_of(of, "input.weight"), NULL, of->states[0]));
    for (size_t l = 0; l < of->n_layers; l++) {
        const ref_block *block = &of->blocks[l].value;
        if (of->has_residual) {
            program_check(ref_block_forward(of->states[l], block, &shape, NULL, NULL, of->caches[l],
                                            of->states[l + 1]));
        } else {
            bare_forward(block, of->states[l], of->caches[l], of->states[l + 1]);
        }
    }
    program_check(ref_projection_forward(of->states[of->n_layers], value_of(of, "output.weight"),
                                         NULL, of->output));
}

static void backward(stack *of, double share)
{
    for (size_t l = 0; l <= of->n_layers; l++) {
        gsl_matrix_set_zero(of->grad_states[l]);
    }
    cards_error_backward(of->output, of->answers, share, of->grad_output);
    program_check(ref_projection_backward(of->states[of->n_layers], value_of(of, "output.weight"),
                                          of->grad_output, of->grad_states[of->n_layers],
                                          gradient_of(of, "output.weight"), NULL));
    for (size_t l = of->n_layers; l-- > 0;) {
        const ref_block_parameters *block = &of->blocks[l];
        if (of->has_residual) {
            program_check(ref_block_backward(of->states[l], &block->value, &shape, NULL, NULL,
                                             of->caches[l], of->grad_states[l + 1],
                                             of->grad_states[l], &block->gradient, of->gradients));
        } else {
            bare_backward(block, of->states[l], of->caches[l], of->grad_states[l + 1],
                          of->grad_states[l], of->gradients);
        }
    }
    program_check(ref_projection_backward(of->x, value_of(of, "input.weight"), of->grad_states[0],
                                          of->grad_x, gradient_of(of, "input.weight"), NULL));
}

double stack_error(size_t seed, size_t n_layers, bool has_residual, size_t n_steps)
{
    stack of;
    int colours[N_CARDS];
    double error = 0.0, guess = 0.0;
    gsl_rng *rng = new_generator(seed);
    stack_init(&of, n_layers, has_residual);
    program_check(ref_parameters_initialize(of.list, rng));
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.01;
    options.n_warmup = N_WARM_UP;
    options.schedule = REF_RATE_LINEAR;
    options.n_steps = GSL_MAX(n_steps, N_WARM_UP + 1);
    options.max_norm = 1.0;
    ref_training *training = ref_training_alloc(of.list, &options);
    for (size_t step = 0; step < n_steps; step++) {
        ref_parameters_zero_gradients(of.list);
        for (size_t b = 0; b < N_BATCH; b++) {
            deal_cards(rng, of.x, of.answers, colours);
            forward(&of);
            backward(&of, 1.0 / N_BATCH);
        }
        program_check(ref_training_step(training, of.list));
    }
    for (size_t r = 0; r < N_TEST; r++) {
        double of_zeros;
        deal_cards(rng, of.x, of.answers, colours);
        forward(&of);
        error += cards_error(of.output, of.answers, &of_zeros);
        guess += of_zeros;
    }
    ref_training_free(training);
    stack_free(&of);
    gsl_rng_free(rng);
    return error / guess;
}
