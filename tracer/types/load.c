/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A whole file of BTF. */
static int read_file(const char *path, void **ret_bytes, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat file;
	size_t size = 0;
	char *bytes;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_size > TYPES_DATA_MAX) {
		close(fd);
		return -EBADMSG;
	}
	bytes = malloc((size_t)file.st_size + 1);
	while (bytes != NULL && size < (size_t)file.st_size) {
		ssize_t got = read(fd, bytes + size, (size_t)file.st_size - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		size += (size_t)got;
	}
	close(fd);
	if (bytes == NULL)
		return -ENOMEM;
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}

/* The build that a file of types says it was made of; "" where it does not say. */
static const char *build_of(const struct types *types)
{
	for (uint32_t id = types->count; id > 0; id--) {
		const struct btf_type *type = types_type(types, id);
		const char *name = types_string(types, type->name_off);

		if (btf_is_fwd(type) &&
		    strncmp(name, TYPES_BUILD_PREFIX, strlen(TYPES_BUILD_PREFIX)) == 0)
			return name + strlen(TYPES_BUILD_PREFIX);
	}
	return "";
}

static int open_detached(const char *path, const char *build_id, struct types **ret_types,
			 char *error, size_t error_size)
{
	struct types *types = NULL;
	char why[256];
	void *bytes = NULL;
	size_t size = 0;
	int status = read_file(path, &bytes, &size);

	if (status != 0) {
		snprintf(error, error_size, "%s cannot be read: %s", path, strerror(-status));
		return status;
	}
	status = types_parse(bytes, size, &types, why, sizeof(why));
	free(bytes);
	if (status != 0) {
		snprintf(error, error_size, "%s: %s", path, why);
		return status;
	}
	if (build_id[0] != '\0' && build_of(types)[0] != '\0' &&
	    strcmp(build_of(types), build_id) != 0) {
		types_close(types);
		snprintf(error, error_size,
			 "%s was made of another build of the program; make it anew with "
			 "actor-trace types",
			 path);
		return -ESTALE;
	}
	*ret_types = types;
	return 0;
}

/* `file` is what is read, `name` what it is called in front of people. */
static int open_program(const char *file, const char *name, const char *const *detached,
			size_t count, struct types **ret_types, char *error, size_t error_size)
{
	struct types_elf elf;
	char why[256];
	int status = types_elf_read(file, &elf);

	if (status != 0) {
		snprintf(error, error_size, "%s cannot be read: %s", name,
			 status == -EBADMSG ? "it is damaged" : strerror(-status));
		return status;
	}
	if (elf.btf != NULL) {
		status = types_parse(elf.btf, elf.btf_size, ret_types, why, sizeof(why));
		free(elf.btf);
		if (status != 0)
			snprintf(error, error_size, "%s: %s", name, why);
		return status;
	}
	if (!elf.is_elf)
		return open_detached(file, "", ret_types, error, error_size);
	for (size_t i = 0; i < count; i++) {
		if (access(detached[i], F_OK) == 0)
			return open_detached(detached[i], elf.build_id, ret_types, error,
					     error_size);
	}
	if (elf.has_dwarf)
		snprintf(error, error_size, "%s has no types yet; get them: actor-trace types %s",
			 name, name);
	else
		snprintf(error, error_size,
			 "%s has no types, and no debugging information to make them of; build it "
			 "with -g, then: actor-trace types %s",
			 name, name);
	return -ENOENT;
}

int types_open(const char *path, struct types **ret_types, char *error, size_t error_size)
{
	char detached[PATH_MAX];
	const char *places[] = {detached};

	snprintf(detached, sizeof(detached), "%s.btf", path);
	return open_program(path, path, places, 1, ret_types, error, error_size);
}

int types_open_process(uint32_t pid, const char *program, struct types **ret_types, char *error,
		       size_t error_size)
{
	static const char deleted[] = " (deleted)";
	char file[64];
	char name[PATH_MAX + 1];
	char inside[2 * PATH_MAX];
	char outside[PATH_MAX + 8];
	const char *places[] = {inside, outside};
	ssize_t length;

	snprintf(file, sizeof(file), "/proc/%u/exe", pid);
	length = readlink(file, name, sizeof(name) - 1);
	if (length < 0) {
		int status = -errno;

		snprintf(error, error_size, "the program of process %u cannot be found: %s", pid,
			 strerror(errno));
		return status;
	}
	name[length] = '\0';
	if ((size_t)length > strlen(deleted) &&
	    strcmp(name + length - strlen(deleted), deleted) == 0)
		name[(size_t)length - strlen(deleted)] = '\0';
	if (program == NULL || program[0] != '/')
		program = name;
	snprintf(inside, sizeof(inside), "/proc/%u/root%s.btf", pid, program);
	snprintf(outside, sizeof(outside), "%s.btf", name);
	return open_program(file, name, places, 2, ret_types, error, error_size);
}
