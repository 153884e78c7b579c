/**
 * @file suite.h
 * The harness of every test program: a topic is one program, a test is a sentence and a function.
 * CUnit keeps the register and the counts; this adds failure messages made at run time, a seed,
 * a choice of tests and one closing line.
 *
 *     static void blind_query(void) { CHECK(sum == 0, "the row sums to %g instead of 0", sum); }
 *     static const test tests[] = {{"a query that sees no key gives zeros", blind_query}};
 *     int main(int argc, char **argv) { return RUN_SUITE(argc, argv, tests); }
 */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

/** One test: a sentence that says what holds, and the function that tries it. */
typedef struct {
    const char *name;
    void (*run)(void);
} test;

/**
 * Run the tests of a program and say how many passed.
 *
 *     --seed N          the seed of all random inputs (default 1)
 *     --only TEXT       only tests whose name contains TEXT
 *     --isa NAME        only this table of kernels
 *     --until-failure   stop at the first check that fails
 *     --limit SECONDS   end a test that takes longer (default 300; 0 is no limit)
 *     --list            print the names of the tests and stop
 *
 * The last line is "N passed, N failed". The GSL error handler is replaced: it records.
 *
 * @return 0 if no test failed, 1 if one did, 2 if the options are wrong
 */
int suite_run(int argc, char **argv, const test *tests, size_t n_tests);

#define RUN_SUITE(argc, argv, tests)                                                               \
    suite_run((argc), (argv), (tests), sizeof(tests) / sizeof((tests)[0]))

/** Count a check; on failure keep the message, which is made like printf's. Returns ok. */
#define CHECK(ok, ...) suite_check((ok), __FILE__, __LINE__, __VA_ARGS__)

bool suite_check(bool ok, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Put a word, such as the name of a side, before all messages that follow; NULL for none. */
void suite_set_prefix(const char *prefix);

/** |actual - expected| <= tolerance, written so that NaN fails. */
#define CHECK_CLOSE(actual, expected, tolerance, what)                                             \
    suite_check_close((actual), (expected), (tolerance), (what), __FILE__, __LINE__)

bool suite_check_close(double actual, double expected, double tolerance, const char *what,
                       const char *file, int line);

/** The status that a call returned, and the one that it should have returned. */
#define CHECK_STATUS(actual, expected, what)                                                       \
    suite_check_status((actual), (expected), (what), __FILE__, __LINE__)

bool suite_check_status(int actual, int expected, const char *what, const char *file, int line);

/** The seed of this run. */
unsigned long suite_seed(void);

/** Whether --isa lets a table of kernels through. */
bool suite_wants_isa(const char *name);

/** The generator; each test finds it as if freshly seeded, whichever tests ran before. */
gsl_rng *suite_rng(void);

/** The sentence of the last error that was reported to the GSL, or "" since suite_forget_error. */
const char *suite_last_error(void);

/** Forget the last error. */
void suite_forget_error(void);

#endif
