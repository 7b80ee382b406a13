/* SPDX-License-Identifier: MIT */
#include "port/port.h"

#include <assert.h>

#include "actor/system.h"
#include "actor/visit.h"

void port_input_begin(struct cell *port, size_t size)
{
	struct thread *thread = thread_self();

	assert(thread->cell == NULL);
	thread->ticks = 0;
	visit_begin(thread, port);
	thread->now = 0;
	thread->ring.actor = cell_pid(port).bits;
	if (ring_timed(&thread->ring)) {
		thread->visit_ticks = thread_stamp(thread);
		thread->ring.turn_time = thread->ticks;
	}
	port->extra->inputs++;
	EMIT(thread, INPUT, 0, 0, port->extra->inputs, cell_pid(port).bits, size, thread->ticks);
}

void port_input_end(struct cell *port)
{
	struct thread *thread = thread_self();

	assert(thread->cell == port);
	visit_end(thread, port, ACTOR_PLANE_STATE_IDLE);
	thread_idle(thread);
}
