/* SPDX-License-Identifier: MIT */
/* The reader of planes: the bytes are a plane's file; everything in it is read, events too. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <tracer/attach.h>
#include <tracer/stream.h>

#define LOOKS_MAX 300 /* of each table */

static volatile uint64_t sink;

static void remove_file(void);

static const char *file_path(void)
{
	static char path[128];

	if (path[0] == '\0') {
		snprintf(path, sizeof(path), "%s/libactor-fuzz-%d.plane",
			 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
		atexit(remove_file);
	}
	return path;
}

static void remove_file(void)
{
	unlink(file_path());
}

static void take_bond(void *user, enum plane_bond_kind kind, uint64_t peer)
{
	(void)user;
	FUZZ_CHECK(kind < PLANE_BOND_KINDS && peer != 0);
	sink += peer;
}

static void read_tables(const struct plane_view *plane)
{
	struct plane_counts counts;
	struct actor_plane_type type;
	struct actor_plane_behaviour behaviour;
	struct actor_plane_thread thread;
	struct actor_plane_lease lease;
	struct actor_plane_actor actor;
	struct actor_plane_birth birth;
	char text[64];
	uint32_t offset = 0;
	bool more;

	plane_view_counts(plane, &counts);
	for (uint32_t i = 0; i < LOOKS_MAX; i++) {
		if (plane_view_type(plane, i, &type) == 0)
			plane_view_string(plane, type.name, text, sizeof(text));
		if (plane_view_behaviour(plane, i, &behaviour) == 0)
			plane_view_string(plane, behaviour.name, text, sizeof(text));
		if (plane_view_thread(plane, i, &thread) == 0)
			sink += thread.tid;
		if (plane_view_lease(plane, i, &lease) == 0)
			sink += lease.owner_pid;
		if (plane_view_actor(plane, i, &actor) == 0)
			plane_view_string(plane, actor.name, text, sizeof(text));
		sink += plane_view_birth(plane, i, 1, &birth) == 0;
	}
	for (uint64_t slot = 0; slot < 4; slot++)
		plane_view_bonds(plane, 1 << 24 | slot, take_bond, NULL, &more);
	for (int i = 0; i < LOOKS_MAX && plane_view_string_next(plane, offset, &offset) == 0; i++)
		plane_view_string(plane, offset, text, sizeof(text));
}

static int take_batch(void *user, const struct stream_batch *batch)
{
	(void)user;
	for (size_t i = 0; i < batch->count; i++)
		sink += batch->events[i].a;
	FUZZ_CHECK(batch->thread < ACTOR_PLANE_THREADS_MAX);
	return 0;
}

static int take_gap(void *user, const struct stream_gap *gap)
{
	(void)user;
	FUZZ_CHECK(stream_gap_text(gap->reason) != NULL);
	return 0;
}

static void read_events(struct plane_view *plane)
{
	const struct stream_options options = {
		.size = sizeof(options),
		.mode = ACTOR_PLANE_MODE_NONE,
		.events = STREAM_EVENTS_EXACT,
		.history = true,
	};
	const struct stream_sink into = {take_batch, take_gap, NULL};
	struct stream *stream;
	char error[256] = "";

	if (stream_open(plane, &options, &stream, error, sizeof(error)) != 0) {
		FUZZ_CHECK(error[0] != '\0');
		return;
	}
	for (int i = 0; i < 100 && stream_poll(stream, &into, 10000) > 0; i++)
		stream_advance(stream);
	stream_finish(stream, &into);
	stream_close(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plane_view *plane;
	char error[256] = "";
	int fd = open(file_path(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	FUZZ_CHECK(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	close(fd);
	if (plane_view_open(file_path(), &plane, error, sizeof(error)) != 0) {
		FUZZ_CHECK(error[0] != '\0');
		return 0;
	}
	read_tables(plane);
	read_events(plane);
	plane_view_close(plane);
	return 0;
}
