/* SPDX-License-Identifier: MIT */
/*
 * Who has called a function: the first frame that belongs to the program, by the symbols in its
 * file. The runtime's functions are told apart by the table that their compiler made, where each
 * begins with a no-operation (see libactor/actor/contain.c).
 */
#include "shim/shim.h"

#include <elf.h>
#include <execinfo.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FRAMES_MAX 24
#define SEEN_MAX   1024
#define SECTION    "__patchable_function_entries"

struct symbol {
	uint64_t start;
	uint64_t size;
	uint32_t name;
};

static struct {
	int fd;
	bool wanted;
	uintptr_t base; /* where the program lies */
	uintptr_t end;
	char path[4096];
	struct symbol *symbols; /* functions, by address */
	size_t symbol_count;
	const char *names;
	size_t names_size;
	uint64_t *entries; /* of the runtime's functions, in order */
	size_t entry_count;
	struct {
		const char *function;
		uintptr_t caller;
	} seen[SEEN_MAX];
	size_t seen_count;
} callers = {.fd = -1};

static __thread bool inside __attribute__((tls_model("initial-exec")));

bool callers_wanted(void)
{
	return callers.wanted;
}

/* ---- The program's file -----------------------------------------------------------------------
 */

static int by_start(const void *left, const void *right)
{
	const struct symbol *a = left;
	const struct symbol *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static int by_number(const void *left, const void *right)
{
	const uint64_t *a = left;
	const uint64_t *b = right;

	return (*a > *b) - (*a < *b);
}

static bool is_within(uint64_t offset, uint64_t size, size_t whole)
{
	return offset <= whole && size <= whole - offset;
}

static void load_symbols(const char *file, size_t size, const Elf64_Shdr *table,
			 const Elf64_Shdr *names)
{
	const Elf64_Sym *symbols = (const Elf64_Sym *)(const void *)(file + table->sh_offset);
	size_t count = table->sh_size / sizeof(*symbols);

	if (!is_within(table->sh_offset, table->sh_size, size) ||
	    !is_within(names->sh_offset, names->sh_size, size) || names->sh_size == 0 ||
	    file[names->sh_offset + names->sh_size - 1] != '\0')
		return;
	callers.symbols = calloc(count + 1, sizeof(*callers.symbols));
	for (size_t i = 0; i < count && callers.symbols != NULL; i++)
		if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC && symbols[i].st_value != 0 &&
		    symbols[i].st_name < names->sh_size)
			callers.symbols[callers.symbol_count++] = (struct symbol){
				symbols[i].st_value, symbols[i].st_size, symbols[i].st_name};
	callers.names = file + names->sh_offset;
	callers.names_size = names->sh_size;
	if (callers.symbol_count > 1)
		qsort(callers.symbols, callers.symbol_count, sizeof(*callers.symbols), by_start);
}

/* As it lies in memory, relocated. */
static void load_entries(const Elf64_Shdr *section)
{
	const uint64_t *entries = (const uint64_t *)(callers.base + section->sh_addr);
	size_t count = section->sh_size / sizeof(*entries);

	callers.entries = calloc(count + 1, sizeof(*callers.entries));
	for (size_t i = 0; i < count && callers.entries != NULL; i++)
		callers.entries[callers.entry_count++] = entries[i] - callers.base;
	if (callers.entry_count > 1)
		qsort(callers.entries, callers.entry_count, sizeof(*callers.entries), by_number);
}

/* The mapping stays: names point into it. */
static void load_file(const char *file, size_t size)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)(const void *)file;
	const Elf64_Shdr *sections;
	const char *names;

	if (size < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
	    head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_shentsize != sizeof(*sections) ||
	    !is_within(head->e_shoff, (uint64_t)head->e_shnum * sizeof(*sections), size) ||
	    head->e_shstrndx >= head->e_shnum)
		return;
	sections = (const Elf64_Shdr *)(const void *)(file + head->e_shoff);
	names = file + sections[head->e_shstrndx].sh_offset;
	for (int i = 0; i < head->e_shnum; i++) {
		const Elf64_Shdr *section = &sections[i];

		if (section->sh_type == SHT_SYMTAB && section->sh_link < head->e_shnum)
			load_symbols(file, size, section, &sections[section->sh_link]);
		else if (section->sh_name < sections[head->e_shstrndx].sh_size &&
			 strcmp(names + section->sh_name, SECTION) == 0 &&
			 (section->sh_flags & SHF_ALLOC) != 0)
			load_entries(section);
	}
}

/* The first object is the program itself. */
static int find_base(struct dl_phdr_info *info, size_t size, void *user)
{
	(void)size;
	(void)user;
	callers.base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *part = &info->dlpi_phdr[i];
		uintptr_t end = info->dlpi_addr + part->p_vaddr + part->p_memsz;

		if (part->p_type == PT_LOAD && end > callers.end)
			callers.end = end;
	}
	return 1;
}

void callers_open(int fd)
{
	struct stat stat;
	ssize_t length = readlink("/proc/self/exe", callers.path, sizeof(callers.path) - 1);
	void *frame[1];
	int file;

	if (length <= 0)
		return;
	callers.path[length] = '\0';
	dl_iterate_phdr(find_base, NULL);
	file = (int)syscall(SYS_openat, AT_FDCWD, callers.path, O_RDONLY | O_CLOEXEC, 0);
	if (file >= 0 && fstat(file, &stat) == 0 && stat.st_size > 0) {
		void *mapping = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, file, 0);

		if (mapping != MAP_FAILED)
			load_file(mapping, (size_t)stat.st_size);
	}
	if (file >= 0)
		close(file);
	(void)backtrace(frame, 1); /* loads what it needs now, not in a handler */
	callers.fd = fd;
	callers.wanted = true;
}

/* ---- Calls ------------------------------------------------------------------------------------
 */

/* NULL: none that is known. */
static const struct symbol *symbol_at(uint64_t address)
{
	size_t low = 0;
	size_t high = callers.symbol_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (callers.symbols[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address - callers.symbols[low - 1].start > callers.symbols[low - 1].size)
		return NULL;
	return &callers.symbols[low - 1];
}

/* The table has the byte before or at each function's beginning. */
static bool is_runtime(const struct symbol *symbol)
{
	for (uint64_t start = symbol->start - 1; start <= symbol->start; start++)
		if (bsearch(&start, callers.entries, callers.entry_count, sizeof(start),
			    by_number) != NULL)
			return true;
	return false;
}

static bool is_new(const char *function, uintptr_t caller)
{
	for (size_t i = 0; i < callers.seen_count; i++)
		if (callers.seen[i].caller == caller && callers.seen[i].function == function)
			return false;
	if (callers.seen_count == SEEN_MAX)
		return false;
	callers.seen[callers.seen_count].function = function;
	callers.seen[callers.seen_count++].caller = caller;
	return true;
}

static void report(const char *function, uint64_t pid)
{
	void *frames[FRAMES_MAX];
	int count = backtrace(frames, FRAMES_MAX);

	for (int i = 0; i < count; i++) {
		uintptr_t address = (uintptr_t)frames[i];
		const struct symbol *symbol;
		char line[5000];
		int length;

		if (address < callers.base || address >= callers.end)
			continue;
		symbol = symbol_at(address - callers.base - 1);
		if (symbol != NULL && is_runtime(symbol))
			return;
		if (!is_new(function, address))
			return;
		length = snprintf(line, sizeof(line), "%s\t%" PRIx64 "\t%s\t%s\t%" PRIx64 "\n",
				  function, (uint64_t)(address - callers.base - 1), callers.path,
				  symbol != NULL ? callers.names + symbol->name : "?", pid);
		if (length > 0 && (size_t)length < sizeof(line))
			(void)!write(callers.fd, line, (size_t)length);
		return;
	}
}

void callers_note(const char *function, uint64_t pid)
{
	if (pid == 0 || inside)
		return;
	inside = true;
	report(function, pid);
	inside = false;
}
