/**
 * @file pronunciation_data.c
 * Words to train on and words to measure on.
 */
#include "chapters/common/pairs/pronunciation_data.h"
#include "chapters/common/pairs/pronunciations_internal.h"
#include <stdint.h>

/* A problem with no line of its own. */
static bool report(const pronunciations *all, pronunciations_kind kind, const char *sentence,
                   pronunciations_problem *problem)
{
    pronunciations_reader reader = {.name = all->name, .problem = problem};
    return pronunciations_report(&reader, kind, "%s", sentence);
}

static bool hold_out(const pronunciation_choice *choice, const pronunciations *words,
                     pronunciation_data *data, pronunciations_problem *problem)
{
    if (choice->dev_every < 2) {
        return report(words, PRONUNCIATIONS_EMPTY,
                      "expected every second word or fewer to be held out, found every one",
                      problem);
    }
    pairs *all = pronunciations_pairs(words, data->letters, data->phones, problem);
    if (all == NULL) {
        return false;
    }
    size_t at_most = choice->dev_first > 0 ? choice->dev_first : SIZE_MAX;
    bool is_split = pairs_hold_out(all, choice->dev_every, at_most, &data->training, &data->dev);
    pairs_free(all);
    return is_split || report(words, PRONUNCIATIONS_NO_MEMORY, "out of memory", problem);
}

static bool read_both(const pronunciation_choice *choice, const pronunciations *words,
                      pronunciation_data *data, pronunciations_problem *problem)
{
    pronunciations *dev = pronunciations_load(choice->dev, choice->stress, problem);
    if (dev == NULL) {
        return false;
    }
    data->training = pronunciations_pairs(words, data->letters, data->phones, problem);
    data->dev = data->training != NULL
                    ? pronunciations_pairs(dev, data->letters, data->phones, problem)
                    : NULL;
    pronunciations_free(dev);
    return data->dev != NULL;
}

static bool number_and_split(const pronunciation_choice *choice, const pronunciations *words,
                             pronunciation_data *data, pronunciations_problem *problem)
{
    data->letters = pronunciations_letters(words);
    data->phones = pronunciations_phones(words);
    if (data->letters == NULL || data->phones == NULL) {
        return report(words, PRONUNCIATIONS_NO_MEMORY, "out of memory", problem);
    }
    if (!(choice->dev != NULL ? read_both : hold_out)(choice, words, data, problem)) {
        return false;
    }
    return data->training->n_sources > 0 ||
           report(words, PRONUNCIATIONS_EMPTY, "expected words to train on, found none", problem);
}

bool pronunciation_data_read(const pronunciation_choice *choice, pronunciation_data *data,
                             pronunciations_problem *problem)
{
    *data = (pronunciation_data){.letters = NULL};
    pronunciations *words = choice->train != NULL
                                ? pronunciations_load(choice->train, choice->stress, problem)
                                : pronunciations_embedded(problem);
    if (words == NULL) {
        return false;
    }
    bool is_done = number_and_split(choice, words, data, problem);
    pronunciations_free(words);
    if (!is_done) {
        pronunciation_data_free(data);
    }
    return is_done;
}

void pronunciation_data_free(pronunciation_data *data)
{
    pairs_free(data->training);
    pairs_free(data->dev);
    symbols_free(data->letters);
    symbols_free(data->phones);
    *data = (pronunciation_data){.letters = NULL};
}
