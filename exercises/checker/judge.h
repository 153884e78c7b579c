/**
 * @file judge.h
 * The judge's options and verdicts, which all writers share.
 */
#ifndef EXERCISES_CHECKER_JUDGE_H
#define EXERCISES_CHECKER_JUDGE_H

#include "exercises/checker/verdict.h"

/** Most cases of an exercise. */
enum { JUDGE_CASES = 32 };

/** What the driver, exercises/run, hands over. */
typedef struct {
    const char *id, *title, *section; /**< for the report */
    const char *child;                /**< the learner's program */
    const char *explain;              /**< its sanitized build, or NULL */
    const char *argument;             /**< for the child, or NULL */
    const char *json;                 /**< where the result is written, or NULL */
    const char *log;                  /**< where all that was said is written, or NULL */
    const char *dump;                 /**< where the problems of one case are written, or NULL */
    uint64_t seed;
    size_t repeats;     /**< more problems a case, at least this many */
    int only;           /**< this case alone, from 1; 0 for all */
    bool is_fresh;      /**< draw new problems, as grading does */
    bool wants_given;   /**< print what is given, and stop */
    bool wants_max;     /**< print the number of points there are, and stop */
    bool wants_models;  /**< print the tag of each model, and stop */
    bool wants_mutants; /**< print the tag of each mutant, and stop */
    bool is_loose;      /**< a hundred times the tolerance: models must differ by more than that */
    bool is_wide;       /**< the child is a sanitized build: limits as for an explanation */
    double seconds;     /**< for a case, in place of the exercise's; 0 for its own */
    bool is_quiet;
} judge_options;

/** All verdicts of a run. */
typedef struct {
    const judge_options *options;
    size_t n_cases;
    verdict cases[JUDGE_CASES];
    int points, max;
    bool ok;
} judgement;

/** Random bits that nobody can foresee. */
uint64_t judge_fresh_seed(void);

/** How the child is run: the plain one, or the one that explains. */
trial_setup judge_setup(const judge_options *o, bool is_explaining);

/** Add a verdict, and what the child printed, to the log. */
void judge_log(const judge_options *o, const verdict *v, const trial *t);

/** Read the options. @return NULL, or what is wrong with them */
const char *judge_parse(int argc, char **argv, judge_options *options);

/** The problems of case number c, from 0; the caller frees them. @return how many */
size_t judge_problems(const judge_options *options, size_t c, problem *problems);

/** Show the first failure, in at most 15 lines. */
void report(const judgement *j);

/** Print what was asked for instead of judging, if anything was. @return whether something was */
bool report_facts(const judge_options *options);

/** Write the result as JSON. @return false if that failed, with a sentence on stderr */
bool result_write(const judgement *j);

#endif
