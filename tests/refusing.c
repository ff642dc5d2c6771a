/* A file system that knows less: refuses what REFUSE names, as network and FUSE file systems do. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int refused(const char *what)
{
	const char *all = getenv("REFUSE");
	return all && strstr(all, what);
}

static int no(int error)
{
	errno = error;
	return -1;
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

int flock(int fd, int operation)
{
	return refused("flock") ? no(refused("lustre") ? ENOSYS : ENOLCK) : NEXT(flock)(fd, operation);
}

void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	if (refused("mmap") && fd >= 0 && (flags & MAP_SHARED) && (protection & PROT_WRITE)) {
		errno = ENODEV;
		return MAP_FAILED;
	}
	return NEXT(mmap)(at, length, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off64_t offset)
{
	return mmap(at, length, protection, flags, fd, offset);
}

int link(const char *old, const char *new)
{
	return refused("link") ? no(EPERM) : NEXT(link)(old, new);
}

int linkat(int olddir, const char *old, int newdir, const char *new, int flags)
{
	return refused("link") ? no(EOPNOTSUPP) : NEXT(linkat)(olddir, old, newdir, new, flags);
}

int renameat2(int olddir, const char *old, int newdir, const char *new, unsigned int flags)
{
	return refused("renameat2") ? no(EINVAL) : NEXT(renameat2)(olddir, old, newdir, new, flags);
}

/* Where permissions cannot be changed they are those of the mount: git-data's files, not Git's, which cannot do without. */
static int is_ours(const char *path)
{
	return path && (strstr(path, "gitdata/") || strstr(path, "bucket/")) && !strstr(path, "/hooks");
}

int chmod(const char *path, mode_t mode)
{
	return refused("modes") && is_ours(path) ? no(EPERM) : NEXT(chmod)(path, mode);
}

int fchmodat(int at, const char *path, mode_t mode, int flags)
{
	return refused("modes") && is_ours(path) ? no(EPERM) : NEXT(fchmodat)(at, path, mode, flags);
}

int fchmod(int fd, mode_t mode)
{
	char link[64], path[4096] = "";
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) < 0)
		path[0] = 0;
	return refused("modes") && is_ours(path) ? no(EPERM) : NEXT(fchmod)(fd, mode);
}

static int is_folder(int fd)
{
	struct stat seen;
	return fstat(fd, &seen) == 0 && S_ISDIR(seen.st_mode);
}

int fsync(int fd)
{
	return refused("fsync") && is_folder(fd) ? no(EINVAL) : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
	return refused("fsync") && is_folder(fd) ? no(EINVAL) : NEXT(fdatasync)(fd);
}

#define OPEN(name, ...) \
	{ \
		mode_t mode = 0; \
		if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
			va_list rest; \
			va_start(rest, flags); \
			mode = va_arg(rest, mode_t); \
			va_end(rest); \
		} \
		if (refused("tmpfile") && (flags & O_TMPFILE) == O_TMPFILE) \
			return no(EOPNOTSUPP); \
		return NEXT(name)(__VA_ARGS__, flags, mode); \
	}

int open(const char *path, int flags, ...) OPEN(open, path)
int open64(const char *path, int flags, ...) OPEN(open64, path)
int openat(int at, const char *path, int flags, ...) OPEN(openat, at, path)
int openat64(int at, const char *path, int flags, ...) OPEN(openat64, at, path)

static int is_lock(int command)
{
	return command == F_SETLK || command == F_SETLKW || command == F_GETLK || command == F_OFD_SETLK ||
	       command == F_OFD_SETLKW;
}

int fcntl(int fd, int command, ...)
{
	va_list rest;
	va_start(rest, command);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	return refused("records") && is_lock(command) ? no(ENOLCK) : NEXT(fcntl)(fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
	va_list rest;
	va_start(rest, command);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	return refused("records") && is_lock(command) ? no(ENOLCK) : NEXT(fcntl64)(fd, command, argument);
}
