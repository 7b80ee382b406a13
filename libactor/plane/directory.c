/* SPDX-License-Identifier: MIT */

/*
 * Where planes lie: a directory that belongs to this user alone. What others could write there
 * would be mapped and believed by the tools, so a directory that is not ours is refused.
 *
 * A living plane holds a shared flock on its file. So a plane whose process is in another pid
 * namespace, where its pid means nothing to us, is not mistaken for one of the dead.
 */

#include "plane/plane.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <actor/plane_path.h>

#define NAMES_MAX   1000 /* planes of one process at a time */
#define PERMISSIONS 0077 /* what group and others might be allowed */

struct dead {
	char name[64];
	struct timespec changed;
};

struct dead_list {
	struct dead *dead;
	size_t count;
	size_t capacity;
};

/* <pid>-<start time>[.<n>].plane */
static bool parse_name(const char *name, uint32_t *ret_pid, uint64_t *ret_start_time)
{
	unsigned long long pid, start_time;
	char *end;

	if (name[0] < '1' || name[0] > '9' || strlen(name) >= sizeof(((struct dead *)0)->name))
		return false;
	pid = strtoull(name, &end, 10);
	if (pid > UINT32_MAX || end[0] != '-' || end[1] < '0' || end[1] > '9')
		return false;
	start_time = strtoull(end + 1, &end, 10);
	if (end[0] == '.' && end[1] >= '0' && end[1] <= '9')
		(void)strtoull(end + 1, &end, 10);
	if (strcmp(end, ACTOR_PLANE_SUFFIX) != 0)
		return false;
	*ret_pid = (uint32_t)pid;
	*ret_start_time = start_time;
	return true;
}

/* A plane made since the machine was started. One that is not finished yet counts as such. */
static bool is_of_this_boot(int fd, const uint8_t boot_id[16])
{
	struct actor_plane_header header;

	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	    header.magic != ACTOR_PLANE_MAGIC || header.ready == 0)
		return true;
	return memcmp(header.boot_id, boot_id, 16) == 0;
}

/* True when the file is a plane of ours whose process is gone; says when it last changed. */
static bool is_dead(int directory, const char *name, const uint8_t boot_id[16],
		    struct timespec *ret_changed)
{
	struct stat status;
	uint64_t start_time, found;
	uint32_t pid;
	bool dead = false;
	int fd;

	if (!parse_name(name, &pid, &start_time))
		return false;
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid()) {
		bool runs = plane_process_start(pid, &found) == 0 && found == start_time;

		dead = (!runs || !is_of_this_boot(fd, boot_id)) &&
		       flock(fd, LOCK_EX | LOCK_NB) == 0;
	}
	(void)close(fd);
	if (dead)
		*ret_changed = status.st_mtim;
	return dead;
}

static bool dead_add(struct dead_list *list, const char *name, struct timespec changed)
{
	if (list->count == list->capacity) {
		size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
		struct dead *more = realloc(list->dead, capacity * sizeof(*more));

		if (more == NULL)
			return false;
		list->dead = more;
		list->capacity = capacity;
	}
	/* parse_name() has seen that it fits. */
	assert(strlen(name) < sizeof(list->dead->name));
	memcpy(list->dead[list->count].name, name, strlen(name) + 1);
	list->dead[list->count].changed = changed;
	list->count++;
	return true;
}

/* Newest first. */
static int dead_compare(const void *left, const void *right)
{
	const struct dead *a = left;
	const struct dead *b = right;

	if (a->changed.tv_sec != b->changed.tv_sec)
		return a->changed.tv_sec < b->changed.tv_sec ? 1 : -1;
	if (a->changed.tv_nsec != b->changed.tv_nsec)
		return a->changed.tv_nsec < b->changed.tv_nsec ? 1 : -1;
	return strcmp(b->name, a->name);
}

/*
 * Removes the planes of the dead but for the newest ones. Somebody who reads one of them keeps what
 * is mapped. Failures are not reported: the next process tries again.
 */
static void remove_dead(int directory)
{
	struct dead_list list = {NULL, 0, 0};
	uint8_t boot_id[16];
	struct dirent *entry;
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy >= 0 ? fdopendir(copy) : NULL;

	if (stream == NULL) {
		if (copy >= 0)
			(void)close(copy);
		return;
	}
	plane_process_boot_id(boot_id);
	while ((entry = readdir(stream)) != NULL) {
		struct timespec changed;

		if (is_dead(directory, entry->d_name, boot_id, &changed) &&
		    !dead_add(&list, entry->d_name, changed))
			break;
	}
	(void)closedir(stream);
	if (list.count > 0)
		qsort(list.dead, list.count, sizeof(*list.dead), dead_compare);
	for (size_t i = PLANE_DEAD_KEPT; i < list.count; i++)
		(void)unlinkat(directory, list.dead[i].name, 0);
	free(list.dead);
}

/* Opens the directory, made if need be, if it is ours alone. Returns a descriptor or a status. */
static int directory_open(char *path, size_t size)
{
	int length = actor_plane_directory(path, size);
	struct stat status;
	int fd;

	if (length < 0)
		return ACTOR_EPLANE;
	/* With a slash at its end, the name of a link is the name of what it links to. */
	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return errno == EACCES || errno == EPERM ? ACTOR_EACCESS : ACTOR_EPLANE;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES || errno == ELOOP || errno == ENOTDIR ? ACTOR_EACCESS
									     : ACTOR_EPLANE;
	if (fstat(fd, &status) != 0 || status.st_uid != geteuid() ||
	    (status.st_mode & PERMISSIONS) != 0) {
		(void)close(fd);
		return ACTOR_EACCESS;
	}
	return fd;
}

/* Takes the first free name. Returns a descriptor or a status. */
static int file_open(int directory, uint64_t start_time, char *name, size_t size)
{
	for (int n = 0; n < NAMES_MAX; n++) {
		char nth[16] = "";
		int fd;

		if (n > 0)
			(void)snprintf(nth, sizeof(nth), ".%d", n);
		(void)snprintf(name, size, "%u-%llu%s" ACTOR_PLANE_SUFFIX, (unsigned)getpid(),
			       (unsigned long long)start_time, nth);
		fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return errno == EACCES ? ACTOR_EACCESS : ACTOR_EPLANE;
	}
	return ACTOR_EPLANE;
}

int plane_file_create(struct plane *plane, uint64_t start_time)
{
	char path[PATH_MAX];
	char name[64];
	int directory = directory_open(path, sizeof(path));
	int length;
	int fd;

	if (directory < 0)
		return directory;
	remove_dead(directory);
	fd = file_open(directory, start_time, name, sizeof(name));
	if (fd >= 0) {
		length = snprintf(plane->path, sizeof(plane->path), "%s/%s", path, name);
		if (length < 0 || (size_t)length >= sizeof(plane->path) || fchmod(fd, 0600) != 0) {
			plane->path[0] = '\0';
			(void)unlinkat(directory, name, 0);
			(void)close(fd);
			fd = ACTOR_EPLANE;
		}
	}
	(void)close(directory);
	if (fd < 0)
		return fd;
	/* Fails where the file system knows no locks; then the pid alone tells that it lives. */
	(void)flock(fd, LOCK_SH | LOCK_NB);
	plane->fd = fd;
	return 0;
}
