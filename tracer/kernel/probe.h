/* SPDX-License-Identifier: MIT */
#ifndef KERNEL_PROBE_H
#define KERNEL_PROBE_H

/* What probe.bpf.c tells its reader, in user space and in BPF. */

#define PROBE_NAME_SIZE 48
#define PROBE_BUCKETS   48 /* bucket i: times below 2^i ns */
#define PROBE_KEYS_MAX  4096
#define PROBE_NAMES_MAX 8192

/* Names are addresses in the program; the map `names` has their texts. */
struct probe_key {
	__u64 behaviour;
	__u64 name;
	__u32 kind; /* of the event */
	__u32 tag;
};

struct probe_histogram {
	__u64 count;
	__u64 sum_ns;
	__u64 bucket[PROBE_BUCKETS];
};

struct probe_value {
	__u64 count;
	struct probe_histogram waited; /* of a message received: since it was sent */
	struct probe_histogram ran;    /* its turn */
};

struct probe_name {
	char text[PROBE_NAME_SIZE];
};

/* A single event, for --stream. */
struct probe_event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 a;
	__u64 b;
	__u64 c;
	__u64 actor;
	__u32 seq;
	__u32 tid;
	__u16 tag;
	__u8 kind;
	__u8 flags;
	__u32 reserved;
	char name[PROBE_NAME_SIZE];
	char behaviour[PROBE_NAME_SIZE];
};

#endif
