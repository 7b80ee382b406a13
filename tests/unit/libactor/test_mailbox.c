/* SPDX-License-Identifier: MIT */

/* The mailbox's word: its states, its order, its count. tests/stress has the threads. */

#include "mailbox/mailbox.h"

#include "suite.h"

#define COUNT 100

/* Apart and aligned as the pool's blocks are: the word has no place for low bits. */
struct block {
	struct actor_message message; /* `ref_` numbers it */
} __attribute__((aligned(64)));

static struct block blocks[COUNT];

static struct actor_message *message_at(uint64_t i)
{
	return &blocks[i].message;
}

static void number_messages(void)
{
	memset(blocks, 0xa5, sizeof(blocks));
	for (uint64_t i = 0; i < COUNT; i++)
		message_at(i)->ref_ = i;
}

static uint64_t state_of(uint64_t inbox)
{
	return inbox & MAILBOX_TOP_MASK;
}

static uint64_t count_of(uint64_t inbox)
{
	return inbox >> MAILBOX_COUNT_SHIFT;
}

/* The list is messages [first, first + count), in order and well formed. */
static bool list_is(struct mailbox_list list, uint64_t first, uint32_t count)
{
	struct actor_message *message = list.first;

	if (list.count != count)
		return false;
	if (count == 0)
		return list.first == NULL && list.last == NULL;
	for (uint32_t i = 0; i < count; i++) {
		if (message == NULL || message->ref_ != first + i)
			return false;
		if (i == count - 1 && message != list.last)
			return false;
		message = message->next_;
	}
	return message == NULL;
}

static void push_all(uint64_t *inbox, uint64_t first, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		uint32_t depth = 0;

		CU_ASSERT_EQUAL(mailbox_push(inbox, message_at(first + i), &depth), MAILBOX_PUSHED);
		CU_ASSERT_EQUAL(depth, count_of(*inbox));
	}
}

/* ---- Cases ----------------------------------------------------------------------------------- */

static void oldest_first(void)
{
	uint64_t inbox = MAILBOX_EMPTY;

	number_messages();
	push_all(&inbox, 0, COUNT);
	CU_ASSERT_EQUAL(count_of(inbox), COUNT);
	CU_ASSERT_PTR_EQUAL(mailbox_top(inbox), message_at(COUNT - 1));
	CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 0, COUNT));
	CU_ASSERT_EQUAL(inbox, MAILBOX_EMPTY);
	CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 0, 0));
	CU_ASSERT_EQUAL(inbox, MAILBOX_EMPTY);

	number_messages();
	push_all(&inbox, 7, 1);
	CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 7, 1));
}

static void only_the_first_sender_wakes(void)
{
	uint64_t inbox = MAILBOX_EMPTY;
	uint32_t depth = 0;

	number_messages();
	CU_ASSERT_TRUE(mailbox_rest(&inbox));
	CU_ASSERT_EQUAL(inbox, MAILBOX_IDLE);
	CU_ASSERT_PTR_NULL(mailbox_top(inbox));
	/* Looking does not disturb it. */
	CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 0, 0));
	CU_ASSERT_EQUAL(inbox, MAILBOX_IDLE);
	CU_ASSERT_EQUAL(mailbox_push(&inbox, message_at(0), &depth), MAILBOX_WAKE);
	CU_ASSERT_EQUAL(depth, 1);
	push_all(&inbox, 1, 5);
	CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 0, 6));
	/* Scheduled, so nobody need wake it. */
	push_all(&inbox, 6, 1);
	CU_ASSERT_EQUAL(count_of(inbox), 1);
	CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 6, 1));
}

static void no_rest_while_there_is_a_message(void)
{
	uint64_t inbox = MAILBOX_EMPTY;
	uint64_t before;

	number_messages();
	push_all(&inbox, 0, 2);
	before = inbox;
	CU_ASSERT_FALSE(mailbox_rest(&inbox));
	CU_ASSERT_EQUAL(inbox, before);
	CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 0, 2));
	CU_ASSERT_TRUE(mailbox_rest(&inbox));
	/* Twice is a mistake that is not taken for a yes. */
	CU_ASSERT_FALSE(mailbox_rest(&inbox));
	CU_ASSERT_EQUAL(inbox, MAILBOX_IDLE);
}

static void closed_takes_nothing(void)
{
	const uint64_t states[] = {MAILBOX_EMPTY, MAILBOX_IDLE};

	for (size_t i = 0; i < 2; i++) {
		uint64_t inbox = states[i];
		uint32_t depth = 77;

		number_messages();
		CU_ASSERT_TRUE(list_is(mailbox_close(&inbox), 0, 0));
		CU_ASSERT_EQUAL(inbox, MAILBOX_CLOSED);
		CU_ASSERT_EQUAL(mailbox_push(&inbox, message_at(0), &depth), MAILBOX_REFUSED);
		/* The message is still the caller's, untouched, and so is the result. */
		CU_ASSERT_EQUAL(depth, 77);
		CU_ASSERT_EQUAL((uintptr_t)message_at(0)->next_, (uintptr_t)0xa5a5a5a5a5a5a5a5);
		CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 0, 0));
		CU_ASSERT_FALSE(mailbox_rest(&inbox));
		CU_ASSERT_EQUAL(inbox, MAILBOX_CLOSED);
		CU_ASSERT_TRUE(list_is(mailbox_close(&inbox), 0, 0));
		CU_ASSERT_EQUAL(inbox, MAILBOX_CLOSED);
	}
}

static void closing_returns_what_was_in(void)
{
	uint64_t inbox = MAILBOX_EMPTY;
	uint32_t depth = 0;

	number_messages();
	push_all(&inbox, 0, 9);
	CU_ASSERT_TRUE(list_is(mailbox_close(&inbox), 0, 9));
	CU_ASSERT_EQUAL(mailbox_push(&inbox, message_at(9), &depth), MAILBOX_REFUSED);
	CU_ASSERT_EQUAL(state_of(inbox), MAILBOX_CLOSED);
}

static void the_count_sticks_at_its_maximum(void)
{
	uint64_t inbox;
	uint32_t depth = 0;

	/* As if so many had been pushed; the top is a real message. */
	number_messages();
	message_at(0)->next_ = NULL;
	inbox = (uint64_t)(uintptr_t)message_at(0) >> 4 | (MAILBOX_COUNT_MAX - 2)
								  << MAILBOX_COUNT_SHIFT;
	for (uint64_t i = 1; i < 6; i++) {
		uint64_t expected = i < 2 ? MAILBOX_COUNT_MAX - 1 : MAILBOX_COUNT_MAX;

		CU_ASSERT_EQUAL(mailbox_push(&inbox, message_at(i), &depth), MAILBOX_PUSHED);
		CU_ASSERT_EQUAL(depth, expected);
		CU_ASSERT_EQUAL(count_of(inbox), expected);
		CU_ASSERT_PTR_EQUAL(mailbox_top(inbox), message_at(i));
	}
	/* The list knows better, and the next count begins at 1. */
	CU_ASSERT_TRUE(list_is(mailbox_reverse(mailbox_take(&inbox)), 0, 6));
	push_all(&inbox, 6, 1);
	CU_ASSERT_EQUAL(count_of(inbox), 1);
}

/* The word has 48 bits for an address: the last one of user space survives. */
static void high_addresses_fit(void)
{
	uint64_t high = UINT64_C(0x00007fffffffffc0);
	uint64_t word = high >> 4 | MAILBOX_COUNT_MAX << MAILBOX_COUNT_SHIFT;

	CU_ASSERT_EQUAL((uintptr_t)mailbox_top(word), high);
	CU_ASSERT_EQUAL((uintptr_t)mailbox_top(high >> 4), high);
	CU_ASSERT_EQUAL((uintptr_t)mailbox_top(UINT64_C(0xffffffffffc0) >> 4), 0xffffffffffc0);
}

static void lists_are_appended_and_shifted(void)
{
	struct mailbox_list list = {NULL, NULL, 0};
	struct mailbox_list none = {NULL, NULL, 0};
	uint64_t inbox = MAILBOX_EMPTY;

	number_messages();
	CU_ASSERT_PTR_NULL(mailbox_shift(&list));
	mailbox_append(&list, none);
	CU_ASSERT_TRUE(list_is(list, 0, 0));
	for (uint64_t i = 0; i < 10; i++) {
		push_all(&inbox, 3 * i, 3);
		mailbox_append(&list, mailbox_reverse(mailbox_take(&inbox)));
		mailbox_append(&list, none);
		CU_ASSERT_TRUE(list_is(list, 0, (uint32_t)(3 * i + 3)));
	}
	for (uint64_t i = 0; i < 30; i++) {
		CU_ASSERT_PTR_EQUAL(mailbox_shift(&list), message_at(i));
		CU_ASSERT_TRUE(list_is(list, i + 1, (uint32_t)(29 - i)));
	}
	/* Used up, it can be filled again. */
	push_all(&inbox, 40, 2);
	mailbox_append(&list, mailbox_reverse(mailbox_take(&inbox)));
	CU_ASSERT_TRUE(list_is(list, 40, 2));
}

#define CASES(X)                            \
	X(oldest_first)                     \
	X(only_the_first_sender_wakes)      \
	X(no_rest_while_there_is_a_message) \
	X(closed_takes_nothing)             \
	X(closing_returns_what_was_in)      \
	X(the_count_sticks_at_its_maximum)  \
	X(high_addresses_fit)               \
	X(lists_are_appended_and_shifted)
SUITE("mailbox", CASES)
