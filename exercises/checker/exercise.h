/**
 * @file exercise.h
 * What an author writes in check.c: how the learner's function is called, on which problems, what
 * is right, and which wrong formulas are known by name. docs/pages/writing_exercises.md walks
 * through one.
 *
 * check.c is compiled twice. The child is compiled with CHILD and holds exercise_call() and the
 * learner's function, nothing else: all that knows an answer stands inside `#ifdef JUDGE`.
 */
#ifndef EXERCISES_CHECKER_EXERCISE_H
#define EXERCISES_CHECKER_EXERCISE_H

#include "exercises/checker/counted.h"
#include "exercises/checker/problem.h"
#include "exercises/checker/question.h"

/** Any function: it is cast back to its own type in exercise_call(). */
typedef void any_function(void);

/**
 * Call a function with the arguments of a problem. The learner's function, the reference and every
 * model have the same type, so this is the only place that unpacks a problem. In an exercise of
 * type *test* the child calls the checks that the learner wrote, and the judge calls the function
 * under test with a question of theirs.
 *
 * @return what the function returned; GSL_SUCCESS where it returns nothing
 */
int exercise_call(problem *p, any_function *function);

/** A wrong formula that learners do write. */
typedef struct {
    const char *tag; /**< short name, such as "no-scale"; a paragraph of hints.txt has it too */
    any_function *function; /**< the wrong formula, written out */
    const char *looks_like; /**< one sentence to the learner: what was written, and where to read */
} exercise_model;

/** What is counted in a case that asks for speed. Fewer is better. */
typedef enum {
    METER_NONE,
    METER_MISSES,   /**< misses of the simulated cache */
    METER_LOADS,    /**< calls of counted_get() */
    METER_ACCESSES, /**< calls of counted_get() and counted_set() */
} exercise_meter;

/** One case: a sentence, and the problem that tries it. */
typedef struct {
    const char *name;         /**< as the learner reads it: "3 queries, 5 keys" */
    void (*make)(problem *p); /**< adds the arguments; p->repeat says for the how-many-th time */
    int points;               /**< the first case is the core: without it no other counts */
    size_t repeats;           /**< problems of this case, each with new numbers; 0 means 6 */
    exercise_meter meter;     /**< METER_NONE, or what is counted */
    uint64_t zero, full; /**< a count of zero and more earns nothing, full and less earns all */
    const exercise_model *mutants; /**< type *test*: wrong functions that the checks must reject;
                                      none means that they must accept the reference */
    size_t n_mutants;
} exercise_case;

/** Something that holds for every right answer. NULL if it holds, else what does not. */
typedef const char *exercise_property(problem *p);

/** The whole check. Every check.c defines one, named exercise_check. */
typedef struct {
    any_function *reference;    /**< right, naive, written for the eye; NULL where accept judges */
    const question_part *parts; /**< type *test*: the arguments of the function under test, which
                                   is the type of the reference and of the mutants; else NULL */
    size_t n_parts;
    const char *(*accept)(problem *p, const char **tag); /**< NULL, or the judge where many answers
                                  are right: returns NULL for a right one, else what is wrong, and
                                  may set a tag */
    double tolerance; /**< |got - want| <= tolerance (1 + |want|); 0 means 1e-9 */
    bool is_fixed;    /**< the problem of each case is printed for the learner: the same numbers
                                  for the same seed, always, and what is right is not shown */
    double seconds;   /**< of processor time that one case may take; 0 means 1 */
    const exercise_case *cases;
    size_t n_cases;
    const exercise_model *models;
    size_t n_models;
    exercise_property *const *properties; /**< tried when no model fits */
    size_t n_properties;
} exercise;

extern const exercise exercise_check;

/** The function that the child calls. @see EXERCISE_FUNCTION */
any_function *exercise_function(int argc, char **argv);

#define FUNCTION(name) ((any_function *)(name))
#define COUNT(table)   (sizeof(table) / sizeof((table)[0]))
#define MUTANTS(table) .mutants = (table), .n_mutants = COUNT(table)

/** Say which function the learner writes. Stands once in check.c, outside of `#ifdef JUDGE`. */
#if defined(CHILD) && defined(JUDGE) /* the proof: a model stands in for the learner */
#    define EXERCISE_FUNCTION(name)                                                                \
        any_function *exercise_function(int argc, char **argv)                                     \
        {                                                                                          \
            return exercise_stand_in(argc, argv);                                                  \
        }                                                                                          \
        extern const exercise exercise_check
#elif defined(CHILD)
#    define EXERCISE_FUNCTION(name)                                                                \
        any_function *exercise_function(int argc, char **argv)                                     \
        {                                                                                          \
            (void)argc, (void)argv;                                                                \
            return FUNCTION(name);                                                                 \
        }                                                                                          \
        extern const exercise exercise_check
#else
#    define EXERCISE_FUNCTION(name) extern const exercise exercise_check
#endif

#if defined(CHILD) && defined(JUDGE)
#    include <stdlib.h>
/** The model of this number, or the reference for -1. */
static inline any_function *exercise_stand_in(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : -1;
    return n < 0 ? exercise_check.reference : exercise_check.models[n].function;
}
#endif

#endif
