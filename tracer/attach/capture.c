/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/capture_inner.h"

#define CAPTURE_COMMIT_NS     UINT64_C(250000000)
#define CAPTURE_COMMIT_CHUNKS 64
#define CAPTURE_CLOCK_NS      UINT64_C(100000000)

/* Slots looked at in one commit: a table of any size costs a commit the same. */
#define CAPTURE_SLOTS 16384

static int capture_fail(struct capture *capture, int status)
{
	const char *text = trace_writer_error(capture->writer);

	if (capture->error[0] == '\0')
		snprintf(capture->error, sizeof(capture->error), "%s",
			 text[0] != '\0' ? text : strerror(-status));
	return status;
}

static int take_clock(struct capture *capture, uint64_t now_ns)
{
	const struct actor_plane_header *header = plane_view_header(capture->plane);
	struct plane_instant now;

	capture->clocked_ns = now_ns;
	/* A machine without the program's clock can only be reading a plane from elsewhere. */
	if (plane_clock_sample(header->clock, &now) < 0 || now.ticks <= header->ticks_start)
		return 0;
	return trace_writer_clock(capture->writer, now.ticks, now.monotonic_ns, now.realtime_ns);
}

/* ---- Events -------------------------------------------------------------------------------- */

static int store_events(void *user, uint32_t thread, const struct trace_context *context,
			const struct actor_event *events, size_t count)
{
	struct capture *capture = user;

	return trace_writer_events(capture->writer, thread, context, events, count);
}

static int store_payload(void *user, uint64_t sender, uint32_t number, const void *bytes,
			 size_t size)
{
	struct capture *capture = user;

	return trace_writer_payload(capture->writer, sender, number, bytes, size);
}

static int take_batch(void *user, const struct stream_batch *batch)
{
	struct capture *capture = user;

	capture->pending += batch->count;
	return choice_take(capture->choice, batch);
}

/* `reason` lives for ever. */
static void note_loss(struct capture *capture, uint32_t thread, const char *reason, uint64_t events)
{
	struct capture_loss *loss = capture->losses;
	size_t i = 0;

	while (i < capture->losses_count && (loss[i].thread != thread || loss[i].reason != reason))
		i++;
	if (i == LOSSES_MAX)
		return; /* they are in the file */
	if (i == capture->losses_count) {
		loss[i] = (struct capture_loss){.thread = thread, .reason = reason};
		capture->losses_count++;
	}
	loss[i].gaps++;
	loss[i].events += events;
	loss[i].unknown = loss[i].unknown || events == 0;
}

static int take_gap(void *user, const struct stream_gap *gap)
{
	struct capture *capture = user;
	int result = choice_gap(capture->choice, gap->thread);

	capture->pending++;
	if (result < 0)
		return result;
	note_loss(capture, gap->thread, stream_gap_text(gap->reason), gap->count);
	return trace_writer_gap(capture->writer, gap->thread, gap->from_ticks, gap->to_ticks,
				gap->count, stream_gap_text(gap->reason));
}

/* In the same transaction as the events: whoever takes up the plane later knows where to go on. */
static int commit_facts(struct capture *capture)
{
	uint64_t omitted = choice_omitted(capture->choice), torn = choice_torn(capture->choice);
	int result = 0;

	for (uint32_t i = 0; result == 0 && i < stream_threads(capture->stream); i++) {
		uint64_t position = stream_position(capture->stream, i), chunk = UINT64_MAX;

		choice_held(capture->choice, i, &position, &chunk);
		stream_hold(capture->stream, i, chunk);
		result = trace_writer_position(capture->writer, i, position);
	}
	if (result == 0 && omitted > 0)
		result = trace_writer_meta_int(capture->writer, "omitted", (int64_t)omitted);
	if (result == 0 && torn > 0)
		result = trace_writer_meta_int(capture->writer, "torn", (int64_t)torn);
	return result;
}

static int capture_commit(struct capture *capture, uint64_t now_ns, uint32_t slots)
{
	int result = capture_tables(capture, slots);

	if (result == 0)
		result = commit_facts(capture);
	if (result == 0)
		result = trace_writer_commit(capture->writer);
	if (result < 0)
		return capture_fail(capture, result);
	capture->committed_ns = now_ns;
	capture->pending = 0;
	stream_advance(capture->stream);
	return 0;
}

/* Whether the file counts the events of all rings as the rings do. */
static bool counts_alike(const struct capture *capture)
{
	for (uint32_t i = 0; i < stream_threads(capture->stream); i++)
		if (!choice_counts_alike(capture->choice, i))
			return false;
	return true;
}

/*
 * In a hurry: what is packed is committed and given back, the rest of each ring's events waits for
 * its chunk to be full.
 */
static int capture_commit_packed(struct capture *capture)
{
	int result = capture_tables(capture, 0);

	for (uint32_t i = 0; result == 0 && i < stream_threads(capture->stream); i++) {
		uint64_t position = stream_position(capture->stream, i);
		uint64_t unpacked = trace_writer_unpacked(capture->writer, i);

		result = trace_writer_position(capture->writer, i,
					       unpacked < position ? unpacked : position);
	}
	if (result == 0)
		result = trace_writer_commit_packed(capture->writer);
	if (result < 0)
		return capture_fail(capture, result);
	capture->pending = 0;
	for (uint32_t i = 0; i < stream_threads(capture->stream); i++)
		stream_advance_to(capture->stream, i, trace_writer_unpacked(capture->writer, i));
	stream_wake(capture->stream);
	return 0;
}

/* Commits when it is time, or when the program needs the room. */
static int commit_if_due(struct capture *capture, uint64_t now_ns, uint64_t pending_max)
{
	bool due = now_ns - capture->committed_ns >= CAPTURE_COMMIT_NS;
	bool pressed = capture->pending >= pending_max || stream_pressed(capture->stream);
	int result;

	if (pressed && !due && counts_alike(capture)) {
		result = capture_commit_packed(capture);
		if (result < 0)
			return result;
		/* Where a ring holds less than a chunk of the file, that was of no use. */
		pressed = stream_pressed(capture->stream);
	}
	return due || pressed ? capture_commit(capture, now_ns, CAPTURE_SLOTS) : 0;
}

int64_t capture_step(struct capture *capture)
{
	const struct stream_sink sink = {take_batch, take_gap, capture};
	uint64_t bound = (uint64_t)CAPTURE_COMMIT_CHUNKS * plane_view_chunk_events(capture->plane);
	int64_t taken = stream_poll(capture->stream, &sink, bound);
	uint64_t now_ns = plane_clock_monotonic();
	int result = 0;

	if (taken >= 0)
		result = choice_settle(capture->choice, false);
	if (taken < 0 || result < 0)
		return capture_fail(capture, taken < 0 ? (int)taken : result);
	if (now_ns - capture->clocked_ns >= CAPTURE_CLOCK_NS)
		result = take_clock(capture, now_ns);
	if (result < 0)
		return capture_fail(capture, result);
	result = commit_if_due(capture, now_ns, bound);
	return result < 0 ? result : taken;
}

static const char ringless[] = "no ring for thread";

/* Threads beyond those that the plane has rings for emit nothing but a count. */
static int tell_ringless(struct capture *capture)
{
	struct plane_counts counts;
	struct plane_instant now = {0, 0, 0};
	uint64_t lost;

	plane_view_counts(capture->plane, &counts);
	lost = counts.lost_threads - capture->lost_threads;
	if (lost == 0)
		return 0;
	capture->lost_threads = counts.lost_threads;
	plane_clock_sample(plane_view_header(capture->plane)->clock, &now);
	note_loss(capture, ACTOR_PLANE_THREADS_MAX, ringless, lost);
	return trace_writer_gap(capture->writer, ACTOR_PLANE_THREADS_MAX, 0, now.ticks, lost,
				ringless);
}

int capture_finish(struct capture *capture)
{
	const struct stream_sink sink = {take_batch, take_gap, capture};
	const struct actor_plane_header *header = plane_view_header(capture->plane);
	uint64_t rings =
		plane_view_chunk_events(capture->plane) * (uint64_t)header->chunks_per_ring;
	uint64_t left = rings * (stream_threads(capture->stream) + 1);
	uint64_t now_ns = plane_clock_monotonic();
	int result;

	/*
	 * What is in the rings now and no more: a program that goes on could keep us for ever. The
	 * tails do not move meanwhile, so a lossless program stops at a full ring.
	 */
	for (;;) {
		int64_t taken = stream_poll(capture->stream, &sink, left);

		if (taken < 0)
			return capture_fail(capture, (int)taken);
		if (taken == 0 || (uint64_t)taken >= left)
			break;
		left -= (uint64_t)taken;
	}
	result = stream_finish(capture->stream, &sink);
	if (result == 0)
		result = choice_settle(capture->choice, true);
	if (result == 0)
		result = tell_ringless(capture);
	if (result == 0)
		result = take_clock(capture, now_ns);
	if (result < 0)
		return capture_fail(capture, result);
	capture->cursor = 0;
	capture->lapses = stream_lapses(capture->stream);
	result = capture_commit(capture, now_ns, ACTOR_PLANE_ACTORS_MAX);
	capture->stream = stream_close(capture->stream);
	return result;
}

/* ---- Opening and closing ------------------------------------------------------------------- */

/* Into a file in which there is nothing of it yet. */
static int copy_all(struct capture *capture)
{
	int result = capture_meta(capture);

	if (result == 0)
		result = take_clock(capture, capture->committed_ns);
	if (result == 0)
		result = capture_tables(capture, ACTOR_PLANE_ACTORS_MAX);
	return result;
}

int capture_switch(struct capture *capture, struct trace_writer *writer)
{
	uint64_t now_ns = plane_clock_monotonic();
	int result = take_clock(capture, now_ns);

	if (result == 0)
		result = capture_commit(capture, now_ns, CAPTURE_SLOTS);
	if (result < 0)
		return capture_fail(capture, result);
	capture->writer = writer;
	capture->ctypes.stored = 0;
	capture->types = capture->behaviours = capture->string = capture->cursor = 0;
	memset(capture->threads, 0, sizeof(capture->threads));
	if (capture->slots != NULL)
		memset(capture->slots, 0, capture->slots_room * sizeof(*capture->slots));
	result = copy_all(capture);
	return result < 0 ? capture_fail(capture, result) : 0;
}

int capture_open(struct plane_view *plane, const struct capture_options *options,
		 struct trace_writer *writer, struct capture **ret_capture, char *error,
		 size_t error_size)
{
	uint64_t positions[ACTOR_PLANE_THREADS_MAX];
	const struct stream_options wishes = {
		.size = sizeof(wishes),
		.mode = options->mode,
		.events = choice_needs(&options->choice),
		.payload_max = options->choice.payload_max,
		.history = options->history,
		.since_ticks = options->since_ticks,
		.positions = options->resume ? positions : NULL,
	};
	struct capture *capture = calloc(1, sizeof(*capture));
	struct plane_counts counts;
	int result = -ENOMEM;

	if (capture != NULL) {
		const struct choice_sink sink = {store_events, store_payload, capture};

		capture->text = malloc(CAPTURE_TEXT);
		capture->choice = choice_create(plane, &options->choice, &sink);
	}
	if (capture == NULL || capture->text == NULL || capture->choice == NULL) {
		snprintf(error, error_size, "out of memory");
		goto fail;
	}
	capture->plane = plane;
	capture->writer = writer;
	capture->options = *options;
	for (uint32_t i = 0; i < ACTOR_PLANE_THREADS_MAX && options->resume; i++) {
		uint64_t next;

		trace_writer_stored(writer, i, &positions[i], &next);
		choice_resume(capture->choice, i, positions[i], next);
	}
	result = stream_open(plane, &wishes, &capture->stream, error, error_size);
	if (result < 0)
		goto fail;
	plane_view_counts(plane, &counts);
	capture->lost_threads = counts.lost_threads;
	capture->committed_ns = plane_clock_monotonic();
	result = copy_all(capture);
	if (result < 0) {
		capture_fail(capture, result);
		snprintf(error, error_size, "%s", capture->error);
		goto fail;
	}
	*ret_capture = capture;
	return 0;
fail:
	capture_close(capture);
	return result;
}

int capture_loss(const struct capture *capture, size_t index, struct capture_loss *ret_loss)
{
	if (index >= capture->losses_count)
		return -ENOENT;
	*ret_loss = capture->losses[index];
	return 0;
}

uint64_t capture_omitted(const struct capture *capture)
{
	return choice_omitted(capture->choice);
}

uint32_t capture_lapses(const struct capture *capture)
{
	return capture->lapses;
}

const char *capture_error(const struct capture *capture)
{
	return capture->error;
}

struct capture *capture_close(struct capture *capture)
{
	if (capture == NULL)
		return NULL;
	stream_close(capture->stream);
	choice_destroy(capture->choice);
	ctypes_finish(&capture->ctypes);
	free(capture->slots);
	free(capture->text);
	free(capture);
	return NULL;
}
