/* SPDX-License-Identifier: MIT */
#include "suite.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <actor/probes.h>

#include "plane/ring.h"
#include "plane_fixture.h"

/* ---- Notes ------------------------------------------------------------------------------------
 */

struct file {
	const unsigned char *bytes;
	size_t size;
};

struct note {
	uint64_t location;
	uint64_t base;
	uint64_t semaphore;
	const char *provider;
	const char *name;
	const char *arguments;
};

static struct file own_file(void)
{
	struct file file = {NULL, 0};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0) {
		file.size = (size_t)status.st_size;
		file.bytes = mmap(NULL, file.size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	CU_ASSERT_FATAL(file.bytes != NULL && file.bytes != MAP_FAILED);
	return file;
}

static const Elf64_Shdr *section(const struct file *file, const char *name)
{
	const Elf64_Ehdr *header = (const void *)file->bytes;
	const Elf64_Shdr *sections = (const void *)(file->bytes + header->e_shoff);
	const char *names = (const char *)file->bytes + sections[header->e_shstrndx].sh_offset;

	for (int i = 0; i < header->e_shnum; i++)
		if (strcmp(names + sections[i].sh_name, name) == 0)
			return &sections[i];
	return NULL;
}

/* The nth note of our provider; false behind the last one. */
static bool next_note(const struct file *file, const Elf64_Shdr *notes, size_t *place,
		      struct note *ret_note)
{
	while (*place < notes->sh_size) {
		const unsigned char *at = file->bytes + notes->sh_offset + *place;
		Elf64_Nhdr head;
		const char *text;

		memcpy(&head, at, sizeof(head));
		at += sizeof(head) + (head.n_namesz + 3) / 4 * 4;
		*place += sizeof(head) + (head.n_namesz + 3) / 4 * 4 + (head.n_descsz + 3) / 4 * 4;
		memcpy(&ret_note->location, at, 8);
		memcpy(&ret_note->base, at + 8, 8);
		memcpy(&ret_note->semaphore, at + 16, 8);
		text = (const char *)at + 24;
		ret_note->provider = text;
		ret_note->name = text + strlen(text) + 1;
		ret_note->arguments = ret_note->name + strlen(ret_note->name) + 1;
		if (strcmp(ret_note->provider, ACTOR_PROBE_PROVIDER) == 0)
			return true;
	}
	return false;
}

static const char *const names[] = {
#define X(number, NAME, name, tag, seq, a, b, c, text) [number] = #name,
	ACTOR_EVENT_MAP(X)
#undef X
};

static int kind_of(const char *name)
{
	for (int i = 1; i < ACTOR_EVENT_COUNT; i++)
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return i;
	return 0;
}

/* Where an address of the program lies in its file. */
static const unsigned char *place_of(const struct file *file, uint64_t address)
{
	const Elf64_Ehdr *header = (const void *)file->bytes;
	const Elf64_Phdr *segment = (const void *)(file->bytes + header->e_phoff);

	for (int i = 0; i < header->e_phnum; i++, segment++)
		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address < segment->p_vaddr + segment->p_filesz)
			return file->bytes + segment->p_offset + (address - segment->p_vaddr);
	return NULL;
}

static void every_event_has_a_probe(void)
{
	struct file file = own_file();
	const Elf64_Shdr *notes = section(&file, ".note.stapsdt");
	const Elf64_Shdr *semaphores = section(&file, ".probes");
	unsigned seen[ACTOR_EVENT_COUNT] = {0};
	struct note note;
	size_t place = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(notes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(semaphores);
	while (next_note(&file, notes, &place, &note)) {
		int kind = kind_of(note.name);
		unsigned count = 0;
		const unsigned char *code = place_of(&file, note.location);

		CU_ASSERT_FATAL(kind > 0);
		seen[kind]++;
		for (const char *c = note.arguments; *c != '\0'; c++)
			count += *c == '@';
		CU_ASSERT_EQUAL(count, ACTOR_PROBE_ARGUMENT_COUNT);
		CU_ASSERT_EQUAL(note.semaphore,
				semaphores->sh_addr + 2u * ACTOR_PROBE_GROUP_OF(kind));
		CU_ASSERT_PTR_NOT_NULL_FATAL(code);
#ifdef __x86_64__
		CU_ASSERT_EQUAL(*code, 0x90); /* one byte */
#endif
	}
	for (int i = 1; i < ACTOR_EVENT_COUNT; i++)
		CU_ASSERT_EQUAL(seen[i], names[i] != NULL);
	munmap((void *)(uintptr_t)file.bytes, file.size);
}

/* The kernel counts in the file's own pages, so the word must be in the file. */
static void the_semaphores_are_in_the_file(void)
{
	struct file file = own_file();
	const Elf64_Shdr *semaphores = section(&file, ".probes");

	CU_ASSERT_PTR_NOT_NULL_FATAL(semaphores);
	CU_ASSERT_EQUAL(semaphores->sh_type, SHT_PROGBITS);
	CU_ASSERT(semaphores->sh_flags & SHF_WRITE);
	CU_ASSERT(semaphores->sh_size >= 2 * ACTOR_PROBE_GROUP_COUNT);
	CU_ASSERT_EQUAL(semaphores->sh_addr % 8, 0);
	munmap((void *)(uintptr_t)file.bytes, file.size);
}

/* ---- Rings ------------------------------------------------------------------------------------
 */

/* What the kernel does when a tool attaches. */
static void attach(unsigned group, int change)
{
	uint16_t *count = (uint16_t *)(void *)&ring_semaphores_ + group;

	*count = (uint16_t)(*count + change);
}

static void semaphores_turn_events_on_and_off(void)
{
	struct ring ring;

	ring_init(&ring, &plane, 0, false);
	CU_ASSERT_EQUAL(ring.events, 0);
	attach(ACTOR_PROBE_GROUP_LIVES, 1);
	ring_refresh(&ring);
	CU_ASSERT(ring_wants(&ring, ACTOR_EVENT_SPAWN));
	CU_ASSERT_FALSE(ring_wants(&ring, ACTOR_EVENT_RECV));
	CU_ASSERT_FALSE(ring_wants(&ring, ACTOR_EVENT_STAMP));
	attach(ACTOR_PROBE_GROUP_MESSAGES, 2);
	attach(ACTOR_PROBE_GROUP_LIVES, -1);
	ring_refresh(&ring);
	CU_ASSERT_FALSE(ring_wants(&ring, ACTOR_EVENT_SPAWN));
	CU_ASSERT(ring_wants(&ring, ACTOR_EVENT_RECV));
	CU_ASSERT(ring_timed(&ring));
	attach(ACTOR_PROBE_GROUP_MESSAGES, -2);
	ring_refresh(&ring);
	CU_ASSERT_EQUAL(ring.events, 0);
	CU_ASSERT_FALSE(ring_timed(&ring));
}

/* What only probes want does not come into the ring. */
static void probes_leave_the_ring_alone(void)
{
	struct ring ring;

	ring_init(&ring, &plane, 0, true);
	attach(ACTOR_PROBE_GROUP_LIVES, 1);
	ring_refresh(&ring);
	ring_emit(&ring, ACTOR_EVENT_SPAWN, 0, 1, 1, 2, 3, 4);
	CU_ASSERT_EQUAL(ring.committed, 1);
	ring.kept = 0;
	ring_emit(&ring, ACTOR_EVENT_SPAWN, 0, 1, 1, 2, 3, 4);
	CU_ASSERT_EQUAL(ring.committed, 1);
	/* Numbers that no table has are no reason to fall. */
	ring.actor = UINT64_MAX;
	ring_emit(&ring, ACTOR_EVENT_SPAWN, 0, UINT16_MAX, 1, 2, 3, 4);
	ring_emit(&ring, ACTOR_EVENT_RECV, 0, UINT16_MAX, 1, 2, 3, 4);
	attach(ACTOR_PROBE_GROUP_LIVES, -1);
}

#define CASES(X)                             \
	X(every_event_has_a_probe)           \
	X(the_semaphores_are_in_the_file)    \
	X(semaphores_turn_events_on_and_off) \
	X(probes_leave_the_ring_alone)

static const struct suite_case suite_cases[] = {CASES(SUITE_ROW_)};

int main(int argc, char **argv)
{
	return suite_main_with("probes", suite_cases, sizeof(suite_cases) / sizeof(suite_cases[0]),
			       setup, teardown, argc, argv);
}
