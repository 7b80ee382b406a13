/* SPDX-License-Identifier: MIT */
#include "attach/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#include <actor/pid.h>

#include "attach/plane.h"

/*
 * How it is known that no handler ran meanwhile. A turn stores in this order: the line's state
 * (when the visit begins), its count, the word `turn`; then what its handler does; then 0 into
 * `turn`. The reader looks at all of them, copies the state, and looks again. A machine that does
 * not keep stores in order could still show it a change early, so it copies twice and compares.
 */

#define PAUSE_FIRST_NS 2000L
#define PAUSE_MOST_NS  1000000L
#define CELL_BYTES_MAX 4096

/* Where the program keeps what it knows of an actor. */
struct cells {
	uint32_t pid;
	uint64_t address;
	uint16_t size;
	uint8_t generation;
	uint8_t state;
	uint8_t turn;
	uint8_t turns;
};

/* What must not change while the state is copied. */
struct look {
	struct actor_plane_actor line;
	uint32_t generation;
	uint32_t turns;
	uint64_t turn;
	uint64_t state;
};

static int copy_memory(uint32_t pid, uint64_t address, void *bytes, size_t size)
{
	struct iovec here = {bytes, size};
	struct iovec there = {(void *)(uintptr_t)address, size};
	ssize_t got = process_vm_readv((pid_t)pid, &here, 1, &there, 1, 0);

	if (got < 0)
		return -errno;
	return (size_t)got == size ? 0 : -EFAULT;
}

static int find_cells(const struct plane_view *plane, struct cells *cells)
{
	const struct actor_plane_control *control = plane_view_control_shared(plane);

	*cells = (struct cells){
		.pid = plane_view_header(plane)->pid,
		/* Acquire: what follows was written before it. */
		.address = __atomic_load_n(&control->cells, __ATOMIC_ACQUIRE),
		.size = __atomic_load_n(&control->cell_size, __ATOMIC_RELAXED),
		.generation = __atomic_load_n(&control->cell_generation, __ATOMIC_RELAXED),
		.state = __atomic_load_n(&control->cell_state, __ATOMIC_RELAXED),
		.turn = __atomic_load_n(&control->cell_turn, __ATOMIC_RELAXED),
		.turns = __atomic_load_n(&control->cell_turns, __ATOMIC_RELAXED),
	};
	if (cells->address == 0 || cells->size > CELL_BYTES_MAX ||
	    cells->generation + 4u > cells->size || cells->state + 8u > cells->size ||
	    cells->turn + 8u > cells->size || cells->turns + 4u > cells->size)
		return -EOPNOTSUPP;
	return 0;
}

static int look_at(const struct plane_view *plane, const struct cells *cells, uint32_t slot,
		   struct look *look)
{
	unsigned char cell[CELL_BYTES_MAX];
	int status;

	memset(look, 0, sizeof(*look));
	status = plane_view_actor(plane, slot, &look->line);
	if (status != 0)
		return status;
	status = copy_memory(cells->pid, cells->address + (uint64_t)slot * cells->size, cell,
			     cells->size);
	if (status != 0)
		return status;
	memcpy(&look->generation, cell + cells->generation, sizeof(look->generation));
	memcpy(&look->turns, cell + cells->turns, sizeof(look->turns));
	memcpy(&look->turn, cell + cells->turn, sizeof(look->turn));
	memcpy(&look->state, cell + cells->state, sizeof(look->state));
	return 0;
}

/* Nobody runs the actor: it rests between turns, or in one that waits. */
static bool rests(const struct look *look)
{
	switch (look->line.state) {
	case ACTOR_PLANE_STATE_IDLE:
	case ACTOR_PLANE_STATE_SUSPENDED:
		return look->turn == 0;
	case ACTOR_PLANE_STATE_WAITING:
		return true;
	case ACTOR_PLANE_STATE_RUNNING:
		/* A visit has many turns, and something between them. */
		return look->turn == 0;
	default:
		return false;
	}
}

static bool same(const struct look *a, const struct look *b)
{
	return a->generation == b->generation && a->turns == b->turns && a->turn == b->turn &&
	       a->state == b->state && a->line.state == b->line.state &&
	       a->line.generation == b->line.generation &&
	       a->line.messages_in == b->line.messages_in &&
	       a->line.waiting_on == b->line.waiting_on;
}

/* One try. -EAGAIN: a handler ran, or may have. */
static int try_read(const struct plane_view *plane, const struct cells *cells, uint64_t pid,
		    void *bytes, void *again, size_t size, struct look *look)
{
	struct actor_pid actor = {pid};
	uint32_t slot = actor_pid_slot(actor);
	uint32_t generation = actor_pid_generation(actor);
	struct look after;
	int status = look_at(plane, cells, slot, look);

	if (status != 0)
		return status;
	if (look->line.generation != generation || look->line.state == ACTOR_PLANE_STATE_FREE)
		return -ENOENT;
	if (look->generation != generation || !rests(look))
		return -EAGAIN;
	if (look->state == 0)
		return -ENODATA;
	status = copy_memory(cells->pid, look->state, bytes, size);
	if (status == 0)
		status = copy_memory(cells->pid, look->state, again, size);
	if (status == 0)
		status = look_at(plane, cells, slot, &after);
	if (status != 0)
		return status == -EFAULT ? -EAGAIN : status; /* it may just have ended */
	return same(look, &after) && memcmp(bytes, again, size) == 0 ? 0 : -EAGAIN;
}

static int say(int status, uint32_t process, char *error, size_t error_size)
{
	const char *text;

	switch (status) {
	case -ENOENT:
		text = "the actor has ended";
		break;
	case -ENODATA:
		text = "the actor has no state";
		break;
	case -EAGAIN:
		status = -EBUSY;
		text = "the actor was in a turn whenever it was looked at; try again, or look at "
		       "it "
		       "when it has less to do";
		break;
	case -EPERM:
		snprintf(error, error_size,
			 "the memory of process %u may not be read: be its user, and where "
			 "kernel.yama.ptrace_scope is not 0, root or have CAP_SYS_PTRACE",
			 process);
		return status;
	case -ESRCH:
		text = "its program has ended";
		break;
	case -EOPNOTSUPP:
		text = "the program does not say where states lie; build it with a newer libactor";
		break;
	default:
		text = strerror(-status);
	}
	snprintf(error, error_size, "%s", text);
	return status;
}

static int read_patiently(const struct plane_view *plane, const struct cells *cells, uint64_t pid,
			  uint64_t patience_ns, size_t size, struct state_bytes *state)
{
	uint64_t begin = plane_clock_monotonic();
	long pause = PAUSE_FIRST_NS;
	void *bytes = malloc(size);
	void *again = malloc(size);
	struct look look;
	int status = bytes == NULL || again == NULL ? -ENOMEM : -EAGAIN;

	while (status == -EAGAIN) {
		struct timespec wait = {0, pause};

		status = try_read(plane, cells, pid, bytes, again, size, &look);
		if (status != -EAGAIN || plane_clock_monotonic() - begin > patience_ns)
			break;
		nanosleep(&wait, NULL);
		pause = pause < PAUSE_MOST_NS ? 2 * pause : PAUSE_MOST_NS;
	}
	free(again);
	if (status != 0) {
		free(bytes);
		return status;
	}
	state->bytes = bytes;
	state->size = size;
	state->waiting_on = look.line.state == ACTOR_PLANE_STATE_WAITING ? look.line.waiting_on : 0;
	return 0;
}

int state_read(const struct plane_view *plane, uint64_t pid, uint64_t patience_ns,
	       struct state_bytes *ret_state, char *error, size_t error_size)
{
	struct state_bytes state = {.bytes = NULL};
	struct actor_plane_behaviour behaviour;
	struct actor_plane_actor line;
	struct actor_pid actor = {pid};
	struct cells cells = {.pid = plane_view_header(plane)->pid};
	int status = plane_view_actor(plane, actor_pid_slot(actor), &line);

	if (status == 0 && (line.generation != actor_pid_generation(actor) ||
			    line.state == ACTOR_PLANE_STATE_FREE))
		status = -ENOENT;
	if (status == 0)
		status =
			plane_view_behaviour(plane, line.behaviour, &behaviour) == 0 ? 0 : -ENODATA;
	if (status == 0 && (behaviour.state_size == 0 || behaviour.state_size > STATE_BYTES_MAX))
		status = -ENODATA;
	if (status == 0)
		status = find_cells(plane, &cells);
	state.behaviour = line.behaviour;
	if (status == 0)
		status = read_patiently(plane, &cells, pid, patience_ns, behaviour.state_size,
					&state);
	if (status != 0)
		return say(status, cells.pid, error, error_size);
	*ret_state = state;
	return 0;
}
