#include "exercises/checker/sanitizer.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

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

static void on_alarm(int signal)
{
    (void)signal;
    __sanitizer_print_stack_trace();
    _exit(6);
}

void sanitizer_watch_the_clock(void)
{
    signal(SIGALRM, on_alarm);
    alarm(1);
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
