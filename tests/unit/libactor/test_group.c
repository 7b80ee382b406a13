/* SPDX-License-Identifier: MIT */
/* Groups: order, several memberships, messages to all, ends, very many members, the record. */
#include "actors.h"

#include <actor/group.h>

#include "actor/system.h"
#include "ring_reader.h"

#define MANY 10000

ACTOR_STATIC_MESSAGE(note, int64_t);
ACTOR_STATIC_MESSAGE_RAW(text);

struct member {
	struct seen *seen;
	int64_t number;
};

static int member_init(void *state, const void *argument, size_t size)
{
	memcpy(state, argument, size);
	return ACTOR_CONTINUE;
}

static int member_info(void *state, const struct actor_message *message)
{
	const struct member *self = state;

	seen_add(self->seen, actor_message_is(message, &note)
				     ? *actor_message_as(message, int64_t) + self->number
				     : (int64_t)message->size);
	return ACTOR_CONTINUE;
}

static int member_cast(void *state, const struct actor_message *message)
{
	const struct member *self = state;

	seen_add(self->seen, -(*actor_message_as(message, int64_t) + self->number));
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour member = {.name = "member",
					      .state_size = sizeof(struct member),
					      .init = member_init,
					      .handle_cast = member_cast,
					      .handle_info = member_info};

static struct actor_pid start(struct seen *seen, int64_t number)
{
	const struct member argument = {seen, number};
	struct actor_pid pid = ACTOR_PID_NONE;

	CU_ASSERT_EQUAL_FATAL(actor_start(&member, &argument, sizeof(argument), NULL, &pid, NULL),
			      0);
	return pid;
}

static bool members_are(const char *group, const struct actor_pid *expected, size_t count)
{
	struct actor_pid pids[16];
	size_t there = 99;

	if (actor_group_members(group, pids, 16, &there) != 0 || there != count)
		return false;
	return count == 0 || memcmp(pids, expected, count * sizeof(*pids)) == 0;
}

static void members_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid a = start(&seen, 1);
	struct actor_pid b = start(&seen, 2);
	struct actor_pid c = start(&seen, 3);
	struct actor_pid one;
	char name[300];
	size_t count = 0;

	(void)system;
	CU_ASSERT_TRUE(members_are("g", NULL, 0));
	CU_ASSERT_EQUAL(actor_group_join("g", b), 0);
	CU_ASSERT_EQUAL(actor_group_join("g", c), 0);
	CU_ASSERT_EQUAL(actor_group_join("g", a), 0);
	CU_ASSERT_EQUAL(actor_group_join("g", b), 0);
	CU_ASSERT_EQUAL(actor_group_join("other", c), 0);
	CU_ASSERT_TRUE(members_are("g", (struct actor_pid[]){b, c, a, b}, 4)); /* as they joined */
	CU_ASSERT_TRUE(members_are("other", &c, 1));
	CU_ASSERT_TRUE(actor_pid_is_none(actor_whereis("g"))); /* not a name */
	CU_ASSERT_EQUAL(actor_group_leave("g", b), 0);         /* once; the first time it joined */
	CU_ASSERT_TRUE(members_are("g", (struct actor_pid[]){c, a, b}, 3));
	CU_ASSERT_EQUAL(actor_group_leave("g", b), 0);
	CU_ASSERT_EQUAL(actor_group_leave("g", b), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_group_leave("none", a), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_group_members("g", &one, 1, &count), 0);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_TRUE(actor_pid_equal(one, c));
	CU_ASSERT_EQUAL(actor_exit(c, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(c));
	while (!members_are("g", &a, 1) || !members_are("other", NULL, 0))
		;
	CU_ASSERT_EQUAL(actor_group_join("g", c), ACTOR_ENOT_FOUND);
	CU_ASSERT_EQUAL(actor_group_join("", a), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(actor_group_join(NULL, a), ACTOR_EINVALID);
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	CU_ASSERT_EQUAL(actor_group_join(name, a), ACTOR_EINVALID);
	name[255] = '\0';
	CU_ASSERT_EQUAL(actor_group_join(name, a), 0);
}

static void members_are_in_the_order_of_joining(void)
{
	in_system(members_body);
}

static void send_body(struct actor_system *system)
{
	SEEN(seen);
	struct actor_pid pid;
	const int64_t number = 100;
	int64_t sum = 0;
	size_t count = 0;

	(void)system;
	for (int i = 1; i <= 3; i++)
		CU_ASSERT_EQUAL(actor_group_join("g", start(&seen, i)), 0);
	CU_ASSERT_EQUAL(actor_group_send("g", &note, &number, &count), 0);
	CU_ASSERT_EQUAL(count, 3);
	CU_ASSERT_TRUE(seen_wait(&seen, 3));
	CU_ASSERT_EQUAL(actor_group_cast("g", &note, &number, &count), 0);
	CU_ASSERT_EQUAL(count, 3);
	CU_ASSERT_TRUE(seen_wait(&seen, 6));
	for (size_t i = 0; i < 6; i++)
		sum += seen.values[i];
	CU_ASSERT_EQUAL(sum, 0); /* each got both, and only the casts are negative */
	CU_ASSERT_EQUAL(actor_group_send_bytes("g", &text, "hello", 5, NULL), 0);
	CU_ASSERT_TRUE(seen_wait(&seen, 9));
	CU_ASSERT_EQUAL(seen.values[8], 5);
	CU_ASSERT_EQUAL(actor_group_send("nobody", &note, &number, &count), 0);
	CU_ASSERT_EQUAL(count, 0);
	CU_ASSERT_EQUAL(actor_group_send("g", &note, NULL, &count), ACTOR_EINVALID);
	CU_ASSERT_EQUAL(count, 0);
	CU_ASSERT_EQUAL(actor_group_send("g", NULL, NULL, &count), ACTOR_EINVALID);
	pid = start(&seen, 7); /* twice in it, twice told */
	CU_ASSERT_EQUAL(actor_group_join("twice", pid), 0);
	CU_ASSERT_EQUAL(actor_group_join("twice", pid), 0);
	CU_ASSERT_EQUAL(actor_group_send("twice", &note, &number, &count), 0);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_TRUE(seen_wait(&seen, 11));
}

static void all_members_get_what_is_sent(void)
{
	in_system(send_body);
}

/* ---- Many --------------------------------------------------------------------------------------
 */

static uint64_t received; /* (shared) */

static int counter_info(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	__atomic_fetch_add(&received, 1, __ATOMIC_RELAXED);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour counter = {.name = "counter", .handle_info = counter_info};

static struct actor_pid *pids;

/* In an actor: leaves and joins, each in constant time, and a message to all. */
static void many_in_actor(void *context)
{
	const int64_t number = 1;
	size_t count;

	(void)context;
	CU_ASSERT_EQUAL(actor_group_send("g", &note, &number, &count), 0);
	CU_ASSERT_EQUAL(count, MANY);
	for (size_t i = 0; i < MANY; i += 2)
		CU_ASSERT_EQUAL(actor_group_leave("g", pids[i]), 0);
	CU_ASSERT_EQUAL(actor_group_send("g", &note, &number, &count), 0);
	CU_ASSERT_EQUAL(count, MANY / 2);
	for (size_t i = 0; i < MANY; i += 2)
		CU_ASSERT_EQUAL(actor_group_join("g", pids[i]), 0);
}

static void many_body(struct actor_system *system)
{
	struct actor_pid *there = calloc(MANY, sizeof(*there));
	size_t count = 0;

	(void)system;
	pids = calloc(MANY, sizeof(*pids));
	CU_ASSERT_PTR_NOT_NULL_FATAL(pids);
	CU_ASSERT_PTR_NOT_NULL_FATAL(there);
	__atomic_store_n(&received, 0, __ATOMIC_RELAXED);
	for (size_t i = 0; i < MANY; i++) {
		CU_ASSERT_EQUAL_FATAL(actor_spawn(&counter, NULL, 0, NULL, &pids[i]), 0);
		CU_ASSERT_EQUAL_FATAL(actor_group_join("g", pids[i]), 0);
	}
	in_actor(many_in_actor, NULL);
	while (__atomic_load_n(&received, __ATOMIC_RELAXED) != MANY + MANY / 2)
		;
	CU_ASSERT_EQUAL(actor_group_members("g", there, MANY, &count), 0);
	CU_ASSERT_EQUAL_FATAL(count, MANY);
	for (size_t i = 0; i < MANY / 2; i++) { /* those that stayed, then those that came back */
		CU_ASSERT_EQUAL(there[i].bits, pids[2 * i + 1].bits);
		CU_ASSERT_EQUAL(there[MANY / 2 + i].bits, pids[2 * i].bits);
	}
	for (size_t i = 0; i < MANY; i++)
		CU_ASSERT_EQUAL(actor_exit(pids[i], ACTOR_EXIT_KILL), 0);
	do
		(void)actor_group_members("g", NULL, 0, &count);
	while (count != 0);
	free(there);
	free(pids);
}

static void a_group_of_ten_thousand(void)
{
	in_system(many_body);
}

/* ---- The record --------------------------------------------------------------------------------
 */

static struct actor_event events[64];
static size_t event_count;

static void take(struct ring_reader *reader, const struct actor_event *event, uint64_t number)
{
	(void)reader;
	(void)number;
	if (event_count < sizeof(events) / sizeof(events[0]))
		events[event_count++] = *event;
}

static void record_in_actor(void *context)
{
	const int64_t number = 1;

	(void)context;
	CU_ASSERT_EQUAL(actor_group_join("g", pids[0]), 0);
	CU_ASSERT_EQUAL(actor_group_join("g", pids[1]), 0);
	CU_ASSERT_EQUAL(actor_group_send("g", &note, &number, NULL), 0);
	CU_ASSERT_EQUAL(actor_group_leave("g", pids[0]), 0);
}

/* All that the turn has learned of others is in the record, so that it can be played again. */
static void what_is_read_is_recorded(void)
{
	static struct ring_reader reader;
	SEEN(seen);
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 1, .seed = 7, .ring_bytes = 1 << 20};
	struct actor_system *system;
	struct actor_pid two[2];

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	two[0] = start(&seen, 1);
	two[1] = start(&seen, 2);
	pids = two;
	reader_init(&reader, system->plane.header, 0);
	reader_attach(&reader, 0, ACTOR_PLANE_MODE_DISCARD,
		      UINT64_C(1) << ACTOR_EVENT_OBSERVE | UINT64_C(1) << ACTOR_EVENT_JOIN |
			      UINT64_C(1) << ACTOR_EVENT_LEAVE);
	event_count = 0;
	in_actor(record_in_actor, NULL);
	CU_ASSERT_TRUE(seen_wait(&seen, 2));
	while (reader_read(&reader, take))
		;
	CU_ASSERT_EQUAL_FATAL(event_count, 9);
	for (size_t i = 0; i < 9; i++) {
		static const uint8_t kinds[] = {
			ACTOR_EVENT_OBSERVE, ACTOR_EVENT_JOIN,    ACTOR_EVENT_OBSERVE,
			ACTOR_EVENT_JOIN,    ACTOR_EVENT_OBSERVE, ACTOR_EVENT_OBSERVE,
			ACTOR_EVENT_OBSERVE, ACTOR_EVENT_OBSERVE, ACTOR_EVENT_LEAVE};

		CU_ASSERT_EQUAL(events[i].kind, kinds[i]);
		if (kinds[i] == ACTOR_EVENT_OBSERVE)
			CU_ASSERT_EQUAL(events[i].seq, ACTOR_OBSERVED_MEMBERS);
	}
	CU_ASSERT_EQUAL(events[0].c, 0);
	CU_ASSERT_EQUAL(events[1].a, two[0].bits);
	CU_ASSERT_STRING_EQUAL(plane_text(&system->plane, (uint32_t)events[1].b), "g");
	CU_ASSERT_EQUAL(events[4].c, 2); /* how many, who */
	CU_ASSERT_EQUAL(events[5].c, two[0].bits);
	CU_ASSERT_EQUAL(events[6].c, two[1].bits);
	CU_ASSERT_EQUAL(events[8].a, two[0].bits);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

#define CASES(X)                               \
	X(members_are_in_the_order_of_joining) \
	X(all_members_get_what_is_sent)        \
	X(a_group_of_ten_thousand)             \
	X(what_is_read_is_recorded)

SUITE("group", CASES)
