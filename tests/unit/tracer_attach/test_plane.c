/* SPDX-License-Identifier: MIT */
/* Planes that can be read, and planes that are refused. */
#include "plane_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

#include <actor/pid.h>

/* A refusal has its status and a sentence, and leaves the out-parameter alone. */
static void expect_refusal(const char *path, int status)
{
	struct plane_view *plane = (void *)1;
	char error[600] = "";
	int result = plane_view_open(path, &plane, error, sizeof(error));

	if (result != status)
		fprintf(stderr, "%d and not %d: %s\n", result, status, error);
	CU_ASSERT_EQUAL(result, status);
	CU_ASSERT_PTR_EQUAL(plane, (void *)1);
	CU_ASSERT_TRUE(strlen(error) > 20);
	/* Also without room for the sentence. */
	CU_ASSERT_EQUAL(plane_view_open(path, &plane, NULL, 0), status);
}

/* ---- Names and processes ------------------------------------------------------------------- */

static void names_are_parsed(void)
{
	struct plane_name name;

	CU_ASSERT_EQUAL(plane_name_parse("12-345.plane", &name), 0);
	CU_ASSERT_EQUAL(name.pid, 12);
	CU_ASSERT_EQUAL(name.start_time, 345);
	CU_ASSERT_EQUAL(name.nth, 0);
	CU_ASSERT_EQUAL(plane_name_parse("1-18446744073709551615.7.plane", &name), 0);
	CU_ASSERT_EQUAL(name.start_time, UINT64_MAX);
	CU_ASSERT_EQUAL(name.nth, 7);
}

static void other_names_are_refused(void)
{
	static const char *const names[] = {
		"",
		".",
		"..",
		"12.plane",
		"12-.plane",
		"-3.plane",
		"12-3",
		"12-3.plan",
		"12-3.planes",
		"12-3..plane",
		"12-3.x.plane",
		"+12-3.plane",
		"12--3.plane",
		"0-3.plane",
		" 12-3.plane",
		"12-18446744073709551616.plane",
		"4294967297-3.plane",
		"2147483648-3.plane",
		"12-3.4294967296.plane",
		"12-3.1.2.plane",
		"00000000000000000000000000000000000000000000000000000000000000012-3.plane"};
	struct plane_name name = {77, 77, 77};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (plane_name_parse(names[i], &name) == 0)
			fprintf(stderr, "taken for a plane: %s\n", names[i]);
		CU_ASSERT_EQUAL(plane_name_parse(names[i], &name), -EINVAL);
	}
	CU_ASSERT_EQUAL(name.pid, 77);
	CU_ASSERT_EQUAL(name.nth, 77);
}

static void touch(const char *directory, const char *name)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fclose(file);
}

static void a_directory_is_listed_in_order(void)
{
	static const char *const names[] = {"20-1.plane", "3-9.plane", "3-9.2.plane",
					    "3-10.plane", "notes.txt", "3-9.plane.tmp"};
	static const char *const expected[] = {"3-9.plane", "3-9.2.plane", "3-10.plane",
					       "20-1.plane"};
	char directory[64], path[200];
	struct plane_file *files = NULL;
	size_t count = 0;

	make_directory(directory, sizeof(directory));
	for (size_t i = 0; i < 6; i++)
		touch(directory, names[i]);
	CU_ASSERT_EQUAL_FATAL(plane_files_list(directory, &files, &count), 0);
	CU_ASSERT_EQUAL_FATAL(count, 4);
	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_STRING_EQUAL(files[i].name, expected[i]);
	free(files);
	for (size_t i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
	files = (void *)1;
	CU_ASSERT_EQUAL(plane_files_list(directory, &files, &count), 0);
	CU_ASSERT_EQUAL(count, 0);
	free(files);
	files = (void *)1;
	CU_ASSERT_EQUAL(plane_files_list("/proc/self/stat", &files, &count), -ENOTDIR);
	CU_ASSERT_PTR_EQUAL(files, (void *)1);
}

static void processes_are_told_apart(void)
{
	uint64_t own = 0, none = 5;
	pid_t child;

	CU_ASSERT_EQUAL(process_start_time((uint32_t)getpid(), &own), 0);
	CU_ASSERT_TRUE(process_lives((uint32_t)getpid(), own));
	CU_ASSERT_FALSE(process_lives((uint32_t)getpid(), own + 1));
	child = fork();
	if (child == 0)
		_exit(0);
	/* A zombie lives no more, though it has its pid still. */
	waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT);
	CU_ASSERT_EQUAL(process_start_time((uint32_t)child, &own), 0);
	CU_ASSERT_FALSE(process_lives((uint32_t)child, own));
	waitpid(child, NULL, 0);
	CU_ASSERT_EQUAL(process_start_time((uint32_t)child, &none), -ESRCH);
	CU_ASSERT_EQUAL(none, 5);
}

static void clocks_move_on_together(void)
{
	struct plane_instant first, second = {1, 1, 1};

	for (uint32_t clock = 0; clock < 3; clock++) {
		if (plane_clock_sample(clock, &first) < 0)
			continue;
		CU_ASSERT_EQUAL(plane_clock_sample(clock, &second), 0);
		CU_ASSERT_TRUE(second.ticks >= first.ticks);
		CU_ASSERT_TRUE(second.monotonic_ns >= first.monotonic_ns);
	}
	second.ticks = 1;
	CU_ASSERT_EQUAL(plane_clock_sample(77, &second), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(second.ticks, 1);
}

/* ---- Good planes --------------------------------------------------------------------------- */

static void a_plane_is_read(void)
{
	struct fixture f;
	struct plane_view *plane = NULL;
	struct plane_counts counts;
	struct actor_plane_type type;
	struct actor_plane_behaviour behaviour;
	struct actor_plane_thread thread;
	struct actor_plane_actor actor;
	struct actor_plane_birth birth;
	char error[600], text[64];

	fixture_start(&f);
	CU_ASSERT_EQUAL_FATAL(plane_view_open(f.synthetic.path, &plane, error, sizeof(error)), 0);
	CU_ASSERT_STRING_EQUAL(plane_view_path(plane), f.synthetic.path);
	CU_ASSERT_EQUAL(plane_view_header(plane)->pid, (uint32_t)getpid());
	CU_ASSERT_EQUAL(plane_view_life(plane), PLANE_LIVING);
	plane_view_counts(plane, &counts);
	CU_ASSERT_EQUAL(counts.types, 2);
	CU_ASSERT_EQUAL(counts.threads, 2);
	CU_ASSERT_EQUAL(counts.actors, 4);
	CU_ASSERT_EQUAL(plane_view_type(plane, 0, &type), -ENOENT);
	CU_ASSERT_EQUAL(plane_view_type(plane, 2, &type), 0);
	CU_ASSERT_EQUAL(plane_view_type(plane, 3, &type), -ENOENT);
	CU_ASSERT_EQUAL(plane_view_string(plane, type.name, text, sizeof(text)), 4);
	CU_ASSERT_STRING_EQUAL(text, "pong");
	CU_ASSERT_EQUAL(plane_view_behaviour(plane, 1, &behaviour), 0);
	CU_ASSERT_EQUAL(plane_view_behaviour(plane, 2, &behaviour), -ENOENT);
	CU_ASSERT_EQUAL(plane_view_thread(plane, 1, &thread), 0);
	CU_ASSERT_STRING_EQUAL(thread.name, "thread 1");
	CU_ASSERT_EQUAL(plane_view_thread(plane, 2, &thread), -ENOENT);
	CU_ASSERT_EQUAL(plane_view_actor(plane, 3, &actor), 0);
	CU_ASSERT_EQUAL(actor.generation, 3);
	CU_ASSERT_EQUAL(plane_view_actor(plane, 4, &actor), -ENOENT);
	CU_ASSERT_EQUAL(plane_view_birth(plane, 3, 3, &birth), 0);
	CU_ASSERT_EQUAL(birth.nth, 3);
	CU_ASSERT_EQUAL(plane_view_birth(plane, 3, 2, &birth), -ENOENT);
	CU_ASSERT_PTR_NULL(plane_view_actor_line(plane, 4));
	CU_ASSERT_PTR_NULL(plane_view_ring(plane, SYNTHETIC_THREADS));
	CU_ASSERT_PTR_NULL(plane_view_chunk(plane, SYNTHETIC_THREADS, 0));
	CU_ASSERT_EQUAL(plane_view_chunk_events(plane), SYNTHETIC_CAPACITY);
	CU_ASSERT_EQUAL(plane_view_lease_mode(plane, 99), ACTOR_PLANE_MODE_NONE);
	f.synthetic.header->ended = 1;
	CU_ASSERT_EQUAL(plane_view_life(plane), PLANE_ENDED);
	CU_ASSERT_FALSE(plane_view_damaged(plane));
	CU_ASSERT_PTR_NULL(plane_view_close(plane));
	CU_ASSERT_PTR_NULL(plane_view_close(NULL));
	fixture_end(&f);
}

struct bonds {
	uint64_t peers[PLANE_BOND_KINDS];
	unsigned counts[PLANE_BOND_KINDS];
};

static void take_bond(void *user, enum plane_bond_kind kind, uint64_t peer)
{
	struct bonds *bonds = user;

	bonds->peers[kind] = peer;
	bonds->counts[kind]++;
}

static void bonds_are_those_of_the_living(void)
{
	const uint64_t own = actor_pid_pack(3, 3).bits, other = actor_pid_pack(1, 1).bits;
	const uint64_t dead = actor_pid_pack(3, 2).bits;
	struct actor_plane_bond *bond;
	struct plane_view *plane = NULL;
	struct bonds found = {{0}, {0}};
	struct fixture f;
	bool more = false;

	fixture_start(&f);
	bond = synthetic_region(&f.synthetic, ACTOR_PLANE_REGION_BONDS);
	bond[0] = (struct actor_plane_bond){own, other};
	bond[1] = (struct actor_plane_bond){other, own}; /* the link's other end */
	bond[2] = (struct actor_plane_bond){dead, own};
	bond[3] = (struct actor_plane_bond){own, 0}; /* is being written */
	bond[4] = (struct actor_plane_bond){UINT64_MAX, own};
	bond[SYNTHETIC_BONDS / 2] = (struct actor_plane_bond){own, other};
	bond[SYNTHETIC_BONDS - 1] = (struct actor_plane_bond){other, own};
	CU_ASSERT_EQUAL_FATAL(plane_view_open(f.synthetic.path, &plane, NULL, 0), 0);
	plane_view_bonds(plane, own, take_bond, &found, &more);
	CU_ASSERT_EQUAL(found.counts[PLANE_BOND_LINK], 0); /* the program has not told of any */
	f.synthetic.control->bonds = ACTOR_PLANE_BONDS_SOME;
	plane_view_bonds(plane, own, take_bond, &found, &more);
	CU_ASSERT_TRUE(more);
	for (int kind = 0; kind < PLANE_BOND_KINDS; kind++) {
		CU_ASSERT_EQUAL(found.counts[kind], 1);
		CU_ASSERT_EQUAL(found.peers[kind], other);
	}
	plane_view_close(plane);
	fixture_end(&f);
}

static void strings_are_bounded(void)
{
	struct fixture f;
	struct plane_view *plane = NULL;
	uint32_t offset = 0, used, next = 1234, count = 0;
	uint8_t *strings;
	char text[8];

	fixture_start(&f);
	CU_ASSERT_EQUAL_FATAL(plane_view_open(f.synthetic.path, &plane, NULL, 0), 0);
	strings = synthetic_region(&f.synthetic, ACTOR_PLANE_REGION_STRINGS);
	used = f.synthetic.control->strings_used;
	CU_ASSERT_EQUAL(plane_view_string(plane, 0, text, sizeof(text)), 0);
	CU_ASSERT_STRING_EQUAL(text, "");
	/* Cut to fit, and its whole length told. */
	CU_ASSERT_EQUAL(plane_view_string(plane, f.synthetic.header->program, text, sizeof(text)),
			18);
	CU_ASSERT_STRING_EQUAL(text, "/usr/bi");
	while (plane_view_string_next(plane, offset, &offset) == 0)
		count++;
	CU_ASSERT_EQUAL(count, 6);
	/* Beyond the mark, between two strings, past the table. */
	CU_ASSERT_EQUAL(plane_view_string(plane, used, text, sizeof(text)), PLANE_EDAMAGED);
	CU_ASSERT_STRING_EQUAL(text, "");
	CU_ASSERT_EQUAL(plane_view_string(plane, 9, text, sizeof(text)), PLANE_EDAMAGED);
	CU_ASSERT_EQUAL(plane_view_string(plane, UINT32_MAX - 3, text, sizeof(text)),
			PLANE_EDAMAGED);
	/* A length that leads out of the table. */
	memset(strings + 8, 0xff, 4);
	CU_ASSERT_EQUAL(plane_view_string(plane, 8, text, sizeof(text)), PLANE_EDAMAGED);
	CU_ASSERT_EQUAL(plane_view_string_next(plane, 8, &next), PLANE_EDAMAGED);
	CU_ASSERT_EQUAL(next, 1234);
	/* A mark that lies. */
	f.synthetic.control->strings_used = UINT32_MAX;
	CU_ASSERT_EQUAL(plane_view_string(plane, SYNTHETIC_STRINGS, text, sizeof(text)),
			PLANE_EDAMAGED);
	plane_view_close(plane);
	fixture_end(&f);
}

static void a_plane_of_another_boot_is_dead(void)
{
	struct fixture f;
	struct plane_view *plane = NULL;

	fixture_start(&f);
	f.synthetic.header->boot_id[3] ^= 1;
	CU_ASSERT_EQUAL_FATAL(plane_view_open(f.synthetic.path, &plane, NULL, 0), 0);
	CU_ASSERT_EQUAL(plane_view_life(plane), PLANE_DEAD);
	plane_view_close(plane);
	fixture_end(&f);
}

/* ---- Planes that are refused --------------------------------------------------------------- */

static void every_refusal_has_its_status(void)
{
	struct fixture f;
	struct actor_plane_header good;
	struct actor_plane_header *header;

	fixture_start(&f);
	header = f.synthetic.header;
	good = *header;
	header->magic++;
	expect_refusal(f.synthetic.path, PLANE_EFOREIGN);
	header->magic = __builtin_bswap64(ACTOR_PLANE_MAGIC);
	expect_refusal(f.synthetic.path, PLANE_EBYTE_ORDER);
	*header = good;
	header->byte_order = 0x04030201;
	expect_refusal(f.synthetic.path, PLANE_EBYTE_ORDER);
	*header = good;
	header->version = ACTOR_PLANE_VERSION + 1;
	expect_refusal(f.synthetic.path, PLANE_EVERSION);
	*header = good;
	header->clock = 9;
	expect_refusal(f.synthetic.path, PLANE_EVERSION);
	*header = good;
	header->ready = 0;
	expect_refusal(f.synthetic.path, PLANE_ENOT_READY);
	header->version = 0; /* it is just being written */
	expect_refusal(f.synthetic.path, PLANE_ENOT_READY);
	*header = good;
	header->size++;
	expect_refusal(f.synthetic.path, PLANE_ETRUNCATED);
	*header = good;
	header->region[ACTOR_PLANE_REGION_RINGS].offset = header->size;
	expect_refusal(f.synthetic.path, PLANE_EDAMAGED);
	/* stride * count wraps around to something small. */
	*header = good;
	header->region[ACTOR_PLANE_REGION_RINGS].stride = UINT64_C(1) << 62;
	expect_refusal(f.synthetic.path, PLANE_EDAMAGED);
	/* offset + size wraps around. */
	*header = good;
	header->region[ACTOR_PLANE_REGION_ACTORS].offset = UINT64_MAX - 63;
	expect_refusal(f.synthetic.path, PLANE_EDAMAGED);
	*header = good;
	header->chunk_size = 1000;
	expect_refusal(f.synthetic.path, PLANE_EDAMAGED);
	*header = good;
	header->chunks_per_ring *= 2;
	expect_refusal(f.synthetic.path, PLANE_EDAMAGED);
	memset(header, 0, sizeof(*header));
	expect_refusal(f.synthetic.path, PLANE_ENOT_READY);
	fixture_end(&f);
}

static void what_is_no_file_is_refused(void)
{
	char directory[64], path[100], link[100];

	make_directory(directory, sizeof(directory));
	snprintf(path, sizeof(path), "%s/1-1.plane", directory);
	snprintf(link, sizeof(link), "%s/1-2.plane", directory);
	expect_refusal(path, -ENOENT);
	expect_refusal(directory, PLANE_EFOREIGN);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	expect_refusal(path, PLANE_EFOREIGN);
	unlink(path);
	touch(directory, "1-1.plane");
	expect_refusal(path, PLANE_ENOT_READY);
	CU_ASSERT_EQUAL(symlink(path, link), 0);
	expect_refusal(link, PLANE_EFOREIGN);
	unlink(link);
	unlink(path);
	rmdir(directory);
}

static void a_plane_cut_at_any_page_is_refused(void)
{
	struct fixture f;
	size_t size;

	fixture_start(&f);
	size = f.synthetic.size;
	while (size > 4096) {
		size -= 4096;
		CU_ASSERT_EQUAL(ftruncate(f.synthetic.fd, (off_t)size), 0);
		expect_refusal(f.synthetic.path, PLANE_ETRUNCATED);
	}
	CU_ASSERT_EQUAL(ftruncate(f.synthetic.fd, 100), 0);
	expect_refusal(f.synthetic.path, PLANE_ETRUNCATED);
	/* No advice to remove what is somebody's own. */
	CU_ASSERT_EQUAL(pwrite(f.synthetic.fd, "int main", 8, 0), 8);
	expect_refusal(f.synthetic.path, PLANE_EFOREIGN);
	CU_ASSERT_EQUAL(ftruncate(f.synthetic.fd, 3), 0);
	expect_refusal(f.synthetic.path, PLANE_EFOREIGN);
	fixture_end(&f);
}

#define CASES(X)                           \
	X(names_are_parsed)                \
	X(other_names_are_refused)         \
	X(a_directory_is_listed_in_order)  \
	X(processes_are_told_apart)        \
	X(clocks_move_on_together)         \
	X(a_plane_is_read)                 \
	X(bonds_are_those_of_the_living)   \
	X(strings_are_bounded)             \
	X(a_plane_of_another_boot_is_dead) \
	X(every_refusal_has_its_status)    \
	X(what_is_no_file_is_refused)      \
	X(a_plane_cut_at_any_page_is_refused)

SUITE("plane", CASES)
