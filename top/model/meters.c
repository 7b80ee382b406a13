/* SPDX-License-Identifier: MIT */
#include "model/meters.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define SECOND_NS 1e9

void meters_history_add(struct meters_history *history, double value)
{
	history->values[history->next % METERS_SECONDS] = (float)value;
	history->next++;
}

double meters_history_at(const struct meters_history *history, uint32_t back)
{
	if (back >= METERS_SECONDS || back >= history->next)
		return NAN;
	return (double)history->values[(history->next - 1 - back) % METERS_SECONDS];
}

/* One thread's words, compared with what they were. */
static void thread_refresh(struct meters_thread *thread, const struct actor_plane_thread *words,
			   const struct ticks *ticks, uint64_t span, uint64_t timed_ns)
{
	uint64_t busy = words->busy_ticks;
	uint64_t turns = words->turns;

	memcpy(thread->name, words->name, sizeof(thread->name));
	if (words->current != thread->current || turns != thread->turns || span == 0)
		thread->seen_ticks = ticks->now;
	thread->turn_start = words->turn_start;
	thread->stamped = words->turn_start != 0 && ticks->timed;
	if (words->current != 0 && words->turn_start == 0)
		thread->turn_start = thread->seen_ticks;
	/* A turn is added to busy_ticks when its visit ends; a long one must not look idle. */
	if (words->current != 0 && thread->stamped && ticks->now > words->turn_start)
		busy += ticks->now - thread->turn_start;
	thread->busy = NAN;
	thread->turns_rate = NAN;
	if (span > 0) {
		double seconds = (double)span * ticks->ns_per_tick / SECOND_NS;
		uint64_t more = busy > thread->busy_ticks ? busy - thread->busy_ticks : 0;

		thread->turns_rate =
			turns > thread->turns ? (double)(turns - thread->turns) / seconds : 0;
		if (timed_ns > 0)
			thread->busy = fmin((double)ticks_ns(ticks, more) / (double)timed_ns, 1);
	}
	thread->busy_ticks = busy;
	thread->current = words->current;
	thread->turns = turns;
	thread->tag = (uint16_t)words->tag;
	thread->visit_turns = words->visit_turns;
	thread->kind = words->kind;
	thread->ready = words->ready;
	thread->steals = words->steals;
	thread->parked = words->parked != 0;
}

static void leases_refresh(struct meters *meters, const struct plane_view *plane)
{
	meters->recorder = 0;
	meters->watchers = 0;
	for (uint32_t i = 0; i < ACTOR_PLANE_LEASES_MAX; i++) {
		enum actor_plane_mode mode = plane_view_lease_mode(plane, i);
		struct actor_plane_lease lease;

		if (mode == ACTOR_PLANE_MODE_NONE || plane_view_lease(plane, i, &lease) != 0)
			continue;
		meters->watchers++;
		if (mode >= ACTOR_PLANE_MODE_DISCARD && lease.owner_pid != (uint32_t)getpid())
			meters->recorder = lease.owner_pid;
	}
}

static void lost_refresh(struct meters *meters, const struct plane_view *plane, double seconds)
{
	struct plane_counts counts;
	uint64_t lost;

	plane_view_counts(plane, &counts);
	lost = counts.lost_threads;
	for (uint32_t i = 0; i < counts.threads; i++) {
		const struct actor_plane_ring *ring = plane_view_ring(plane, i);

		if (ring != NULL)
			lost += __atomic_load_n(&ring->lost, __ATOMIC_RELAXED);
	}
	meters->lost_rate =
		seconds > 0 && lost > meters->lost ? (double)(lost - meters->lost) / seconds : 0;
	meters->lost = lost;
}

void meters_refresh(struct meters *meters, const struct plane_view *plane,
		    const struct ticks *ticks)
{
	const struct actor_plane_header *header = plane_view_header(plane);
	uint64_t span =
		meters->ticks != 0 && ticks->now > meters->ticks ? ticks->now - meters->ticks : 0;
	double seconds = (double)span * ticks->ns_per_tick / SECOND_NS;
	uint64_t turns = 0;
	double busy = 0;
	uint32_t count = 0;

	meters->scheduler_count = header->scheduler_count;
	meters->ready = 0;
	for (uint32_t i = 0; i < ACTOR_PLANE_THREADS_MAX; i++) {
		struct actor_plane_thread words;

		if (plane_view_thread(plane, i, &words) != 0)
			break;
		thread_refresh(&meters->threads[i], &words, ticks, span,
			       ticks->timed_ns - meters->timed_ns);
		turns += words.turns;
		count = i + 1;
		if (i < header->scheduler_count) {
			busy += meters->threads[i].busy;
			meters->ready += words.ready;
		}
	}
	meters->thread_count = count;
	meters->busy = header->scheduler_count > 0 ? busy / header->scheduler_count : NAN;
	meters->messages_rate = span > 0 && turns >= meters->turns
					? (double)(turns - meters->turns) / seconds
					: NAN;
	meters->turns = turns;
	lost_refresh(meters, plane, seconds);
	leases_refresh(meters, plane);
	meters->ticks = ticks->now;
	meters->timed_ns = ticks->timed_ns;
}

void meters_keep(struct meters *meters, const struct ticks *ticks, double actors, double memory)
{
	/* A tick that comes a little early is still the next second's. */
	if (meters->kept_ns != 0 && ticks->monotonic_ns - meters->kept_ns < UINT64_C(950000000))
		return;
	if (isnan(meters->messages_rate))
		return;
	meters->kept_ns = ticks->monotonic_ns;
	meters_history_add(&meters->kept[METERS_MESSAGES], meters->messages_rate);
	meters_history_add(&meters->kept[METERS_BUSY], meters->busy);
	meters_history_add(&meters->kept[METERS_ACTORS], actors);
	meters_history_add(&meters->kept[METERS_READY], meters->ready);
	meters_history_add(&meters->kept[METERS_MEMORY], memory);
	meters_history_add(&meters->kept[METERS_LOST], meters->lost_rate);
}

const struct meters_thread *meters_running(const struct meters *meters, uint64_t pid)
{
	for (uint32_t i = 0; i < meters->thread_count; i++)
		if (meters->threads[i].current == pid)
			return &meters->threads[i];
	return NULL;
}
