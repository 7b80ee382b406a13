/* SPDX-License-Identifier: MIT */
/* What if: a copy in which something is changed, thrown away or run to its end and compared. */
#include "debug/debug.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "store/layout.h"
#include "store/pidmap.h"
#include "term/number.h"

/* Steps that are compared one by one; what takes longer is a case for actor-replay diff. */
#define STEPS_MAX UINT64_C(200000)
/* Of the bytes of one run that are kept to name the fields that differ. */
#define KEPT_MAX  ((size_t)64 << 20)
#define SHOWN_MAX 10

static int begin_branch(struct debug *debug)
{
	int status;

	if (debug->timeline.at_end || debug->timeline.where.actor == 0)
		return debug_say(debug, -ENOENT, "nothing is about to run here");
	if (debug->timeline.branch)
		return 0;
	debug->branch_count = timeline_count(&debug->timeline);
	status = timeline_branch(&debug->timeline);
	if (status != 0)
		return debug_say_timeline(debug, status);
	puts("a what-if begins; `finish` runs it to its end and compares, `abandon` throws it "
	     "away");
	return 0;
}

/* ---- Changing ---------------------------------------------------------------------------------
 */

/* "msg.x = 3", "msg.x=3", "msg.x 3" */
static bool split(const struct debug_words *words, char *path, size_t path_size, char *value,
		  size_t value_size)
{
	const char *line = words->line;
	const char *equals;
	size_t length;

	line += strspn(line, " \t");
	line += strcspn(line, " \t"); /* the command */
	line += strspn(line, " \t");
	equals = strchr(line, '=');
	if (equals == NULL)
		return false;
	length = (size_t)(equals - line);
	while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
		length--;
	equals++;
	equals += strspn(equals, " \t");
	if (length == 0 || length >= path_size || equals[0] == '\0' || strlen(equals) >= value_size)
		return false;
	memcpy(path, line, length);
	path[length] = '\0';
	snprintf(value, value_size, "%s", equals);
	value[strcspn(value, "\r\n")] = '\0';
	return true;
}

int debug_set(struct debug *debug, const struct debug_words *words)
{
	char path[256];
	char text[1024];
	char error[256];
	struct debug_value value;
	struct link_request request;
	int status;

	if (!split(words, path, sizeof(path), text, sizeof(text)))
		return debug_say(debug, -EINVAL, "set msg.FIELD = VALUE, or self->FIELD = VALUE");
	if (!debug_value(debug, path, &value))
		return -ENOENT;
	if (value.field.size == 0) {
		debug_value_finish(&value);
		return debug_say(debug, -EINVAL, "set wants a field: msg.FIELD or self->FIELD");
	}
	status = types_set(debug->types, &value.field, text, value.bytes, value.size, error,
			   sizeof(error));
	if (status != 0)
		debug_say(debug, status, "'%s': %s", text, error);
	else
		status = begin_branch(debug);
	if (status == 0) {
		request = (struct link_request){
			.verb = value.is_message ? ACTOR_CONTROL_SET_MESSAGE
						 : ACTOR_CONTROL_SET_STATE,
			.a = value.is_message ? 0 : value.pid,
			.b = value.field.offset,
			.bytes = value.bytes + value.field.offset,
			.size = value.field.size,
		};
		status = timeline_ask(&debug->timeline, &request, NULL);
		if (status != 0)
			debug_say_timeline(debug, status);
	}
	debug_value_finish(&value);
	return status;
}

int debug_drop(struct debug *debug, const struct debug_words *words)
{
	const struct link_request request = {.verb = ACTOR_CONTROL_DROP};
	int status = begin_branch(debug);

	(void)words;
	if (status != 0)
		return status;
	status = timeline_ask(&debug->timeline, &request, NULL);
	if (status != 0)
		return debug_say_timeline(debug, status);
	puts("this message will be thrown away");
	return 0;
}

int debug_reorder(struct debug *debug, const struct debug_words *words)
{
	struct link_request request = {.verb = ACTOR_CONTROL_REORDER};
	int status;

	if (words->count != 2 || !debug_number(words->word[1], &request.a) || request.a == 0)
		return debug_say(debug, -EINVAL,
				 "reorder N: message N of `mailbox` comes before this one");
	status = begin_branch(debug);
	if (status == 0) {
		status = timeline_ask(&debug->timeline, &request, NULL);
		if (status == -ENOENT)
			return debug_say(debug, status,
					 "there is no message %" PRIu64 " in its mailbox",
					 request.a);
		if (status != 0)
			return debug_say_timeline(debug, status);
	}
	return status;
}

int debug_abandon(struct debug *debug, const struct debug_words *words)
{
	(void)words;
	if (timeline_abandon(&debug->timeline) != 0)
		return debug_say(debug, -ENOENT, "this is no what-if");
	debug_where(debug);
	return 0;
}

/* ---- Comparing --------------------------------------------------------------------------------
 */

struct run_step {
	uint64_t what;          /* message: sender, number, type, kind, payload */
	uint64_t state;         /* of the actor, before */
	uint32_t next;          /* the actor's next, 0: none; place + 1 */
	uint8_t *message_bytes; /* NULL: none, or not kept */
	uint8_t *state_bytes;
	size_t message_size;
	size_t state_size;
	struct actor_control_reply where;
};

struct run_actor {
	uint32_t first; /* place + 1 */
	uint32_t last;
	uint32_t count;
};

struct run {
	struct link link;
	struct run_step *steps;
	uint32_t count;
	uint32_t room;
	struct pidmap actors; /* struct run_actor */
	size_t kept;          /* bytes */
	bool cut;
};

static uint64_t hash_of(const uint8_t *bytes, size_t size, uint64_t hash)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* The run's own from now on, as long as there is room. */
static uint8_t *keep(struct run *run, uint8_t *bytes, size_t size)
{
	if (run->kept + size > KEPT_MAX) {
		free(bytes);
		return NULL;
	}
	run->kept += size;
	return bytes;
}

static int take_step(struct debug *debug, struct run *run, const struct actor_control_reply *where)
{
	struct run_actor *actor = pidmap_put(&run->actors, where->actor, 0, NULL);
	uint64_t head[4] = {where->sender, where->seq, where->tag, where->kind};
	struct run_step step = {.where = *where};
	uint8_t *bytes;
	size_t size;

	if (actor == NULL)
		return -ENOMEM;
	if (run->count == run->room) {
		uint32_t room = run->room != 0 ? 2 * run->room : 256;
		struct run_step *more = realloc(run->steps, room * sizeof(*more));

		if (more == NULL)
			return -ENOMEM;
		run->steps = more;
		run->room = room;
	}
	step.what = hash_of((const uint8_t *)head, sizeof(head), UINT64_C(0xcbf29ce484222325));
	if (debug_payload(debug, &run->link, 0, 0, &bytes, &size) == 0) {
		step.what = hash_of(bytes, size, step.what);
		step.message_bytes = keep(run, bytes, size);
		step.message_size = size;
	}
	if (debug_state(debug, &run->link, where->actor, &bytes, &size) == 0) {
		step.state = hash_of(bytes, size, 1);
		step.state_bytes = keep(run, bytes, size);
		step.state_size = size;
	}
	run->steps[run->count++] = step;
	if (actor->last != 0)
		run->steps[actor->last - 1].next = run->count;
	else
		actor->first = run->count;
	actor->last = run->count;
	actor->count++;
	return 0;
}

/* Step by step to the end, noting what each actor gets and is. */
static int run_out(struct debug *debug, struct run *run, struct actor_control_reply where,
		   bool at_end)
{
	int status = 0;

	while (status == 0 && !at_end) {
		struct link_request request = {.verb = ACTOR_CONTROL_RUN, .a = where.steps + 1};

		if (debug->stopped != NULL && *debug->stopped)
			return -EINTR;
		if (run->count >= STEPS_MAX) {
			run->cut = true;
			return 0;
		}
		status = take_step(debug, run, &where);
		if (status == 0)
			status = link_ask(&run->link, &request, &where);
		at_end = where.stop == ACTOR_CONTROL_STOP_END ||
			 where.stop == ACTOR_CONTROL_STOP_LEFT;
	}
	if (status != 0 && status != -EINTR)
		snprintf(debug->timeline.error, sizeof(debug->timeline.error), "%s",
			 run->link.error);
	return status;
}

static void print_where(struct debug *debug, const char *label, const struct run *run,
			uint32_t place)
{
	char name[160];

	printf("    %s: ", label);
	if (place == 0) {
		puts("nothing more");
		return;
	}
	printf("%s from ", debug_message_name(debug, run->steps[place - 1].where.tag,
					      run->steps[place - 1].where.kind));
	printf("%s\n", debug_name(debug, run->steps[place - 1].where.sender, name));
}

struct changed {
	uint64_t actor;
	uint32_t recorded; /* places + 1 */
	uint32_t now;
	bool state; /* the same message, another state before it */
};

/* The first turn of an actor that differs. False: none does. */
static bool first_change(const struct run *recorded, const struct run *branch, uint64_t actor,
			 struct changed *ret_changed)
{
	const struct run_actor *a = pidmap_get(&recorded->actors, actor, 0);
	const struct run_actor *b = pidmap_get(&branch->actors, actor, 0);
	uint32_t one = a != NULL ? a->first : 0;
	uint32_t other = b != NULL ? b->first : 0;

	while (one != 0 && other != 0) {
		const struct run_step *x = &recorded->steps[one - 1];
		const struct run_step *y = &branch->steps[other - 1];

		if (x->what != y->what || x->state != y->state) {
			*ret_changed = (struct changed){actor, one, other, x->what == y->what};
			return true;
		}
		one = x->next;
		other = y->next;
	}
	*ret_changed = (struct changed){actor, one, other, false};
	return one != 0 || other != 0;
}

static int by_place(const void *left, const void *right)
{
	const struct changed *a = left;
	const struct changed *b = right;
	uint32_t x = a->now != 0 ? a->now : a->recorded;
	uint32_t y = b->now != 0 ? b->now : b->recorded;

	return (x > y) - (x < y);
}

/* 0: without a type, in hexadecimal. */
static uint32_t type_of(struct debug *debug, const struct changed *changed,
			const struct run_step *then, const struct run_step *now)
{
	struct debug_ctype ctype;
	uint32_t id;

	/* The value of an answer stands behind its status. */
	if (!changed->state &&
	    (then->where.tag != now->where.tag || then->where.kind == ACTOR_MESSAGE_KIND_REPLY))
		return 0;
	if (changed->state ? !debug_state_type(debug, changed->actor, &ctype)
			   : !debug_type(debug, then->where.tag, &ctype))
		return 0;
	if (debug->types == NULL || ctype.ctype[0] == '\0' ||
	    types_find(debug->types, ctype.ctype, ctype.size, &id) != 0)
		return 0;
	return id;
}

/* What differs in the message or the state, by its C type. */
static void print_fields(struct debug *debug, const struct changed *changed,
			 const struct run *recorded, const struct run *branch)
{
	const struct run_step *then, *now;
	struct fields_side a = {.label = "RECORDED"};
	struct fields_side b = {.label = "NOW"};

	if (changed->recorded == 0 || changed->now == 0)
		return;
	then = &recorded->steps[changed->recorded - 1];
	now = &branch->steps[changed->now - 1];
	a.bytes = changed->state ? then->state_bytes : then->message_bytes;
	a.size = changed->state ? then->state_size : then->message_size;
	b.bytes = changed->state ? now->state_bytes : now->message_bytes;
	b.size = changed->state ? now->state_size : now->message_size;
	if (a.bytes == NULL || b.bytes == NULL ||
	    (a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0))
		return; /* sender, number or type differ */
	fields_print(stdout, debug->types, type_of(debug, changed, then, now), "      ", &a, &b);
}

static int compare(struct debug *debug, struct run *recorded, struct run *branch)
{
	const struct run *runs[] = {recorded, branch};
	size_t most = recorded->actors.count + branch->actors.count;
	struct changed *all = calloc(most + 1, sizeof(*all));
	uint32_t count = 0;
	char a[NUMBER_SIZE];
	char b[NUMBER_SIZE];
	char name[160];

	if (all == NULL)
		return -ENOMEM;
	for (int i = 0; i < 2; i++) {
		size_t position = 0;
		uint64_t actor;
		uint32_t number;

		while (pidmap_next(&runs[i]->actors, &position, &actor, &number) != NULL)
			if ((i == 0 || pidmap_get(&recorded->actors, actor, 0) == NULL) &&
			    first_change(recorded, branch, actor, &all[count]))
				count++;
	}
	if (count > 1)
		qsort(all, count, sizeof(*all), by_place);
	printf("recorded: %s turns to the end; now: %s%s\n", number_count(recorded->count, a),
	       number_count(branch->count, b), recorded->cut || branch->cut ? " (not all)" : "");
	if (count == 0)
		puts("identical: it makes no difference to anybody");
	for (uint32_t i = 0; i < count && i < SHOWN_MAX; i++) {
		printf("  %s: %s\n", debug_name(debug, all[i].actor, name),
		       all[i].state ? "another state before" : "another message");
		print_where(debug, "RECORDED", recorded, all[i].recorded);
		print_where(debug, "NOW", branch, all[i].now);
		print_fields(debug, &all[i], recorded, branch);
	}
	if (count > SHOWN_MAX)
		printf("  and %" PRIu32 " more actors\n", count - SHOWN_MAX);
	free(all);
	return 0;
}

static void run_finish(struct run *run)
{
	link_close(&run->link);
	for (uint32_t i = 0; i < run->count; i++) {
		free(run->steps[i].message_bytes);
		free(run->steps[i].state_bytes);
	}
	free(run->steps);
	pidmap_finish(&run->actors);
}

/* The branch as it is now against the recording from where the branch began: in copies of both. */
int debug_finish(struct debug *debug, const struct debug_words *words)
{
	struct timeline *timeline = &debug->timeline;
	struct run recorded = {.link = {.fd = -1, .script = timeline->script}};
	struct run branch = {.link = {.fd = -1, .script = timeline->script}};
	struct actor_control_reply where;
	struct timeline trunk;
	int status;

	(void)words;
	if (!timeline->branch)
		return debug_say(debug, -ENOENT,
				 "this is no what-if; set, drop and reorder begin one");
	pidmap_init(&recorded.actors, sizeof(struct run_actor));
	pidmap_init(&branch.actors, sizeof(struct run_actor));
	status = timeline_copy(timeline, &branch.link);
	if (status == 0) {
		trunk = *timeline;
		trunk.now = timeline->trunk;
		status = timeline_copy(&trunk, &recorded.link);
	}
	where = timeline->trunk_where;
	if (status == 0 && timeline_count(timeline) != debug->branch_count) {
		struct link_request request = {.verb = ACTOR_CONTROL_RUN,
					       .a = timeline_count(timeline)};

		puts("(compared from here on, not from where the what-if began)");
		status = link_ask(&recorded.link, &request, &where);
	}
	if (status == 0)
		status = run_out(debug, &branch, timeline->where, timeline->at_end);
	if (status == 0)
		status = run_out(debug, &recorded, where, where.stop >= ACTOR_CONTROL_STOP_END);
	if (status == 0)
		status = compare(debug, &recorded, &branch);
	run_finish(&recorded);
	run_finish(&branch);
	return status != 0 ? debug_say_timeline(debug, status) : 0;
}
