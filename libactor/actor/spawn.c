/* SPDX-License-Identifier: MIT */
/* Births. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <actor/actor.h>

#include "actor/system.h"
#include "base/hash.h"

/* A new cell in its slot; everything in it is fresh but the slot's generation. */
static int cell_init(struct thread *thread, struct cell *cell, struct actor_pid pid,
		     const struct actor_behaviour *behaviour)
{
	struct actor_system *system = thread->system;

	memset(cell, 0, sizeof(*cell));
	cell->task.run = system->seam->visit;
	cell->behaviour = behaviour;
	cell->extra = &cell_extra_none;
	cell->pid = pid;
	cell->slot = actor_pid_slot(pid);
	cell->generation = actor_pid_generation(pid);
	cell->stamper = (uint8_t)(thread->index + 1); /* its birth has the stamp of this turn */
	if (behaviour->state_size != 0) {
		cell->state = pool_alloc(&thread->pool, behaviour->state_size, &cell->state_class);
		if (cell->state == NULL)
			return ACTOR_ENO_MEMORY;
		memset(cell->state, 0, behaviour->state_size);
		cell->memory = (uint32_t)behaviour->state_size;
	}
	return 0;
}

static void line_init(struct thread *thread, const struct cell *cell, uint16_t behaviour,
		      uint8_t kind, uint64_t identity, uint32_t nth, uint32_t name)
{
	struct actor_plane_actor *line = cell_line(cell, thread->system);
	struct actor_plane_birth *birth = &thread->system->plane.births[cell->slot];

	birth->parent = cell_pid(thread->cell).bits;
	birth->identity = identity;
	birth->ticks = ring_timed(&thread->ring) ? thread->ticks : 0;
	__atomic_store_n(&birth->nth, nth, __ATOMIC_RELAXED);
	/* Relaxed: who had an older pid of this slot may still look. */
	__atomic_store_n(&line->queued, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&line->messages_in, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&line->messages_out, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&line->busy_ticks, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&line->waiting_on, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&line->memory, cell->memory, __ATOMIC_RELAXED);
	__atomic_store_n(&line->name, name, __ATOMIC_RELAXED);
	__atomic_store_n(&line->behaviour, behaviour, __ATOMIC_RELAXED);
	__atomic_store_n(&line->kind, kind, __ATOMIC_RELAXED);
	__atomic_store_n(&line->restarts, 0, __ATOMIC_RELAXED);
	/* Release: pairs with the acquire in is_ours; the cell is there. */
	__atomic_store_n(&line->state, ACTOR_PLANE_STATE_STARTING, __ATOMIC_RELEASE);
	/* Release: pairs with readers of the plane, who take the line for this generation's. */
	__atomic_store_n(&birth->generation, cell->generation, __ATOMIC_RELEASE);
	__atomic_store_n(&line->inbox, MAILBOX_EMPTY, __ATOMIC_RELEASE);
	__atomic_store_n(&line->generation, cell->generation, __ATOMIC_RELEASE);
}

int init_put(struct thread *thread, struct cell *cell, const void *argument, size_t size)
{
	const struct actor_plane_birth *birth = cell_birth(cell, thread->system);
	struct actor_message *message = message_create(thread, size);
	struct mailbox_list one = {message, message, 1};

	if (message == NULL)
		return ACTOR_ENO_MEMORY;
	message->next_ = NULL;
	message->kind = ACTOR_MESSAGE_KIND_INIT;
	message->tag = 0;
	message->ref_ = 0;
	message->sender.bits = birth->parent;
	message->sequence = birth->nth;
	message->generation_ = cell->generation;
	if (size != 0)
		memcpy(message + 1, argument, size);
	mailbox_append(&cell->queue, one);
	return 0;
}

/* Both ends of the bonds that exist from the first instant. */
static int bind(struct thread *thread, struct cell *cell, const struct actor_spawn_options *options)
{
	struct cell *parent = thread->cell;
	int status = 0;

	if (options == NULL)
		return 0;
	if (options->link && !thread->foreign) {
		cell->child = true;
		status = link_add(thread, cell, cell_pid(parent));
		if (status == 0)
			status = link_add(thread, parent, cell_pid(cell));
	}
	if (status == 0 && options->monitor) {
		uint64_t ref = call_ref(parent, 0);

		status = watcher_add(thread, cell, cell_pid(parent), ref);
		if (status == 0)
			status = monitor_add(thread, parent, ref, cell_pid(cell));
	}
	return status;
}

/* The parent's end of them, for a child that failed: the parent learns that in another way. */
static void unbind(struct cell *parent, struct actor_pid child)
{
	struct map_entry *monitors = map_sorted(&parent->extra->monitors);

	for (uint32_t i = 0; monitors != NULL && i < parent->extra->monitors.count; i++) {
		if (monitors[i].value == child.bits) {
			(void)monitor_remove(parent, monitors[i].key, &child);
			break;
		}
	}
	free(monitors);
	(void)link_remove(parent, child);
}

static int give_name(struct thread *thread, struct cell *cell, const char *name, uint32_t string)
{
	int status = registry_add(&thread->system->registry, name, string, cell_pid(cell));

	return (int)(int64_t)thread_observe(thread, ACTOR_OBSERVED_REGISTER,
					    (uint64_t)(int64_t)status);
}

/* Mostly the one that the thread has spawned before. */
static inline uint16_t behaviour_number(struct thread *thread,
					const struct actor_behaviour *behaviour)
{
	if (__builtin_expect(thread->behaviour != behaviour, 0)) {
		uint16_t number = plane_behaviour(&thread->system->plane, behaviour);

		if (number == 0)
			return 0;
		thread->behaviour = behaviour;
		thread->behaviour_number = number;
	}
	return thread->behaviour_number;
}

/* `executor`: where a port runs; NULL for everything that is not one of the runtime's own ports. */
static int spawn(struct thread *thread, const struct actor_behaviour *behaviour,
		 const void *argument, size_t size, const struct actor_spawn_options *options,
		 struct executor *executor, const struct birth *birth, uint64_t starter_ref,
		 struct actor_pid *ret_pid)
{
	struct actor_system *system = thread->system;
	bool outside = executor != NULL || (options != NULL && options->outside);
	bool detached =
		executor == NULL && options != NULL && (options->outside || options->detached);
	const char *name = options != NULL ? options->name : NULL;
	const char *label = options != NULL ? options->label : NULL;
	const char *shown = name != NULL ? name : label;
	enum actor_plane_kind kind = outside ? ACTOR_PLANE_KIND_PORT
				     : behaviour == &supervisor_behaviour
					     ? ACTOR_PLANE_KIND_SUPERVISOR
					     : ACTOR_PLANE_KIND_ACTOR;
	uint32_t nth = ++thread->cell->children;
	uint64_t identity = hash_mix(cell_birth(thread->cell, system)->identity, nth);
	uint16_t number = behaviour_number(thread, behaviour);
	uint32_t string = 0;
	struct bound_wish wish;
	bool watched;
	struct actor_pid pid;
	struct cell *cell;
	int status;

	if (number == 0)
		return ACTOR_ETABLE_FULL;
	status = bound_wanted(system, options, &wish, &watched);
	if (status != 0)
		return status;
	status = system->seam->place(system, cell_pid(thread->cell), nth, &pid);
	if (status != 0)
		return status;
	cell = system_cell(system, actor_pid_slot(pid));
	if (shown != NULL)
		string = plane_string(&system->plane, shown, strlen(shown));
	status = cell_init(thread, cell, pid, behaviour);
	if (status == 0 && watched) {
		status = bound_begin(system, cell, &wish);
		watched = status == 0;
	}
	cell->executor = executor != NULL                     ? executor
			 : outside && system->outside != NULL ? system->outside
							      : system->executor;
	cell->always_ends = executor != NULL;
	cell->outside = outside;
	line_init(thread, cell, number,
		  (uint8_t)(kind | (watched ? ACTOR_PLANE_KIND_WATCHED : 0) |
			    (thread->foreign ? ACTOR_PLANE_KIND_TOP : 0)),
		  identity, nth, string);
	if (status == 0 && name != NULL)
		status = give_name(thread, cell, name, string);
	if (status == 0)
		status = bind(thread, cell, options);
	cell->fresh = size == 0;
	if (status == 0 && !cell->fresh)
		status = init_put(thread, cell, argument, size);
	if (status == 0 && (outside || starter_ref != 0) && cell_extra_want(thread, cell) == NULL)
		status = ACTOR_ENO_MEMORY;
	if (status == 0 && detached && system->executor == NULL)
		status = detached_start(system, cell, shown != NULL ? shown : behaviour->name);
	if (status != 0) {
		unbind(thread->cell, pid);
		cell_discard(thread, cell);
		system_slot_give(thread->system, cell->slot);
		return status;
	}
	if (starter_ref != 0) {
		cell->extra->starter.caller = cell_pid(thread->cell);
		cell->extra->starter.ref = starter_ref;
	}
	EMIT(thread, SPAWN, outside ? ACTOR_EVENT_FOREIGN : 0, number, nth, pid.bits,
	     cell_pid(thread->cell).bits, identity);
	if (name != NULL)
		EMIT(thread, REGISTER, 0, 0, 0, pid.bits, string, 0);
	thread_add(&thread->spawned, 1);
	*ret_pid = pid;
	if (birth != NULL)
		birth->born(birth->context, pid);
	if (__builtin_expect(cell->executor == NULL && thread->worker != NULL, 1))
		sched_ready_next(thread->worker, &cell->task);
	else
		cell_ready(system, cell);
	return 0;
}

static int check(const struct thread *thread, const struct actor_behaviour *behaviour,
		 const void *argument, size_t size, const struct actor_spawn_options *options)
{
	if (thread == NULL || thread->cell == NULL)
		return ACTOR_ENOT_ACTOR;
	if (behaviour == NULL || behaviour->name == NULL || (argument == NULL && size != 0))
		return ACTOR_EINVALID;
	if (options != NULL && options->size != sizeof(*options))
		return ACTOR_EINVALID;
	if (options != NULL && thread->foreign && options->monitor)
		return ACTOR_ENOT_ACTOR;
	if (options != NULL && options->name != NULL &&
	    (options->name[0] == '\0' || strlen(options->name) > REGISTRY_NAME_MAX))
		return ACTOR_EINVALID;
	return size > ACTOR_PAYLOAD_MAX ? ACTOR_ETOO_LARGE : 0;
}

int actor_spawn(const struct actor_behaviour *behaviour, const void *argument, size_t size,
		const struct actor_spawn_options *options, struct actor_pid *ret_pid)
{
	struct thread *thread = thread_self();
	struct actor_pid pid;
	int status = check(thread, behaviour, argument, size, options);

	if (status != 0)
		return status;
	thread_input(thread);
	status = spawn(thread, behaviour, argument, size, options, NULL, NULL, 0, &pid);
	if (status == 0 && ret_pid != NULL)
		*ret_pid = pid;
	thread_output(thread);
	return status;
}

static int start(const struct actor_behaviour *behaviour, const void *argument, size_t size,
		 const struct actor_spawn_options *options, struct executor *executor,
		 const struct birth *birth, struct actor_pid *ret_pid, int *ret_reason)
{
	struct thread *thread = thread_self();
	struct reply_payload started;
	struct wait wait;
	struct actor_pid pid;
	uint64_t ref;
	int status = check(thread, behaviour, argument, size, options);

	if (status != 0)
		return status;
	wait_init(&wait);
	status = wait_reserve(thread);
	if (status != 0)
		return status;
	thread_input(thread);
	ref = call_ref(thread->cell, 0);
	/*
	 * Linked from the first instant where wanted; a child that fails in init takes the link
	 * away before it ends, see handle_init.
	 */
	status = spawn(thread, behaviour, argument, size, options, executor, birth, ref, &pid);
	if (status != 0) {
		thread_output(thread);
		return status;
	}
	waiting_set(thread, pid); /* should its init call us, that is a deadlock */
	status = wait_for(thread, &wait, ref, pid, 0, ACTOR_FOREVER);
	thread = thread_self();
	waiting_end(thread);
	if (status != 0) {
		thread_output(thread);
		return status;
	}
	memcpy(&started, actor_message_payload(wait.answer), sizeof(started));
	message_free(thread, wait.answer);
	if (started.status != 0)
		unbind(thread->cell, pid);
	if (ret_reason != NULL && started.status != 0)
		*ret_reason = started.reason;
	if (started.status == 0 && ret_pid != NULL)
		*ret_pid = pid;
	thread_output(thread);
	return started.status;
}

int actor_start(const struct actor_behaviour *behaviour, const void *argument, size_t size,
		const struct actor_spawn_options *options, struct actor_pid *ret_pid,
		int *ret_reason)
{
	return start(behaviour, argument, size, options, NULL, NULL, ret_pid, ret_reason);
}

int start_born(const struct actor_behaviour *behaviour, const void *argument, size_t size,
	       const struct actor_spawn_options *options, const struct birth *birth,
	       struct actor_pid *ret_pid)
{
	return start(behaviour, argument, size, options, NULL, birth, ret_pid, NULL);
}

int port_start(const struct actor_behaviour *behaviour, const void *argument, size_t size,
	       struct executor *executor, bool link, struct actor_pid *ret_pid)
{
	struct actor_spawn_options options = {.size = sizeof(options), .link = link};

	return start(behaviour, argument, size, &options, executor, NULL, ret_pid, NULL);
}

int port_spawn(const struct actor_behaviour *behaviour, const void *argument, size_t size,
	       struct executor *executor, struct actor_pid *ret_pid)
{
	return spawn(thread_self(), behaviour, argument, size, NULL, executor, NULL, 0, ret_pid);
}

struct actor_pid actor_self(void)
{
	struct thread *thread = thread_self();

	return thread != NULL && thread->cell != NULL ? cell_pid(thread->cell) : ACTOR_PID_NONE;
}

struct actor_pid actor_parent(void)
{
	struct thread *thread = thread_self();

	struct actor_pid parent = ACTOR_PID_NONE;

	if (thread != NULL && thread->cell != NULL)
		parent.bits = cell_birth(thread->cell, thread->system)->parent;
	return parent;
}

bool actor_alive(struct actor_pid pid)
{
	struct thread *thread = thread_self();
	uint64_t alive;

	if (thread == NULL || thread->cell == NULL)
		return false;
	thread_input(thread);
	alive = system_find(thread->system, pid) != NULL;
	alive = thread_observe(thread, ACTOR_OBSERVED_ALIVE, alive);
	thread_output(thread);
	return alive != 0;
}
