/* Counts what git-data does to files, and stops it at one of these steps, lets one fail, or writes all of them down.
 *
 * Loaded into every program (LD_PRELOAD), at work in git-data's own processes only, for paths below STEPS_BELOW:
 *   STEPS_COUNT      a file of 8 bytes, shared by all of them: how many steps there were
 *   STEPS_AT         the number of the step at which the process is killed, before it is done; of a write half is done
 *   STEPS_GROUP      if set, all processes of the group are killed with it, Git too
 *   STEPS_WRITES     if set, writes are steps, too
 *   STEPS_LOG        a file to which each step that went well is appended
 *   STEPS_FAIL       OPERATION:PART OF A PATH:ERROR NUMBER; such steps fail so. Operation `short`: writes are short
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define PATH (PATH_MAX + NAME_MAX + 2)

static int ours, log_file = -1, writes, group;
static long stop_at;
static int64_t *counter, own_counter;
static char below[PATH_MAX], fail_what[32], fail_path[PATH_MAX];
static int fail_error;
static pthread_mutex_t one_by_one = PTHREAD_MUTEX_INITIALIZER;

static void start(void)
{
	char exe[PATH_MAX] = "", words[4096] = "";
	const char *value;
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0 || !strstr(exe, "python"))
		return;
	int file = NEXT(open)("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t size = file < 0 ? 0 : read(file, words, sizeof(words) - 1);
	if (file >= 0)
		close(file);
	for (ssize_t place = 0; place < size; place++)
		if (!words[place])
			words[place] = ' ';
	if (!strstr(words, "git-data") && !strstr(words, "gitdata"))
		return;
	value = getenv("STEPS_BELOW");
	if (!value)
		return;
	strncpy(below, value, sizeof(below) - 1);
	writes = getenv("STEPS_WRITES") != NULL;
	group = getenv("STEPS_GROUP") != NULL;
	counter = &own_counter;
	if ((value = getenv("STEPS_COUNT"))) {
		file = NEXT(open)(value, O_RDWR | O_CLOEXEC);
		void *shared = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		if (shared != MAP_FAILED)
			counter = shared;
		if (file >= 0)
			close(file);
	}
	if ((value = getenv("STEPS_AT")))
		stop_at = atol(value);
	if ((value = getenv("STEPS_LOG")))
		log_file = NEXT(open)(value, O_WRONLY | O_APPEND | O_CLOEXEC);
	if ((value = getenv("STEPS_FAIL")))
		sscanf(value, "%31[^:]:%4095[^:]:%d", fail_what, fail_path, &fail_error);
	ours = 1;
}

__attribute__((constructor)) static void loaded(void) { start(); }

static void absolute(int at, const char *path, char *found)
{
	char link[64];
	ssize_t size = 0;
	if (path[0] == '/') {
		snprintf(found, PATH, "%s", path);
		return;
	}
	if (at == AT_FDCWD) {
		if (getcwd(found, PATH_MAX))
			size = strlen(found);
	} else {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", at);
		size = readlink(link, found, PATH_MAX - 1);
	}
	if (size <= 0)
		size = 0;
	snprintf(found + size, PATH - size, "/%s", path);
}

static void of_file(int fd, char *found)
{
	char link[64];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, found, PATH_MAX - 1);
	found[size > 0 ? size : 0] = 0;
	char *gone = strstr(found, " (deleted)");
	if (gone)
		*gone = 0;
}

static int concerns(const char *path) { return ours && !strncmp(path, below, strlen(below)); }

/* Whether the step has to fail; the process may end here. */
static int fails(const char *what, const char *path)
{
	if (fail_error && !strcmp(fail_what, what) && strstr(path, fail_path)) {
		errno = fail_error;
		return 1;
	}
	return 0;
}

static int is_last(void) { return __sync_add_and_fetch(counter, 1) == stop_at; }

static void die(void)
{
	kill(group ? 0 : getpid(), SIGKILL);
	for (;;)
		pause();
}

static void note(const char *what, const char *path, const char *other, long long number, const void *data, size_t size)
{
	if (log_file < 0)
		return;
	int before = errno;
	char head[3 * PATH];
	int length = snprintf(head + 4, sizeof(head) - 4, "%d %s", getpid(), what) + 1;
	length += snprintf(head + 4 + length, sizeof(head) - 4 - length, "%s", path) + 1;
	length += snprintf(head + 4 + length, sizeof(head) - 4 - length, "%s", other) + 1;
	length += snprintf(head + 4 + length, sizeof(head) - 4 - length, "%lld", number) + 1;
	uint32_t total = length + size;
	memcpy(head, &total, 4);
	struct iovec parts[2] = {{head, length + 4}, {(void *)data, size}};
	if (writev(log_file, parts, 2) < 0)
		abort();
	errno = before;
}

#define STEP(what, path, other, number, call) \
	do { \
		if (!concerns(path)) \
			return call; \
		if (fails(what, path)) \
			return -1; \
		if (is_last()) \
			die(); \
		pthread_mutex_lock(&one_by_one); \
		int result = call; \
		if (result >= 0) \
			note(what, path, other, number, NULL, 0); \
		pthread_mutex_unlock(&one_by_one); \
		return result; \
	} while (0)

int renameat(int oldat, const char *old, int newat, const char *new)
{
	char from[PATH], to[PATH];
	absolute(oldat, old, from), absolute(newat, new, to);
	STEP("rename", to, from, 0, NEXT(renameat)(oldat, old, newat, new));
}

int rename(const char *old, const char *new)
{
	char from[PATH], to[PATH];
	absolute(AT_FDCWD, old, from), absolute(AT_FDCWD, new, to);
	STEP("rename", to, from, 0, NEXT(rename)(old, new));
}

int linkat(int oldat, const char *old, int newat, const char *new, int flags)
{
	char from[PATH], to[PATH];
	absolute(oldat, old, from), absolute(newat, new, to);
	STEP("link", to, from, 0, NEXT(linkat)(oldat, old, newat, new, flags));
}

int link(const char *old, const char *new)
{
	char from[PATH], to[PATH];
	absolute(AT_FDCWD, old, from), absolute(AT_FDCWD, new, to);
	STEP("link", to, from, 0, NEXT(link)(old, new));
}

int symlinkat(const char *target, int at, const char *new)
{
	char to[PATH];
	absolute(at, new, to);
	STEP("symlink", to, target, 0, NEXT(symlinkat)(target, at, new));
}

int symlink(const char *target, const char *new)
{
	char to[PATH];
	absolute(AT_FDCWD, new, to);
	STEP("symlink", to, target, 0, NEXT(symlink)(target, new));
}

int unlinkat(int at, const char *name, int flags)
{
	char path[PATH];
	absolute(at, name, path);
	STEP(flags & AT_REMOVEDIR ? "rmdir" : "unlink", path, "", 0, NEXT(unlinkat)(at, name, flags));
}

int unlink(const char *name)
{
	char path[PATH];
	absolute(AT_FDCWD, name, path);
	STEP("unlink", path, "", 0, NEXT(unlink)(name));
}

int rmdir(const char *name)
{
	char path[PATH];
	absolute(AT_FDCWD, name, path);
	STEP("rmdir", path, "", 0, NEXT(rmdir)(name));
}

int mkdirat(int at, const char *name, mode_t mode)
{
	char path[PATH];
	absolute(at, name, path);
	STEP("mkdir", path, "", 0, NEXT(mkdirat)(at, name, mode));
}

int mkdir(const char *name, mode_t mode)
{
	char path[PATH];
	absolute(AT_FDCWD, name, path);
	STEP("mkdir", path, "", 0, NEXT(mkdir)(name, mode));
}

#define ON_FILE(what, number, call) \
	char path[PATH]; \
	of_file(fd, path); \
	STEP(what, path, "", number, call)

int fsync(int fd) { ON_FILE("sync", 0, NEXT(fsync)(fd)); }
int fdatasync(int fd) { ON_FILE("sync", 0, NEXT(fdatasync)(fd)); }
int ftruncate(int fd, off_t size) { ON_FILE("truncate", size, NEXT(ftruncate)(fd, size)); }
int ftruncate64(int fd, off64_t size) { ON_FILE("truncate", size, NEXT(ftruncate64)(fd, size)); }

#define OPEN(at, call, ...) \
	{ \
		char path[PATH]; \
		mode_t mode = 0; \
		if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
			va_list rest; \
			va_start(rest, flags); \
			mode = va_arg(rest, mode_t); \
			va_end(rest); \
		} \
		if (!ours) \
			return NEXT(call)(__VA_ARGS__, flags, mode); \
		absolute(at, name, path); \
		if (concerns(path) && fails("open", path)) \
			return -1; \
		if (!(flags & (O_CREAT | O_TRUNC))) \
			return NEXT(call)(__VA_ARGS__, flags, mode); \
		STEP("create", path, flags & O_TRUNC ? "anew" : "", 0, NEXT(call)(__VA_ARGS__, flags, mode)); \
	}

int open(const char *name, int flags, ...) OPEN(AT_FDCWD, open, name)
int open64(const char *name, int flags, ...) OPEN(AT_FDCWD, open64, name)
int openat(int at, const char *name, int flags, ...) OPEN(at, openat, at, name)
int openat64(int at, const char *name, int flags, ...) OPEN(at, openat64, at, name)

static ssize_t written(int fd, const void *data, size_t size, off64_t offset)
{
	return offset < 0 ? NEXT(write)(fd, data, size) : NEXT(pwrite64)(fd, data, size, offset);
}

static ssize_t do_write(int fd, const void *data, size_t size, off64_t offset)
{
	char path[PATH];
	if (ours)
		of_file(fd, path);
	if (!ours || !concerns(path))
		return written(fd, data, size, offset);
	if (fails("write", path))
		return -1;
	if (fails("short", path) && size > 1)
		size = size / 2;
	if (writes && is_last()) {
		written(fd, data, size / 2, offset);
		die();
	}
	pthread_mutex_lock(&one_by_one);
	off64_t place = offset >= 0 ? offset : lseek64(fd, 0, SEEK_CUR);
	if (offset < 0 && (fcntl(fd, F_GETFL) & O_APPEND))
		place = lseek64(fd, 0, SEEK_END);
	ssize_t result = written(fd, data, size, offset);
	if (result > 0)
		note("write", path, "", place, data, result);
	pthread_mutex_unlock(&one_by_one);
	return result;
}

ssize_t write(int fd, const void *data, size_t size) { return do_write(fd, data, size, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return do_write(fd, data, size, offset); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) { return do_write(fd, data, size, offset); }

#define READ(call, ...) \
	{ \
		char path[PATH]; \
		if (ours && fail_error && !strcmp(fail_what, "read")) { \
			of_file(fd, path); \
			if (concerns(path) && fails("read", path)) \
				return -1; \
		} \
		return NEXT(call)(fd, data, size, ##__VA_ARGS__); \
	}

ssize_t read(int fd, void *data, size_t size) READ(read)
ssize_t pread(int fd, void *data, size_t size, off_t offset) READ(pread, offset)
ssize_t pread64(int fd, void *data, size_t size, off64_t offset) READ(pread64, offset)
