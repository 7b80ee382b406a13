/* SPDX-License-Identifier: MIT */
#include "record/files.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attach/capture.h"
#include "command.h"

/* "trace-<program>-<time>.db", of letters that are harmless in any shell and terminal. */
static void default_name(const char *program, char *path, size_t size)
{
	const char *base = strrchr(program, '/');
	char name[64], stamp[32];
	size_t length = 0;
	time_t now = time(NULL);
	struct tm local;

	base = base != NULL ? base + 1 : program;
	for (; *base != '\0' && length < sizeof(name) - 1; base++) {
		bool plain = (*base >= 'a' && *base <= 'z') || (*base >= 'A' && *base <= 'Z') ||
			     (*base >= '0' && *base <= '9') || *base == '_' || *base == '-' ||
			     *base == '.';

		name[length++] = plain ? *base : '_';
	}
	name[length] = '\0';
	if (localtime_r(&now, &local) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &local) == 0)
		snprintf(stamp, sizeof(stamp), "%lld", (long long)now);
	snprintf(path, size, "trace-%s-%s.db", length > 0 ? name : "program", stamp);
}

/* The name of segment `number`: x.db becomes x-0001.db. */
static void segment_name(const struct record_files *output, unsigned number, char path[PATH_MAX])
{
	const char *slash = strrchr(output->name, '/');
	const char *dot = strrchr(output->name, '.');
	int stem = (int)strlen(output->name);

	if (number == 0)
		dot = NULL;
	else if (dot != NULL && dot > output->name && (slash == NULL || dot > slash + 1))
		stem = (int)(dot - output->name);
	else
		dot = NULL;
	if (number == 0)
		snprintf(path, PATH_MAX, "%s", output->name);
	else if (snprintf(path, PATH_MAX, "%.*s-%04u%s", stem, output->name, number,
			  dot != NULL ? dot : "") >= PATH_MAX)
		path[PATH_MAX - 1] = '\0';
}

static int make(struct record_files *output, const char *path, struct trace_writer **ret_writer)
{
	struct trace_writer_options options = {
		.size = sizeof(options),
		.path = path,
		.command = output->line,
	};
	char error[PATH_MAX + 256];

	if (trace_writer_create(&options, ret_writer, error, sizeof(error)) < 0)
		return command_fail(COMMAND_TROUBLE, output->command, "%s", error);
	if (output->segment > 0)
		trace_writer_meta_int(*ret_writer, "segment", output->segment);
	return 0;
}

/* Whether there is a file that is not empty. */
static bool is_there(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

static int go_on(struct record_files *output, const struct plane_view *plane)
{
	const struct actor_plane_header *header = plane_view_header(plane);
	const struct trace_writer_options options = {
		.size = sizeof(options),
		.path = output->path,
	};
	char boot_id[2 * sizeof(header->boot_id) + 1], error[PATH_MAX + 256];
	const struct trace_process process = {header->pid, header->start_time, boot_id};

	capture_hex(header->boot_id, sizeof(header->boot_id), boot_id);
	if (trace_writer_resume(&options, &process, &output->writer, error, sizeof(error)) < 0)
		return command_fail(COMMAND_TROUBLE, output->command, "%s", error);
	output->resumed = true;
	return 0;
}

int files_open(struct record_files *output, const char *name, const char *program, int argc,
	       char **argv, bool segments, const struct plane_view *plane)
{
	size_t used;

	if (name != NULL && strlen(name) >= sizeof(output->name) - 32)
		return command_fail(COMMAND_TROUBLE, output->command,
				    "the name of the output file is too long");
	if (name != NULL)
		snprintf(output->name, sizeof(output->name), "%s", name);
	else
		default_name(program, output->name, sizeof(output->name));
	used = (size_t)snprintf(output->line, sizeof(output->line), "actor-trace");
	for (int i = 0; i < argc && used < sizeof(output->line) - 1; i++)
		used += (size_t)snprintf(output->line + used, sizeof(output->line) - used, " %s",
					 argv[i]);
	output->segment = segments ? 1 : 0;
	segment_name(output, output->segment, output->path);
	if (plane != NULL && !segments && is_there(output->path))
		return go_on(output, plane);
	return make(output, output->path, &output->writer);
}

static void remove_file(const char *path)
{
	static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char name[PATH_MAX + 16];

		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

int files_next(struct record_files *output, struct trace_writer **ret_old)
{
	struct trace_writer *writer;
	char path[PATH_MAX];
	int result;

	output->segment++;
	segment_name(output, output->segment, path);
	result = make(output, path, &writer);
	if (result != 0)
		return result;
	*ret_old = output->writer;
	output->writer = writer;
	memcpy(output->path, path, sizeof(path));
	return 0;
}

int files_end(struct record_files *output, struct trace_writer *writer)
{
	struct trace_totals *sum = &output->totals, totals;
	char path[PATH_MAX];
	int result = trace_writer_finish(writer, &totals);

	if (result < 0)
		return result;
	sum->events += totals.events;
	sum->turns += totals.turns;
	sum->messages += totals.messages;
	sum->gaps += totals.gaps;
	sum->lost += totals.lost;
	sum->duration_ns += totals.duration_ns;
	sum->file_bytes += totals.file_bytes;
	sum->last_ticks = totals.last_ticks;
	if (totals.actors > sum->actors)
		sum->actors = totals.actors;
	if (output->keep > 0 && output->segment > output->keep) {
		segment_name(output, output->segment - output->keep, path);
		remove_file(path);
	}
	return 0;
}

void files_drop(struct record_files *output)
{
	if (output->writer == NULL)
		return;
	output->writer = trace_writer_destroy(output->writer);
	/* What another recorder committed is not ours to remove. */
	if (!output->resumed)
		remove_file(output->path);
}
