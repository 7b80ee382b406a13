/* SPDX-License-Identifier: MIT */
#ifndef MAILBOX_MAILBOX_H
#define MAILBOX_MAILBOX_H

/*
 * The mailbox: a stack that senders push onto with one compare-and-swap and that the owner empties
 * with one exchange and reverses, as CAF's inbox (Charousset, Hiesgen, Schmidt, "Revisiting actor
 * programming in C++", 2016). The one word holds the top message, or a state, and how many messages
 * lie there, so a viewer reads the mailbox's length from the plane although the owner is stuck, at
 *no further atomic operation.
 *
 *	bits 43..0   message address / 16, or MAILBOX_EMPTY, MAILBOX_IDLE, MAILBOX_CLOSED
 *	bits 63..44  messages pushed since the owner last emptied it; sticks at its maximum
 *
 *	EMPTY   the owner is scheduled or runs; a sender need not wake it
 *	IDLE    nobody will look: the sender that replaces it must schedule the owner
 *	CLOSED  the owner is dead; nothing goes in
 *
 * The mailbox does not know the scheduler: push says what was there.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/actor.h>

#define MAILBOX_EMPTY       UINT64_C(0)
#define MAILBOX_IDLE        UINT64_C(1)
#define MAILBOX_CLOSED      UINT64_C(2)
#define MAILBOX_COUNT_SHIFT 44
#define MAILBOX_COUNT_MAX   ((UINT64_C(1) << (64 - MAILBOX_COUNT_SHIFT)) - 1)
#define MAILBOX_TOP_MASK    ((UINT64_C(1) << MAILBOX_COUNT_SHIFT) - 1)

enum mailbox_pushed {
	MAILBOX_PUSHED = 0, /* the owner will see it */
	MAILBOX_WAKE = 1,   /* pushed, and the caller must schedule the owner */
	MAILBOX_REFUSED = 2 /* closed; the caller still owns the message */
};

static inline struct actor_message *mailbox_top(uint64_t word)
{
	uint64_t top = word & MAILBOX_TOP_MASK;

	return top > MAILBOX_CLOSED ? (struct actor_message *)(uintptr_t)(top << 4) : NULL;
}

/*
 * Owns: takes the message unless refused, and counts it as `weight`. *ret_depth: messages in the
 * inbox after it.
 */
static inline enum mailbox_pushed mailbox_push_weight(uint64_t *inbox,
						      struct actor_message *message,
						      uint32_t weight, uint32_t *ret_depth)
{
	uint64_t old = __atomic_load_n(inbox, __ATOMIC_RELAXED);
	uint64_t count;

	do {
		if ((old & MAILBOX_TOP_MASK) == MAILBOX_CLOSED)
			return MAILBOX_REFUSED;
		count = old >> MAILBOX_COUNT_SHIFT;
		if (count < MAILBOX_COUNT_MAX)
			count += weight;
		message->next_ = mailbox_top(old);
		/*
		 * Release: the payload is visible to the owner's acquire in mailbox_take. Acquire:
		 * where the old word was IDLE, what the owner did before its release in
		 * mailbox_rest is visible to whoever this sender lets run it.
		 */
	} while (!__atomic_compare_exchange_n(
		inbox, &old, ((uint64_t)(uintptr_t)message >> 4) | count << MAILBOX_COUNT_SHIFT,
		true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	*ret_depth = (uint32_t)count;
	return (old & MAILBOX_TOP_MASK) == MAILBOX_IDLE ? MAILBOX_WAKE : MAILBOX_PUSHED;
}

static inline enum mailbox_pushed mailbox_push(uint64_t *inbox, struct actor_message *message,
					       uint32_t *ret_depth)
{
	return mailbox_push_weight(inbox, message, 1, ret_depth);
}

/* Counts one more for the messages that are in; nothing where there are none. */
static inline void mailbox_grow(uint64_t *inbox)
{
	uint64_t old = __atomic_load_n(inbox, __ATOMIC_RELAXED);

	while (mailbox_top(old) != NULL && old >> MAILBOX_COUNT_SHIFT < MAILBOX_COUNT_MAX &&
	       !__atomic_compare_exchange_n(inbox, &old, old + (UINT64_C(1) << MAILBOX_COUNT_SHIFT),
					    true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		; /* release: goes on with the release of the push, for the acquire of the owner */
}

/* Messages in the inbox. */
static inline uint32_t mailbox_count(const uint64_t *inbox)
{
	return (uint32_t)(__atomic_load_n(inbox, __ATOMIC_RELAXED) >> MAILBOX_COUNT_SHIFT);
}

/* Whether there are any; the bell of a mailbox with a limit does not count, but is there. */
static inline bool mailbox_has(const uint64_t *inbox)
{
	return mailbox_top(__atomic_load_n(inbox, __ATOMIC_RELAXED)) != NULL;
}

struct mailbox_list {
	struct actor_message *first;
	struct actor_message *last;
	uint32_t count;
};

/* Turns a stack of messages into a list, oldest first. */
struct mailbox_list mailbox_reverse(struct actor_message *top);

/* Owner: takes everything out, newest first. NULL: nothing. The mailbox is EMPTY afterwards. */
static inline struct actor_message *mailbox_take(uint64_t *inbox)
{
	uint64_t old = __atomic_load_n(inbox, __ATOMIC_RELAXED);

	if (mailbox_top(old) == NULL)
		return NULL;
	/* Acquire: pairs with the release in mailbox_push. */
	old = __atomic_exchange_n(inbox, MAILBOX_EMPTY, __ATOMIC_ACQUIRE);
	return mailbox_top(old);
}

/* Owner: from EMPTY to IDLE. False when a message has come in between; then the owner goes on. */
static inline bool mailbox_rest(uint64_t *inbox)
{
	uint64_t expected = MAILBOX_EMPTY;

	/* Release: pairs with the acquire in mailbox_push by the sender that wakes the owner. */
	return __atomic_compare_exchange_n(inbox, &expected, MAILBOX_IDLE, false, __ATOMIC_RELEASE,
					   __ATOMIC_RELAXED);
}

/* Owner: from IDLE to EMPTY, without a message. False when one came first; then its sender wakes.
 */
static inline bool mailbox_claim(uint64_t *inbox)
{
	uint64_t expected = MAILBOX_IDLE;

	return __atomic_compare_exchange_n(inbox, &expected, MAILBOX_EMPTY, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* Owner: nothing goes in from now on. Returns what was still in. */
static inline struct mailbox_list mailbox_close(uint64_t *inbox)
{
	uint64_t old = __atomic_exchange_n(inbox, MAILBOX_CLOSED, __ATOMIC_ACQ_REL);

	return mailbox_reverse(mailbox_top(old));
}

static inline void mailbox_append(struct mailbox_list *list, struct mailbox_list more)
{
	if (more.first == NULL)
		return;
	if (list->first == NULL)
		list->first = more.first;
	else
		list->last->next_ = more.first;
	list->last = more.last;
	list->count += more.count;
}

static inline void mailbox_prepend(struct mailbox_list *list, struct actor_message *message)
{
	message->next_ = list->first;
	if (list->first == NULL)
		list->last = message;
	list->first = message;
	list->count++;
}

/* Puts `more` in front. */
static inline void mailbox_prepend_list(struct mailbox_list *list, struct mailbox_list more)
{
	mailbox_append(&more, *list);
	*list = more;
}

/* Takes a message out of the middle; `before` is the one in front of it, NULL: none. */
static inline void mailbox_remove(struct mailbox_list *list, struct actor_message *before,
				  struct actor_message *message)
{
	if (before != NULL)
		before->next_ = message->next_;
	else
		list->first = message->next_;
	if (list->last == message)
		list->last = before;
	list->count--;
}

static inline struct actor_message *mailbox_shift(struct mailbox_list *list)
{
	struct actor_message *message = list->first;

	if (message != NULL) {
		list->first = message->next_;
		__builtin_prefetch(list->first);
		if (list->first == NULL)
			list->last = NULL;
		list->count--;
	}
	return message;
}

#endif
