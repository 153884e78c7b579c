/**
 * @file safetensors_read.c
 * Reading whole files. What the header says is read by safetensors_header.c, before any memory is
 * asked for the data.
 */
#include "chapters/common/files/safetensors_internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Where the bytes come from: a file or a memory. */
typedef struct {
    const char *name;
    size_t n_bytes;
    FILE *stream;               /* NULL for a memory */
    const unsigned char *bytes; /* those that are left of a memory */
    safetensors_problem *problem;
} source;

/* The next n bytes, in new memory with one more byte behind them; NULL after a problem. */
static unsigned char *take(source *from, size_t n)
{
    unsigned char *bytes = malloc(n + 1);
    if (bytes == NULL) {
        safetensors_report(from->problem, SAFETENSORS_NO_MEMORY, from->name, SAFETENSORS_NO_BYTE,
                           "out of memory: %zu bytes were asked for", n);
        return NULL;
    }
    errno = 0;
    if (from->stream == NULL) {
        memcpy(bytes, from->bytes, n);
        from->bytes += n;
    } else if (fread(bytes, 1, n, from->stream) != n) {
        safetensors_report(from->problem, SAFETENSORS_CANNOT_READ, from->name, SAFETENSORS_NO_BYTE,
                           "cannot be read: %s",
                           errno != 0 ? strerror(errno) : "it has become shorter");
        free(bytes);
        return NULL;
    }
    return bytes;
}

bool safetensors_check_machine(const char *name, safetensors_problem *problem)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1 ||
           safetensors_report(problem, SAFETENSORS_BIG_ENDIAN, name, SAFETENSORS_NO_BYTE,
                              "expected a machine that puts the lowest byte first, "
                              "found another");
}

/* The length of the header, from the first 8 bytes; 0 after a problem. */
static size_t read_length(source *from)
{
    safetensors_problem *problem = from->problem;
    if (!safetensors_check_machine(from->name, problem)) {
        return 0;
    }
    if (from->n_bytes < SAFETENSORS_LENGTH_BYTES) {
        safetensors_report(problem, SAFETENSORS_TOO_SHORT, from->name, 0,
                           "expected the 8 bytes of a length, found %zu", from->n_bytes);
        return 0;
    }
    unsigned char *bytes = take(from, SAFETENSORS_LENGTH_BYTES);
    uint64_t length = 0;
    if (bytes == NULL) {
        return 0;
    }
    memcpy(&length, bytes, sizeof length);
    free(bytes);
    size_t n_left = from->n_bytes - SAFETENSORS_LENGTH_BYTES;
    if (length < 2) {
        safetensors_report(problem, SAFETENSORS_HEADER_TOO_SHORT, from->name, 0,
                           "expected a header of at least 2 bytes, found %d", (int)length);
    } else if (length > SAFETENSORS_MAX_HEADER) {
        safetensors_report(problem, SAFETENSORS_HEADER_TOO_LONG, from->name, 0,
                           "expected a header of at most %d bytes, found %llu: is this a file of "
                           "safetensors?",
                           SAFETENSORS_MAX_HEADER, (unsigned long long)length);
    } else if (length > n_left) {
        safetensors_report(problem, SAFETENSORS_HEADER_CUT, from->name, from->n_bytes,
                           "expected a header of %llu bytes, found the end after %zu",
                           (unsigned long long)length, n_left);
    } else {
        return (size_t)length;
    }
    return 0;
}

/* Read the data, and tell each tensor where its own are. */
static bool read_data(source *from, safetensors *file, size_t n_data)
{
    file->data = take(from, n_data);
    if (file->data == NULL) {
        return false;
    }
    size_t offset = 0;
    for (size_t i = 0; i < file->n_tensors; i++) {
        file->tensors[i].data = file->data + offset;
        offset += safetensors_n_bytes(&file->tensors[i]);
    }
    return true;
}

static safetensors *read_source(source *from)
{
    if (from->problem != NULL) {
        *from->problem = (safetensors_problem){.kind = SAFETENSORS_OK, .byte = SAFETENSORS_NO_BYTE};
    }
    size_t n_header = read_length(from);
    if (n_header == 0) {
        return NULL;
    }
    size_t n_data = from->n_bytes - SAFETENSORS_LENGTH_BYTES - n_header;
    char *header = (char *)take(from, n_header);
    safetensors *file = calloc(1, sizeof *file);
    if (header != NULL && file == NULL) {
        safetensors_report(from->problem, SAFETENSORS_NO_MEMORY, from->name, SAFETENSORS_NO_BYTE,
                           "out of memory");
    }
    bool is_right =
        header != NULL && file != NULL &&
        safetensors_read_header(file, header, n_header, n_data, from->name, from->problem) &&
        read_data(from, file, n_data);
    free(header);
    if (!is_right) {
        safetensors_free(file);
        return NULL;
    }
    return file;
}

safetensors *safetensors_decode(const unsigned char *bytes, size_t n_bytes, const char *name,
                                safetensors_problem *problem)
{
    source memory = {.name = name, .n_bytes = n_bytes, .bytes = bytes, .problem = problem};
    return read_source(&memory);
}

safetensors *safetensors_load(const char *path, safetensors_problem *problem)
{
    source disk = {.name = path, .stream = fopen(path, "rb"), .problem = problem};
    struct stat status;
    if (disk.stream == NULL) {
        safetensors_report(problem, SAFETENSORS_CANNOT_OPEN, path, SAFETENSORS_NO_BYTE,
                           "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    safetensors *file = NULL;
    if (fstat(fileno(disk.stream), &status) != 0 || !S_ISREG(status.st_mode)) {
        safetensors_report(problem, SAFETENSORS_CANNOT_READ, path, SAFETENSORS_NO_BYTE,
                           "expected a file, found a folder, a pipe or a device");
    } else {
        disk.n_bytes = (size_t)status.st_size;
        file = read_source(&disk);
    }
    fclose(disk.stream);
    return file;
}
