#include "tests/support/scarce_memory.h"
#undef malloc
#undef calloc
#undef realloc

#include "tests/support/suite.h"
#include <stdint.h>

enum { MOST_ALLOCATIONS = 1000 };

static size_t n_before_failure = SIZE_MAX; /* allocations that still succeed */
static bool has_failed;
static bool fails_once; /* or all that follow fail too */

static bool fails(void)
{
    if (n_before_failure > 0) {
        n_before_failure--;
        return false;
    }
    bool is_now = !has_failed || !fails_once;
    has_failed = true;
    return is_now;
}

void *scarce_malloc(size_t n_bytes)
{
    return fails() ? NULL : malloc(n_bytes);
}

void *scarce_calloc(size_t n, size_t n_bytes)
{
    return fails() ? NULL : calloc(n, n_bytes);
}

void *scarce_realloc(void *block, size_t n_bytes)
{
    return fails() ? NULL : realloc(block, n_bytes);
}

static void fail_each(scarce_step *step, const void *given, size_t at_least, const char *name)
{
    size_t n = 0;
    for (bool is_done = false; !is_done && n < MOST_ALLOCATIONS; n++) {
        n_before_failure = n;
        has_failed = false;
        is_done = step(given);
        CHECK(is_done == !has_failed, "%s: allocation %zu failed, and the answer is %s", name,
              n + 1, is_done ? "success" : "an error");
    }
    CHECK(n > at_least && n < MOST_ALLOCATIONS, "%s: %zu allocations were tried", name, n);
    n_before_failure = SIZE_MAX;
}

void fail_each_allocation(scarce_step *step, const void *given, size_t at_least, const char *name)
{
    fails_once = true;
    fail_each(step, given, at_least, name);
    fails_once = false;
    fail_each(step, given, at_least, name);
}
