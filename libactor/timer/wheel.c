/* SPDX-License-Identifier: MIT */
#include "timer/wheel.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define TOP_SHIFT ((WHEEL_LEVELS - 1) * WHEEL_SLOT_BITS)

void wheel_init(struct wheel *wheel, uint64_t now)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->now = now;
}

static void place(struct wheel *wheel, struct wheel_entry *entry)
{
	uint64_t due = entry->deadline > wheel->now ? entry->deadline : wheel->now + 1;
	/* The level is the highest digit, to base WHEEL_SLOTS, in which now and the deadline
	 * differ. */
	uint64_t difference = due ^ wheel->now;
	unsigned level = 0;
	unsigned slot;

	while (level < WHEEL_LEVELS - 1 && difference >> ((level + 1) * WHEEL_SLOT_BITS) != 0)
		level++;
	slot = (unsigned)(due >> (level * WHEEL_SLOT_BITS)) % WHEEL_SLOTS;
	/*
	 * The top level goes round: a deadline beyond its end may still be less than a turn away.
	 * What is farther waits in the slot before now's, which comes up last.
	 */
	if ((due >> TOP_SHIFT) - (wheel->now >> TOP_SHIFT) >= WHEEL_SLOTS)
		slot = (unsigned)((wheel->now >> TOP_SHIFT) - 1) % WHEEL_SLOTS;
	entry->next = wheel->slots[level][slot];
	if (entry->next != NULL)
		entry->next->link = &entry->next;
	entry->link = &wheel->slots[level][slot];
	wheel->slots[level][slot] = entry;
	wheel->used[level][slot / 64] |= UINT64_C(1) << (slot % 64);
}

void wheel_add(struct wheel *wheel, struct wheel_entry *entry, uint64_t deadline)
{
	assert(entry->link == NULL);
	entry->deadline = deadline;
	place(wheel, entry);
	wheel->count++;
}

bool wheel_remove(struct wheel *wheel, struct wheel_entry *entry)
{
	if (entry->link == NULL)
		return false;
	*entry->link = entry->next;
	if (entry->next != NULL)
		entry->next->link = entry->link;
	entry->link = NULL;
	entry->next = NULL;
	assert(wheel->count > 0);
	wheel->count--;
	return true;
}

static struct wheel_entry *empty_slot(struct wheel *wheel, unsigned level, unsigned slot)
{
	struct wheel_entry *entries = wheel->slots[level][slot];

	wheel->slots[level][slot] = NULL;
	wheel->used[level][slot / 64] &= ~(UINT64_C(1) << (slot % 64));
	return entries;
}

/* The wheel's time has reached a tick at which the digits below `level` are 0. */
static void cascade(struct wheel *wheel, unsigned level)
{
	unsigned slot = (unsigned)(wheel->now >> (level * WHEEL_SLOT_BITS)) % WHEEL_SLOTS;
	struct wheel_entry *entry = empty_slot(wheel, level, slot);

	while (entry != NULL) {
		struct wheel_entry *next = entry->next;

		entry->link = NULL;
		if (entry->deadline <= wheel->now) {
			/* due now: goes where this very tick is emptied from */
			unsigned now = (unsigned)wheel->now % WHEEL_SLOTS;

			entry->next = wheel->slots[0][now];
			if (entry->next != NULL)
				entry->next->link = &entry->next;
			entry->link = &wheel->slots[0][now];
			wheel->slots[0][now] = entry;
		} else {
			place(wheel, entry);
		}
		entry = next;
	}
}

/* The first tick after now at which a slot of this level comes up that may have entries. */
static uint64_t next_of_level(const struct wheel *wheel, unsigned level)
{
	unsigned shift = level * WHEEL_SLOT_BITS;
	uint64_t base = wheel->now >> shift;

	for (unsigned i = 1; i <= WHEEL_SLOTS; i++) {
		unsigned slot = (unsigned)(base + i) % WHEEL_SLOTS;

		if (slot % 64 == 0 && wheel->used[level][slot / 64] == 0 && i + 63 <= WHEEL_SLOTS) {
			i += 63;
			continue;
		}
		if (wheel->used[level][slot / 64] & (UINT64_C(1) << (slot % 64)))
			return (base + i) << shift;
	}
	return UINT64_MAX;
}

uint64_t wheel_next(const struct wheel *wheel)
{
	uint64_t next = UINT64_MAX;

	if (wheel->count == 0)
		return UINT64_MAX;
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		uint64_t tick = next_of_level(wheel, level);

		if (tick < next)
			next = tick;
	}
	return next;
}

struct wheel_entry *wheel_advance(struct wheel *wheel, uint64_t now)
{
	struct wheel_entry *due = NULL;
	struct wheel_entry **last = &due;

	while (wheel->now < now) {
		uint64_t next = wheel_next(wheel);

		if (next > now) {
			wheel->now = now;
			break;
		}
		wheel->now = next;
		for (unsigned level = WHEEL_LEVELS - 1; level > 0; level--) {
			if ((wheel->now & ((UINT64_C(1) << (level * WHEEL_SLOT_BITS)) - 1)) == 0)
				cascade(wheel, level);
		}
		*last = empty_slot(wheel, 0, (unsigned)wheel->now % WHEEL_SLOTS);
		while (*last != NULL) {
			(*last)->link = NULL;
			wheel->count--;
			last = &(*last)->next;
		}
	}
	return due;
}
