/* SPDX-License-Identifier: MIT */
#include "kernel/unwind.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <elfutils/libdwfl.h>

#include "store/pidmap.h"
#include <tracer/attach.h>

#define FRAMES_MAX  128
#define NAMES_MAX   200000 /* places in the code whose names are kept */
#define REFRESH_NS  UINT64_C(1000000000)
#define RANGES_MAX  1024
#define TEXT_SIZE   8192
#define UNKNOWN     "[unknown]"
#define X86_64_REGS 17

/* Where a module lies in the process's memory. */
struct range {
	uint64_t low;
	uint64_t high;
};

struct unwind {
	uint32_t pid;
	Dwfl *dwfl;
	struct range ranges[RANGES_MAX]; /* in order */
	size_t range_count;
	uint64_t refreshed_ns;
	struct pidmap names; /* char *, by address */
	const struct kernel_stack *stack;
	const char *frames[FRAMES_MAX]; /* from the innermost */
	size_t frame_count;
	char text[TEXT_SIZE];
};

static char no_path[] = "";
static char *debug_path = no_path;

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	/* Symbols that were split off, where they are installed; nothing is fetched. */
	.find_debuginfo = dwfl_build_id_find_debuginfo,
	.debuginfo_path = &debug_path,
};

static int by_low(const void *a, const void *b)
{
	const struct range *one = a, *other = b;

	return one->low < other->low ? -1 : one->low > other->low;
}

static int take_module(Dwfl_Module *module, void **user_data, const char *name, Dwarf_Addr start,
		       void *argument)
{
	struct unwind *unwind = argument;
	Dwarf_Addr end;

	(void)user_data;
	(void)name;
	dwfl_module_info(module, NULL, NULL, &end, NULL, NULL, NULL, NULL);
	if (unwind->range_count < RANGES_MAX)
		unwind->ranges[unwind->range_count++] = (struct range){start, end};
	return DWARF_CB_OK;
}

/* What is mapped now. */
static void look(struct unwind *unwind)
{
	unwind->refreshed_ns = plane_clock_monotonic();
	dwfl_report_begin(unwind->dwfl);
	(void)dwfl_linux_proc_report(unwind->dwfl, (pid_t)unwind->pid);
	dwfl_report_end(unwind->dwfl, NULL, NULL);
	unwind->range_count = 0;
	dwfl_getmodules(unwind->dwfl, take_module, unwind, 0);
	qsort(unwind->ranges, unwind->range_count, sizeof(unwind->ranges[0]), by_low);
}

static bool is_code(const struct unwind *unwind, uint64_t address)
{
	size_t low = 0, high = unwind->range_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (unwind->ranges[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && address < unwind->ranges[low - 1].high;
}

/* ---- The process as libdw sees it: one thread, whose stack is our copy ------------------------
 */

static pid_t next_thread(Dwfl *dwfl, void *argument, void **thread)
{
	(void)dwfl;
	if (*thread != NULL)
		return 0;
	*thread = argument;
	return 1;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *argument)
{
	const struct kernel_stack *stack = ((struct unwind *)argument)->stack;
	uint64_t offset = address - stack->sp;

	(void)dwfl;
	if (stack->size < sizeof(*ret_word) || offset > stack->size - sizeof(*ret_word))
		return false;
	memcpy(ret_word, stack->bytes + offset, sizeof(*ret_word));
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *argument)
{
	const struct kernel_stack *stack = ((struct unwind *)argument)->stack;
	/* As DWARF numbers them for x86-64; those that a call does not keep do not matter. */
	const Dwarf_Word words[X86_64_REGS] = {
		[3] = stack->bx,   [6] = stack->bp,   [7] = stack->sp,   [12] = stack->r12,
		[13] = stack->r13, [14] = stack->r14, [15] = stack->r15, [16] = stack->ip,
	};

	return dwfl_thread_state_registers(thread, 0, X86_64_REGS, words);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

struct unwind *unwind_open(uint32_t pid)
{
	struct unwind *unwind = calloc(1, sizeof(*unwind));

	if (unwind == NULL)
		return NULL;
	unwind->pid = pid;
	pidmap_init(&unwind->names, sizeof(char *));
	unwind->dwfl = dwfl_begin(&callbacks);
	if (unwind->dwfl == NULL)
		return unwind_close(unwind);
	look(unwind);
	/* Without modules there is no architecture; then stacks stay without names. */
	(void)dwfl_attach_state(unwind->dwfl, NULL, 1, &thread_callbacks, unwind);
	return unwind;
}

struct unwind *unwind_close(struct unwind *unwind)
{
	if (unwind == NULL)
		return NULL;
	pidmap_finish_texts(&unwind->names);
	if (unwind->dwfl != NULL)
		dwfl_end(unwind->dwfl);
	free(unwind);
	return NULL;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	return slash != NULL ? slash + 1 : path != NULL ? path : UNKNOWN;
}

/* A semicolon separates frames. */
static char *make_name(struct unwind *unwind, uint64_t address)
{
	Dwfl_Module *module = dwfl_addrmodule(unwind->dwfl, address);
	const char *symbol, *file;
	char text[256];
	Dwarf_Addr start = 0;

	if (module == NULL)
		return strdup(UNKNOWN);
	symbol = dwfl_module_addrname(module, address);
	if (symbol != NULL) {
		snprintf(text, sizeof(text), "%s", symbol);
	} else {
		file = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
		snprintf(text, sizeof(text), "%s+0x%llx", base_name(file),
			 (unsigned long long)(address - start));
	}
	for (char *at = text; *at != '\0'; at++)
		if (*at == ';' || (unsigned char)*at < ' ')
			*at = '_';
	return strdup(text);
}

static const char *name_of(struct unwind *unwind, uint64_t address)
{
	char **place = pidmap_get(&unwind->names, address, 0);
	char *name;

	if (place != NULL)
		return *place;
	if (unwind->names.count >= NAMES_MAX)
		return UNKNOWN;
	name = make_name(unwind, address);
	place = name != NULL ? pidmap_put(&unwind->names, address, 0, NULL) : NULL;
	if (place == NULL) {
		free(name);
		return UNKNOWN;
	}
	*place = name;
	return name;
}

static int take_frame(Dwfl_Frame *frame, void *argument)
{
	struct unwind *unwind = argument;
	bool exact;
	Dwarf_Addr address;

	if (!dwfl_frame_pc(frame, &address, &exact) || unwind->frame_count == FRAMES_MAX)
		return DWARF_CB_ABORT;
	if (address == 0)
		return DWARF_CB_ABORT;
	/* The call is before where it returns to. */
	unwind->frames[unwind->frame_count++] = name_of(unwind, exact ? address : address - 1);
	return DWARF_CB_OK;
}

static int take_thread(Dwfl_Thread *thread, void *argument)
{
	(void)dwfl_thread_getframes(thread, take_frame, argument);
	return DWARF_CB_OK;
}

const char *unwind_names(struct unwind *unwind, const struct kernel_stack *stack)
{
	size_t used = 0;

	/* Code that was not there when we looked: a library that was loaded since. */
	if (!is_code(unwind, stack->ip) &&
	    plane_clock_monotonic() - unwind->refreshed_ns >= REFRESH_NS)
		look(unwind);
	unwind->stack = stack;
	unwind->frame_count = 0;
	(void)dwfl_getthreads(unwind->dwfl, take_thread, unwind);
	unwind->stack = NULL;
	unwind->text[0] = '\0';
	for (size_t i = unwind->frame_count; i-- > 0;) {
		int length = snprintf(unwind->text + used, TEXT_SIZE - used, "%s%s",
				      used > 0 ? ";" : "", unwind->frames[i]);

		if (length < 0 || (size_t)length >= TEXT_SIZE - used) {
			unwind->text[used] = '\0';
			break;
		}
		used += (size_t)length;
	}
	return unwind->text;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/*
 * Unwinding goes by addresses of code, and by addresses of the stack that were saved on it; those
 * count by how far they are away. All else is data.
 */
uint64_t unwind_key(struct unwind *unwind, const struct kernel_stack *stack)
{
	uint64_t key = mix(mix(stack->size, stack->ip), stack->bp - stack->sp);

	for (uint32_t at = 0; at + 8 <= stack->size; at += 8) {
		uint64_t word;

		memcpy(&word, stack->bytes + at, sizeof(word));
		if (word - stack->sp < KERNEL_STACK_BYTES)
			key = mix(mix(key, at), word - stack->sp);
		else if (is_code(unwind, word))
			key = mix(mix(key, at), word);
	}
	return key;
}
