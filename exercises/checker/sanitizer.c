#include "exercises/checker/sanitizer.h"

#include <signal.h>
#include <sys/time.h>

#if IS_SANITIZED

void __asan_poison_memory_region(void const volatile *at, size_t n_bytes);
void __asan_unpoison_memory_region(void const volatile *at, size_t n_bytes);
void __sanitizer_print_stack_trace(void);

void sanitizer_guard(const problem_array *array, bool is_poisoned)
{
    size_t n_cells = array_cells(array);
    if (!is_poisoned) {
        __asan_unpoison_memory_region(array->block, n_cells * sizeof(double));
        return;
    }
    __asan_poison_memory_region(array->block, array->tda * sizeof(double));
    for (size_t i = 0; i < array->n_rows; i++) {
        const double *right = array->block + (i + 1) * array->tda + array->n_cols;
        __asan_poison_memory_region(right, (array->tda - array->n_cols) * sizeof(double));
    }
}

void sanitizer_print_stack(void)
{
    __sanitizer_print_stack_trace();
}

/* It ends as it would have ended without the sanitizer: its time is over. */
static void on_time(int number)
{
    (void)number;
    __sanitizer_print_stack_trace();
    signal(SIGXCPU, SIG_DFL);
    raise(SIGXCPU);
}

/* Processor time: on a busy machine a right answer may take long, too. */
void sanitizer_watch_the_clock(void)
{
    struct itimerval half_a_second = {.it_value.tv_usec = 500000};
    signal(SIGPROF, on_time);
    setitimer(ITIMER_PROF, &half_a_second, NULL);
}

#else

void sanitizer_guard(const problem_array *array, bool is_poisoned)
{
    (void)array, (void)is_poisoned;
}

void sanitizer_print_stack(void)
{
}

void sanitizer_watch_the_clock(void)
{
}

#endif
