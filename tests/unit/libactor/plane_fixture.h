/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PLANE_FIXTURE_H
#define TESTS_PLANE_FIXTURE_H

/* A plane in a directory of its own. */

#include <stdlib.h>
#include <unistd.h>

#include "plane/plane.h"

#include "suite.h"

static struct plane plane;
static char directory[64];
static char *arguments[] = {(char[]){"program"}, (char[]){"--flag"}, (char[]){"a b"}, NULL};
static const struct plane_options defaults = {.schedulers = 2,
					      .actors_max = 1000,
					      .seed = 42,
					      .ring_bytes = 1 << 20,
					      .argc = 3,
					      .argv = arguments,
					      .tls_current = -16};

static inline void directory_make(void)
{
	(void)snprintf(directory, sizeof(directory), "/tmp/test_plane.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	setenv("LIBACTOR_DIR", directory, 1);
}

static inline void directory_remove(void)
{
	CU_ASSERT_EQUAL(rmdir(directory), 0);
}

static inline void setup(void)
{
	directory_make();
	CU_ASSERT_EQUAL_FATAL(plane_create(&plane, &defaults), 0);
}

static inline void teardown(void)
{
	plane_destroy(&plane);
	directory_remove();
}

#endif
