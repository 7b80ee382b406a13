/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side of actor-trace record --kernel. Follows the threads of one process: when one
 * leaves its CPU, why, whose turn it was, when it is woken up and when it goes on; its page faults;
 * where it is when a clock strikes. All is told by sched.h's records, and what cannot be told is
 * counted.
 *
 * A thread says in its thread-local storage whose turn it is, and where its words in the plane are
 * (actor/plane.h, tls_current). In sched_switch the thread that leaves is still the current one, so
 * its memory can be read.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sched.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define PAGE_SIZE    4096
#define TASK_DEAD    0x80
#define THREADS_MAX  16384
#define SYSCALLS_MAX 4096

/* Set from outside. */
__u32 target_tgid; /* 0: nobody is followed */
__s64 tls_offset;
__u32 want_stacks;
__u64 fault_max_ns; /* no page fault is taken to cost more */

/* The first words of struct actor_plane_thread. */
struct words {
	__u64 current;
	__u64 turn_start;
	__u64 turns;
	__u32 tag;
	__u32 visit_turns;
};

struct tls {
	__u64 actor;
	__u64 words;
};

/* A thread that is followed. */
struct follow {
	struct kernel_off off;       /* head.time_ns != 0: it is off its CPU */
	struct kernel_faults faults; /* count != 0: not told yet */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, THREADS_MAX);
	__uint(map_flags, 1 /* BPF_F_NO_PREALLOC */);
	__type(key, __u32);
	__type(value, struct follow);
} threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kernel_counts);
} counts SEC(".maps");

/* Who has had a CPU of late. */
#define RUNS 16 /* a power of two */

struct run {
	__u64 from_ns;
	__u64 to_ns;
	struct kernel_task task;
};

struct cpu {
	__u64 since_ns; /* the last switch */
	__u64 next;     /* runs[next % RUNS] is the oldest */
	struct run runs[RUNS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cpu);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024);
} records SEC(".maps");

static const struct follow nothing;

static __always_inline struct kernel_counts *counts_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&counts, &zero);
}

/* Each run is counted, and one of some is timed. Returns when it began where this one is, or 0. */
static __always_inline __u64 run_begin(struct kernel_counts *count, __u64 now)
{
	count->runs++;
	return (count->runs & (KERNEL_TIMED_EVERY - 1)) == 0 ? now : 0;
}

static __always_inline void run_end(struct kernel_counts *count, __u64 began)
{
	if (began == 0)
		return;
	count->timed++;
	count->timed_ns += bpf_ktime_get_ns() - began;
}

static __always_inline struct follow *follow_find(__u32 tid, struct kernel_counts *count)
{
	struct follow *follow = bpf_map_lookup_elem(&threads, &tid);

	if (follow != NULL)
		return follow;
	bpf_map_update_elem(&threads, &tid, &nothing, BPF_NOEXIST);
	follow = bpf_map_lookup_elem(&threads, &tid);
	if (follow == NULL)
		count->unknown++;
	return follow;
}

/* Whose turn it is on the current thread, which is `task`. */
static __always_inline void read_turn(struct task_struct *task, struct kernel_turn *ret_turn)
{
	struct tls tls;
	struct words words;

	ret_turn->actor = 0;
	ret_turn->ticks = 0;
	ret_turn->tag = 0;
	if (bpf_probe_read_user(&tls, sizeof(tls), (void *)(task->thread.fsbase + tls_offset)) !=
		    0 ||
	    tls.actor == 0)
		return;
	ret_turn->actor = tls.actor;
	if (bpf_probe_read_user(&words, sizeof(words), (void *)tls.words) != 0 ||
	    words.current != tls.actor)
		return;
	ret_turn->ticks = words.turn_start;
	ret_turn->tag = words.tag;
}

static __always_inline void task_copy(struct kernel_task *to, struct task_struct *task)
{
	to->tgid = task->tgid;
	to->tid = task->pid;
	if (task->pid != 0)
		bpf_probe_read_kernel(to->comm, sizeof(to->comm), task->comm);
	else
		to->tgid = 0;
}

/* `prev` has run here until now. */
static __always_inline void run_note(struct cpu *cpu, struct task_struct *prev, __u64 now)
{
	struct run *run = &cpu->runs[cpu->next & (RUNS - 1)];

	run->from_ns = cpu->since_ns;
	run->to_ns = now;
	task_copy(&run->task, prev);
	cpu->next++;
	cpu->since_ns = now;
}

/* Who has run here longest since then. */
static __always_inline void run_longest(struct cpu *cpu, __u64 since, struct kernel_task *ret_task)
{
	__u64 longest = 0;
	__u32 which = 0;

	for (__u32 i = 0; i < RUNS; i++) {
		struct run *run = &cpu->runs[i];
		__u64 from = run->from_ns > since ? run->from_ns : since;

		if (run->task.tgid != 0 && run->to_ns > from && run->to_ns - from > longest) {
			longest = run->to_ns - from;
			which = i;
		}
	}
	if (longest > 0)
		*ret_task = cpu->runs[which & (RUNS - 1)].task;
}

/* Of the time between two page faults, what the first may have cost. */
static __always_inline __u64 near(__u64 between)
{
	return between < fault_max_ns ? between : fault_max_ns;
}

static __always_inline void tell_faults(struct follow *follow, struct kernel_counts *count)
{
	if (follow->faults.count == 0)
		return;
	follow->faults.near_ns += near(bpf_ktime_get_ns() - follow->faults.last_ns);
	if (bpf_ringbuf_output(&records, &follow->faults, sizeof(follow->faults),
			       BPF_RB_NO_WAKEUP) != 0)
		count->lost++;
	follow->faults.count = 0;
	follow->faults.near_ns = 0;
}

/* The current thread's registers in the program, and what lies on its stack. */
static __always_inline void fill_stack(struct kernel_stack *stack, struct pt_regs *regs)
{
	__u64 sp = regs->sp;
	__u32 first = PAGE_SIZE - (sp & (PAGE_SIZE - 1));

	stack->ip = regs->ip;
	stack->sp = sp;
	stack->bp = regs->bp;
	stack->bx = regs->bx;
	stack->r12 = regs->r12;
	stack->r13 = regs->r13;
	stack->r14 = regs->r14;
	stack->r15 = regs->r15;
	stack->size = 0;
	/* Page by page: there may be nothing behind the end of a stack. */
	if (first > PAGE_SIZE)
		return;
	if (bpf_probe_read_user(stack->bytes, first, (void *)sp) != 0)
		return;
	stack->size = first;
	if (bpf_probe_read_user(stack->bytes + first, PAGE_SIZE, (void *)(sp + first)) != 0)
		return;
	stack->size = first + PAGE_SIZE;
}

/* What the slot holds where user registers are kept: a system call, -1 in an exception, less in
 * an interrupt. */
static __always_inline __s32 syscall_of(__s64 orig_ax)
{
	return orig_ax >= 0 && orig_ax < SYSCALLS_MAX ? (__s32)orig_ax : -1;
}

static __always_inline __u32 cause_in_kernel(__s64 orig_ax)
{
	if (syscall_of(orig_ax) >= 0)
		return KERNEL_CAUSE_SYSCALL;
	return orig_ax == -1 ? KERNEL_CAUSE_FAULT : KERNEL_CAUSE_OTHER;
}

static __always_inline bool stack_affordable(struct kernel_counts *count, __u64 now)
{
	__u64 second = now / 1000000000;

	if (count->stack_second != second) {
		count->stack_second = second;
		count->stack_count = 0;
	}
	if (count->stack_count < KERNEL_STACKS_PER_S) {
		count->stack_count++;
		return true;
	}
	count->skipped++;
	return false;
}

static __always_inline void tell_stack(const struct kernel_head *head, __u32 kind,
				       struct pt_regs *regs, struct kernel_counts *count)
{
	struct kernel_stack *stack = bpf_ringbuf_reserve(&records, sizeof(*stack), 0);

	if (stack == NULL) {
		count->lost++;
		return;
	}
	stack->head = *head;
	stack->head.kind = kind;
	stack->size = 0;
	fill_stack(stack, regs);
	bpf_ringbuf_submit(stack, BPF_RB_NO_WAKEUP);
}

static __always_inline void leave(struct task_struct *prev, bool preempted, __u64 now,
				  struct kernel_counts *count)
{
	struct follow *follow = follow_find(prev->pid, count);
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(prev);
	struct kernel_head *head;
	__s64 syscall;

	if (follow == NULL)
		return;
	tell_faults(follow, count);
	head = &follow->off.head;
	head->kind = KERNEL_RECORD_OFF;
	head->tid = prev->pid;
	head->time_ns = now;
	head->cpu = bpf_get_smp_processor_id();
	read_turn(prev, &head->turn);
	syscall = (__s64)regs->orig_ax;
	head->syscall = syscall_of(syscall);
	if (preempted)
		head->cause = KERNEL_CAUSE_PREEMPTED;
	else
		head->cause = cause_in_kernel(syscall);
	follow->off.wake_ns = 0;
	follow->off.by.tgid = 0;
	follow->off.waker.tgid = 0;
	if (!preempted && head->turn.actor != 0 && want_stacks != 0 && stack_affordable(count, now))
		tell_stack(head, KERNEL_RECORD_STACK, regs, count);
}

static __always_inline void enter(struct task_struct *next, struct cpu *cpu, __u64 now,
				  struct kernel_counts *count)
{
	__u32 tid = next->pid;
	struct follow *follow = bpf_map_lookup_elem(&threads, &tid);
	struct kernel_off *off;
	__u64 ready;

	if (follow == NULL || follow->off.head.time_ns == 0)
		return;
	off = &follow->off;
	off->in_ns = now;
	ready = off->head.cause == KERNEL_CAUSE_PREEMPTED ? off->head.time_ns : off->wake_ns;
	if (off->head.turn.actor != 0 || (ready != 0 && now - ready >= KERNEL_DELAY_NS)) {
		if (ready != 0)
			run_longest(cpu, ready, &off->by);
		if (bpf_ringbuf_output(&records, off, sizeof(*off), BPF_RB_NO_WAKEUP) != 0)
			count->lost++;
	}
	off->head.time_ns = 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	__u32 tgid = target_tgid, zero = 0, tid;
	struct kernel_counts *count;
	struct cpu *cpu;
	__u64 now, began;

	if (tgid == 0)
		return 0;
	count = counts_here();
	cpu = bpf_map_lookup_elem(&cpus, &zero);
	if (count == NULL || cpu == NULL)
		return 0;
	now = bpf_ktime_get_ns();
	began = run_begin(count, now);
	run_note(cpu, prev, now);
	if ((__u32)prev->tgid == tgid) {
		if ((prev_state & TASK_DEAD) != 0) {
			tid = prev->pid;
			bpf_map_delete_elem(&threads, &tid);
		} else {
			leave(prev, preempt || prev_state == 0, now, count);
		}
	}
	if ((__u32)next->tgid == tgid)
		enter(next, cpu, now, count);
	run_end(count, began);
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *task)
{
	struct kernel_counts *count;
	struct follow *follow;
	__u64 now, began;
	__u32 tid;

	if (target_tgid == 0 || (__u32)task->tgid != target_tgid)
		return 0;
	tid = task->pid;
	follow = bpf_map_lookup_elem(&threads, &tid);
	if (follow == NULL || follow->off.head.time_ns == 0 || follow->off.wake_ns != 0 ||
	    follow->off.head.cause == KERNEL_CAUSE_PREEMPTED)
		return 0;
	count = counts_here();
	if (count == NULL)
		return 0;
	now = bpf_ktime_get_ns();
	began = run_begin(count, now);
	follow->off.wake_ns = now;
	task_copy(&follow->off.waker, bpf_get_current_task_btf());
	run_end(count, began);
	return 0;
}

/* ---- Page faults ----------------------------------------------------------------------------- */

static __always_inline int fault(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct kernel_faults *faults;
	struct kernel_counts *count;
	struct kernel_turn turn;
	struct follow *follow;
	__u64 now, began;

	if (target_tgid == 0 || (__u32)task->tgid != target_tgid)
		return 0;
	count = counts_here();
	if (count == NULL)
		return 0;
	now = bpf_ktime_get_ns();
	began = run_begin(count, now);
	read_turn(task, &turn);
	if (turn.actor != 0) {
		follow = follow_find(task->pid, count);
		if (follow == NULL)
			return 0;
		faults = &follow->faults;
		if (faults->head.turn.ticks != turn.ticks || faults->head.turn.actor != turn.actor)
			tell_faults(follow, count);
		if (faults->count == 0) {
			faults->head.kind = KERNEL_RECORD_FAULTS;
			faults->head.tid = task->pid;
			faults->head.time_ns = now;
			faults->head.cause = KERNEL_CAUSE_FAULT;
			faults->head.syscall = -1;
			faults->head.cpu = bpf_get_smp_processor_id();
			faults->head.turn.actor = turn.actor;
			faults->head.turn.ticks = turn.ticks;
			faults->head.turn.tag = turn.tag;
		}
		if (faults->count != 0)
			faults->near_ns += near(now - faults->last_ns);
		faults->count++;
		faults->last_ns = now;
	}
	run_end(count, began);
	return 0;
}

SEC("tp_btf/page_fault_user")
int BPF_PROG(on_fault, unsigned long address)
{
	return fault();
}

/* The kernel touches the program's memory, as in a system call that fills a buffer. */
SEC("tp_btf/page_fault_kernel")
int BPF_PROG(on_fault_kernel, unsigned long address)
{
	return fault();
}

/* ---- Samples --------------------------------------------------------------------------------- */

SEC("perf_event")
int on_clock(struct bpf_perf_event_data *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct kernel_head head = {0};
	struct kernel_counts *count;
	struct pt_regs *regs;
	unsigned long cs;
	__u64 began;

	if (target_tgid == 0 || (__u32)task->tgid != target_tgid)
		return 0;
	count = counts_here();
	if (count == NULL)
		return 0;
	head.time_ns = bpf_ktime_get_ns();
	began = run_begin(count, head.time_ns);
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	head.tid = task->pid;
	head.cpu = bpf_get_smp_processor_id();
	head.syscall = -1;
	cs = context->cs;
	if ((cs & 3) != 0) {
		head.cause = KERNEL_CAUSE_USER;
	} else {
		head.cause = cause_in_kernel((__s64)regs->orig_ax);
		head.syscall = syscall_of((__s64)regs->orig_ax);
	}
	read_turn(task, &head.turn);
	tell_stack(&head, KERNEL_RECORD_SAMPLE, regs, count);
	run_end(count, began);
	return 0;
}

/* ---- Who is meant ---------------------------------------------------------------------------- */

/* Inside a container a process has another number than here; see iter in session.c. */
SEC("iter/task")
int number_of(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	__u32 tgid;

	if (task == NULL)
		return 0;
	tgid = task->tgid;
	bpf_seq_write(context->meta->seq, &tgid, sizeof(tgid));
	return 0;
}
