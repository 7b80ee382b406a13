/* SPDX-License-Identifier: MIT */
/* System messages: one type for each thing that can be asked, a function that answers it. */
#include <actor/sys.h>

#include <stdio.h>
#include <string.h>

#include "actor/log.h"
#include "actor/rare.h"
#include "actor/system.h"
#include "base/hash.h"

/* An answer on its way. */
struct answer {
	int32_t status;
	const void *bytes;
	size_t size;
	union {
		struct actor_sys_status status;
		struct actor_sys_statistics statistics;
	} room;
};

/* ---- What the asked actor does ----------------------------------------------------------------
 */

static int do_get_state(struct thread *thread, struct cell *cell,
			const struct actor_message *message, struct answer *answer)
{
	(void)thread;
	(void)message;
	answer->bytes = cell->state;
	answer->size = cell->behaviour->state_size;
	return ACTOR_CONTINUE;
}

static int do_replace_state(struct thread *thread, struct cell *cell,
			    const struct actor_message *message, struct answer *answer)
{
	(void)thread;
	if (message->size != cell->behaviour->state_size)
		answer->status = ACTOR_EINVALID;
	else if (message->size != 0)
		memcpy(cell->state, actor_message_payload(message), message->size);
	return ACTOR_CONTINUE;
}

/* Of the queue a suspended actor takes its parent's exit, and an order to stop. */
static bool ends_suspended(const struct wait *wait, const struct actor_message *message)
{
	const struct cell *cell = wait->context;

	if (message->kind == ACTOR_MESSAGE_KIND_EXIT)
		return exit_is_of_parent(wait->system, cell, message);
	return message->kind == ACTOR_MESSAGE_KIND_SYSTEM;
}

static int do_suspend(struct thread *thread, struct cell *cell, const struct actor_message *message,
		      struct answer *answer)
{
	struct cell_rare *rare = cell_rare_want(thread, cell);

	(void)message;
	if (rare == NULL) {
		answer->status = ACTOR_ENO_MEMORY;
	} else if (cell->wait == NULL) {
		rare->suspended = (struct wait){.matches = ends_suspended,
						.context = cell,
						.suspended = true,
						.system = thread->system};
		cell->wait = &rare->suspended;
	}
	return ACTOR_CONTINUE;
}

static int do_resume(struct thread *thread, struct cell *cell, const struct actor_message *message,
		     struct answer *answer)
{
	(void)thread;
	(void)message;
	(void)answer;
	cell->wait = NULL;
	return ACTOR_CONTINUE;
}

static const char *text_of(const struct actor_system *system, uint32_t string)
{
	return string != 0 ? system->plane.strings + string + sizeof(uint32_t) : "";
}

static uint64_t hash_of(const char *text)
{
	return text[0] != '\0' ? hash_bytes(text, strlen(text)) : 0;
}

/* Others may have given the name, or taken it away: a shared fact, told by its hash. */
static const char *name_of(struct thread *thread, struct cell *cell)
{
	struct actor_system *system = thread->system;
	const char *name = text_of(system, cell_line(cell, system)->name);
	uint64_t hash = hash_of(name);
	uint64_t told = system->seam->observe(cell, ACTOR_OBSERVED_QUEUED, hash);
	uint32_t used = __atomic_load_n(&system->plane.control->strings_used, __ATOMIC_RELAXED);
	uint32_t size;

	EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_QUEUED, cell_pid(cell).bits, 0, told);
	if (told == hash)
		return name;
	/* In a replay: one of those that were given, then. */
	for (uint32_t at = 0; told != 0 && at + sizeof(size) < used;
	     at += (uint32_t)((sizeof(size) + size + 1 + 3) & ~(size_t)3)) {
		memcpy(&size, system->plane.strings + at, sizeof(size));
		name = text_of(system, at);
		if (at != 0 && hash_of(name) == told)
			return name;
	}
	return "";
}

static void describe(const struct cell *cell, char *text, size_t size)
{
	text[0] = '\0';
	if (cell->behaviour->describe != NULL)
		(void)cell->behaviour->describe(cell->state, text, size);
	text[size - 1] = '\0';
}

static int do_get_status(struct thread *thread, struct cell *cell,
			 const struct actor_message *message, struct answer *answer)
{
	const struct cell_rare *rare = cell_rare(cell);
	struct actor_sys_status *status = &answer->room.status;
	uint64_t queued;

	(void)message;
	(void)cell_drain(thread, cell);
	queued = thread->system->seam->observe(cell, ACTOR_OBSERVED_QUEUED,
					       cell->queue.count + cell->urgent.count);
	EMIT(thread, OBSERVE, 0, 0, ACTOR_OBSERVED_QUEUED, cell_pid(cell).bits, 0, queued);
	memset(status, 0, sizeof(*status));
	status->pid = cell_pid(cell);
	status->parent.bits = cell_birth(cell, thread->system)->parent;
	status->memory = cell->memory;
	status->state_size = (uint32_t)cell->behaviour->state_size;
	status->messages_in = cell->handled;
	status->messages_out = cell->sends;
	status->queued = (uint32_t)queued;
	status->links = cell->extra->links.count;
	status->monitors = cell->extra->monitors.count;
	status->monitored_by = watchers_count(cell->extra->watchers);
	if (rare != NULL) {
		status->postponed = rare->postponed.count;
		status->requests = rare->requests.count;
		status->statistics = rare->statistics.on;
	}
	status->suspended = cell->wait != NULL;
	status->traced = (cell->after & AFTER_TRACED) != 0;
	status->traps_exits = cell->traps;
	snprintf(status->behaviour, sizeof(status->behaviour), "%s", cell->behaviour->name);
	snprintf(status->name, sizeof(status->name), "%s", name_of(thread, cell));
	describe(cell, status->text, sizeof(status->text));
	answer->bytes = status;
	answer->size = sizeof(*status);
	return ACTOR_CONTINUE;
}

static int do_statistics(struct thread *thread, struct cell *cell,
			 const struct actor_message *message, struct answer *answer)
{
	struct cell_rare *rare = cell_rare_want(thread, cell);

	if (rare == NULL)
		answer->status = ACTOR_ENO_MEMORY;
	else
		rare->statistics =
			(struct sys_statistics){.on = *actor_message_as(message, int32_t) != 0,
						.since_ns = actor_now(),
						.handled = cell->handled,
						.sends = cell->sends};
	return ACTOR_CONTINUE;
}

static int do_get_statistics(struct thread *thread, struct cell *cell,
			     const struct actor_message *message, struct answer *answer)
{
	const struct cell_rare *rare = cell_rare(cell);
	struct actor_sys_statistics *statistics = &answer->room.statistics;

	(void)thread;
	(void)message;
	if (rare == NULL || !rare->statistics.on) {
		answer->status = ACTOR_EREJECTED;
		return ACTOR_CONTINUE;
	}
	statistics->since_ns = rare->statistics.since_ns;
	statistics->now_ns = actor_now();
	statistics->messages_in = cell->handled - rare->statistics.handled;
	/* The answer to the one that switched it on is none of the actor's work. */
	statistics->messages_out = cell->sends - rare->statistics.sends - 1;
	answer->bytes = statistics;
	answer->size = sizeof(*statistics);
	return ACTOR_CONTINUE;
}

static int do_trace(struct thread *thread, struct cell *cell, const struct actor_message *message,
		    struct answer *answer)
{
	(void)thread;
	(void)answer;
	if (*actor_message_as(message, int32_t) != 0)
		cell->after |= AFTER_TRACED;
	else
		cell->after &= (uint8_t)~AFTER_TRACED;
	return ACTOR_CONTINUE;
}

static int do_terminate(struct thread *thread, struct cell *cell,
			const struct actor_message *message, struct answer *answer)
{
	(void)thread;
	(void)cell;
	(void)answer;
	return *actor_message_as(message, int32_t);
}

/* As terminate, but the answer is the end itself. */
static int do_stop(struct thread *thread, struct cell *cell, const struct actor_message *message,
		   struct answer *answer)
{
	struct actor_from from = {message->sender, message->ref_};

	answer->status = owed_add(thread, cell, from);
	return answer->status == 0 ? *actor_message_as(message, int32_t) : ACTOR_CONTINUE;
}

enum verb {
	GET_STATE,
	REPLACE_STATE,
	SUSPEND,
	RESUME,
	GET_STATUS,
	STATISTICS,
	GET_STATISTICS,
	TRACE,
	TERMINATE,
	STOP,
	VERB_COUNT
};

typedef int (*verb_function)(struct thread *thread, struct cell *cell,
			     const struct actor_message *message, struct answer *answer);

#define EMPTY(text)            \
	{                      \
		.name = (text) \
	}
#define FLAG(text)                                                          \
	{                                                                   \
		.name = (text), .ctype = "int32_t", .size = sizeof(int32_t) \
	}

static struct actor_type types[VERB_COUNT] = {
	[GET_STATE] = EMPTY("sys_get_state"),
	[REPLACE_STATE] = {.name = "sys_replace_state", .flexible = 1},
	[SUSPEND] = EMPTY("sys_suspend"),
	[RESUME] = EMPTY("sys_resume"),
	[GET_STATUS] = EMPTY("sys_get_status"),
	[STATISTICS] = FLAG("sys_statistics"),
	[GET_STATISTICS] = EMPTY("sys_get_statistics"),
	[TRACE] = FLAG("sys_trace"),
	[TERMINATE] = FLAG("sys_terminate"),
	[STOP] = FLAG("sys_stop"),
};

static const verb_function functions[VERB_COUNT] = {
	[GET_STATE] = do_get_state,
	[REPLACE_STATE] = do_replace_state,
	[SUSPEND] = do_suspend,
	[RESUME] = do_resume,
	[GET_STATUS] = do_get_status,
	[STATISTICS] = do_statistics,
	[GET_STATISTICS] = do_get_statistics,
	[TRACE] = do_trace,
	[TERMINATE] = do_terminate,
	[STOP] = do_stop,
};

static void send_answer(struct thread *thread, const struct actor_message *message,
			const struct answer *answer)
{
	struct reply_payload head = {answer->status, 0};
	size_t size = answer->status == 0 ? answer->size : 0;
	struct actor_message *reply = message_create(thread, sizeof(head) + size);

	if (reply == NULL)
		return; /* the asker's time runs out */
	reply->kind = ACTOR_MESSAGE_KIND_REPLY;
	reply->tag = message->tag;
	reply->ref_ = message->ref_;
	memcpy(reply + 1, &head, sizeof(head));
	if (size != 0)
		memcpy((char *)(reply + 1) + sizeof(head), answer->bytes, size);
	waiting_answered(thread, (struct actor_from){message->sender, message->ref_});
	(void)message_send(thread, message->sender, reply);
}

int sys_handle(struct thread *thread, struct cell *cell, const struct actor_message *message)
{
	struct answer answer = {.status = ACTOR_EINVALID};
	int reason = ACTOR_CONTINUE;
	bool stopped = false;

	for (int verb = 0; verb < VERB_COUNT && !thread->foreign; verb++) {
		if (!actor_message_is(message, &types[verb]))
			continue;
		answer.status = 0;
		reason = functions[verb](thread, cell, message, &answer);
		stopped = verb == STOP && answer.status == 0;
	}
	if (!stopped)
		send_answer(thread, message, &answer);
	return reason;
}

/* ---- Tracing ----------------------------------------------------------------------------------
 */

void sys_trace_turn(struct thread *thread, struct cell *cell, const struct actor_message *message,
		    int reason)
{
	static const char *const kinds[ACTOR_MESSAGE_KIND_COUNT] = {
#define X(number, NAME, name) [ACTOR_MESSAGE_KIND_##NAME] = #name,
		ACTOR_MESSAGE_KIND_MAP(X)
#undef X
	};
	struct actor_system *system = thread->system;
	char sender[LOG_ACTOR_MAX];
	char text[ACTOR_SYS_TEXT_MAX];
	char ended[LOG_REASON_MAX];

	if (system->log == NULL)
		return;
	describe(cell, text, sizeof(text));
	log_line(system, ACTOR_LOG_DEBUG, cell_pid(cell), "handled %s %s from %s, sent %u; %s%s",
		 kinds[message->kind],
		 message->tag != 0 ? text_of(system, system->plane.types[message->tag].name) : "",
		 log_actor(system, message->sender, sender), cell->turn_sends,
		 reason == ACTOR_CONTINUE ? "state: " : "ends: ",
		 reason == ACTOR_CONTINUE ? text : log_reason(reason, ended));
}

/* ---- What the asking one does -----------------------------------------------------------------
 */

/* Where the answer goes: `size` bytes of room; on return, how many the answer has. */
struct room {
	void *bytes;
	size_t size;
};

static int ask(struct actor_pid pid, enum verb verb, const void *payload, size_t size,
	       struct room *room, uint64_t timeout_ns)
{
	struct thread *thread = thread_self();
	struct wait wait;
	const struct actor_plane_actor *line;
	struct actor_message *message;
	uint64_t ref;
	int status;

	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	line = system_find(thread->system, pid);
	if (line != NULL && line->kind == ACTOR_PLANE_KIND_FOREIGN &&
	    !actor_pid_equal(pid, cell_pid(thread->cell)))
		return ACTOR_EINVALID; /* it looks into its mailbox when it likes */
	wait_init(&wait);
	status = wait_reserve(thread);
	if (status == 0)
		status = message_build(thread, &types[verb], payload, size,
				       ACTOR_MESSAGE_KIND_SYSTEM, 0, NULL, &message);
	if (status != 0)
		return status;
	thread_input(thread);
	ref = call_ref(thread->cell, message->tag) | (verb == STOP ? REF_ORDERED : 0);
	message->ref_ = ref;
	status = waiting_begin(thread, pid);
	if (status != 0) {
		message_free(thread, message);
		thread_output(thread);
		return status;
	}
	(void)message_send(thread, pid, message);
	status = wait_for(thread, &wait, ref, pid, (uint16_t)types[verb].number, timeout_ns);
	thread = thread_self();
	waiting_end(thread);
	if (status != 0)
		return status;
	status = call_status(thread, wait.answer);
	if (status == 0 && room != NULL) {
		const struct reply_payload *head = actor_message_payload(wait.answer);
		size_t there = wait.answer->size - sizeof(*head);

		if (there != 0 && room->size != 0)
			memcpy(room->bytes, head + 1, there < room->size ? there : room->size);
		room->size = there;
	}
	message_free(thread, wait.answer);
	thread_output(thread);
	return status;
}

int actor_sys_get_state(struct actor_pid pid, void *state, size_t size, size_t *ret_size,
			uint64_t timeout_ns)
{
	struct room room = {state, size};
	int status;

	if (state == NULL && size != 0)
		return ACTOR_EINVALID;
	status = ask(pid, GET_STATE, NULL, 0, &room, timeout_ns);
	if (status == 0 && ret_size != NULL)
		*ret_size = room.size;
	return status;
}

int actor_sys_replace_state(struct actor_pid pid, const void *state, size_t size,
			    uint64_t timeout_ns)
{
	return ask(pid, REPLACE_STATE, state, size, NULL, timeout_ns);
}

int actor_sys_suspend(struct actor_pid pid, uint64_t timeout_ns)
{
	return ask(pid, SUSPEND, NULL, 0, NULL, timeout_ns);
}

int actor_sys_resume(struct actor_pid pid, uint64_t timeout_ns)
{
	return ask(pid, RESUME, NULL, 0, NULL, timeout_ns);
}

int actor_sys_get_status(struct actor_pid pid, struct actor_sys_status *ret_status,
			 uint64_t timeout_ns)
{
	struct room room = {ret_status, sizeof(*ret_status)};

	if (ret_status == NULL)
		return ACTOR_EINVALID;
	return ask(pid, GET_STATUS, NULL, 0, &room, timeout_ns);
}

static int ask_number(struct actor_pid pid, enum verb verb, int32_t number, uint64_t timeout_ns)
{
	return ask(pid, verb, &number, sizeof(number), NULL, timeout_ns);
}

int actor_sys_statistics(struct actor_pid pid, bool on, uint64_t timeout_ns)
{
	return ask_number(pid, STATISTICS, on, timeout_ns);
}

int actor_sys_get_statistics(struct actor_pid pid, struct actor_sys_statistics *ret_statistics,
			     uint64_t timeout_ns)
{
	struct room room = {ret_statistics, sizeof(*ret_statistics)};

	if (ret_statistics == NULL)
		return ACTOR_EINVALID;
	return ask(pid, GET_STATISTICS, NULL, 0, &room, timeout_ns);
}

int actor_sys_trace(struct actor_pid pid, bool on, uint64_t timeout_ns)
{
	return ask_number(pid, TRACE, on, timeout_ns);
}

int actor_sys_terminate(struct actor_pid pid, int reason, uint64_t timeout_ns)
{
	return reason != ACTOR_CONTINUE ? ask_number(pid, TERMINATE, reason, timeout_ns)
					: ACTOR_EINVALID;
}

int actor_stop(struct actor_pid pid, int reason, uint64_t timeout_ns)
{
	int status;

	if (reason == ACTOR_CONTINUE)
		return ACTOR_EINVALID;
	status = ask_number(pid, STOP, reason, timeout_ns);
	return status == ACTOR_EDIED && actor_call_reason() == reason ? 0 : status;
}
