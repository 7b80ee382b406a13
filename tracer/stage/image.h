/* SPDX-License-Identifier: MIT */
#ifndef STAGE_IMAGE_H
#define STAGE_IMAGE_H

/* The plane that a stage plays into: made, and written as a program writes its own. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actor/plane.h>

#define IMAGE_CHUNK  32768u
#define IMAGE_CHUNKS 16u
#define IMAGE_BONDS  32768u

struct image {
	char folder[64];
	char path[128];
	uint8_t *base;
	size_t size;
	struct actor_plane_header *header;
	struct actor_plane_control *control;
	struct actor_plane_type *types;
	struct actor_plane_behaviour *behaviours;
	struct actor_plane_thread *threads;
	struct actor_plane_actor *actors;
	struct actor_plane_birth *births;
	struct actor_plane_bond *bonds;
	uint32_t bonds_used[2]; /* of each half: links, monitors */
	uint32_t slots;
	uint32_t filled[ACTOR_PLANE_THREADS_MAX]; /* events in the chunk that is being filled */
	uint64_t first[ACTOR_PLANE_THREADS_MAX];  /* number of the next event */
};

struct image_size {
	uint32_t types;
	uint32_t behaviours;
	uint32_t slots;
	uint32_t strings; /* bytes */
};

/* 0 or a negative errno. */
int image_create(struct image *image, const struct image_size *size, uint64_t start_ns);
void image_destroy(struct image *image);

/* Actors, births, threads' words and rings as they were at first. */
void image_clear(struct image *image);

/* The offset of a text that is new; 0 when it is empty, or there is no room. */
uint32_t image_string(struct image *image, const char *text);

/* One end of a link or of a monitor; taking back what was never put does nothing. */
void image_bond(struct image *image, bool monitor, uint64_t owner, uint64_t peer);
void image_unbond(struct image *image, bool monitor, uint64_t owner, uint64_t peer);

/* Puts an event into a ring. */
void image_event(struct image *image, uint32_t thread, const struct actor_event *event);

#endif
