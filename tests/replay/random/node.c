/* SPDX-License-Identifier: MIT */
/* The actor that does at random what actors can do. */
#include "random.h"

#include <string.h>

ACTOR_STATIC_MESSAGE_EMPTY(beat);
#define BEATS_MAX 6

static void answer(struct node *self)
{
	if (!self->owes)
		return;
	self->owes = false;
	if (actor_random_below(8) == 0)
		see(self, (uint64_t)actor_reject(self->owed, ACTOR_EREJECTED));
	else
		see(self, (uint64_t)actor_reply(self->owed, &self->digest));
}

static void take_blob(struct node *self, const struct actor_message *message)
{
	struct actor_blob *blob = actor_message_blob(message);

	if (blob == NULL)
		return;
	see(self, actor_blob_hash(blob) ^ actor_blob_size(blob));
	self->blob = actor_blob_drop(self->blob);
	if (actor_random_below(2) == 0 && actor_blob_keep(blob) == 0)
		self->blob = blob;
}

static bool is_old(struct node *self)
{
	return self->life != 0 && --self->life == 0;
}

static int got(struct node *self, const struct actor_message *message)
{
	const struct work *work = actor_message_as(message, struct work);
	struct work back = {.digest = self->digest};

	see(self, work->digest ^ work->hops ^ message->sequence ^ message->sender.bits);
	for (size_t i = sizeof(*work); i < message->size; i++)
		see(self, ((const uint8_t *)work)[i]);
	take_blob(self, message);
	if (work->alias.owner.bits != 0)
		see(self, (uint64_t)actor_send_alias(work->alias, &random_note, &back));
	answer(self);
	if (is_old(self))
		return actor_random_below(2) == 0 ? ACTOR_STOP : ACTOR_EXIT_USER + 1;
	return do_something(self, work);
}

/* ---- The behaviour ----------------------------------------------------------------------------
 */

static int node_init(void *state, const void *argument, size_t size)
{
	struct node *self = state;

	if (size != sizeof(self->nature))
		return ACTOR_EINVALID;
	memcpy(&self->nature, argument, size);
	see(self, self->nature.number);
	see(self, actor_random());
	if (self->nature.fails)
		return ACTOR_EXIT_USER + 2;
	if (self->nature.number == NATURE_OTHER)
		self->life = (uint32_t)actor_random_below(60) + 1;
	(void)actor_group_join("all", actor_self());
	return actor_timer_start(ACTOR_MICROSECONDS(actor_random_below(4000)),
				 ACTOR_MILLISECONDS(3), &beat, NULL, &self->timers[0]);
}

static int node_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct node *self = state;
	int reason;

	if (actor_random_below(4) == 0) { /* answered later: with the next message */
		reason = got(self, message);
		answer(self);
		self->owed = from;
		self->owes = true;
		return reason;
	}
	if (actor_random_below(2) == 0) {
		reason = got(self, message);
		(void)actor_reply(from, &self->digest);
		return reason;
	}
	(void)actor_reply(from, &self->digest);
	return got(self, message);
}

static int node_cast(void *state, const struct actor_message *message)
{
	struct node *self = state;

	if (actor_random_below(32) == 0 && self->beats < BEATS_MAX && actor_postpone() == 0) {
		see(self, message->sequence);
		return ACTOR_CONTINUE;
	}
	return got(self, message);
}

static int node_continue(void *state, const struct actor_message *message)
{
	return got(state, message);
}

static int on_beat(struct node *self)
{
	see(self, actor_now());
	(void)actor_state_changed();
	if (++self->beats >= BEATS_MAX)
		(void)actor_timer_cancel(self->timers[0], NULL);
	return actor_random_below(40) == 0 ? ACTOR_EXIT_USER + 3 : ACTOR_CONTINUE;
}

static int node_info(void *state, const struct actor_message *message)
{
	struct node *self = state;
	uint64_t reply = 0;

	if (actor_message_is(message, &random_note) || actor_message_is(message, &random_text))
		return got(self, message);
	answer(self);
	if (actor_message_is(message, &beat))
		return on_beat(self);
	if (actor_response_request(message) != 0) {
		see(self, (uint64_t)actor_response(message, &reply) ^ reply);
	} else if (actor_message_is(message, &random_measured)) {
		see(self, actor_message_as(message, struct measured)->value);
	} else if (actor_message_is(message, &actor_down)) {
		const struct actor_down_message *down =
			actor_message_as(message, struct actor_down_message);

		see(self, down->pid.bits ^ (uint64_t)down->reason);
	} else if (actor_message_is(message, &actor_exited)) {
		const struct actor_exited_message *exited =
			actor_message_as(message, struct actor_exited_message);

		see(self, exited->pid.bits ^ (uint64_t)exited->reason);
		if (exited->reason == ACTOR_EXIT_SHUTDOWN)
			return ACTOR_EXIT_SHUTDOWN;
	} else {
		see(self, message->size);
	}
	return ACTOR_CONTINUE;
}

static void node_terminate(void *state, int reason)
{
	struct node *self = state;
	struct work work = {.hops = 0, .digest = self->digest};
	struct actor_pid to = somebody(actor_random());
	uint64_t reply;

	see(self, (uint64_t)reason);
	if (to.bits != 0 && actor_random_below(4) == 0)
		(void)actor_call(to, &random_ask, &work, &reply, ACTOR_MILLISECONDS(2));
}

const struct actor_behaviour random_node = {
	.name = "node",
	.state_size = sizeof(struct node),
	.state_ctype = "struct node",
	.init = node_init,
	.handle_call = node_call,
	.handle_cast = node_cast,
	.handle_info = node_info,
	.handle_continue = node_continue,
	.terminate = node_terminate,
};
