/* SPDX-License-Identifier: MIT */
#include "attach/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tracer/attach.h>

/* Files looked at in one directory; what lies beyond is not a directory of planes. */
#define FILES_MAX 65536

/* Reads a small file of /proc. Returns its length, always below `size`. */
static int read_small(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	int result = 0;

	if (fd < 0)
		return -errno;
	while (used < size - 1) {
		ssize_t got = read(fd, text + used, size - 1 - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			result = -errno;
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	close(fd);
	if (result < 0)
		return result;
	text[used] = '\0';
	return (int)used;
}

/* Fields 3 (state) and 22 (start time) of /proc/PID/stat. */
static int process_stat(uint32_t pid, char *ret_state, uint64_t *ret_start_time)
{
	char path[32], text[1024], *field, *end;
	uint64_t start_time;
	char state;
	int result;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	result = read_small(path, text, sizeof(text));
	if (result < 0)
		return -ESRCH;
	/* Field 2, the name, may hold anything, brackets and spaces too; the last one ends it. */
	field = strrchr(text, ')');
	if (field == NULL || field[1] != ' ' || field[2] == '\0')
		return -ESRCH;
	state = field[2];
	field += 2;
	for (int i = 3; i < 22; i++) {
		field = strchr(field, ' ');
		if (field == NULL)
			return -ESRCH;
		field++;
	}
	errno = 0;
	start_time = strtoull(field, &end, 10);
	if (end == field || errno != 0)
		return -ESRCH;
	*ret_state = state;
	*ret_start_time = start_time;
	return 0;
}

/* A process whose first thread has exited looks like a zombie while its other threads go on. */
static bool process_has_threads(uint32_t pid)
{
	char path[32];
	const struct dirent *entry;
	bool found = false;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	tasks = opendir(path);
	if (tasks == NULL)
		return false;
	while (!found && (entry = readdir(tasks)) != NULL) {
		unsigned long tid = strtoul(entry->d_name, NULL, 10);

		found = tid != 0 && tid != pid;
	}
	closedir(tasks);
	return found;
}

int process_start_time(uint32_t pid, uint64_t *ret_start_time)
{
	uint64_t start_time;
	char state;
	int result = process_stat(pid, &state, &start_time);

	if (result < 0)
		return result;
	*ret_start_time = start_time;
	return 0;
}

bool process_lives(uint32_t pid, uint64_t start_time)
{
	uint64_t found;
	char state;

	if (process_stat(pid, &state, &found) < 0 || found != start_time)
		return false;
	return (state != 'Z' && state != 'X') || process_has_threads(pid);
}

int process_boot_id(uint8_t ret_id[16])
{
	char text[64];
	uint8_t id[16];
	size_t digits = 0;
	int result = read_small("/proc/sys/kernel/random/boot_id", text, sizeof(text));

	if (result < 0)
		return result;
	for (const char *c = text; *c != '\0' && *c != '\n'; c++) {
		static const char hex[] = "0123456789abcdef";
		const char *digit;

		if (*c == '-')
			continue;
		digit = strchr(hex, *c);
		if (digit == NULL || digits == 32)
			return -EINVAL;
		if (digits % 2 == 0)
			id[digits / 2] = 0;
		id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | (digit - hex));
		digits++;
	}
	if (digits != 32)
		return -EINVAL;
	memcpy(ret_id, id, sizeof(id));
	return 0;
}

/* A decimal number of 1 to 20 digits and no other sign; moves *text behind it. */
static int parse_number(const char **text, uint64_t max, uint64_t *ret_number)
{
	const char *c = *text;
	uint64_t number = 0;

	if (*c < '0' || *c > '9')
		return -EINVAL;
	for (; *c >= '0' && *c <= '9'; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (number > (max - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	*text = c;
	*ret_number = number;
	return 0;
}

int plane_name_parse(const char *name, struct plane_name *ret_name)
{
	uint64_t pid, start_time, nth = 0;

	if (strlen(name) >= sizeof(((struct plane_file *)NULL)->name))
		return -EINVAL;
	if (parse_number(&name, INT32_MAX, &pid) < 0 || pid == 0 || *name++ != '-')
		return -EINVAL;
	if (parse_number(&name, UINT64_MAX, &start_time) < 0)
		return -EINVAL;
	if (name[0] == '.' && name[1] >= '0' && name[1] <= '9') {
		name++;
		if (parse_number(&name, UINT32_MAX, &nth) < 0)
			return -EINVAL;
	}
	if (strcmp(name, ACTOR_PLANE_SUFFIX) != 0)
		return -EINVAL;
	ret_name->pid = (uint32_t)pid;
	ret_name->nth = (uint32_t)nth;
	ret_name->start_time = start_time;
	return 0;
}

static int compare_files(const void *left, const void *right)
{
	const struct plane_name *a = &((const struct plane_file *)left)->id;
	const struct plane_name *b = &((const struct plane_file *)right)->id;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->start_time != b->start_time)
		return a->start_time < b->start_time ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

int plane_files_list(const char *directory, struct plane_file **ret_files, size_t *ret_count)
{
	struct plane_file *files = NULL;
	size_t count = 0, room = 0;
	const struct dirent *entry;
	DIR *planes = opendir(directory);

	if (planes == NULL && errno != ENOENT)
		return -errno;
	while (planes != NULL && count < FILES_MAX && (entry = readdir(planes)) != NULL) {
		struct plane_name id;

		if (plane_name_parse(entry->d_name, &id) < 0)
			continue;
		if (count == room) {
			struct plane_file *more;

			room = room == 0 ? 16 : room * 2;
			more = realloc(files, room * sizeof(*files));
			if (more == NULL) {
				free(files);
				closedir(planes);
				return -ENOMEM;
			}
			files = more;
		}
		files[count].id = id;
		/* plane_name_parse has refused names that do not fit. */
		memcpy(files[count].name, entry->d_name, strlen(entry->d_name) + 1);
		count++;
	}
	if (planes != NULL)
		closedir(planes);
	if (count > 1)
		qsort(files, count, sizeof(*files), compare_files);
	*ret_files = files;
	*ret_count = count;
	return 0;
}
