/**
 * @file interrupt.h
 * Ctrl-C during a long training: it finishes the step it is in, saves, and says how to resume.
 *
 *     interrupt_catch();
 *     while (n_done < n_steps && !interrupt_came()) {
 *         ... one step ...
 *     }
 *     if (interrupt_came()) {
 *         checkpoint_save(...);
 *         program_message("stopped at step %zu; go on with --resume %s", n_done, path);
 *         return program_finish(interrupt_status());
 *     }
 */
#ifndef CHAPTERS_COMMON_PROGRAM_INTERRUPT_H
#define CHAPTERS_COMMON_PROGRAM_INTERRUPT_H

#include <stdbool.h>

/** @addtogroup common @{ */

/**
 * From now on SIGINT (Ctrl-C) and SIGTERM only leave a note. A second one ends the program at once,
 * as it would have without this. A file that grows beyond a limit (SIGXFSZ) no longer ends it
 * either: the write fails, and whoever writes reports that.
 */
void interrupt_catch(void);

/** @return whether a signal came since interrupt_catch() */
bool interrupt_came(void);

/** @return the exit code that says so, as a shell expects it: 130 after Ctrl-C, 143 after SIGTERM;
 *          0 if no signal came */
int interrupt_status(void);

/** @} */

#endif
