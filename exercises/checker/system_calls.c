#define _GNU_SOURCE
#include "exercises/checker/system_calls.h"

#ifdef HAS_WALLS

#    include <errno.h>
#    include <linux/audit.h>
#    include <linux/filter.h>
#    include <linux/seccomp.h>
#    include <stddef.h>
#    include <stdint.h>
#    include <unistd.h>

#    ifdef __x86_64__
#        define ARCHITECTURE AUDIT_ARCH_X86_64
#    else
#        define ARCHITECTURE AUDIT_ARCH_AARCH64
#    endif

/* What the loader, the C library and a function that computes ask for. Opening a file is here, for
 * the loader; which files, Landlock says. The last four are looked at more closely below. */
static const int allowed[] = {
    __NR_read,
    __NR_write,
    __NR_close,
    __NR_fstat,
    __NR_newfstatat,
    __NR_lseek,
    __NR_pread64,
    __NR_openat,
    __NR_mmap,
    __NR_mprotect,
    __NR_munmap,
    __NR_mremap,
    __NR_madvise,
    __NR_brk,
    __NR_rt_sigaction,
    __NR_rt_sigprocmask,
    __NR_rt_sigreturn,
    __NR_sigaltstack,
    __NR_futex,
    __NR_set_tid_address,
    __NR_set_robust_list,
    __NR_getrandom,
    __NR_clock_gettime,
    __NR_gettimeofday,
    __NR_clock_nanosleep,
    __NR_nanosleep,
    __NR_sched_yield,
    __NR_sched_getaffinity,
    __NR_getpid,
    __NR_gettid,
    __NR_exit,
    __NR_exit_group,
    __NR_execve,
    __NR_writev,
    __NR_uname,
    __NR_sysinfo,
    __NR_getcwd,
    __NR_faccessat,
    __NR_readlinkat,
#    ifdef __NR_rseq
    __NR_rseq,
#    endif
#    ifdef __NR_arch_prctl
    __NR_arch_prctl,
#    endif
#    ifdef __NR_access
    __NR_access,
#    endif
#    ifdef __NR_readlink
    __NR_readlink,
#    endif
#    ifdef __NR_open
    __NR_open,
#    endif
};

enum { N_ALLOWED = sizeof allowed / sizeof allowed[0], N_FILTER = 2 * N_ALLOWED + 32 };

static struct sock_filter filter[N_FILTER];
static unsigned short n_filter;

static void add(uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false)
{
    filter[n_filter++] = (struct sock_filter){code, if_true, if_false, value};
}

static void load(size_t offset)
{
    add(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void decide(uint32_t verdict)
{
    add(BPF_RET | BPF_K, verdict, 0, 0);
}

static void kill_unless(uint16_t comparison, uint32_t value)
{
    add(BPF_JMP | comparison | BPF_K, value, 1, 0);
    decide(SECCOMP_RET_KILL_PROCESS);
}

/* This call is allowed if the word at this offset of its arguments has this value. */
static void allow_if(int call, size_t offset, uint32_t value)
{
    add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
    load(offset);
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    decide(SECCOMP_RET_ALLOW);
    decide(SECCOMP_RET_ERRNO | EPERM);
}

static size_t argument(size_t n)
{
    return offsetof(struct seccomp_data, args) + n * sizeof(uint64_t);
}

bool filter_is_available(void)
{
    uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool filter_install(void)
{
    n_filter = 0;
    load(offsetof(struct seccomp_data, arch));
    kill_unless(BPF_JEQ, ARCHITECTURE);
    load(offsetof(struct seccomp_data, nr));
    for (size_t n = 0; n < N_ALLOWED; n++) {
        add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[n], 0, 1);
        decide(SECCOMP_RET_ALLOW);
    }
    /* limits may be read, not set; signals go to oneself, as abort() sends them */
    allow_if(__NR_prlimit64, argument(2), 0);
    allow_if(__NR_tgkill, argument(0), (uint32_t)getpid());
    decide(SECCOMP_RET_ERRNO | EPERM);
    struct sock_fprog program = {n_filter, filter};
    return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

#else

typedef int no_system_calls; /* a file may not be empty */

#endif
