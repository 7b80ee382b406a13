/* SPDX-License-Identifier: MIT */
#include "debug/timeline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A place is run up to from at most so many steps before it, next time. */
#define NEAR_STEPS UINT64_C(256)
/* First distance of the copies that are spread. */
#define SPACING_MIN UINT64_C(8192)
/* ^C and progress are looked at after so many steps. */
#define PIECE UINT64_C(65536)

/* ---- One process ------------------------------------------------------------------------------
 */

static int note(struct timeline *timeline, const struct link *link, int status)
{
	if (status < 0)
		snprintf(timeline->error, sizeof(timeline->error), "%s", link->error);
	return status;
}

int timeline_ask(struct timeline *timeline, const struct link_request *request,
		 struct actor_control_reply *ret_reply)
{
	return note(timeline, &timeline->now, link_ask(&timeline->now, request, ret_reply));
}

static int make_copy(struct timeline *timeline, struct link *link, struct link *ret_copy)
{
	struct link copy = {.fd = -1, .script = timeline->script};
	struct link_request request = {.verb = ACTOR_CONTROL_CHECKPOINT, .ret_fd = &copy.fd};
	struct actor_control_reply reply;
	int status = note(timeline, link, link_ask(link, &request, &reply));

	if (status == -EBUSY)
		snprintf(timeline->error, sizeof(timeline->error),
			 "no copy of the program can be made here: it has threads that start "
			 "actors, "
			 "and a copy would be without them");
	if (status != 0)
		return status;
	if (copy.fd < 0) {
		snprintf(timeline->error, sizeof(timeline->error),
			 "the replayed program could not be copied");
		return -EPROTO;
	}
	copy.pid = reply.pid;
	timeline->copies_made++;
	*ret_copy = copy;
	return 0;
}

int timeline_copy(struct timeline *timeline, struct link *ret_link)
{
	return make_copy(timeline, &timeline->now, ret_link);
}

/* ---- Breaks -----------------------------------------------------------------------------------
 */

static int install(struct timeline *timeline, struct timeline_break *broken)
{
	struct link_request request = {
		.verb = ACTOR_CONTROL_BREAK, .bytes = &broken->what, .size = sizeof(broken->what)};
	struct actor_control_reply reply;
	int status = timeline_ask(timeline, &request, &reply);

	if (status == 0)
		broken->remote = (uint32_t)reply.a;
	return status;
}

static int uninstall_all(struct timeline *timeline)
{
	const struct link_request request = {.verb = ACTOR_CONTROL_UNBREAK};

	return timeline_ask(timeline, &request, NULL);
}

static int install_all(struct timeline *timeline, uint32_t only)
{
	int status = uninstall_all(timeline);

	for (uint32_t i = 0; i < timeline->break_count && status == 0; i++)
		if (only == 0 || timeline->breaks[i].number == only)
			status = install(timeline, &timeline->breaks[i]);
	return status;
}

static uint32_t number_of(const struct timeline *timeline, uint64_t remote)
{
	for (uint32_t i = 0; i < timeline->break_count; i++)
		if (timeline->breaks[i].remote == remote)
			return timeline->breaks[i].number;
	return 0;
}

int timeline_break(struct timeline *timeline, uint32_t number,
		   const struct actor_control_break *what)
{
	if (timeline->break_count == TIMELINE_BREAKS_MAX) {
		snprintf(timeline->error, sizeof(timeline->error),
			 "there are %d breakpoints already; delete some", TIMELINE_BREAKS_MAX);
		return -ENOSPC;
	}
	timeline->breaks[timeline->break_count++] =
		(struct timeline_break){.number = number, .what = *what};
	return 0;
}

int timeline_unbreak(struct timeline *timeline, uint32_t number)
{
	for (uint32_t i = 0; i < timeline->break_count; i++) {
		if (timeline->breaks[i].number != number)
			continue;
		memmove(&timeline->breaks[i], &timeline->breaks[i + 1],
			(timeline->break_count - i - 1) * sizeof(timeline->breaks[0]));
		timeline->break_count--;
		return 0;
	}
	return -ENOENT;
}

/* ---- Copies -----------------------------------------------------------------------------------
 */

static void drop(struct timeline *timeline, uint32_t at)
{
	link_close(&timeline->copies[at].link);
	memmove(&timeline->copies[at], &timeline->copies[at + 1],
		(timeline->copy_count - at - 1) * sizeof(timeline->copies[0]));
	timeline->copy_count--;
}

static uint32_t count_copies(const struct timeline *timeline, bool near)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < timeline->copy_count; i++)
		count += timeline->copies[i].near == near;
	return count;
}

/* Makes room for one more of its kind. The first copy, of the beginning, always stays. */
static void make_room(struct timeline *timeline, bool near)
{
	uint32_t oldest = 0;
	bool keep = true;

	if (near && count_copies(timeline, true) >= TIMELINE_NEAR) {
		for (uint32_t i = 1; i < timeline->copy_count; i++)
			if (timeline->copies[i].near &&
			    (oldest == 0 ||
			     timeline->copies[i].used < timeline->copies[oldest].used))
				oldest = i;
		drop(timeline, oldest);
	}
	if (near || count_copies(timeline, false) < TIMELINE_SPREAD)
		return;
	timeline->spacing *= 2;
	for (uint32_t i = 1; i < timeline->copy_count;) {
		if (timeline->copies[i].near) {
			i++;
			continue;
		}
		keep = !keep;
		if (keep)
			i++;
		else
			drop(timeline, i);
	}
}

static int keep_copy(struct timeline *timeline, bool near)
{
	struct timeline_copy copy = {.count = timeline_count(timeline),
				     .step = timeline->where.step,
				     .used = ++timeline->clock,
				     .near = near};
	uint32_t at = timeline->copy_count;
	int status;

	if (timeline->branch)
		return 0;
	for (uint32_t i = 0; i < timeline->copy_count; i++)
		if (timeline->copies[i].count == copy.count)
			return 0;
	make_room(timeline, near);
	status = timeline_copy(timeline, &copy.link);
	if (status == -EBUSY)
		return 0; /* the way back is longer, that is all */
	if (status != 0)
		return status;
	at = timeline->copy_count;
	while (at > 0 && timeline->copies[at - 1].count > copy.count)
		at--;
	memmove(&timeline->copies[at + 1], &timeline->copies[at],
		(timeline->copy_count - at) * sizeof(timeline->copies[0]));
	timeline->copies[at] = copy;
	timeline->copy_count++;
	return 0;
}

/* The last copy that stands at `count` or before. */
static uint32_t copy_before(const struct timeline *timeline, uint64_t count)
{
	uint32_t at = 0;

	while (at + 1 < timeline->copy_count && timeline->copies[at + 1].count <= count)
		at++;
	return at;
}

static int go_to_copy(struct timeline *timeline, uint32_t at)
{
	const struct link_request where = {.verb = ACTOR_CONTROL_WHERE};
	struct link copy;
	int status = make_copy(timeline, &timeline->copies[at].link, &copy);

	if (status != 0)
		return status;
	timeline->copies[at].used = ++timeline->clock;
	link_close(&timeline->now);
	timeline->now = copy;
	timeline->at_end = timeline->left = timeline->crashed = false;
	return timeline_ask(timeline, &where, &timeline->where);
}

/* ---- Running ----------------------------------------------------------------------------------
 */

/* Stands at `count`, without a break. -EPIPE: it dies on the way. */
static int stand_at(struct timeline *timeline, uint64_t count)
{
	const struct link_request request = {.verb = ACTOR_CONTROL_RUN, .a = count};
	int status = go_to_copy(timeline, copy_before(timeline, count));

	if (status == 0 && timeline_count(timeline) < count)
		status = uninstall_all(timeline);
	if (status == 0 && timeline_count(timeline) < count)
		status = timeline_ask(timeline, &request, &timeline->where);
	return status;
}

/*
 * The process has died behind `from`, having begun that many steps; back to before the last of
 * them. Should it not come to that again, the room between is halved.
 */
static int take_crash(struct timeline *timeline, uint64_t from, uint64_t steps)
{
	uint64_t good = from;                           /* it can stand there */
	uint64_t bad = steps > from ? steps : from + 1; /* and does not live until then */
	uint64_t next = bad - 1;
	int status;

	while (bad - good > 1) {
		status = stand_at(timeline, next);
		if (timeline->interrupted != NULL && *timeline->interrupted)
			return -EINTR;
		if (status == 0)
			good = next;
		else if (status == -EPIPE)
			bad = next;
		else
			return status;
		next = good + (bad - good) / 2;
	}
	timeline->crash = good;
	status = stand_at(timeline, good);
	timeline->crashed = status == 0;
	return status;
}

/* Until `count` steps are begun, or before the script's `step` (0: any). Breaks stop it. */
static int run(struct timeline *timeline, uint64_t count, uint64_t step, uint32_t *ret_break)
{
	struct link_request request = {.verb = ACTOR_CONTROL_RUN, .a = count, .b = step};
	uint64_t from = timeline_count(timeline);
	int status;

	*ret_break = 0;
	if (timeline->at_end)
		return 0;
	status = timeline_ask(timeline, &request, &timeline->where);
	if (status == -EPIPE && !timeline->branch)
		return take_crash(timeline, from,
				  __atomic_load_n(&timeline->script->steps, __ATOMIC_RELAXED));
	if (status != 0)
		return status;
	timeline->at_end = timeline->where.stop == ACTOR_CONTROL_STOP_END ||
			   timeline->where.stop == ACTOR_CONTROL_STOP_LEFT;
	timeline->left = timeline->where.stop == ACTOR_CONTROL_STOP_LEFT;
	if (timeline->where.stop == ACTOR_CONTROL_STOP_BREAK)
		*ret_break = number_of(timeline, timeline->where.a);
	return 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Where the next copy of those that are spread is due. */
static uint64_t next_spread(const struct timeline *timeline)
{
	uint64_t last = 0;

	for (uint32_t i = 0; i < timeline->copy_count; i++)
		if (!timeline->copies[i].near &&
		    timeline->copies[i].count <= timeline_count(timeline))
			last = timeline->copies[i].count;
	return last + timeline->spacing;
}

/* Forward to `count`, leaving copies behind. */
static int run_to(struct timeline *timeline, uint64_t count, uint32_t *ret_break)
{
	uint64_t begin = timeline_count(timeline);
	/* To the end, which is about where the recording's was. */
	uint64_t aim = count != UINT64_MAX ? count : timeline->total;
	bool far = aim > begin + NEAR_STEPS;
	int status = 0;

	*ret_break = 0;
	while (status == 0 && timeline_count(timeline) < count && !timeline->at_end &&
	       !timeline->crashed) {
		uint64_t now = timeline_count(timeline);
		uint64_t to = least(count, now + PIECE);

		if (timeline->interrupted != NULL && *timeline->interrupted)
			return -EINTR;
		if (!timeline->branch) {
			if (next_spread(timeline) <= now)
				status = keep_copy(timeline, false);
			if (status != 0)
				break;
			if (next_spread(timeline) > now)
				to = least(to, next_spread(timeline));
			if (far && now < aim - NEAR_STEPS)
				to = least(to, aim - NEAR_STEPS);
			else if (far && now == aim - NEAR_STEPS)
				status = keep_copy(timeline, true);
			if (status != 0)
				break;
		}
		status = run(timeline, to, timeline->stop_step, ret_break);
		if (status != 0 || *ret_break != 0 ||
		    (timeline->stop_step != 0 && timeline->where.step == timeline->stop_step))
			break;
		if (timeline->progress != NULL && count != UINT64_MAX && count > begin)
			timeline->progress(timeline->progress_user,
					   (double)(timeline_count(timeline) - begin) /
						   (double)(count - begin));
	}
	return status;
}

/*
 * Whoever comes to a place that was not known before goes back from there next: leaves a copy
 * shortly before it. That takes no longer than the way from the last copy has.
 */
static int keep_near(struct timeline *timeline)
{
	uint64_t count = timeline_count(timeline);
	uint64_t from = timeline->copies[copy_before(timeline, count)].count;
	int status;

	if (timeline->branch || timeline->at_end || timeline->crashed ||
	    count - from <= NEAR_STEPS || count - from > 2 * timeline->spacing)
		return 0;
	status = stand_at(timeline, count - NEAR_STEPS);
	if (status == 0)
		status = keep_copy(timeline, true);
	return status == 0 ? stand_at(timeline, count) : status;
}

static int refuse_in_branch(struct timeline *timeline)
{
	snprintf(timeline->error, sizeof(timeline->error),
		 "this is a what-if, which only goes forward; abandon throws it away");
	return -EPERM;
}

int timeline_go(struct timeline *timeline, uint64_t count, bool stop, uint32_t *ret_break)
{
	uint32_t hit = 0;
	int status = 0;

	if (count < timeline_count(timeline)) {
		if (timeline->branch)
			return refuse_in_branch(timeline);
		status = go_to_copy(timeline, copy_before(timeline, count));
	} else if (!timeline->branch && count != UINT64_MAX) {
		uint32_t at = copy_before(timeline, count);

		if (timeline->copies[at].count > timeline_count(timeline) && !stop)
			status = go_to_copy(timeline, at);
	}
	if (status == 0)
		status = stop ? install_all(timeline, 0) : uninstall_all(timeline);
	if (status == 0)
		status = run_to(timeline, count, &hit);
	if (status == 0 && hit != 0)
		status = keep_near(timeline);
	if (ret_break != NULL)
		*ret_break = hit;
	return status;
}

int timeline_go_step(struct timeline *timeline, uint64_t step)
{
	uint32_t hit;
	int status = 0;
	uint32_t at = 0;

	if (timeline->branch)
		return refuse_in_branch(timeline);
	/* Copies are ordered by count, and the script's order is nearly that. */
	status = uninstall_all(timeline);
	if (status == 0 && timeline->where.step > step) {
		at = copy_before(timeline, timeline_count(timeline));
		while (at > 0 && timeline->copies[at].step > step)
			at--;
		status = go_to_copy(timeline, at);
		if (status == 0)
			status = uninstall_all(timeline);
	}
	if (status == 0 && timeline->where.step < step) {
		timeline->stop_step = step;
		status = run_to(timeline, UINT64_MAX, &hit);
		timeline->stop_step = 0;
	}
	if (status == 0)
		status = keep_near(timeline);
	return status;
}

/* ---- Backwards --------------------------------------------------------------------------------
 */

/* The last break between a copy and `end`, which counts only if `inclusive`. */
static int last_hit(struct timeline *timeline, uint32_t at, uint64_t end, bool inclusive,
		    uint32_t only, uint64_t *ret_count, uint32_t *ret_break)
{
	uint32_t hit = 0;
	int status = go_to_copy(timeline, at);

	*ret_break = 0;
	if (status == 0)
		status = install_all(timeline, only);
	while (status == 0 && timeline_count(timeline) < end && !timeline->at_end) {
		if (timeline->interrupted != NULL && *timeline->interrupted)
			return -EINTR;
		status = run(timeline, end, 0, &hit);
		if (status != 0 || hit == 0 || timeline->crashed)
			break;
		if (timeline_count(timeline) < end || inclusive) {
			*ret_count = timeline_count(timeline);
			*ret_break = hit;
		}
	}
	return status;
}

int timeline_reverse(struct timeline *timeline, uint32_t number, bool inclusive,
		     uint32_t *ret_break)
{
	uint64_t begin = timeline_count(timeline);
	uint64_t end = begin;
	int status = 0;

	*ret_break = 0;
	if (timeline->branch)
		return refuse_in_branch(timeline);
	while (status == 0 && end > 0) {
		uint32_t at = copy_before(timeline, end - 1);
		uint64_t start = timeline->copies[at].count;
		uint64_t count = 0;

		status = last_hit(timeline, at, end, inclusive, number, &count, ret_break);
		if (status == 0 && *ret_break != 0)
			return timeline_go(timeline, count, false, NULL);
		if (start == 0 || at == 0)
			break;
		/* A break at the very beginning of a stretch belongs to the one before. */
		end = start;
		inclusive = true;
	}
	if (status == -EINTR) {
		(void)timeline_go(timeline, begin, false, NULL);
		return -EINTR;
	}
	return status == 0 ? timeline_go(timeline, 0, false, NULL) : status;
}

/* ---- What if ----------------------------------------------------------------------------------
 */

int timeline_branch(struct timeline *timeline)
{
	struct link copy;
	int status;

	if (timeline->branch)
		return 0;
	status = timeline_copy(timeline, &copy);
	if (status != 0)
		return status;
	timeline->trunk = timeline->now;
	timeline->trunk_where = timeline->where;
	timeline->trunk_at_end = timeline->at_end;
	timeline->now = copy;
	timeline->branch = true;
	return 0;
}

int timeline_abandon(struct timeline *timeline)
{
	if (!timeline->branch)
		return -ENOENT;
	link_close(&timeline->now);
	timeline->now = timeline->trunk;
	timeline->where = timeline->trunk_where;
	timeline->at_end = timeline->trunk_at_end;
	timeline->left = timeline->crashed = false;
	timeline->branch = false;
	return 0;
}

/* ---- Beginning and end ------------------------------------------------------------------------
 */

int timeline_begin(struct timeline *timeline, struct link first)
{
	const struct link_request where = {.verb = ACTOR_CONTROL_WHERE};
	int status;

	memset(timeline, 0, sizeof(*timeline));
	timeline->script = first.script;
	timeline->spacing = SPACING_MIN;
	timeline->now.fd = timeline->trunk.fd = -1;
	timeline->copies[0] = (struct timeline_copy){.link = first};
	timeline->copy_count = 1;
	status = note(timeline, &timeline->copies[0].link,
		      link_ask(&timeline->copies[0].link, &where, &timeline->where));
	timeline->copies[0].count = timeline->where.steps;
	timeline->copies[0].step = timeline->where.step;
	return status == 0 ? go_to_copy(timeline, 0) : status;
}

void timeline_end(struct timeline *timeline)
{
	if (timeline->branch)
		(void)timeline_abandon(timeline);
	link_close(&timeline->now);
	while (timeline->copy_count > 0)
		drop(timeline, timeline->copy_count - 1);
}
