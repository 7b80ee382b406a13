/* SPDX-License-Identifier: MIT */
/*
 * Crash containment: what a handler does wrong ends its actor, and nothing else. What is not
 * contained ends a process, so those cases run in a child.
 */
#include <assert.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <actor/supervisor.h>

#include "actors.h"

enum fault {
	FAULT_SEGV,
	FAULT_ABORT,
	FAULT_ASSERT,
	FAULT_BUS,
	FAULT_FPE,
	FAULT_ILL,
	FAULT_STACK,
	FAULT_NOWHERE, /* a jump to where no code is */
	FAULT_LIBRARY, /* in the C library, called by the handler */
	FAULT_RUNTIME, /* in the runtime, called by the handler with a bad pointer */
	FAULT_KILL,    /* somebody's kill() */
	FAULTS_COUNT
};
enum place {
	PLACE_CAST,
	PLACE_INIT,
	PLACE_TERMINATE,
	PLACE_CALL,
	PLACE_AFTER_CALL
};

struct order {
	enum fault fault;
	enum place place;
};

ACTOR_STATIC_MESSAGE(fail, struct order);
ACTOR_STATIC_REQUEST(fail_call, struct order, int32_t);
ACTOR_STATIC_REQUEST_EMPTY(ping, int32_t);

static struct actor_pid echo_pid;
static uint32_t terminated;
static uint32_t started;
static uint32_t logged;
static volatile int zero;
static int *volatile null;
static volatile unsigned deep;

__attribute__((noinline)) static unsigned fill_the_stack(unsigned depth)
{
	volatile unsigned char frame[512];

	frame[depth % sizeof(frame)] = (unsigned char)depth;
	deep = depth;
	return depth == UINT32_MAX ? 0 : fill_the_stack(depth + 1) + frame[7];
}

static void touch_beyond_the_end(void)
{
	FILE *file = tmpfile();
	volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(file), 0);

	fclose(file);
	deep = (unsigned)page[0];
}

/* On purpose, so UBSan is not to say anything. */
__attribute__((noinline, no_sanitize("undefined"))) static void commit(enum fault fault)
{
	switch (fault) {
	case FAULT_SEGV:
		*null = 1;
		break;
	case FAULT_ABORT:
		abort();
	case FAULT_ASSERT:
		assert(zero == 1);
		break;
	case FAULT_BUS:
		touch_beyond_the_end();
		break;
	case FAULT_FPE:
#ifdef __x86_64__
		zero = 1000 / zero;
#else
		raise(SIGFPE);
#endif
		break;
	case FAULT_ILL:
#ifdef __x86_64__
		__asm__ volatile("ud2");
#else
		__asm__ volatile("udf #0");
#endif
		break;
	case FAULT_STACK:
		deep = fill_the_stack(0);
		break;
	case FAULT_NOWHERE:
		((void (*)(void))(uintptr_t)null)();
		break;
	case FAULT_LIBRARY:
		deep = (unsigned)strlen((const char *)null + 8);
		break;
	case FAULT_RUNTIME:
		(void)actor_cast(actor_self(), &fail, (const char *)null + 8);
		break;
	case FAULT_KILL:
		kill(getpid(), SIGSEGV);
		for (;;)
			pause();
	case FAULTS_COUNT:
		break;
	}
}

struct victim {
	struct order order;
};

static int victim_init(void *state, const void *argument, size_t size)
{
	struct victim *self = state;

	__atomic_fetch_add(&started, 1, __ATOMIC_RELAXED);
	if (size == sizeof(self->order))
		memcpy(&self->order, argument, size);
	if (size != 0 && self->order.place == PLACE_INIT)
		commit(self->order.fault);
	return ACTOR_CONTINUE;
}

static int obey(struct victim *self, const struct actor_message *message)
{
	int32_t yes = 0;

	self->order = *actor_message_as(message, struct order);
	if (self->order.place == PLACE_TERMINATE)
		return ACTOR_STOP;
	if (self->order.place == PLACE_AFTER_CALL)
		CU_ASSERT_EQUAL(actor_call(echo_pid, &ping, NULL, &yes, ACTOR_SECONDS(20)), 0);
	commit(self->order.fault);
	return ACTOR_CONTINUE;
}

static int victim_cast(void *state, const struct actor_message *message)
{
	return obey(state, message);
}

static int victim_call(void *state, const struct actor_message *message, struct actor_from from)
{
	int32_t yes = 1;

	if (actor_message_is(message, &ping))
		return actor_reply(from, &yes);
	return obey(state, message);
}

static void victim_terminate(void *state, int reason)
{
	struct victim *self = state;

	(void)reason;
	__atomic_fetch_add(&terminated, 1, __ATOMIC_RELAXED);
	if (self->order.place == PLACE_TERMINATE)
		commit(self->order.fault);
}

static const struct actor_behaviour victim = {.name = "victim",
					      .state_size = sizeof(struct victim),
					      .init = victim_init,
					      .handle_call = victim_call,
					      .handle_cast = victim_cast,
					      .terminate = victim_terminate};

/* Watches one pid and tells with which reason it ended. */
static int watcher_init(void *state, const void *argument, size_t size)
{
	(void)size;
	memcpy(state, argument, sizeof(struct seen *));
	return actor_monitor(*(const struct actor_pid *)((const char *)argument + 8), NULL);
}

static int watcher_info(void *state, const struct actor_message *message)
{
	struct seen *seen = *(struct seen **)state;

	if (!actor_message_is(message, &actor_down))
		return ACTOR_CONTINUE;
	seen_add(seen, actor_message_as(message, struct actor_down_message)->reason);
	return ACTOR_STOP;
}

static const struct actor_behaviour watcher = {.name = "watcher",
					       .state_size = sizeof(struct seen *),
					       .init = watcher_init,
					       .handle_info = watcher_info};

static void note_log(void *context, enum actor_log_level level, struct actor_pid pid,
		     const char *text)
{
	(void)context;
	(void)pid;
	if (level == ACTOR_LOG_ERROR && strstr(text, "fault: SIG") != NULL)
		__atomic_fetch_add(&logged, 1, __ATOMIC_RELAXED);
}

static struct actor_system *begin(bool contain)
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 2,
						     .seed = 7,
						     .ring_bytes = 64 << 10,
						     .log = note_log,
						     .contain_faults = contain};
	struct actor_system *system = NULL;
	int status = actor_system_create(&options, &system);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	/* They keep books about frames, so it is refused there, in words. */
	CU_ASSERT_EQUAL(status, contain ? ACTOR_EUNSUPPORTED : 0);
	if (contain)
		return NULL;
#endif
	CU_ASSERT_EQUAL(status, 0);
	if (status != 0)
		return NULL;
	terminated = started = logged = 0;
	CU_ASSERT_EQUAL(actor_start(&victim, NULL, 0, NULL, &echo_pid, NULL), 0);
	return system;
}

/* The reason with which a victim ends. */
static int reason_of(enum fault fault, enum place place, bool detached)
{
	struct {
		struct seen *seen;
		struct actor_pid pid;
	} argument;
	struct actor_spawn_options options = {.size = sizeof(options), .detached = detached};
	struct order order = {fault, place};
	struct actor_pid pid = ACTOR_PID_NONE;
	SEEN(seen);
	int reason = 0;

	if (place == PLACE_INIT) {
		CU_ASSERT_EQUAL(
			actor_start(&victim, &order, sizeof(order), &options, &pid, &reason),
			ACTOR_EBAD_CHILD);
		return reason;
	}
	CU_ASSERT_EQUAL_FATAL(actor_start(&victim, NULL, 0, &options, &pid, NULL), 0);
	argument.seen = &seen;
	argument.pid = pid;
	CU_ASSERT_EQUAL(actor_start(&watcher, &argument, sizeof(argument), NULL, NULL, NULL), 0);
	if (place == PLACE_CALL) {
		int32_t yes = 0;

		/* Whoever waits for it learns at once. */
		CU_ASSERT_EQUAL(actor_call(pid, &fail_call, &order, &yes, ACTOR_SECONDS(20)),
				ACTOR_EDIED);
	} else {
		CU_ASSERT_EQUAL(actor_cast(pid, &fail, &order), 0);
	}
	CU_ASSERT_TRUE_FATAL(seen_wait(&seen, 1));
	return (int)seen.values[0];
}

static const int signal_of[FAULTS_COUNT] = {
	[FAULT_SEGV] = SIGSEGV,    [FAULT_ABORT] = SIGABRT,   [FAULT_ASSERT] = SIGABRT,
	[FAULT_BUS] = SIGBUS,      [FAULT_FPE] = SIGFPE,      [FAULT_ILL] = SIGILL,
	[FAULT_STACK] = SIGSEGV,   [FAULT_NOWHERE] = SIGSEGV, [FAULT_LIBRARY] = SIGSEGV,
	[FAULT_RUNTIME] = SIGSEGV, [FAULT_KILL] = SIGSEGV,
};

static void in_place(enum place place, bool detached)
{
	struct actor_system *system = begin(true);
	unsigned count = 0;

	if (system == NULL)
		return;
	for (int round = 0; round < 3; round++) {
		for (int fault = FAULT_SEGV; fault <= FAULT_LIBRARY; fault++) {
			int reason = reason_of((enum fault)fault, place, detached);

			CU_ASSERT_EQUAL(actor_exit_signal(reason), signal_of[fault]);
			count++;
		}
	}
	CU_ASSERT_EQUAL(logged, count);
	CU_ASSERT_EQUAL(terminated, place == PLACE_INIT ? 0 : count);
	{
		int32_t yes = 0; /* the others live on */

		CU_ASSERT_EQUAL(actor_call(echo_pid, &ping, NULL, &yes, ACTOR_SECONDS(20)), 0);
	}
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static void a_fault_ends_its_actor(void)
{
	in_place(PLACE_CAST, false);
}

static void a_fault_in_init_reaches_the_starter(void)
{
	in_place(PLACE_INIT, false);
}

static void a_fault_in_a_call_reaches_the_caller(void)
{
	in_place(PLACE_CALL, false);
}

static void a_fault_after_waiting(void)
{
	in_place(PLACE_AFTER_CALL, false);
}

static void a_fault_in_terminate_ends_it_hard(void)
{
	in_place(PLACE_TERMINATE, false);
}

static void detached_actors_too(void)
{
	in_place(PLACE_CAST, true);
	in_place(PLACE_INIT, true);
	in_place(PLACE_AFTER_CALL, true);
	in_place(PLACE_TERMINATE, true);
}

static void reasons_have_texts(void)
{
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_FAULT + SIGSEGV), "fault: SIGSEGV");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_FAULT + SIGABRT), "fault: SIGABRT");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_FAULT + SIGBUS), "fault: SIGBUS");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_FAULT + SIGFPE), "fault: SIGFPE");
	CU_ASSERT_STRING_EQUAL(actor_exit_text(ACTOR_EXIT_FAULT + SIGILL), "fault: SIGILL");
	CU_ASSERT_EQUAL(actor_exit_signal(ACTOR_EXIT_NORMAL), 0);
	CU_ASSERT_EQUAL(actor_exit_signal(ACTOR_EXIT_USER + 3), 0);
	CU_ASSERT_EQUAL(actor_exit_signal(ACTOR_EINVALID), 0);
}

/*
 * Who bears the name after that one, once its init has run. The name outlives its actor by a
 * moment, and is there before the next one's init.
 */
static struct actor_pid successor(struct actor_pid old)
{
	time_t end = time(NULL) + DEADLINE_SECS;

	do {
		struct actor_pid pid = actor_whereis("victim");
		int32_t yes = 0;

		if (!actor_pid_is_none(pid) && !actor_pid_equal(pid, old) &&
		    actor_call(pid, &ping, NULL, &yes, ACTOR_SECONDS(DEADLINE_SECS)) == 0)
			return pid;
		sched_yield();
	} while (time(NULL) < end);
	return ACTOR_PID_NONE;
}

static void its_supervisor_decides(void)
{
	const struct actor_child child = {
		.id = "victim", .behaviour = &victim, .restart = ACTOR_TRANSIENT, .named = true};
	const struct actor_supervisor_options options = {
		.size = sizeof(options), .intensity = 100, .children = &child, .child_count = 1};
	struct actor_system *system = begin(true);
	struct order order = {FAULT_SEGV, PLACE_CAST};
	struct actor_pid pid;

	if (system == NULL)
		return;
	CU_ASSERT_EQUAL(actor_supervisor_start(&options, NULL), 0);
	pid = successor(ACTOR_PID_NONE);
	for (uint32_t i = 0; i < 20; i++) {
		order.fault = (enum fault)(i % FAULT_RUNTIME);
		CU_ASSERT_EQUAL(actor_cast(pid, &fail, &order), 0);
		pid = successor(pid);
		CU_ASSERT_FALSE_FATAL(actor_pid_is_none(pid));
	}
	CU_ASSERT_EQUAL(started, 22);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

/* ---- What ends the process --------------------------------------------------------------------
 */

static void handler_before(int number)
{
	_exit(100 + number);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* How a process ends in which that happens. */
static int process(bool contain, enum fault fault, bool in_thread, bool handled)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		struct rlimit none = {0, 0};
		struct actor_system *system;
		struct order order = {fault, PLACE_CAST};
		struct actor_pid pid;

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, handled ? handler_before : SIG_DFL);
		system = begin(contain);
		if (system == NULL)
			_exit(1);
		if (in_thread)
			commit(fault);
		(void)actor_start(&victim, NULL, 0, NULL, &pid, NULL);
		(void)actor_cast(pid, &fail, &order);
		(void)dies(pid);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	return status;
}

static bool killed_by(int status, int number)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == number;
}

static void what_is_not_a_handlers_ends_the_process(void)
{
	/* The same is survived: so it is not the child that is wrong. */
	CU_ASSERT_EQUAL(process(true, FAULT_SEGV, false, false), 0);
	CU_ASSERT_TRUE(killed_by(process(true, FAULT_RUNTIME, false, false), SIGSEGV));
	CU_ASSERT_TRUE(killed_by(process(true, FAULT_KILL, false, false), SIGSEGV));
	CU_ASSERT_TRUE(killed_by(process(true, FAULT_SEGV, true, false), SIGSEGV));
	CU_ASSERT_TRUE(killed_by(process(true, FAULT_ABORT, true, false), SIGABRT));
	/* Off, as it is unless wanted. */
	CU_ASSERT_TRUE(killed_by(process(false, FAULT_SEGV, false, false), SIGSEGV));
	CU_ASSERT_TRUE(killed_by(process(false, FAULT_ABORT, false, false), SIGABRT));
	CU_ASSERT_TRUE(killed_by(process(false, FAULT_STACK, false, false), SIGSEGV));
	/* Whoever handled the signal before still does. */
	CU_ASSERT_EQUAL(WEXITSTATUS(process(true, FAULT_RUNTIME, false, true)), 100 + SIGSEGV);
	CU_ASSERT_EQUAL(WEXITSTATUS(process(true, FAULT_SEGV, true, true)), 100 + SIGSEGV);
}
#else
static void what_is_not_a_handlers_ends_the_process(void)
{
	/* The sanitizers have handlers of their own. */
}
#endif

static void dispositions_are_given_back(void)
{
	struct sigaction now;
	struct actor_system *system;

	signal(SIGFPE, handler_before);
	system = begin(true);
	if (system != NULL) {
		sigaction(SIGFPE, NULL, &now);
		CU_ASSERT_TRUE(now.sa_handler != handler_before);
		actor_system_destroy(system, ACTOR_SECONDS(5));
	}
	sigaction(SIGFPE, NULL, &now);
	CU_ASSERT_TRUE(now.sa_handler == handler_before);
	signal(SIGFPE, SIG_DFL);
}

#define CASES(X)                                   \
	X(a_fault_ends_its_actor)                  \
	X(a_fault_in_init_reaches_the_starter)     \
	X(a_fault_in_a_call_reaches_the_caller)    \
	X(a_fault_after_waiting)                   \
	X(a_fault_in_terminate_ends_it_hard)       \
	X(detached_actors_too)                     \
	X(reasons_have_texts)                      \
	X(its_supervisor_decides)                  \
	X(what_is_not_a_handlers_ends_the_process) \
	X(dispositions_are_given_back)
SUITE("contain", CASES)
