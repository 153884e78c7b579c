/* What is said to the person who waits. */
#include "optimized/bench/message.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_WIDTH = 79 };

static bool is_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && (term == NULL || strcmp(term, "dumb") != 0);
}

static void print_line(const char *format, va_list values)
{
    char line[LINE_WIDTH + 1];
    vsnprintf(line, sizeof line, format, values);
    if (is_terminal()) {
        fprintf(stderr, "\r%-*s\r%s", LINE_WIDTH, "", line);
    } else {
        fputs(line, stderr);
    }
}

void say(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    print_line(format, values);
    va_end(values);
    fputc('\n', stderr);
}

void stop(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    print_line(format, values);
    va_end(values);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

void show_progress(const char *format, ...)
{
    if (is_terminal()) {
        va_list values;
        va_start(values, format);
        print_line(format, values);
        va_end(values);
    }
}
