/* One small model, one task. */
#include "chapters/05_sequence_to_sequence/lesson.h"

#include "chapters/common/program/program.h"
#include <math.h>
#include <stdlib.h>

enum { BATCH = 32, MAX_TEXT = 64 };

static void need_memory(const void *memory)
{
    if (memory == NULL) {
        program_fail("out of memory");
    }
}

/* ---- Learning -------------------------------------------------------------------------------- */

static translator_wish wish_for(const settings *choices, ref_score score)
{
    translator_wish wish = translator_wish_default();
    wish.side = (translator_side)choices->implementation;
    wish.n_threads = choices->threads > 0 ? (int)choices->threads : wish.n_threads;
    wish.shape.cell = REF_GRU;
    wish.shape.d_embedding = 16;
    wish.shape.n_encoder_hidden = LESSON_HIDDEN / 2;
    wish.shape.n_hidden = wish.shape.d_attention = wish.shape.d_output = LESSON_HIDDEN;
    wish.shape.n_places = MAX_TEXT;
    wish.shape.score = score;
    return wish;
}

static pairs *draw(const lesson *of, const task *rules, size_t n, gsl_rng *rng)
{
    pairs *drawn = task_pairs(rules, n, of->source, of->target, rng);
    need_memory(drawn);
    return drawn;
}

static void train_on(const settings *choices, lesson *of, const pairs *drawn, gsl_rng *rng)
{
    translator_training_options options = translator_training_default();
    options.n_epochs = choices->epochs < of->plan.n_epochs ? choices->epochs : of->plan.n_epochs;
    options.learning_rate = of->plan.learning_rate;
    options.dropout = options.smoothing = options.average = 0.0;
    options.seed = choices->seed;
    pair_batches *text = pair_batches_alloc(drawn, PAIR_BATCHES_PAIRS, BATCH);
    need_memory(text);
    translator_training *training = translator_training_alloc(of->model, text, &options, rng);
    while (!translator_training_is_done(training)) {
        translator_training_step(training);
    }
    translator_training_free(training);
    pair_batches_free(text);
}

lesson lesson_learn(const settings *choices, const lesson_plan *plan)
{
    lesson of = {.plan = *plan,
                 .source = task_symbols(&plan->rules, SYMBOLS_SOURCE),
                 .target = task_symbols(&plan->rules, SYMBOLS_TARGET)};
    need_memory(of.source);
    need_memory(of.target);
    translator_wish wish = wish_for(choices, plan->score);
    gsl_rng *rng = new_generator(choices->seed);
    of.model = translator_model_alloc(&wish, of.source, of.target, rng);
    of.n_parameters = ref_parameters_count(of.model->wide);
    pairs *drawn = draw(&of, &plan->rules, plan->n_pairs, rng);
    train_on(choices, &of, drawn, rng);
    pairs_free(drawn);
    gsl_rng_free(rng);
    return of;
}

void lesson_end(lesson *of)
{
    translator_model_free(of->model);
    symbols_free(of->source);
    symbols_free(of->target);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static bool is_target(const pairs *all, size_t pair, const translator_output *output)
{
    size_t n = pairs_target_length(all, pair);
    const int *right = all->target + all->target_starts[pair];
    bool is_same = output->n == n;
    for (size_t t = 0; is_same && t < n; t++) {
        is_same = output->symbols[t] == right[t];
    }
    return is_same;
}

static size_t count_right(lesson *of, const pairs *drawn)
{
    translator_search_options greedy = {.n_beam = 1};
    pair_batches *text = pair_batches_alloc(drawn, PAIR_BATCHES_PAIRS, BATCH);
    need_memory(text);
    size_t n_right = 0;
    for (size_t b = 0; b < text->n_batches; b++) {
        const pair_batch *batch = pair_batches_get(text, b);
        size_t n = batch->n_pairs;
        translator_output *outputs = translator_search(of->model, batch, &greedy);
        for (size_t i = 0; i < n; i++) {
            n_right += is_target(drawn, batch->pairs[i], &outputs[i]);
        }
        translator_outputs_free(outputs, n);
    }
    pair_batches_free(text);
    return n_right;
}

/* The alignment is asked while the right target is written, so that every pair counts. */
static alignment_scores count_looks(lesson *of, const pairs *drawn)
{
    alignment_scores scores = {0};
    for (size_t p = 0; p < drawn->n_pairs; p++) {
        size_t s = drawn->sources[p];
        gsl_matrix *weights = translator_model_align(
            of->model, drawn->source + drawn->source_starts[s], pairs_source_length(drawn, s),
            drawn->target + drawn->target_starts[p], pairs_target_length(drawn, p));
        alignment_scores_add(&scores, drawn, p, weights);
        gsl_matrix_free(weights);
    }
    return scores;
}

lesson_result lesson_test(lesson *of, size_t min_length, size_t max_length, size_t n_pairs,
                          size_t seed)
{
    task rules = of->plan.rules;
    rules.min_length = min_length;
    rules.max_length = max_length;
    gsl_rng *rng = new_generator(seed);
    pairs *drawn = draw(of, &rules, n_pairs, rng);
    lesson_result result = {.right = (double)count_right(of, drawn) / (double)drawn->n_pairs,
                            .distance = NAN,
                            .right_place = NAN};
    if (of->plan.score != REF_SCORE_NONE) {
        alignment_scores scores = count_looks(of, drawn);
        result.distance = alignment_scores_error(&scores);
        result.right_place = alignment_scores_share(&scores, false);
    }
    pairs_free(drawn);
    gsl_rng_free(rng);
    return result;
}

gsl_matrix *lesson_look(lesson *of, const char *text, const char *answer)
{
    int source[MAX_TEXT], target[MAX_TEXT];
    size_t n_source = symbols_encode(of->source, text, MAX_TEXT, source);
    size_t n_target = symbols_encode(of->target, answer, MAX_TEXT, target);
    gsl_matrix *all = translator_model_align(of->model, source, n_source, target, n_target);
    gsl_matrix *weights = program_matrix(n_target, n_source);
    gsl_matrix_const_view rows = gsl_matrix_const_submatrix(all, 0, 0, n_target, n_source);
    gsl_matrix_memcpy(weights, &rows.matrix);
    gsl_matrix_free(all);
    return weights;
}
