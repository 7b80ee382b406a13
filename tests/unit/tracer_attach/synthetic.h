/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYNTHETIC_H
#define TESTS_SYNTHETIC_H

/*
 * A plane made by hand, from the text of <actor/plane.h> alone, so that reader and runtime are not
 * wrong in the same way. The writer of events can stop in the middle of entering a chunk.
 */

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <actor/plane.h>

#include <tracer/stream.h>

#define SYNTHETIC_CHUNK    1024
#define SYNTHETIC_CAPACITY ((SYNTHETIC_CHUNK - 64) / 32)
#define SYNTHETIC_CHUNKS   4
#define SYNTHETIC_THREADS  4
#define SYNTHETIC_SLOTS    64
#define SYNTHETIC_BONDS    16
#define SYNTHETIC_STRINGS  4096

struct synthetic {
	char path[256];
	int fd;
	uint8_t *base;
	size_t size;
	struct actor_plane_header *header;
	struct actor_plane_control *control;
	uint64_t first[SYNTHETIC_THREADS]; /* number of the next event */
	uint32_t filled[SYNTHETIC_THREADS];
};

static inline void *synthetic_region(struct synthetic *plane, enum actor_plane_region_id id)
{
	return plane->base + plane->header->region[id].offset;
}

static inline struct actor_plane_ring *synthetic_ring(struct synthetic *plane, uint32_t ring)
{
	return (void *)((uint8_t *)synthetic_region(plane, ACTOR_PLANE_REGION_RINGS) +
			ring * plane->header->region[ACTOR_PLANE_REGION_RINGS].stride);
}

static inline struct actor_plane_chunk *synthetic_chunk(struct synthetic *plane, uint32_t ring,
							uint64_t number)
{
	return (void *)((uint8_t *)synthetic_ring(plane, ring) + ACTOR_PLANE_RING_HEADER +
			number % SYNTHETIC_CHUNKS * SYNTHETIC_CHUNK);
}

static inline uint32_t synthetic_string(struct synthetic *plane, const char *text)
{
	uint8_t *strings = synthetic_region(plane, ACTOR_PLANE_REGION_STRINGS);
	uint32_t offset = plane->control->strings_used, length = (uint32_t)strlen(text);

	memcpy(strings + offset, &length, 4);
	memcpy(strings + offset + 4, text, length + 1);
	plane->control->strings_used = (offset + 4 + length + 1 + 3) & ~3u;
	return offset;
}

static inline void synthetic_boot_id(uint8_t id[16])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	char text[40] = "";
	size_t used = 0;

	assert(file != NULL);
	assert(fgets(text, sizeof(text), file) != NULL);
	fclose(file);
	for (const char *c = text; *c != '\0' && *c != '\n' && used < 16;) {
		unsigned byte;

		if (*c == '-') {
			c++;
			continue;
		}
		assert(sscanf(c, "%2x", &byte) == 1);
		id[used++] = (uint8_t)byte;
		c += 2;
	}
	assert(used == 16);
}

static inline size_t synthetic_layout(struct actor_plane_region *region)
{
	static const uint64_t strides[] = {
		sizeof(struct actor_plane_control),
		sizeof(struct actor_plane_type),
		sizeof(struct actor_plane_behaviour),
		1,
		sizeof(struct actor_plane_thread),
		sizeof(struct actor_plane_actor),
		sizeof(struct actor_plane_birth),
		ACTOR_PLANE_RING_HEADER + SYNTHETIC_CHUNK * SYNTHETIC_CHUNKS,
		sizeof(struct actor_plane_bond)};
	static const uint64_t counts[] = {1,
					  16,
					  16,
					  SYNTHETIC_STRINGS,
					  SYNTHETIC_THREADS,
					  SYNTHETIC_SLOTS,
					  SYNTHETIC_SLOTS,
					  SYNTHETIC_THREADS,
					  SYNTHETIC_BONDS};
	uint64_t offset = 4096;

	for (size_t i = 0; i < ACTOR_PLANE_REGION_COUNT; i++) {
		region[i].offset = offset;
		region[i].stride = strides[i];
		region[i].count = counts[i];
		offset += (strides[i] * counts[i] + 4095) & ~UINT64_C(4095);
	}
	return (size_t)offset;
}

/* A plane of process `pid`, ready, with two types, one behaviour, two threads, three actors. */
static inline void synthetic_create(struct synthetic *plane, const char *directory, uint32_t pid)
{
	struct actor_plane_region region[ACTOR_PLANE_REGION_COUNT];
	struct actor_plane_type *types;
	struct actor_plane_behaviour *behaviours;
	struct actor_plane_thread *threads;
	struct actor_plane_actor *actors;
	struct actor_plane_birth *births;
	struct plane_instant now;
	uint64_t start_time = 1;

	memset(plane, 0, sizeof(*plane));
	process_start_time(pid, &start_time);
	snprintf(plane->path, sizeof(plane->path), "%s/%u-%llu.plane", directory, pid,
		 (unsigned long long)start_time);
	plane->size = synthetic_layout(region);
	plane->fd = open(plane->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(plane->fd >= 0);
	assert(ftruncate(plane->fd, (off_t)plane->size) == 0);
	plane->base = mmap(NULL, plane->size, PROT_READ | PROT_WRITE, MAP_SHARED, plane->fd, 0);
	assert(plane->base != MAP_FAILED);
	plane->header = (void *)plane->base;
	memcpy(plane->header->region, region, sizeof(region));
	plane->control = synthetic_region(plane, ACTOR_PLANE_REGION_CONTROL);
	plane->control->strings_used = 8;

	plane->header->magic = ACTOR_PLANE_MAGIC;
	plane->header->version = ACTOR_PLANE_VERSION;
	plane->header->event_version = ACTOR_EVENT_VERSION;
	plane->header->byte_order = 0x01020304;
	plane->header->header_size = sizeof(*plane->header);
	plane->header->size = plane->size;
	plane->header->pid = pid;
	plane->header->uid = getuid();
	plane->header->start_time = start_time;
	synthetic_boot_id(plane->header->boot_id);
	plane->header->scheduler_count = 1;
	plane->header->ticks_per_second = UINT64_C(1000000000);
	assert(plane_clock_sample(ACTOR_PLANE_CLOCK_MONOTONIC, &now) == 0);
	plane->header->ticks_start = now.ticks;
	plane->header->monotonic_start_ns = now.monotonic_ns;
	plane->header->realtime_start_ns = now.realtime_ns;
	plane->header->chunk_size = SYNTHETIC_CHUNK;
	plane->header->chunks_per_ring = SYNTHETIC_CHUNKS;
	plane->header->argv = synthetic_string(plane, "synthetic --with arguments");
	plane->header->program = synthetic_string(plane, "/usr/bin/synthetic");

	types = synthetic_region(plane, ACTOR_PLANE_REGION_TYPES);
	types[1].name = synthetic_string(plane, "ping");
	types[2].name = synthetic_string(plane, "pong");
	types[2].ctype = synthetic_string(plane, "struct pong");
	types[2].size = 16;
	plane->control->types_used = 2;
	behaviours = synthetic_region(plane, ACTOR_PLANE_REGION_BEHAVIOURS);
	behaviours[1].name = synthetic_string(plane, "player");
	plane->control->behaviours_used = 1;
	threads = synthetic_region(plane, ACTOR_PLANE_REGION_THREADS);
	for (uint32_t i = 0; i < SYNTHETIC_THREADS; i++) {
		threads[i].kind = ACTOR_PLANE_THREAD_SCHEDULER;
		threads[i].tid = pid + i;
		snprintf(threads[i].name, sizeof(threads[i].name), "thread %u", i);
	}
	plane->control->threads_used = 2;
	actors = synthetic_region(plane, ACTOR_PLANE_REGION_ACTORS);
	births = synthetic_region(plane, ACTOR_PLANE_REGION_BIRTHS);
	for (uint32_t i = 1; i < 4; i++) {
		actors[i].generation = i;
		actors[i].behaviour = 1;
		actors[i].state = ACTOR_PLANE_STATE_IDLE;
		births[i].generation = i;
		births[i].nth = i;
	}
	plane->control->actors_used = 4;
	__atomic_store_n(&plane->header->ready, 1, __ATOMIC_RELEASE);
}

static inline void synthetic_remove(struct synthetic *plane)
{
	munmap(plane->base, plane->size);
	close(plane->fd);
	unlink(plane->path);
}

/* ---- Events -------------------------------------------------------------------------------- */

/* The steps of entering a chunk, in the order in which plane.h has them. */
enum synthetic_step {
	SYNTHETIC_NOTHING,
	SYNTHETIC_COMMITTED, /* chunk.committed = 0 */
	SYNTHETIC_SEQ,       /* chunk.seq = n + 1 */
	SYNTHETIC_HEADER,    /* the header is filled */
	SYNTHETIC_HEAD,      /* head = n + 1 */
	SYNTHETIC_STEPS
};

/* Enters the next chunk, up to and with `last`. */
static inline void synthetic_enter(struct synthetic *plane, uint32_t index,
				   enum synthetic_step last, uint64_t actor)
{
	struct actor_plane_ring *ring = synthetic_ring(plane, index);
	uint64_t number = __atomic_load_n(&ring->head, __ATOMIC_RELAXED);
	struct actor_plane_chunk *chunk = synthetic_chunk(plane, index, number);

	if (last >= SYNTHETIC_COMMITTED)
		__atomic_store_n(&chunk->committed, 0, __ATOMIC_RELEASE);
	if (last >= SYNTHETIC_SEQ)
		__atomic_store_n(&chunk->seq, number + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	if (last >= SYNTHETIC_HEADER) {
		__atomic_store_n(&chunk->first, plane->first[index], __ATOMIC_RELAXED);
		__atomic_store_n(&chunk->actor, actor, __ATOMIC_RELAXED);
		__atomic_store_n(&chunk->turn_time, 5, __ATOMIC_RELAXED);
		__atomic_store_n(&chunk->entered, 7, __ATOMIC_RELAXED);
	}
	if (last >= SYNTHETIC_HEAD) {
		__atomic_store_n(&ring->head, number + 1, __ATOMIC_RELEASE);
		plane->filled[index] = 0;
	}
}

/* Puts an event into the chunk that is being filled, which has room. */
static inline void synthetic_put(struct synthetic *plane, uint32_t index, struct actor_event event)
{
	uint64_t head = __atomic_load_n(&synthetic_ring(plane, index)->head, __ATOMIC_RELAXED);
	struct actor_plane_chunk *chunk = synthetic_chunk(plane, index, head - 1);
	uint64_t *words = (uint64_t *)(void *)(chunk + 1) + plane->filled[index] * 4;
	uint64_t copy[4];

	memcpy(copy, &event, sizeof(copy));
	for (int i = 0; i < 4; i++)
		__atomic_store_n(&words[i], copy[i], __ATOMIC_RELAXED);
	plane->filled[index]++;
	plane->first[index]++;
	__atomic_store_n(&chunk->committed, plane->filled[index], __ATOMIC_RELEASE);
}

/* Event number n of a ring, of any kind that tells nothing about turns. */
static inline struct actor_event synthetic_event(uint64_t number)
{
	struct actor_event event = {
		.kind = ACTOR_EVENT_SEND,
		.tag = 1,
		.seq = (uint32_t)number,
		.a = number,
		.b = ~number,
		.c = number * 3,
	};

	return event;
}

/* Writes `count` numbered events, entering chunks as needed, as in flight mode. */
static inline void synthetic_write(struct synthetic *plane, uint32_t index, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (synthetic_ring(plane, index)->head == 0 ||
		    plane->filled[index] == SYNTHETIC_CAPACITY)
			synthetic_enter(plane, index, SYNTHETIC_HEAD, 0);
		synthetic_put(plane, index, synthetic_event(plane->first[index]));
	}
}

/* ---- What a stream has handed over --------------------------------------------------------- */

struct heard {
	uint64_t events;
	uint64_t next[SYNTHETIC_THREADS]; /* expected number of the next event */
	uint64_t wrong;                   /* events that are not what their number says */
	uint64_t gaps;
	uint64_t lost;
	enum stream_gap_reason reason; /* of the last gap */
	struct stream_batch last;
	uint64_t batches;
};

static inline int hear_batch(void *user, const struct stream_batch *batch)
{
	struct heard *heard = user;

	if (batch->thread >= SYNTHETIC_THREADS || batch->first != heard->next[batch->thread])
		heard->wrong++;
	for (size_t i = 0; i < batch->count; i++) {
		const struct actor_event *event = &batch->events[i];
		uint64_t number = batch->first + i;

		if (event->kind == ACTOR_EVENT_SEND &&
		    (event->a != number || event->b != ~number || event->c != number * 3))
			heard->wrong++;
	}
	if (batch->thread < SYNTHETIC_THREADS)
		heard->next[batch->thread] = batch->first + batch->count;
	heard->events += batch->count;
	heard->last = *batch;
	heard->batches++;
	return 0;
}

static inline int hear_gap(void *user, const struct stream_gap *gap)
{
	struct heard *heard = user;

	heard->gaps++;
	heard->lost += gap->count;
	heard->reason = gap->reason;
	if (gap->thread < SYNTHETIC_THREADS)
		heard->next[gap->thread] += gap->count;
	return 0;
}

#endif
