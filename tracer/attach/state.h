/* SPDX-License-Identifier: MIT */
#ifndef ATTACH_STATE_H
#define ATTACH_STATE_H

/*
 * A living actor's state, read from outside. The program is not stopped and does not notice; the
 * bytes are those between two turns, or there are none.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/attach.h>

#define STATE_BYTES_MAX (UINT32_C(64) << 20)

struct state_bytes {
	void *bytes;
	size_t size;
	uint16_t behaviour;
	uint64_t waiting_on; /* pid: a turn has begun, and waits for that actor; 0: between turns */
};

/*
 * Tries for `patience_ns`. -ENOENT: there is no such actor (any more); -EBUSY: it was in a turn
 * whenever it was looked at; -EPERM: this process may not read the other's memory; -ENODATA: the
 * actor has no state; -EOPNOTSUPP: the program does not tell where states lie.
 * Owns: the caller frees ret_state->bytes.
 */
int state_read(const struct plane_view *plane, uint64_t pid, uint64_t patience_ns,
	       struct state_bytes *ret_state, char *error, size_t error_size);

#endif
