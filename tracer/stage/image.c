/* SPDX-License-Identifier: MIT */
#include "stage/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <actor/pid.h>
#include <tracer/attach.h>

#include "attach/process.h"

#define PAGE UINT64_C(4096)

static size_t lay_out(const struct image_size *size, struct actor_plane_region *regions)
{
	const uint64_t strides[] = {sizeof(struct actor_plane_control),
				    sizeof(struct actor_plane_type),
				    sizeof(struct actor_plane_behaviour),
				    1,
				    sizeof(struct actor_plane_thread),
				    sizeof(struct actor_plane_actor),
				    sizeof(struct actor_plane_birth),
				    ACTOR_PLANE_RING_HEADER + IMAGE_CHUNK * IMAGE_CHUNKS,
				    sizeof(struct actor_plane_bond)};
	const uint64_t counts[] = {1,
				   size->types + UINT64_C(1),
				   size->behaviours + UINT64_C(1),
				   size->strings,
				   ACTOR_PLANE_THREADS_MAX,
				   size->slots,
				   size->slots,
				   ACTOR_PLANE_THREADS_MAX,
				   IMAGE_BONDS};
	uint64_t offset = PAGE;

	for (size_t i = 0; i < ACTOR_PLANE_REGION_COUNT; i++) {
		regions[i] = (struct actor_plane_region){offset, strides[i], counts[i]};
		offset += (strides[i] * counts[i] + PAGE - 1) & ~(PAGE - 1);
	}
	return (size_t)offset;
}

static void *region(const struct image *image, enum actor_plane_region_id id)
{
	return image->base + image->header->region[id].offset;
}

static void fill_header(struct image *image, const struct actor_plane_region *regions,
			uint64_t start_ns)
{
	struct actor_plane_header *header = image->header;

	memcpy(header->region, regions, sizeof(header->region));
	header->magic = ACTOR_PLANE_MAGIC;
	header->version = ACTOR_PLANE_VERSION;
	header->event_version = ACTOR_EVENT_VERSION;
	header->byte_order = 0x01020304;
	header->header_size = sizeof(*header);
	header->size = image->size;
	header->pid = (uint32_t)getpid();
	header->uid = getuid();
	(void)process_start_time(header->pid, &header->start_time);
	(void)process_boot_id(header->boot_id);
	header->clock = ACTOR_PLANE_CLOCK_MONOTONIC;
	header->ticks_per_second = UINT64_C(1000000000);
	header->ticks_start = start_ns;
	header->monotonic_start_ns = start_ns;
	header->realtime_start_ns = start_ns;
	header->chunk_size = IMAGE_CHUNK;
	header->chunks_per_ring = IMAGE_CHUNKS;
}

static int map_file(struct image *image)
{
	const char *folder = getenv("TMPDIR");
	uint64_t start_time = 0;
	int fd;

	snprintf(image->folder, sizeof(image->folder), "%.40s/actor-stage.XXXXXX",
		 folder != NULL && folder[0] == '/' && strlen(folder) < 40 ? folder : "/tmp");
	if (mkdtemp(image->folder) == NULL) {
		image->folder[0] = '\0';
		return -errno;
	}
	(void)process_start_time((uint32_t)getpid(), &start_time);
	snprintf(image->path, sizeof(image->path), "%s/%u-%llu%s", image->folder,
		 (unsigned)getpid(), (unsigned long long)start_time, ACTOR_PLANE_SUFFIX);
	fd = open(image->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)image->size) == 0)
		image->base = mmap(NULL, image->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (image->base == MAP_FAILED)
		image->base = NULL;
	close(fd);
	return image->base != NULL ? 0 : -ENOMEM;
}

int image_create(struct image *image, const struct image_size *size, uint64_t start_ns)
{
	struct actor_plane_region regions[ACTOR_PLANE_REGION_COUNT];
	int status;

	memset(image, 0, sizeof(*image));
	image->size = lay_out(size, regions);
	image->slots = size->slots;
	status = map_file(image);
	if (status < 0) {
		image_destroy(image);
		return status;
	}
	image->header = (void *)image->base;
	fill_header(image, regions, start_ns);
	image->control = region(image, ACTOR_PLANE_REGION_CONTROL);
	image->types = region(image, ACTOR_PLANE_REGION_TYPES);
	image->behaviours = region(image, ACTOR_PLANE_REGION_BEHAVIOURS);
	image->threads = region(image, ACTOR_PLANE_REGION_THREADS);
	image->actors = region(image, ACTOR_PLANE_REGION_ACTORS);
	image->births = region(image, ACTOR_PLANE_REGION_BIRTHS);
	image->bonds = region(image, ACTOR_PLANE_REGION_BONDS);
	image->control->strings_used = 8; /* offset 0 is "" */
	return 0;
}

void image_destroy(struct image *image)
{
	if (image->base != NULL)
		munmap(image->base, image->size);
	if (image->path[0] != '\0')
		(void)unlink(image->path);
	if (image->folder[0] != '\0')
		(void)rmdir(image->folder);
	memset(image, 0, sizeof(*image));
}

void image_clear(struct image *image)
{
	const struct actor_plane_region *rings = &image->header->region[ACTOR_PLANE_REGION_RINGS];

	/* Only what is in use: the file has holes, and shall keep them. */
	memset(image->actors, 0, image->control->actors_used * sizeof(*image->actors));
	memset(image->births, 0, image->control->actors_used * sizeof(*image->births));
	image->control->actors_used = 0;
	for (int half = 0; half < 2; half++) {
		memset(image->bonds + half * (IMAGE_BONDS / 2), 0,
		       image->bonds_used[half] * sizeof(*image->bonds));
		image->bonds_used[half] = 0;
	}
	image->control->bonds = ACTOR_PLANE_BONDS_NONE;
	for (uint32_t i = 0; i < image->control->threads_used; i++) {
		struct actor_plane_thread *thread = &image->threads[i];

		thread->current = thread->turn_start = thread->turns = thread->busy_ticks = 0;
		memset(image->base + rings->offset + i * rings->stride, 0, rings->stride);
		image->filled[i] = 0;
		image->first[i] = 0;
	}
}

uint32_t image_string(struct image *image, const char *text)
{
	uint8_t *strings = region(image, ACTOR_PLANE_REGION_STRINGS);
	uint64_t room = image->header->region[ACTOR_PLANE_REGION_STRINGS].count;
	uint32_t offset = image->control->strings_used, length = (uint32_t)strlen(text);

	if (length == 0 || (uint64_t)offset + length + 8 > room)
		return 0;
	memcpy(strings + offset, &length, 4);
	memcpy(strings + offset + 4, text, length + 1);
	image->control->strings_used = (offset + 4 + length + 1 + 3) & ~3u;
	return offset;
}

static bool lives(const struct image *image, uint64_t bits)
{
	struct actor_pid pid = {bits};

	return actor_pid_slot(pid) < image->slots &&
	       image->actors[actor_pid_slot(pid)].generation == actor_pid_generation(pid);
}

/* Without those whose owner is dead. */
static void bonds_close_up(struct image *image, int half)
{
	struct actor_plane_bond *bonds = image->bonds + half * (IMAGE_BONDS / 2);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < image->bonds_used[half]; i++)
		if (bonds[i].peer != 0 && lives(image, bonds[i].owner))
			bonds[kept++] = bonds[i];
	memset(bonds + kept, 0, (image->bonds_used[half] - kept) * sizeof(*bonds));
	image->bonds_used[half] = kept;
}

void image_bond(struct image *image, bool monitor, uint64_t owner, uint64_t peer)
{
	struct actor_plane_bond *bonds = image->bonds + monitor * (IMAGE_BONDS / 2);

	if (image->bonds_used[monitor] == IMAGE_BONDS / 2)
		bonds_close_up(image, monitor);
	if (image->bonds_used[monitor] == IMAGE_BONDS / 2) {
		image->control->bonds = ACTOR_PLANE_BONDS_SOME;
		return;
	}
	bonds[image->bonds_used[monitor]++] = (struct actor_plane_bond){owner, peer};
	if (image->control->bonds == ACTOR_PLANE_BONDS_NONE)
		image->control->bonds = ACTOR_PLANE_BONDS_ALL;
}

void image_unbond(struct image *image, bool monitor, uint64_t owner, uint64_t peer)
{
	struct actor_plane_bond *bonds = image->bonds + monitor * (IMAGE_BONDS / 2);

	for (uint32_t i = 0; i < image->bonds_used[monitor]; i++) {
		if (bonds[i].owner != owner || bonds[i].peer != peer)
			continue;
		bonds[i] = (struct actor_plane_bond){0};
		return;
	}
}

/* The protocol of <actor/plane.h>; the reader is in the same thread, so there is nothing to order.
 */
void image_event(struct image *image, uint32_t thread, const struct actor_event *event)
{
	const struct actor_plane_region *rings = &image->header->region[ACTOR_PLANE_REGION_RINGS];
	uint8_t *base = image->base + rings->offset + thread * rings->stride;
	struct actor_plane_ring *ring = (void *)base;
	uint32_t capacity = (IMAGE_CHUNK - sizeof(struct actor_plane_chunk)) / sizeof(*event);
	struct actor_plane_chunk *chunk;

	if (ring->head == 0 || image->filled[thread] == capacity) {
		chunk = (void *)(base + ACTOR_PLANE_RING_HEADER +
				 ring->head % IMAGE_CHUNKS * IMAGE_CHUNK);
		chunk->committed = 0;
		chunk->seq = ring->head + 1;
		chunk->first = image->first[thread];
		chunk->actor = image->threads[thread].current;
		chunk->turn_time = image->threads[thread].turn_start;
		ring->head++;
		image->filled[thread] = 0;
	}
	chunk = (void *)(base + ACTOR_PLANE_RING_HEADER +
			 (ring->head - 1) % IMAGE_CHUNKS * IMAGE_CHUNK);
	memcpy((struct actor_event *)(void *)(chunk + 1) + image->filled[thread], event,
	       sizeof(*event));
	image->filled[thread]++;
	image->first[thread]++;
	chunk->committed = image->filled[thread];
}
