/* SPDX-License-Identifier: MIT */
#include "model/hot.h"

#include <stdlib.h>
#include <string.h>

#include <actor/pid.h>

#include "model/line.h"

#define INDEX_SIZE (sizeof(((struct hot_set *)NULL)->index) / sizeof(uint32_t))

_Static_assert(HOT_MAX * 2 < INDEX_SIZE, "the index is at most half full");

void hot_init(struct hot_set *set)
{
	memset(set, 0, sizeof(*set));
}

void hot_finish(struct hot_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->entries[i]);
	memset(set, 0, sizeof(*set));
}

/* ---- By pid ---------------------------------------------------------------------------------- */

static uint32_t *place_of(const struct hot_set *set, uint64_t pid)
{
	size_t at = (size_t)(pid * UINT64_C(0x9e3779b97f4a7c15) >> 40) % INDEX_SIZE;

	/* Ends, because the index is never more than half full. */
	while (set->index[at] != 0 && set->entries[set->index[at] - 1]->pid != pid)
		at = (at + 1) % INDEX_SIZE;
	return (uint32_t *)&set->index[at];
}

static void index_again(struct hot_set *set)
{
	memset(set->index, 0, sizeof(set->index));
	for (size_t i = 0; i < set->count; i++)
		*place_of(set, set->entries[i]->pid) = (uint32_t)i + 1;
}

static struct hot *find(const struct hot_set *set, uint64_t pid)
{
	uint32_t place = *place_of(set, pid);

	return place != 0 ? set->entries[place - 1] : NULL;
}

const struct hot *hot_find(const struct hot_set *set, uint64_t pid)
{
	return find(set, pid);
}

/* ---- Ticks ----------------------------------------------------------------------------------- */

void hot_begin(struct hot_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		set->entries[i]->wanted = set->entries[i]->listed = false;
}

void hot_want(struct hot_set *set, uint64_t pid, const struct heap_entry *entry)
{
	struct hot *hot = find(set, pid);

	if (hot == NULL && set->count < HOT_MAX) {
		hot = calloc(1, sizeof(*hot));
		if (hot == NULL)
			return;
		hot->pid = pid;
		hot->row = (struct row){.pid = pid, .in_rate = NAN, .out_rate = NAN, .busy = NAN};
		if (entry != NULL) {
			hot->row.in_rate = (double)entry->in_rate;
			hot->row.out_rate = (double)entry->out_rate;
			hot->row.busy = (double)entry->busy;
		}
		set->entries[set->count++] = hot;
		*place_of(set, pid) = (uint32_t)set->count;
	}
	if (hot != NULL) {
		hot->wanted = true;
		hot->listed |= entry != NULL;
	}
}

const struct hot_sample *hot_sample(const struct hot *hot, uint32_t back)
{
	if (back >= HOT_SAMPLES || back >= hot->sample_next)
		return NULL;
	return &hot->samples[(hot->sample_next - 1 - back) % HOT_SAMPLES];
}

/*
 * When the message that is next in line arrived. Between two samples arrivals are taken as evenly
 * spread; before the first sample nothing is known but that it is at least that old.
 */
static uint64_t oldest_ns(const struct hot *hot, uint64_t next, uint64_t now_ns)
{
	const struct hot_sample *later = NULL;

	for (uint32_t back = 0;; back++) {
		const struct hot_sample *sample = hot_sample(hot, back);
		double share;

		if (sample == NULL)
			return later != NULL ? now_ns - later->monotonic_ns : ROW_UNKNOWN;
		if (sample->arrived >= next) {
			later = sample;
			continue;
		}
		if (later == NULL)
			return (now_ns - sample->monotonic_ns) / 2;
		share = (double)(next - sample->arrived) /
			(double)(later->arrived - sample->arrived);
		return now_ns - sample->monotonic_ns -
		       (uint64_t)(share * (double)(later->monotonic_ns - sample->monotonic_ns));
	}
}

static void keep_sample(struct hot *hot, const struct ticks *ticks)
{
	if (hot->kept_ns != 0 && ticks->monotonic_ns - hot->kept_ns < UINT64_C(950000000))
		return;
	hot->kept_ns = ticks->monotonic_ns;
	hot->samples[hot->sample_next % HOT_SAMPLES] = (struct hot_sample){
		.monotonic_ns = ticks->monotonic_ns,
		.arrived = hot->row.handled + hot->row.mailbox,
		.in_rate = (float)hot->row.in_rate,
		.mailbox = (float)hot->row.mailbox,
		.busy = (float)hot->row.busy,
	};
	hot->sample_next++;
}

/* How long it has been blocked, as far as was seen. */
static void follow_call(struct hot *hot, struct row *row, const struct ticks *ticks)
{
	if (row->state != ROW_STATE_CALLING || row->waiting_on == 0) {
		hot->call_on = 0;
		return;
	}
	if (hot->call_on != row->waiting_on || hot->call_handled != row->handled) {
		hot->call_on = row->waiting_on;
		hot->call_handled = row->handled;
		hot->call_since = ticks->now;
	}
	row->turn_ns = ticks_since_ns(ticks, hot->call_since);
}

static void take_rates(struct hot *hot, struct row *row, uint64_t busy, const struct ticks *ticks)
{
	double seconds = (double)ticks_since_ns(ticks, hot->ticks) / 1e9;

	if (hot->ticks == 0 || seconds <= 0) {
		row->in_rate = hot->row.in_rate;
		row->out_rate = hot->row.out_rate;
		row->busy = hot->row.busy;
	} else {
		uint64_t in = row->handled > hot->handled ? row->handled - hot->handled : 0;
		uint64_t out = row->sent > hot->sent ? row->sent - hot->sent : 0;
		uint64_t ran = busy > hot->busy ? busy - hot->busy : 0;

		row->in_rate = (double)in / seconds;
		row->out_rate = (double)out / seconds;
		row->busy = hot->row.busy;
		if (ticks->timed_ns > hot->timed_ns)
			row->busy = fmin((double)ticks_ns(ticks, ran) /
						 (double)(ticks->timed_ns - hot->timed_ns),
					 1);
	}
	hot->ticks = ticks->now;
	hot->timed_ns = ticks->timed_ns;
	hot->handled = row->handled;
	hot->sent = row->sent;
	hot->busy = busy;
}

static void mark_dead(struct hot *hot, const struct ticks *ticks)
{
	if (hot->dead_ns == 0)
		hot->dead_ns = ticks->monotonic_ns;
	hot->row.state = ROW_STATE_DEAD;
	hot->row.turn_ns = ticks->monotonic_ns - hot->dead_ns;
	hot->row.running = 0;
	hot->row.waiting_on = 0;
	hot->row.in_rate = 0;
	hot->row.out_rate = 0;
	hot->row.busy = 0;
}

static void refresh(struct hot *hot, const struct plane_view *plane, const struct meters *meters,
		    const struct ticks *ticks)
{
	uint32_t slot = actor_pid_slot((struct actor_pid){hot->pid});
	const struct actor_plane_actor *line = plane_view_actor_line(plane, slot);
	uint64_t busy = 0;
	struct row row;

	if (line == NULL || !line_read(line, slot, meters, ticks, &row, &busy) ||
	    row.pid != hot->pid) {
		mark_dead(hot, ticks);
		return;
	}
	take_rates(hot, &row, busy, ticks);
	follow_call(hot, &row, ticks);
	hot->row = row;
	keep_sample(hot, ticks);
	if (row.mailbox > 0)
		hot->row.oldest_ns = oldest_ns(hot, row.handled + 1, ticks->monotonic_ns);
}

void hot_refresh(struct hot_set *set, const struct plane_view *plane, const struct meters *meters,
		 const struct ticks *ticks)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct hot *hot = set->entries[i];
		bool fresh =
			hot->dead_ns == 0 || ticks->monotonic_ns - hot->dead_ns < HOT_RETAIN_NS;

		if (hot->wanted || hot->row.state != ROW_STATE_FREE)
			refresh(hot, plane, meters, ticks);
		if (hot->wanted || (hot->dead_ns != 0 && fresh)) {
			set->entries[kept++] = hot;
			continue;
		}
		free(hot);
	}
	set->count = kept;
	index_again(set);
}
