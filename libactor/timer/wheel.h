/* SPDX-License-Identifier: MIT */
#ifndef TIMER_WHEEL_H
#define TIMER_WHEEL_H

/*
 * A hierarchical timing wheel (Varghese and Lauck, "Hashed and hierarchical timing wheels", SOSP
 * 1987, scheme 7): WHEEL_LEVELS wheels of WHEEL_SLOTS slots, a slot of level n spans WHEEL_SLOTS^n
 * ticks. Arming and cancelling touch one list. A timer of a higher level moves down when its slot
 * is reached; beyond the top level (2^32 ticks, 49 days) it waits in the top and moves again.
 *
 * Ticks are milliseconds here but the wheel does not know. No locks: the caller has them.
 */

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_LEVELS    4
#define WHEEL_SLOT_BITS 8
#define WHEEL_SLOTS     (1u << WHEEL_SLOT_BITS)

/* Embedded in what is timed. Zeroed: not in a wheel. */
struct wheel_entry {
	struct wheel_entry *next;
	struct wheel_entry **link; /* what points to this entry; NULL: not in a wheel */
	uint64_t deadline;
};

struct wheel {
	uint64_t now; /* ticks that have been worked off */
	uint64_t count;
	uint64_t used[WHEEL_LEVELS][WHEEL_SLOTS / 64]; /* bit: the slot may have entries */
	struct wheel_entry *slots[WHEEL_LEVELS][WHEEL_SLOTS];
};

void wheel_init(struct wheel *wheel, uint64_t now);

/* Arms: due when `now` reaches the deadline; one that has passed is due with the next tick. */
void wheel_add(struct wheel *wheel, struct wheel_entry *entry, uint64_t deadline);
/* True when it was armed. */
bool wheel_remove(struct wheel *wheel, struct wheel_entry *entry);

/* Takes the entries due up to `now` out, one list in order of deadline, equal ones in no order. */
struct wheel_entry *wheel_advance(struct wheel *wheel, uint64_t now);

/* The latest tick up to which nothing can be due: sleep until it, then advance. UINT64_MAX: empty.
 */
uint64_t wheel_next(const struct wheel *wheel);

#endif
