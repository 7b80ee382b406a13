/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_PLANE_H
#define TRACER_ATTACH_PLANE_H

/* What the reader of the rings needs of a plane beyond the public accessors. */

#include <string.h>

#include <tracer/attach.h>

/* Copies `words` 64-bit words that somebody else may be writing; each word arrives whole. */
static inline void plane_copy_words(void *to, const void *from, size_t words)
{
	uint64_t *target = to;
	const uint64_t *source = from;

	for (size_t i = 0; i < words; i++)
		target[i] = __atomic_load_n(&source[i], __ATOMIC_RELAXED);
}

/*
 * As many as that, and many of them: what arrives may be torn, and is looked at only after the ring
 * has shown that nobody wrote there meanwhile. Fences keep the copying in its place.
 */
static inline void plane_copy_events(void *to, const void *from, size_t words)
{
#if defined(__SANITIZE_THREAD__)
	plane_copy_words(to, from, words);
#else
	memcpy(to, from, words * sizeof(uint64_t));
#endif
}

/* The control region as it is mapped for reading. */
const struct actor_plane_control *plane_view_control_shared(const struct plane_view *plane);

/* Whether the system was destroyed in good order; cheaper than plane_view_life(). */
bool plane_view_has_ended(const struct plane_view *plane);

/* How many rings the plane has room for. */
uint32_t plane_view_rings(const struct plane_view *plane);

#endif
