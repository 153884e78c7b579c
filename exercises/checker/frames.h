/**
 * @file frames.h
 * What judge and child say to each other: a head, then as many bytes as it announces. The judge
 * sends problems; the child answers each with the raw memory of its arrays. No frame that the
 * child can send says whether anything is right. A child that tests a function asks, on the way to
 * its answer, what that function gives, and the judge replies.
 */
#ifndef EXERCISES_CHECKER_FRAMES_H
#define EXERCISES_CHECKER_FRAMES_H

#include "exercises/checker/problem.h"

enum {
    FRAME_FD = 3,          /**< where the child's frames go out */
    FRAME_LIMIT = 1 << 27, /**< no frame is longer */
    FRAME_MAGIC = 0x41575446,
};

typedef enum {
    FRAME_PROBLEM = 1, /**< to the child: a problem and its blocks */
    FRAME_ANSWER,      /**< from the child: frame_answer and the blocks */
    FRAME_TRACE,       /**< from the child: counted accesses, before the answer */
    FRAME_GSL,         /**< from the child: the GSL stopped the learner's code; a sentence */
    FRAME_QUESTION,    /**< from the child: a call of the function under test; question.h */
    FRAME_REPLY,       /**< to the child: what it gave */
} frame_kind;

typedef struct {
    uint32_t magic, kind;
    uint64_t length;
} frame_head;

typedef struct {
    uint64_t id;     /**< of the problem that is answered */
    int64_t status;  /**< what the function returned */
    uint64_t leaked; /**< bytes that it allocated and kept */
} frame_answer;

/** The bytes of a problem, as a frame; the caller frees them. */
unsigned char *frame_of_problem(const problem *p, size_t *length);

/** Bytes of all blocks of a problem. */
size_t problem_bytes(const problem *p);

#endif
