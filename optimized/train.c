/* From gradients to better parameters.
 *
 * What differs from reference/train.c:
 *   1. the update walks the arrays of all parameters in blocks of fixed size, which the threads
 *      share; where parameters begin does not matter, only where decay ends;
 *   2. squares of gradients are summed in double precision, block by block, and the blocks in
 *      order: the norm is the same, bit for bit, for any number of threads, and it is finite if and
 *      only if all gradients are, so that no other pass looks for those that are not;
 *   3. what is the same for all numbers of a step is worked out once, in double precision. */
#include "optimized/train.h"
#include "optimized/kernels/train_kernels.h"
#include "optimized/scratch.h"
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Floats of a block: four arrays of them fit into the L2 cache. Cache lines are never split. */
enum { BLOCK = 4096 };

/* Fewer blocks are left to one thread: to wake another takes longer. */
enum { FEW_BLOCKS = 8 };

/* ---- Options --------------------------------------------------------------------------------- */

fast_training_options fast_training_defaults(fast_optimizer optimizer)
{
    return (fast_training_options){.optimizer = optimizer,
                                   .learning_rate = optimizer == FAST_SGD ? 0.1 : 0.001,
                                   .momentum = 0.9,
                                   .beta1 = 0.9,
                                   .beta2 = 0.999,
                                   .epsilon = 1e-8,
                                   .weight_decay = optimizer == FAST_ADAMW ? 0.01 : 0.0,
                                   .max_norm = INFINITY,
                                   .schedule = FAST_RATE_CONSTANT};
}

static int check_options(const fast_training_options *o)
{
    bool is_optimizer =
        o->optimizer == FAST_SGD || o->optimizer == FAST_ADAM || o->optimizer == FAST_ADAMW;
    bool has_end = o->schedule == FAST_RATE_COSINE || o->schedule == FAST_RATE_LINEAR;
    if (!is_optimizer ||
        !(has_end || o->schedule == FAST_RATE_CONSTANT || o->schedule == FAST_RATE_INVERSE_SQRT)) {
        GSL_ERROR("the optimizer or the schedule is unknown", GSL_EINVAL);
    }
    if (!(o->learning_rate >= 0.0 && isfinite(o->learning_rate))) {
        GSL_ERROR("the learning rate must be finite and not negative", GSL_EINVAL);
    }
    if (!(o->momentum >= 0.0 && o->momentum < 1.0 && o->beta1 >= 0.0 && o->beta1 < 1.0 &&
          o->beta2 >= 0.0 && o->beta2 < 1.0)) {
        GSL_ERROR("momentum, beta1 and beta2 must be at least 0 and below 1", GSL_EINVAL);
    }
    if (!((float)o->epsilon > 0.0f && isfinite(o->epsilon))) {
        GSL_ERROR("epsilon must be finite and above 0", GSL_EINVAL);
    }
    if (!(o->weight_decay >= 0.0 && isfinite(o->weight_decay))) {
        GSL_ERROR("the weight decay must be finite and not negative", GSL_EINVAL);
    }
    if (!(o->max_norm > 0.0)) {
        GSL_ERROR("the largest norm must be above 0", GSL_EINVAL);
    }
    if (has_end && !(o->n_steps > o->n_warmup && o->final_share >= 0.0 && o->final_share <= 1.0)) {
        GSL_ERROR("a schedule with an end must end after the warm-up, at a share of 0 to 1",
                  GSL_EINVAL);
    }
    return GSL_SUCCESS;
}

/** How much of the way from the warm-up to the end is left: from 1 to 0, and 0 ever after. */
static double part_left(const fast_training_options *options, size_t step)
{
    double n_left = step < options->n_steps ? (double)(options->n_steps - step) : 0.0;
    return n_left / (double)(options->n_steps - options->n_warmup);
}

/** n, but at least 1. */
static double at_least_one(size_t n)
{
    return n > 1 ? (double)n : 1.0;
}

double fast_learning_rate(const fast_training_options *options, size_t step)
{
    const double pi = 3.14159265358979323846;
    double rate = options->learning_rate, share = 1.0;
    if (step < options->n_warmup) {
        return rate * (double)step / (double)options->n_warmup;
    }
    switch (options->schedule) {
    case FAST_RATE_CONSTANT:
        return rate;
    case FAST_RATE_INVERSE_SQRT:
        return rate * sqrt(at_least_one(options->n_warmup) / at_least_one(step));
    case FAST_RATE_COSINE:
        share = 0.5 * (1.0 - cos(pi * part_left(options, step)));
        break;
    case FAST_RATE_LINEAR:
        share = part_left(options, step);
        break;
    }
    return rate * (options->final_share + (1.0 - options->final_share) * share);
}

/* ---- Begin and end --------------------------------------------------------------------------- */

fast_training *fast_training_alloc(const fast_parameters *parameters,
                                   const fast_training_options *options)
{
    if (parameters->memory == NULL) {
        GSL_ERROR_NULL("the parameters must be allocated before a training", GSL_EINVAL);
    }
    if (check_options(options) != GSL_SUCCESS) {
        return NULL;
    }
    fast_training *training = calloc(1, sizeof *training);
    if (training == NULL) {
        GSL_ERROR_NULL("no memory for a training", GSL_ENOMEM);
    }
    size_t n_bytes = parameters->n_floats * sizeof(float);
    bool has_second = options->optimizer != FAST_SGD;
    training->memory = fast_workspace_alloc(has_second ? 2 * n_bytes : n_bytes);
    if (training->memory == NULL) {
        free(training);
        return NULL;
    }
    training->options = *options;
    training->n_floats = parameters->n_floats;
    training->first = fast_workspace_take(training->memory, n_bytes);
    training->second = has_second ? fast_workspace_take(training->memory, n_bytes) : NULL;
    memset(training->memory->begin, 0, training->memory->n_bytes);
    return training;
}

void fast_training_free(fast_training *training)
{
    if (training != NULL) {
        fast_workspace_free(training->memory);
        free(training);
    }
}

/* ---- One step -------------------------------------------------------------------------------- */

/** How many threads are worth waking. */
static int n_threads_for(size_t n_blocks, const fast_context *context)
{
    return n_blocks < FEW_BLOCKS ? 1 : context->n_threads;
}

size_t fast_gradient_norm_size(const fast_parameters *parameters)
{
    return fast_piece_size(n_blocks_of(parameters->n_floats, BLOCK), sizeof(double));
}

int fast_gradient_norm(const fast_parameters *parameters, double *norm, fast_context *context)
{
    fast_workspace all = *context->workspace;
    double *sums = fast_workspace_take(&all, fast_gradient_norm_size(parameters));
    if (sums == NULL) {
        GSL_ERROR("the workspace is smaller than fast_gradient_norm_size()", GSL_ENOMEM);
    }
    size_t n_floats = parameters->n_floats, n_blocks = n_blocks_of(n_floats, BLOCK);
#pragma omp parallel for schedule(static) num_threads(n_threads_for(n_blocks, context))
    for (size_t block = 0; block < n_blocks; block++) {
        size_t begin = block * BLOCK, end = min_of(begin + BLOCK, n_floats);
        sums[block] =
            context->kernels->train->sum_of_squares(parameters->gradients + begin, end - begin);
    }
    double sum = 0.0;
    for (size_t block = 0; block < n_blocks; block++) { /* 2 */
        sum += sums[block];
    }
    *norm = sqrt(sum);
    if (!isfinite(*norm)) {
        GSL_ERROR("the gradients must be finite: has the loss grown beyond all bounds?", GSL_EDOM);
    }
    return GSL_SUCCESS;
}

/* 3. The numbers of this step, for parameters that are decayed by lambda. */
static fast_update numbers_of_step(const fast_training *training, double clip, double lambda)
{
    const fast_training_options *o = &training->options;
    double t = (double)training->step, rate = training->learning_rate;
    bool is_sgd = o->optimizer == FAST_SGD, is_decoupled = o->optimizer == FAST_ADAMW;
    return (fast_update){
        .clip = (float)clip,
        .pull = is_decoupled ? 0.0f : (float)lambda,
        .shrink = is_decoupled ? (float)(rate * lambda) : 0.0f,
        .rate = (float)(is_sgd ? rate : rate / (1.0 - pow(o->beta1, t))),
        .keep_first = (float)(is_sgd ? o->momentum : o->beta1),
        .add_first = (float)(1.0 - o->beta1),
        .keep_second = (float)o->beta2,
        .add_second = (float)(1.0 - o->beta2),
        .correct_second = (float)(1.0 / (1.0 - pow(o->beta2, t))),
        .epsilon = (float)o->epsilon,
    };
}

/** Update begin .. end - 1 of the arrays. */
static void update_part(const fast_training *training, const fast_parameters *parameters,
                        const fast_update *update, size_t begin, size_t end,
                        const fast_context *context)
{
    fast_update_part part = {.values = parameters->values + begin,
                             .gradients = parameters->gradients + begin,
                             .first = training->first + begin,
                             .second = training->second ? training->second + begin : NULL,
                             .n = end - begin};
    if (training->options.optimizer == FAST_SGD) {
        context->kernels->train->sgd(update, &part);
    } else {
        context->kernels->train->adam(update, &part);
    }
}

/* 1. All blocks; the one in which decay ends has two parts. */
static void update_all(const fast_training *training, fast_parameters *parameters, double clip,
                       const fast_context *context)
{
    const fast_update decayed = numbers_of_step(training, clip, training->options.weight_decay);
    const fast_update other = numbers_of_step(training, clip, 0.0);
    size_t n_floats = parameters->n_floats, n_blocks = n_blocks_of(n_floats, BLOCK);
#pragma omp parallel for schedule(static) num_threads(n_threads_for(n_blocks, context))
    for (size_t block = 0; block < n_blocks; block++) {
        size_t begin = block * BLOCK, end = min_of(begin + BLOCK, n_floats);
        size_t middle = min_of(parameters->n_decayed, end);
        middle = middle > begin ? middle : begin;
        update_part(training, parameters, &decayed, begin, middle, context);
        update_part(training, parameters, &other, middle, end, context);
    }
}

int fast_training_step(fast_training *training, fast_parameters *parameters, fast_context *context)
{
    if (training->n_floats != parameters->n_floats) {
        GSL_ERROR("the training must have begun with these parameters", GSL_EBADLEN);
    }
    double norm;
    int status = fast_gradient_norm(parameters, &norm, context);
    if (status != GSL_SUCCESS) {
        return status;
    }
    double max_norm = training->options.max_norm;
    if (!(fmin(norm, max_norm) <= 0x1p63)) {
        GSL_ERROR("the squares of the gradients are too large for a float", GSL_EDOM);
    }
    training->step++;
    training->gradient_norm = norm;
    training->learning_rate = fast_learning_rate(&training->options, training->step);
    update_all(training, parameters, norm > max_norm ? max_norm / norm : 1.0, context);
    return GSL_SUCCESS;
}
