/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_LOG_H
#define ACTOR_LOG_H

/* Lines for the program's log function. Where it gave none, nothing is even formatted. */

#include <actor/actor.h>

struct actor_system;

#define LOG_LINE_MAX   512 /* bytes with the NUL; what is longer is cut */
#define LOG_ACTOR_MAX  128
#define LOG_REASON_MAX 64

/* "<0.17.3>", behind the name, label or behaviour of an actor that lives. Returns `text`. */
const char *log_actor(const struct actor_system *system, struct actor_pid pid,
		      char text[LOG_ACTOR_MAX]);

/* An exit reason or status; those of the program's own are numbers. Returns `text`. */
const char *log_reason(int reason, char text[LOG_REASON_MAX]);

/*
 * Any thread. Writes "NAME: " of the actor `pid`, where it has one, and the formatted text. Bytes
 * that are not printable ASCII or UTF-8 are replaced. Call through LOG.
 */
void log_line(const struct actor_system *system, enum actor_log_level level, struct actor_pid pid,
	      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Its arguments are not evaluated where nobody listens. */
#define LOG(system, level, pid, ...)                                     \
	do {                                                             \
		if ((system)->log != NULL)                               \
			log_line((system), (level), (pid), __VA_ARGS__); \
	} while (0)

#endif
