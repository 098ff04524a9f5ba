/* Loaded before the C library: counts the calls that change a file, and at the chosen one kills the process or finds the disk full.
 *
 * attack_arm(0, 0) counts only; attack_arm(n, KILL) kills at the n-th call from now, every other time in the middle of a write;
 * attack_arm(n, FULL) fails with ENOSPC from the n-th write on. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { KILL = 1, FULL = 2 };
static volatile long seen, target;
static volatile int mode;

void attack_arm(long n, int how) { seen = 0; target = n; mode = how; }
long attack_seen(void) { return seen; }

#define REAL(name) ({ static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); real; })

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

/* 1: fail with ENOSPC; 2: write half, then die */
static int step(int grows) {
    long n = __sync_add_and_fetch(&seen, 1);
    if (!target) return 0;
    if (mode == KILL && n == target) { if (grows && n % 2) return 2; die(); }
    if (mode == FULL && n >= target && grows) { errno = ENOSPC; return 1; }
    return 0;
}

static int counts(int fd) { struct stat s; return fstat(fd, &s) == 0 && S_ISREG(s.st_mode); }

ssize_t write(int fd, const void *data, size_t size) {
    if (counts(fd)) switch (step(1)) {
        case 1: return -1;
        case 2: REAL(write)(fd, data, size / 2); die();
    }
    return REAL(write)(fd, data, size);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    if (counts(fd)) switch (step(1)) {
        case 1: return -1;
        case 2: REAL(pwrite64)(fd, data, size / 2, at); die();
    }
    return REAL(pwrite64)(fd, data, size, at);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return pwrite64(fd, data, size, at); }
ssize_t sendfile64(int out, int in, off64_t *at, size_t size) {
    ssize_t (*real)(int, int, off64_t *, size_t) = dlsym(RTLD_NEXT, "sendfile64");
    if (counts(out)) switch (step(1)) {
        case 1: return -1;
        case 2: real(out, in, at, size / 2); die();
    }
    return real(out, in, at, size);
}
ssize_t sendfile(int out, int in, off_t *at, size_t size) { return sendfile64(out, in, at, size); }

#define SIMPLE(type, name, grows, parameters, arguments) \
    type name parameters { if (step(grows) == 1) return -1; return REAL(name) arguments; }
SIMPLE(int, rename, 0, (const char *a, const char *b), (a, b))
SIMPLE(int, renameat, 0, (int i, const char *a, int k, const char *b), (i, a, k, b))
SIMPLE(int, unlink, 0, (const char *a), (a))
SIMPLE(int, unlinkat, 0, (int i, const char *a, int f), (i, a, f))
SIMPLE(int, rmdir, 0, (const char *a), (a))
SIMPLE(int, mkdir, 0, (const char *a, mode_t m), (a, m))
SIMPLE(int, fsync, 0, (int fd), (fd))
SIMPLE(int, fdatasync, 0, (int fd), (fd))
SIMPLE(int, ftruncate, 0, (int fd, off_t n), (fd, n))
SIMPLE(int, ftruncate64, 0, (int fd, off64_t n), (fd, n))

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        mode_t m = 0; \
        if (flags & O_CREAT) { va_list l; va_start(l, flags); m = va_arg(l, mode_t); va_end(l); step(0); } \
        return REAL(name)(path, flags, m); \
    }
OPENS(open)
OPENS(open64)
