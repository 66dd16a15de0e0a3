// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Program pairs on sys_enter and sys_exit that do nothing, or nothing but read the clock: what the
// tracepoints themselves cost, and what any tracer that measures durations must add.

// The fixed-width names that libbpf's headers expect of a kernel header.
typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("tp_btf/sys_enter")
int empty_enter(void* ctx) { return 0; }

SEC("tp_btf/sys_exit")
int empty_exit(void* ctx) { return 0; }

// A helper call is opaque to the compiler and to the verifier: the reading is made although nobody uses it.
SEC("tp_btf/sys_enter")
int clock_enter(void* ctx) {
  bpf_ktime_get_ns();
  return 0;
}

SEC("tp_btf/sys_exit")
int clock_exit(void* ctx) {
  bpf_ktime_get_ns();
  return 0;
}
