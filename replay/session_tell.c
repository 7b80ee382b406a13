/* SPDX-License-Identifier: MIT */
/* Why a program under replay goes no further, in words. */
#include "session_own.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "command.h"
#include "stand.h"

int session_fail(struct session *session, int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(session->error, sizeof(session->error), format, arguments);
	va_end(arguments);
	return status;
}

bool session_reap(struct session *session)
{
	int status;

	if (!session->reaped &&
	    waitpid(session->launch.pid, &status, WNOHANG) == session->launch.pid) {
		session->reaped = true;
		session->status = status;
	}
	return session->reaped;
}

/* ---- It has ended ------------------------------------------------------------------------------
 */

static int tell_trouble(struct session *session, enum actor_script_trouble trouble)
{
	const struct actor_script_header *header = session->script->header;
	char place[512];

	switch (trouble) {
	case ACTOR_SCRIPT_EVERSION:
		return session_fail(session, COMMAND_TROUBLE,
				    "the program was built with another version of libactor: build "
				    "it anew, or use the actor-replay of its version");
	case ACTOR_SCRIPT_EDAMAGED:
		if (header->place != 0)
			return session_fail(
				session, COMMAND_UNREADABLE,
				"the recording contradicts itself: this cannot have been: %s",
				stand_place(session->recording, session->script, header->place,
					    place, sizeof(place)));
		return session_fail(
			session, COMMAND_UNREADABLE,
			"the recording contradicts itself: the program has refused its script");
	case ACTOR_SCRIPT_EMEMORY:
		return session_fail(session, COMMAND_TROUBLE, "the program has no memory left");
	case ACTOR_SCRIPT_ESLOTS:
		return session_fail(session, COMMAND_TROUBLE,
				    "the program has room for fewer actors than when it was "
				    "recorded (actors_max)");
	case ACTOR_SCRIPT_ESYSTEMS:
		return session_fail(session, COMMAND_TROUBLE,
				    "the program makes more than one actor system; only programs "
				    "with one can be replayed");
	default:
		return COMMAND_OK;
	}
}

/* "; <0.3.1> cheat, turn @12 at 0.5 s: receives ...", where it was in a turn. */
static const char *last_turn(struct session *session, char *text, size_t size)
{
	char place[512];

	text[0] = '\0';
	if (session->script->header->place != 0)
		snprintf(text, size, "; it had begun %s",
			 stand_place(session->recording, session->script,
				     session->script->header->place, place, sizeof(place)));
	return text;
}

int session_tell_death(struct session *session)
{
	const struct actor_script_header *header = session->script->header;
	char place[600];
	int result;

	for (int i = 0; i < 200 && !session_reap(session); i++)
		(void)poll(NULL, 0, 10);
	result = tell_trouble(session, (enum actor_script_trouble)header->trouble);
	if (result != COMMAND_OK)
		return result;
	if (header->state == ACTOR_SCRIPT_STATE_NEW)
		return session_fail(session, COMMAND_NO_TARGET,
				    "the program ended (%s %d) before it made an actor system: is "
				    "it the recorded one, and linked with libactor?",
				    WIFSIGNALED(session->status) ? "signal" : "status",
				    WIFSIGNALED(session->status) ? WTERMSIG(session->status)
								 : WEXITSTATUS(session->status));
	if (session->reaped && WIFSIGNALED(session->status))
		return session_fail(session, COMMAND_FINDING,
				    "the program was ended by signal %d (%s)%s",
				    WTERMSIG(session->status), strsignal(WTERMSIG(session->status)),
				    last_turn(session, place, sizeof(place)));
	return session_fail(session, COMMAND_FINDING,
			    "the program ended by itself, with status %d%s",
			    session->reaped ? WEXITSTATUS(session->status) : -1,
			    last_turn(session, place, sizeof(place)));
}

/* ---- It is silent ------------------------------------------------------------------------------
 */

int session_tell_silence(struct session *session)
{
	const struct actor_script_header *header = session->script->header;
	uint64_t patience_s = session->options.patience_ns / 1000000000;
	char text[900];

	if (header->state == ACTOR_SCRIPT_STATE_NEW)
		return session_fail(session, COMMAND_NO_TARGET,
				    "the program has made no actor system for %" PRIu64
				    " s: is it the recorded one, and linked with libactor?",
				    patience_s);
	return session_fail(session, COMMAND_TROUBLE,
			    "the program has not got on for %" PRIu64 " s: %s", patience_s,
			    stand_text(session->recording, session->script, text, sizeof(text)));
}
