#include "tests/support/golden.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double relative_tolerance = 1e-7;
static const double zero = 1e-9;

/* ---- Numbers --------------------------------------------------------------------------------- */

/* A number as it is printed. */
typedef struct {
    double value;
    double unit;   /* of the last digit */
    bool is_whole; /* neither a point nor an exponent */
    const char *end;
} printed_number;

/* Whether a number starts at `at`: digits with perhaps a sign, and no word around them. */
static bool starts_number(const char *text, const char *at)
{
    if (at > text) {
        unsigned char before = (unsigned char)at[-1];
        if (isalnum(before) || before == '_' || before == '.') {
            return false;
        }
    }
    at += *at == '-' || *at == '+';
    return isdigit((unsigned char)*at);
}

static printed_number parse_number(const char *at)
{
    printed_number number = {.unit = 1.0, .is_whole = true};
    number.value = strtod(at, NULL);
    at += *at == '-' || *at == '+';
    at += strspn(at, "0123456789");
    if (*at == '.' && isdigit((unsigned char)at[1])) {
        size_t decimals = strspn(at + 1, "0123456789");
        number.unit = pow(10.0, -(double)decimals);
        number.is_whole = false;
        at += 1 + decimals;
    }
    const char *digits = at + 1 + (at[0] != '\0' && (at[1] == '-' || at[1] == '+'));
    if (*at == 'e' && isdigit((unsigned char)*digits)) {
        number.unit *= pow(10.0, strtod(at + 1, NULL));
        number.is_whole = false;
        at = digits + strspn(digits, "0123456789");
    }
    number.end = at;
    return number;
}

/* The tolerance behind a number, "0.91 ± 0.02", or -1 if it has none. */
static double stated_tolerance(printed_number number)
{
    static const char sign[] = " ± ";
    const char *at = number.end;
    if (strncmp(at, sign, strlen(sign)) != 0 || !isdigit((unsigned char)at[strlen(sign)])) {
        return -1.0;
    }
    return strtod(at + strlen(sign), NULL);
}

/* a is the one that is expected. */
static bool numbers_agree(printed_number a, printed_number b)
{
    double stated = stated_tolerance(a);
    if (stated >= 0.0) {
        return fabs(a.value - b.value) <= stated;
    }
    if (a.is_whole && b.is_whole) {
        return a.value == b.value;
    }
    if (fabs(a.value) < zero && fabs(b.value) < zero) {
        return true;
    }
    double tolerance = fmax(fmin(a.unit, b.unit), relative_tolerance * fabs(a.value));
    return fabs(a.value - b.value) <= 1.001 * tolerance; /* decimals are rounded themselves */
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static const char *line_start(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n') {
        at--;
    }
    return at;
}

static void describe(const char *expected, const char *e, const char *actual, const char *a,
                     char *message, size_t size)
{
    size_t line = 1;
    for (const char *at = actual; at < a; at++) {
        line += *at == '\n';
    }
    const char *e_line = line_start(expected, e), *a_line = line_start(actual, a);
    snprintf(message, size, "line %zu: expected \"%.*s\", found \"%.*s\"", line,
             (int)strcspn(e_line, "\n"), e_line, (int)strcspn(a_line, "\n"), a_line);
}

bool golden_agrees(const char *expected, const char *actual, char *message, size_t size)
{
    const char *e = expected, *a = actual;
    while (*e != '\0' || *a != '\0') {
        if (*e == ' ' && *a == ' ') {
            e += strspn(e, " ");
            a += strspn(a, " ");
        } else if (starts_number(expected, e) && starts_number(actual, a)) {
            printed_number wanted = parse_number(e), found = parse_number(a);
            if (!numbers_agree(wanted, found)) {
                describe(expected, e, actual, a, message, size);
                return false;
            }
            e = wanted.end;
            a = found.end;
        } else if (*e == *a) {
            e++;
            a++;
        } else {
            describe(expected, e, actual, a, message, size);
            return false;
        }
    }
    return true;
}

/* ---- Files ----------------------------------------------------------------------------------- */

char *golden_read(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    fseek(file, 0, SEEK_END);
    long n_bytes = ftell(file);
    rewind(file);
    char *text = n_bytes >= 0 ? malloc((size_t)n_bytes + 1) : NULL;
    if (text != NULL) {
        text[fread(text, 1, (size_t)n_bytes, file)] = '\0';
    }
    fclose(file);
    return text;
}

bool golden_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return false;
    }
    bool is_written = fputs(text, file) >= 0;
    return fclose(file) == 0 && is_written;
}
