/* SPDX-License-Identifier: MIT */
/*
 * Handlers and a main that wait, each in one way: for the test that a replay bears it, or says who
 * waits where.
 *
 * usage: replay-waits KIND [FILE]
 *
 *	sleep   a handler sleeps, and sends before and after; others work meanwhile
 *	poll    a handler polls for what main says in the end
 *	stuck   the same, for longer than the watchdog allows
 *	spin    the same without letting time pass: this cannot be replayed
 *	main    main reads a line from FILE, which nobody writes in a replay
 *	long    a handler reads shared facts until SIGUSR1 comes, in one turn
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <actor/actor.h>

#define NAPS  20
#define READS 100 /* of a fact, between two naps */

struct count {
	uint64_t value;
};
ACTOR_STATIC_MESSAGE_EMPTY(begin);
ACTOR_STATIC_MESSAGE(nap, struct count);
ACTOR_STATIC_MESSAGE_EMPTY(tick);
ACTOR_STATIC_REQUEST_EMPTY(await_end, uint64_t);

static const char *kind;
static struct actor_pid sink;
static atomic_bool over;

static bool is(const char *name)
{
	return strcmp(kind, name) == 0;
}

static void let_pass(long ns)
{
	const struct timespec pause = {.tv_nsec = ns};

	(void)nanosleep(&pause, NULL);
}

/* ---- Actors -----------------------------------------------------------------------------------
 */

/* Answers with what it was sent last, when it was sent all. */
struct sink {
	uint64_t got;
	uint64_t last;
	struct actor_from waiting;
};

static int sink_answer(struct sink *self)
{
	if (self->got == NAPS && self->waiting.caller.bits != 0)
		(void)actor_reply(self->waiting, &self->last);
	return ACTOR_CONTINUE;
}

static int sink_cast(void *state, const struct actor_message *message)
{
	struct sink *self = state;

	self->got++;
	self->last = actor_message_as(message, struct count)->value;
	return sink_answer(self);
}

static int sink_call(void *state, const struct actor_message *message, struct actor_from from)
{
	struct sink *self = state;

	(void)message;
	self->waiting = from;
	return sink_answer(self);
}

static const struct actor_behaviour sink_behaviour = {
	.name = "sink",
	.state_size = sizeof(struct sink),
	.handle_cast = sink_cast,
	.handle_call = sink_call,
};

static uint64_t read_facts(void)
{
	uint64_t found = 0, rounds = 0;

	for (; actor_whereis("stop").bits == 0; rounds++) {
		for (int i = 0; i < READS; i++)
			found += actor_whereis("flag").bits != 0;
		let_pass(5000000);
	}
	return found << 20 | rounds;
}

static int waiter_cast(void *state, const struct actor_message *message)
{
	struct count count = {0};

	(void)state;
	(void)message;
	puts("in the turn");
	fflush(stdout);
	if (is("long"))
		count.value = read_facts();
	while ((is("poll") || is("stuck")) && !atomic_load(&over))
		(void)poll(NULL, 0, 10);
	while (is("spin") && !atomic_load(&over))
		continue;
	for (int i = 0; i < NAPS; i++) {
		count.value++;
		(void)actor_cast(sink, &nap, &count);
		if (is("sleep"))
			let_pass(5000000);
	}
	return ACTOR_CONTINUE;
}

static const struct actor_behaviour waiter_behaviour = {
	.name = "waiter",
	.handle_cast = waiter_cast,
};

/* Has a name, and has none, in turns. */
static int flag_init(void *state, const void *argument, size_t size)
{
	uint64_t timer;

	(void)state;
	(void)argument;
	(void)size;
	return actor_timer_start(ACTOR_MILLISECONDS(1), ACTOR_MILLISECONDS(1), &tick, NULL, &timer);
}

static int flag_info(void *state, const struct actor_message *message)
{
	(void)state;
	(void)message;
	return actor_whereis("flag").bits != 0 ? actor_unregister("flag")
					       : actor_register("flag", actor_self());
}

static const struct actor_behaviour flag_behaviour = {
	.name = "flag",
	.init = flag_init,
	.handle_info = flag_info,
};

/* ---- The program ------------------------------------------------------------------------------
 */

static void read_line(const char *path)
{
	char text[64];
	int fd = open(path, O_RDWR | O_CLOEXEC); /* both, so that it need not wait here */

	if (fd < 0 || read(fd, text, sizeof(text)) < 0)
		perror(path);
	if (fd >= 0)
		close(fd);
}

static int run(const char *path)
{
	static const int signals[] = {SIGUSR1};
	const struct actor_spawn_options stop = {.size = sizeof(stop), .name = "stop"};
	struct actor_pid waiter, other;
	uint64_t last = 0;
	int status = actor_start(&sink_behaviour, NULL, 0, NULL, &sink, NULL);

	if (status == 0)
		status = actor_start(&waiter_behaviour, NULL, 0, NULL, &waiter, NULL);
	if (status == 0)
		status = actor_start(&flag_behaviour, NULL, 0, NULL, &other, NULL);
	if (status == 0)
		status = actor_cast(waiter, &begin, NULL);
	if (is("long") && status == 0)
		status = actor_signal_wait(signals, 1, ACTOR_FOREVER, NULL);
	if (is("long") && status == 0)
		status = actor_start(&sink_behaviour, NULL, 0, &stop, &other, NULL);
	if (is("main"))
		read_line(path);
	if (is("poll") || is("spin"))
		let_pass(200000000);
	for (int i = 0; is("stuck") && i < 20; i++)
		let_pass(100000000);
	atomic_store(&over, true);
	return status == 0 ? actor_call(sink, &await_end, NULL, &last, ACTOR_SECONDS(60)) : status;
}

int main(int argc, char **argv)
{
	const struct actor_system_options options = {
		.size = sizeof(options), .schedulers = 2, .seed = 1, .argc = argc, .argv = argv};
	struct actor_system *system;
	sigset_t signals;
	int status;

	if (argc < 2 || argc > 3) {
		fputs("usage: replay-waits KIND [FILE]\n", stderr);
		return 2;
	}
	kind = argv[1];
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	status = actor_system_create(&options, &system);
	if (status == 0)
		status = run(argc > 2 ? argv[2] : "/dev/null");
	if (status != 0)
		fprintf(stderr, "replay-waits: %s\n", actor_status_text(status));
	actor_system_destroy(system, ACTOR_SECONDS(1));
	return status == 0 ? 0 : 1;
}
