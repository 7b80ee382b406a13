/* SPDX-License-Identifier: MIT */
/*
 * The plane as a file: what a stranger finds in it, whom it lets in, what it does when the file
 * system is full, and what becomes of it when its process is gone.
 */

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "plane/ring.h"
#include "plane_fixture.h"

static const char *text_at(uint32_t offset)
{
	return plane.strings + offset + sizeof(uint32_t);
}

static int files_count(void)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	while ((entry = readdir(stream)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(stream);
	return count;
}

/* ---- The file -------------------------------------------------------------------------------- */

static void the_header_says_what_this_is(void)
{
	const struct actor_plane_header *header;
	char name[128];

	setenv("LIBACTOR_SESSION", "a-session", 1);
	setup();
	unsetenv("LIBACTOR_SESSION");
	header = plane.header;
	CU_ASSERT_EQUAL(header->magic, ACTOR_PLANE_MAGIC);
	CU_ASSERT_EQUAL(memcmp(header, "ACTPLAN1", 8), 0);
	CU_ASSERT_EQUAL(header->version, ACTOR_PLANE_VERSION);
	CU_ASSERT_EQUAL(header->event_version, ACTOR_EVENT_VERSION);
	CU_ASSERT_EQUAL(header->byte_order, 0x01020304);
	CU_ASSERT_EQUAL(header->header_size, sizeof(*header));
	CU_ASSERT_EQUAL(header->ready, 1);
	CU_ASSERT_EQUAL(header->ended, 0);
	CU_ASSERT_EQUAL(header->pid, (uint32_t)getpid());
	CU_ASSERT_EQUAL(header->uid, (uint32_t)geteuid());
	CU_ASSERT_TRUE(header->start_time > 0);
	CU_ASSERT_EQUAL(header->scheduler_count, 2);
	CU_ASSERT_EQUAL(header->seed, 42);
	CU_ASSERT_EQUAL(header->tls_current, -16);
	CU_ASSERT_TRUE(header->ticks_per_second > 1000000);
	CU_ASSERT_TRUE(header->monotonic_start_ns > 0);
	CU_ASSERT_TRUE(header->realtime_start_ns > header->monotonic_start_ns);
	CU_ASSERT_TRUE(header->build_id_size <= sizeof(header->build_id));
	CU_ASSERT_STRING_EQUAL(header->session, "a-session");
	CU_ASSERT_STRING_EQUAL(text_at(header->argv), "program --flag a b");
	CU_ASSERT_PTR_NOT_NULL(strstr(text_at(header->program), "plane"));
	(void)snprintf(name, sizeof(name), "%s/%d-%llu.plane", directory, getpid(),
		       (unsigned long long)header->start_time);
	CU_ASSERT_STRING_EQUAL(plane.path, name);
	teardown();
}

static void the_regions_lie_in_the_file(void)
{
	const struct actor_plane_region *region;
	uint64_t end = sizeof(struct actor_plane_header);
	struct stat status;

	setup();
	region = plane.header->region;
	CU_ASSERT_EQUAL_FATAL(stat(plane.path, &status), 0);
	CU_ASSERT_EQUAL(status.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL((uint64_t)status.st_size, plane.header->size);
	/* Sparse: an idle plane costs little of what it may grow to. */
	CU_ASSERT_TRUE(status.st_blocks * 512 < 256 * 1024);
	for (int i = 0; i < ACTOR_PLANE_REGION_COUNT; i++) {
		CU_ASSERT_TRUE(region[i].offset >= end);
		CU_ASSERT_EQUAL(region[i].offset % 4096, 0);
		end = region[i].offset + region[i].stride * region[i].count;
	}
	CU_ASSERT_TRUE(end <= plane.header->size);
	CU_ASSERT_EQUAL(region[ACTOR_PLANE_REGION_ACTORS].count, 1000);
	CU_ASSERT_EQUAL(region[ACTOR_PLANE_REGION_THREADS].count, ACTOR_PLANE_THREADS_MAX);
	teardown();
}

static void rings_have_at_least_four_chunks(void)
{
	static const struct {
		size_t wanted;
		size_t bytes;
		uint32_t chunk_size;
	} sizes[] = {
		{0, 64 << 10, 16 << 10},          {1 << 10, 64 << 10, 16 << 10},
		{200 << 10, 256 << 10, 64 << 10}, {(1 << 20) + 1, 2 << 20, 64 << 10},
		{SIZE_MAX, 1 << 30, 64 << 10},
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct plane_options options = defaults;

		directory_make();
		options.ring_bytes = sizes[i].wanted;
		CU_ASSERT_EQUAL_FATAL(plane_create(&plane, &options), 0);
		CU_ASSERT_EQUAL(plane.ring_stride, ACTOR_PLANE_RING_HEADER + sizes[i].bytes);
		CU_ASSERT_EQUAL(plane.header->chunk_size, sizes[i].chunk_size);
		CU_ASSERT_EQUAL(plane.header->chunks_per_ring,
				sizes[i].bytes / sizes[i].chunk_size);
		CU_ASSERT_TRUE(plane.header->chunks_per_ring >= 4);
		teardown();
	}
}

static void bad_options_are_refused(void)
{
	struct plane_options options = defaults;

	directory_make();
	options.schedulers = 0;
	CU_ASSERT_EQUAL(plane_create(&plane, &options), ACTOR_EINVALID);
	plane_destroy(&plane);
	options.schedulers = ACTOR_PLANE_THREADS_MAX + 1;
	CU_ASSERT_EQUAL(plane_create(&plane, &options), ACTOR_EINVALID);
	options = defaults;
	options.actors_max = 0;
	CU_ASSERT_EQUAL(plane_create(&plane, &options), ACTOR_EINVALID);
	options.actors_max = ACTOR_PLANE_ACTORS_MAX + 1;
	CU_ASSERT_EQUAL(plane_create(&plane, &options), ACTOR_EINVALID);
	plane_destroy(&plane);
	plane_destroy(&plane);
	plane_destroy(NULL);
	CU_ASSERT_EQUAL(files_count(), 0);
	directory_remove();
}

static void a_destroyed_plane_says_so_and_is_gone(void)
{
	struct actor_plane_header header;
	int fd;

	setup();
	fd = open(plane.path, O_RDONLY);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	plane_destroy(&plane);
	CU_ASSERT_EQUAL(pread(fd, &header, sizeof(header), 0), (ssize_t)sizeof(header));
	CU_ASSERT_EQUAL(header.ended, 1);
	close(fd);
	CU_ASSERT_EQUAL(files_count(), 0);
	directory_remove();
}

static void planes_of_one_process_have_different_names(void)
{
	static struct plane more[3];

	setup();
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(plane_create(&more[i], &defaults), 0);
	CU_ASSERT_EQUAL(files_count(), 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(more[2].path, ".3.plane"));
	for (int i = 0; i < 3; i++)
		plane_destroy(&more[i]);
	teardown();
}

/* ---- The directory --------------------------------------------------------------------------- */

static void a_directory_that_others_may_enter_is_refused(void)
{
	static const mode_t loose[] = {0710, 0701, 0755, 0770, 01777};

	directory_make();
	for (size_t i = 0; i < sizeof(loose) / sizeof(loose[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(chmod(directory, loose[i]), 0);
		CU_ASSERT_EQUAL(plane_create(&plane, &defaults), ACTOR_EACCESS);
		CU_ASSERT_EQUAL(files_count(), 0);
	}
	directory_remove();
}

static void a_directory_that_is_a_link_is_refused(void)
{
	char name[96];

	directory_make();
	(void)snprintf(name, sizeof(name), "%s.link", directory);
	CU_ASSERT_EQUAL_FATAL(symlink(directory, name), 0);
	setenv("LIBACTOR_DIR", name, 1);
	CU_ASSERT_EQUAL(plane_create(&plane, &defaults), ACTOR_EACCESS);
	(void)snprintf(name, sizeof(name), "%s.link/", directory);
	setenv("LIBACTOR_DIR", name, 1);
	CU_ASSERT_EQUAL(plane_create(&plane, &defaults), ACTOR_EACCESS);
	(void)snprintf(name, sizeof(name), "%s.link", directory);
	CU_ASSERT_EQUAL(unlink(name), 0);
	directory_remove();
}

static void a_directory_is_made_where_it_can_be(void)
{
	char name[96];
	struct stat status;

	directory_make();
	(void)snprintf(name, sizeof(name), "%s/new", directory);
	setenv("LIBACTOR_DIR", name, 1);
	CU_ASSERT_EQUAL_FATAL(plane_create(&plane, &defaults), 0);
	CU_ASSERT_EQUAL(stat(name, &status), 0);
	CU_ASSERT_EQUAL(status.st_mode & 07777, 0700);
	plane_destroy(&plane);
	CU_ASSERT_EQUAL(rmdir(name), 0);
	(void)snprintf(name, sizeof(name), "%s/no/such", directory);
	setenv("LIBACTOR_DIR", name, 1);
	CU_ASSERT_EQUAL(plane_create(&plane, &defaults), ACTOR_EPLANE);
	plane_destroy(&plane);
	directory_remove();
}

/* A process that ends without destroying its plane. */
static void leave_one(void)
{
	static struct plane left;
	pid_t child = fork();

	if (child == 0)
		_exit(plane_create(&left, &defaults) == 0 ? 0 : 1);
	CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
}

static void planes_of_the_dead_are_bounded(void)
{
	DIR *stream;
	struct dirent *entry;

	setup();
	for (int i = 0; i < 10; i++)
		leave_one();
	/* Ours, and that of the last one, and those that it has found and kept. */
	CU_ASSERT_EQUAL(files_count(), 1 + 1 + PLANE_DEAD_KEPT);
	CU_ASSERT_EQUAL(access(plane.path, F_OK), 0);
	plane_destroy(&plane);
	stream = opendir(directory);
	while ((entry = readdir(stream)) != NULL)
		(void)unlinkat(dirfd(stream), entry->d_name, 0);
	closedir(stream);
	directory_remove();
}

/* Somebody in another pid namespace has it: the pid says dead, the lock says alive. */
static void locked_planes_are_not_removed(void)
{
	char name[128];
	int fds[10];

	directory_make();
	for (int i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "%s/%d-1.plane", directory, i + 1);
		fds[i] = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		CU_ASSERT_EQUAL(flock(fds[i], LOCK_SH), 0);
	}
	/* Files that are not planes are nobody's business. */
	(void)snprintf(name, sizeof(name), "%s/1-1.plane.txt", directory);
	close(open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	CU_ASSERT_EQUAL_FATAL(plane_create(&plane, &defaults), 0);
	CU_ASSERT_EQUAL(files_count(), 12);
	plane_destroy(&plane);
	for (int i = 0; i < 10; i++)
		close(fds[i]);
	CU_ASSERT_EQUAL_FATAL(plane_create(&plane, &defaults), 0);
	CU_ASSERT_EQUAL(files_count(), PLANE_DEAD_KEPT + 2);
	plane_destroy(&plane);
	CU_ASSERT_EQUAL(unlink(name), 0);
	for (int i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "%s/%d-1.plane", directory, i + 1);
		(void)unlink(name);
	}
	directory_remove();
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void slots_are_reserved_up_to_the_end(void)
{
	setup();
	CU_ASSERT_EQUAL(plane_actors_reserve(&plane, 0), 0);
	CU_ASSERT_EQUAL(plane_actors_reserve(&plane, 1), 0);
	CU_ASSERT_EQUAL(plane_actors_reserve(&plane, 1000), 0);
	memset(plane.actors, 0xff, 1000 * sizeof(*plane.actors));
	memset(plane.births, 0xff, 1000 * sizeof(*plane.births));
	CU_ASSERT_EQUAL(plane_actors_reserve(&plane, 5000), ACTOR_ENO_MEMORY);
	CU_ASSERT_EQUAL(plane.control->actors_used, 0);
	teardown();
}

/* Runs in a child with its own file system of 1 MiB: everything ends in a status. */
static int fill_up(void)
{
	static struct plane other;
	struct plane_options options = defaults;
	struct ring ring;
	uint32_t slots = 0;

	if (unshare(CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", directory, "tmpfs", 0, "size=1m,mode=0700") != 0)
		return 77;
	options.actors_max = 1 << 20;
	if (plane_create(&plane, &options) != 0)
		return 1;
	ring_init(&ring, &plane, plane_thread_claim(&plane, ACTOR_PLANE_THREAD_SCHEDULER, ""),
		  true);
	for (uint64_t i = 0; i < 100000; i++)
		ring_emit(&ring, ACTOR_EVENT_SEND, 0, 0, 0, i, 0, 0);
	if (!ring.refused || plane_ring(&plane, 0)->refused != 1 ||
	    plane_ring(&plane, 0)->lost == 0)
		return 2;
	while (plane_actors_reserve(&plane, slots + 1024) == 0) {
		memset(plane.actors + slots, 1, 1024 * sizeof(*plane.actors));
		memset(plane.births + slots, 1, 1024 * sizeof(*plane.births));
		slots += 1024;
	}
	if (slots >= 1 << 20)
		return 3;
	if (plane_create(&other, &defaults) != ACTOR_EPLANE)
		return 4;
	for (int i = 0; i < 100000; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "%d", i);
		if (plane_string(&plane, text, strlen(text)) == 0)
			return 0;
	}
	return 5;
}

static void a_full_file_system_is_a_status(void)
{
	int status = 0;
	pid_t child;

	directory_make();
	child = fork();
	if (child == 0)
		_exit(fill_up());
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_TRUE_FATAL(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		printf("(not tried: no mount namespaces here) ");
	else
		CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	directory_remove();
}

static void a_file_size_limit_is_a_status(void)
{
	struct rlimit limit = {.rlim_cur = 1 << 20, .rlim_max = RLIM_INFINITY};
	int status = 0;
	pid_t child;

	directory_make();
	child = fork();
	if (child == 0)
		_exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
				      plane_create(&plane, &defaults) == ACTOR_EPLANE
			      ? 0
			      : 1);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_TRUE_FATAL(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	CU_ASSERT_EQUAL(files_count(), 0);
	directory_remove();
}

#define CASES(X)                                        \
	X(the_header_says_what_this_is)                 \
	X(the_regions_lie_in_the_file)                  \
	X(rings_have_at_least_four_chunks)              \
	X(bad_options_are_refused)                      \
	X(a_destroyed_plane_says_so_and_is_gone)        \
	X(planes_of_one_process_have_different_names)   \
	X(a_directory_that_others_may_enter_is_refused) \
	X(a_directory_that_is_a_link_is_refused)        \
	X(a_directory_is_made_where_it_can_be)          \
	X(planes_of_the_dead_are_bounded)               \
	X(locked_planes_are_not_removed)                \
	X(slots_are_reserved_up_to_the_end)             \
	X(a_full_file_system_is_a_status)               \
	X(a_file_size_limit_is_a_status)
SUITE("plane", CASES)
