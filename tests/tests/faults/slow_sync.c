/* Makes a process's syncs slow or fail, as the file that LACRE_TEST_SYNC names says: milliseconds, or `fail`. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int spoiled(void) {
    const char *path = getenv("LACRE_TEST_SYNC");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) return 0;
    char text[32] = {0};
    size_t read = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    if (read == 0) return 0;
    if (strncmp(text, "fail", 4) == 0) return 1;
    long ms = atol(text);
    struct timespec wait = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&wait, NULL);
    return 0;
}

static int sync_by(const char *name, int fd) {
    if (spoiled()) {
        errno = EIO;
        return -1;
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }
