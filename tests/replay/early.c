/* SPDX-License-Identifier: MIT */
/*
 * A turn that has begun before its receivers are born, and sends to them all the same: in a replay,
 * where a turn is run in one piece, they are not there yet. Their mailboxes have limits, of each
 * policy one, which are soon reached.
 *
 * usage: replay-early
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <actor/actor.h>
#include <actor/request.h>

#define SENDS 4 /* to a mailbox with room for one */

struct number {
	uint64_t value;
};
ACTOR_STATIC_MESSAGE(number, struct number);
ACTOR_STATIC_MESSAGE_EMPTY(begin);
ACTOR_STATIC_REQUEST_EMPTY(inquire, struct number);
ACTOR_STATIC_REQUEST_EMPTY(await_end, struct number);

static const struct receiver {
	const char *name;
	enum actor_mailbox_policy policy;
} receivers[] = {
	{"drop-new", ACTOR_MAILBOX_DROP_NEW},
	{"drop-old", ACTOR_MAILBOX_DROP_OLD},
	{"reject", ACTOR_MAILBOX_REJECT},
	{"block", ACTOR_MAILBOX_BLOCK},
};
#define RECEIVERS (sizeof(receivers) / sizeof(receivers[0]))

/* Each look is recorded, so the turn does the same again. */
static struct actor_pid await(const char *name)
{
	const struct timespec pause = {.tv_nsec = 200000};
	struct actor_pid pid;

	while ((pid = actor_whereis(name)).bits == 0)
		(void)nanosleep(&pause, NULL);
	return pid;
}

static int receiver_cast(void *state, const struct actor_message *message)
{
	uint64_t *sum = state;

	*sum = *sum * 31 + actor_message_as(message, struct number)->value;
	return ACTOR_CONTINUE;
}

static int receiver_call(void *state, const struct actor_message *message, struct actor_from from)
{
	const struct number sum = {*(uint64_t *)state};

	(void)message;
	(void)actor_reply(from, &sum);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour receiver_behaviour = {
	.name = "receiver",
	.state_size = sizeof(uint64_t),
	.state_ctype = "uint64_t",
	.handle_cast = receiver_cast,
	.handle_call = receiver_call,
};

static int sender_cast(void *state, const struct actor_message *message)
{
	struct number *end = state;
	struct number sum = {0};
	uint64_t request = 0;

	(void)message;
	(void)actor_register("ready", actor_self());
	for (size_t i = 0; i < RECEIVERS; i++) {
		struct actor_pid to = await(receivers[i].name);

		/* Mostly a newer message takes its place; that is an answer, too. */
		if (receivers[i].policy == ACTOR_MAILBOX_DROP_OLD)
			(void)actor_request(to, &inquire, NULL, &request);
		for (uint64_t k = 1; k <= SENDS; k++) {
			struct number next = {.value = k};

			(void)actor_cast(to, &number, &next);
		}
	}
	end->value = (uint64_t)actor_request_receive(request, &sum, ACTOR_SECONDS(60)) ^ sum.value;
	return ACTOR_CONTINUE;
}

static int sender_call(void *state, const struct actor_message *message, struct actor_from from)
{
	(void)message;
	(void)actor_reply(from, state);
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour sender_behaviour = {
	.name = "sender",
	.state_size = sizeof(struct number),
	.state_ctype = "struct number",
	.handle_cast = sender_cast,
	.handle_call = sender_call,
};

static int parent_cast(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	(void)await("ready");
	for (size_t i = 0; i < RECEIVERS; i++) {
		const struct actor_spawn_options options = {
			.size = sizeof(options),
			.name = receivers[i].name,
			.mailbox_policy = receivers[i].policy,
			.mailbox_limit = 1,
		};
		struct actor_pid pid;

		(void)actor_spawn(&receiver_behaviour, &receivers[i], sizeof(receivers[i]),
				  &options, &pid);
	}
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour parent_behaviour = {
	.name = "parent",
	.handle_cast = parent_cast,
};

int main(int argc, char **argv)
{
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 3, .seed = 1, .argc = argc, .argv = argv};
	struct actor_system *system;
	struct actor_pid sender, parent;
	struct number end;
	int status = actor_system_create(&options, &system);

	if (status != 0) {
		fprintf(stderr, "replay-early: %s\n", actor_status_text(status));
		return 1;
	}
	status = actor_start(&sender_behaviour, NULL, 0, NULL, &sender, NULL);
	if (status == 0)
		status = actor_start(&parent_behaviour, NULL, 0, NULL, &parent, NULL);
	if (status == 0)
		status = actor_cast(sender, &begin, NULL);
	if (status == 0)
		status = actor_cast(parent, &begin, NULL);
	if (status == 0)
		status = actor_call(sender, &await_end, NULL, &end, ACTOR_SECONDS(60));
	if (status != 0)
		fprintf(stderr, "replay-early: %s\n", actor_status_text(status));
	else if ((int64_t)end.value == ACTOR_ETIMEOUT)
		status = ACTOR_ETIMEOUT; /* nobody has told it that its request was dropped */
	actor_system_destroy(system, ACTOR_SECONDS(1));
	return status == 0 ? 0 : 1;
}
