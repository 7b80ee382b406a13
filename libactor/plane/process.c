/* SPDX-License-Identifier: MIT */

/* What a plane's header says about its process, and whether a process still lives. */

#include "plane/plane.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_START_TIME 22 /* field of /proc/PID/stat, counted from 1; proc(5) */

/* Reads a file of /proc whole. Returns its length, cut to fit, or -1; ends with a NUL. */
static ssize_t read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = -1;

	if (fd < 0)
		return -1;
	while (length + 1 < size) {
		got = read(fd, text + length, size - 1 - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	(void)close(fd);
	text[length] = '\0';
	return got < 0 ? -1 : (ssize_t)length;
}

int plane_process_start(uint32_t pid, uint64_t *ret_start_time)
{
	char path[64];
	char text[1024];
	const char *at;
	unsigned long long start;
	char *end;

	(void)snprintf(path, sizeof(path), "/proc/%u/stat", (unsigned)pid);
	if (read_text(path, text, sizeof(text)) <= 0)
		return ACTOR_ENOT_FOUND;
	/* Field 2, the name, may hold anything; the last parenthesis ends it. */
	at = strrchr(text, ')');
	for (int field = 2; at != NULL && field < STAT_START_TIME; field++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		return ACTOR_ENOT_FOUND;
	start = strtoull(at + 1, &end, 10);
	if (end == at + 1)
		return ACTOR_ENOT_FOUND;
	*ret_start_time = start;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

void plane_process_boot_id(uint8_t boot_id[16])
{
	char text[64];
	int digits = 0;

	memset(boot_id, 0, 16);
	if (read_text("/proc/sys/kernel/random/boot_id", text, sizeof(text)) <= 0)
		return;
	for (const char *at = text; *at != '\0' && digits < 32; at++) {
		int digit = hex_digit(*at);

		if (digit < 0)
			continue;
		boot_id[digits / 2] = (uint8_t)(boot_id[digits / 2] << 4 | digit);
		digits++;
	}
}

/* Finds the GNU build id among the notes of one segment. */
static bool find_build_id(const unsigned char *notes, size_t size,
			  struct actor_plane_header *header)
{
	while (size >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;
		size_t name_size;
		size_t whole;

		memcpy(&note, notes, sizeof(note));
		name_size = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		whole = sizeof(note) + name_size + (((size_t)note.n_descsz + 3) & ~(size_t)3);
		if (whole > size)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    memcmp(notes + sizeof(note), "GNU", sizeof("GNU")) == 0) {
			uint32_t length = note.n_descsz;

			if (length > sizeof(header->build_id))
				length = sizeof(header->build_id);
			memcpy(header->build_id, notes + sizeof(note) + name_size, length);
			header->build_id_size = length;
			return true;
		}
		notes += whole;
		size -= whole;
	}
	return false;
}

/* The first object is the program itself; the others are not looked at. */
static int visit_program(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_NOTE &&
		    find_build_id((const unsigned char *)(info->dlpi_addr + segment->p_vaddr),
				  segment->p_memsz, data))
			break;
	}
	return 1;
}

/* The command line: arguments separated by spaces. Text that is not ours to judge; readers do. */
static size_t command_line(const struct plane_options *options, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;

	if (options->argc > 0 && options->argv != NULL) {
		for (int i = 0; i < options->argc && options->argv[i] != NULL; i++) {
			size_t more = strlen(options->argv[i]);

			if (length + more + 1 >= size)
				more = size - length - 1;
			memcpy(text + length, options->argv[i], more);
			length += more;
			if (length + 1 >= size)
				break;
			text[length++] = ' ';
		}
	} else {
		got = read_text("/proc/self/cmdline", text, size);
		length = got > 0 ? (size_t)got : 0;
		for (size_t i = 0; i < length; i++)
			if (text[i] == '\0')
				text[i] = ' ';
	}
	while (length > 0 && text[length - 1] == ' ')
		length--;
	return length;
}

void plane_process_describe(struct plane *plane, const struct plane_options *options)
{
	struct actor_plane_header *header = plane->header;
	const char *session = getenv("LIBACTOR_SESSION");
	char text[PATH_MAX];
	ssize_t length;

	plane_process_boot_id(header->boot_id);
	(void)dl_iterate_phdr(visit_program, header);
	header->argv = plane_string(plane, text, command_line(options, text, sizeof(text)));
	length = readlink("/proc/self/exe", text, sizeof(text));
	if (length > 0)
		header->program = plane_string(plane, text, (size_t)length);
	if (session != NULL)
		(void)snprintf(header->session, sizeof(header->session), "%s", session);
}
