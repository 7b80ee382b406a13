/* SPDX-License-Identifier: MIT */
#ifndef PLANE_PLANE_H
#define PLANE_PLANE_H

/*
 * The plane of one actor system, as its own process sees it: the writer's side of actor/plane.h.
 *
 *	plane.c      the file, its regions, its memory
 *	directory.c  where it lies, and the planes of the dead
 *	process.c    what the header says about the process
 *	text.c       the string table
 *	tables.c     message types and behaviours
 *	threads.c    places for threads
 *	lease.c      readers that have died
 *	ring.c       events
 *	bonds.c      links and monitors
 *
 * Bounds: 65535 types, 8191 behaviours, 16 MiB of text, 64 threads, 32768 ends of links and as many
 * of monitors (1 MiB, taken with the first one; what is beyond is not told); the rings and the
 *actor table as large as the options say. The file is sparse; memory is taken as it is needed,
 *always before it is touched, so a full file system is a status here and never a SIGBUS.
 *
 * Thread: everything but plane_create and plane_destroy may be called by any thread at any time.
 *
 * Stability: internal.
 */

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/actor.h>
#include <actor/plane.h>

#define PLANE_TYPES_MAX      65536u /* entries; number 0 is not used */
#define PLANE_BEHAVIOURS_MAX 8192u
#define PLANE_STRINGS_SIZE   (16u << 20)
#define PLANE_BONDS_MAX      65536u /* a power of two */
#define PLANE_STRING_MAX     65535u /* longer text is cut */
#define PLANE_RING_BYTES_MIN ((size_t)64 << 10)
#define PLANE_RING_BYTES_MAX ((size_t)1 << 30)
#define PLANE_CHUNK_SIZE     65536u /* where the ring has room for 4 of them */
#define PLANE_DEAD_KEPT      4      /* planes of dead processes that are kept for their finder */

/* A part of the file that is given memory step by step, from its beginning. */
struct plane_extent {
	size_t offset;
	size_t size;
	size_t step;
	size_t backed; /* (shared) this much has memory */
};

/* What a ring's next owner has to know, see ring.c. Written by the thread that owns the ring. */
struct plane_ring_memory {
	uint64_t first;    /* number of the first event of the newest chunk */
	uint64_t lost;     /* events lost since that chunk was entered */
	uint32_t attached; /* control.attached as the last owner saw it */
	uint32_t backed;   /* chunks that have memory */
};

struct plane_behaviour_slot {
	const struct actor_behaviour *behaviour; /* (shared) NULL: free */
	uint16_t number;
};

struct plane {
	struct actor_plane_header *header; /* the mapping; NULL: nothing is mapped */
	struct actor_plane_control *control;
	struct actor_plane_type *types;
	struct actor_plane_behaviour *behaviours;
	char *strings;
	struct actor_plane_thread *threads;
	struct actor_plane_actor *actors;
	struct actor_plane_birth *births;
	unsigned char *rings;
	struct actor_plane_bond *bonds;
	size_t ring_stride;
	size_t size;
	int fd;
	pthread_mutex_t lock; /* of the tables, the texts, the places of threads */
	char path[PATH_MAX];  /* "" until the file exists */

	/* The plane's own. */
	bool built;                  /* plane_create has begun: there is something to destroy */
	pthread_mutex_t extent_lock; /* taken last */
	struct plane *next;          /* living planes; guarded by the registry's lock */
	struct plane_extent extent[ACTOR_PLANE_REGION_COUNT];
	uint32_t *string_index; /* offsets by hash, 0: free */
	uint32_t string_capacity;
	uint32_t string_count;
	struct plane_behaviour_slot *behaviour_index;
	uint64_t threads_claimed; /* bit i: place i is taken */
	struct plane_ring_memory ring_memory[ACTOR_PLANE_THREADS_MAX];
};

struct plane_known_type {
	const char *name;
	const char *ctype;       /* NULL: none */
	const char *reply_ctype; /* NULL: none */
	uint32_t size;
	uint32_t reply_size;
	bool flexible;
};

struct plane_options {
	uint32_t schedulers; /* 1 .. ACTOR_PLANE_THREADS_MAX */
	uint32_t actors_max; /* 1 .. ACTOR_PLANE_ACTORS_MAX */
	uint64_t seed;
	size_t ring_bytes; /* rounded up to a power of two, clamped to the bounds above */
	int argc;          /* 0: taken from the kernel */
	char **argv;
	int64_t tls_current; /* see actor_plane_header */
	/* Of a program that forks and goes on in its child: the lines of actors are its own. */
	bool private_actors;
	/* Types that keep the numbers 1, 2, ... that they had in another run. */
	const struct plane_known_type *known;
	uint32_t known_count;
};

/*
 * Makes the file and maps it. Whatever happens, plane_destroy may be called afterwards.
 * Errors: ACTOR_EINVALID, ACTOR_EACCESS (the directory is not ours alone), ACTOR_EPLANE (it cannot
 * be made, or there is no memory for it), ACTOR_ENO_MEMORY.
 */
int plane_create(struct plane *plane, const struct plane_options *options);

/*
 * Says that the system ended in good order, removes the file, unmaps it. NULL, a zeroed plane and a
 * half-built one are fine. No thread may use the plane any more.
 */
void plane_destroy(struct plane *plane);

/* Sees to it that the lines and births of slots [0, slots) have memory. ACTOR_ENO_MEMORY. */
int plane_actors_reserve(struct plane *plane, uint32_t slots);

/*
 * Puts text into the plane; equal texts share an offset.
 * Returns: the text's offset; 0 when it is empty or the table is full.
 */
uint32_t plane_string(struct plane *plane, const char *text, size_t length);

/*
 * Tells readers of one end of a bond, and takes it back. A table that is full is no error: they are
 * told that there are others. Thread: the owner's.
 */
enum plane_bond {
	PLANE_BOND_LINK,
	PLANE_BOND_MONITOR
};
void plane_bond_add(struct plane *plane, enum plane_bond kind, struct actor_pid owner,
		    struct actor_pid peer);
void plane_bond_remove(struct plane *plane, enum plane_bond kind, struct actor_pid owner,
		       struct actor_pid peer);

/* The text at an offset that plane_string gave; it lives as long as the plane. */
static inline const char *plane_text(const struct plane *plane, uint32_t offset)
{
	return plane->strings + offset + sizeof(uint32_t);
}

/* The slow half of plane_type. */
uint16_t plane_type_add(struct plane *plane, struct actor_type *type);

/*
 * The type's number, the same in all planes of the process; 0 when the table is full. A type lives
 * as long as the program does.
 */
static inline uint16_t plane_type(struct plane *plane, struct actor_type *type)
{
	/* Acquire: pairs with the release in plane_type_add; the tables know the number. */
	uint32_t number = __atomic_load_n(&type->number, __ATOMIC_ACQUIRE);

	if (__builtin_expect(number != 0, 1))
		return (uint16_t)number;
	return plane_type_add(plane, type);
}

/* Bytes of the reply to requests of type `tag`; 0 for tags that were never given out. */
static inline uint32_t plane_reply_size(const struct plane *plane, uint16_t tag)
{
	return tag <= __atomic_load_n(&plane->control->types_used, __ATOMIC_ACQUIRE)
		       ? plane->types[tag].reply_size
		       : 0;
}

/*
 * The behaviour's number, told by its address; 0 when the table is full. Without a lock for those
 * that are known.
 */
uint16_t plane_behaviour(struct plane *plane, const struct actor_behaviour *behaviour);

/*
 * A place for the calling thread, and a ring. Schedulers get places [0, schedulers), others the
 * rest. Returns: the index, -1 when all are taken.
 */
int plane_thread_claim(struct plane *plane, enum actor_plane_thread_kind kind, const char *name);
/* The place may be given to another thread; what is in its ring stays. -1 is fine. */
void plane_thread_release(struct plane *plane, int index);

/*
 * Ends the leases in `candidates` (bit i: lease i) whose readers gave no sign of life for
 * `patience_ns`. Returns those that were ended. Writers do this for readers that are in their way;
 * someone who is awake anyway (the timer thread) should call it about once a second with
 * PLANE_LEASES_ALL, so that a dead reader does not leave the counters on.
 */
uint32_t plane_leases_lapse(struct plane *plane, uint32_t candidates, uint64_t patience_ns);

#define PLANE_LEASES_ALL ((1u << ACTOR_PLANE_LEASES_MAX) - 1)
/* Nobody waits for these readers, so they are judged less strictly than the contract allows. */
#define PLANE_LEASES_PATIENCE_NS (10 * ACTOR_PLANE_LEASE_LAPSE_NS)

static inline enum actor_plane_mode plane_lease_mode(uint64_t active, unsigned lease)
{
	return (enum actor_plane_mode)((active >> (8 * lease)) & 0xff);
}

static inline struct actor_plane_ring *plane_ring(const struct plane *plane, int index)
{
	return (struct actor_plane_ring *)(void *)(plane->rings +
						   (size_t)index * plane->ring_stride);
}

/* ---- Between the plane's own files -------------------------------------------------------------
 */

/* plane.c: gives memory to the first `bytes` of a region. Thread safe. */
int plane_extent_reserve(struct plane *plane, enum actor_plane_region_id region, size_t bytes);
/* plane.c: the same for any part of the file. ACTOR_ENO_MEMORY. */
int plane_back(const struct plane *plane, size_t offset, size_t size);
/* plane.c: maps memory that is there, so that touching it does not fault. Cannot fail. */
void plane_populate(void *memory, size_t size);

/* text.c: plane_string for who holds the lock. `text` may be NULL. */
uint32_t plane_string_locked(struct plane *plane, const char *text, size_t length);
uint32_t plane_text_locked(struct plane *plane, const char *text);
int plane_text_init(struct plane *plane);

/*
 * tables.c: all types known so far go into a new plane, and those to come too. Before: numbers are
 * set aside for types of another run; `known` must last. Nothing where there are types already.
 */
int plane_tables_init(struct plane *plane);
void plane_tables_know(const struct plane_known_type *known, uint32_t count);
void plane_tables_forget(struct plane *plane);

/* directory.c: opens and locks a new file, sets path and fd. `start_time` of this process. */
int plane_file_create(struct plane *plane, uint64_t start_time);

/* process.c */
int plane_process_start(uint32_t pid, uint64_t *ret_start_time);
void plane_process_describe(struct plane *plane, const struct plane_options *options);
void plane_process_boot_id(uint8_t boot_id[16]);

#endif
