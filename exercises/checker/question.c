#include "exercises/checker/question.h"

#include "exercises/checker/frames.h"

#include <stdlib.h>
#include <string.h>

static uint64_t size_of_letter(const question_sizes *sizes, char letter)
{
    return letter ? sizes->of[letter - 'a'] : 1;
}

static size_t cells_of(const question_part *part, const question_sizes *sizes)
{
    return size_of_letter(sizes, part->rows) * size_of_letter(sizes, part->cols);
}

/* Numbers in all arguments, or 0 if a size is not allowed. */
static size_t all_cells(const question_part *parts, size_t n_parts, const question_sizes *sizes)
{
    size_t n_cells = 0;
    for (size_t n = 0; n < n_parts; n++) {
        uint64_t n_rows = size_of_letter(sizes, parts[n].rows);
        uint64_t n_cols = size_of_letter(sizes, parts[n].cols);
        if (n_rows - 1 >= QUESTION_LARGEST || n_cols - 1 >= QUESTION_LARGEST) {
            return 0;
        }
        n_cells += n_rows * n_cols;
    }
    return n_cells;
}

/* Place for an argument; its numbers come next. */
static void add_part(const question_part *part, const question_sizes *sizes, problem *p)
{
    size_t n_rows = size_of_letter(sizes, part->rows), n_cols = size_of_letter(sizes, part->cols);
    if (part->cols && part->role == ARRAY_GIVEN) {
        give_matrix(p, part->name, n_rows, n_cols);
    } else if (part->cols) {
        update_matrix(p, part->name, n_rows, n_cols);
    } else if (part->rows && part->role == ARRAY_GIVEN) {
        give_vector(p, part->name, n_rows);
    } else if (part->rows) {
        update_vector(p, part->name, n_rows);
    }
}

bool question_read(const question_part *parts, size_t n_parts, const unsigned char *question,
                   size_t length, problem *p)
{
    question_sizes sizes;
    if (length < sizeof sizes) {
        return false;
    }
    memcpy(&sizes, question, sizeof sizes);
    size_t n_cells = all_cells(parts, n_parts, &sizes);
    if (n_cells == 0 || length != sizeof sizes + n_cells * sizeof(double)) {
        return false;
    }
    const unsigned char *at = question + sizeof sizes;
    problem_begin(p, 0, 0);
    for (size_t n = 0; n < n_parts; n++) {
        add_part(&parts[n], &sizes, p);
        for (size_t cell = 0; cell < cells_of(&parts[n], &sizes); cell++) {
            double x;
            memcpy(&x, at, sizeof x);
            at += sizeof x;
            if (parts[n].rows) {
                gsl_matrix *m = &p->arrays[p->n_arrays - 1].matrix;
                gsl_matrix_set(m, cell / m->size2, cell % m->size2, x);
            } else {
                give_number(p, parts[n].name, x);
            }
        }
    }
    return true;
}

unsigned char *question_reply(const question_part *parts, size_t n_parts, problem *p,
                              size_t *n_bytes)
{
    int64_t status = p->status;
    frame_head head = {FRAME_MAGIC, FRAME_REPLY, sizeof status};
    unsigned char *frame = malloc(sizeof head + sizeof status + problem_bytes(p));
    if (!frame) {
        return NULL;
    }
    unsigned char *at = frame + sizeof head + sizeof status;
    for (size_t n = 0; n < n_parts; n++) {
        const gsl_matrix *m = parts[n].role == ARRAY_UPDATED ? matrix_of(p, parts[n].name) : NULL;
        for (size_t cell = 0; m && cell < m->size1 * m->size2; cell++) {
            double x = gsl_matrix_get(m, cell / m->size2, cell % m->size2);
            memcpy(at, &x, sizeof x);
            at += sizeof x;
        }
    }
    *n_bytes = (size_t)(at - frame);
    head.length = *n_bytes - sizeof head;
    memcpy(frame, &head, sizeof head);
    memcpy(frame + sizeof head, &status, sizeof status);
    return frame;
}
