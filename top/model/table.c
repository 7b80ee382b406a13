/* SPDX-License-Identifier: MIT */
#include "model/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <actor/pid.h>

#include "model/line.h"

/* Slots between two looks at the clock. */
#define BLOCK 2048u

/* Busy time is kept in steps of 1024 ticks: 32 bits of them last for half an hour of running. */
#define BUSY_SHIFT 10

struct table_before {
	uint32_t generation; /* 0: nobody has been seen here */
	uint32_t in;
	uint32_t out;
	uint32_t busy;
};

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Zeroes that take memory only when they are touched. */
static void *reserve(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static size_t blocks_of(size_t slots)
{
	return slots / BLOCK + 1;
}

static int findings_init(struct table_findings *findings)
{
	findings->heap.entries = calloc(TABLE_ROWS_MAX, sizeof(*findings->heap.entries));
	findings->waits = reserve(TABLE_WAITS_MAX * sizeof(*findings->waits));
	return findings->heap.entries != NULL && findings->waits != NULL ? 0 : -ENOMEM;
}

static void findings_finish(struct table_findings *findings)
{
	free(findings->heap.entries);
	free(findings->behaviours);
	if (findings->waits != NULL)
		munmap(findings->waits, TABLE_WAITS_MAX * sizeof(*findings->waits));
}

int table_init(struct table *table, const struct plane_view *plane)
{
	memset(table, 0, sizeof(*table));
	table->plane = plane;
	table->slots = plane_view_header(plane)->region[ACTOR_PLANE_REGION_ACTORS].count;
	table->before = reserve((table->slots + 1) * sizeof(*table->before));
	table->looks = calloc(blocks_of(table->slots), sizeof(*table->looks));
	if (table->before == NULL || table->looks == NULL ||
	    findings_init(&table->findings[0]) != 0 || findings_init(&table->findings[1]) != 0) {
		table_finish(table);
		return -ENOMEM;
	}
	return 0;
}

void table_finish(struct table *table)
{
	if (table->before != NULL)
		munmap(table->before, (table->slots + 1) * sizeof(*table->before));
	free(table->looks);
	findings_finish(&table->findings[0]);
	findings_finish(&table->findings[1]);
	memset(table, 0, sizeof(*table));
}

/* ---- Gathering ------------------------------------------------------------------------------- */

static void behaviours_room(struct table_findings *findings, uint32_t count)
{
	struct row *more;

	if (count >= findings->behaviour_room) {
		more = realloc(findings->behaviours, ((size_t)count + 16) * sizeof(*more));
		if (more == NULL)
			return;
		findings->behaviours = more;
		findings->behaviour_room = count + 16;
	}
	findings->behaviour_count = count;
}

static void findings_clear(struct table_findings *findings, const struct table_wish *wish,
			   uint32_t behaviours)
{
	memset(&findings->sums, 0, sizeof(findings->sums));
	findings->heap.count = 0;
	findings->heap.capacity = wish->rows < TABLE_ROWS_MAX ? wish->rows : TABLE_ROWS_MAX;
	findings->wait_count = 0;
	findings->died = 0;
	behaviours_room(findings, behaviours);
	if (findings->behaviours != NULL)
		memset(findings->behaviours, 0,
		       findings->behaviour_room * sizeof(*findings->behaviours));
}

static void add_behaviour(struct table_findings *findings, const struct row *row)
{
	struct row *sum;

	if (row->behaviour == 0 || row->behaviour > findings->behaviour_count)
		return;
	sum = &findings->behaviours[row->behaviour];
	sum->behaviour = row->behaviour;
	sum->actors++;
	sum->running += row->running;
	sum->restarts += row->restarts;
	sum->mailbox += row->mailbox;
	if (row->mailbox > sum->mailbox_max)
		sum->mailbox_max = row->mailbox;
	sum->handled += row->handled;
	sum->sent += row->sent;
	sum->memory += row->memory;
	sum->busy_ns += row->busy_ns;
	sum->in_rate += row->in_rate;
	sum->out_rate += row->out_rate;
	sum->busy += row->busy;
	sum->kind = row->kind;
}

static void add_sums(struct table_sums *sums, const struct row *row)
{
	sums->states[row->state]++;
	sums->actors++;
	sums->mailbox += row->mailbox;
	sums->memory += row->memory;
	if (row->mailbox > sums->mailbox_max) {
		sums->mailbox_max = row->mailbox;
		sums->mailbox_max_pid = row->pid;
	}
}

/* Notes a blocked call. Both lists are in the order of slots, so the last pass's is merged. */
static void add_wait(struct table *table, struct row *row, const struct ticks *ticks)
{
	const struct table_findings *last = table_found(table);
	struct table_findings *findings = &table->findings[table->running];
	uint32_t slot = actor_pid_slot((struct actor_pid){row->pid});
	uint64_t since = ticks->now;

	while (table->wait_before < last->wait_count) {
		const struct table_wait *known = &last->waits[table->wait_before];
		uint32_t at = actor_pid_slot((struct actor_pid){known->pid});

		if (at > slot)
			break;
		table->wait_before++;
		if (known->pid == row->pid && known->on == row->waiting_on &&
		    known->handled == row->handled)
			since = known->since;
	}
	row->turn_ns = ticks_since_ns(ticks, since);
	if (findings->wait_count < TABLE_WAITS_MAX)
		findings->waits[findings->wait_count++] =
			(struct table_wait){row->pid, row->waiting_on, row->handled, since};
}

/* Over what the rates of a block are. */
struct span {
	double seconds; /* 0: it is looked at for the first time */
	double timed;   /* seconds of it during which turns were stamped */
};

/* Rates since the slot was looked at last. */
static void add_rates(struct table_before *before, struct row *row, uint64_t busy,
		      const struct span *span, const struct ticks *ticks)
{
	uint32_t generation = actor_pid_generation((struct actor_pid){row->pid});
	uint32_t busy_steps = (uint32_t)(busy >> BUSY_SHIFT);
	bool same = before->generation == generation;

	if (span->seconds > 0) {
		/* The one that lives here now has been born since, so all it did is new. */
		uint32_t in = (uint32_t)row->handled - (same ? before->in : 0);
		uint32_t out = (uint32_t)row->sent - (same ? before->out : 0);
		uint32_t ran = busy_steps - (same ? before->busy : 0);
		double ran_ns;

		/* A running turn's share is an estimate, and may be taken back a little. */
		ran = ran > UINT32_MAX / 2 ? 0 : ran;
		in = in > UINT32_MAX / 2 ? 0 : in;
		ran_ns = (double)ticks_ns(ticks, (uint64_t)ran << BUSY_SHIFT);
		row->in_rate = in / span->seconds;
		row->out_rate = out / span->seconds;
		if (span->timed > 0)
			row->busy = fmin(ran_ns / 1e9 / span->timed, 1);
	}
	*before = (struct table_before){generation, (uint32_t)row->handled, (uint32_t)row->sent,
					busy_steps};
}

static void add_to_list(struct table_findings *findings, const struct table_wish *wish,
			const struct names *names, const struct row *row)
{
	uint64_t rank;

	if (wish->match != NULL && !wish->match(wish->user, row))
		return;
	findings->sums.matching++;
	rank = column_rank(&columns[wish->sort], names, row);
	if (wish->rising)
		rank = ~rank;
	if (heap_wants(&findings->heap, rank, row->pid)) {
		struct heap_entry entry = {rank, row->pid, (float)row->in_rate,
					   (float)row->out_rate, (float)row->busy};

		heap_put(&findings->heap, &entry);
	}
}

/* A slot's generation grows by one with every death; the first one is 1. */
static void count_deaths(const struct table_before *before, uint32_t generation, double seconds,
			 struct table_findings *findings)
{
	uint32_t base = before->generation != 0 ? before->generation : 1;

	if (seconds > 0 && generation > base)
		findings->died += generation - base;
}

static void sweep_block(struct table *table, const struct table_wish *wish,
			const struct names *names, const struct meters *meters,
			const struct ticks *ticks)
{
	struct table_findings *findings = &table->findings[table->running];
	struct table_look *look = &table->looks[table->next / BLOCK];
	struct span span = {0, 0};
	uint32_t end = table->next + BLOCK;

	if (end > table->slots_used)
		end = table->slots_used;
	if (look->ticks != 0 && ticks->now > look->ticks) {
		span.seconds = (double)ticks_since_ns(ticks, look->ticks) / 1e9;
		span.timed = (double)(ticks->timed_ns - look->timed_ns) / 1e9;
	}
	for (uint32_t slot = table->next; slot < end; slot++) {
		const struct actor_plane_actor *line = plane_view_actor_line(table->plane, slot);
		struct table_before *before = &table->before[slot];
		struct row row;
		uint64_t busy;

		if (line == NULL)
			break;
		if (!line_read(line, slot, meters, ticks, &row, &busy)) {
			uint32_t generation = __atomic_load_n(&line->generation, __ATOMIC_RELAXED);

			count_deaths(before, generation, span.seconds, findings);
			*before = (struct table_before){generation, 0, 0, 0};
			continue;
		}
		count_deaths(before, actor_pid_generation((struct actor_pid){row.pid}),
			     span.seconds, findings);
		add_rates(before, &row, busy, &span, ticks);
		if (row.waiting_on != 0 && row.state == ROW_STATE_CALLING)
			add_wait(table, &row, ticks);
		if (wish->visit != NULL)
			wish->visit(wish->visit_user, &row);
		add_sums(&findings->sums, &row);
		add_behaviour(findings, &row);
		if (wish->complete != NULL)
			wish->complete(wish->complete_user, &row);
		add_to_list(findings, wish, names, &row);
	}
	*look = (struct table_look){ticks->now, ticks->timed_ns};
	table->next = end;
}

/* ---- Passes ---------------------------------------------------------------------------------- */

static void pass_begin(struct table *table, const struct table_wish *wish,
		       const struct ticks *ticks)
{
	struct plane_counts counts;

	plane_view_counts(table->plane, &counts);
	findings_clear(&table->findings[table->running], wish, counts.behaviours);
	table->slots_used = counts.actors < table->slots ? counts.actors : (uint32_t)table->slots;
	table->next = 0;
	table->wait_before = 0;
	table->in_pass = true;
	table->pass_begun = ticks->now;
	table->pass_spent_ns = 0;
}

static void pass_end(struct table *table, const struct ticks *ticks)
{
	struct table_findings *findings = &table->findings[table->running];
	uint64_t before = table->pass_ended;
	double seconds = before != 0 ? (double)ticks_since_ns(ticks, before) / 1e9 : 0;
	const struct table_sums *last = &table_found(table)->sums;
	double born = (double)findings->sums.actors - (double)last->actors + (double)findings->died;

	findings->sums.born_rate = seconds > 0 ? fmax(born, 0) / seconds : NAN;
	findings->sums.died_rate = seconds > 0 ? (double)findings->died / seconds : NAN;
	table->pass_before = before;
	table->pass_ended = ticks->now;
	table->pass_cost_ns = table->pass_spent_ns;
	table->in_pass = false;
	table->running = 1 - table->running;
}

/* What this thread has used of its CPU. */
static uint64_t own_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

bool table_sweep(struct table *table, const struct table_wish *wish, const struct names *names,
		 const struct meters *meters, const struct ticks *ticks, uint64_t budget_ns)
{
	uint64_t begin = own_time(), begun = plane_clock_monotonic(), spent;

	if (!table->in_pass)
		pass_begin(table, wish, ticks);
	do {
		sweep_block(table, wish, names, meters, ticks);
		spent = own_time() - begin;
		/* Of a busy machine's time it gets only a part; that must not stop the screen. */
	} while (table->next < table->slots_used && spent < budget_ns &&
		 plane_clock_monotonic() - begun < 3 * budget_ns);
	table->pass_spent_ns += spent;
	if (table->next < table->slots_used)
		return false;
	pass_end(table, ticks);
	return true;
}

void table_restart(struct table *table)
{
	table->in_pass = false;
}

double table_progress(const struct table *table)
{
	if (!table->in_pass || table->slots_used == 0)
		return 1;
	return (double)table->next / table->slots_used;
}
