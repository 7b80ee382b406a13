/* SPDX-License-Identifier: MIT */
#include <tracer/attach.h>

#include <stdio.h>
#include <string.h>

/* Turns are messages handled, those of actors that are gone among them. */
static uint64_t count_messages(const struct plane_view *plane)
{
	struct actor_plane_thread thread;
	uint64_t messages = 0;

	for (uint32_t i = 0; plane_view_thread(plane, i, &thread) == 0; i++)
		messages += thread.turns;
	return messages;
}

static uint32_t count_actors(const struct plane_view *plane)
{
	struct plane_counts counts;
	uint32_t actors = 0;

	plane_view_counts(plane, &counts);
	for (uint32_t i = 0; i < counts.actors; i++) {
		const struct actor_plane_actor *actor = plane_view_actor_line(plane, i);

		if (actor != NULL &&
		    __atomic_load_n(&actor->state, __ATOMIC_RELAXED) != ACTOR_PLANE_STATE_FREE)
			actors++;
	}
	return actors;
}

/* Viewers take events, too, but let the program overwrite them: the strictest lease records. */
static uint32_t find_recorder(const struct plane_view *plane)
{
	enum actor_plane_mode strictest = ACTOR_PLANE_MODE_COUNTERS;
	uint32_t recorder = 0;

	for (uint32_t i = 0; i < ACTOR_PLANE_LEASES_MAX; i++) {
		enum actor_plane_mode mode = plane_view_lease_mode(plane, i);
		struct actor_plane_lease lease;

		if (mode <= strictest || plane_view_lease(plane, i, &lease) != 0)
			continue;
		strictest = mode;
		recorder = lease.owner_pid;
	}
	return recorder;
}

void plane_look(const char *directory, const struct plane_file *file,
		struct plane_summary *ret_summary)
{
	struct plane_view *plane;

	memset(ret_summary, 0, sizeof(*ret_summary));
	ret_summary->id = file->id;
	ret_summary->life =
		process_lives(file->id.pid, file->id.start_time) ? PLANE_LIVING : PLANE_DEAD;
	snprintf(ret_summary->path, sizeof(ret_summary->path), "%s/%s", directory, file->name);
	if (plane_view_open(ret_summary->path, &plane, ret_summary->refusal,
			    sizeof(ret_summary->refusal)) < 0)
		return;
	ret_summary->life = plane_view_life(plane);
	plane_view_string(plane, plane_view_header(plane)->program, ret_summary->program,
			  sizeof(ret_summary->program));
	ret_summary->schedulers = plane_view_header(plane)->scheduler_count;
	ret_summary->actors = count_actors(plane);
	ret_summary->messages = count_messages(plane);
	ret_summary->since_ns = plane_view_header(plane)->realtime_start_ns;
	ret_summary->recorder = ret_summary->life == PLANE_LIVING ? find_recorder(plane) : 0;
	if (plane_view_damaged(plane))
		snprintf(ret_summary->refusal, sizeof(ret_summary->refusal),
			 "%s was cut short; remove it", ret_summary->path);
	plane_view_close(plane);
}
