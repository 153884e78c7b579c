/* A stack of pre-norm blocks learns the cards, on either side. */
#include "chapters/04_multi_head/cards.h"
#include "chapters/04_multi_head/stack_passes.h"
#include "chapters/04_multi_head/trainee.h"

#include "chapters/common/program/program.h"
#include <gsl/gsl_math.h>
#include <stdio.h>

enum { N_HIDDEN = 24, CLIP = 2, N_WARM_UP = 80, N_BATCH = 4, N_TEST = 100 };

const ref_block_shape stack_shape = {STACK_D, 2, N_HIDDEN, CLIP, REF_PRE_NORM, REF_RELU, 1e-5};

/* A row of cards, its answers, and the stack of the side that trains. */
typedef struct {
    trainee training;
    stack_reference *reference; /* or NULL */
    stack_optimized *optimized; /* or NULL */
    gsl_matrix *x, *answers, *output, *grad_output;
} stack;

static ref_parameters *declare(size_t n_layers)
{
    ref_parameters *list = ref_parameters_alloc();
    ref_parameters_declare(list, "input.weight", D_CARD, STACK_D, true, REF_GLOROT_UNIFORM);
    for (size_t l = 0; l < n_layers; l++) {
        char name[REF_NAME_SIZE];
        snprintf(name, sizeof name, "block%zu", l);
        ref_block_declare(list, name, &stack_shape);
    }
    ref_parameters_declare(list, "output.weight", STACK_D, D_ANSWER, true, REF_GLOROT_UNIFORM);
    program_check(ref_parameters_allocate(list));
    return list;
}

static stack new_stack(int implementation, size_t n_layers, bool has_residual, size_t n_steps,
                       gsl_rng *rng)
{
    ref_parameters *list = declare(n_layers);
    program_check(ref_parameters_initialize(list, rng));
    ref_training_options options = ref_training_defaults(REF_ADAM);
    options.learning_rate = 0.01;
    options.n_warmup = N_WARM_UP;
    options.schedule = REF_RATE_LINEAR;
    options.n_steps = GSL_MAX(n_steps, N_WARM_UP + 1);
    options.max_norm = 1.0;
    stack of = {.training = trainee_new(list, implementation, &options),
                .x = program_matrix(N_CARDS, D_CARD),
                .answers = program_matrix(N_CARDS, D_ANSWER),
                .output = program_matrix(N_CARDS, D_ANSWER),
                .grad_output = program_matrix(N_CARDS, D_ANSWER)};
    if (of.training.twin != NULL) {
        of.optimized = stack_optimized_alloc(of.training.twin, n_layers, has_residual);
    } else {
        of.reference = stack_reference_alloc(list, n_layers, has_residual);
    }
    return of;
}

static void free_stack(stack *of)
{
    stack_reference_free(of->reference);
    stack_optimized_free(of->optimized);
    trainee_free(&of->training);
    gsl_matrix *const all[] = {of->x, of->answers, of->output, of->grad_output};
    for (size_t m = 0; m < sizeof all / sizeof all[0]; m++) {
        gsl_matrix_free(all[m]);
    }
}

static void forward(stack *of)
{
    if (of->optimized != NULL) {
        stack_optimized_forward(of->optimized, of->x, of->output);
    } else {
        stack_reference_forward(of->reference, of->x, of->output);
    }
}

static void backward(stack *of, double share)
{
    cards_error_backward(of->output, of->answers, share, of->grad_output);
    if (of->optimized != NULL) {
        stack_optimized_backward(of->optimized, of->grad_output);
    } else {
        stack_reference_backward(of->reference, of->x, of->grad_output);
    }
}

double stack_error(int implementation, size_t seed, size_t n_layers, bool has_residual,
                   size_t n_steps)
{
    int colours[N_CARDS];
    double error = 0.0, guess = 0.0;
    gsl_rng *rng = new_generator(seed);
    stack of = new_stack(implementation, n_layers, has_residual, n_steps, rng);
    for (size_t step = 0; step < n_steps; step++) {
        trainee_zero_gradients(&of.training);
        for (size_t b = 0; b < N_BATCH; b++) {
            deal_cards(rng, of.x, of.answers, colours);
            forward(&of);
            backward(&of, 1.0 / N_BATCH);
        }
        trainee_step(&of.training,
                     of.optimized != NULL ? stack_optimized_context(of.optimized) : NULL);
    }
    for (size_t r = 0; r < N_TEST; r++) {
        double of_zeros;
        deal_cards(rng, of.x, of.answers, colours);
        forward(&of);
        error += cards_error(of.output, of.answers, &of_zeros);
        guess += of_zeros;
    }
    free_stack(&of);
    gsl_rng_free(rng);
    return error / guess;
}
