/* SPDX-License-Identifier: MIT */
#include "export/sequence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct collector {
	struct source *source;
	struct sequence *sequence;
	size_t limit;
};

static int compare_steps(const void *a, const void *b)
{
	const struct sequence_step *x = a;
	const struct sequence_step *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Turns come by their end, not their begin: keep the first ones, now and then. */
static void keep_first(struct collector *collector)
{
	struct sequence *sequence = collector->sequence;

	if (sequence->count > 1)
		qsort(sequence->steps, sequence->count, sizeof(*sequence->steps), compare_steps);
	if (sequence->count <= collector->limit)
		return;
	sequence->left_out += sequence->count - collector->limit;
	sequence->count = collector->limit;
}

static int add(struct collector *collector, const struct sequence_step *step)
{
	struct sequence *sequence = collector->sequence;

	if (sequence->steps == NULL) {
		sequence->steps = malloc((2 * collector->limit + 1) * sizeof(*sequence->steps));
		if (sequence->steps == NULL)
			return -ENOMEM;
	}
	sequence->steps[sequence->count++] = *step;
	if (sequence->count == 2 * collector->limit + 1)
		keep_first(collector);
	return 0;
}

static int take_turn(void *user, const struct story_turn *told)
{
	struct collector *collector = user;
	const struct turn *turn = &told->turn;
	const char *type = trace_type(collector->source->trace, turn->tag);
	bool is_message = turn_is_message(turn) && turn->sender != 0 &&
			  turn->message != ACTOR_MESSAGE_KIND_TIMER;
	struct sequence_step step = {
		.kind = is_message ? SEQUENCE_MESSAGE : SEQUENCE_NOTE,
		.time = turn->start,
		.id = turn->id,
		.from = turn->sender,
		.to = turn->actor,
	};

	if (!is_message && turn->event == ACTOR_EVENT_RECV &&
	    turn->message != ACTOR_MESSAGE_KIND_TIMER && turn->message != ACTOR_MESSAGE_KIND_INIT)
		return 0; /* the runtime's own */
	if (is_message && type[0] != '\0')
		snprintf(step.text, sizeof(step.text), "%s", type);
	else
		snprintf(step.text, sizeof(step.text), "%s%s%s", story_kind(turn),
			 type[0] != '\0' ? " " : "", type);
	return add(collector, &step);
}

static int take_send(void *user, uint64_t sender, uint32_t seq, const struct send *send)
{
	struct collector *collector = user;
	const char *type = trace_type(collector->source->trace, send->tag);
	struct sequence_step step = {
		.kind = SEQUENCE_REPLY,
		.time = send->sent,
		.id = send->id,
		.from = sender,
		.to = send->receiver,
	};

	(void)seq;
	if (send->message != ACTOR_MESSAGE_KIND_REPLY)
		return 0;
	snprintf(step.text, sizeof(step.text), "%s", type[0] != '\0' ? type : "reply");
	return add(collector, &step);
}

static int take_event(void *user, const struct walk_event *event)
{
	struct collector *collector = user;
	char reason[32];
	struct sequence_step step = {
		.kind = SEQUENCE_NOTE,
		.time = event->time,
		.id = event->id,
		.to = event->event->a,
	};

	snprintf(step.text, sizeof(step.text), "exit %s",
		 trace_reason((int64_t)event->event->b, reason));
	return add(collector, &step);
}

static int note_actor(struct sequence *sequence, uint64_t pid)
{
	if (sequence_actor(sequence, pid) < sequence->actor_count)
		return 0;
	if ((sequence->actor_count & (sequence->actor_count - 1)) == 0) {
		size_t capacity = sequence->actor_count == 0 ? 1 : 2 * sequence->actor_count;
		uint64_t *actors = realloc(sequence->actors, capacity * sizeof(*actors));

		if (actors == NULL)
			return -ENOMEM;
		sequence->actors = actors;
	}
	sequence->actors[sequence->actor_count++] = pid;
	return 0;
}

int sequence_collect(struct export *export, struct sequence *ret_sequence)
{
	struct collector collector = {
		.source = export->source,
		.sequence = ret_sequence,
		.limit = export->options->count >= 0 && export->options->count < 1000000
				 ? (size_t) export->options->count
				 : SEQUENCE_STEPS,
	};
	const struct story_sink sink = {
		.user = &collector,
		.turn = take_turn,
		.send = take_send,
		.event = take_event,
		.kinds = UINT64_C(1) << ACTOR_EVENT_EXIT,
	};
	int status;

	*ret_sequence = (struct sequence){0};
	status = story_tell(export->source, &sink);
	if (status == 0)
		keep_first(&collector);
	for (size_t i = 0; status == 0 && i < ret_sequence->count; i++) {
		const struct sequence_step *step = &ret_sequence->steps[i];

		if (step->kind != SEQUENCE_NOTE)
			status = note_actor(ret_sequence, step->from);
		if (status == 0)
			status = note_actor(ret_sequence, step->to);
	}
	return status;
}

void sequence_finish(struct sequence *sequence)
{
	free(sequence->steps);
	free(sequence->actors);
	*sequence = (struct sequence){0};
}

/* There are as many actors as a diagram bears: a search is enough. */
size_t sequence_actor(const struct sequence *sequence, uint64_t pid)
{
	size_t i = 0;

	while (i < sequence->actor_count && sequence->actors[i] != pid)
		i++;
	return i;
}
