/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_PID_H
#define ACTOR_PID_H

/*
 * The address of an actor: 64 bits, never a pointer.
 *
 *	bits 63..56  node, 0 until there are several hosts
 *	bits 55..24  generation: how many actors the slot has had; starts at 1
 *	bits 23..0   slot
 *
 * A slot whose generations are used up is retired, so a dead pid never comes back. The value 0 is
 * no actor. A struct, so that a pid is not mistaken for a count; compare with actor_pid_equal.
 * As text: <node.slot.generation>, as in <0.17.3>.
 *
 * Stability: the packing is part of the plane's and the trace file's format.
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct actor_pid {
	uint64_t bits;
};

#define ACTOR_PID_SLOT_BITS 24
#define ACTOR_PID_SLOT_MASK ((UINT64_C(1) << ACTOR_PID_SLOT_BITS) - 1)

static inline struct actor_pid actor_pid_pack(uint32_t slot, uint32_t generation)
{
	struct actor_pid pid = {((uint64_t)generation << ACTOR_PID_SLOT_BITS) |
				(slot & ACTOR_PID_SLOT_MASK)};
	return pid;
}

static inline uint32_t actor_pid_slot(struct actor_pid pid)
{
	return (uint32_t)(pid.bits & ACTOR_PID_SLOT_MASK);
}

static inline uint32_t actor_pid_generation(struct actor_pid pid)
{
	return (uint32_t)(pid.bits >> ACTOR_PID_SLOT_BITS);
}

static inline uint32_t actor_pid_node(struct actor_pid pid)
{
	return (uint32_t)(pid.bits >> 56);
}

static inline bool actor_pid_equal(struct actor_pid a, struct actor_pid b)
{
	return a.bits == b.bits;
}

static inline bool actor_pid_is_none(struct actor_pid pid)
{
	return pid.bits == 0;
}

#ifdef __cplusplus
#define ACTOR_PID_NONE (actor_pid{0})
#else
#define ACTOR_PID_NONE ((struct actor_pid){0})
#endif

#ifdef __cplusplus
}
#endif

#endif
