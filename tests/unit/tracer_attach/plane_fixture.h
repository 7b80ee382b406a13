/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PLANE_FIXTURE_H
#define TESTS_PLANE_FIXTURE_H

/* A made-up plane in a folder of its own. */

#include "suite.h"

#include "synthetic.h"

static inline void make_directory(char *path, size_t size)
{
	snprintf(path, size, "/tmp/test_plane.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(path));
}

struct fixture {
	char directory[64];
	struct synthetic synthetic;
};

static inline void fixture_start(struct fixture *f)
{
	make_directory(f->directory, sizeof(f->directory));
	synthetic_create(&f->synthetic, f->directory, (uint32_t)getpid());
}

static inline void fixture_end(struct fixture *f)
{
	synthetic_remove(&f->synthetic);
	CU_ASSERT_EQUAL(rmdir(f->directory), 0);
}

#endif
