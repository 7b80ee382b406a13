/* SPDX-License-Identifier: MIT */
/* The log: what lines look like, that names cannot steer a terminal, that no log is silent. */
#include "actors.h"

#include "actor/log.h"
#include "actor/system.h"

static struct {
	int count;
	enum actor_log_level level;
	struct actor_pid pid;
	char text[2 * LOG_LINE_MAX];
} got;

static int context;

static void keep(void *given, enum actor_log_level level, struct actor_pid pid, const char *text)
{
	CU_ASSERT_PTR_EQUAL(given, &context);
	got.count++;
	got.level = level;
	got.pid = pid;
	snprintf(got.text, sizeof(got.text), "%s", text);
}

static struct actor_system *system_with(actor_log_function log)
{
	const struct actor_system_options options = {.size = sizeof(options),
						     .schedulers = 1,
						     .seed = 1,
						     .ring_bytes = 64 << 10,
						     .log = log,
						     .log_context = &context};
	struct actor_system *system = NULL;

	CU_ASSERT_EQUAL_FATAL(actor_system_create(&options, &system), 0);
	memset(&got, 0, sizeof(got));
	return system;
}

static const struct actor_behaviour idle = {.name = "idle"};

static void lines_name_the_actor(void)
{
	struct actor_system *system = system_with(keep);
	const struct actor_spawn_options named = {.size = sizeof(named), .name = "alpha"};
	struct actor_pid pid;
	char text[LOG_ACTOR_MAX];
	char expected[LOG_ACTOR_MAX];

	CU_ASSERT_EQUAL_FATAL(actor_start(&idle, NULL, 0, &named, &pid, NULL), 0);
	LOG(system, ACTOR_LOG_WARNING, pid, "%d of %s", 3, "them");
	CU_ASSERT_EQUAL(got.count, 1);
	CU_ASSERT_EQUAL(got.level, ACTOR_LOG_WARNING);
	CU_ASSERT_TRUE(actor_pid_equal(got.pid, pid));
	CU_ASSERT_STRING_EQUAL(got.text, "alpha: 3 of them");
	snprintf(expected, sizeof(expected), "alpha <0.%u.%u>", actor_pid_slot(pid),
		 actor_pid_generation(pid));
	CU_ASSERT_STRING_EQUAL(log_actor(system, pid, text), expected);
	CU_ASSERT_EQUAL(actor_unregister("alpha"), 0);
	LOG(system, ACTOR_LOG_INFO, pid, "x"); /* without a name the behaviour's */
	CU_ASSERT_STRING_EQUAL(got.text, "idle: x");
	CU_ASSERT_EQUAL(actor_exit(pid, ACTOR_EXIT_KILL), 0);
	CU_ASSERT_TRUE(dies(pid));
	LOG(system, ACTOR_LOG_ERROR, pid, "gone");
	CU_ASSERT_STRING_EQUAL(got.text, "gone");
	LOG(system, ACTOR_LOG_ERROR, ACTOR_PID_NONE, "nobody");
	CU_ASSERT_STRING_EQUAL(got.text, "nobody");
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static void lines_are_printable_and_bounded(void)
{
	struct actor_system *system = system_with(keep);
	const struct actor_spawn_options named = {.size = sizeof(named),
						  .name = "\033[2J\nbad \302\233 \303\244"};
	struct actor_pid pid;
	char many[2 * LOG_LINE_MAX];

	CU_ASSERT_EQUAL_FATAL(actor_start(&idle, NULL, 0, &named, &pid, NULL), 0);
	LOG(system, ACTOR_LOG_INFO, pid, "\tend");
	CU_ASSERT_STRING_EQUAL(got.text, "?[2J?bad ?? \303\244: ?end");
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	LOG(system, ACTOR_LOG_INFO, pid, "%s", many);
	CU_ASSERT_EQUAL(strlen(got.text), LOG_LINE_MAX - 1);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static int must_not_run(void)
{
	CU_FAIL("evaluated although nobody listens");
	return 0;
}

static void no_log_is_silent(void)
{
	struct actor_system *system = system_with(NULL);

	LOG(system, ACTOR_LOG_ERROR, ACTOR_PID_NONE, "%d", must_not_run());
	log_line(system, ACTOR_LOG_ERROR, ACTOR_PID_NONE, "text");
	CU_ASSERT_EQUAL(got.count, 0);
	actor_system_destroy(system, ACTOR_SECONDS(5));
}

static void reasons_have_words(void)
{
	char text[LOG_REASON_MAX];

	CU_ASSERT_STRING_EQUAL(log_reason(ACTOR_EXIT_KILLED, text), "killed");
	CU_ASSERT_STRING_EQUAL(log_reason(ACTOR_ENO_MEMORY, text), "out of memory");
	CU_ASSERT_STRING_EQUAL(log_reason(ACTOR_EXIT_USER + 7, text), "reason 1031");
}

static void stderr_gets_whole_lines(void)
{
	char text[256];
	int ends[2];
	int saved = dup(STDERR_FILENO);
	ssize_t size;

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	actor_log_stderr(NULL, ACTOR_LOG_WARNING, actor_pid_pack(17, 3), "some text");
	actor_log_stderr(NULL, ACTOR_LOG_ERROR, ACTOR_PID_NONE, "more");
	dup2(saved, STDERR_FILENO);
	size = read(ends[0], text, sizeof(text) - 1);
	CU_ASSERT_FATAL(size > 0);
	text[size] = '\0';
	CU_ASSERT_STRING_EQUAL(text, "warning: <0.17.3> some text\nerror: more\n");
	close(ends[0]);
	close(ends[1]);
	close(saved);
}

#define CASES(X)                           \
	X(lines_name_the_actor)            \
	X(lines_are_printable_and_bounded) \
	X(no_log_is_silent)                \
	X(reasons_have_words)              \
	X(stderr_gets_whole_lines)

SUITE("log", CASES)
