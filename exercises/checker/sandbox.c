#define _GNU_SOURCE
#include "exercises/checker/sandbox.h"
#include "exercises/checker/system_calls.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static bool limit(int what, double value)
{
    struct rlimit both = {(rlim_t)value, (rlim_t)value};
    return setrlimit(what, &both) == 0;
}

/* A signal that says why at the end of the time, and one that nobody escapes a second later. */
static bool limit_time(double seconds)
{
    rlim_t whole = (rlim_t)ceil(seconds);
    struct rlimit time = {whole, whole + 1};
    return setrlimit(RLIMIT_CPU, &time) == 0;
}

static bool set_limits(const sandbox_limits *limits)
{
    bool ok = limit_time(limits->seconds) && limit(RLIMIT_CORE, 0) &&
              limit(RLIMIT_FSIZE, 1 << 20) && limit(RLIMIT_NOFILE, 16) &&
              limit(RLIMIT_STACK, 8 << 20);
#ifdef RLIMIT_AS
    if (limits->memory > 0) {
        limit(RLIMIT_AS, (double)limits->memory); /* macOS refuses it */
    }
#endif
    return ok;
}

#ifdef HAS_WALLS

#    include <fcntl.h>
#    include <linux/landlock.h>
#    include <sys/prctl.h>
#    include <unistd.h>

/* All that version 1 of Landlock can forbid. */
#    define ALL_ACCESS 0x1fffu
#    define MAY_READ                                                                               \
        (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

static int landlock_version(void)
{
    return (int)syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

const char *sandbox_missing(void)
{
    bool has_landlock = landlock_version() >= 1, has_seccomp = filter_is_available();
    return has_landlock && has_seccomp ? NULL
           : has_landlock              ? "this system has no seccomp"
           : has_seccomp               ? "this system has no Landlock"
                                       : "this system has neither Landlock nor seccomp";
}

static bool allow_reading(int rules, const char *path)
{
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) {
        return true; /* what is not there needs no rule */
    }
    struct landlock_path_beneath_attr rule = {.allowed_access = MAY_READ, .parent_fd = place};
    bool ok = syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close(place);
    return ok;
}

static bool close_the_files(const sandbox_limits *limits)
{
    const char *const libraries[] = {"/lib",           "/lib64",     "/usr/lib",  "/usr/lib64",
                                     "/usr/local/lib", "/nix/store", "/gnu/store"};
    struct landlock_ruleset_attr attributes = {.handled_access_fs = ALL_ACCESS};
    int rules = (int)syscall(__NR_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    bool ok = rules >= 0 && allow_reading(rules, limits->is_explaining ? "/" : limits->folder);
    for (size_t n = 0; ok && n < sizeof libraries / sizeof libraries[0]; n++) {
        ok = allow_reading(rules, libraries[n]);
    }
    ok = ok && syscall(__NR_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return ok;
}

bool sandbox_enter(const sandbox_limits *limits)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!set_limits(limits) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return false;
    }
    if (landlock_version() >= 1 && !close_the_files(limits)) {
        return false;
    }
    return limits->is_explaining || !filter_is_available() || filter_install();
}

#else

const char *sandbox_missing(void)
{
    return "this system has neither Landlock nor seccomp";
}

bool sandbox_enter(const sandbox_limits *limits)
{
    return set_limits(limits);
}

#endif
