/**
 * @file task_dates.c
 * Dates as people write them, and the same dates as ISO 8601 does.
 */
#include "chapters/common/pairs/tasks_internal.h"
#include <stdio.h>
#include <string.h>

const char task_date_characters[] = "0123456789 ',-./abcdefghijlmnoprstuvwy";

static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

static const char *const weekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};

/* %d 3   %D 03   %o 3rd   %n 3   %N 03   %M march   %m mar   %Y 1998   %y 98   %w tuesday   %W tue.
 * In digits alone the day comes before the month, unless the year comes first. */
static const char *const forms[] = {
    "%d %M %Y",  "%d %m %Y",     "%o %M %Y",     "%o of %M %Y",  "the %o of %M, %Y",
    "%M %d, %Y", "%M %o, %Y",    "%m %d, %Y",    "%m. %o %Y",    "%d %M '%y",
    "%m %d '%y", "%w, %d %M %Y", "%w, %o %M %Y", "%W, %d %m %Y", "%W. %M %d, %Y",
    "%d.%n.%Y",  "%D.%N.%Y",     "%D/%N/%Y",     "%d/%n/%y",     "%D-%N-%y",
    "%d-%m-%Y",  "%D-%m-%y",     "%Y %M %d",     "%Y/%N/%D",     "%Y, %M %o",
};

enum { N_FORMS = sizeof forms / sizeof forms[0], FIRST_YEAR = 1950, N_YEARS = 100 };

/* ---- Days ------------------------------------------------------------------------------------ */

typedef struct {
    int year, month, day, weekday; /* month and weekday from 0, day from 1 */
} date;

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0; /* true of 2000; 1900 and 2100 are never drawn */
    return days[month] + (month == 1 && is_leap);
}

static date draw_day(gsl_rng *rng)
{
    int n_days = 365 * N_YEARS + N_YEARS / 4;
    int left = (int)gsl_rng_uniform_int(rng, (unsigned long)n_days);
    date drawn = {.year = FIRST_YEAR, .weekday = left % 7}; /* 1950 began on a Sunday */
    for (int n; left >= (n = days_of(drawn.year, drawn.month)); left -= n) {
        drawn.month = (drawn.month + 1) % 12;
        drawn.year += drawn.month == 0;
    }
    drawn.day = left + 1;
    return drawn;
}

/* ---- Writing --------------------------------------------------------------------------------- */

enum { DAY, MONTH, YEAR, N_PARTS, PART_SIZE = 16 };

static const char *ordinal(int day)
{
    static const char *const endings[] = {"th", "st", "nd", "rd"};
    bool is_teen = day / 10 == 1;
    return endings[!is_teen && day % 10 <= 3 ? day % 10 : 0];
}

/* Write one part of a date; returns which it is, N_PARTS for the weekday. */
static int write_part(char directive, const date *d, char *part)
{
    switch (directive) {
    case 'd':
        snprintf(part, PART_SIZE, "%d", d->day);
        return DAY;
    case 'D':
        snprintf(part, PART_SIZE, "%02d", d->day);
        return DAY;
    case 'o':
        snprintf(part, PART_SIZE, "%d%s", d->day, ordinal(d->day));
        return DAY;
    case 'n':
        snprintf(part, PART_SIZE, "%d", d->month + 1);
        return MONTH;
    case 'N':
        snprintf(part, PART_SIZE, "%02d", d->month + 1);
        return MONTH;
    case 'M':
        snprintf(part, PART_SIZE, "%s", months[d->month]);
        return MONTH;
    case 'm':
        snprintf(part, PART_SIZE, "%.3s", months[d->month]);
        return MONTH;
    case 'Y':
        snprintf(part, PART_SIZE, "%d", d->year);
        return YEAR;
    case 'y':
        snprintf(part, PART_SIZE, "%02d", d->year % 100);
        return YEAR;
    case 'w':
        snprintf(part, PART_SIZE, "%s", weekdays[d->weekday]);
        return N_PARTS;
    default:
        snprintf(part, PART_SIZE, "%.3s", weekdays[d->weekday]);
        return N_PARTS;
    }
}

/* Write a date in a form. spans[DAY] and so on: the digits of each part, or its name. */
static void write_source(const char *form, const date *d, char *source, pairs_span *spans)
{
    size_t n = 0;
    for (const char *c = form; *c != '\0'; c++) {
        char part[PART_SIZE] = {*c, '\0'};
        if (*c == '%') {
            int which = write_part(*++c, d, part);
            size_t n_digits = strspn(part, "0123456789");
            size_t length = n_digits > 0 ? n_digits : strlen(part);
            if (which < N_PARTS) {
                spans[which] = (pairs_span){(int)n, (int)(n + length - 1)};
            }
        }
        size_t length = strlen(part);
        memcpy(source + n, part, length + 1);
        n += length;
    }
}

// [digits]
/* Digit k of n comes from the digit that stands for it, if one does: 98 has the last two digits of
 * 1998. Else it comes from the whole part: march gives 03, and 98 gives 19. */
static pairs_span origin_of(pairs_span part, int k, int n)
{
    int length = part.last - part.first + 1, place = part.first + k - (n - length);
    return length <= n && place >= part.first ? (pairs_span){place, place} : part;
}
// [digits]

void task_draw_date(gsl_rng *rng, task_text *text)
{
    date d = draw_day(rng);
    pairs_span spans[N_PARTS] = {{0, 0}};
    write_source(forms[gsl_rng_uniform_int(rng, N_FORMS)], &d, text->source, spans);
    snprintf(text->target, sizeof text->target, "%d-%02d-%02d", d.year, d.month + 1, d.day);
    for (int t = 0; t < TASK_ISO_DATE; t++) {
        bool is_hyphen = t == 4 || t == 7;
        pairs_span origin = t < 4   ? origin_of(spans[YEAR], t, 4)
                            : t < 7 ? origin_of(spans[MONTH], t - 5, 2)
                                    : origin_of(spans[DAY], t - 8, 2);
        text->alignment[t] = is_hyphen ? (pairs_span){-1, -1} : origin;
    }
}
