/* SPDX-License-Identifier: MIT */

/* The switch itself, in assembly: what a call must preserve is preserved, on both sides. */

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>

#include "sched/context.h"

#include "suite.h"

#define SIZE ((size_t)64 << 10)

/* One for each case: AddressSanitizer remembers the frames that a case leaves behind. */
static alignas(16) unsigned char stacks[4][SIZE];
static unsigned stacks_used;
static unsigned char *memory;
static void *main_sp;
static void *other_sp;

static uint64_t visits;
static bool other_is_wrong;

/* ---- The control words of floating point ----------------------------------------------------- */

#if defined(__x86_64__)

struct control {
	uint32_t mxcsr;
	uint16_t x87;
};

static struct control control_get(void)
{
	struct control control;

	__asm__ volatile("stmxcsr %0" : "=m"(control.mxcsr));
	__asm__ volatile("fnstcw %0" : "=m"(control.x87));
	/* Without the flags, which any operation may set. */
	control.mxcsr &= ~UINT32_C(0x3f);
	return control;
}

static void control_set(struct control control)
{
	__asm__ volatile("ldmxcsr %0" : : "m"(control.mxcsr));
	__asm__ volatile("fldcw %0" : : "m"(control.x87));
}

/* Another rounding mode and, in the x87, another precision. */
static struct control control_other(struct control control, unsigned mode)
{
	control.mxcsr = (control.mxcsr & ~UINT32_C(0x6000)) | mode << 13;
	control.x87 = (uint16_t)((control.x87 & ~0x0f00) | mode << 10 | 2 << 8);
	return control;
}

static bool control_is(struct control control)
{
	struct control now = control_get();

	return now.mxcsr == control.mxcsr && now.x87 == control.x87;
}

#elif defined(__aarch64__)

struct control {
	uint64_t fpcr;
};

static struct control control_get(void)
{
	struct control control;

	__asm__ volatile("mrs %0, fpcr" : "=r"(control.fpcr));
	return control;
}

static void control_set(struct control control)
{
	__asm__ volatile("msr fpcr, %0" : : "r"(control.fpcr));
}

static struct control control_other(struct control control, unsigned mode)
{
	control.fpcr = (control.fpcr & ~UINT64_C(0xc00000)) | (uint64_t)mode << 22;
	return control;
}

static bool control_is(struct control control)
{
	return control_get().fpcr == control.fpcr;
}

#endif

/* ---- Switching with every register in use ---------------------------------------------------- */

#if defined(__x86_64__)

/*
 * Fills rbx, rbp, r12..r15 with seed + 1 .. seed + 6, switches, and returns 0 when they are the
 * same afterwards.
 */
uint64_t switch_with_registers(void **ret_sp, void *sp, uint64_t seed);

__asm__(".text\n"
	".p2align 4\n"
	".type switch_with_registers, @function\n"
	".globl switch_with_registers\n"
	".hidden switch_with_registers\n"
	"switch_with_registers:\n"
	"	pushq %rbx\n"
	"	pushq %rbp\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	pushq %rdx\n"
	"	leaq 1(%rdx), %rbx\n"
	"	leaq 2(%rdx), %rbp\n"
	"	leaq 3(%rdx), %r12\n"
	"	leaq 4(%rdx), %r13\n"
	"	leaq 5(%rdx), %r14\n"
	"	leaq 6(%rdx), %r15\n"
	"	call context_switch\n"
	"	popq %rdx\n"
	"	subq %rdx, %rbx\n"
	"	subq %rdx, %rbp\n"
	"	subq %rdx, %r12\n"
	"	subq %rdx, %r13\n"
	"	subq %rdx, %r14\n"
	"	subq %rdx, %r15\n"
	"	xorq $1, %rbx\n"
	"	xorq $2, %rbp\n"
	"	xorq $3, %r12\n"
	"	xorq $4, %r13\n"
	"	xorq $5, %r14\n"
	"	xorq $6, %r15\n"
	"	movq %rbx, %rax\n"
	"	orq %rbp, %rax\n"
	"	orq %r12, %rax\n"
	"	orq %r13, %rax\n"
	"	orq %r14, %rax\n"
	"	orq %r15, %rax\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbp\n"
	"	popq %rbx\n"
	"	ret\n"
	".size switch_with_registers, .-switch_with_registers\n");

#else

/* More values than there are registers to lose; the compiler keeps them where a call must. */
static uint64_t switch_with_registers(void **ret_sp, void *sp, uint64_t seed)
{
	uint64_t a = seed, b = seed + 1, c = seed + 2, d = seed + 3, e = seed + 4, f = seed + 5;
	uint64_t g = seed + 6, h = seed + 7, i = seed + 8, j = seed + 9;
	double k = (double)(seed & 0xffff), l = k + 1, m = k + 2, n = k + 3, o = k + 4, p = k + 5;

	__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g));
	__asm__ volatile("" : "+r"(h), "+r"(i), "+r"(j));
	__asm__ volatile("" : "+w"(k), "+w"(l), "+w"(m), "+w"(n), "+w"(o), "+w"(p));
	context_switch(ret_sp, sp);
	__asm__ volatile("" : "+w"(k), "+w"(l), "+w"(m), "+w"(n), "+w"(o), "+w"(p));
	__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g));
	__asm__ volatile("" : "+r"(h), "+r"(i), "+r"(j));
	return (a ^ seed) | (b ^ (seed + 1)) | (c ^ (seed + 2)) | (d ^ (seed + 3)) |
	       (e ^ (seed + 4)) | (f ^ (seed + 5)) | (g ^ (seed + 6)) | (h ^ (seed + 7)) |
	       (i ^ (seed + 8)) | (j ^ (seed + 9)) |
	       (uint64_t)(l != k + 1 || m != k + 2 || n != k + 3 || o != k + 4 || p != k + 5);
}

#endif

/* ---- Cases ----------------------------------------------------------------------------------- */

static void setup(void (*entry)(void))
{
	visits = 0;
	other_is_wrong = false;
	CU_ASSERT_TRUE_FATAL(stacks_used < 4);
	memory = stacks[stacks_used++];
	memset(memory, 0xa5, SIZE);
	other_sp = context_prepare(memory + SIZE, entry);
}

static void count_visits(void)
{
	for (;;) {
		visits++;
		context_switch(&other_sp, main_sp);
	}
}

static void there_and_back(void)
{
	setup(count_visits);
	CU_ASSERT_EQUAL(visits, 0);
	for (uint64_t i = 1; i <= 1000; i++) {
		context_switch(&main_sp, other_sp);
		CU_ASSERT_EQUAL(visits, i);
	}
	CU_ASSERT_TRUE((unsigned char *)other_sp > memory);
	CU_ASSERT_TRUE((unsigned char *)other_sp < memory + SIZE);
}

static void *entered_at;

static void look_where(void)
{
	entered_at = __builtin_frame_address(0);
	/* An aligned move faults where the stack is not as the machine's conventions say. */
	for (;;) {
		volatile alignas(16) unsigned char aligned[16];

		aligned[0] = 1;
		other_is_wrong = (uintptr_t)aligned % 16 != 0 || aligned[0] != 1;
		visits++;
		context_switch(&other_sp, main_sp);
	}
}

static void the_entry_finds_an_aligned_stack(void)
{
	setup(look_where);
	context_switch(&main_sp, other_sp);
	CU_ASSERT_EQUAL(visits, 1);
	CU_ASSERT_FALSE(other_is_wrong);
	/* After a call the frame begins 16 bytes above an aligned place, as anywhere else. */
	CU_ASSERT_EQUAL((uintptr_t)entered_at % 16, 0);
	CU_ASSERT_TRUE((unsigned char *)entered_at < memory + SIZE);
	CU_ASSERT_TRUE((unsigned char *)entered_at > memory + SIZE - 1024);
}

static void keep_registers(void)
{
	for (uint64_t i = 0;; i++) {
		visits++;
		if (switch_with_registers(&other_sp, main_sp, ~(i << 32)) != 0)
			other_is_wrong = true;
	}
}

static void registers_are_preserved(void)
{
	setup(keep_registers);
	for (uint64_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(switch_with_registers(&main_sp, other_sp, i << 40 | 0x1234), 0);
	CU_ASSERT_EQUAL(visits, 1000);
	CU_ASSERT_FALSE(other_is_wrong);
}

static struct control inherited;

static void keep_control(void)
{
	struct control mine = inherited;

	other_is_wrong = !control_is(inherited);
	for (;;) {
		visits++;
		mine = control_other(mine, 1 + visits % 2);
		control_set(mine);
		context_switch(&other_sp, main_sp);
		if (!control_is(mine))
			other_is_wrong = true;
	}
}

/* Rounding modes stay with the stack that has set them; a new one has those of its maker. */
static void control_words_are_preserved(void)
{
	struct control before = control_get();

	inherited = control_other(before, 3);
	control_set(inherited);
	setup(keep_control);
	control_set(before);
	for (unsigned i = 0; i < 100; i++) {
		struct control mine = control_other(before, i % 4);
		bool kept;

		control_set(mine);
		context_switch(&main_sp, other_sp);
		kept = control_is(mine);
		control_set(before);
		CU_ASSERT_TRUE(kept);
	}
	CU_ASSERT_EQUAL(visits, 100);
	CU_ASSERT_FALSE(other_is_wrong);
}

#define CASES(X)                            \
	X(there_and_back)                   \
	X(the_entry_finds_an_aligned_stack) \
	X(registers_are_preserved)          \
	X(control_words_are_preserved)
SUITE("context", CASES)
