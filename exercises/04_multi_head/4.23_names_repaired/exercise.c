/* 4.23  Names, repaired
 *
 * A tagger chooses the tag of each word on its own, so it may write what no person would: an inside
 * without a begin. Before names are cut out of a text, such tags are often repaired:
 *
 *   an inside that does not go on with a name OF ITS OWN TYPE becomes a begin of its type.
 *
 * It goes on with a name if the tag before it, begin or inside, has the same type. All other tags
 * stay, and nothing goes on across the end of a sentence.
 *
 * Tags are numbers: 0 is O, 1 + 2 t the begin of a name of type t, 2 + 2 t an inside of one. With
 * PER = 0 and LOC = 1:  O = 0, B-PER = 1, I-PER = 2, B-LOC = 3, I-LOC = 4.
 *
 *   n             how many words, of all sentences together
 *   tags          (n)
 *   is_first      (n): 1 where a sentence begins, else 0
 *   repaired      (n): fill all of it
 *   n_names       (1): how many names there are afterwards */

#include <gsl/gsl_errno.h>
#include <gsl/gsl_vector.h>
#include <stdbool.h>

#ifdef SOLUTION
static bool is_inside(size_t tag)
{
    return tag != 0 && tag % 2 == 0;
}

static size_t type_of(size_t tag)
{
    return (tag - 1) / 2;
}
#endif

int repair_names(size_t n, const size_t *tags, const size_t *is_first, gsl_vector *repaired,
                 gsl_vector *n_names)
{
#ifdef SOLUTION
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        size_t tag = tags[i], before = is_first[i] ? 0 : tags[i - 1];
        bool goes_on = before != 0 && type_of(before) == type_of(tag);
        if (is_inside(tag) && !goes_on) {
            tag -= 1;
        }
        found += tag % 2;
        gsl_vector_set(repaired, i, (double)tag);
    }
    gsl_vector_set(n_names, 0, (double)found);
    return GSL_SUCCESS;
#else
    /* TODO(4.23) */
    return GSL_SUCCESS;
#endif
}
