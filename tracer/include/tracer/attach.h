/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_H
#define TRACER_ATTACH_H

/*
 * Planes as a reader sees them: where they lie, whether their program lives, and what is in them.
 *
 * Nothing in a plane is trusted. plane_view_open() checks the header against the size of the file
 * and keeps its own copy; every accessor checks the index or offset it is given and copies what it
 * finds. The owner of the file may still cut it short under the mapping: the pages that are gone
 * read as zeros then and plane_view_damaged() says so; no read of a plane ends the reading program.
 * For that, the first plane_view_open() of a process installs a handler for SIGBUS. It handles
 * faults in planes only and passes all others on to the handler that it found.
 *
 * Statuses are negated errnos; where a function has an `error` buffer, it holds a sentence that
 * says what, why and what to do. Out-parameters are untouched on failure.
 *
 * Thread: a plane may be read by several threads at once; opening and closing is for one.
 */

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/plane.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a plane is refused. X(NAME, errno, text) */
#define PLANE_STATUS_MAP(X)                                                     \
	X(FOREIGN, ENOEXEC, "it is not a plane")                                \
	X(BYTE_ORDER, EILSEQ, "it was made on a machine of another byte order") \
	X(VERSION, EPROTONOSUPPORT, "its layout is of another version")         \
	X(NOT_READY, EAGAIN, "its program is still setting it up")              \
	X(TRUNCATED, ENODATA, "it is shorter than it says")                     \
	X(DAMAGED, EBADMSG, "it contradicts itself")                            \
	X(OWNER, EACCES, "it belongs to another user")                          \
	X(DEAD, ESRCH, "its program has ended")                                 \
	X(BUSY, EBUSY, "all of its leases are taken")

enum plane_status {
	PLANE_OK = 0,
#define X(NAME, number, text) PLANE_E##NAME = -(number),
	PLANE_STATUS_MAP(X)
#undef X
};

/* ---- Processes and names ------------------------------------------------------------------- */

enum plane_life {
	PLANE_LIVING, /* its process runs */
	PLANE_ENDED,  /* its system was destroyed in good order */
	PLANE_DEAD    /* its process is gone, or the machine was started anew */
};

/* A plane's file name: <pid>-<start time>[.<n>].plane */
struct plane_name {
	uint32_t pid;
	uint32_t nth; /* 0 without a number */
	uint64_t start_time;
};

/* A file in the runtime directory that is named like a plane. */
struct plane_file {
	struct plane_name id;
	char name[64];
};

/* -EINVAL: not the name of a plane. */
int plane_name_parse(const char *name, struct plane_name *ret_name);

/*
 * The planes in `directory`, ordered by pid, start time and number. A directory that does not
 * exist holds none.
 * Owns: the caller frees *ret_files.
 */
int plane_files_list(const char *directory, struct plane_file **ret_files, size_t *ret_count);

/* Start time of a running process, field 22 of /proc/PID/stat; -ESRCH when there is none. */
int process_start_time(uint32_t pid, uint64_t *ret_start_time);

/* Whether the process that once had this pid and start time still runs. */
bool process_lives(uint32_t pid, uint64_t start_time);

/* ---- Clocks -------------------------------------------------------------------------------- */

/* Three clocks at one instant, as far as that is possible. */
struct plane_instant {
	uint64_t ticks;
	uint64_t monotonic_ns;
	uint64_t realtime_ns;
};

/* `clock` is an enum actor_plane_clock; -EOPNOTSUPP: this machine has no such clock. */
int plane_clock_sample(uint32_t clock, struct plane_instant *ret_instant);

/* CLOCK_MONOTONIC, what leases are timed with. */
uint64_t plane_clock_monotonic(void);

/* ---- Planes -------------------------------------------------------------------------------- */

struct plane_view; /* one plane, mapped for reading */

/*
 * Maps the plane at `path`. Returns PLANE_E* or another negated errno (-ENOENT, -EMFILE, ...);
 * `error` says more. The file may be unlinked afterwards; what is mapped stays.
 * Owns: the caller closes *ret_plane.
 */
int plane_view_open(const char *path, struct plane_view **ret_plane, char *error,
		    size_t error_size);

/* Accepts NULL, returns NULL. */
struct plane_view *plane_view_close(struct plane_view *plane);

const char *plane_view_path(const struct plane_view *plane);

/* The header as it was when the plane was opened, checked. `ended` in it is stale. */
const struct actor_plane_header *plane_view_header(const struct plane_view *plane);

enum plane_life plane_view_life(const struct plane_view *plane);

/* The file was cut short or could not be read since it was opened. Zeros were read instead. */
bool plane_view_damaged(const struct plane_view *plane);

/* High-water marks, never more than the plane has room for. */
struct plane_counts {
	uint32_t types;        /* numbers 1..n */
	uint32_t behaviours;   /* numbers 1..n */
	uint32_t strings;      /* bytes */
	uint32_t threads;      /* 0..n-1 */
	uint32_t actors;       /* slots 0..n-1 */
	uint64_t lost_threads; /* events of threads that got no ring */
};

void plane_view_counts(const struct plane_view *plane, struct plane_counts *ret_counts);

/*
 * Copies the string at `offset`, cut to fit, always ended by a NUL where size > 0. The bytes are
 * those of the program: whoever prints them makes them safe.
 * Returns: the string's length, or PLANE_EDAMAGED (and "" in `text`) when there is none.
 */
int plane_view_string(const struct plane_view *plane, uint32_t offset, char *text, size_t size);

/*
 * The offset of the string that follows the one at `offset`; begin with 0. PLANE_EDAMAGED when
 * there is no string at `offset`, -ENOENT at the end.
 */
int plane_view_string_next(const struct plane_view *plane, uint32_t offset, uint32_t *ret_offset);

/* One line of a table. -ENOENT: that number is not in use. */
int plane_view_type(const struct plane_view *plane, uint32_t number,
		    struct actor_plane_type *ret_type);
int plane_view_behaviour(const struct plane_view *plane, uint32_t number,
			 struct actor_plane_behaviour *ret_behaviour);
int plane_view_thread(const struct plane_view *plane, uint32_t index,
		      struct actor_plane_thread *ret_thread);
int plane_view_lease(const struct plane_view *plane, uint32_t index,
		     struct actor_plane_lease *ret_lease);

/* Mode of lease `index`; NONE where it is not in force. */
enum actor_plane_mode plane_view_lease_mode(const struct plane_view *plane, uint32_t index);

/* An actor's line word by word, each word whole, the line not at one instant. -ENOENT: no slot. */
int plane_view_actor(const struct plane_view *plane, uint32_t slot,
		     struct actor_plane_actor *ret_actor);

/*
 * Where the actor that has `generation` in `slot` came from. -ENOENT: not known, or the slot has
 * been given to another actor meanwhile.
 */
int plane_view_birth(const struct plane_view *plane, uint32_t slot, uint32_t generation,
		     struct actor_plane_birth *ret_birth);

enum plane_bond_kind {
	PLANE_BOND_LINK,       /* they are linked */
	PLANE_BOND_WATCHES,    /* the actor watches the peer */
	PLANE_BOND_WATCHED_BY, /* the peer watches the actor */
	PLANE_BOND_KINDS
};

/*
 * Calls `take` for each link and monitor of an actor, one after the other as they lie in the plane;
 * looks at all that there are, 1 MiB. *ret_more: the program had no room to tell of others.
 */
void plane_view_bonds(const struct plane_view *plane, uint64_t pid,
		      void (*take)(void *user, enum plane_bond_kind kind, uint64_t peer),
		      void *user, bool *ret_more);

/*
 * For viewers that look at a million lines a second: the line itself, in the mapping, NULL when
 * there is no such slot. Read its words with __atomic_load_n, each at most once.
 */
const struct actor_plane_actor *plane_view_actor_line(const struct plane_view *plane,
						      uint32_t slot);

/* The head of ring `index`, and a chunk's place in it; NULL when there is no such ring. */
const struct actor_plane_ring *plane_view_ring(const struct plane_view *plane, uint32_t index);
const struct actor_plane_chunk *plane_view_chunk(const struct plane_view *plane, uint32_t ring,
						 uint64_t number);

/* Events that fit into a chunk, at least 1. */
uint32_t plane_view_chunk_events(const struct plane_view *plane);

/*
 * A second, writable mapping of the control region alone: for leases and nothing else. The program
 * must live. Owned by the plane; the same mapping at every call.
 */
int plane_view_control(struct plane_view *plane, struct actor_plane_control **ret_control);

/* ---- Summaries ------------------------------------------------------------------------------ */

/* One plane in a few words, for lists of programs. */
struct plane_summary {
	struct plane_name id;
	char path[PATH_MAX + 80];
	char program[PATH_MAX];
	char refusal[PATH_MAX + 512]; /* why it cannot be read, "" when it can */
	enum plane_life life;
	uint32_t schedulers;
	uint32_t actors;
	uint64_t messages; /* handled, ever */
	uint64_t since_ns; /* CLOCK_REALTIME of its start */
	uint32_t recorder; /* pid of who takes its events, 0: nobody */
};

/* Opens the plane, looks and closes it. What cannot be read has a `refusal` and no more. */
void plane_look(const char *directory, const struct plane_file *file,
		struct plane_summary *ret_summary);

#ifdef __cplusplus
}
#endif

#endif
