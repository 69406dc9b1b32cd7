/* A disk that is full while the file FULL is there: no file of a table grows, and what is there can be written anew. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int has_no_room(int file, off_t end) {
    char name[64], path[4096];
    struct stat at;
    if (access(FULL, F_OK) != 0)
        return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, "/base/") && fstat(file, &at) == 0 && end > at.st_size;
}

typedef ssize_t writer(int, const void *, size_t, off_t);

static ssize_t write_at(const char *name, int file, const void *bytes, size_t length, off_t at) {
    if (has_no_room(file, at + (off_t)length)) {
        errno = ENOSPC;
        return -1;
    }
    return ((writer *)dlsym(RTLD_NEXT, name))(file, bytes, length, at);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    return write_at("pwrite", file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) {
    return write_at("pwrite64", file, bytes, length, at);
}

/* Newer servers make room with these. */
static int make_room(const char *name, int file, off_t at, off_t length) {
    if (has_no_room(file, at + length))
        return ENOSPC;
    return ((int (*)(int, off_t, off_t))dlsym(RTLD_NEXT, name))(file, at, length);
}

int posix_fallocate(int file, off_t at, off_t length) { return make_room("posix_fallocate", file, at, length); }
int posix_fallocate64(int file, off_t at, off_t length) { return make_room("posix_fallocate64", file, at, length); }
