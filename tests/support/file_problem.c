#include "tests/support/file_problem.h"
#include "tests/support/suite.h"
#include <string.h>

void check_file_problem(const char *catches, const char *message, size_t line, const char *says)
{
    char start[40];
    snprintf(start, sizeof start, line > 0 ? "a.txt:%zu: " : "a.txt: ", line);
    CHECK(strncmp(message, start, strlen(start)) == 0 && strstr(message, "expected") != NULL &&
              strstr(message, says) != NULL,
          "%s: \"%s\" should say \"%s\"", catches, message, says);
}
