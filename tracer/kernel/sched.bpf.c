/* SPDX-License-Identifier: MIT */
/* The kernel's side of actor-trace record --kernel. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

__u32 target_tgid;
__u64 switches;

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	if ((u32)prev->tgid == target_tgid)
		__sync_fetch_and_add(&switches, 1);
	return 0;
}
