/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_EVENT_H
#define ACTOR_EVENT_H

/*
 * Contract 1: the events. One table says everything about them; the ring writer, the decoder, the
 * SQL columns, the texts, the probes and docs/EVENTS.md are generated from it and cannot drift.
 *
 * Stability: append-only. A number is never reused; a retired event leaves a hole and a comment.
 * Adding one: a row here, ACTOR_EVENT_VERSION + 1, `ninja -C build docs-events`, a test that emits
 *it.
 *
 * An event is 32 bytes. (16 and 24 bytes were measured to cost the same to write as 32; one size
 * keeps the decoder a table.) It has six slots; a row of the map says which field each slot holds:
 *
 *	offset 0  kind   u8     number of the row
 *	       1  flags  u8     low 4 bits: enum actor_message_kind, where the event is about a
 *	                        message; above them ACTOR_EVENT_RESUMES
 *	       2  tag    u16    message type or behaviour
 *	       4  seq    u32    a running number; (sender, seq) is the identity of a message
 *	       8  a      u64
 *	      16  b      u64
 *	      24  c      u64    the time stamp, in every event that has one
 *
 * How a stream is read. A ring belongs to one thread. RECV and INPUT open a turn; what follows on
 * the ring, up to the next RECV, INPUT, WAIT, IDLE or EXIT, was done by that turn's actor. A turn
 *has one time stamp at its begin, and its end is the next stamped event on the ring. Events without
 *a time of their own (SEND, SPAWN, ...) carry their order only; their time is that of their turn,
 *unless a STAMP event stands directly before them (recordings with exact send times). A call that
 *has to wait writes WAIT; the RECV that brings its reply, timeout or failure continues the same
 *turn, perhaps on another ring. A turn that waits for a message of its mailbox, or for a response,
 *writes WAIT, too; the RECV that ends this carries the flag ACTOR_EVENT_RESUMES.
 *
 * PAYLOAD events stand before the SEND (or DEAD_LETTER, MAILBOX_DROP) that has the same number.
 * They are for readers that ask for them, and are no part of a stored stream; nor does a program
 * write OMITTED: a recording that leaves out events puts it where they were, so that the turn
 *before does not seem to last.
 *
 * What an actor or a thread sends that stands for the outside (ports, the pool for blocking calls,
 * the program's threads but the first) cannot be computed anew by a replay. For such a message
 * OUTSIDE stands before its SEND, and behind OUTSIDE its bytes, 24 in each OUTSIDE_BYTES (`flags`
 * says how many), those of the payload first.
 */

#include <stdint.h>

#define ACTOR_EVENT_VERSION 8

/* In the flags of RECV: the message goes to the turn that waits for it and opens none. */
#define ACTOR_EVENT_RESUMES 0x10
/* In the flags of SPAWN: what the actor does comes from outside; a replay does not run it. */
#define ACTOR_EVENT_FOREIGN 0x20
/* In the flags of OUTSIDE_BYTES: the bytes are the blob's, not the payload's. */
#define ACTOR_EVENT_OF_BLOB 0x20

/* A PAYLOAD event holds so many bytes, the last one of a message fewer; `flags` says how many. */
#define ACTOR_EVENT_PAYLOAD_BYTES 24
#define ACTOR_EVENT_PAYLOAD_MAX   (ACTOR_EVENT_PAYLOAD_BYTES << 16) /* of one message */

struct actor_event {
	uint8_t kind;
	uint8_t flags;
	uint16_t tag;
	uint32_t seq;
	uint64_t a;
	uint64_t b;
	uint64_t c;
};

/*
 * Fields, that is, columns. X(NAME, name, type, text)
 *	type: how a tool shows the number: TAG and BEHAVIOUR index the plane's tables, PID is an
 *	actor_pid, STRING an offset in the string table, TICKS a clock value (plane.h), NS
 *	nanoseconds, REASON an exit reason, HEX and COUNT plain numbers.
 */
#define ACTOR_FIELD_MAP(X)                                                                         \
	X(NONE, none, COUNT, "the slot is not used")                                               \
	X(TAG, tag, TAG, "message type")                                                           \
	X(BEHAVIOUR, behaviour, BEHAVIOUR, "behaviour of the new actor")                           \
	X(SEQ, seq, COUNT, "the sender's running number for this message")                         \
	X(NTH, nth, COUNT, "the actor's running number for this child, timer, reference or input") \
	X(ACTOR, actor, PID, "the actor that the event is about")                                  \
	X(PEER, peer, PID,                                                                         \
	  "the other actor: sender of what is received, receiver of what is sent")                 \
	X(PARENT, parent, PID, "who spawned the actor")                                            \
	X(IDENTITY, identity, HEX, "stable identity, a hash of the path of (parent, nth child)")   \
	X(HASH, hash, HEX, "hash of the payload's bytes")                                          \
	X(SIZE_DEPTH, size, PAIR, "low half: payload bytes; high half: mailbox length after it")   \
	X(SIZE, size, COUNT, "bytes")                                                              \
	X(LENGTH, length, COUNT, "messages that wait in the mailbox")                              \
	X(TIME, time, TICKS, "when")                                                               \
	X(REASON, reason, REASON, "exit reason or status")                                         \
	X(DELAY, delay_ns, NS, "time until the timer fires")                                       \
	X(LASTED, lasted_ns, NS, "how long the turn has run")                                      \
	X(INTERVAL, interval_ns, NS, "time between firings, 0 for one shot")                       \
	X(REMAINING, remaining_ns, NS, "time that was left; -1 when it had fired already")         \
	X(VALUE, value, HEX, "what the actor was told")                                            \
	X(NAME, name, STRING, "name")                                                              \
	X(TOPIC, topic, COUNT, "enum actor_observed: which shared fact was read")                  \
	X(PART, part, COUNT, "which 24 bytes of the payload, from 0")                              \
	X(BYTES, bytes, HEX, "eight bytes of the payload")

enum actor_field {
#define X(NAME, name, type, text) ACTOR_FIELD_##NAME,
	ACTOR_FIELD_MAP(X)
#undef X
	ACTOR_FIELD_COUNT
};

/*
 * Events. X(number, NAME, name, tag, seq, a, b, c, text)
 *	tag, seq, a, b, c: the field that the slot holds.
 */
#define ACTOR_EVENT_MAP(X)                                                                         \
	X(1, RECV, recv, TAG, SEQ, ACTOR, PEER, TIME, "the actor starts to handle a message")      \
	X(2, SEND, send, TAG, SEQ, PEER, HASH, SIZE_DEPTH, "a message enters a mailbox")           \
	X(3, INPUT, input, NONE, NTH, ACTOR, SIZE, TIME, "a port brings in outside input")         \
	X(4, IDLE, idle, NONE, NONE, NONE, NONE, TIME, "the turn ends; nothing else is ready")     \
	X(5, WAIT, wait, TAG, SEQ, ACTOR, PEER, TIME, "the turn waits for the reply to a call")    \
	X(6, STAMP, stamp, NONE, NONE, NONE, NONE, TIME, "the exact time of the next event")       \
	X(7, SPAWN, spawn, BEHAVIOUR, NTH, ACTOR, PARENT, IDENTITY, "an actor is born")            \
	X(8, EXIT, exit, NONE, NONE, ACTOR, REASON, TIME, "an actor ends")                         \
	X(9, DEAD_LETTER, dead_letter, TAG, SEQ, PEER, ACTOR, NONE,                                \
	  "sent to an actor that is dead")                                                         \
	X(10, LATE_REPLY, late_reply, TAG, SEQ, ACTOR, PEER, NONE,                                 \
	  "a reply that nobody waits for")                                                         \
	X(11, TIMER_START, timer_start, TAG, NTH, ACTOR, DELAY, INTERVAL, "a timer is armed")      \
	X(12, TIMER_CANCEL, timer_cancel, NONE, NTH, ACTOR, REMAINING, NONE,                       \
	  "a timer is cancelled")                                                                  \
	X(13, LINK, link, NONE, NONE, ACTOR, PEER, NONE, "two actors are linked")                  \
	X(14, UNLINK, unlink, NONE, NONE, ACTOR, PEER, NONE, "a link is removed")                  \
	X(15, MONITOR, monitor, NONE, NTH, ACTOR, PEER, NONE, "an actor watches another")          \
	X(16, DEMONITOR, demonitor, NONE, NTH, ACTOR, PEER, NONE, "an actor stops watching")       \
	X(17, REGISTER, register, NONE, NONE, ACTOR, NAME, NONE, "an actor gets a name")           \
	X(18, UNREGISTER, unregister, NONE, NONE, ACTOR, NAME, NONE, "an actor loses its name")    \
	X(19, CLOCK, clock, NONE, NONE, ACTOR, NONE, VALUE, "the turn asked for its time")         \
	X(20, OBSERVE, observe, NONE, TOPIC, ACTOR, PEER, VALUE, "the turn read a shared fact")    \
	X(21, RESTART, restart, NONE, NTH, ACTOR, PEER, REASON, "a supervisor replaced a child")   \
	X(22, WAKE, wake, NONE, NONE, NONE, NONE, TIME, "the scheduler wakes up")                  \
	X(23, MODE, mode, NONE, NONE, NONE, VALUE, TIME,                                           \
	  "a reader was given up; the ring goes on")                                               \
	X(24, POSTPONE, postpone, TAG, SEQ, ACTOR, PEER, NONE,                                     \
	  "the actor puts the message aside until its state changes")                              \
	X(25, GIVE_UP, give_up, NONE, NTH, ACTOR, PEER, REASON,                                    \
	  "a supervisor ends because a child ended once too often")                                \
	X(26, JOIN, join, NONE, NONE, ACTOR, NAME, NONE, "an actor joins a group")                 \
	X(27, LEAVE, leave, NONE, NONE, ACTOR, NAME, NONE, "an actor leaves a group")              \
	X(28, UNHANDLED, unhandled, TAG, SEQ, ACTOR, PEER, NONE,                                   \
	  "the actor has no handler for the message")                                              \
	X(29, MAILBOX_HIGH, mailbox_high, NONE, NONE, ACTOR, LENGTH, NONE,                         \
	  "so many messages wait that an alarm is raised")                                         \
	X(30, MAILBOX_LOW, mailbox_low, NONE, NONE, ACTOR, LENGTH, NONE,                           \
	  "so few messages wait that the alarm is over")                                           \
	X(31, MAILBOX_DROP, mailbox_drop, TAG, SEQ, PEER, ACTOR, NONE,                             \
	  "sent to a full mailbox and thrown away")                                                \
	X(32, STUCK, stuck, TAG, NONE, ACTOR, LASTED, TIME,                                        \
	  "a turn runs longer than the watchdog allows")                                           \
	X(33, UNSTUCK, unstuck, TAG, NONE, ACTOR, LASTED, TIME, "a turn that was stuck has ended") \
	X(34, PAYLOAD, payload, PART, SEQ, BYTES, BYTES, BYTES,                                    \
	  "bytes of the message that is sent next")                                                \
	X(35, OMITTED, omitted, NONE, NONE, NONE, NONE, TIME,                                      \
	  "the turn ends; the recording leaves out what follows")                                  \
	X(36, OUTSIDE, outside, TAG, SEQ, PEER, ACTOR, VALUE,                                      \
	  "a message from outside is sent; its bytes follow")                                      \
	X(37, OUTSIDE_BYTES, outside_bytes, NONE, SEQ, BYTES, BYTES, BYTES,                        \
	  "bytes of the message from outside")

enum actor_event_kind {
#define X(number, NAME, name, tag, seq, a, b, c, text) ACTOR_EVENT_##NAME = (number),
	ACTOR_EVENT_MAP(X)
#undef X
	ACTOR_EVENT_COUNT = 38
};

/*
 * What kind of message a RECV, SEND, DEAD_LETTER, LATE_REPLY or UNHANDLED is about. X(number, NAME,
 * name). It has the lower 4 bits of an event's flags, and all 16 numbers are taken. A new sort of
 * the runtime's own messages needs none: it is a verb of SIGNAL or a type of SYSTEM, as all there
 * are. Should a kind ever be told apart that programs see, bit 0x80 of the flags is free in all
 * five events and is for that: 16 more kinds, which older readers refuse by the format's version.
 */
#define ACTOR_MESSAGE_KIND_MAP(X)                                                           \
	X(0, INFO, info) /* plain send, handled by handle_info */                           \
	X(1, CAST, cast)                                                                    \
	X(2, CALL, call)                                                                    \
	X(3, REPLY, reply)                                                                  \
	X(4, TIMER, timer)                                                                  \
	X(5, INIT, init)          /* the first turn of every actor */                       \
	X(6, EXIT, exit)          /* exit signal, or its message where exits are trapped */ \
	X(7, DOWN, down)          /* a watched actor ended */                               \
	X(8, SIGNAL, signal)      /* the runtime's own: link, unlink, monitor, demonitor */ \
	X(9, SYSTEM, system)      /* introspection, overtakes everything */                 \
	X(10, TIMEOUT, timeout)   /* a call's time ran out */                               \
	X(11, DIED, died)         /* a call's callee ended before it replied */             \
	X(12, CONTINUE, continue) /* from an actor to itself, before all others */          \
	X(13, RESPONSE, response) /* the answer to a request sent earlier */                \
	X(14, ALIASED, aliased)   /* plain send to an alias */                              \
	X(15, ROOM, room)         /* a full mailbox has room for what it was sent */

enum actor_message_kind {
#define X(number, NAME, name) ACTOR_MESSAGE_KIND_##NAME = (number),
	ACTOR_MESSAGE_KIND_MAP(X)
#undef X
	ACTOR_MESSAGE_KIND_COUNT = 16
};

/*
 * Shared facts that a turn can read; the value read is recorded. X(number, NAME, name)
 * MAILBOX is what happened to a message sent to a mailbox with a limit: 0 it is in, 1 it was
 * refused, 2 dropped, 3 its sender waited, 4 that would have been a deadlock; other values are the
 * hash of an older message that was dropped for it.
 * GONE is read with a message that the runtime made for an actor that has ended: what it is about,
 * and why the actor ended, which depends on how far it was when it was asked. SYSTEM, SIGNAL are
 * read by the program's own threads.
 */
#define ACTOR_OBSERVED_MAP(X)                                                           \
	X(1, WHEREIS, whereis)    /* value: pid or 0 */                                 \
	X(2, REGISTER, register)  /* value: status */                                   \
	X(3, CANCEL, cancel)      /* value: remaining ns or -1 */                       \
	X(4, ALIVE, alive)        /* value: 0 or 1 */                                   \
	X(5, DEADLOCK, deadlock)  /* value: 1 when a call was refused */                \
	X(6, CYCLE, cycle)        /* value: the next pid of the circle of callers */    \
	X(7, QUEUED, queued)      /* values: waiting messages, hash of the name or 0 */ \
	X(8, MEMBERS, members)    /* values: how many, then the pids of a group */      \
	X(9, CHILDREN, children)  /* values: how many, then what supervisor.h tells */  \
	X(10, MAILBOX, mailbox)   /* value: see above */                                \
	X(11, BLOCKING, blocking) /* value: status, or whether one was cancelled */     \
	X(12, GONE, gone)         /* values: reference, exit reason */                  \
	X(13, SYSTEM, system)     /* values: the counters, or who is left at the end */ \
	X(14, SIGNAL, signal)     /* value: number of the signal taken, 0: time-out */

enum actor_observed {
#define X(number, NAME, name) ACTOR_OBSERVED_##NAME = (number),
	ACTOR_OBSERVED_MAP(X)
#undef X
	ACTOR_OBSERVED_COUNT = 15
};

#ifdef __cplusplus
static_assert(sizeof(struct actor_event) == 32, "layout on disk and in shared memory");
#else
_Static_assert(sizeof(struct actor_event) == 32, "layout on disk and in shared memory");
#endif

#endif
