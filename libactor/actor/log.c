/* SPDX-License-Identifier: MIT */
#include "actor/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actor/system.h"

/* Name, label or behaviour of a living actor, else "". It lives as long as the plane. */
static const char *name_of(const struct actor_system *system, struct actor_pid pid)
{
	const struct actor_plane_actor *line;
	uint32_t string;

	if (pid.bits == 0 || actor_pid_slot(pid) >= system->actors_max)
		return "";
	line = &system->plane.actors[actor_pid_slot(pid)];
	if (__atomic_load_n(&line->generation, __ATOMIC_ACQUIRE) != actor_pid_generation(pid))
		return "";
	string = __atomic_load_n(&line->name, __ATOMIC_RELAXED);
	if (string == 0)
		string = system->plane.behaviours[line->behaviour].name;
	return plane_text(&system->plane, string);
}

const char *log_actor(const struct actor_system *system, struct actor_pid pid,
		      char text[LOG_ACTOR_MAX])
{
	const char *name = name_of(system, pid);

	snprintf(text, LOG_ACTOR_MAX, "%.90s%s<%u.%u.%u>", name, name[0] != '\0' ? " " : "",
		 actor_pid_node(pid), actor_pid_slot(pid), actor_pid_generation(pid));
	return text;
}

const char *log_reason(int reason, char text[LOG_REASON_MAX])
{
	if (reason >= ACTOR_EXIT_USER)
		snprintf(text, LOG_REASON_MAX, "reason %d", reason);
	else
		snprintf(text, LOG_REASON_MAX, "%s", actor_exit_text(reason));
	return text;
}

/* A name may hold what a terminal obeys. */
static void make_printable(char *text)
{
	for (unsigned char *at = (unsigned char *)text; *at != '\0'; at++) {
		if (*at < 0x20 || *at == 0x7f)
			*at = '?';
		else if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) /* C1 in UTF-8 */
			at[0] = at[1] = '?';
	}
}

void log_line(const struct actor_system *system, enum actor_log_level level, struct actor_pid pid,
	      const char *format, ...)
{
	char text[LOG_LINE_MAX];
	const char *name = name_of(system, pid);
	size_t used = 0;
	va_list arguments;

	if (system->log == NULL)
		return;
	if (name[0] != '\0') {
		snprintf(text, sizeof(text), "%.90s: ", name);
		used = strlen(text);
	}
	va_start(arguments, format);
	vsnprintf(text + used, sizeof(text) - used, format, arguments);
	va_end(arguments);
	make_printable(text);
	system->log(system->log_context, level, pid, text);
}

const char *actor_log_level_text(enum actor_log_level level)
{
	switch (level) {
	case ACTOR_LOG_ERROR:
		return "error";
	case ACTOR_LOG_WARNING:
		return "warning";
	case ACTOR_LOG_INFO:
		return "info";
	case ACTOR_LOG_DEBUG:
		return "debug";
	}
	return "unknown level";
}

void actor_log_stderr(void *context, enum actor_log_level level, struct actor_pid pid,
		      const char *text)
{
	char line[LOG_LINE_MAX + 64];
	char who[48] = "";
	size_t length;

	(void)context;
	if (pid.bits != 0)
		snprintf(who, sizeof(who), "<%u.%u.%u> ", actor_pid_node(pid), actor_pid_slot(pid),
			 actor_pid_generation(pid));
	snprintf(line, sizeof(line) - 1, "%s: %s%s", actor_log_level_text(level), who, text);
	length = strlen(line);
	line[length++] = '\n';
	/* One write, so that lines of several threads do not mix. Where it fails there is nobody
	 * left to tell. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}
