/* For LD_PRELOAD: a network share whose server is gone. Who asks about a path with FAKE_SHARE in it waits five minutes;
 * so does who asks for a process's command line where FAKE_SHARE is "cmdline".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void hang(const char *path) {
    const char *gone = getenv("FAKE_SHARE");
    if (gone && path && strstr(path, gone)) sleep(300);
}

#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))

int stat(const char *path, struct stat *found) {
    hang(path);
    return NEXT("stat", int (*)(const char *, struct stat *))(path, found);
}

int stat64(const char *path, struct stat64 *found) {
    hang(path);
    return NEXT("stat64", int (*)(const char *, struct stat64 *))(path, found);
}

int statvfs(const char *path, struct statvfs *found) {
    hang(path);
    return NEXT("statvfs", int (*)(const char *, struct statvfs *))(path, found);
}

int statvfs64(const char *path, struct statvfs64 *found) {
    hang(path);
    return NEXT("statvfs64", int (*)(const char *, struct statvfs64 *))(path, found);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    hang(path);
    return NEXT("open64", int (*)(const char *, int, ...))(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    hang(path);
    return NEXT("open", int (*)(const char *, int, ...))(path, flags, mode);
}
