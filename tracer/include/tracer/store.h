/* SPDX-License-Identifier: MIT */
#ifndef TRACER_STORE_H
#define TRACER_STORE_H

/*
 * The writing side of a trace file. tracer/schema.sql says what is in it, tracer/store/codec.h how
 * events are packed.
 *
 * A writer belongs to one thread. Every function returns 0 or a negative errno; the words for it
 * are in trace_writer_error(). After a failure of the file itself (disk full) every further call
 * fails with the same status, so a caller may check only where it commits. Strings and arrays
 * passed in are copied before the call returns; nothing is kept. Text must be UTF-8 or is stored
 * as it is; who prints it makes it safe.
 *
 * Memory: about 1.5 MiB for every thread that has events, whatever the length of the recording,
 * and about 100 bytes for every actor.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/event.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRACE_APPLICATION_ID UINT32_C(0x41435452) /* "ACTR" */
#define TRACE_FORMAT_VERSION 5
#define TRACE_CHUNK_EVENTS   8192

struct trace_writer; /* writes one trace file */

struct trace_writer_options {
	size_t size;         /* sizeof(struct trace_writer_options) of the caller */
	const char *path;    /* of the file to make */
	const char *command; /* the recording command line, NULL: not known */
};

/* How much a finished recording holds. */
struct trace_totals {
	uint64_t events;
	uint64_t turns;
	uint64_t messages; /* handled by actors, as in `select count(*) from messages` */
	uint64_t actors;
	uint64_t gaps;
	uint64_t lost;        /* events known to be lost, sum over the gaps */
	uint64_t kernel;      /* rows of the kernel's view */
	uint64_t duration_ns; /* first event to last event */
	uint64_t last_ticks;  /* the last event's, 0: none has a time */
	uint64_t file_bytes;
};

/*
 * What is known of an actor. 0 or NULL means not known; what is known already is never overwritten
 * by not known.
 */
struct trace_actor {
	uint64_t pid; /* struct actor_pid's bits, not 0 */
	uint64_t parent;
	uint64_t identity;
	uint32_t nth; /* the parent's nth child */
	uint16_t behaviour;
	uint8_t kind;     /* enum actor_plane_kind */
	const char *name; /* registered name or label */
	uint64_t spawn_ticks;
	uint64_t exit_ticks;
	int64_t exit_reason; /* as in an EXIT event */
	uint32_t restarts;
};

/* What the ring's chunk says about where its events stand. */
struct trace_context {
	uint64_t actor;     /* pid whose turn was running before the first event, 0: none */
	uint64_t turn_time; /* ticks at which that turn began */
	uint64_t first;     /* number of the first event of this batch in its ring */
};

/*
 * Makes the file and stores `complete = 0` in it, so that a recorder that is killed leaves a file
 * that opens. A file that exists and is not empty is never overwritten: -EEXIST. On failure
 * *ret_writer is untouched and `error` says what failed, why and what to do.
 * Owns: the caller destroys *ret_writer.
 */
int trace_writer_create(const struct trace_writer_options *options,
			struct trace_writer **ret_writer, char *error, size_t error_size);

/* Which process a file is about. */
struct trace_process {
	uint32_t pid;
	uint64_t start_time;
	const char *boot_id; /* as in the file */
};

/*
 * Goes on in a file that its recorder did not finish, because it was killed. What it had committed
 * stays. -EEXIST: it is finished, or about another process; -EBUSY: its recorder still writes.
 */
int trace_writer_resume(const struct trace_writer_options *options,
			const struct trace_process *process, struct trace_writer **ret_writer,
			char *error, size_t error_size);

/*
 * In a file that was gone on with: how far the ring was stored, and the number that its next event
 * has in the file. Both 0: it was not.
 */
void trace_writer_stored(const struct trace_writer *writer, uint32_t thread, uint64_t *ret_position,
			 uint64_t *ret_next);

/* A fact about the recording: program, argv, seed, build_id ... The last value of a key counts. */
int trace_writer_meta(struct trace_writer *writer, const char *key, const char *value);
int trace_writer_meta_int(struct trace_writer *writer, const char *key, int64_t value);

/*
 * The three clocks read at one instant. At least one reading is needed; two or more let ticks be
 * turned into nanoseconds without trusting the program's own calibration (which is the meta key
 * ticks_per_second). The first reading is nanosecond 0 of the session unless the meta key
 * ticks_start says otherwise.
 */
int trace_writer_clock(struct trace_writer *writer, uint64_t ticks, uint64_t monotonic_ns,
		       uint64_t realtime_ns);

/* One line of the plane's table of types, of behaviours, of strings, of threads. Repeatable. */
int trace_writer_type(struct trace_writer *writer, uint16_t number, const char *name,
		      const char *ctype, uint32_t size, bool flexible, const char *reply_ctype,
		      uint32_t reply_size);
int trace_writer_behaviour(struct trace_writer *writer, uint16_t number, const char *name,
			   const char *state_ctype, uint32_t state_size);
int trace_writer_string(struct trace_writer *writer, uint32_t offset, const char *text);
int trace_writer_thread(struct trace_writer *writer, uint32_t thread, uint32_t kind, uint32_t tid,
			const char *name);

/*
 * What is known of an actor from the actor table. The writer takes births, ends, names and restarts
 * from the events by itself; this adds what events cannot say, or what was lost with them.
 */
int trace_writer_actor(struct trace_writer *writer, const struct trace_actor *actor);

/*
 * A run of consecutive events of one ring. `thread` is the ring's index, below
 * ACTOR_PLANE_THREADS_MAX. Events are packed once TRACE_CHUNK_EVENTS of them are together, or when
 * trace_writer_commit finds them old; see there for when they are safe.
 */
int trace_writer_events(struct trace_writer *writer, uint32_t thread,
			const struct trace_context *context, const struct actor_event *events,
			size_t count);

/* The first `size` bytes of the payload of message (sender, number). */
int trace_writer_payload(struct trace_writer *writer, uint64_t sender, uint32_t number,
			 const void *bytes, size_t size);

/* The C types of payloads and states: BTF, see types_subset. The last one counts. */
int trace_writer_btf(struct trace_writer *writer, const void *data, size_t size);

/* `count` events of `thread` are lost (0: how many is not known), between two times, and why. */
int trace_writer_gap(struct trace_writer *writer, uint32_t thread, uint64_t from_ticks,
		     uint64_t to_ticks, uint64_t count, const char *reason);

/* ---- the kernel's view, actor-trace record --kernel ---- */

/* In the table gap, where other rows name a ring: what the kernel saw is missing. */
#define TRACE_THREAD_KERNEL 65

enum trace_kernel_kind {
	TRACE_KERNEL_OFF = 1,    /* a thread was off its CPU */
	TRACE_KERNEL_FAULTS = 2, /* page faults of a turn */
	TRACE_KERNEL_SAMPLE = 3  /* where a thread was when a clock struck */
};

/* Why it was off its CPU, or where it was. Numbers are for ever. X(number, NAME, name) */
#define TRACE_KERNEL_CAUSE_MAP(X)                                                              \
	X(1, PREEMPTED, "preempted")                                                           \
	/* it could have gone on */ X(                                                         \
		2, SYSCALL,                                                                    \
		"system call") /* it waited in one; a sample: it was in one */ X(3, FAULT,     \
										 "page fault") \
		X(4, OTHER, "kernel") X(5, USER, "user") /* a sample in the program itself */

enum trace_kernel_cause {
#define X(number, NAME, name) TRACE_KERNEL_CAUSE_##NAME = (number),
	TRACE_KERNEL_CAUSE_MAP(X)
#undef X
};

struct trace_kernel_row {
	uint64_t time_ns;    /* CLOCK_MONOTONIC; when it began */
	uint64_t first_ns;   /* OFF: asleep for so long; FAULTS: from the first to the last */
	uint64_t second_ns;  /* OFF: then ready to run, without a CPU; FAULTS: their cost, about */
	uint64_t actor;      /* pid whose turn it was, 0: nobody's */
	uint64_t turn_ticks; /* when that turn began, or went on after a wait; 0: between two */
	uint64_t count;      /* FAULTS: how many; SAMPLE: 1 */
	uint32_t tid;
	uint32_t cpu;
	uint32_t syscall; /* number + 1, 0: none */
	uint32_t by;      /* number of the task that had the CPU, 0: not known, or idle */
	uint32_t waker;   /* number of the task that woke it up */
	uint32_t stack;   /* number of the stack, 0: none */
	uint16_t tag;
	uint8_t kind;  /* enum trace_kernel_kind */
	uint8_t cause; /* enum trace_kernel_cause */
};

/* A row; it is packed with others, and stored with a commit within about a second. */
int trace_writer_kernel(struct trace_writer *writer, const struct trace_kernel_row *row);

/* What the rows' numbers mean. A stack is its frames from the outermost, separated by ';'. */
int trace_writer_kernel_task(struct trace_writer *writer, uint32_t number, uint32_t pid,
			     uint32_t tid, const char *comm);
int trace_writer_kernel_stack(struct trace_writer *writer, uint32_t number, const char *frames);
int trace_writer_kernel_syscall(struct trace_writer *writer, uint32_t number, const char *name);

/* `count` records of the kernel are lost, between two times of CLOCK_MONOTONIC. */
int trace_writer_kernel_gap(struct trace_writer *writer, uint64_t from_ns, uint64_t to_ns,
			    uint64_t count, const char *reason);

/* The kernel is watched from, and to, that time of CLOCK_MONOTONIC. */
int trace_writer_kernel_from(struct trace_writer *writer, uint64_t monotonic_ns);
int trace_writer_kernel_to(struct trace_writer *writer, uint64_t monotonic_ns);

/* ---- the end ---- */

/*
 * How far a ring has been handed over: the number of the next event. Stored in the same
 * transaction as the events, so that whoever takes up the plane later knows where to go on.
 */
int trace_writer_position(struct trace_writer *writer, uint32_t thread, uint64_t next_event);

/*
 * Packs and writes everything handed over before. When it has returned 0, no kill of the recorder
 * loses any of it, and a ring's tail may be advanced. (A crash of the machine may.) Cheap when
 * there is nothing to write; call it a few times a second, or after each MiB of events.
 */
int trace_writer_commit(struct trace_writer *writer);

/* Bytes of the file and of its journal so far. */
uint64_t trace_writer_bytes(const struct trace_writer *writer);

/*
 * The same without what is not packed yet, for a recorder that is in a hurry: a chunk that is not
 * full is packed again when it has grown. trace_writer_unpacked() says what is safe then: all of a
 * ring's events before that number.
 */
int trace_writer_commit_packed(struct trace_writer *writer);

/* The first event of a ring that is not packed yet; UINT64_MAX: all are that were handed over. */
uint64_t trace_writer_unpacked(const struct trace_writer *writer, uint32_t thread);

/*
 * Commits, completes the roll-ups, stores `complete = 1` and folds the journal into the file, so
 * that a single file remains. Only trace_writer_destroy may follow. ret_totals may be NULL.
 */
int trace_writer_finish(struct trace_writer *writer, struct trace_totals *ret_totals);

/*
 * Closes the file; what was not committed is lost. Accepts NULL, returns NULL. Without a
 * trace_writer_finish the file stays marked as incomplete.
 */
struct trace_writer *trace_writer_destroy(struct trace_writer *writer);

/* What the last failure was: what, why, what to do. "" without one. Valid until the next call. */
const char *trace_writer_error(const struct trace_writer *writer);

#ifdef __cplusplus
}
#endif

#endif
