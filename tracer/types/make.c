/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

/*
 * Types of a program's debugging information: pahole makes them. Its floats are integers unless it
 * is told otherwise.
 */

/* What is written in C++, such as a sanitizer's part of a program, has what BTF cannot say. */
#define WITHOUT_CPP "--lang_exclude=c++,c++03,c++11,c++14"

/*
 * Runs pahole, with one more option if there is one; the first line of what it says goes to `said`.
 * Returns its exit status.
 */
static int run_pahole(const char *program, const char *output, const char *more, char *said,
		      size_t said_size)
{
	char option[PATH_MAX + 32];
	int channel[2];
	size_t length = 0;
	int status;
	pid_t child;

	snprintf(option, sizeof(option), "--btf_encode_detached=%s", output);
	if (pipe2(channel, O_CLOEXEC) != 0)
		return -errno;
	child = fork();
	if (child == 0) {
		dup2(channel[1], STDOUT_FILENO);
		dup2(channel[1], STDERR_FILENO);
		execlp("pahole", "pahole", option, "--btf_gen_floats", more != NULL ? more : "--",
		       more != NULL ? "--" : program, more != NULL ? program : NULL, (char *)NULL);
		_exit(127);
	}
	close(channel[1]);
	if (child < 0) {
		close(channel[0]);
		return -EAGAIN;
	}
	for (;;) {
		char rest[512];
		ssize_t got = read(channel[0], rest, sizeof(rest));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		for (ssize_t i = 0; i < got && length + 1 < said_size; i++)
			said[length++] = rest[i];
	}
	close(channel[0]);
	said[length] = '\0';
	said[strcspn(said, "\n")] = '\0';
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

/* Notes in the types of which build they are, and writes them to the temporary file. */
static int write_marked(const struct types *types, const char *build_id, const char *path)
{
	char name[96];
	uint32_t size;
	const void *data;
	FILE *file;
	int status = 0;

	snprintf(name, sizeof(name), TYPES_BUILD_PREFIX "%s", build_id);
	if (build_id[0] != '\0' && btf__add_fwd(types->btf, name, BTF_FWD_STRUCT) < 0)
		return -ENOMEM;
	data = btf__raw_data(types->btf, &size);
	if (data == NULL)
		return -ENOMEM;
	file = fopen(path, "we");
	if (file == NULL)
		return -errno;
	if (fwrite(data, 1, size, file) != size)
		status = -EIO;
	if (fclose(file) != 0)
		status = -errno;
	return status;
}

static int make_at(const char *path, const char *build_id, const char *temporary, char *error,
		   size_t error_size)
{
	struct types *types = NULL;
	char said[256] = "";
	int status = run_pahole(path, temporary, NULL, said, sizeof(said));

	if (status != 0 && status != 127)
		status = run_pahole(path, temporary, WITHOUT_CPP, said, sizeof(said));
	if (status == 127) {
		snprintf(error, error_size,
			 "pahole is missing, which makes types of debugging information; install "
			 "it (Debian: apt-get install dwarves)");
		return -ENOENT;
	}
	if (status != 0) {
		snprintf(error, error_size, "pahole makes no types of %s: %s", path,
			 said[0] != '\0' ? said : "it failed without a word");
		return -EBADMSG;
	}
	status = types_open(temporary, &types, error, error_size);
	if (status != 0)
		return status;
	status = write_marked(types, build_id, temporary);
	types_close(types);
	if (status != 0)
		snprintf(error, error_size, "%s cannot be written: %s", temporary,
			 strerror(-status));
	return status;
}

int types_make(const char *path, const char *output, char *error, size_t error_size)
{
	char temporary[PATH_MAX];
	char whole[PATH_MAX];
	struct types_elf elf;
	int status = types_elf_read(path, &elf);

	/* To another process, /proc/self is another file. */
	if (status == 0 && realpath(path, whole) != NULL)
		path = whole;
	if (status != 0) {
		snprintf(error, error_size, "%s cannot be read: %s", path,
			 status == -EBADMSG ? "it is damaged" : strerror(-status));
		return status;
	}
	free(elf.btf);
	if (!elf.is_elf || !elf.has_dwarf) {
		snprintf(error, error_size, "%s %s", path,
			 elf.is_elf ? "has no debugging information; build it with -g"
				    : "is no program");
		return -ENOEXEC;
	}
	if (snprintf(temporary, sizeof(temporary), "%s.%ld", output, (long)getpid()) >=
	    (int)sizeof(temporary)) {
		snprintf(error, error_size, "the path %.60s... is too long", output);
		return -ENAMETOOLONG;
	}
	status = make_at(path, elf.build_id, temporary, error, error_size);
	if (status == 0 && rename(temporary, output) != 0) {
		status = -errno;
		snprintf(error, error_size, "%s cannot be written: %s", output, strerror(errno));
	}
	if (status != 0)
		unlink(temporary);
	return status;
}
