/* Whether tracepoints hold preemption off. An object of its own: where the kernel has no such variable,
 * libbpf looks for it in the types of all modules, for which CAP_BPF and CAP_PERFMON do not suffice, and
 * gives up the whole object.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#include <stdbool.h>
#include <stddef.h>

#include "backends/ebpf/bpf/kernel.h"
/* After the types: libbpf's headers use them. */
#include "backends/ebpf/bpf/bpf_api.h"
#include "backends/ebpf/bpf/shared.h"

/* The variable has this name since 6.15, before there was anything to ask. */
extern const int __preempt_count __ksym __weak;
#define PREEMPT_MASK 0xff

lat_u32 preemption_seen = 0; /* LAT_PREEMPTION_*; 0: nothing */

/* Attached for one call of Latimer's own. */
SEC("tp_btf/sys_enter")
int look_at_preemption(void *ctx) {
  if (!&__preempt_count) return 0;
  const int *count = bpf_this_cpu_ptr(&__preempt_count);
  preemption_seen = (*count & PREEMPT_MASK) ? LAT_PREEMPTION_OFF : LAT_PREEMPTION_ON;
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
