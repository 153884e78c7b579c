#include "exercises/checker/frames.h"

#include <stdlib.h>
#include <string.h>

size_t problem_bytes(const problem *p)
{
    size_t n_bytes = 0;
    for (size_t n = 0; n < p->n_arrays; n++) {
        n_bytes += array_cells(&p->arrays[n]) * sizeof(double);
    }
    return n_bytes;
}

/* Both sides are built from the same header, so the problem itself can travel; but no address of
 * the judge's goes with it, and not the state of its generator. */
unsigned char *frame_of_problem(const problem *p, size_t *length)
{
    frame_head head = {FRAME_MAGIC, FRAME_PROBLEM, sizeof *p + problem_bytes(p)};
    *length = sizeof head + head.length;
    unsigned char *frame = calloc(1, *length), *at = frame + sizeof head + sizeof *p;
    if (!frame) {
        return NULL;
    }
    problem bare = *p;
    bare.random = 0;
    for (size_t n = 0; n < bare.n_arrays; n++) {
        bare.arrays[n].block = NULL;
        memset(&bare.arrays[n].matrix, 0, sizeof(gsl_matrix));
        memset(&bare.arrays[n].vector, 0, sizeof(gsl_vector));
        size_t n_bytes = array_cells(&p->arrays[n]) * sizeof(double);
        memcpy(at, p->arrays[n].block, n_bytes);
        at += n_bytes;
    }
    memcpy(frame, &head, sizeof head);
    memcpy(frame + sizeof head, &bare, sizeof bare);
    return frame;
}
