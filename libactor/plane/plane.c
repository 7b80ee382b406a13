/* SPDX-License-Identifier: MIT */
#include "plane/plane.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

#define PAGE        ((size_t)4096)
#define BYTE_ORDER_ 0x01020304u

static size_t round_up(size_t size, size_t unit)
{
	return (size + unit - 1) / unit * unit;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

int plane_back(const struct plane *plane, size_t offset, size_t size)
{
	int error;

	/* tmpfs gives up when a signal arrives (profilers send many) and takes back what it had. */
	do
		error = posix_fallocate(plane->fd, (off_t)offset, (off_t)size);
	while (error == EINTR);
	return error == 0 ? 0 : ACTOR_ENO_MEMORY;
}

void plane_populate(void *memory, size_t size)
{
	/* Older kernels say EINVAL; then every page faults when it is touched first. */
#ifdef MADV_POPULATE_WRITE
	(void)madvise(memory, size, MADV_POPULATE_WRITE);
#else
	(void)memory;
	(void)size;
#endif
}

int plane_extent_reserve(struct plane *plane, enum actor_plane_region_id region, size_t bytes)
{
	struct plane_extent *extent = &plane->extent[region];
	int status = 0;
	size_t backed;

	/* Acquire: pairs with the release below. */
	if (bytes <= __atomic_load_n(&extent->backed, __ATOMIC_ACQUIRE))
		return 0;
	if (bytes > extent->size)
		return ACTOR_ENO_MEMORY;
	pthread_mutex_lock(&plane->extent_lock);
	backed = extent->backed;
	while (status == 0 && backed < bytes) {
		size_t step = extent->size - backed;

		if (step > extent->step)
			step = extent->step;
		status = plane_back(plane, extent->offset + backed, step);
		if (status == 0)
			backed += step;
	}
	__atomic_store_n(&extent->backed, backed, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&plane->extent_lock);
	return status;
}

int plane_actors_reserve(struct plane *plane, uint32_t slots)
{
	size_t count = slots;
	int status;

	status = plane_extent_reserve(plane, ACTOR_PLANE_REGION_ACTORS,
				      count * sizeof(struct actor_plane_actor));
	if (status != 0)
		return status;
	return plane_extent_reserve(plane, ACTOR_PLANE_REGION_BIRTHS,
				    count * sizeof(struct actor_plane_birth));
}

/* ---- Layout ---------------------------------------------------------------------------------- */

static size_t ring_bytes_of(size_t wanted)
{
	size_t bytes = PLANE_RING_BYTES_MIN;

	while (bytes < wanted && bytes < PLANE_RING_BYTES_MAX)
		bytes *= 2;
	return bytes;
}

/* Where everything lies. Pure arithmetic; the result goes into the header as it is. */
static size_t lay_out(const struct plane_options *options,
		      struct actor_plane_region region[ACTOR_PLANE_REGION_COUNT])
{
	const struct {
		uint64_t stride;
		uint64_t count;
	} wanted[ACTOR_PLANE_REGION_COUNT] = {
		[ACTOR_PLANE_REGION_CONTROL] = {sizeof(struct actor_plane_control), 1},
		[ACTOR_PLANE_REGION_TYPES] = {sizeof(struct actor_plane_type), PLANE_TYPES_MAX},
		[ACTOR_PLANE_REGION_BEHAVIOURS] = {sizeof(struct actor_plane_behaviour),
						   PLANE_BEHAVIOURS_MAX},
		[ACTOR_PLANE_REGION_STRINGS] = {1, PLANE_STRINGS_SIZE},
		[ACTOR_PLANE_REGION_THREADS] = {sizeof(struct actor_plane_thread),
						ACTOR_PLANE_THREADS_MAX},
		[ACTOR_PLANE_REGION_ACTORS] = {sizeof(struct actor_plane_actor),
					       options->actors_max},
		[ACTOR_PLANE_REGION_BIRTHS] = {sizeof(struct actor_plane_birth),
					       options->actors_max},
		[ACTOR_PLANE_REGION_RINGS] = {ACTOR_PLANE_RING_HEADER +
						      ring_bytes_of(options->ring_bytes),
					      ACTOR_PLANE_THREADS_MAX},
		[ACTOR_PLANE_REGION_BONDS] = {sizeof(struct actor_plane_bond), PLANE_BONDS_MAX},
	};
	size_t offset = round_up(sizeof(struct actor_plane_header), PAGE);

	for (int i = 0; i < ACTOR_PLANE_REGION_COUNT; i++) {
		region[i].offset = offset;
		region[i].stride = wanted[i].stride;
		region[i].count = wanted[i].count;
		offset += round_up((size_t)(wanted[i].stride * wanted[i].count), PAGE);
	}
	return offset;
}

/* How much memory a region takes at a time. */
static const size_t extent_step[ACTOR_PLANE_REGION_COUNT] = {
	[ACTOR_PLANE_REGION_TYPES] = PAGE,
	[ACTOR_PLANE_REGION_BEHAVIOURS] = PAGE,
	[ACTOR_PLANE_REGION_STRINGS] = 8 * PAGE,
	[ACTOR_PLANE_REGION_ACTORS] = 64 * PAGE,
	[ACTOR_PLANE_REGION_BIRTHS] = 32 * PAGE,
	[ACTOR_PLANE_REGION_BONDS] = PLANE_BONDS_MAX * sizeof(struct actor_plane_bond),
};

static void *region_address(struct plane *plane, const struct actor_plane_region *region)
{
	return (unsigned char *)plane->header + region->offset;
}

static void set_pointers(struct plane *plane, const struct actor_plane_region *region)
{
	plane->control = region_address(plane, &region[ACTOR_PLANE_REGION_CONTROL]);
	plane->types = region_address(plane, &region[ACTOR_PLANE_REGION_TYPES]);
	plane->behaviours = region_address(plane, &region[ACTOR_PLANE_REGION_BEHAVIOURS]);
	plane->strings = region_address(plane, &region[ACTOR_PLANE_REGION_STRINGS]);
	plane->threads = region_address(plane, &region[ACTOR_PLANE_REGION_THREADS]);
	plane->actors = region_address(plane, &region[ACTOR_PLANE_REGION_ACTORS]);
	plane->births = region_address(plane, &region[ACTOR_PLANE_REGION_BIRTHS]);
	plane->rings = region_address(plane, &region[ACTOR_PLANE_REGION_RINGS]);
	plane->bonds = region_address(plane, &region[ACTOR_PLANE_REGION_BONDS]);
	plane->ring_stride = (size_t)region[ACTOR_PLANE_REGION_RINGS].stride;
	for (int i = 0; i < ACTOR_PLANE_REGION_COUNT; i++) {
		plane->extent[i].offset = (size_t)region[i].offset;
		plane->extent[i].size =
			round_up((size_t)(region[i].stride * region[i].count), PAGE);
		plane->extent[i].step = extent_step[i];
	}
}

/* Memory for everything that is sure to be touched. */
static int back_the_certain(struct plane *plane, const struct plane_options *options,
			    const struct actor_plane_region *region)
{
	static const enum actor_plane_region_id certain[] = {ACTOR_PLANE_REGION_CONTROL,
							     ACTOR_PLANE_REGION_THREADS};
	int status = plane_back(plane, 0, PAGE);

	for (size_t i = 0; status == 0 && i < sizeof(certain) / sizeof(certain[0]); i++)
		status = plane_back(plane, plane->extent[certain[i]].offset,
				    plane->extent[certain[i]].size);
	for (uint32_t i = 0; status == 0 && i < options->schedulers; i++)
		status = plane_back(plane,
				    (size_t)region[ACTOR_PLANE_REGION_RINGS].offset +
					    i * plane->ring_stride,
				    ACTOR_PLANE_RING_HEADER);
	return status;
}

/* What others look at is then a file without contents. */
static int own_actors(struct plane *plane)
{
	static const enum actor_plane_region_id own[] = {ACTOR_PLANE_REGION_ACTORS,
							 ACTOR_PLANE_REGION_BIRTHS};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const struct plane_extent *extent = &plane->extent[own[i]];

		if (mmap((unsigned char *)plane->header + extent->offset, extent->size,
			 PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
			 0) == MAP_FAILED)
			return ACTOR_ENO_MEMORY;
	}
	return 0;
}

/* ---- Life ------------------------------------------------------------------------------------ */

/* The size is set before anything is touched; beyond RLIMIT_FSIZE that would end the process. */
static int file_set_size(const struct plane *plane)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    limit.rlim_cur < plane->size)
		return ACTOR_EPLANE;
	return ftruncate(plane->fd, (off_t)plane->size) == 0 ? 0 : ACTOR_EPLANE;
}

static void header_fill(struct plane *plane, const struct plane_options *options,
			const struct actor_plane_region *region, uint64_t start_time)
{
	struct actor_plane_header *header = plane->header;
	size_t ring_bytes = plane->ring_stride - ACTOR_PLANE_RING_HEADER;
	struct clock_instant now = clock_instant();

	header->magic = ACTOR_PLANE_MAGIC;
	header->version = ACTOR_PLANE_VERSION;
	header->event_version = ACTOR_EVENT_VERSION;
	header->byte_order = BYTE_ORDER_;
	header->header_size = sizeof(*header);
	header->size = plane->size;
	header->pid = (uint32_t)getpid();
	header->uid = (uint32_t)geteuid();
	header->start_time = start_time;
	header->clock = (uint32_t)clock_kind;
	header->scheduler_count = options->schedulers;
	header->ticks_per_second = clock_ticks_per_second;
	header->ticks_start = now.ticks;
	header->monotonic_start_ns = now.monotonic_ns;
	header->realtime_start_ns = now.realtime_ns;
	header->seed = options->seed;
	header->chunk_size =
		ring_bytes / 4 < PLANE_CHUNK_SIZE ? (uint32_t)(ring_bytes / 4) : PLANE_CHUNK_SIZE;
	header->chunks_per_ring = (uint32_t)(ring_bytes / header->chunk_size);
	header->tls_current = options->tls_current;
	memcpy(header->region, region, sizeof(header->region));
}

static int plane_build(struct plane *plane, const struct plane_options *options)
{
	struct actor_plane_region region[ACTOR_PLANE_REGION_COUNT];
	uint64_t start_time = 0;
	void *mapping;
	int status;

	clock_init();
	if (plane_process_start((uint32_t)getpid(), &start_time) != 0)
		return ACTOR_EPLANE;
	status = plane_file_create(plane, start_time);
	if (status != 0)
		return status;
	plane->size = lay_out(options, region);
	status = file_set_size(plane);
	if (status != 0)
		return status;
	mapping = mmap(NULL, plane->size, PROT_READ | PROT_WRITE, MAP_SHARED, plane->fd, 0);
	if (mapping == MAP_FAILED)
		return ACTOR_EPLANE;
	plane->header = mapping;
	set_pointers(plane, region);
	if (back_the_certain(plane, options, region) != 0 ||
	    (options->private_actors && own_actors(plane) != 0))
		return ACTOR_EPLANE;
	plane_tables_know(options->known, options->known_count);
	header_fill(plane, options, region, start_time);
	status = plane_text_init(plane);
	if (status != 0)
		return status;
	plane_process_describe(plane, options);
	return plane_tables_init(plane);
}

int plane_create(struct plane *plane, const struct plane_options *options)
{
	int status;

	assert(plane != NULL);
	assert(options != NULL);
	memset(plane, 0, sizeof(*plane));
	plane->fd = -1;
	if (options->schedulers == 0 || options->schedulers > ACTOR_PLANE_THREADS_MAX ||
	    options->actors_max == 0 || options->actors_max > ACTOR_PLANE_ACTORS_MAX)
		return ACTOR_EINVALID;
	pthread_mutex_init(&plane->lock, NULL);
	pthread_mutex_init(&plane->extent_lock, NULL);
	plane->built = true;
	status = plane_build(plane, options);
	if (status != 0) {
		plane_destroy(plane);
		return status;
	}
	/* Release: whoever sees `ready` sees all of the above. Pairs with the reader's acquire. */
	__atomic_store_n(&plane->header->ready, 1, __ATOMIC_RELEASE);
	return 0;
}

void plane_destroy(struct plane *plane)
{
	if (plane == NULL || !plane->built)
		return;
	plane_tables_forget(plane);
	/* Release: readers that see it see all that was ever written. */
	if (plane->header != NULL)
		__atomic_store_n(&plane->header->ended, 1, __ATOMIC_RELEASE);
	if (plane->path[0] != '\0')
		(void)unlink(plane->path);
	if (plane->header != NULL)
		(void)munmap(plane->header, plane->size);
	if (plane->fd >= 0)
		(void)close(plane->fd);
	free(plane->string_index);
	free(plane->behaviour_index);
	pthread_mutex_destroy(&plane->extent_lock);
	pthread_mutex_destroy(&plane->lock);
	memset(plane, 0, sizeof(*plane));
	plane->fd = -1;
}
