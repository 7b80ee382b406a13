/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_PLANE_H
#define ACTOR_PLANE_H

/*
 * Contract 2: the plane, one shared-memory file per actor system. Data only.
 *
 * Stability: ACTOR_PLANE_VERSION names the layout. A reader refuses versions it does not know and
 * finds everything else by the offsets in the header. A reader trusts nothing: it checks every
 * offset, count, index and length against the size of the file before it follows them.
 *
 *	header      one page: what this is, who made it, clock, where the regions are
 *	control     leases of the readers, high-water marks, counters
 *	types       one line per message type          } append-only, numbered from 1,
 *	behaviours  one line per behaviour             } never renumbered while the system lives
 *	strings     append-only text, offset 0 is ""
 *	threads     one struct per thread that can emit: who runs there now
 *	actors      one 64-byte line per slot: the truth that viewers read
 *	births      one 32-byte line per slot: where the actor came from
 *	rings       one ring per thread, same index as in threads
 *	bonds       who is linked to whom, who watches whom
 *
 * The file is called <pid>-<start time>[.<n>].plane and lies in the directory that
 * actor/plane_path.h names, mode 0700; the file has mode 0600. It is removed when its system is
 * destroyed and otherwise outlives the process, so that nothing published is lost to a kill.
 *
 * Words shared between processes are plain integers here and are accessed with the compiler's
 * __atomic built-ins; "(shared)" marks them, the rest is written before `ready` and constant.
 */

#include <stdint.h>

#include <actor/event.h>

#define ACTOR_PLANE_MAGIC       UINT64_C(0x314e414c50544341) /* "ACTPLAN1" in memory */
#define ACTOR_PLANE_VERSION     2
#define ACTOR_PLANE_SUFFIX      ".plane"

#define ACTOR_PLANE_THREADS_MAX 64
#define ACTOR_PLANE_LEASES_MAX  8
#define ACTOR_PLANE_ACTORS_MAX  (1u << 24)

/* X(NAME, name) */
#define ACTOR_PLANE_REGION_MAP(X) \
	X(CONTROL, control)       \
	X(TYPES, types)           \
	X(BEHAVIOURS, behaviours) \
	X(STRINGS, strings)       \
	X(THREADS, threads)       \
	X(ACTORS, actors)         \
	X(BIRTHS, births)         \
	X(RINGS, rings)           \
	X(BONDS, bonds)

enum actor_plane_region_id {
#define X(NAME, name) ACTOR_PLANE_REGION_##NAME,
	ACTOR_PLANE_REGION_MAP(X)
#undef X
	ACTOR_PLANE_REGION_COUNT
};

/* `count` elements, `stride` bytes apart; strings has stride 1. */
struct actor_plane_region {
	uint64_t offset;
	uint64_t stride;
	uint64_t count;
};

enum actor_plane_clock {
	ACTOR_PLANE_CLOCK_MONOTONIC = 0, /* ticks are CLOCK_MONOTONIC ns */
	ACTOR_PLANE_CLOCK_TSC = 1,       /* x86-64 rdtsc, invariant */
	ACTOR_PLANE_CLOCK_CNTVCT = 2     /* aarch64 virtual counter */
};

struct actor_plane_header {
	uint64_t magic;
	uint32_t version;
	uint32_t event_version;
	uint32_t byte_order;  /* 0x01020304 as the writer stores it */
	uint32_t header_size; /* sizeof(struct actor_plane_header) of the writer */
	uint64_t size;        /* of the whole file; regions lie inside it */
	uint32_t ready;       /* (shared) 1 once everything above and below is in place */
	uint32_t ended;       /* (shared) 1 once the system was destroyed in good order */

	uint32_t pid;
	uint32_t uid;
	uint64_t start_time; /* field 22 of /proc/PID/stat: with pid, tells a process from its heir
			      */
	uint8_t boot_id[16]; /* of this boot; a plane of another boot is dead */
	uint8_t build_id[20];
	uint32_t build_id_size; /* 0 when the program has none */

	uint32_t clock;              /* enum actor_plane_clock */
	uint32_t scheduler_count;    /* threads[0 .. scheduler_count) are schedulers */
	uint64_t ticks_per_second;   /* as the program measured it; readers refine it */
	uint64_t ticks_start;        /* the three clocks read at one instant, at creation */
	uint64_t monotonic_start_ns; /* CLOCK_MONOTONIC */
	uint64_t realtime_start_ns;  /* CLOCK_REALTIME */

	uint64_t seed;            /* the session's root seed */
	uint32_t chunk_size;      /* bytes of a ring's chunk, its header included; a power of two */
	uint32_t chunks_per_ring; /* a power of two */
	/*
	 * thread pointer + this = an address in the program: there lies the pid whose visit it is,
	 * and behind it the address of the thread's struct actor_plane_thread. The pid is there
	 * from a visit's begin to its end; where it and `current` differ, no turn runs.
	 */
	int64_t tls_current;
	uint32_t argv;    /* string: the command line, arguments separated by spaces */
	uint32_t program; /* string: path of the executable */
	char session[32]; /* LIBACTOR_SESSION of the process, "" without a recorder */

	struct actor_plane_region region[ACTOR_PLANE_REGION_COUNT];
};

/*
 * How a reader wants to be served. The values are ordered: a ring obeys the strictest of its
 * leases.
 *
 *	COUNTERS  no events; only the counters that cost a time stamp (busy time)
 *	FLIGHT    events; the writer overwrites the oldest and the reader notices that it was lapped
 *	DISCARD   events; the writer drops new ones, and counts them, while its ring is full
 *	LOSSLESS  events; the writer waits while its ring is full, for as long as the reader lives
 */
enum actor_plane_mode {
	ACTOR_PLANE_MODE_NONE = 0,
	ACTOR_PLANE_MODE_COUNTERS = 1,
	ACTOR_PLANE_MODE_FLIGHT = 2,
	ACTOR_PLANE_MODE_DISCARD = 3,
	ACTOR_PLANE_MODE_LOSSLESS = 4
};

/*
 * A reader's lease.
 *
 * Taking one: CAS owner_pid from 0 to the own pid; fill owner_start, events, payload_max,
 * heartbeat_ns; for every ring set tail[i] to that ring's head; then set byte i of control.active
 * to the mode (release). From its next visit on, each thread emits. Keeping it: renew heartbeat_ns
 * at least every ACTOR_PLANE_LEASE_RENEW_NS. Advancing: store tail[i] (release), then if `waiting`
 * is not 0, increment `wake` and futex-wake it. Giving it back: byte i of control.active = 0,
 * futex-wake `wake`, then owner_pid = 0.
 *
 * A writer that finds a lease not renewed for ACTOR_PLANE_LEASE_LAPSE_NS clears its byte in
 * control.active and goes on; the reader sees that its mode is gone (and a MODE event follows).
 * A reader may take over a lease whose owner is dead, after the byte is cleared.
 */
/*
 * In `events`: the reader wants to know the order and does not need to know when exactly. Where all
 * readers say so, a thread takes a new stamp about every 2 us while its turns are shorter than
 * that, and where an actor comes from another thread; the turns between have the last one. The
 * order of each actor's events by time is as exact as with all stamps.
 */
#define ACTOR_PLANE_COARSE (UINT64_C(1) << 62)

struct actor_plane_lease {
	uint32_t owner_pid;    /* (shared) 0: free */
	uint32_t wake;         /* (shared) futex: incremented when tails advance */
	uint32_t waiting;      /* (shared) writers that wait on `wake` */
	uint32_t payload_max;  /* (shared) bytes of each payload, where `events` has PAYLOAD */
	uint64_t owner_start;  /* (shared) start time of the owner, as in the header */
	uint64_t heartbeat_ns; /* (shared) CLOCK_MONOTONIC of the last sign of life */
	uint64_t events;       /* (shared) bit k: wants events of kind k; ACTOR_PLANE_COARSE */
	uint64_t reserved2[3];
	uint64_t tail[ACTOR_PLANE_THREADS_MAX]; /* (shared) chunks of ring i that may be overwritten
						 */
};

#define ACTOR_PLANE_LEASE_RENEW_NS UINT64_C(20000000)
#define ACTOR_PLANE_LEASE_LAPSE_NS UINT64_C(100000000)

struct actor_plane_control {
	uint64_t active;   /* (shared) byte i: enum actor_plane_mode of lease i; 0: nobody reads */
	uint32_t attached; /* (shared) futex: incremented by each reader that took a lease */
	uint32_t reserved;
	uint32_t types_used;      /* (shared) highest number in use; entries 1..n are complete */
	uint32_t behaviours_used; /* (shared) the same */
	uint32_t strings_used;    /* (shared) bytes in use; the text below it is complete */
	uint32_t threads_used;    /* (shared) threads[0..n) and their rings are in use */
	uint32_t actors_used;     /* (shared) slots [0..n) have been used; none above */
	uint32_t bonds;           /* (shared) enum actor_plane_bonds */
	uint64_t lost_threads;    /* (shared) events of threads that got no ring */
	/*
	 * How to find an actor's state in the program's memory: what the program keeps of slot i
	 * lies at cells + i * cell_size and has at these offsets its generation (32 bits), the
	 * address of the state, a word that is 0 between turns, and a count of turns (32 bits).
	 */
	uint64_t cells; /* (shared) address in the program, 0: not told */
	uint16_t cell_size;
	uint8_t cell_generation;
	uint8_t cell_state;
	uint8_t cell_turn;
	uint8_t cell_turns;
	uint16_t reserved3;
	struct actor_plane_lease lease[ACTOR_PLANE_LEASES_MAX];
};

/* A message type. Type numbers are the `tag` of messages. */
struct actor_plane_type {
	uint32_t name;        /* string */
	uint32_t ctype;       /* string: C type of the payload, 0 when there is none */
	uint32_t size;        /* payload bytes, or the least where `flexible` */
	uint32_t flexible;    /* 1: more bytes may follow the C type */
	uint32_t reply_ctype; /* string, 0: not a request or an empty reply */
	uint32_t reply_size;
	uint32_t reserved[2];
};

struct actor_plane_behaviour {
	uint32_t name;        /* string */
	uint32_t state_ctype; /* string, 0 when not said */
	uint32_t state_size;
	uint32_t reserved;
};

/* Text: a 32-bit length, the bytes, a NUL, padding to 4. Offsets name the length word. */

enum actor_plane_thread_kind {
	ACTOR_PLANE_THREAD_NONE = 0,
	ACTOR_PLANE_THREAD_SCHEDULER = 1,
	ACTOR_PLANE_THREAD_IO = 2,       /* runs ports */
	ACTOR_PLANE_THREAD_TIMER = 3,    /* fires timers, watches the schedulers */
	ACTOR_PLANE_THREAD_DETACHED = 4, /* runs one actor */
	ACTOR_PLANE_THREAD_FOREIGN = 5   /* the program's own, main() among them */
};

/* Who runs on a thread now. Written by that thread alone. */
struct actor_plane_thread {
	uint64_t current;     /* (shared) pid whose turn it is, 0: none */
	uint64_t turn_start;  /* (shared) ticks; 0 while nobody reads */
	uint64_t turns;       /* (shared) turns begun, ever; a turn that lasts does not change it */
	uint32_t tag;         /* (shared) type of the message being handled */
	uint32_t visit_turns; /* (shared) messages taken in this visit to `current`, not yet in
				 `queued` */
	uint64_t visits;      /* (shared) */
	uint64_t steals;      /* (shared) visits whose actor came from another scheduler */
	uint64_t parks;       /* (shared) times the thread went to sleep */
	uint64_t busy_ticks;  /* (shared) while somebody reads */
	uint32_t kind;        /* enum actor_plane_thread_kind */
	uint32_t tid;
	uint32_t parked; /* (shared) 1: asleep, nothing to do */
	uint32_t ready;  /* (shared) actors in the run queue, about */
	char name[16];
	uint64_t unhandled; /* (shared) messages that no handler knew */
	uint64_t reserved[3];
};

/* What an actor does. RUNNABLE is not stored: IDLE with a non-empty inbox is runnable. */
enum actor_plane_state {
	ACTOR_PLANE_STATE_FREE = 0,
	ACTOR_PLANE_STATE_IDLE = 1,
	ACTOR_PLANE_STATE_RUNNING = 2,
	ACTOR_PLANE_STATE_WAITING = 3, /* in a call, see waiting_on */
	ACTOR_PLANE_STATE_STARTING = 4,
	ACTOR_PLANE_STATE_SUSPENDED = 5,
	ACTOR_PLANE_STATE_EXITING = 6
};

enum actor_plane_kind {
	ACTOR_PLANE_KIND_ACTOR = 0,
	ACTOR_PLANE_KIND_SUPERVISOR = 1,
	ACTOR_PLANE_KIND_PORT = 2,   /* the outside world: runs on the I/O thread or its own */
	ACTOR_PLANE_KIND_FOREIGN = 3 /* a thread of the program that sends or calls */
};

/*
 * In the byte `kind` of an actor's line: the kind, whether one of the program's own threads has
 * spawned it, and whether the mailbox has a limit or an alarm.
 */
#define ACTOR_PLANE_KIND_MASK    0x0f
#define ACTOR_PLANE_KIND_TOP     0x40
#define ACTOR_PLANE_KIND_WATCHED 0x80

/*
 * An actor's line. Senders write `inbox`; the rest is written by the thread that runs the actor,
 * once per visit, while it owns the cache line for the inbox anyway. During a visit the truth is
 * completed from the thread that runs it:
 *	mailbox length = inbox count + queued - (running there ? visit_turns : 0)
 */
struct actor_plane_actor {
	/*
	 * (shared) the mailbox: low 44 bits message address / 16 or a state (0 empty, 1 idle,
	 * 2 closed), high 20 bits how many messages senders have put in since the actor last
	 * emptied it, saturating.
	 */
	uint64_t inbox;
	uint32_t generation;   /* (shared) of the pid that lives here; changes when it dies */
	uint32_t queued;       /* (shared) messages taken from the inbox and not yet handled */
	uint64_t messages_in;  /* (shared) handled */
	uint64_t messages_out; /* (shared) sent */
	uint64_t busy_ticks;   /* (shared) while somebody reads */
	uint64_t waiting_on;   /* (shared) pid that owes the reply, 0: none */
	uint32_t memory;       /* (shared) bytes of state and actor_alloc, saturating */
	uint32_t name;         /* (shared) string: registered name, else label, else 0 */
	uint16_t behaviour;    /* (shared) */
	uint8_t state;         /* (shared) enum actor_plane_state */
	uint8_t kind;          /* (shared) enum actor_plane_kind, ACTOR_PLANE_KIND_TOP, _WATCHED */
	uint32_t restarts;     /* (shared) how often its supervisor has replaced it */
};

#define ACTOR_PLANE_INBOX_COUNT_SHIFT 44

/* Where an actor came from. Valid while `generation` equals that of the actor's line. */
struct actor_plane_birth {
	uint64_t parent;     /* (shared) pid */
	uint64_t identity;   /* (shared) hash of the path of (parent, nth child) */
	uint64_t ticks;      /* (shared) when; 0 while nobody reads */
	uint32_t nth;        /* (shared) the parent's nth child */
	uint32_t generation; /* (shared) written last */
};

enum actor_plane_bonds {
	ACTOR_PLANE_BONDS_NONE = 0, /* there have not been any; the region is not to be touched */
	ACTOR_PLANE_BONDS_ALL = 1,
	ACTOR_PLANE_BONDS_SOME = 2 /* there was no room for others */
};

/*
 * One end of a link or a monitor, kept by the actor at that end: a link has two of them. The first
 * half of the region is for links, the second for monitors. Which place it has in there says
 * nothing; `owner` and `peer` are 0 where it is free, and `peer` is while it is written. One whose
 * owner is dead is none.
 */
struct actor_plane_bond {
	uint64_t owner; /* (shared) pid */
	uint64_t peer;  /* (shared) pid: it is linked to, or watches, that one */
};

/*
 * A ring: this header, in a page of its own, then chunks_per_ring chunks of chunk_size bytes.
 *
 * Chunk number n (from 0) lies at place n % chunks_per_ring. Writing:
 *	enter chunk n:  chunk.committed = 0 (release); chunk.seq = n + 1 (release); release fence;
 *	                fill the chunk header; head = n + 1 (release)
 *	an event:       copy it behind the last one; chunk.committed += 1 (release)
 * There is no reservation, so a thread killed anywhere leaves whole events only.
 * Reading chunk n:   seq (acquire) must be n + 1; committed (acquire) = c; copy c events and the
 *	                header; acquire fence; seq must still be n + 1 and committed >= c,
 *	                else the writer has lapped the reader and the copy is thrown away.
 * The header fields below `committed` are valid when committed > 0.
 */
struct actor_plane_ring {
	uint64_t head;      /* (shared) chunks entered so far */
	uint64_t lost;      /* (shared) events dropped because the ring was full (DISCARD) */
	uint64_t waits;     /* (shared) times the writer waited for a lossless reader */
	uint64_t waited_ns; /* (shared) */
	uint64_t lapsed;    /* (shared) leases that the writer gave up on */
	uint32_t refused; /* (shared) 1: memory for the ring was refused; events are counted in lost
			   */
	uint32_t reserved;
	uint64_t reserved2[2];
};

struct actor_plane_chunk {
	uint64_t seq;       /* (shared) number + 1 */
	uint64_t committed; /* (shared) whole events in this chunk */
	uint64_t first;     /* number of the chunk's first event among all events of this ring, lost
			       ones     counted: a reader that expected e has lost first - e events */
	uint64_t actor;     /* pid whose turn it was when the chunk was entered, 0: none */
	uint64_t turn_time; /* ticks at which that turn began */
	uint64_t entered;   /* ticks at which the chunk was entered */
	uint64_t reserved[2];
};

#define ACTOR_PLANE_RING_HEADER 4096

#ifdef __cplusplus
#define ACTOR_PLANE_ASSERT(condition) static_assert(condition, "layout")
#else
#define ACTOR_PLANE_ASSERT(condition) _Static_assert(condition, "layout")
#endif
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_header) <= 4096);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_lease) == 64 + 8 * ACTOR_PLANE_THREADS_MAX);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_type) == 32);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_behaviour) == 16);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_thread) == 128);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_actor) == 64);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_birth) == 32);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_bond) == 16);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_ring) == 64);
ACTOR_PLANE_ASSERT(sizeof(struct actor_plane_chunk) == 64);

#endif
