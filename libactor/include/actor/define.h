/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_DEFINE_H
#define ACTOR_DEFINE_H

/*
 * Actors in a few lines: what ExActor is to Elixir's GenServer. docs/ACTORS.md tells it with
 * examples; this is the reference.
 *
 *	struct counter {
 *		uint64_t value;
 *	};
 *	ACTOR_DEFINE(counter, defcall(count, uint64_t), defcast(increment));
 *
 * is the whole actor but for its handlers, which are plain functions:
 *
 *	static int counter_handle_count(struct counter *self, uint64_t *reply) { ... }
 *	static int counter_handle_increment(struct counter *self) { ... }
 *
 * and others call it by plain functions, too: counter_start(&pid), counter_count(pid, &value),
 * counter_increment(pid). The compiler checks every type on both sides; a handler that is missing
 * is "used but never defined". The state is struct counter, zeroed at birth.
 *
 *	ACTOR_DEFINE(actor, rows...);     everything static: an actor that one file uses
 *	ACTOR_DECLARE(actor, rows...);    for a header: the functions that others call; C and C++
 *	ACTOR_IMPLEMENT(actor, rows...);  for the .c file that includes that header
 *
 * The last two get the same rows: #define COUNTER defcall(...), defcast(...). At most 48 rows, and
 * 10 arguments in each.
 *
 * Rows, and the handler each asks for (NAME is the message, ARGS its arguments by value):
 *
 *	defcall(NAME, REPLY, ...)  int actor_handle_NAME(struct actor *self, ARGS, REPLY *reply)
 *	defcast(NAME, ...)         int actor_handle_NAME(struct actor *self, ARGS)
 *	definfo(NAME, ...)         the same; sent by actor_NAME(pid, ARGS) and by the actor's own
 *	                           timer, actor_NAME_after(delay_ns, interval_ns, ARGS, &timer)
 *	definfo_as(TYPE, CTYPE)    a type from elsewhere, such as actor_down with struct
 *	                           actor_down_message: int actor_handle_TYPE(struct actor *self,
 *	                           const CTYPE *message)
 *	defcontinue(NAME, ...)     the same; announced by the actor itself, actor_NAME(ARGS), and
 *	                           handled before anything else once the handler has returned
 *	defcallp, defcastp         private: the client function is the file's own
 *	definit(...)               int actor_init(struct actor *self, ARGS), from actor_start
 *	defterminate()             void actor_terminate(struct actor *self, int reason)
 *	defdescribe()              int actor_describe(const struct actor *self, char *, size_t)
 *	export("name")             there is one, under that name: its functions take no pid
 *	strict(), tolerant()       a message that no row knows ends the actor, with
 *	                           ACTOR_EUNHANDLED; or is counted and ignored, which is the default
 *
 * In a row:
 *
 *	arg(type, name)        an argument: a value that can be copied, without pointers
 *	opt(type, name, value) in definit: may be left out
 *	when(condition)        the message counts as unknown unless that holds for self and ARGS
 *	when(condition, NAME2) if it holds, actor_handle_NAME_NAME2 has the message. The first that
 *	                       holds wins; where none does, actor_handle_NAME has it
 *	within(ns)             in a call: how long callers wait; else 5 s
 *	timed()                callers say it: one more argument, before the reply
 *	from()                 the handler gets `struct actor_from from` instead of `reply`, and the
 *	                       call waits until somebody says actor_reply_NAME(from, value)
 *	message()              the handler gets `const struct actor_message *message` behind ARGS
 *
 * What handlers return is what those of struct actor_behaviour do. A call's without from() sends
 * the reply as well: 0 sends *reply; a status (negative) fails the call with it and the actor goes
 * on; a reason (positive, ACTOR_STOP) sends *reply and ends the actor.
 *
 * Starting: actor_start(needed..., &pid) and actor_start_link(needed..., &pid) with the arguments
 * that are not optional; actor_start_with(options, all..., &pid) with all, and with `options`
 * (NULL: none). They wait for init. A supervisor wants `actor_behaviour` and, as argument, a
 * `struct actor_init` of all arguments; without an argument, the optional ones have their values.
 *
 * Every message is a C type of its own, struct actor_NAME, for the tools to read payloads by.
 */

#include <stdint.h>
#include <string.h>

#include <actor/actor.h>
#include <actor/define_macros.h>
#include <actor/define_make.h>

#if defined(__GNUC__)
#define ACTOR_UNUSED_ __attribute__((unused))
#else
#define ACTOR_UNUSED_
#endif

/*
 * A pointer given for a number, or a function that nobody declared, is invalid C. gcc before 14 and
 * clang before 15 only warn; callers of an actor are to be told.
 */
#if !defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic error "-Wint-conversion"
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#pragma GCC diagnostic error "-Wimplicit-function-declaration"
#endif

#ifdef __cplusplus
#define ACTOR_EXTERN_ extern "C"
extern "C" {
#else
#define ACTOR_EXTERN_ extern
#endif

#define ACTOR_CALL_TIMEOUT ACTOR_SECONDS(5)

/* ---- For the code that the macros make --------------------------------------------------------
 */

static inline int actor_answer_(struct actor_from from, int result, const void *reply)
{
	int status = result < 0 ? actor_reject(from, result) : actor_reply(from, reply);

	if (result < 0)
		result = ACTOR_CONTINUE;
	return status == 0 ? result : status;
}

static inline int actor_start_(const struct actor_behaviour *behaviour, const char *name,
			       const struct actor_spawn_options *options, const void *argument,
			       size_t size, struct actor_pid *ret_pid)
{
	struct actor_spawn_options named;

	if (name == NULL || (options != NULL && options->name != NULL))
		return actor_start(behaviour, argument, size, options, ret_pid, NULL);
	memset(&named, 0, sizeof(named));
	if (options != NULL)
		memcpy(&named, options,
		       options->size < sizeof(named) ? options->size : sizeof(named));
	named.size = sizeof(named);
	named.name = name;
	return actor_start(behaviour, argument, size, &named, ret_pid, NULL);
}

#ifdef __cplusplus
}
#endif

/* ---- The three macros -------------------------------------------------------------------------
 */

#define ACTOR_DECLARE(actor, ...)                                                   \
	ACTOR_DECLARE_(actor, ACTOR_EXTERN_, ACTOR_WHOM_(__VA_ARGS__), __VA_ARGS__) \
	struct actor_pid
#define ACTOR_IMPLEMENT(actor, ...)                                      \
	ACTOR_IMPLEMENT_(actor, , ACTOR_WHOM_(__VA_ARGS__), __VA_ARGS__) \
	struct actor_pid
#define ACTOR_DEFINE(actor, ...)                                                             \
	ACTOR_DECLARE_(actor, static ACTOR_UNUSED_, ACTOR_WHOM_(__VA_ARGS__), __VA_ARGS__)   \
	ACTOR_IMPLEMENT_(actor, static ACTOR_UNUSED_, ACTOR_WHOM_(__VA_ARGS__), __VA_ARGS__) \
	struct actor_pid

/* by_name for a singleton, else by_pid. */
#define ACTOR_WHOM_(...)     ACTOR_WHOM1_(ACTOR_ROWS_(whom, (~, ~, ~), __VA_ARGS__), by_name, by_pid, ~)
#define ACTOR_WHOM1_(...)    ACTOR_THIRD_(__VA_ARGS__)
#define ACTOR_ON_whom_export ~, ACTOR_COMMA_

/* The arguments of definit, and a comma if there are any. */
#define ACTOR_INIT_ARGS_(...)                              ACTOR_ROWS_(init_args, (~, ~, ~), __VA_ARGS__)
#define ACTOR_ON_init_args_definit                         ~, ACTOR_INIT_ARGS1_
#define ACTOR_INIT_ARGS1_(a, s, w, kind, name, reply, ...) __VA_ARGS__,

/* ---- What others see --------------------------------------------------------------------------
 */

#define ACTOR_DECLARE_(A, S, W, ...)                                \
	ACTOR_CHECK_ROWS_(__VA_ARGS__)                              \
	S const struct actor_behaviour A##_behaviour;               \
	ACTOR_DECLARE_START_(A, S, ACTOR_INIT_ARGS_(__VA_ARGS__) _) \
	ACTOR_ROWS_(declare, (A, S, W), __VA_ARGS__)

#define ACTOR_DECLARE_START_(A, S, ...)                                 \
	ACTOR_STRUCT_(A##_init, __VA_ARGS__)                            \
	S int A##_start(ACTOR_START_PARAMS_(needed, __VA_ARGS__));      \
	S int A##_start_link(ACTOR_START_PARAMS_(needed, __VA_ARGS__)); \
	S int A##_start_with(const struct actor_spawn_options *options, \
			     ACTOR_START_PARAMS_(param, __VA_ARGS__));
#define ACTOR_START_PARAMS_(which, ...) \
	ACTOR_LIST_(~ACTOR_ARGS_(which, ~, __VA_ARGS__), struct actor_pid *ret_pid)

/* struct name { fields }; or nothing where there are none. */
#define ACTOR_STRUCT_(name, ...) \
	ACTOR_STRUCT1_(ACTOR_HAS_(has_data, __VA_ARGS__), name, __VA_ARGS__)
#define ACTOR_STRUCT1_(...)            ACTOR_STRUCT2_(__VA_ARGS__)
#define ACTOR_STRUCT2_(has, name, ...) ACTOR_STRUCT_##has(name, __VA_ARGS__)
#define ACTOR_STRUCT_none_(...)
#define ACTOR_STRUCT_some_(name, ...)              \
	struct name {                              \
		ACTOR_ARGS_(field, ~, __VA_ARGS__) \
	};

#define ACTOR_ON_declare_defcall ~, ACTOR_DECLARE_CLIENT_
#define ACTOR_ON_declare_defcast ~, ACTOR_DECLARE_CLIENT_
#define ACTOR_ON_declare_definfo ~, ACTOR_DECLARE_CLIENT_
#define ACTOR_DECLARE_CLIENT_(A, S, W, kind, M, reply, ...) \
	S int A##_##M(ACTOR_CLIENT_PARAMS_(A, W, reply, __VA_ARGS__));

#define ACTOR_CLIENT_PARAMS_(A, W, reply, ...)                                 \
	ACTOR_LIST_(~ACTOR_PID_PARAM_##W(A) ACTOR_ARGS_(param, ~, __VA_ARGS__) \
			    ACTOR_ARGS_(timeout, ~, __VA_ARGS__) ACTOR_PASTE_( \
				    ACTOR_RET_PARAM_, ACTOR_REPLY_KIND_(reply))(reply))
#define ACTOR_PID_PARAM_by_pid(A) , struct actor_pid A##_pid
#define ACTOR_PID_PARAM_by_name(A)
#define ACTOR_RET_PARAM_void_(reply)
#define ACTOR_RET_PARAM_value_(reply) , reply *ret_reply

#endif
