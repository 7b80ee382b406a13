/* SPDX-License-Identifier: MIT */
#include "attach/plane.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <actor/pid.h>

#include "attach/guard.h"
#include "attach/header.h"
#include "attach/process.h"

struct plane_view {
	struct actor_plane_header header; /* a copy; the one in the file may change */
	char *path;
	int fd; /* kept for the writable mapping */
	const uint8_t *base;
	size_t mapped; /* bytes, whole pages */
	int guard;
	uint8_t *control_base; /* writable, NULL until it is asked for */
	size_t control_mapped;
	int control_guard;
	struct actor_plane_control *control;
};

static int open_file(const char *path, struct stat *ret_stat, char *error, size_t error_size)
{
	/* Neither a link nor a FIFO that would block is followed: the directory may be hostile. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) < 0) {
		int status = -errno;

		if (fd >= 0)
			close(fd);
		if (status == -ELOOP)
			return plane_view_refuse(PLANE_EFOREIGN, error, error_size,
						 "%s is a symbolic link, not a plane", path);
		return plane_view_refuse(status, error, error_size, "cannot open %s: %s", path,
					 strerror(-status));
	}
	if (!S_ISREG(stat.st_mode)) {
		close(fd);
		return plane_view_refuse(PLANE_EFOREIGN, error, error_size, "%s is not a file",
					 path);
	}
	if (stat.st_uid != geteuid() && geteuid() != 0) {
		close(fd);
		return plane_view_refuse(
			PLANE_EOWNER, error, error_size,
			"%s belongs to another user (%u); only that user or root reads it", path,
			(unsigned)stat.st_uid);
	}
	*ret_stat = stat;
	return fd;
}

/* Reads and checks the header. `ready` pairs with the program's release store of 1. */
static int load_header(struct plane_view *plane, uint64_t file_size, char *error, size_t error_size)
{
	struct actor_plane_header *header = &plane->header;
	ssize_t got = pread(plane->fd, header, sizeof(*header), 0);
	int result;

	if (got < 0)
		return plane_view_refuse(-errno, error, error_size, "cannot read %s: %s",
					 plane->path, strerror(errno));
	if (got == 0)
		return plane_view_refuse(PLANE_ENOT_READY, error, error_size,
					 "%s is not set up yet; try again in a moment",
					 plane->path);
	if ((size_t)got < sizeof(*header) && header->magic != ACTOR_PLANE_MAGIC)
		return plane_view_refuse(
			PLANE_EFOREIGN, error, error_size,
			"%s is not a plane of libactor; actor-trace ls lists those", plane->path);
	if ((size_t)got < sizeof(*header))
		return plane_view_refuse(
			PLANE_ETRUNCATED, error, error_size,
			"%s is cut short: %zd bytes, less than a header; remove it", plane->path,
			got);
	result = header_check_kind(header, plane->path, error, error_size);
	if (result < 0)
		return result;
	/*
	 * `ready` may have been copied before the words that it vouches for, so they are copied
	 * again now that it is known to be set.
	 */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	got = pread(plane->fd, header, sizeof(*header), 0);
	if (got != (ssize_t)sizeof(*header))
		return plane_view_refuse(PLANE_ETRUNCATED, error, error_size,
					 "%s is being cut short by somebody", plane->path);
	result = header_check_kind(header, plane->path, error, error_size);
	if (result < 0)
		return result;
	if (header->size > file_size || header->size < sizeof(*header))
		return plane_view_refuse(
			PLANE_ETRUNCATED, error, error_size,
			"%s is cut short: %llu of %llu bytes; what is missing is lost, "
			"remove it",
			plane->path, (unsigned long long)file_size,
			(unsigned long long)header->size);
	return header_check_layout(header, plane->path, error, error_size);
}

static int map_file(struct plane_view *plane, char *error, size_t error_size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (size_t)((plane->header.size + page - 1) & ~(uint64_t)(page - 1));
	void *base = mmap(NULL, size, PROT_READ, MAP_SHARED, plane->fd, 0);

	if (base == MAP_FAILED)
		return plane_view_refuse(-errno, error, error_size, "cannot map %s: %s",
					 plane->path, strerror(errno));
	plane->base = base;
	plane->mapped = size;
	plane->guard = guard_add(base, size);
	if (plane->guard < 0)
		return plane_view_refuse(plane->guard, error, error_size, "cannot guard %s: %s",
					 plane->path, strerror(-plane->guard));
	return 0;
}

int plane_view_open(const char *path, struct plane_view **ret_plane, char *error, size_t error_size)
{
	struct plane_view *plane = calloc(1, sizeof(*plane));
	struct stat stat = {0};
	int result = -ENOMEM;

	if (plane == NULL)
		return plane_view_refuse(-ENOMEM, error, error_size, "out of memory");
	plane->fd = -1;
	plane->guard = -1;
	plane->control_guard = -1;
	plane->path = strdup(path);
	if (plane->path == NULL) {
		plane_view_refuse(-ENOMEM, error, error_size, "out of memory");
		goto fail;
	}
	result = open_file(path, &stat, error, error_size);
	if (result < 0)
		goto fail;
	plane->fd = result;
	result = load_header(plane, (uint64_t)stat.st_size, error, error_size);
	if (result < 0)
		goto fail;
	result = map_file(plane, error, error_size);
	if (result < 0)
		goto fail;
	*ret_plane = plane;
	return 0;
fail:
	plane_view_close(plane);
	return result;
}

struct plane_view *plane_view_close(struct plane_view *plane)
{
	if (plane == NULL)
		return NULL;
	if (plane->guard >= 0)
		guard_remove(plane->guard);
	if (plane->control_guard >= 0)
		guard_remove(plane->control_guard);
	if (plane->base != NULL)
		munmap((void *)plane->base, plane->mapped);
	if (plane->control_base != NULL)
		munmap(plane->control_base, plane->control_mapped);
	if (plane->fd >= 0)
		close(plane->fd);
	free(plane->path);
	free(plane);
	return NULL;
}

const char *plane_view_path(const struct plane_view *plane)
{
	return plane->path;
}

const struct actor_plane_header *plane_view_header(const struct plane_view *plane)
{
	return &plane->header;
}

bool plane_view_damaged(const struct plane_view *plane)
{
	return guard_hit(plane->guard) ||
	       (plane->control_guard >= 0 && guard_hit(plane->control_guard));
}

bool plane_view_has_ended(const struct plane_view *plane)
{
	const struct actor_plane_header *live = (const void *)plane->base;

	/* Pairs with the release store at the end of the system: its last events are visible. */
	return __atomic_load_n(&live->ended, __ATOMIC_ACQUIRE) != 0;
}

/*
 * A living program holds a shared lock on its plane: how it is told from a dead one when it runs
 * in another pid namespace, where its pid means nothing here.
 */
static bool is_locked(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK;
	flock(fd, LOCK_UN);
	return false;
}

enum plane_life plane_view_life(const struct plane_view *plane)
{
	uint8_t boot_id[16];

	if (plane_view_has_ended(plane))
		return PLANE_ENDED;
	if (process_boot_id(boot_id) == 0 &&
	    memcmp(boot_id, plane->header.boot_id, sizeof(boot_id)) != 0)
		return PLANE_DEAD;
	if (!process_lives(plane->header.pid, plane->header.start_time) && !is_locked(plane->fd))
		return PLANE_DEAD;
	return PLANE_LIVING;
}

/* Element `index` of a region; the caller has compared index with the region's count. */
static const void *region_at(const struct plane_view *plane, enum actor_plane_region_id id,
			     uint64_t index)
{
	const struct actor_plane_region *region = &plane->header.region[id];

	assert(index < region->count);
	return plane->base + region->offset + index * region->stride;
}

static uint32_t region_count(const struct plane_view *plane, enum actor_plane_region_id id)
{
	return (uint32_t)plane->header.region[id].count;
}

const struct actor_plane_control *plane_view_control_shared(const struct plane_view *plane)
{
	return region_at(plane, ACTOR_PLANE_REGION_CONTROL, 0);
}

uint32_t plane_view_rings(const struct plane_view *plane)
{
	return region_count(plane, ACTOR_PLANE_REGION_THREADS);
}

/* A high-water mark; acquire pairs with the release store that follows the entry's text. */
static uint32_t used(const uint32_t *mark, uint64_t max)
{
	uint32_t count = __atomic_load_n(mark, __ATOMIC_ACQUIRE);

	return count < max ? count : (uint32_t)max;
}

/* Number 0 is no type and no behaviour; line 0 of their tables stays empty. */
static uint32_t used_numbers(const struct plane_view *plane, const uint32_t *mark,
			     enum actor_plane_region_id id)
{
	uint32_t count = region_count(plane, id);

	return count == 0 ? 0 : used(mark, count - 1);
}

void plane_view_counts(const struct plane_view *plane, struct plane_counts *ret_counts)
{
	const struct actor_plane_control *control = plane_view_control_shared(plane);

	ret_counts->types = used_numbers(plane, &control->types_used, ACTOR_PLANE_REGION_TYPES);
	ret_counts->behaviours =
		used_numbers(plane, &control->behaviours_used, ACTOR_PLANE_REGION_BEHAVIOURS);
	ret_counts->strings =
		used(&control->strings_used, region_count(plane, ACTOR_PLANE_REGION_STRINGS));
	ret_counts->threads =
		used(&control->threads_used, region_count(plane, ACTOR_PLANE_REGION_THREADS));
	ret_counts->actors =
		used(&control->actors_used, region_count(plane, ACTOR_PLANE_REGION_ACTORS));
	ret_counts->lost_threads = __atomic_load_n(&control->lost_threads, __ATOMIC_RELAXED);
}

/* Length of the string at `offset`, or PLANE_EDAMAGED; *ret_text is where its bytes begin. */
static int string_at(const struct plane_view *plane, uint32_t offset, uint32_t limit,
		     const uint8_t **ret_text)
{
	const uint8_t *strings;
	uint32_t length;

	if (offset % 4 != 0 || limit < 5 || offset > limit - 5)
		return PLANE_EDAMAGED;
	strings = region_at(plane, ACTOR_PLANE_REGION_STRINGS, 0);
	length = __atomic_load_n((const uint32_t *)(const void *)(strings + offset),
				 __ATOMIC_RELAXED);
	if (length > limit - 5 - offset || length > INT32_MAX)
		return PLANE_EDAMAGED;
	*ret_text = strings + offset + 4;
	return (int)length;
}

static uint32_t strings_used(const struct plane_view *plane)
{
	return used(&plane_view_control_shared(plane)->strings_used,
		    region_count(plane, ACTOR_PLANE_REGION_STRINGS));
}

int plane_view_string(const struct plane_view *plane, uint32_t offset, char *text, size_t size)
{
	const uint8_t *bytes = NULL;
	int length = offset == 0 ? 0 : string_at(plane, offset, strings_used(plane), &bytes);
	size_t copied = length > 0 ? (size_t)length : 0;

	if (size == 0)
		return length;
	if (copied > size - 1)
		copied = size - 1;
	if (copied > 0)
		memcpy(text, bytes, copied);
	text[copied] = '\0';
	return length;
}

int plane_view_string_next(const struct plane_view *plane, uint32_t offset, uint32_t *ret_offset)
{
	uint32_t limit = strings_used(plane);
	const uint8_t *bytes;
	uint64_t next;
	int length = string_at(plane, offset, limit, &bytes);

	if (length < 0)
		return length;
	/* The length word, the bytes, a NUL, padding to 4. */
	next = ((uint64_t)offset + 4 + (uint64_t)length + 1 + 3) & ~UINT64_C(3);
	if (next >= limit)
		return -ENOENT;
	*ret_offset = (uint32_t)next;
	return 0;
}

int plane_view_type(const struct plane_view *plane, uint32_t number,
		    struct actor_plane_type *ret_type)
{
	struct plane_counts counts;

	plane_view_counts(plane, &counts);
	if (number == 0 || number > counts.types)
		return -ENOENT;
	plane_copy_words(ret_type, region_at(plane, ACTOR_PLANE_REGION_TYPES, number),
			 sizeof(*ret_type) / 8);
	return 0;
}

int plane_view_behaviour(const struct plane_view *plane, uint32_t number,
			 struct actor_plane_behaviour *ret_behaviour)
{
	struct plane_counts counts;

	plane_view_counts(plane, &counts);
	if (number == 0 || number > counts.behaviours)
		return -ENOENT;
	memcpy(ret_behaviour, region_at(plane, ACTOR_PLANE_REGION_BEHAVIOURS, number),
	       sizeof(*ret_behaviour));
	return 0;
}

int plane_view_thread(const struct plane_view *plane, uint32_t index,
		      struct actor_plane_thread *ret_thread)
{
	struct plane_counts counts;

	plane_view_counts(plane, &counts);
	if (index >= counts.threads)
		return -ENOENT;
	plane_copy_words(ret_thread, region_at(plane, ACTOR_PLANE_REGION_THREADS, index),
			 sizeof(*ret_thread) / 8);
	ret_thread->name[sizeof(ret_thread->name) - 1] = '\0';
	return 0;
}

int plane_view_lease(const struct plane_view *plane, uint32_t index,
		     struct actor_plane_lease *ret_lease)
{
	if (index >= ACTOR_PLANE_LEASES_MAX)
		return -ENOENT;
	plane_copy_words(ret_lease, &plane_view_control_shared(plane)->lease[index],
			 sizeof(*ret_lease) / 8);
	return 0;
}

enum actor_plane_mode plane_view_lease_mode(const struct plane_view *plane, uint32_t index)
{
	uint64_t active;

	if (index >= ACTOR_PLANE_LEASES_MAX)
		return ACTOR_PLANE_MODE_NONE;
	active = __atomic_load_n(&plane_view_control_shared(plane)->active, __ATOMIC_ACQUIRE);
	active = active >> (8 * index) & 0xff;
	return active <= ACTOR_PLANE_MODE_LOSSLESS ? (enum actor_plane_mode)active
						   : ACTOR_PLANE_MODE_NONE;
}

const struct actor_plane_actor *plane_view_actor_line(const struct plane_view *plane, uint32_t slot)
{
	uint32_t actors = used(&plane_view_control_shared(plane)->actors_used,
			       region_count(plane, ACTOR_PLANE_REGION_ACTORS));

	if (slot >= actors)
		return NULL;
	return region_at(plane, ACTOR_PLANE_REGION_ACTORS, slot);
}

int plane_view_actor(const struct plane_view *plane, uint32_t slot,
		     struct actor_plane_actor *ret_actor)
{
	const struct actor_plane_actor *line = plane_view_actor_line(plane, slot);

	if (line == NULL)
		return -ENOENT;
	plane_copy_words(ret_actor, line, sizeof(*ret_actor) / 8);
	return 0;
}

/* The pid lives: its slot has not been given on. */
static bool lives(const struct plane_view *plane, uint64_t bits)
{
	struct actor_pid pid = {bits};
	const struct actor_plane_actor *line = plane_view_actor_line(plane, actor_pid_slot(pid));

	return line != NULL &&
	       __atomic_load_n(&line->generation, __ATOMIC_RELAXED) == actor_pid_generation(pid);
}

void plane_view_bonds(const struct plane_view *plane, uint64_t pid,
		      void (*take)(void *user, enum plane_bond_kind kind, uint64_t peer),
		      void *user, bool *ret_more)
{
	const struct actor_plane_region *region =
		&plane_view_header(plane)->region[ACTOR_PLANE_REGION_BONDS];
	uint32_t told = __atomic_load_n(&plane_view_control_shared(plane)->bonds, __ATOMIC_RELAXED);

	*ret_more = told == ACTOR_PLANE_BONDS_SOME;
	if (told == ACTOR_PLANE_BONDS_NONE)
		return;
	for (uint32_t i = 0; i < region->count; i++) {
		const struct actor_plane_bond *bond = region_at(plane, ACTOR_PLANE_REGION_BONDS, i);
		/* Acquire: pairs with the release in plane_bond_add; the owner is this peer's. */
		uint64_t peer = __atomic_load_n(&bond->peer, __ATOMIC_ACQUIRE);
		uint64_t owner = __atomic_load_n(&bond->owner, __ATOMIC_RELAXED);

		if (peer == 0 || owner == 0 || (owner != pid && peer != pid))
			continue;
		/* Given back and claimed meanwhile, or left by one that died while it was read. */
		if (__atomic_load_n(&bond->peer, __ATOMIC_RELAXED) != peer || !lives(plane, owner))
			continue;
		if (i >= region->count / 2)
			take(user, owner == pid ? PLANE_BOND_WATCHES : PLANE_BOND_WATCHED_BY,
			     owner == pid ? peer : owner);
		else if (owner == pid)
			take(user, PLANE_BOND_LINK, peer);
	}
}

int plane_view_birth(const struct plane_view *plane, uint32_t slot, uint32_t generation,
		     struct actor_plane_birth *ret_birth)
{
	const struct actor_plane_actor *line = plane_view_actor_line(plane, slot);
	const struct actor_plane_birth *birth;
	struct actor_plane_birth copy;

	if (line == NULL)
		return -ENOENT;
	birth = region_at(plane, ACTOR_PLANE_REGION_BIRTHS, slot);
	/* Pairs with the release store of the generation, which the program writes last. */
	if (__atomic_load_n(&birth->generation, __ATOMIC_ACQUIRE) != generation)
		return -ENOENT;
	plane_copy_words(&copy, birth, sizeof(copy) / 8);
	/* Orders the copy before the second look: unchanged, so the copy is of one birth. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&line->generation, __ATOMIC_RELAXED) != generation ||
	    __atomic_load_n(&birth->generation, __ATOMIC_RELAXED) != generation)
		return -ENOENT;
	copy.generation = generation;
	*ret_birth = copy;
	return 0;
}

const struct actor_plane_ring *plane_view_ring(const struct plane_view *plane, uint32_t index)
{
	if (index >= plane_view_rings(plane))
		return NULL;
	return region_at(plane, ACTOR_PLANE_REGION_RINGS, index);
}

const struct actor_plane_chunk *plane_view_chunk(const struct plane_view *plane, uint32_t ring,
						 uint64_t number)
{
	const uint8_t *head = (const uint8_t *)plane_view_ring(plane, ring);
	uint64_t place = number & (plane->header.chunks_per_ring - 1);

	if (head == NULL)
		return NULL;
	return (const void *)(head + ACTOR_PLANE_RING_HEADER + place * plane->header.chunk_size);
}

uint32_t plane_view_chunk_events(const struct plane_view *plane)
{
	return (uint32_t)((plane->header.chunk_size - sizeof(struct actor_plane_chunk)) /
			  sizeof(struct actor_event));
}

/*
 * Opened again for writing by way of the descriptor, so that it is the file that was checked even
 * when another has its name by now.
 */
int plane_view_control(struct plane_view *plane, struct actor_plane_control **ret_control)
{
	uint64_t offset = plane->header.region[ACTOR_PLANE_REGION_CONTROL].offset;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t start = offset & ~(page - 1);
	size_t size = (size_t)(offset - start + sizeof(struct actor_plane_control));
	char path[32];
	void *base;
	int fd, result;

	if (plane->control != NULL) {
		*ret_control = plane->control;
		return 0;
	}
	size = (size_t)((size + page - 1) & ~(page - 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", plane->fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)start);
	result = base == MAP_FAILED ? -errno : 0;
	close(fd);
	if (result < 0)
		return result;
	result = guard_add(base, size);
	if (result < 0) {
		munmap(base, size);
		return result;
	}
	plane->control_guard = result;
	plane->control_base = base;
	plane->control_mapped = size;
	plane->control = (void *)(plane->control_base + (offset - start));
	*ret_control = plane->control;
	return 0;
}
