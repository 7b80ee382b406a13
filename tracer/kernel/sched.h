/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

/*
 * What sched.bpf.c tells us through its ring buffer: one record for each time that a thread was
 * off its CPU, for each sample, for each turn's page faults, and copies of stacks. Included on both
 * sides; the types are those of <linux/types.h>, which vmlinux.h has, too.
 */

#ifndef __bpf__
#include <linux/types.h>
#endif

#define KERNEL_STACK_BYTES 8192 /* of a thread's stack, from its stack pointer on */
#define KERNEL_COMM        16

/* Waiting for a CPU for less is not told where no turn was delayed. */
#define KERNEL_DELAY_NS 50000

/* Copies of stacks of threads that block, per CPU and second; more are counted as skipped. */
#define KERNEL_STACKS_PER_S 250

enum kernel_record_kind {
	KERNEL_RECORD_OFF = 1,    /* a thread was off its CPU, and has one again */
	KERNEL_RECORD_FAULTS = 2, /* page faults of a turn */
	KERNEL_RECORD_SAMPLE = 3, /* a stack; the thread was running */
	KERNEL_RECORD_STACK = 4   /* a stack; the thread blocks, its OFF follows */
};

/* Why a thread left its CPU, or where it was when it was sampled. */
enum kernel_cause {
	KERNEL_CAUSE_PREEMPTED = 1, /* it could have gone on */
	KERNEL_CAUSE_SYSCALL = 2,   /* it waits in a system call */
	KERNEL_CAUSE_FAULT = 3,     /* it waits in a page fault */
	KERNEL_CAUSE_OTHER = 4,     /* it waits, we do not know where */
	KERNEL_CAUSE_USER = 5       /* sampled in the program itself */
};

/* Whose turn it was, as the thread itself says. All 0: none. */
struct kernel_turn {
	__u64 actor; /* pid */
	__u64 ticks; /* when the turn began, or went on; 0: between two turns */
	__u32 tag;   /* type of its message */
	__u32 reserved;
};

struct kernel_task {
	__u32 tgid; /* 0: nobody, the CPU was idle */
	__u32 tid;
	char comm[KERNEL_COMM];
};

struct kernel_head {
	__u32 kind;
	__u32 tid;
	__u64 time_ns; /* CLOCK_MONOTONIC: OFF: when it left; FAULTS: the first; else: now */
	struct kernel_turn turn;
	__u32 cause;
	__s32 syscall; /* number, -1: none */
	__u32 cpu;
	__u32 reserved;
};

struct kernel_off {
	struct kernel_head head;
	__u64 wake_ns; /* 0: it never was woken up, because it never slept */
	__u64 in_ns;
	struct kernel_task by;    /* who has had the CPU longest while it could have run */
	struct kernel_task waker; /* who woke it up */
};

struct kernel_faults {
	struct kernel_head head;
	__u64 last_ns;
	__u64 near_ns; /* from each to the next, but no more than a bound: about their cost */
	__u64 count;
};

struct kernel_stack {
	struct kernel_head head;
	__u64 ip, sp, bp, bx, r12, r13, r14, r15;
	__u32 size; /* bytes of `bytes` that are there */
	__u32 reserved;
	__u8 bytes[KERNEL_STACK_BYTES];
};

/* What the programs count, per CPU. */
struct kernel_counts {
	__u64 lost;    /* records for which the ring had no room */
	__u64 skipped; /* copies of stacks beyond the budget */
	__u64 unknown; /* threads beyond those that can be followed */
	__u64 runs;    /* of the programs, for threads that are recorded */
	__u64 timed;   /* runs of these that were timed */
	__u64 timed_ns;
	__u64 stack_second; /* budget of copies */
	__u64 stack_count;
};

/* Every so many runs is timed; a power of two. */
#define KERNEL_TIMED_EVERY 16

#endif
