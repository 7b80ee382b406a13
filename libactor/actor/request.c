/* SPDX-License-Identifier: MIT */
/*
 * Asynchronous calls. A request is a call whose reference says that the answer is a RESPONSE. A
 * response that comes while nobody waits for it is a turn of its own in which it is put into the
 * request's record: so what a check finds depends only on the order of the actor's messages.
 */
#include <actor/request.h>

#include <stdlib.h>
#include <string.h>

#include "actor/rare.h"
#include "actor/system.h"

struct request {
	struct actor_pid to;
	struct actor_message *answer; /* NULL: outstanding */
	uint32_t nth;                 /* of the answers */
};

static struct request *find(const struct cell *cell, uint64_t ref)
{
	const struct cell_rare *rare = cell_rare(cell);
	uint64_t address;

	if (rare == NULL || ref == 0 || !map_get(&rare->requests, ref, &address))
		return NULL;
	return (struct request *)(uintptr_t)address;
}

static void forget(struct thread *thread, struct cell *cell, uint64_t ref)
{
	struct request *request = find(cell, ref);

	(void)map_remove(&cell_rare(cell)->requests, ref, NULL);
	if (request->answer != NULL)
		message_free(thread, request->answer);
	free(request);
}

bool request_is_open(const struct cell *cell, uint64_t ref)
{
	const struct request *request = find(cell, ref);

	return request != NULL && request->answer == NULL;
}

void request_answered(struct cell *cell, struct actor_message *message)
{
	struct request *request = find(cell, message->ref_);

	request->answer = message;
	request->nth = ++cell_rare(cell)->answered;
}

void request_over(struct thread *thread, struct cell *cell, uint64_t ref)
{
	if (find(cell, ref) != NULL)
		forget(thread, cell, ref);
}

void requests_end(struct thread *thread, struct map *requests)
{
	for (uint32_t i = 0; i < requests->capacity; i++) {
		struct request *request = (struct request *)(uintptr_t)requests->entries[i].value;

		if (requests->entries[i].key == 0)
			continue;
		if (request->answer != NULL)
			message_free(thread, request->answer);
		free(request);
	}
	map_clear(requests);
}

/* ---- Sending ----------------------------------------------------------------------------------
 */

static int begin(struct actor_pid to, struct actor_type *type, const void *payload, size_t size,
		 uint64_t bits, uint64_t *ret_request)
{
	struct thread *thread = thread_self();
	struct cell_rare *rare;
	struct request *request;
	uint64_t ref;
	int status;

	if (thread == NULL || thread->cell == NULL || (bits != 0 && thread->foreign))
		return ACTOR_ENOT_ACTOR;
	if (type == NULL || ret_request == NULL)
		return ACTOR_EINVALID;
	if (__atomic_load_n(&type->number, __ATOMIC_ACQUIRE) == 0 &&
	    plane_type(&thread->system->plane, type) == 0)
		return ACTOR_ETABLE_FULL;
	rare = cell_rare_want(thread, thread->cell);
	request = rare != NULL ? calloc(1, sizeof(*request)) : NULL;
	if (request == NULL)
		return ACTOR_ENO_MEMORY;
	request->to = to;
	ref = call_ref(thread->cell, type->number) | REF_REQUEST | bits;
	status = map_put(&rare->requests, ref, (uint64_t)(uintptr_t)request);
	if (status != 0) {
		free(request);
		return status;
	}
	thread_input(thread);
	status = message_request(thread, to, type, payload, size, ref);
	thread = thread_self(); /* where the mailbox was full it has waited */
	if (status != 0)
		forget(thread, thread->cell, ref);
	else
		*ret_request = ref;
	thread_output(thread);
	return status;
}

int actor_request(struct actor_pid to, struct actor_type *type, const void *payload,
		  uint64_t *ret_request)
{
	return begin(to, type, payload, type != NULL ? type->size : 0, 0, ret_request);
}

int actor_request_bytes(struct actor_pid to, struct actor_type *type, const void *payload,
			size_t size, uint64_t *ret_request)
{
	return begin(to, type, payload, size, 0, ret_request);
}

int actor_request_notify(struct actor_pid to, struct actor_type *type, const void *payload,
			 uint64_t *ret_request)
{
	return begin(to, type, payload, type != NULL ? type->size : 0, REF_MESSAGE, ret_request);
}

/* ---- Fetching ---------------------------------------------------------------------------------
 */

/* What a response says. */
static int read_response(struct thread *thread, const struct actor_message *message, void *reply)
{
	const struct reply_payload *head = actor_message_payload(message);
	uint32_t size = message->size - (uint32_t)sizeof(*head);

	if (head->status != 0) {
		call_reason_note(thread, head->reason);
		return head->status;
	}
	if (size != 0 && reply != NULL)
		memcpy(reply, head + 1, size);
	return 0;
}

struct set {
	const uint64_t *refs;
	size_t count;
};

static bool is_of_set(const struct wait *wait, const struct actor_message *message)
{
	const struct set *set = wait->context;

	for (size_t i = 0; message->kind == ACTOR_MESSAGE_KIND_RESPONSE && i < set->count; i++) {
		if (set->refs[i] == message->ref_)
			return true;
	}
	return false;
}

/* The place of the one answered first. False: none is yet. */
static bool first_answered(const struct cell *cell, const struct set *set, size_t *ret_index)
{
	uint32_t first = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct request *request = find(cell, set->refs[i]);

		if (request->answer != NULL && (first == 0 || request->nth < first)) {
			first = request->nth;
			*ret_index = i;
		}
	}
	return first != 0;
}

static int wait_for_set(struct thread *thread, const struct set *set, uint64_t timeout_ns,
			size_t *ret_index)
{
	struct wait wait;
	struct actor_pid on = ACTOR_PID_NONE;
	struct cell *cell = thread->cell;
	int status = wait_reserve(thread);

	if (status == 0 && set->count == 1 && timeout_ns != 0) {
		on = find(cell, set->refs[0])->to;
		status = waiting_begin(thread, on);
	}
	if (status != 0)
		return status;
	wait_init(&wait);
	wait.matches = is_of_set;
	wait.context = set;
	status = wait_for(thread, &wait, call_ref(cell, 0), on, 0, timeout_ns);
	waiting_end(thread_self());
	if (status != 0)
		return status;
	thread = thread_self();
	if (wait.answer->kind == ACTOR_MESSAGE_KIND_TIMEOUT) {
		message_free(thread, wait.answer);
		return ACTOR_ETIMEOUT;
	}
	cell->handled++;
	thread_add(&thread->handled, 1);
	request_answered(cell, wait.answer);
	(void)first_answered(cell, set, ret_index);
	return 0;
}

int actor_request_wait_any(const uint64_t *requests, size_t count, uint64_t timeout_ns,
			   size_t *ret_index)
{
	struct thread *thread = thread_self();
	struct set set = {requests, count};
	int status = 0;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (requests == NULL || count == 0 || ret_index == NULL)
		return ACTOR_EINVALID;
	for (size_t i = 0; i < count; i++) {
		if ((requests[i] & REF_MESSAGE) != 0 || find(thread->cell, requests[i]) == NULL)
			return ACTOR_EINVALID;
	}
	thread_input(thread);
	if (!first_answered(thread->cell, &set, ret_index))
		status = wait_for_set(thread, &set, timeout_ns, ret_index);
	thread_output(thread_self());
	return status;
}

int actor_request_wait(uint64_t request, void *reply, uint64_t timeout_ns)
{
	struct thread *thread;
	struct request *found;
	size_t index;
	int status = actor_request_wait_any(&request, 1, timeout_ns, &index);

	if (status != 0)
		return status;
	thread = thread_self();
	found = find(thread->cell, request);
	status = read_response(thread, found->answer, reply);
	forget(thread, thread->cell, request);
	return status;
}

int actor_request_receive(uint64_t request, void *reply, uint64_t timeout_ns)
{
	int status = actor_request_wait(request, reply, timeout_ns);

	/* After other failures it is over already. */
	if (status == ACTOR_ETIMEOUT)
		(void)actor_request_abandon(request);
	return status;
}

int actor_request_check(uint64_t request, void *reply)
{
	return actor_request_wait(request, reply, 0);
}

int actor_request_abandon(uint64_t request)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (find(thread->cell, request) == NULL)
		return ACTOR_EINVALID;
	forget(thread, thread->cell, request);
	return 0;
}

/* ---- Responses as messages --------------------------------------------------------------------
 */

uint64_t actor_response_request(const struct actor_message *message)
{
	return message != NULL && message->kind == ACTOR_MESSAGE_KIND_RESPONSE
		       ? message->ref_ & ~REF_TAKEN
		       : 0;
}

int actor_response(const struct actor_message *message, void *reply)
{
	struct thread *thread = thread_self();

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (actor_response_request(message) == 0)
		return ACTOR_EINVALID;
	return read_response(thread, message, reply);
}
