/* SPDX-License-Identifier: MIT */
#ifndef SCHED_CONTEXT_H
#define SCHED_CONTEXT_H

/*
 * The switch between two stacks, in assembly: context_x86_64.S and context_aarch64.S. A port to
 * another machine is these two functions.
 */

#include <stddef.h>

/* Saves what a call must preserve on the running stack, its pointer in *ret_sp, and goes on where
 * `sp` was saved. Returns when somebody switches back. */
void context_switch(void **ret_sp, void *sp);

/* Where a context prepared by context_prepare begins; calls the entry it was given. */
void context_start(void);

/* Makes the top of a fresh stack such that a switch to the result calls `entry`, which must never
 * return. `top` is 16-byte aligned. */
void *context_prepare(void *top, void (*entry)(void));

/* All that others may have changed meanwhile, but for rdi, rsi and rdx. */
#ifdef __AVX512F__
#define CONTEXT_CLOBBERED_512_                                                                    \
	"xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", \
		"xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4",     \
		"k5", "k6", "k7",
#else
#define CONTEXT_CLOBBERED_512_
#endif
#define CONTEXT_CLOBBERED_                                                                         \
	CONTEXT_CLOBBERED_512_ "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", \
		"r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",     \
		"xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "st", "st(1)",       \
		"st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "cc", "memory"

/*
 * The same in the middle of a function: whoever is switched back to goes on behind it by a jump,
 * and not by returning through the functions that it had called to get here. A processor foresees
 * returns from the calls before them, of which it has seen others on this stack: each return would
 * be foreseen wrongly.
 */
static inline __attribute__((always_inline)) void context_swap(void **ret_sp, void *sp)
{
#if defined(__x86_64__) && defined(__LP64__)
	register void **from __asm__("rdi") = ret_sp;
	register void *to __asm__("rsi") = sp;

	__asm__ volatile("subq	$128, %%rsp\n\t" /* a red zone is ours to keep */
			 "leaq	3f(%%rip), %%rax\n\t"
			 "pushq	%%rax\n\t"
			 "pushq	%%rbp\n\t"
			 "pushq	%%rbx\n\t"
			 "pushq	%%r12\n\t"
			 "pushq	%%r13\n\t"
			 "pushq	%%r14\n\t"
			 "pushq	%%r15\n\t"
			 "subq	$8, %%rsp\n\t"
			 "stmxcsr	(%%rsp)\n\t"
			 "fnstcw	4(%%rsp)\n\t"
			 "movq	%%rsp, (%%rdi)\n\t"
			 "movl	(%%rsp), %%eax\n\t"
			 "movzwl	4(%%rsp), %%ecx\n\t"
			 "movq	%%rsi, %%rsp\n\t"
			 "cmpl	(%%rsp), %%eax\n\t"
			 "jne	1f\n\t"
			 "cmpw	4(%%rsp), %%cx\n\t"
			 "jne	1f\n"
			 "2:	addq	$8, %%rsp\n\t"
			 "popq	%%r15\n\t"
			 "popq	%%r14\n\t"
			 "popq	%%r13\n\t"
			 "popq	%%r12\n\t"
			 "popq	%%rbx\n\t"
			 "popq	%%rbp\n\t"
			 "popq	%%rax\n\t"
			 "jmp	*%%rax\n"
			 "1:	ldmxcsr	(%%rsp)\n\t"
			 "fldcw	4(%%rsp)\n\t"
			 "jmp	2b\n"
			 "3:	endbr64\n\t"
			 "addq	$128, %%rsp"
			 : "+r"(from), "+r"(to)
			 :
			 : "rdx", CONTEXT_CLOBBERED_);
	/*
	 * Never so. But a call of what a compiler does not know tells it that functions which
	 * switch may change every variable, also static ones of which nobody takes the address: gcc
	 * (12, ipa-reference) believes that assembly cannot name those, "memory" or not.
	 */
	if (__builtin_expect(to == NULL, 0))
		context_start();
#else
	context_switch(ret_sp, sp);
#endif
}

/*
 * The same to the beginning of a stack, whose `top` context_prepare has once had: calls `entry`
 * there. What would be loaded from a context that was made for it is not saved, then loaded.
 */
static inline __attribute__((always_inline)) void context_begin(void **ret_sp, void *top,
								void (*entry)(void))
{
#if defined(__x86_64__) && defined(__LP64__)
	register void **from __asm__("rdi") = ret_sp;
	register void *to __asm__("rsi") = top;
	register void (*begin)(void) __asm__("rdx") = entry;

	__asm__ volatile("subq	$128, %%rsp\n\t"
			 "leaq	3f(%%rip), %%rax\n\t"
			 "pushq	%%rax\n\t"
			 "pushq	%%rbp\n\t"
			 "pushq	%%rbx\n\t"
			 "pushq	%%r12\n\t"
			 "pushq	%%r13\n\t"
			 "pushq	%%r14\n\t"
			 "pushq	%%r15\n\t"
			 "subq	$8, %%rsp\n\t"
			 "stmxcsr	(%%rsp)\n\t"
			 "fnstcw	4(%%rsp)\n\t"
			 "movq	%%rsp, (%%rdi)\n\t"
			 "leaq	-16(%%rsi), %%rsp\n\t" /* as context_prepare leaves it */
			 "movq	%%rdx, %%rbx\n\t"
			 "jmp	context_start\n"
			 "3:	endbr64\n\t"
			 "addq	$128, %%rsp"
			 : "+r"(from), "+r"(to), "+r"(begin)
			 :
			 : CONTEXT_CLOBBERED_);
	if (__builtin_expect(to == NULL, 0)) /* as in context_swap */
		context_start();
#else
	context_switch(ret_sp, context_prepare(top, entry));
#endif
}

/* The same from a stack that nobody ever switches back to. */
static inline __attribute__((always_inline, noreturn)) void context_leave(void *sp)
{
#if defined(__x86_64__) && defined(__LP64__)
	register void *to __asm__("rsi") = sp;

	__asm__ volatile("subq	$8, %%rsp\n\t"
			 "stmxcsr	(%%rsp)\n\t"
			 "fnstcw	4(%%rsp)\n\t"
			 "movl	(%%rsp), %%eax\n\t"
			 "movzwl	4(%%rsp), %%ecx\n\t"
			 "movq	%%rsi, %%rsp\n\t"
			 "cmpl	(%%rsp), %%eax\n\t"
			 "jne	1f\n\t"
			 "cmpw	4(%%rsp), %%cx\n\t"
			 "jne	1f\n"
			 "2:	addq	$8, %%rsp\n\t"
			 "popq	%%r15\n\t"
			 "popq	%%r14\n\t"
			 "popq	%%r13\n\t"
			 "popq	%%r12\n\t"
			 "popq	%%rbx\n\t"
			 "popq	%%rbp\n\t"
			 "popq	%%rax\n\t"
			 "jmp	*%%rax\n"
			 "1:	ldmxcsr	(%%rsp)\n\t"
			 "fldcw	4(%%rsp)\n\t"
			 "jmp	2b"
			 :
			 : "r"(to)
			 : "rax", "rcx", "memory");
	__builtin_unreachable();
#else
	void *nowhere;

	context_switch(&nowhere, sp);
	__builtin_unreachable();
#endif
}

#endif
