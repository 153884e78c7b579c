/* A model in a file is the same model: saved, loaded, and asked again. */
#include "chapters/04_multi_head/ladder.h"

#include "chapters/common/program/program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A name for a file that nobody else has. */
static void new_path(char path[64])
{
    snprintf(path, 64, "/tmp/multi_head.XXXXXX");
    int file = mkstemp(path);
    if (file < 0) {
        program_fail("expected to be able to write to /tmp, found that it cannot be done");
    }
    close(file);
}

/* Whether two models give every held-out word the same tag. */
static bool is_same(const lesson *of, tagger_model *a, tagger_model *b)
{
    int *tags[2] = {program_allocate(of->held_out->n_tokens, sizeof(int)),
                    program_allocate(of->held_out->n_tokens, sizeof(int))};
    tagger_model_label(a, of->dev_text, tags[0]);
    tagger_model_label(b, of->dev_text, tags[1]);
    bool same = memcmp(tags[0], tags[1], of->held_out->n_tokens * sizeof(int)) == 0;
    free(tags[0]);
    free(tags[1]);
    return same;
}

void show_saved(report *to, const settings *choices)
{
    char path[64];
    lesson of = lesson_embedded("NER", choices->vectors);
    plan how = rung_plan(choices, true, RUNG_FOUR_HEADS);
    how.options.n_epochs = 2; /* whatever it has learned must come back */
    gsl_rng *rng = new_generator(choices->seed);
    tagger_model *model = tagger_model_alloc(&how.wish, of.words, of.vectors, rng);
    tagger_training *training = tagger_training_alloc(model, of.train_text, &how.options, rng);
    while (training->step < training->n_steps) {
        tagger_training_step(training);
    }
    new_path(path);
    tagger_training_save(training, path);
    lexicon *words;
    tagger_model *loaded = tagger_model_load(path, &how.wish, choices->vectors, &words);
    remove(path);
    if (!is_same(&of, model, loaded)) {
        program_fail("a model that was saved and loaded gives other tags");
    }
    terminal_heading(&to->out, "7. A model in a file");
    report_say(to,
               "Saved in the format safetensors and loaded again, with its features and tags: "
               "%zu parameters, and the same tag for each of %zu held-out words.",
               ref_parameters_count(loaded->wide), of.held_out->n_tokens);
    report_number(to, "saved_parameters", (double)ref_parameters_count(loaded->wide));
    tagger_model_free(loaded);
    lexicon_free(words);
    tagger_training_free(training);
    tagger_model_free(model);
    gsl_rng_free(rng);
    lesson_free(&of);
}
