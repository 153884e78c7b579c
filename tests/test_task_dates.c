/* Dates: each is read again by a reader that knows no forms, and each digit's origin is checked. */
#include "chapters/common/pairs/tasks.h"
#include "tests/support/suite.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { N = 4000 };

static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};
static const char *const weekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};

static const task dates = {.rule = TASK_DATES};

typedef struct {
    symbols *source, *target;
    pairs *all;
} made;

static made make(void)
{
    made m = {task_symbols(&dates, SYMBOLS_SOURCE), task_symbols(&dates, SYMBOLS_TARGET), NULL};
    m.all = task_pairs(&dates, N, m.source, m.target, suite_rng());
    return m;
}

static void end(made m)
{
    pairs_free(m.all);
    symbols_free(m.source);
    symbols_free(m.target);
}

static void show(const pairs *all, size_t p, char *x, char *y)
{
    symbols_decode(all->source_symbols, all->source + all->source_starts[p],
                   pairs_source_length(all, p), x, 64);
    symbols_decode(all->target_symbols, all->target + all->target_starts[p],
                   pairs_target_length(all, p), y, 64);
}

/* ---- Reading a date -------------------------------------------------------------------------- */

/* The number of a name, from 1, or of its first three letters; 0 for none. */
static int number_of(const char *word, size_t length, const char *const *list, int n)
{
    for (int i = 0; i < n; i++) {
        if ((length == 3 || length == strlen(list[i])) && strncmp(word, list[i], length) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Days from 1 January of year 1 on, by leap years counted. */
static int weekday_of(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int n = year - 1, leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    int days = 365 * n + n / 4 - n / 100 + n / 400 + before[month - 1] + (month > 2 && leap) + day;
    return days % 7; /* 1 January of year 1 was a Monday */
}

typedef struct {
    int numbers[3], n_digits[3], n_numbers, month, weekday; /* from 1; 0 for none */
} parts;

static parts read_parts(const char *x)
{
    parts found = {.n_numbers = 0};
    while (*x != '\0') {
        size_t n_digits = strspn(x, "0123456789"), n_letters = 0;
        if (n_digits > 0 && found.n_numbers < 3) {
            found.n_digits[found.n_numbers] = (int)n_digits;
            found.numbers[found.n_numbers++] = atoi(x);
            x += n_digits;
            continue;
        }
        while (isalpha((unsigned char)x[n_letters])) {
            n_letters++;
        }
        int month = number_of(x, n_letters, months, 12), day = number_of(x, n_letters, weekdays, 7);
        found.month = month > 0 ? month : found.month;
        found.weekday = day > 0 ? day : found.weekday;
        x += n_letters > 0 ? n_letters : 1;
    }
    return found;
}

/* A year of four digits may stand anywhere; what is left is day and, without a name, month. */
static bool is_date(const char *x, int year, int month, int day)
{
    parts found = read_parts(x);
    int n_wanted = found.month > 0 ? 2 : 3, left[3], n_left = 0, read_year = -1;
    for (int i = 0; i < found.n_numbers; i++) {
        if (found.n_digits[i] == 4) {
            read_year = found.numbers[i];
        } else {
            left[n_left++] = found.numbers[i];
        }
    }
    if (found.n_numbers != n_wanted) {
        return false;
    }
    bool is_first = found.n_digits[0] == 4 && found.month == 0; /* year/month/day */
    if (read_year < 0) {
        int last = left[--n_left];
        read_year = last < 50 ? 2000 + last : 1900 + last;
    }
    int read_day = is_first ? left[1] : left[0];
    int read_month = found.month > 0 ? found.month : is_first ? left[0] : left[1];
    return read_year == year && read_month == month && read_day == day &&
           (found.weekday == 0 || found.weekday - 1 == weekday_of(year, month, day));
}

static void meaning(void)
{
    made m = make();
    size_t n_weekdays = 0, n_short = 0;
    for (size_t p = 0; p < N; p++) {
        char x[64], y[64];
        int year = 0, month = 0, day = 0;
        show(m.all, p, x, y);
        CHECK(strlen(y) == 10 && sscanf(y, "%4d-%2d-%2d", &year, &month, &day) == 3 &&
                  year >= 1950 && year < 2050 && month >= 1 && month <= 12 && day >= 1 && day <= 31,
              "'%s' is no date", y);
        CHECK(is_date(x, year, month, day), "'%s' -> '%s'", x, y);
        n_weekdays += read_parts(x).weekday > 0;
        n_short += strlen(x) <= 8;
    }
    /* 4 of 25 forms have a weekday, 2 of 25 are short */
    CHECK(n_weekdays > N / 10 && n_short > N / 20, "%zu with a weekday, %zu short", n_weekdays,
          n_short);
    end(m);
}

/* The ordinals of 1 to 31, whichever are drawn. */
static void ordinals(void)
{
    made m = make();
    size_t n = 0;
    for (size_t p = 0; p < N; p++) {
        char x[64], y[64];
        show(m.all, p, x, y);
        size_t first = strcspn(x, "0123456789"), n_digits = strspn(x + first, "0123456789");
        if (n_digits == 4) { /* the year comes first */
            first += 4 + strcspn(x + first + 4, "0123456789");
            n_digits = strspn(x + first, "0123456789");
        }
        const char *ending = x + first + n_digits;
        if (isalpha((unsigned char)*ending)) {
            int day = atoi(x + first);
            const char *expected = day == 1 || day == 21 || day == 31 ? "st"
                                   : day == 2 || day == 22            ? "nd"
                                   : day == 3 || day == 23            ? "rd"
                                                                      : "th";
            CHECK(strncmp(ending, expected, 2) == 0, "'%s'", x);
            n++;
        }
    }
    CHECK(n > N / 10, "%zu ordinals", n);
    end(m);
}

/* ---- Origins --------------------------------------------------------------------------------- */

static bool is_digits(const char *text, size_t n)
{
    return strspn(text, "0123456789") >= n;
}

/* A digit comes from a digit like it, a 0 from the one behind it, a month from its name, a century
 * from the two digits of its year. */
static bool is_origin(const char *x, const char *y, size_t t, pairs_span span)
{
    const char *from = x + span.first;
    size_t length = (size_t)(span.last - span.first + 1);
    if (y[t] == '-') {
        return span.first < 0;
    }
    if (span.first < 0 || span.last < span.first || (size_t)span.last >= strlen(x)) {
        return false;
    }
    if (length == 1) {
        return *from == y[t] || (y[t] == '0' && t >= 5 && *from == y[t + 1]);
    }
    if (t < 4) {
        return t < 2 && length == 2 && is_digits(from, 2) && memcmp(from, y + 2, 2) == 0;
    }
    return t < 7 && number_of(from, length, months, 12) == atoi(y + 5) &&
           !isalpha((unsigned char)from[length]);
}

static void origins(void)
{
    made m = make();
    for (size_t p = 0; p < N; p++) {
        char x[64], y[64];
        show(m.all, p, x, y);
        for (size_t t = 0; t < 10; t++) {
            pairs_span span = m.all->alignment[m.all->target_starts[p] + t];
            CHECK(is_origin(x, y, t, span), "'%s' -> '%s': symbol %zu comes from %d..%d", x, y, t,
                  span.first, span.last);
        }
    }
    end(m);
}

static void vocabulary(void)
{
    made m = make();
    size_t n_read[64] = {0}, n_written[64] = {0};
    for (size_t i = 0; i < m.all->source_starts[N]; i++) {
        n_read[m.all->source[i]]++;
    }
    for (size_t i = 0; i < m.all->target_starts[N]; i++) {
        CHECK(m.all->target[i] >= 2, "a symbol of dates is not known");
        n_written[m.all->target[i] < 0 ? 0 : m.all->target[i]]++;
    }
    CHECK(n_read[SYMBOLS_UNKNOWN] == 0, "%zu characters are not known", n_read[SYMBOLS_UNKNOWN]);
    for (size_t i = 1; i < m.source->n; i++) {
        CHECK(n_read[i] > 0, "no date has '%s'", m.source->names[i]);
    }
    for (size_t i = 2; i < m.target->n; i++) {
        CHECK(n_written[i] > 0, "no date is written with '%s'", m.target->names[i]);
    }
    end(m);
}

static const test tests[] = {
    {"a date as people write it means the date in digits", meaning},
    {"ordinals end as they should", ordinals},
    {"each digit comes from the characters that say it", origins},
    {"dates have the characters of their vocabulary, and all of them", vocabulary},
};

int main(int argc, char **argv)
{
    return RUN_SUITE(argc, argv, tests);
}
