/* The child's side of question.h: a function that is not there. */

#include "exercises/checker/pipe.h"
#include "exercises/checker/question.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Every argument as a matrix: a vector is a column, a number has one cell. */
static gsl_matrix view_of(const question_part *part, void *value)
{
    if (part->cols) {
        return *(gsl_matrix *)value;
    }
    if (part->rows) {
        gsl_vector *v = value;
        return (gsl_matrix){v->size, 1, v->stride, v->data, NULL, 0};
    }
    return (gsl_matrix){1, 1, 1, value, NULL, 0};
}

/* Whether the letter stands for this size already, or may from now on. */
static bool fits(question_sizes *sizes, char letter, size_t size)
{
    uint64_t *known = letter ? &sizes->of[letter - 'a'] : &(uint64_t){1};
    *known = *known == 0 ? size : *known;
    return *known == size && size >= 1 && size <= QUESTION_LARGEST;
}

static size_t measure(const question_part *parts, size_t n_parts, void *const *values,
                      question_sizes *sizes)
{
    size_t n_cells = 0;
    for (size_t n = 0; n < n_parts; n++) {
        gsl_matrix m = view_of(&parts[n], values[n]);
        if (!fits(sizes, parts[n].rows, m.size1) || !fits(sizes, parts[n].cols, m.size2)) {
            char why[160];
            snprintf(why, sizeof why, "%s has a size that no other argument has, or above %d",
                     parts[n].name, QUESTION_LARGEST);
            gsl_error(why, __FILE__, __LINE__, GSL_EBADLEN);
        }
        n_cells += m.size1 * m.size2;
    }
    return n_cells;
}

static void send_question(const question_part *parts, size_t n_parts, void *const *values)
{
    question_sizes sizes = {{0}};
    size_t n_cells = measure(parts, n_parts, values, &sizes);
    pipe_send_head(FRAME_QUESTION, sizeof sizes + n_cells * sizeof(double));
    pipe_send(&sizes, sizeof sizes);
    for (size_t n = 0; n < n_parts; n++) {
        gsl_matrix m = view_of(&parts[n], values[n]);
        for (size_t i = 0; i < m.size1; i++) {
            pipe_send(&m.data[i * m.tda], m.size2 * sizeof(double));
        }
    }
}

static int64_t receive_reply(const question_part *parts, size_t n_parts, void *const *values)
{
    frame_head head;
    int64_t status = 0;
    bool ok = pipe_receive(&head, sizeof head) && head.kind == FRAME_REPLY &&
              pipe_receive(&status, sizeof status);
    for (size_t n = 0; n < n_parts; n++) {
        gsl_matrix m = view_of(&parts[n], values[n]);
        for (size_t i = 0; parts[n].role == ARRAY_UPDATED && i < m.size1; i++) {
            ok = ok && pipe_receive(&m.data[i * m.tda], m.size2 * sizeof(double));
        }
    }
    if (!ok) {
        _exit(4);
    }
    return status;
}

int ask(const question_part *parts, size_t n_parts, void *const *values)
{
    send_question(parts, n_parts, values);
    return (int)receive_reply(parts, n_parts, values);
}
