/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIR_TABLE_MAX (1u << 20) /* distinct pairs counted; 32 MiB */

static struct summary_type *type_at(struct summary *summary, struct pidmap *types, uint16_t type)
{
	struct summary_type **place = pidmap_put(types, type, 0, NULL);
	struct summary_type **list;

	if (place == NULL || *place != NULL)
		return place == NULL ? NULL : *place;
	list = realloc(summary->types, (summary->type_count + 1) * sizeof(*list));
	if (list == NULL)
		return NULL;
	summary->types = list;
	*place = calloc(1, sizeof(**place));
	if (*place == NULL)
		return NULL;
	(*place)->type = type;
	list[summary->type_count++] = *place;
	return *place;
}

static void note_slow(struct summary *summary, const struct turn *turn)
{
	size_t place = summary->slowest_count;

	if (place == SUMMARY_TOP && summary->slowest[place - 1].run >= turn->run)
		return;
	if (place < SUMMARY_TOP)
		summary->slowest_count++;
	else
		place--;
	for (; place > 0 && summary->slowest[place - 1].run < turn->run; place--)
		summary->slowest[place] = summary->slowest[place - 1];
	summary->slowest[place] = *turn;
}

static int note_message(struct summary *summary, struct pidmap *types, struct pidmap *pairs,
			const struct turn *turn)
{
	const struct clock_line *clock = &summary->trace->clock;
	struct summary_type *type = type_at(summary, types, turn->tag);

	if (type == NULL)
		return -ENOMEM;
	summary->messages++;
	type->count++;
	if (turn->has_send) {
		uint64_t wait = turn->start > turn->sent ? turn->start - turn->sent : 0;
		uint64_t ns = (uint64_t)clock_span_ns(clock, turn->start, wait);

		histogram_add(&type->queue, ns);
		histogram_add(&summary->queue, ns);
		if (turn->depth > type->depth_max)
			type->depth_max = turn->depth;
	} else if (turn->message != ACTOR_MESSAGE_KIND_TIMER && turn->seq != 0) {
		summary->unmatched++;
	}
	if (turn->end != 0) {
		uint64_t ns = (uint64_t)clock_span_ns(clock, turn->start, turn->run);

		histogram_add(&type->run, ns);
		histogram_add(&summary->run, ns);
	}
	if (turn->sender != 0 && pairs->count < PAIR_TABLE_MAX) {
		/* Slot and generation of both do not fit the key: the receiver's are mixed in. */
		struct summary_pair *pair =
			pidmap_put(pairs, turn->sender ^ turn->actor * UINT64_C(0x9e3779b97f4a7c15),
				   (uint32_t)turn->actor, NULL);

		if (pair == NULL)
			return -ENOMEM;
		pair->sender = turn->sender;
		pair->receiver = turn->actor;
		pair->messages++;
	}
	return 0;
}

static int more_messages(const void *a, const void *b)
{
	const struct summary_type *x = *(struct summary_type *const *)a;
	const struct summary_type *y = *(struct summary_type *const *)b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->type > y->type) - (x->type < y->type);
}

static void top_pairs(struct summary *summary, const struct pidmap *pairs)
{
	size_t position = 0;
	uint64_t key;
	uint32_t number;
	const struct summary_pair *pair;

	while ((pair = pidmap_next(pairs, &position, &key, &number)) != NULL) {
		size_t place = summary->pair_count;

		if (place == SUMMARY_TOP && summary->pairs[place - 1].messages >= pair->messages)
			continue;
		if (place < SUMMARY_TOP)
			summary->pair_count++;
		else
			place--;
		for (; place > 0 && summary->pairs[place - 1].messages < pair->messages; place--)
			summary->pairs[place] = summary->pairs[place - 1];
		summary->pairs[place] = *pair;
	}
}

static int gather(struct summary *summary, sqlite3 *db, char *error, size_t error_size)
{
	struct turns_options options = {.to = UINT64_MAX, .messages = true, .unhandled = true};
	struct turns *turns;
	const struct turn *turn;
	struct send send;
	struct pidmap types;
	struct pidmap pairs;
	uint64_t sender;
	uint32_t seq;
	int status = turns_begin(db, &options, &turns, error, error_size);

	if (status != 0)
		return status;
	pidmap_init(&types, sizeof(struct summary_type *));
	pidmap_init(&pairs, sizeof(struct summary_pair));
	while ((status = turns_next(turns, &turn)) == 1) {
		summary->turns++;
		if (turn->end != 0)
			note_slow(summary, turn);
		if (turn_is_message(turn))
			status = note_message(summary, &types, &pairs, turn);
		if (status < 0)
			break;
	}
	while (status == 0 && turns_next_unhandled(turns, &send, &sender, &seq) == 1)
		summary->unhandled++;
	qsort(summary->types, summary->type_count, sizeof(struct summary_type *), more_messages);
	top_pairs(summary, &pairs);
	pidmap_finish(&types);
	pidmap_finish(&pairs);
	turns_end(turns);
	return status;
}

int summary_create(sqlite3 *db, struct summary **ret_summary, char *error, size_t error_size)
{
	struct summary *summary = calloc(1, sizeof(*summary));
	int status = -ENOMEM;

	snprintf(error, error_size, "out of memory");
	if (summary != NULL)
		status = trace_open(db, &summary->trace);
	if (status == 0) {
		status = trace_refresh(summary->trace);
		if (status == -EBADMSG)
			snprintf(error, error_size, "%s", summary->trace->error);
	}
	if (status == 0)
		status = gather(summary, db, error, error_size);
	if (status != 0) {
		summary_destroy(summary);
		return status;
	}
	*ret_summary = summary;
	return 0;
}

struct summary *summary_destroy(struct summary *summary)
{
	if (summary == NULL)
		return NULL;
	for (size_t i = 0; i < summary->type_count; i++)
		free(summary->types[i]);
	free(summary->types);
	trace_close(summary->trace);
	free(summary);
	return NULL;
}
