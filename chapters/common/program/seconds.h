/**
 * @file seconds.h
 * How long things take.
 */
#ifndef CHAPTERS_COMMON_PROGRAM_SECONDS_H
#define CHAPTERS_COMMON_PROGRAM_SECONDS_H

/** @addtogroup common @{ */

/** @return seconds of a clock that never goes back; where it begins means nothing */
double seconds_now(void);

/** @} */

#endif
