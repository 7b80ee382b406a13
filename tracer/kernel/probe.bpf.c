/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side of actor-trace probe: one program for all USDT probes of libactor, which have
 * the same arguments (actor/probes.h). The cookie of each attachment is the kind of its event.
 * Counts, and the times that messages waited and turns ran, are summed up here by behaviour and
 * message type.
 */
#include "vmlinux.h"

/* For the names of registers in libbpf's headers. */
#define __VMLINUX_H__

#define BPF_USDT_MAX_SPEC_CNT 128
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

#include "probe.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define KIND_RECV   1
#define KIND_SEND   2
#define KIND_IDLE   4
#define KIND_WAIT   5
#define KIND_EXIT   8

#define SENT_MAX    65536
#define THREADS_MAX 4096
#define SECOND_NS   1000000000ull

/* Set from outside. */
__u64 stream_rate; /* single events a second, 0: none */

/* For the summary. */
__u64 hits;
__u64 uncounted; /* hits that a full map has no place for */
__u64 streamed;
__u64 withheld; /* by the rate */
__u64 lost;     /* the ring buffer was full */

static __u64 second;
static __u64 in_second;

struct sent_key {
	__u64 sender;
	__u64 seq;
};

struct under_way {
	struct probe_key receipt; /* .kind is KIND_RECV: received, and its sending not told yet */
	__u64 sent_ns;
};

struct turn {
	struct probe_key key;
	__u64 start_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROBE_KEYS_MAX);
	__uint(map_flags, 1 /* BPF_F_NO_PREALLOC */);
	__type(key, struct probe_key);
	__type(value, struct probe_value);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROBE_NAMES_MAX);
	__uint(map_flags, 1);
	__type(key, __u64);
	__type(value, struct probe_name);
} names SEC(".maps");

/*
 * Messages under way; the oldest are forgotten. A message is delivered before its sending is told:
 * where an idle thread takes it at once, it is received first, and waits here for its `send`.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SENT_MAX);
	__type(key, struct sent_key);
	__type(value, struct under_way);
} sent SEC(".maps");

/* The turn that runs on each thread. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, THREADS_MAX);
	__type(key, __u32);
	__type(value, struct turn);
} turns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

/* Too large for the stack. */
static const struct probe_value nothing;

static __always_inline void name_read(__u64 address)
{
	struct probe_name name = {};

	if (address == 0 || bpf_map_lookup_elem(&names, &address) != NULL)
		return;
	if (bpf_probe_read_user_str(name.text, sizeof(name.text), (const void *)address) >= 0)
		bpf_map_update_elem(&names, &address, &name, BPF_NOEXIST);
}

static __always_inline struct probe_value *value_of(const struct probe_key *key)
{
	struct probe_value *value = bpf_map_lookup_elem(&values, key);

	if (value == NULL) {
		bpf_map_update_elem(&values, key, &nothing, BPF_NOEXIST);
		value = bpf_map_lookup_elem(&values, key);
	}
	return value;
}

/* Bits of a number: 0 of 0. */
static __always_inline __u32 bits_of(__u64 value)
{
	__u32 bits = 0;

	if (value >> 32 != 0) {
		bits += 32;
		value >>= 32;
	}
	if (value >> 16 != 0) {
		bits += 16;
		value >>= 16;
	}
	if (value >> 8 != 0) {
		bits += 8;
		value >>= 8;
	}
	if (value >> 4 != 0) {
		bits += 4;
		value >>= 4;
	}
	if (value >> 2 != 0) {
		bits += 2;
		value >>= 2;
	}
	if (value >> 1 != 0) {
		bits += 1;
		value >>= 1;
	}
	return bits + (__u32)value;
}

static __always_inline void add(struct probe_histogram *histogram, __u64 ns)
{
	__u32 bucket = bits_of(ns);

	if (bucket >= PROBE_BUCKETS)
		bucket = PROBE_BUCKETS - 1;
	__sync_fetch_and_add(&histogram->count, 1);
	__sync_fetch_and_add(&histogram->sum_ns, ns);
	__sync_fetch_and_add(&histogram->bucket[bucket], 1);
}

/* The turn that ran on this thread has ended. */
static __always_inline void turn_over(__u32 tid, __u64 now)
{
	struct turn *turn = bpf_map_lookup_elem(&turns, &tid);
	struct probe_value *value;

	if (turn == NULL)
		return;
	value = bpf_map_lookup_elem(&values, &turn->key);
	if (value != NULL && now > turn->start_ns)
		add(&value->ran, now - turn->start_ns);
	bpf_map_delete_elem(&turns, &tid);
}

static __always_inline void waited(const struct probe_key *receipt, __u64 ns)
{
	struct probe_value *value = bpf_map_lookup_elem(&values, receipt);

	if (value != NULL)
		add(&value->waited, ns);
}

/* Whoever comes second, of the two that are told of a message, finds the first and adds its wait.
 */
static __always_inline void received(__u64 sender, __u32 seq, const struct probe_key *key,
				     __u64 now)
{
	struct sent_key message = {sender, seq};
	struct under_way early = {.receipt = *key};
	struct under_way *first;

	/* Nobody tells of timers and the like that they were sent. */
	if (sender == 0 || bpf_map_update_elem(&sent, &message, &early, BPF_NOEXIST) == 0)
		return;
	first = bpf_map_lookup_elem(&sent, &message);
	if (first == NULL)
		return;
	waited(key, now > first->sent_ns ? now - first->sent_ns : 0);
	bpf_map_delete_elem(&sent, &message);
}

static __always_inline void was_sent(__u64 sender, __u32 seq, __u64 now)
{
	struct sent_key message = {sender, seq};
	struct under_way late = {.sent_ns = now};
	struct under_way *first;
	struct probe_key receipt;

	if (bpf_map_update_elem(&sent, &message, &late, BPF_NOEXIST) == 0)
		return;
	first = bpf_map_lookup_elem(&sent, &message);
	if (first == NULL)
		return;
	receipt = first->receipt;
	bpf_map_delete_elem(&sent, &message);
	if (receipt.kind == KIND_RECV)
		waited(&receipt, 0);
}

static __always_inline void stream(const struct probe_event *event)
{
	struct probe_event *place;
	__u64 now = event->time_ns / SECOND_NS;

	if (stream_rate == 0)
		return;
	if (second != now) {
		second = now;
		in_second = 0;
	}
	if (__sync_fetch_and_add(&in_second, 1) >= stream_rate) {
		__sync_fetch_and_add(&withheld, 1);
		return;
	}
	place = bpf_ringbuf_reserve(&events, sizeof(*place), 0);
	if (place == NULL) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	__builtin_memcpy(place, event, sizeof(*place));
	bpf_ringbuf_submit(place, 0);
	__sync_fetch_and_add(&streamed, 1);
}

SEC("usdt")
int probe_hit(struct pt_regs *ctx)
{
	struct probe_event event = {.time_ns = bpf_ktime_get_ns()};
	struct probe_key key = {};
	struct probe_value *value;
	long name = 0, behaviour = 0, actor = 0, seq = 0, a = 0, b = 0, c = 0, tag = 0, flags = 0;
	__u32 tid = (__u32)bpf_get_current_pid_tgid();

	__sync_fetch_and_add(&hits, 1);
	bpf_usdt_arg(ctx, 0, &name);
	bpf_usdt_arg(ctx, 1, &behaviour);
	bpf_usdt_arg(ctx, 2, &actor);
	bpf_usdt_arg(ctx, 3, &seq);
	bpf_usdt_arg(ctx, 4, &a);
	bpf_usdt_arg(ctx, 5, &b);
	bpf_usdt_arg(ctx, 6, &c);
	bpf_usdt_arg(ctx, 7, &tag);
	bpf_usdt_arg(ctx, 8, &flags);
	key.kind = (__u32)bpf_usdt_cookie(ctx);
	key.tag = (__u32)tag;
	key.name = (__u64)name;
	key.behaviour = (__u64)behaviour;
	name_read(key.name);
	name_read(key.behaviour);
	if (key.kind == KIND_RECV || key.kind == KIND_IDLE || key.kind == KIND_WAIT ||
	    key.kind == KIND_EXIT)
		turn_over(tid, event.time_ns);
	value = value_of(&key);
	if (value == NULL) {
		__sync_fetch_and_add(&uncounted, 1);
	} else {
		__sync_fetch_and_add(&value->count, 1);
		if (key.kind == KIND_RECV) {
			struct turn turn = {.key = key, .start_ns = event.time_ns};

			received((__u64)b, (__u32)seq, &key, event.time_ns);
			bpf_map_update_elem(&turns, &tid, &turn, BPF_ANY);
		}
	}
	if (key.kind == KIND_SEND)
		was_sent((__u64)actor, (__u32)seq, event.time_ns);
	if (stream_rate == 0)
		return 0;
	event.a = (__u64)a;
	event.b = (__u64)b;
	event.c = (__u64)c;
	event.actor = (__u64)actor;
	event.seq = (__u32)seq;
	event.tid = tid;
	event.tag = (__u16)tag;
	event.kind = (__u8)key.kind;
	event.flags = (__u8)flags;
	bpf_probe_read_user_str(event.name, sizeof(event.name), (const void *)name);
	bpf_probe_read_user_str(event.behaviour, sizeof(event.behaviour), (const void *)behaviour);
	stream(&event);
	return 0;
}
