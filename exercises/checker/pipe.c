#include "exercises/checker/pipe.h"

#include <errno.h>
#include <unistd.h>

bool pipe_receive(void *to, size_t n_bytes)
{
    for (char *at = to; n_bytes > 0;) {
        ssize_t n = read(STDIN_FILENO, at, n_bytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        at += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

void pipe_send(const void *from, size_t n_bytes)
{
    for (const char *at = from; n_bytes > 0;) {
        ssize_t n = write(FRAME_FD, at, n_bytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            _exit(4);
        }
        at += n;
        n_bytes -= (size_t)n;
    }
}

void pipe_send_head(frame_kind kind, size_t length)
{
    frame_head head = {FRAME_MAGIC, kind, length};
    pipe_send(&head, sizeof head);
}
