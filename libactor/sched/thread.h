/* SPDX-License-Identifier: MIT */
#ifndef SCHED_THREAD_H
#define SCHED_THREAD_H

/*
 * What every thread that takes part in a system has: a place in the plane, a ring to emit into, a
 * cache of blocks, and whose turn it is. Schedulers, the I/O thread, detached actors' threads and
 * the program's own threads all have one; nobody else touches it.
 */

#include <stdbool.h>
#include <stdint.h>

#include <actor/plane.h>

#include "mem/pool.h"
#include "plane/ring.h"

#define THREAD_SLOTS 64u

struct actor_behaviour;
struct actor_system;
struct cell;
struct fault;
struct worker;

struct thread {
	struct actor_system *system;
	struct cell *cell;     /* whose turn it is; a foreign thread is always its own */
	struct worker *worker; /* NULL unless this is a scheduler */
	/*
	 * (shared) turns until somebody looks whether the visit may go on, see visit_goes_on. The
	 * watch makes it 0; where that meets the owner's own count and is lost, it comes again.
	 */
	int32_t turns_left;
	int32_t turns_first;  /* what it is at the beginning of a visit */
	uint64_t slice_ticks; /* when the budget of time was last seen to be used up */
	struct actor_plane_thread *words;
	struct ring ring;
	struct pool_cache pool;
	uint64_t ticks;       /* of the last stamp taken, 0: nobody reads */
	uint64_t visit_ticks; /* stamp of the visit's first turn, 0: none yet */
	uint64_t now;         /* the turn's time, 0: not asked for yet */
	uint32_t stamps_left; /* turns that may still have `ticks`, see thread_mark */
	uint32_t stamps_each; /* so many turns have one stamp */
	bool foreign;         /* one of the program's own: each call into the runtime is a turn */
	int index;            /* in the plane, -1: no place was left */
	uint32_t futex;       /* foreign and detached threads sleep on it: wakes not yet taken */
	/* Sums for actor_system_count; written by this thread alone, read by any (relaxed). */
	uint64_t spawned;
	uint64_t ended;
	uint64_t handled;
	uint64_t dead_letters;
	uint64_t late_replies;
	uint64_t unhandled;
	uint64_t mailbox_dropped;
	uint64_t mailbox_rejected;
	uint64_t blobs_made;
	uint64_t blobs_freed;
	uint64_t blob_bytes_made;
	uint64_t blob_bytes_freed;
	const struct actor_behaviour *behaviour; /* of the actor that it has spawned last */
	uint16_t behaviour_number;
	uint32_t slots_count;
	uint32_t slots[THREAD_SLOTS]; /* free ones that it has come by, newest last */
	int outcome;                  /* of a send that was not delivered, see actor/bound.h */
	uint64_t outcome_ref;         /* of the wait for room */
	struct fault *fault;          /* NULL: what its handlers do wrong ends the process */
	struct thread *next;          /* all threads of the system, or those that are over */
};

/*
 * The calling thread's, or NULL. A handler that waits may go on in another thread, and compilers
 * keep the address of a thread-local variable; so the address is taken anew each time, in assembly
 * or in a function that is never inlined.
 */
extern __thread struct thread *thread_current_ __attribute__((visibility("hidden")));
struct thread *thread_self_slow(void);
void thread_set(struct thread *thread);

static inline struct thread *thread_self(void)
{
#if defined(__x86_64__) && defined(__LP64__)
	struct thread *thread;

	__asm__ volatile("movq thread_current_@gottpoff(%%rip), %0\n\t"
			 "movq %%fs:(%0), %0"
			 : "=r"(thread));
	return thread;
#else
	return thread_self_slow();
#endif
}

/* What tools that look at a thread from outside find there, see actor_plane_header.tls_current. */
struct thread_tls {
	uint64_t pid; /* first: thread_tls_set writes where the name is */
	const struct actor_plane_thread *words;
};
/* Its offset from the thread pointer. */
int64_t thread_tls_offset(void);
/* Says whose turn it is. */
void thread_tls_set_slow(uint64_t pid);
extern __thread struct thread_tls thread_tls_ __attribute__((visibility("hidden")));
static inline void thread_tls_set(uint64_t pid)
{
#if defined(__x86_64__) && defined(__LP64__)
	uint64_t address;

	__asm__ volatile("movq thread_tls_@gottpoff(%%rip), %0\n\t"
			 "movq %1, %%fs:(%0)"
			 : "=&r"(address)
			 : "r"(pid)
			 : "memory");
#else
	thread_tls_set_slow(pid);
#endif
}

static inline void thread_add(uint64_t *counter, uint64_t amount)
{
	__atomic_store_n(counter, *counter + amount, __ATOMIC_RELAXED);
}

#endif
