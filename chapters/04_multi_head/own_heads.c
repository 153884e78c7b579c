/* "One head for persons, one for places, one for organisations": free heads against heads that are
 * told so. */
#include "chapters/04_multi_head/own_heads_model.h"

#include "chapters/common/program/program.h"
#include "reference/embedding.h"
#include "reference/projection.h"
#include <gsl/gsl_math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { D_STATES = 32 };

const char *const type_names[N_TYPES] = {"PER", "LOC", "ORG"};

/* ---- What a word is by itself ---------------------------------------------------------------- */

/* H_0 = [vector | embeddings] W_in + b_in, of all words at once */
static gsl_matrix *states_of(const tagger_model *model, const tagger_text *text)
{
    size_t n = text->sentences->n_tokens, column = model->shape.d_vector;
    gsl_matrix *x = program_matrix(n, tagger_input_width(&model->shape));
    gsl_matrix *states = program_matrix(n, model->shape.d_model);
    gsl_matrix_view columns = gsl_matrix_submatrix(x, 0, 0, n, column);
    program_check(ref_embedding_forward(model->table, text->words, &columns.matrix));
    for (size_t c = 0; c < model->shape.n_channels; c++) {
        char name[REF_NAME_SIZE];
        snprintf(name, sizeof name, "embedding.%s", model->shape.channel_names[c]);
        columns = gsl_matrix_submatrix(x, 0, column, n, model->shape.d_channel[c]);
        program_check(ref_embedding_forward(&ref_parameters_find(model->wide, name)->value.matrix,
                                            text->features[c], &columns.matrix));
        column += model->shape.d_channel[c];
    }
    gsl_vector_view bias =
        gsl_matrix_row(&ref_parameters_find(model->wide, "input.bias")->value.matrix, 0);
    program_check(ref_projection_forward(
        x, &ref_parameters_find(model->wide, "input.weight")->value.matrix, &bias.vector, states));
    gsl_matrix_free(x);
    return states;
}

/* The type of a tag such as "B-PER", or -1. */
static int type_of(const char *tag)
{
    int found = -1;
    for (int t = 0; t < N_TYPES; t++) {
        found = tag != NULL && strlen(tag) > 2 && strcmp(tag + 2, type_names[t]) == 0 ? t : found;
    }
    return found;
}

own_text own_text_new(const pupil *alone, const tagger_text *numbers)
{
    return (own_text){numbers->sentences, states_of(alone->model, numbers), numbers->targets};
}

void own_text_free(own_text *text)
{
    gsl_matrix_free(text->states);
}

/* ---- Two trainings --------------------------------------------------------------------------- */

static entity_scores *score(own_model *model, const own_text *text, const lexicon *words)
{
    const corpus *held_out = text->sentences;
    int *labels = program_allocate(held_out->n_tokens, sizeof *labels);
    const char **found = program_allocate(held_out->n_tokens, sizeof *found);
    own_model_label(model, text, labels);
    for (size_t t = 0; t < held_out->n_tokens; t++) {
        found[t] = words->labels.values[labels[t]];
    }
    entity_scores *scores =
        entities_score(held_out->tags, found, held_out->starts, held_out->n_sentences);
    if (scores == NULL) {
        program_fail("out of memory for the names of %zu sentences", held_out->n_sentences);
    }
    free(labels);
    free(found);
    return scores;
}

/* Points of F1 that each type loses without each head. */
static gsl_matrix *drops_of(own_model *model, const own_text *text, const lexicon *words,
                            const entity_scores *whole)
{
    gsl_matrix *drops = program_matrix(N_TYPES, N_TYPES);
    for (size_t h = 0; h < N_TYPES; h++) {
        gsl_matrix_view rows = own_model_head_rows(model, h);
        gsl_matrix *kept = program_matrix(rows.matrix.size1, rows.matrix.size2);
        gsl_matrix_memcpy(kept, &rows.matrix);
        gsl_matrix_set_zero(&rows.matrix);
        trainee_narrow(model->of);
        entity_scores *without = score(model, text, words);
        gsl_matrix_memcpy(&rows.matrix, kept);
        trainee_narrow(model->of);
        for (size_t t = 0; t < N_TYPES; t++) {
            double lost = f1_of(whole, type_names[t]) - f1_of(without, type_names[t]);
            gsl_matrix_set(drops, h, t, 100.0 * lost);
        }
        entities_free(without);
        gsl_matrix_free(kept);
    }
    return drops;
}

/* The mean over heads of what the type of the same number loses, or the most that another loses. */
static double diagonal(const gsl_matrix *drops, bool is_other)
{
    double sum = 0.0, largest = 0.0;
    for (size_t h = 0; h < drops->size1; h++) {
        for (size_t t = 0; t < drops->size2; t++) {
            double lost = gsl_matrix_get(drops, h, t);
            sum += h == t ? lost / (double)drops->size1 : 0.0;
            largest = h != t ? GSL_MAX(largest, lost) : largest;
        }
    }
    return is_other ? largest : sum;
}

/* One training, free or not, and its table of heads and types. */
static void show_heads(report *to, const char *key, const char *title, own_model *model,
                       const own_text *held_out, const lexicon *words)
{
    char name[64];
    entity_scores *whole = score(model, held_out, words);
    gsl_matrix *drops = drops_of(model, held_out, words, whole);
    draw_drops(to, key, title, drops);
    report_gap(to);
    report_say(to,
               "F1 of all names %.1f. Of what is lost without a head, one type bears %.2f on "
               "average: 0.33 if all types lose alike, 1 if each head serves one.",
               100.0 * entities_f1(&whole->all), specialisation(drops));
    /* what one name of 150 changes, a few times; the three tables of kernels gave the same */
    snprintf(name, sizeof name, "%s_f1", key);
    report_measured(to, name, entities_f1(&whole->all), 0.05);
    snprintf(name, sizeof name, "%s_specialisation", key);
    report_measured(to, name, specialisation(drops), 0.15);
    snprintf(name, sizeof name, "%s_own_type", key);
    report_measured(to, name, diagonal(drops, false), 8.0);
    snprintf(name, sizeof name, "%s_other_type", key);
    report_measured(to, name, diagonal(drops, true), 8.0);
    gsl_matrix_free(drops);
    entities_free(whole);
}

void show_own_heads(report *to, const settings *choices, const lesson *of)
{
    static const char *const keys[] = {"three_free", "three_own"};
    static const char *const titles[] = {"Three free heads: points of F1 lost without each",
                                         "Heads for PER, LOC and ORG: points of F1 lost"};
    plan how = rung_plan(choices, true, 0);
    how.wish.d_model = D_STATES;
    pupil alone = pupil_train(of, &how);
    own_text learned = own_text_new(&alone, of->train_text);
    own_text held_out = own_text_new(&alone, of->dev_text);
    size_t n_tags = of->words->labels.n;
    size_t max_n = GSL_MAX(of->train_text->epoch->max_padded, of->dev_text->epoch->max_padded);
    int *types = program_allocate(n_tags, sizeof *types);
    for (size_t tag = 0; tag < n_tags; tag++) {
        types[tag] = type_of(of->words->labels.values[tag]);
    }
    for (size_t m = 0; m < 2; m++) {
        own_model model = own_model_train(&learned, n_tags, max_n, m == 0 ? NULL : types, choices);
        show_heads(to, keys[m], titles[m], &model, &held_out, of->words);
        own_model_free(&model);
    }
    free(types);
    own_text_free(&learned);
    own_text_free(&held_out);
    pupil_free(&alone);
}
