/* Scratch memory: what a workspace hands out, how sizes are counted, and what happens when there is
 * no memory. That every function keeps within its workspace is tested where the function is. */

#include "optimized/workspace.h"
#include "tests/support/suite.h"
#include <gsl/gsl_errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void pieces(void)
{
    fast_workspace *workspace = fast_workspace_alloc(4 * FAST_ALIGNMENT);
    unsigned char *first = fast_workspace_take(workspace, 1);
    unsigned char *second = fast_workspace_take(workspace, FAST_ALIGNMENT + 1);
    unsigned char *last = fast_workspace_take(workspace, FAST_ALIGNMENT);
    CHECK(first && (uintptr_t)first % FAST_ALIGNMENT == 0, "the first piece is not aligned");
    CHECK(second == first + FAST_ALIGNMENT, "the second piece does not follow the first");
    CHECK(last == second + 2 * FAST_ALIGNMENT, "the last piece does not follow the second");
    CHECK(workspace->n_used == workspace->n_bytes, "%zu of %zu bytes are used", workspace->n_used,
          workspace->n_bytes);
    memset(first, 1, 4 * FAST_ALIGNMENT); /* it is all ours */
    CHECK(fast_workspace_take(workspace, 1) == NULL, "a full workspace hands out more");
    fast_workspace_free(workspace);
}

static void pieces_that_do_not_fit(void)
{
    fast_workspace *workspace = fast_workspace_alloc(2 * FAST_ALIGNMENT);
    CHECK(fast_workspace_take(workspace, 2 * FAST_ALIGNMENT + 1) == NULL, "one byte too many");
    CHECK(fast_workspace_take(workspace, SIZE_MAX) == NULL, "SIZE_MAX bytes");
    CHECK(fast_workspace_take(workspace, SIZE_MAX - 1) == NULL, "SIZE_MAX - 1 bytes");
    CHECK(workspace->n_used == 0, "a refused piece takes %zu bytes", workspace->n_used);
    CHECK(fast_workspace_take(workspace, 2 * FAST_ALIGNMENT) != NULL, "all of it");
    fast_workspace_free(workspace);
}

static void empty_workspace(void)
{
    fast_workspace *workspace = fast_workspace_alloc(0);
    CHECK(workspace != NULL && workspace->n_bytes == 0, "no workspace of 0 bytes");
    CHECK(fast_workspace_take(workspace, 1) == NULL, "an empty workspace hands out a byte");
    fast_workspace_free(workspace);
    fast_workspace_free(NULL);
}

static void sizes(void)
{
    const struct {
        size_t n_items, item_size, expected;
    } rows[] = {
        {0, 4, 0},
        {1, 1, FAST_ALIGNMENT},
        {16, 4, 64},
        {17, 4, 128},
        {SIZE_MAX, 1, SIZE_MAX},           /* rounding up overflows */
        {SIZE_MAX / 2, 4, SIZE_MAX},       /* the product overflows */
        {SIZE_MAX / 4 + 2, 4, SIZE_MAX},   /* the product wraps to a small number */
        {SIZE_MAX - 62, 1, SIZE_MAX},      /* the first that rounds beyond the end */
        {SIZE_MAX - 63, 1, SIZE_MAX - 63}, /* the last that does not */
    };
    for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        size_t size = fast_piece_size(rows[n].n_items, rows[n].item_size);
        CHECK(size == rows[n].expected, "%zu items of %zu bytes take %zu, expected %zu",
              rows[n].n_items, rows[n].item_size, size, rows[n].expected);
    }
    CHECK(fast_size_sum(64, 128) == 192, "64 + 128 is %zu", fast_size_sum(64, 128));
    CHECK(fast_size_sum(SIZE_MAX, 0) == SIZE_MAX, "SIZE_MAX + 0");
    CHECK(fast_size_sum(1, SIZE_MAX) == SIZE_MAX, "1 + SIZE_MAX");
    CHECK(fast_size_sum(SIZE_MAX - 1, 2) == SIZE_MAX, "SIZE_MAX - 1 + 2");
}

static void check_no_memory(size_t n_bytes)
{
    suite_forget_error();
    fast_workspace *workspace = fast_workspace_alloc(n_bytes);
    CHECK(workspace == NULL, "there is a workspace of %zu bytes", n_bytes);
    CHECK(strchr(suite_last_error(), ' '), "no sentence but '%s'", suite_last_error());
    fast_workspace_free(workspace);
}

/* Valgrind takes such a size for a mistake of ours, and reports it. */
static bool runs_under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded && strstr(preloaded, "vgpreload");
}

static void impossible_sizes(void)
{
    if (!runs_under_valgrind()) {
        check_no_memory(SIZE_MAX);
        check_no_memory(SIZE_MAX - FAST_ALIGNMENT);
        check_no_memory(SIZE_MAX / 2);
    }
}

/* A sanitizer needs more address space than any limit would leave. */
#if defined(__SANITIZE_ADDRESS__)
#    define HAS_LIMITS 0
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define HAS_LIMITS 0
#    endif
#endif
#ifndef HAS_LIMITS
#    define HAS_LIMITS 1
#endif

static void memory_limit(void)
{
    struct rlimit before, tight;
    if (!HAS_LIMITS || runs_under_valgrind() || getrlimit(RLIMIT_AS, &before) != 0) {
        return;
    }
    tight = before;
    tight.rlim_cur = (rlim_t)1 << 30;
    if (setrlimit(RLIMIT_AS, &tight) == 0) {
        check_no_memory((size_t)1 << 31);
        setrlimit(RLIMIT_AS, &before);
    }
    fast_workspace *workspace = fast_workspace_alloc(1 << 20);
    CHECK(workspace != NULL, "no memory after the limit is lifted");
    fast_workspace_free(workspace);
}

static const test tests[] = {
    {"pieces are aligned and follow one another", pieces},
    {"a piece that does not fit is refused and takes nothing", pieces_that_do_not_fit},
    {"a workspace of 0 bytes exists and hands out nothing", empty_workspace},
    {"sizes are rounded up, and SIZE_MAX where they overflow", sizes},
    {"an impossible size gives NULL and a sentence", impossible_sizes},
    {"under a limit of memory, allocation fails and recovers", memory_limit},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
