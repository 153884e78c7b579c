/**
 * @file pipe.h
 * The child's end of the pipes: what the judge says comes from stdin, frames go out on FRAME_FD.
 */
#ifndef EXERCISES_CHECKER_PIPE_H
#define EXERCISES_CHECKER_PIPE_H

#include "exercises/checker/frames.h"

/** Read this many bytes. @return false at the end of the input */
bool pipe_receive(void *to, size_t n_bytes);

/** Write this many bytes, or leave: without its pipe the child is of no use. */
void pipe_send(const void *from, size_t n_bytes);

/** Write the head of a frame. */
void pipe_send_head(frame_kind kind, size_t length);

#endif
