/* SPDX-License-Identifier: MIT */
#ifndef TRACER_ATTACH_HEADER_H
#define TRACER_ATTACH_HEADER_H

/* Whether a plane's header can be believed. What it says is checked here and nowhere else. */

#include <tracer/attach.h>

/* Puts a sentence into `error`, cut to fit. Returns `status`. */
int plane_view_refuse(int status, char *error, size_t error_size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The part of the header that says whether the rest can be understood at all. */
int header_check_kind(const struct actor_plane_header *header, const char *path, char *error,
		      size_t error_size);

/* Everything that readers go by later without looking again: regions, rings, counts. */
int header_check_layout(const struct actor_plane_header *header, const char *path, char *error,
			size_t error_size);

#endif
