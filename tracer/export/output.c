/* SPDX-License-Identifier: MIT */
#include "export/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACE_MAGIC_OFFSET 68 /* of SQLite's application id */

static int fail(char *error, size_t size, int status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int fail(char *error, size_t size, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, size, format, arguments);
	va_end(arguments);
	return status;
}

/* A recording cannot be made again; nothing here overwrites one. */
static bool is_trace(const char *path)
{
	char id[4] = "";
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool found = file >= 0 && pread(file, id, sizeof(id), TRACE_MAGIC_OFFSET) == sizeof(id) &&
		     memcmp(id, "ACTR", sizeof(id)) == 0;

	if (file >= 0)
		close(file);
	return found;
}

static int check_target(const char *path, enum output_kind kind, char *error, size_t error_size)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return 0;
	if (kind == OUTPUT_FOLDER)
		return fail(error, error_size, -EEXIST,
			    "%s exists; name a folder that does not exist yet", path);
	if (S_ISDIR(status.st_mode))
		return fail(error, error_size, -EISDIR, "%s is a folder; name a file", path);
	if (is_trace(path))
		return fail(error, error_size, -EEXIST,
			    "%s is a recording, which is never overwritten; name another file",
			    path);
	return 0;
}

/* A device or a pipe is written to directly: renaming would put a file in its place. */
static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static int open_standard(struct output *output, char *error, size_t error_size)
{
	if (output->kind == OUTPUT_PATH || output->kind == OUTPUT_FOLDER)
		return fail(error, error_size, -EINVAL, "this format needs a name: -o NAME");
	if (output->kind == OUTPUT_BINARY && isatty(STDOUT_FILENO))
		return fail(error, error_size, -EINVAL,
			    "this format is not for a terminal; give a file: -o FILE");
	output->file = stdout;
	return 0;
}

static int make_work(struct output *output)
{
	const char *slash = strrchr(output->path, '/');
	int folder = slash != NULL ? (int)(slash + 1 - output->path) : 0;
	int file;

	if (asprintf(&output->work, "%.*s.%s.XXXXXX", folder, output->path, output->path + folder) <
	    0) {
		output->work = NULL;
		return -ENOMEM;
	}
	if (output->kind == OUTPUT_FOLDER) {
		if (mkdtemp(output->work) == NULL)
			return -errno;
		return chmod(output->work, 0755) == 0 ? 0 : -errno;
	}
	file = mkstemp(output->work);
	if (file < 0)
		return -errno;
	if (output->kind == OUTPUT_PATH) {
		close(file);
		return 0;
	}
	output->file = fdopen(file, "w");
	if (output->file == NULL) {
		close(file);
		return -ENOMEM;
	}
	return 0;
}

int output_open(struct output *output, const char *path, enum output_kind kind, char *error,
		size_t error_size)
{
	int status;

	*output = (struct output){.path = path, .kind = kind};
	if (kind == OUTPUT_NONE) {
		output->path = NULL;
		return 0;
	}
	if (path == NULL || strcmp(path, "-") == 0) {
		output->path = NULL;
		return open_standard(output, error, error_size);
	}
	status = check_target(path, kind, error, error_size);
	if (status != 0)
		return status;
	if (kind != OUTPUT_PATH && kind != OUTPUT_FOLDER && is_special(path)) {
		output->file = fopen(path, "we");
		status = output->file != NULL ? 0 : -errno;
	} else {
		status = make_work(output);
	}
	if (status == 0)
		return 0;
	fail(error, error_size, status, "cannot make %s: %s", path, strerror(-status));
	free(output->work);
	output->work = NULL;
	return status;
}

/* With the rights that the user's mask gives to new files, not those of a secret one. */
static int let_others_read(const char *path)
{
	mode_t mask = umask(0);

	umask(mask);
	return chmod(path, 0666 & ~mask) == 0 ? 0 : -errno;
}

int output_commit(struct output *output, char *error, size_t error_size)
{
	bool bad = output->file != NULL && (fflush(output->file) != 0 || ferror(output->file));
	int status = bad ? -errno : 0;

	if (output->path == NULL)
		return 0; /* main() looks after standard output */
	if (output->file != NULL && fclose(output->file) != 0 && status == 0)
		status = -errno;
	output->file = NULL;
	if (status == 0 && output->work != NULL && output->kind != OUTPUT_FOLDER)
		status = let_others_read(output->work);
	if (status == 0 && output->work != NULL && rename(output->work, output->path) != 0)
		status = -errno;
	if (status != 0) {
		fail(error, error_size, status, "cannot write %s: %s", output->path,
		     strerror(-status));
		output_discard(output);
		return status;
	}
	free(output->work);
	output->work = NULL;
	return 0;
}

/* The formats make files in their folder, and no folders. */
static void remove_files(const char *folder)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL)
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

void output_discard(struct output *output)
{
	if (output->file != NULL && output->path != NULL)
		fclose(output->file);
	output->file = NULL;
	if (output->work != NULL) {
		if (output->kind == OUTPUT_FOLDER)
			remove_files(output->work);
		remove(output->work);
	}
	free(output->work);
	output->work = NULL;
}
