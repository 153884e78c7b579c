#include "tests/support/suite.h"

#include "tests/support/matrices.h"
#include <CUnit/CUnit.h>
#include <CUnit/TestDB.h>
#include <CUnit/TestRun.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A test that fails in a loop would fill the screen: this many messages of each are kept. */
enum { MAX_MESSAGES = 8 };

static struct {
    unsigned long seed;
    const char *only;
    const char *isa;
    bool until_failure;
    bool list;
    unsigned limit;
} options = {.seed = 1, .limit = 300};

static char last_error[256];
static int n_messages;
static gsl_rng *rng;
static const char *prefix;

static void record_error(const char *reason, const char *file, int line, int gsl_status)
{
    (void)file, (void)line, (void)gsl_status;
    snprintf(last_error, sizeof last_error, "%s", reason);
}

const char *suite_last_error(void)
{
    return last_error;
}

void suite_forget_error(void)
{
    last_error[0] = '\0';
}

unsigned long suite_seed(void)
{
    return options.seed;
}

bool suite_wants_isa(const char *name)
{
    return !options.isa || strcmp(options.isa, name) == 0;
}

gsl_rng *suite_rng(void)
{
    return rng;
}

void suite_set_prefix(const char *text)
{
    prefix = text;
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* With --until-failure a check that fails is fatal: CUnit leaves the test there. */
bool suite_check(bool ok, const char *file, int line, const char *format, ...)
{
    if (ok || ++n_messages > MAX_MESSAGES) {
        CU_assertImplementation(ok, (unsigned)line, "", file, "", options.until_failure);
        return ok;
    }
    char message[1024];
    int length = prefix ? snprintf(message, sizeof message, "%s: ", prefix) : 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message + length, sizeof message - (size_t)length, format, arguments);
    va_end(arguments);
    CU_assertImplementation(CU_FALSE, (unsigned)line, message, file, "", options.until_failure);
    return false;
}

bool suite_check_close(double actual, double expected, double tolerance, const char *what,
                       const char *file, int line)
{
    bool same_infinity = isinf(expected) && actual == expected;
    bool ok = same_infinity || fabs(actual - expected) <= tolerance;
    return suite_check(ok, file, line, "%s is %.17g, expected %.17g within %.3g (off by %.3g)",
                       what, actual, expected, tolerance, actual - expected);
}

bool suite_check_status(int actual, int expected, const char *what, const char *file, int line)
{
    return suite_check(actual == expected, file, line, "%s: status %d (%s), expected %d (%s)", what,
                       actual, gsl_strerror(actual), expected, gsl_strerror(expected));
}

/* ---- running --------------------------------------------------------------------------------- */

/* The name goes out before the test runs: if it crashes, the last line says which one it was. */
static void test_starts(const CU_pTest one, const CU_pSuite suite)
{
    (void)suite;
    n_messages = 0;
    prefix = NULL;
    gsl_rng_set(rng, options.seed);
    suite_forget_error();
    printf("  %s ... ", one->pName);
    fflush(stdout);
    alarm(options.limit);
}

static void leave_the_rest_out(const CU_pTest failed, const CU_pSuite suite)
{
    for (CU_pTest one = suite->pTest; one; one = one->pNext) {
        if (one != failed) {
            CU_set_test_active(one, CU_FALSE);
        }
    }
}

static void test_is_complete(const CU_pTest one, const CU_pSuite suite,
                             const CU_pFailureRecord failures)
{
    alarm(0);
    free_matrices();
    puts(failures ? "FAILED" : "ok");
    for (CU_pFailureRecord failure = failures; failure; failure = failure->pNext) {
        if (failure->strCondition && failure->strCondition[0]) {
            printf("      %s:%u: %s\n", failure->strFileName, failure->uiLineNumber,
                   failure->strCondition);
        }
    }
    if (n_messages > MAX_MESSAGES) {
        printf("      and %d more\n", n_messages - MAX_MESSAGES);
    }
    if (failures && options.until_failure) {
        leave_the_rest_out(one, suite);
    }
}

static int usage(const char *program, const char *wrong)
{
    fprintf(stderr,
            "%s: %s\n"
            "usage: %s [--seed N] [--only TEXT] [--isa NAME] [--until-failure]\n"
            "       [--limit SECONDS] [--list]\n",
            program, wrong, program);
    return 2;
}

static bool parse_number(const char *text, unsigned long *number)
{
    char *end;
    *number = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0';
}

static const char *parse(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        unsigned long number;
        if (strcmp(name, "--until-failure") == 0) {
            options.until_failure = true;
            continue;
        } else if (strcmp(name, "--list") == 0) {
            options.list = true;
            continue;
        } else if (strcmp(name, "--only") == 0) {
            options.only = value;
        } else if (strcmp(name, "--isa") == 0) {
            options.isa = value;
        } else if (strcmp(name, "--seed") == 0 && parse_number(value, &number)) {
            options.seed = number;
        } else if (strcmp(name, "--limit") == 0 && parse_number(value, &number)) {
            options.limit = (unsigned)number;
        } else {
            return "an option is unknown or lacks its value";
        }
        i++;
    }
    return NULL;
}

int suite_run(int argc, char **argv, const test *tests, size_t n_tests)
{
    const char *wrong = parse(argc, argv);
    if (wrong) {
        return usage(argv[0], wrong);
    }
    gsl_set_error_handler(record_error);
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!rng || CU_initialize_registry() != CUE_SUCCESS) {
        return usage(argv[0], CU_get_error_msg());
    }
    CU_pSuite suite = CU_add_suite(argv[0], NULL, NULL);
    for (size_t i = 0; i < n_tests; i++) {
        if (options.only && !strstr(tests[i].name, options.only)) {
            continue;
        }
        if (options.list) {
            puts(tests[i].name);
        } else if (!CU_add_test(suite, tests[i].name, tests[i].run)) {
            return usage(argv[0], CU_get_error_msg());
        }
    }
    CU_set_test_start_handler(test_starts);
    CU_set_test_complete_handler(test_is_complete);
    CU_set_fail_on_inactive(CU_FALSE);
    if (!options.list) {
        const char *slash = strrchr(argv[0], '/');
        printf("%s, seed %lu\n", slash ? slash + 1 : argv[0], options.seed);
        CU_run_all_tests();
        unsigned n_failed = CU_get_number_of_tests_failed();
        printf("%u passed, %u failed\n", CU_get_number_of_tests_run() - n_failed, n_failed);
    }
    int status = CU_get_number_of_tests_failed() > 0;
    CU_cleanup_registry();
    gsl_rng_free(rng);
    return status;
}
