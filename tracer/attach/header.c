/* SPDX-License-Identifier: MIT */
#include "attach/header.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PLANE_BYTE_ORDER UINT32_C(0x01020304)

/* A ring's chunk and the number of chunks; far beyond what is of use, far from overflow. */
#define PLANE_CHUNK_MAX  (UINT32_C(1) << 28)
#define PLANE_CHUNKS_MAX (UINT32_C(1) << 20)

int plane_view_refuse(int status, char *error, size_t error_size, const char *format, ...)
{
	va_list args;

	if (error_size > 0) {
		va_start(args, format);
		vsnprintf(error, error_size, format, args);
		va_end(args);
	}
	return status;
}

static bool power_of_two(uint64_t number)
{
	return number != 0 && (number & (number - 1)) == 0;
}

/* What a region's elements must be at least. */
struct region_rule {
	const char *name;
	uint64_t stride_min;
	uint64_t count_min;
	uint64_t count_max;
	uint64_t alignment;
};

static const struct region_rule region_rules[ACTOR_PLANE_REGION_COUNT] = {
	[ACTOR_PLANE_REGION_CONTROL] = {"control", sizeof(struct actor_plane_control), 1, 1, 64},
	[ACTOR_PLANE_REGION_TYPES] = {"types", sizeof(struct actor_plane_type), 0, 65536, 8},
	[ACTOR_PLANE_REGION_BEHAVIOURS] = {"behaviours", sizeof(struct actor_plane_behaviour), 0,
					   65536, 8},
	[ACTOR_PLANE_REGION_STRINGS] = {"strings", 1, 8, UINT32_MAX, 4},
	[ACTOR_PLANE_REGION_THREADS] = {"threads", sizeof(struct actor_plane_thread), 1,
					ACTOR_PLANE_THREADS_MAX, 8},
	[ACTOR_PLANE_REGION_ACTORS] = {"actors", sizeof(struct actor_plane_actor), 1,
				       ACTOR_PLANE_ACTORS_MAX, 8},
	[ACTOR_PLANE_REGION_BIRTHS] = {"births", sizeof(struct actor_plane_birth), 1,
				       ACTOR_PLANE_ACTORS_MAX, 8},
	[ACTOR_PLANE_REGION_RINGS] = {"rings", ACTOR_PLANE_RING_HEADER, 1, ACTOR_PLANE_THREADS_MAX,
				      64},
	[ACTOR_PLANE_REGION_BONDS] = {"bonds", sizeof(struct actor_plane_bond), 0, 1u << 24, 8},
};

/* Whether the region lies inside the file and holds what its elements need. */
static bool region_fits(const struct actor_plane_header *header, size_t id)
{
	const struct actor_plane_region *region = &header->region[id];
	const struct region_rule *rule = &region_rules[id];
	uint64_t bytes;

	if (region->count < rule->count_min || region->count > rule->count_max)
		return false;
	if (region->stride < rule->stride_min || region->offset < sizeof(*header))
		return false;
	if (region->offset % rule->alignment != 0)
		return false;
	if (region->stride != 1 && region->stride % rule->alignment != 0)
		return false;
	if (id == ACTOR_PLANE_REGION_STRINGS && region->stride != 1)
		return false;
	if (__builtin_mul_overflow(region->stride, region->count, &bytes))
		return false;
	return region->offset <= header->size && bytes <= header->size - region->offset;
}

int header_check_layout(const struct actor_plane_header *header, const char *path, char *error,
			size_t error_size)
{
	const struct actor_plane_region *region = header->region;
	uint64_t ring;

	for (size_t i = 0; i < ACTOR_PLANE_REGION_COUNT; i++) {
		if (region_fits(header, i))
			continue;
		return plane_view_refuse(
			PLANE_EDAMAGED, error, error_size,
			"%s is damaged: its region '%s' does not fit into the file; remove it",
			path, region_rules[i].name);
	}
	if (!power_of_two(header->chunk_size) || !power_of_two(header->chunks_per_ring) ||
	    header->chunk_size < sizeof(struct actor_plane_chunk) + sizeof(struct actor_event) ||
	    header->chunk_size > PLANE_CHUNK_MAX || header->chunks_per_ring > PLANE_CHUNKS_MAX)
		return plane_view_refuse(
			PLANE_EDAMAGED, error, error_size,
			"%s is damaged: chunks of %u bytes, %u to a ring; remove it", path,
			header->chunk_size, header->chunks_per_ring);
	ring = ACTOR_PLANE_RING_HEADER + (uint64_t)header->chunk_size * header->chunks_per_ring;
	if (region[ACTOR_PLANE_REGION_RINGS].stride < ring)
		return plane_view_refuse(PLANE_EDAMAGED, error, error_size,
					 "%s is damaged: its rings overlap; remove it", path);
	if (region[ACTOR_PLANE_REGION_RINGS].count < region[ACTOR_PLANE_REGION_THREADS].count ||
	    region[ACTOR_PLANE_REGION_BIRTHS].count < region[ACTOR_PLANE_REGION_ACTORS].count)
		return plane_view_refuse(
			PLANE_EDAMAGED, error, error_size,
			"%s is damaged: its tables do not belong together; remove it", path);
	if (header->scheduler_count > region[ACTOR_PLANE_REGION_THREADS].count ||
	    header->build_id_size > sizeof(header->build_id) || header->ticks_per_second == 0 ||
	    header->pid == 0 || header->pid > INT32_MAX ||
	    memchr(header->session, '\0', sizeof(header->session)) == NULL)
		return plane_view_refuse(PLANE_EDAMAGED, error, error_size,
					 "%s is damaged: its header contradicts itself; remove it",
					 path);
	return 0;
}

int header_check_kind(const struct actor_plane_header *header, const char *path, char *error,
		      size_t error_size)
{
	uint64_t magic = header->magic;

	if (magic == __builtin_bswap64(ACTOR_PLANE_MAGIC) ||
	    (magic == ACTOR_PLANE_MAGIC &&
	     header->byte_order == __builtin_bswap32(PLANE_BYTE_ORDER)))
		return plane_view_refuse(
			PLANE_EBYTE_ORDER, error, error_size,
			"%s was made on a machine of another byte order; read it there", path);
	if (magic == 0 && header->version == 0 && header->size == 0)
		return plane_view_refuse(PLANE_ENOT_READY, error, error_size,
					 "%s is not set up yet; try again in a moment", path);
	/* Between the first words of it. */
	if (magic == ACTOR_PLANE_MAGIC && __atomic_load_n(&header->ready, __ATOMIC_RELAXED) == 0 &&
	    (header->version == 0 || header->byte_order == 0 || header->header_size == 0))
		return plane_view_refuse(PLANE_ENOT_READY, error, error_size,
					 "%s is not set up yet; try again in a moment", path);
	if (magic != ACTOR_PLANE_MAGIC)
		return plane_view_refuse(
			PLANE_EFOREIGN, error, error_size,
			"%s is not a plane of libactor; actor-trace ls lists those", path);
	if (header->version != ACTOR_PLANE_VERSION)
		return plane_view_refuse(
			PLANE_EVERSION, error, error_size,
			"%s has version %u of the layout and this program reads version %d; "
			"use the tools that came with the program's libactor",
			path, header->version, ACTOR_PLANE_VERSION);
	if (header->byte_order != PLANE_BYTE_ORDER || header->header_size < sizeof(*header))
		return plane_view_refuse(PLANE_EDAMAGED, error, error_size,
					 "%s is damaged: its header contradicts itself; remove it",
					 path);
	if (__atomic_load_n(&header->ready, __ATOMIC_RELAXED) != 1)
		return plane_view_refuse(
			PLANE_ENOT_READY, error, error_size,
			"%s is not set up yet; try again in a moment, or remove it when its "
			"program is dead",
			path);
	if (header->event_version == 0 || header->event_version > 0xffff)
		return plane_view_refuse(PLANE_EDAMAGED, error, error_size,
					 "%s is damaged: event version %u; remove it", path,
					 header->event_version);
	if (header->clock > ACTOR_PLANE_CLOCK_CNTVCT)
		return plane_view_refuse(
			PLANE_EVERSION, error, error_size,
			"%s counts time with clock %u, which this program does not know", path,
			header->clock);
	return 0;
}
