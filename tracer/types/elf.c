/* SPDX-License-Identifier: MIT */
#include "types/inner.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTIONS_MAX 65536u
#define NAMES_MAX    (UINT64_C(4) << 20)

struct elf {
	int fd;
	uint64_t size;
	Elf64_Ehdr header;
	Elf64_Shdr *sections;
	size_t count;
	char *names;
	size_t names_size;
};

/* Exactly these bytes of the file; -EBADMSG when it has fewer. */
static int read_at(const struct elf *elf, void *bytes, uint64_t size, uint64_t offset)
{
	char *to = bytes;

	if (offset > elf->size || size > elf->size - offset)
		return -EBADMSG;
	while (size > 0) {
		ssize_t got = pread(elf->fd, to, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EBADMSG;
		to += got;
		offset += (uint64_t)got;
		size -= (uint64_t)got;
	}
	return 0;
}

static int read_new(const struct elf *elf, uint64_t size, uint64_t most, uint64_t offset,
		    void **ret_bytes)
{
	void *bytes;
	int status;

	if (size > most)
		return -EBADMSG;
	bytes = malloc(size + 1);
	if (bytes == NULL)
		return -ENOMEM;
	status = read_at(elf, bytes, size, offset);
	if (status != 0) {
		free(bytes);
		return status;
	}
	((char *)bytes)[size] = '\0';
	*ret_bytes = bytes;
	return 0;
}

static int read_sections(struct elf *elf)
{
	const Elf64_Ehdr *header = &elf->header;
	const Elf64_Shdr *names;
	void *bytes;
	int status;

	if (header->e_shnum == 0)
		return 0;
	if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shstrndx >= header->e_shnum)
		return -EBADMSG;
	status = read_new(elf, header->e_shnum * sizeof(Elf64_Shdr),
			  SECTIONS_MAX * sizeof(Elf64_Shdr), header->e_shoff, &bytes);
	if (status != 0)
		return status;
	elf->sections = bytes;
	elf->count = header->e_shnum;
	names = &elf->sections[header->e_shstrndx];
	status = read_new(elf, names->sh_size, NAMES_MAX, names->sh_offset, &bytes);
	if (status != 0)
		return status;
	elf->names = bytes;
	elf->names_size = names->sh_size;
	return 0;
}

static const Elf64_Shdr *find_section(const struct elf *elf, const char *name)
{
	for (size_t i = 0; i < elf->count; i++)
		if (elf->sections[i].sh_name < elf->names_size &&
		    strcmp(elf->names + elf->sections[i].sh_name, name) == 0)
			return &elf->sections[i];
	return NULL;
}

static void read_build_id(const struct elf *elf, char hex[81])
{
	const Elf64_Shdr *section = find_section(elf, ".note.gnu.build-id");
	unsigned char note[sizeof(Elf64_Nhdr) + 4 + 40];
	Elf64_Nhdr head;

	if (section == NULL || section->sh_size < sizeof(head) + 4 ||
	    section->sh_size > sizeof(note) ||
	    read_at(elf, note, section->sh_size, section->sh_offset) != 0)
		return;
	memcpy(&head, note, sizeof(head));
	if (head.n_type != NT_GNU_BUILD_ID || head.n_namesz != 4 || head.n_descsz > 40 ||
	    sizeof(head) + 4 + head.n_descsz > section->sh_size)
		return;
	for (uint32_t i = 0; i < head.n_descsz; i++)
		snprintf(hex + 2 * i, 3, "%02x", note[sizeof(head) + 4 + i]);
}

static int read_elf(struct elf *elf, struct types_elf *found)
{
	const Elf64_Shdr *section;
	int status;

	if (read_at(elf, &elf->header, sizeof(elf->header), 0) != 0 ||
	    memcmp(elf->header.e_ident, ELFMAG, SELFMAG) != 0)
		return 0;
	found->is_elf = true;
	/* Types of another kind of machine would be read wrongly. */
	if (elf->header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf->header.e_ident[EI_DATA] != ELFDATA2LSB)
		return 0;
	status = read_sections(elf);
	if (status != 0)
		return status;
	section = find_section(elf, ".debug_info");
	found->has_dwarf = section != NULL && section->sh_type != SHT_NOBITS;
	read_build_id(elf, found->build_id);
	section = find_section(elf, ".BTF");
	if (section == NULL || section->sh_type == SHT_NOBITS)
		return 0;
	status = read_new(elf, section->sh_size, TYPES_DATA_MAX, section->sh_offset, &found->btf);
	if (status == 0)
		found->btf_size = section->sh_size;
	return status;
}

int types_elf_read(const char *path, struct types_elf *ret_elf)
{
	struct types_elf found = {.btf = NULL};
	struct elf elf = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)};
	struct stat status;
	int result;

	if (elf.fd < 0)
		return -errno;
	if (fstat(elf.fd, &status) != 0) {
		result = -errno;
	} else if (!S_ISREG(status.st_mode)) {
		result = -EINVAL;
	} else {
		elf.size = (uint64_t)status.st_size;
		result = read_elf(&elf, &found);
	}
	free(elf.sections);
	free(elf.names);
	close(elf.fd);
	if (result != 0) {
		free(found.btf);
		return result;
	}
	*ret_elf = found;
	return 0;
}
