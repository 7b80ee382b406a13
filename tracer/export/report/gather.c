/* SPDX-License-Identifier: MIT */
#include "export/report/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KIND(NAME) (UINT64_C(1) << ACTOR_EVENT_##NAME)

static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* ---- types ---- */

static struct report_type *type_of(struct report *report, uint16_t tag)
{
	struct report_type **known = pidmap_get(&report->type_map, tag, 0);
	struct report_type *type;

	if (known != NULL)
		return *known;
	if (report->type_count == REPORT_TYPES_MAX)
		return NULL;
	type = calloc(1, sizeof(*type));
	known = pidmap_put(&report->type_map, tag, 0, NULL);
	if (type == NULL || known == NULL) {
		free(type);
		report->failed = true;
		return NULL;
	}
	type->type = tag;
	*known = type;
	report->types[report->type_count++] = type;
	return type;
}

static size_t place(const struct report *report, int64_t ns, size_t count)
{
	double share =
		report->to_ns > report->from_ns
			? (double)(ns - report->from_ns) / (double)(report->to_ns - report->from_ns)
			: 0;
	double at = share * (double)count;

	return at < 0 ? 0 : at >= (double)count ? count - 1 : (size_t)at;
}

static size_t heat_row(uint64_t ns)
{
	double row = 3 * (log10(ns > 0 ? (double)ns : 1) - 2);

	return row < 0 ? 0 : row >= REPORT_HEAT_ROWS ? REPORT_HEAT_ROWS - 1 : (size_t)row;
}

static void note_type(struct report *report, const struct turn *turn, uint64_t queue_ns,
		      uint64_t run_ns)
{
	struct report_type *type = type_of(report, turn->tag);
	const struct source *source = report->source;
	int64_t start_ns = source_ns(source, turn->start);
	uint64_t latency;

	if (type == NULL) {
		report->types_left_out++;
		return;
	}
	type->count++;
	if (turn->has_send) {
		histogram_add(&type->queue, queue_ns);
		if (turn->depth > type->depth_max)
			type->depth_max = turn->depth;
	}
	if (turn->end == 0)
		return;
	histogram_add(&type->run, run_ns);
	latency = queue_ns + (uint64_t)(source_ns(source, turn->end) - start_ns);
	histogram_add(&type->latency, latency);
	type->heat[place(report, start_ns, REPORT_HEAT_COLUMNS)][heat_row(latency)]++;
}

/* ---- actors and behaviours ---- */

static void note_actor(struct report *report, const struct turn *turn, uint64_t queue_ns,
		       uint64_t run_ns)
{
	struct report_actor *actor = pidmap_put(&report->actors, turn->actor, 0, NULL);

	if (actor == NULL) {
		report->failed = true;
		return;
	}
	actor->pid = turn->actor;
	actor->turns++;
	actor->messages += turn_is_message(turn);
	actor->run_ns += run_ns;
	actor->sends += turn->sends;
	if (turn->wait > 0)
		actor->wait_ns += (uint64_t)clock_span_ns(&report->source->trace->clock,
							  turn->start, turn->wait);
	if (run_ns > actor->run_max_ns)
		actor->run_max_ns = run_ns;
	if (queue_ns > actor->queue_max_ns)
		actor->queue_max_ns = queue_ns;
	if (turn->has_send && turn->depth > actor->depth_max)
		actor->depth_max = turn->depth;
}

static uint32_t group_of(struct report *report, uint64_t pid)
{
	const size_t max = sizeof(report->group_names) / sizeof(report->group_names[0]);
	const char *name = source_group(report->source, pid);
	bool fresh;
	uint32_t *number = pidmap_put(&report->group_map, hash_text(name), 0, &fresh);

	if (number == NULL) {
		report->failed = true;
		return 0;
	}
	if (fresh && report->group_names_count < max) {
		*number = (uint32_t)report->group_names_count;
		report->group_names[report->group_names_count++] = name;
	} else if (fresh) {
		*number = (uint32_t)max; /* one of the others */
	}
	return *number;
}

static void note_pair(struct report *report, const struct turn *turn)
{
	uint64_t *messages;

	if (turn->sender == 0 || turn->message == ACTOR_MESSAGE_KIND_TIMER)
		return;
	messages = pidmap_put(&report->pairs, group_of(report, turn->sender),
			      group_of(report, turn->actor), NULL);
	if (messages == NULL)
		report->failed = true;
	else
		++*messages;
}

/* ---- the pass ---- */

static int take_turn(void *user, const struct story_turn *told)
{
	struct report *report = user;
	const struct turn *turn = &told->turn;
	const struct clock_line *clock = &report->source->trace->clock;
	uint64_t run_ns = (uint64_t)clock_span_ns(clock, turn->start, turn->run);
	uint64_t queue_ns =
		turn->has_send && turn->start > turn->sent
			? (uint64_t)clock_span_ns(clock, turn->sent, turn->start - turn->sent)
			: 0;
	struct report_bucket *bucket = &report->buckets[place(
		report, source_ns(report->source, turn->start), REPORT_BUCKETS)];

	report->turns++;
	report->run_ns += run_ns;
	bucket->run_ns += run_ns;
	note_actor(report, turn, queue_ns, run_ns);
	report_note_chain(report, turn);
	if (turn_is_message(turn)) {
		report->messages++;
		bucket->messages++;
		note_type(report, turn, queue_ns, run_ns);
		note_pair(report, turn);
	}
	return report->failed ? -ENOMEM : 0;
}

/* An end that nobody worries about. */
static bool is_calm(const struct actor_event *event)
{
	char buffer[32];
	const char *reason;

	if (event->kind != ACTOR_EVENT_EXIT)
		return false;
	reason = trace_reason((int64_t)event->b, buffer);
	return strcmp(reason, "normal") == 0 || strcmp(reason, "shutdown") == 0;
}

static int take_event(void *user, const struct walk_event *event)
{
	struct report *report = user;
	const struct actor_event *record = event->event;
	enum event_slot actor = event_slot_of(record->kind, ACTOR_FIELD_ACTOR);
	int64_t ns = source_ns(report->source, event->time);
	struct report_incident incident = {.kind = record->kind, .time_ns = ns};

	if (is_calm(record))
		return 0;
	report->incidents_of[record->kind]++;
	report->buckets[place(report, ns, REPORT_BUCKETS)].incidents++;
	if (report->incident_count == REPORT_INCIDENTS_MAX)
		return 0;
	incident.actor = actor != EVENT_SLOT_COUNT ? event_slot_value(record, actor) : event->actor;
	if (record->kind == ACTOR_EVENT_RESTART || record->kind == ACTOR_EVENT_GIVE_UP)
		incident.value = (int64_t)record->c;
	else
		incident.value = (int64_t)record->b;
	report->incidents[report->incident_count++] = incident;
	return 0;
}

/* ---- order ---- */

static int compare_types(const void *a, const void *b)
{
	const struct report_type *x = *(struct report_type *const *)a;
	const struct report_type *y = *(struct report_type *const *)b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->type < y->type ? -1 : x->type > y->type;
}

/* The busiest ones and those with the longest turns: half of the places each. */
static uint64_t rank(const struct report_actor *actor, bool by_slowest)
{
	return by_slowest ? actor->run_max_ns : actor->run_ns;
}

static bool is_ranked(const struct report *report, const struct report_actor *actor)
{
	for (size_t i = 0; i < report->ranked_count; i++)
		if (report->ranked[i] == actor)
			return true;
	return false;
}

static void rank_actors(struct report *report, size_t end, bool by_slowest)
{
	size_t first = report->ranked_count;
	size_t position = 0;
	uint64_t pid;
	uint32_t number;
	struct report_actor *actor;

	while ((actor = pidmap_next(&report->actors, &position, &pid, &number)) != NULL) {
		size_t at = report->ranked_count;

		if (first > 0 && is_ranked(report, actor))
			continue;
		if (at == end && (at == first || rank(report->ranked[at - 1], by_slowest) >=
							 rank(actor, by_slowest)))
			continue;
		if (at < end)
			report->ranked_count++;
		else
			at--;
		for (; at > first &&
		       rank(report->ranked[at - 1], by_slowest) < rank(actor, by_slowest);
		     at--)
			report->ranked[at] = report->ranked[at - 1];
		report->ranked[at] = actor;
	}
}

static int compare_busy(const void *a, const void *b)
{
	const struct report_actor *x = *(struct report_actor *const *)a;
	const struct report_actor *y = *(struct report_actor *const *)b;

	if (x->run_ns != y->run_ns)
		return x->run_ns > y->run_ns ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* The behaviours with the most messages get a row; the others share the last one. */
static void fill_matrix(struct report *report)
{
	uint64_t sums[257] = {0};
	uint32_t places[257];
	size_t position = 0;
	uint64_t from;
	uint32_t to;
	const uint64_t *messages;

	while ((messages = pidmap_next(&report->pairs, &position, &from, &to)) != NULL) {
		sums[from] += *messages;
		sums[to] += *messages;
	}
	for (size_t i = 0; i < 257; i++)
		places[i] = REPORT_GROUPS_SHOWN;
	while (report->group_count < REPORT_GROUPS_SHOWN) {
		size_t most = 256;

		for (size_t i = 0; i < report->group_names_count; i++)
			if (places[i] == REPORT_GROUPS_SHOWN && sums[i] > 0 &&
			    (most == 256 || sums[i] > sums[most]))
				most = i;
		if (most == 256)
			break;
		places[most] = (uint32_t)report->group_count;
		report->groups[report->group_count++] = report->group_names[most];
	}
	position = 0;
	while ((messages = pidmap_next(&report->pairs, &position, &from, &to)) != NULL)
		report->flow[places[from]][places[to]] += *messages;
	report->groups[REPORT_GROUPS_SHOWN] = "others";
}

static struct report *create(struct source *source)
{
	struct report *report = calloc(1, sizeof(*report));
	uint64_t from = source->from > source->first_ticks ? source->from : source->first_ticks;
	uint64_t to = source->to < source->last_ticks ? source->to : source->last_ticks;

	if (report == NULL)
		return NULL;
	report->source = source;
	report->from_ns = source_ns(source, from);
	report->to_ns = source_ns(source, to > from ? to : from + 1);
	pidmap_init(&report->type_map, sizeof(struct report_type *));
	pidmap_init(&report->actors, sizeof(struct report_actor));
	pidmap_init(&report->pairs, sizeof(uint64_t));
	pidmap_init(&report->group_map, sizeof(uint32_t));
	pidmap_init(&report->root_map, sizeof(uint32_t));
	return report;
}

int report_gather(struct source *source, struct report **ret_report)
{
	struct report *report = create(source);
	const struct story_sink sink = {
		.user = report,
		.turn = take_turn,
		.event = take_event,
		.kinds = KIND(EXIT) | KIND(RESTART) | KIND(GIVE_UP) | KIND(STUCK) |
			 KIND(MAILBOX_HIGH) | KIND(MAILBOX_DROP) | KIND(DEAD_LETTER) |
			 KIND(LATE_REPLY) | KIND(UNHANDLED),
		.begin = report_begin_chain,
	};
	int status;

	*ret_report = report;
	if (report == NULL)
		return -ENOMEM;
	status = story_tell(source, &sink);
	if (status != 0)
		return status;
	qsort(report->types, report->type_count, sizeof(report->types[0]), compare_types);
	rank_actors(report, REPORT_ACTORS_SHOWN / 2, false);
	rank_actors(report, REPORT_ACTORS_SHOWN, true);
	qsort(report->ranked, report->ranked_count, sizeof(report->ranked[0]), compare_busy);
	fill_matrix(report);
	return report_follow_chains(report);
}

struct report *report_destroy(struct report *report)
{
	if (report == NULL)
		return NULL;
	for (size_t i = 0; i < report->type_count; i++)
		free(report->types[i]);
	for (size_t i = 0; i < report->chain_count; i++)
		free(report->chains[i].steps);
	pidmap_finish(&report->type_map);
	pidmap_finish(&report->actors);
	pidmap_finish(&report->pairs);
	pidmap_finish(&report->group_map);
	pidmap_finish(&report->root_map);
	free(report->roots);
	free(report);
	return NULL;
}
