/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_REPLAY_H
#define ACTOR_REPLAY_H

/*
 * Contract 5: between actor-replay and a program that it replays. Data only.
 *
 * The script is a file that the program maps: this header, tables, then all events of a recording
 * in one order, as they were recorded. The program finds it through the environment variable
 * LIBACTOR_SCRIPT, "<fd of the script>" or "<fd of the script>,<fd of the control socket>".
 *
 * A step is a turn, or the continuation of one: an event RECV or INPUT of an actor that is run. It
 * is named by its place among the script's events, from 1; 0 is before the first. The script's
 * order is a proposal: a step whose message is not there yet waits until it is, and is then run
 * after later ones. Per actor the order is that of the script.
 *
 * In a replay's own events the time of a RECV is its step. Where a turn is interrupted by others
 * because it needs the pid of an actor that they end first, WAKE events with a pid in their slot a
 * say whose turn goes on.
 *
 * Stability: internal to libactor and actor-replay; changes with both.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/event.h>

#define ACTOR_SCRIPT_VARIABLE "LIBACTOR_SCRIPT"
#define ACTOR_SCRIPT_MAGIC    UINT64_C(0x3154504952435341) /* "ASCRIPT1" in memory */
#define ACTOR_SCRIPT_VERSION  2

/* What the program is doing. */
enum actor_script_state {
	ACTOR_SCRIPT_STATE_NEW = 0,     /* it has not found the script yet */
	ACTOR_SCRIPT_STATE_RUNNING = 1, /* handlers run */
	ACTOR_SCRIPT_STATE_MAIN = 2,    /* the program's main runs, outside of the runtime */
	ACTOR_SCRIPT_STATE_STOPPED = 3, /* waits for a command */
	ACTOR_SCRIPT_STATE_ENDED = 4,   /* all has been run that can be */
	ACTOR_SCRIPT_STATE_LEFT = 5     /* the same, and main has ended its system or returned */
};

/* Why it cannot go on as recorded. */
enum actor_script_trouble {
	ACTOR_SCRIPT_FINE = 0,
	ACTOR_SCRIPT_EVERSION = 1, /* the script is of another version */
	ACTOR_SCRIPT_EDAMAGED = 2, /* it contradicts itself */
	ACTOR_SCRIPT_EMEMORY = 3,  /* out of memory */
	ACTOR_SCRIPT_ESLOTS = 4,   /* actors_max is smaller than in the recording */
	ACTOR_SCRIPT_ESYSTEMS = 5, /* the program has made another system: only one is replayed */
	ACTOR_SCRIPT_EMISSING = 6  /* at the end there were steps whose message never came */
};

/* The beginning of the file. What is marked (shared) the program writes, and the tool reads. */
struct actor_script_header {
	uint64_t magic;
	uint32_t version;
	uint32_t event_version;
	uint64_t size; /* of the file */
	uint64_t seed;
	int64_t wall_offset_ns;
	uint64_t types_offset; /* struct actor_script_type, of numbers 1, 2, ... */
	uint64_t types_count;
	uint64_t texts_offset;
	uint64_t texts_size; /* NUL-terminated; the first is "" */
	uint64_t events_offset;
	uint64_t events_count;
	uint64_t reserved[5];

	uint32_t state;      /* (shared) enum actor_script_state */
	uint32_t trouble;    /* (shared) enum actor_script_trouble */
	uint64_t position;   /* (shared) events taken from the script */
	uint64_t steps;      /* (shared) run so far */
	uint64_t waiting;    /* (shared) steps that wait for their message */
	uint32_t pid;        /* (shared) of the process that runs now */
	uint32_t beats;      /* (shared) counts on while it gets on */
	uint64_t place;      /* (shared) of the step that was begun last, 0: none yet */
	uint64_t main_place; /* (shared) the same, of those of the program's main */
	uint64_t awaited;    /* (shared) place of an operation whose thread has not come to it; 0 */
	uint64_t reserved2[8];
};

/* A message type as it was numbered in the recording. Offsets into the texts; 0: none. */
struct actor_script_type {
	uint32_t name;
	uint32_t ctype;
	uint32_t reply_ctype;
	uint32_t size;
	uint32_t reply_size;
	uint32_t flexible;
};

/* ---- The control socket ----------------------------------------------------------------------
 *
 * A SOCK_SEQPACKET pair. The program stops before the first step and answers each request with one
 * reply; `size` bytes follow a request or a reply in the same packet. RUN is answered when the
 * program stops again. A program whose socket is closed at the other end exits.
 */

#define ACTOR_CONTROL_BYTES_MAX 60000 /* behind a request or a reply */

enum actor_control_verb {
	/* Runs until `a` steps have been begun in all (UINT64_MAX: to the end), or it is about to
	 * begin step `b` (0: any), or a break says stop. */
	ACTOR_CONTROL_RUN = 1,
	/* Makes a copy of the program as it stands now, which waits for requests on a socket of its
	 * own; that comes with the reply (SCM_RIGHTS). Reply: pid is the copy's process id. */
	ACTOR_CONTROL_CHECKPOINT = 2,
	/* Adds a break; bytes: struct actor_control_break. Reply: a is its number. */
	ACTOR_CONTROL_BREAK = 3,
	/* Removes break number `a`; 0: all. */
	ACTOR_CONTROL_UNBREAK = 4,
	/* Where it stands. The reply's fields say all. */
	ACTOR_CONTROL_WHERE = 5,
	/* Bytes of the state of actor `a`, from `b` on. Reply: a is the state's whole size. */
	ACTOR_CONTROL_STATE = 6,
	/* The payload of the message of the step that is about to begin (a = 0), or of message
	 * number `a` of the mailbox of actor `c`, from byte `b` on. Reply: a is its whole size. */
	ACTOR_CONTROL_MESSAGE = 7,
	/* struct actor_control_waiting for each message that waits in the mailbox of actor `a`,
	 * from number `b` on. Reply: a is how many there are. */
	ACTOR_CONTROL_MAILBOX = 8,
	/* struct actor_control_bond for each link, monitor, watcher, timer, outstanding request. */
	ACTOR_CONTROL_BONDS = 9,
	/* Overwrites the state of actor `a` from byte `b` on. */
	ACTOR_CONTROL_SET_STATE = 10,
	/* Overwrites the message as named in MESSAGE, from byte `b` on. */
	ACTOR_CONTROL_SET_MESSAGE = 11,
	/* What-if: the step that is about to begin is left out, its message thrown away. */
	ACTOR_CONTROL_DROP = 12,
	/* What-if: message number `a` (from 1) of its actor's mailbox comes first; the step's own
	 * stays. The rest of the actor's steps are matched where they can be. */
	ACTOR_CONTROL_REORDER = 13,
	/* Ends the process. No reply. */
	ACTOR_CONTROL_EXIT = 14
};

struct actor_control_request {
	uint32_t verb;
	uint32_t size;
	uint64_t a;
	uint64_t b;
	uint64_t c;
};

enum actor_control_stop {
	ACTOR_CONTROL_STOP_NONE = 0,
	ACTOR_CONTROL_STOP_STEP = 1,  /* the step that was asked for, or as many as were */
	ACTOR_CONTROL_STOP_BREAK = 2, /* a break; `a` is its number */
	ACTOR_CONTROL_STOP_END = 3,   /* nothing is left that can be run */
	ACTOR_CONTROL_STOP_LEFT = 4 /* the same, main having ended; the process exits when asked */
};

struct actor_control_reply {
	int32_t status; /* 0 or a negated errno */
	uint32_t size;
	uint32_t stop;      /* enum actor_control_stop, of RUN and WHERE */
	uint32_t pid;       /* process id, see CHECKPOINT */
	uint64_t a;         /* see the verbs */
	uint64_t step;      /* that is about to begin */
	uint64_t steps;     /* how many were begun before it */
	uint64_t actor;     /* whose step; 0: none */
	uint64_t sender;    /* of its message */
	uint32_t seq;       /* of its message */
	uint16_t tag;       /* of its message */
	uint8_t kind;       /* of its message, enum actor_message_kind; 0xff: INPUT */
	uint8_t resumes;    /* 1: it goes on with a turn that waits */
	uint64_t behaviour; /* address of the actor's struct actor_behaviour in the program */
	uint64_t state;     /* address of the actor's state */
	uint64_t state_size;
	uint64_t message; /* address of the struct actor_message */
	uint64_t handler; /* address of the function that will be called; 0: none */
};

/* What a field is compared with; ANY: not at all. */
enum actor_control_compare {
	ACTOR_CONTROL_ANY = 0,
	ACTOR_CONTROL_EQUAL,
	ACTOR_CONTROL_UNEQUAL,
	ACTOR_CONTROL_LESS,
	ACTOR_CONTROL_LESS_EQUAL,
	ACTOR_CONTROL_GREATER,
	ACTOR_CONTROL_GREATER_EQUAL,
	ACTOR_CONTROL_CHANGED /* since the break was made, or hit last */
};

enum actor_control_number {
	ACTOR_CONTROL_SIGNED,
	ACTOR_CONTROL_UNSIGNED,
	ACTOR_CONTROL_FLOAT /* size 4 or 8 */
};

/*
 * Where to stop: before a step that fulfils all that is set, or, for a field of the state, after
 * the step that made it true, which is before the next one of any actor.
 */
struct actor_control_break {
	uint64_t actor;      /* pid; 0: any */
	uint64_t sender;     /* pid; 0: any */
	char behaviour[64];  /* name; "": any */
	uint32_t tag;        /* 0: any */
	uint32_t kinds;      /* bit k: messages of kind k; 0: any */
	uint32_t exits;      /* 1: before the step in which the actor ends, as recorded */
	uint32_t of_message; /* the field is the message's; else the state's */
	uint32_t compare;    /* enum actor_control_compare */
	uint32_t number;     /* enum actor_control_number */
	uint32_t offset;     /* of the field */
	uint32_t size;       /* 1, 2, 4, 8; with CHANGED up to 64 */
	uint64_t value;      /* the bytes of an 8-byte number or double */
};

/* A message that waits. */
struct actor_control_waiting {
	uint64_t sender;
	uint64_t ref;
	uint32_t seq;
	uint32_t size;
	uint16_t tag;
	uint8_t kind;
	uint8_t place; /* 0: the queue, 1: before it, 2: put aside */
	uint32_t reserved;
};

enum actor_control_bond_kind {
	ACTOR_CONTROL_BOND_LINK = 1,
	ACTOR_CONTROL_BOND_MONITOR = 2, /* ref */
	ACTOR_CONTROL_BOND_WATCHER = 3, /* ref */
	ACTOR_CONTROL_BOND_TIMER = 4,   /* ref: nth */
	ACTOR_CONTROL_BOND_REQUEST = 5, /* ref */
	ACTOR_CONTROL_BOND_WAITS_ON = 6 /* in a call; ref */
};

struct actor_control_bond {
	uint64_t pid;
	uint64_t ref;
	uint32_t kind;
	uint32_t reserved;
};

/* ---- The library that is loaded before the program --------------------------------------------
 *
 * Where there is a function of the name ACTOR_SHIM_ATTACH, it is called when the replay begins,
 * with functions that it may use from then on.
 */
#define ACTOR_SHIM_VERSION 4
#define ACTOR_SHIM_ATTACH  "actor_shim_attach"

struct actor_shim {
	uint32_t version;
	/* The pid whose handler runs in the calling thread, 0: none. */
	uint64_t (*running)(void);
	/*
	 * The program's main is about to wait for something outside: runs what others did until its
	 * next operation was due, and returns. `sleeps`: that time passes is all; it may return
	 * earlier then. Does nothing in other threads and in handlers.
	 */
	void (*wait_outside)(bool sleeps);
	/*
	 * The handler that runs is about to let time pass: runs what others did meanwhile, and
	 * returns. Does nothing in other threads and outside of handlers.
	 */
	void (*wait_turn)(void);
	/* Whether other threads of the program are run, too: they need not sleep as long as then.
	 */
	bool (*has_guests)(void);
	/*
	 * Gives them a moment, should main wait for one of them. 2: some went on; 1: some are in
	 * the program's own code; 0: they wait.
	 */
	int (*settle)(void);
	/* Main waits for them no longer: what they use may be gone. */
	void (*freeze)(void);
};

typedef void (*actor_shim_attach_function)(const struct actor_shim *shim);

#ifdef __cplusplus
#define ACTOR_REPLAY_ASSERT(condition) static_assert(condition, "layout")
#else
#define ACTOR_REPLAY_ASSERT(condition) _Static_assert(condition, "layout")
#endif
ACTOR_REPLAY_ASSERT(sizeof(struct actor_script_header) == 256);
ACTOR_REPLAY_ASSERT(sizeof(struct actor_script_type) == 24);

#endif
