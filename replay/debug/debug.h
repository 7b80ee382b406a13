/* SPDX-License-Identifier: MIT */
#ifndef DEBUG_DEBUG_H
#define DEBUG_DEBUG_H

/*
 * The debugger: a timeline of the replayed program and what the trace says about it.
 *
 *	debug.c     the table of commands, the prompt, scripts
 *	move.c      going about
 *	breaks.c    where to stop
 *	show.c      what is there
 *	whatif.c    branches
 *	names.c     actors and types by name
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <sqlite3.h>

#include <tracer/types.h>

#include "debug/timeline.h"
#include "store/trace.h"

struct decoder;

struct debug {
	const char *path; /* of the trace */
	sqlite3 *db;
	struct trace *trace;
	const struct types *types;        /* NULL: there are none */
	struct types *own_types;          /* of the program */
	struct decoder *decoder;          /* the trace's types */
	char no_types[256];               /* why */
	const struct actor_event *events; /* the script's, by step - 1 */
	uint64_t event_count;
	const uint32_t *numbers;      /* of the recording's events, by step - 1 */
	const struct pidmap *outside; /* the script's: pids whose steps are not run */
	uint64_t main_pid;
	struct timeline timeline;
	uint32_t next_break;
	bool interactive;
	bool timing; /* say how long each command took */
	bool failed; /* a command of a script has */
	bool quit;
	volatile int *stopped; /* set by ^C; may be NULL */
	uint64_t branch_count; /* where the what-if began */
	uint64_t *alerts;      /* steps at which the recording's alerts begin */
	size_t alert_count;
	uint32_t alert_break;
	char alert_name[32];
};

/* A line of input in words. */
#define DEBUG_WORDS_MAX 32
struct debug_words {
	char *word[DEBUG_WORDS_MAX + 1];
	size_t count;
	const char *line; /* the whole */
};

struct debug_command {
	const char *name;
	const char *alias; /* NULL: none */
	const char *usage; /* what follows the name */
	const char *summary;
	const char *help;     /* NULL: nothing more */
	const char *complete; /* words for completion; '@': actors, '#': types, '$': behaviours */
	/* 0, or a negative errno; debug_say has said why. */
	int (*run)(struct debug *debug, const struct debug_words *words);
};
extern const struct debug_command debug_commands[];
extern const size_t debug_command_count;

/* An error in words, for whoever typed the command. Returns `status`. */
int debug_say(struct debug *debug, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The timeline's error. */
int debug_say_timeline(struct debug *debug, int status);

/* Prints the manual page. */
void debug_man(void);

/* Runs one line. */
int debug_line(struct debug *debug, const char *line);
/* Reads commands until the end: a prompt, or a script. */
int debug_prompt(struct debug *debug);
int debug_script(struct debug *debug, FILE *file);

/* ---- Names ------------------------------------------------------------------------------------
 */

/* By pid, name or label. False: said. */
bool debug_actor(struct debug *debug, const char *text, uint64_t *ret_pid);
/* "referee <0.3.1>" */
const char *debug_name(struct debug *debug, uint64_t pid, char text[160]);
const char *debug_message_name(struct debug *debug, uint16_t tag, uint8_t kind);

struct debug_ctype {
	char name[64];
	char ctype[128]; /* "": none */
	uint64_t size;
};
/* Of a message's payload, and of an actor's state. False: the trace does not know. */
bool debug_type(struct debug *debug, uint16_t tag, struct debug_ctype *ret_ctype);
bool debug_type_named(struct debug *debug, const char *name, uint16_t *ret_tag);
bool debug_state_type(struct debug *debug, uint64_t pid, struct debug_ctype *ret_ctype);
bool debug_behaviour_type(struct debug *debug, const char *behaviour,
			  struct debug_ctype *ret_ctype);
/* The C type in the program's types. False: said. */
bool debug_find_type(struct debug *debug, const struct debug_ctype *ctype, uint32_t *ret_id);
/* All names of a kind ('@', '#', '$') that begin with `prefix`, to `take`. */
void debug_complete_names(struct debug *debug, char kind, const char *prefix,
			  void (*take)(void *user, const char *name), void *user);

/* ---- Bytes ------------------------------------------------------------------------------------
 */

#define DEBUG_BYTES_MAX ((size_t)2 << 20)

/* The state of an actor; the payload of the message that is about to be handled (pid 0), or of
 * message number `nth` of a mailbox. Owns: the caller frees *ret_bytes. */
int debug_state(struct debug *debug, struct link *link, uint64_t pid, uint8_t **ret_bytes,
		size_t *ret_size);
int debug_payload(struct debug *debug, struct link *link, uint64_t pid, uint64_t nth,
		  uint8_t **ret_bytes, size_t *ret_size);

/*
 * What "self->hp" or "msg.x" stands for: the bytes, the C type and the field. `is_message`: it is
 * the message's. False: said.
 */
struct debug_value {
	bool is_message;
	uint64_t pid;
	uint8_t *bytes;
	size_t size;
	uint32_t type; /* 0: without types */
	struct types_field field;
};
bool debug_value(struct debug *debug, const char *path, struct debug_value *ret_value);
void debug_value_finish(struct debug_value *value);

/* Where the debugger stands, in one line. */
void debug_where(struct debug *debug);
/* The time of a step in the recording, ns; -1: not known. */
int64_t debug_time(struct debug *debug, uint64_t step);

/* The first step at a time or after it, 0: none. */
uint64_t debug_step_at(struct debug *debug, int64_t time_ns);

/* The number among the recording's events, which are more than the script's. */
uint64_t debug_event_of(const struct debug *debug, uint64_t step);
/* The id of a step's event in the trace. */
int debug_event_id(struct debug *debug, uint64_t step, uint64_t *ret_id);
/* The step of the next alert that is stopped at, or the last one before; 0: none. */
uint64_t debug_next_alert(const struct debug *debug, uint64_t step, bool back);

/* ---- Commands ---------------------------------------------------------------------------------
 */

int debug_step(struct debug *debug, const struct debug_words *words);
int debug_back(struct debug *debug, const struct debug_words *words);
int debug_continue(struct debug *debug, const struct debug_words *words);
int debug_reverse_continue(struct debug *debug, const struct debug_words *words);
int debug_goto(struct debug *debug, const struct debug_words *words);
int debug_last_change(struct debug *debug, const struct debug_words *words);
int debug_break(struct debug *debug, const struct debug_words *words);
int debug_watch(struct debug *debug, const struct debug_words *words);
int debug_breaks(struct debug *debug, const struct debug_words *words);
int debug_delete(struct debug *debug, const struct debug_words *words);
int debug_print(struct debug *debug, const struct debug_words *words);
int debug_mailbox(struct debug *debug, const struct debug_words *words);
int debug_links(struct debug *debug, const struct debug_words *words);
int debug_road(struct debug *debug, const struct debug_words *words);
int debug_list(struct debug *debug, const struct debug_words *words);
int debug_actors(struct debug *debug, const struct debug_words *words);
int debug_info(struct debug *debug, const struct debug_words *words);
int debug_set(struct debug *debug, const struct debug_words *words);
int debug_drop(struct debug *debug, const struct debug_words *words);
int debug_reorder(struct debug *debug, const struct debug_words *words);
int debug_finish(struct debug *debug, const struct debug_words *words);
int debug_abandon(struct debug *debug, const struct debug_words *words);
int debug_help(struct debug *debug, const struct debug_words *words);
int debug_quit(struct debug *debug, const struct debug_words *words);

/* A number; false where the word is none. */
bool debug_number(const char *word, uint64_t *ret_number);

#endif
