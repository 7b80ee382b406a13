/* SPDX-License-Identifier: MIT */
/* Selective receive. */
#include <actor/receive.h>

#include "actor/rare.h"
#include "actor/system.h"

/* Of the program's: not a signal, not an answer. */
static bool can_be_received(const struct actor_message *message)
{
	switch (message->kind) {
	case ACTOR_MESSAGE_KIND_INFO:
	case ACTOR_MESSAGE_KIND_CAST:
	case ACTOR_MESSAGE_KIND_CALL:
	case ACTOR_MESSAGE_KIND_TIMER:
	case ACTOR_MESSAGE_KIND_EXIT:
	case ACTOR_MESSAGE_KIND_DOWN:
	case ACTOR_MESSAGE_KIND_ALIASED:
		return true;
	case ACTOR_MESSAGE_KIND_RESPONSE:
		return (message->ref_ & REF_MESSAGE) != 0;
	default:
		return false;
	}
}

struct wanted {
	actor_wanted_function function;
	const void *context;
};

static bool matches(const struct wait *wait, const struct actor_message *message)
{
	const struct wanted *wanted = wait->context;

	return can_be_received(message) && wanted->function(wanted->context, message);
}

/* The turn has one message more. Owns the message, also where there is no memory. */
static int keep(struct thread *thread, struct actor_message *message)
{
	struct cell *cell = thread->cell;
	struct actor_from from = {message->sender, message->ref_};
	struct cell_rare *rare = cell_rare_want(thread, cell);

	if (rare != NULL && message->kind == ACTOR_MESSAGE_KIND_CALL &&
	    owed_add(thread, cell, from) != 0)
		rare = NULL;
	if (rare == NULL) {
		message_bury(thread, cell_pid(cell), message, ACTOR_ENO_MEMORY);
		return ACTOR_ENO_MEMORY;
	}
	if (rare->received != NULL)
		message_free(thread, rare->received);
	rare->received = message;
	if (message->kind == ACTOR_MESSAGE_KIND_ALIASED)
		alias_used(cell, message->ref_);
	if (message->kind == ACTOR_MESSAGE_KIND_RESPONSE)
		request_over(thread, cell, message->ref_);
	cell->after |= AFTER_RECEIVED;
	cell->handled++;
	thread_add(&thread->handled, 1);
	return 0;
}

int actor_receive_if(actor_wanted_function function, const void *context, uint64_t timeout_ns,
		     const struct actor_message **ret_message)
{
	struct thread *thread = thread_self();
	struct wanted wanted = {function, context};
	struct wait wait;
	int status;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (function == NULL || ret_message == NULL)
		return ACTOR_EINVALID;
	wait_init(&wait);
	wait.matches = matches;
	wait.context = &wanted;
	status = wait_reserve(thread);
	if (status != 0)
		return status;
	thread_input(thread);
	status = wait_for(thread, &wait, call_ref(thread->cell, 0), ACTOR_PID_NONE, 0, timeout_ns);
	if (status != 0)
		return status;
	thread = thread_self();
	if (wait.answer->kind == ACTOR_MESSAGE_KIND_TIMEOUT) {
		message_free(thread, wait.answer);
		status = ACTOR_ETIMEOUT;
	} else {
		status = keep(thread, wait.answer);
	}
	if (status == 0)
		*ret_message = wait.answer;
	thread_output(thread);
	return status;
}

struct types {
	const struct actor_type *const *types;
	size_t count;
};

static bool is_of_types(const void *context, const struct actor_message *message)
{
	const struct types *types = context;

	for (size_t i = 0; i < types->count; i++) {
		if (message->tag != 0 && actor_message_is(message, types->types[i]))
			return true;
	}
	return false;
}

int actor_receive(const struct actor_type *const *types, size_t count, uint64_t timeout_ns,
		  const struct actor_message **ret_message)
{
	struct types wanted = {types, count};

	if (types == NULL || count == 0)
		return ACTOR_EINVALID;
	return actor_receive_if(is_of_types, &wanted, timeout_ns, ret_message);
}

int actor_message_from(const struct actor_message *message, struct actor_from *ret_from)
{
	if (message == NULL || ret_from == NULL || message->kind != ACTOR_MESSAGE_KIND_CALL)
		return ACTOR_EINVALID;
	ret_from->caller = message->sender;
	ret_from->ref = message->ref_;
	return 0;
}
