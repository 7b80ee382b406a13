/* SPDX-License-Identifier: MIT */
#include "model/target.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <actor/plane_path.h>

#include "term/text.h"

#define LOOK_NS  UINT64_C(900000000)
#define PATIENCE 100 /* tries, 20 ms apart */

static int refuse(int status, char *error, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static int refuse(int status, char *error, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error, size, format, arguments);
	va_end(arguments);
	return status;
}

static void program_name(const struct plane_view *plane, char *safe, size_t size)
{
	char path[PATH_MAX];
	const char *base;

	plane_view_string(plane, plane_view_header(plane)->program, path, sizeof(path));
	base = strrchr(path, '/');
	(void)text_safe(base != NULL ? base + 1 : path, safe, size);
}

/* A program that has just been started is still setting its plane up: that takes an instant. */
static int open_plane(const char *path, struct plane_view **ret_plane, char *error,
		      size_t error_size)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	int status = plane_view_open(path, ret_plane, error, error_size);

	for (int i = 0; i < PATIENCE && status == PLANE_ENOT_READY; i++) {
		(void)nanosleep(&pause, NULL);
		status = plane_view_open(path, ret_plane, error, error_size);
	}
	return status;
}

int target_open(struct target *target, const char *path, char *error, size_t error_size)
{
	int status;

	memset(target, 0, sizeof(*target));
	target->refused_level = TARGET_EVENTS + 1;
	status = open_plane(path, &target->plane, error, error_size);
	if (status < 0)
		return status;
	snprintf(target->path, sizeof(target->path), "%s", path);
	program_name(target->plane, target->program, sizeof(target->program));
	target_look(target);
	return 0;
}

void target_close(struct target *target)
{
	target->stream = stream_close(target->stream);
	target->plane = plane_view_close(target->plane);
}

int target_stage(struct target *target, char *error, size_t error_size)
{
	struct stream_options options = {
		.size = sizeof(options), .mode = ACTOR_PLANE_MODE_NONE, .history = true};

	target->staged = true;
	target->level = TARGET_EVENTS;
	return stream_open(target->plane, &options, &target->stream, error, error_size);
}

/* ---- Leases ---------------------------------------------------------------------------------- */

void target_ask(struct target *target, enum target_level level)
{
	struct stream_options options = {
		.size = sizeof(options),
		.mode = level == TARGET_EVENTS ? ACTOR_PLANE_MODE_FLIGHT
					       : ACTOR_PLANE_MODE_COUNTERS,
		.events = level == TARGET_EVENTS ? STREAM_EVENTS_FULL : 0,
	};
	struct stream *stream = NULL;

	if (target->plane == NULL || target->staged || target->life != PLANE_LIVING ||
	    level == target->level || level >= target->refused_level)
		return;
	/* The new one first: turns go on being stamped. */
	if (level != TARGET_NOTHING && stream_open(target->plane, &options, &stream, target->notice,
						   sizeof(target->notice)) < 0) {
		target->refused_level = level;
		return;
	}
	target->stream = stream_close(target->stream);
	target->stream = stream;
	target->timed_ns = target_timed_ns(target);
	target->level_ns = plane_clock_monotonic();
	target->level = level;
}

uint64_t target_timed_ns(const struct target *target)
{
	return target->timed_ns +
	       (target->level == TARGET_NOTHING ? 0 : plane_clock_monotonic() - target->level_ns);
}

/*
 * A lease that has lapsed, because this process was stopped, is taken up again by who reads the
 * stream. Where nobody wants events, nobody reads it.
 */
static void take_up_again(struct target *target)
{
	struct stream_sink nobody = {NULL, NULL, NULL};

	if (target->level == TARGET_COUNTERS)
		(void)stream_poll(target->stream, &nobody, 1);
}

/* ---- Life ------------------------------------------------------------------------------------ */

/* A living process of the same program, younger than the one that has ended. */
static void find_heir(struct target *target)
{
	const struct actor_plane_header *header = plane_view_header(target->plane);
	struct plane_summary *summary = malloc(sizeof(*summary));
	char directory[PATH_MAX], program[PATH_MAX];
	struct plane_file *files = NULL;
	size_t count = 0;

	target->heir = 0;
	plane_view_string(target->plane, header->program, program, sizeof(program));
	if (summary == NULL || actor_plane_directory(directory, sizeof(directory)) < 0 ||
	    plane_files_list(directory, &files, &count) < 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		if (files[i].id.start_time < header->start_time || files[i].id.pid == header->pid ||
		    !process_lives(files[i].id.pid, files[i].id.start_time))
			continue;
		plane_look(directory, &files[i], summary);
		if (summary->refusal[0] == '\0' && summary->life == PLANE_LIVING &&
		    strcmp(summary->program, program) == 0) {
			target->heir = files[i].id.pid;
			snprintf(target->heir_path, sizeof(target->heir_path), "%s", summary->path);
		}
	}
	free(files);
	free(summary);
}

void target_look(struct target *target)
{
	uint64_t now = plane_clock_monotonic();
	if (target->plane == NULL || target->staged ||
	    (target->looked_ns != 0 && now - target->looked_ns < LOOK_NS))
		return;
	target->looked_ns = now;
	target->life = plane_view_life(target->plane);
	if (target->life == PLANE_LIVING) {
		take_up_again(target);
		return;
	}
	if (target->ended_ns == 0) {
		target->ended_ns = now;
		target->timed_ns = target_timed_ns(target);
		target->stream = stream_close(target->stream);
		target->level = TARGET_NOTHING;
	}
	find_heir(target);
}

/* ---- Finding --------------------------------------------------------------------------------- */

int target_find(uint32_t pid, char *path, size_t size, char *error, size_t error_size)
{
	struct plane_file *files = NULL;
	char directory[PATH_MAX];
	size_t count = 0, found = 0;
	int status;

	if (actor_plane_directory(directory, sizeof(directory)) < 0)
		return refuse(-ENAMETOOLONG, error, error_size,
			      "the runtime directory's path is too long; set LIBACTOR_DIR");
	status = plane_files_list(directory, &files, &count);
	if (status < 0)
		return refuse(status, error, error_size, "cannot read %s: %s", directory,
			      strerror(-status));
	for (size_t i = 0; i < count; i++) {
		if (pid != 0 ? files[i].id.pid != pid
			     : !process_lives(files[i].id.pid, files[i].id.start_time))
			continue;
		found++;
		snprintf(path, size, "%s/%s", directory, files[i].name);
	}
	free(files);
	if (found == 1 || (found > 1 && pid != 0))
		return 0;
	if (found > 1)
		return refuse(-E2BIG, error, error_size,
			      "%zu programs run; choose one with -p, actor-trace ls lists them",
			      found);
	if (pid != 0)
		return refuse(-ENOENT, error, error_size,
			      "process %u has no plane in %s; is it made with libactor, and yours?",
			      pid, directory);
	return refuse(-ENOENT, error, error_size,
		      "no program in %s; start one, or set LIBACTOR_DIR", directory);
}
