/*
 * Preloaded into a storage engine. Writes down, in order, every change to the files under TIERCEL_DISK_DIR and every flush of them, into
 * the file TIERCEL_DISK_LOG; src/disk.ts makes of that what a power cut would have left. TIERCEL_DISK_CUT=N ends the engine by SIGKILL at
 * the N-th point where power could fail: before and after each change, before and after each flush. TIERCEL_DISK_LIES=1 makes a disk
 * that says it flushed and did not.
 *
 * A change is written down after it was made and before its caller goes on, so that a flush covers what had returned when it began and
 * nothing else. Changes and the cut exclude one another, so that nothing was made that is not written down.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITTEN = 'W', RESIZED = 'R', BEGUN = 'B', FLUSHED = 'F', GONE = 'G' };

/* One line of the log, in the byte order of the machine; the bytes that were written follow it. */
struct line {
  uint8_t kind, lasting; /* lasting: flushed as it was written (O_DSYNC) */
  uint16_t unused;
  uint32_t bytes;
  uint64_t file; /* inode */
  uint64_t at;   /* offset, new size, or number of the flush */
};

static char dir[4096];
static size_t dir_chars;
static int log_fd = -1, lies;
static long cut, points;
static uint64_t flushes;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void) { pthread_mutex_lock(&mutex); }
static void unlock(void) { pthread_mutex_unlock(&mutex); }

/* A child shares the disk, goes when its parent goes, and has no cut of its own. */
static void in_child(void) {
  unlock();
  cut = 0;
  flushes = (uint64_t)getpid() << 32;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

__attribute__((constructor)) static void start(void) {
  const char *where = getenv("TIERCEL_DISK_DIR"), *log = getenv("TIERCEL_DISK_LOG"), *at = getenv("TIERCEL_DISK_CUT");
  if (!where || !log) return;
  dir_chars = (size_t)snprintf(dir, sizeof dir, "%s/", where);
  cut = at ? atol(at) : 0;
  lies = getenv("TIERCEL_DISK_LIES") != NULL;
  flushes = (uint64_t)getpid() << 32;
  int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 800);
  close(fd);
  pthread_atfork(lock, unlock, in_child);
}

static void fail(const char *what) {
  fprintf(stderr, "disk shim: %s: %s\n", what, strerror(errno));
  abort();
}

static void note(enum kind kind, int lasting, uint64_t file, uint64_t at, const void *bytes, size_t count) {
  struct line line = {.kind = (uint8_t)kind, .lasting = (uint8_t)lasting, .bytes = (uint32_t)count, .file = file, .at = at};
  struct iovec parts[2] = {{&line, sizeof line}, {(void *)bytes, count}};
  if (syscall(SYS_writev, log_fd, parts, count ? 2 : 1) != (long)(sizeof line + count)) fail("log");
}

/* Called with the lock held. */
static void may_cut(void) {
  if (cut && ++points == cut) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
  }
}

/* Whether the file is on the disk that is watched, and which one it is. */
static int is_watched(int fd, struct stat *file) {
  char link[64], path[4096];
  if (log_fd < 0 || fd < 0) return 0;
  int kept = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t chars = readlink(link, path, sizeof path - 1);
  int found = 0;
  if (chars > (ssize_t)dir_chars && memcmp(path, dir, dir_chars) == 0) {
    path[chars] = 0;
    found = !strstr(path, " (deleted)") && fstat(fd, file) == 0 && S_ISREG(file->st_mode);
  }
  errno = kept;
  return found;
}

/* How far each file has been written down; what stdio writes goes past us and is seen at the next flush. */
enum { FILES = 256 };
static struct { uint64_t file, end; } known[FILES];

static uint64_t *end_of(uint64_t file) {
  static int next;
  for (int n = 0; n < FILES; n++)
    if (known[n].file == file) return &known[n].end;
  int n = next++ % FILES;
  known[n].file = file;
  known[n].end = 0;
  return &known[n].end;
}

static void note_unseen(int fd, uint64_t file) {
  struct stat now;
  uint64_t *end = end_of(file);
  static char bytes[1 << 16];
  if (fstat(fd, &now)) fail("fstat");
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd); /* ours may be open for writing only */
  int from = *end < (uint64_t)now.st_size ? (int)syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC) : -1;
  while (*end < (uint64_t)now.st_size) {
    long count = syscall(SYS_pread64, from, bytes, sizeof bytes, (long)*end);
    if (count <= 0) fail("pread");
    note(WRITTEN, 0, file, *end, bytes, (size_t)count);
    *end += (uint64_t)count;
  }
  if (from >= 0) close(from);
}

static void note_written(int fd, uint64_t file, const struct iovec *parts, int count, uint64_t at, size_t written) {
  int lasting = (fcntl(fd, F_GETFL) & O_DSYNC) != 0 && !lies;
  for (int n = 0; n < count && written > 0; n++) {
    size_t bytes = parts[n].iov_len < written ? parts[n].iov_len : written;
    note(WRITTEN, lasting, file, at, parts[n].iov_base, bytes);
    at += bytes;
    written -= bytes;
  }
  uint64_t *end = end_of(file);
  if (at > *end) *end = at;
}

/* Writes at `at`, or where the file stands when that is -1. */
static ssize_t written(int fd, const struct iovec *parts, int count, off_t at) {
  struct stat file;
  if (!is_watched(fd, &file)) {
    return at < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, at, 0);
  }
  lock();
  may_cut();
  ssize_t bytes = at < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, at, 0);
  int kept = errno;
  if (bytes > 0) {
    uint64_t from = (uint64_t)(at < 0 ? lseek(fd, 0, SEEK_CUR) - bytes : at);
    note_written(fd, file.st_ino, parts, count, from, (size_t)bytes);
  }
  may_cut();
  unlock();
  errno = kept;
  return bytes;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  struct iovec part = {(void *)bytes, count};
  struct stat file;
  return is_watched(fd, &file) ? written(fd, &part, 1, -1) : syscall(SYS_write, fd, bytes, count);
}
ssize_t writev(int fd, const struct iovec *parts, int count) { return written(fd, parts, count, -1); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  struct iovec part = {(void *)bytes, count};
  return written(fd, &part, 1, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return written(fd, parts, count, at); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return written(fd, parts, count, at); }

static void note_resized(uint64_t file, uint64_t size) {
  note(RESIZED, 0, file, size, NULL, 0);
  *end_of(file) = size;
}

int ftruncate64(int fd, off64_t size) {
  struct stat file;
  if (!is_watched(fd, &file)) return (int)syscall(SYS_ftruncate, fd, size);
  lock();
  may_cut();
  int failed = (int)syscall(SYS_ftruncate, fd, size);
  if (!failed) note_resized(file.st_ino, (uint64_t)size);
  may_cut();
  unlock();
  return failed;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int opened(int at, const char *path, int flags, mode_t mode) {
  struct stat file;
  if (!(flags & O_TRUNC) || log_fd < 0) return (int)syscall(SYS_openat, at, path, flags, mode);
  lock();
  int fd = (int)syscall(SYS_openat, at, path, flags, mode);
  if (is_watched(fd, &file)) note_resized(file.st_ino, 0);
  unlock();
  return fd;
}

#define MODE_OF(flags, mode)                       \
  mode_t mode = 0;                                 \
  if ((flags) & (O_CREAT | __O_TMPFILE)) {         \
    va_list rest;                                  \
    va_start(rest, flags);                         \
    mode = va_arg(rest, mode_t);                   \
    va_end(rest);                                  \
  }
int open(const char *path, int flags, ...) { MODE_OF(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags, mode) return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int at, const char *path, int flags, ...) { MODE_OF(flags, mode) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_OF(flags, mode) return opened(at, path, flags | O_LARGEFILE, mode); }

static int flushed(int fd, long call) {
  struct stat file;
  if (!is_watched(fd, &file)) return (int)syscall(call, fd);
  lock();
  may_cut();
  uint64_t number = ++flushes;
  note_unseen(fd, file.st_ino);
  note(BEGUN, 0, file.st_ino, number, NULL, 0);
  unlock();
  int failed = lies ? 0 : (int)syscall(call, fd), kept = errno;
  lock();
  if (!failed && !lies) note(FLUSHED, 0, file.st_ino, number, NULL, 0);
  may_cut();
  unlock();
  errno = kept;
  return failed;
}
int fsync(int fd) { return flushed(fd, SYS_fsync); }
int fdatasync(int fd) { return flushed(fd, SYS_fdatasync); }

/* The number of a file that goes may be given to another. Names count as they are at the cut: those a file system keeps in its journal. */
static uint64_t about_to_go(int at, const char *path) {
  struct stat file;
  int fd = log_fd < 0 ? -1 : (int)syscall(SYS_openat, at, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  uint64_t number = fd >= 0 && is_watched(fd, &file) ? file.st_ino : 0;
  if (fd >= 0) close(fd);
  return number;
}

static int removed(int at, const char *path, int flags) {
  uint64_t file = about_to_go(at, path);
  if (file) lock();
  int failed = (int)syscall(SYS_unlinkat, at, path, flags);
  if (file && !failed) {
    note(GONE, 0, file, 0, NULL, 0);
    *end_of(file) = 0;
  }
  if (file) unlock();
  return failed;
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return removed(at, path, flags); }

static int renamed(int from_at, const char *from, int to_at, const char *to) {
  uint64_t replaced = about_to_go(to_at, to);
  if (replaced) lock();
  int failed = (int)syscall(SYS_renameat2, from_at, from, to_at, to, 0);
  if (replaced && !failed) {
    note(GONE, 0, replaced, 0, NULL, 0);
    *end_of(replaced) = 0;
  }
  if (replaced) unlock();
  return failed;
}
int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int from_at, const char *from, int to_at, const char *to) { return renamed(from_at, from, to_at, to); }
