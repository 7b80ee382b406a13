/* SPDX-License-Identifier: MIT */
#ifndef ARENA_PROTOCOL_H
#define ARENA_PROTOCOL_H

/*
 * The lines that players send. Pure parsing: no actors, no state.
 *
 * A line is a verb and at most one word, ASCII, in any case. Every line gets exactly one answer
 * that starts with `ok`, `pong`, `bye` or `error CODE`, whatever other lines come before it.
 */

#include <stddef.h>

#define PROTOCOL_NAME_SIZE 16 /* with the NUL */
#define PROTOCOL_WORD_SIZE 32 /* with the NUL */

/* X(VERB, word, short forms, kind of argument, usage, help) */
#define PROTOCOL_VERB_MAP(X)                                                                      \
	X(HELP, "help", "h ?", NOTHING, "help", "this list")                                      \
	X(NAME, "name", "n", NAME, "name YOU", "log in; letters, digits, _ and -, at most 15")    \
	X(PLAY, "play", "p", NOTHING, "play", "wait for an opponent")                             \
	X(LEAVE, "leave", "", NOTHING, "leave", "stop waiting, or give up the game")              \
	X(UP, "up", "u w", NOTHING, "up | u | w", "steer up")                                     \
	X(RIGHT, "right", "r d", NOTHING, "right | r | d", "steer right")                         \
	X(DOWN, "down", "s dn", NOTHING, "down | s | dn", "steer down")                           \
	X(LEFT, "left", "l a", NOTHING, "left | l | a", "steer left")                             \
	X(SHOW, "show", "", SWITCH, "show on|ticks|off", "draw the grid, one line a move, quiet") \
	X(TOP, "top", "t", NOTHING, "top", "the best players")                                    \
	X(WHO, "who", "", NOTHING, "who", "who is here")                                          \
	X(PING, "ping", "", OPTIONAL, "ping [WORD]", "answers pong [WORD]")                       \
	X(QUIT, "quit", "q exit bye", NOTHING, "quit", "close the connection")

enum protocol_verb {
#define X(VERB, word, shorts, argument, usage, help) VERB_##VERB,
	PROTOCOL_VERB_MAP(X)
#undef X
	VERB_COUNT
};

enum protocol_switch {
	SWITCH_ON,
	SWITCH_TICKS,
	SWITCH_OFF
};

/* X(ERROR, code, text): what can be wrong with a line, and with a line at this moment. */
#define PROTOCOL_ERROR_MAP(X)                                                          \
	X(EMPTY, "empty", "an empty line; type help")                                  \
	X(TOO_LONG, "too-long", "the line is too long")                                \
	X(NOT_TEXT, "not-text", "only printable ASCII, please")                        \
	X(UNKNOWN, "unknown", "no such command; type help")                            \
	X(MISSING, "missing", "something is missing behind the command; type help")    \
	X(SURPLUS, "surplus", "there is too much behind the command; type help")       \
	X(BAD_NAME, "bad-name", "a name is 1 to 15 letters, digits, _ or -")           \
	X(BAD_SWITCH, "bad-switch", "show what? on, ticks or off")                     \
	X(NO_NAME, "no-name", "who are you? type: name YOU")                           \
	X(HAS_NAME, "has-name", "you have a name already")                             \
	X(NAME_TAKEN, "name-taken", "somebody of that name is here; choose another")   \
	X(NOT_WAITING, "not-waiting", "you neither wait nor play")                     \
	X(ALREADY, "already", "you wait or play already")                              \
	X(NOT_PLAYING, "not-playing", "you are not in a game; type play")              \
	X(TURN_BACK, "turn-back", "a cycle cannot turn back")                          \
	X(SLOW_DOWN, "slow-down", "too many lines a second; some are ignored")         \
	X(FLOOD, "flood", "far too many lines; good bye")                              \
	X(IDLE, "idle", "nothing heard for too long; good bye")                        \
	X(BUSY, "busy", "the server cannot answer that now; try again")                \
	X(ROOM_FAILED, "room-failed", "the game broke off; you are back in the lobby") \
	X(SHUTDOWN, "shutdown", "the server is going down; good bye")

enum protocol_error {
	PROTOCOL_OK = 0,
#define X(ERROR, code, text) PROTOCOL_##ERROR,
	PROTOCOL_ERROR_MAP(X)
#undef X
	PROTOCOL_ERROR_COUNT
};

struct command {
	enum protocol_verb verb;
	enum protocol_switch on;       /* of `show` */
	char word[PROTOCOL_WORD_SIZE]; /* the argument, "" when there is none */
};

/* Reads a line of `size` bytes, which need not end in a NUL. PROTOCOL_OK sets *ret_command. */
enum protocol_error protocol_parse(const char *line, size_t size, struct command *ret_command);

/* "unknown no such command; type help": what follows the word `error`. */
const char *protocol_error_text(enum protocol_error error);

/* Usage and help of a verb; NULL from VERB_COUNT on. */
const char *protocol_verb_usage(unsigned verb);
const char *protocol_verb_help(unsigned verb);

#endif
