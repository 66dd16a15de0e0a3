/* Latimer's BPF programs: one object, one translation unit. Attaching order: Source::start() in source.cpp.
 *
 * tp_btf wherever it loses nothing (steady.h): classic tracepoint programs that return 0 take the samples
 * away from perf, and need tracefs.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#include <stdbool.h>
#include <stddef.h>

#include "backends/ebpf/bpf/kernel.h"
/* After the types: libbpf's headers use them. */
#include "backends/ebpf/bpf/bpf_api.h"
#include "backends/ebpf/bpf/shared.h"

#include "backends/ebpf/bpf/maps.h"
#include "backends/ebpf/bpf/entity.h"
#include "backends/ebpf/bpf/place.h"
#include "backends/ebpf/bpf/aggregate.h"
#include "backends/ebpf/bpf/target.h"
#include "backends/ebpf/bpf/restart.h"
#include "backends/ebpf/bpf/memory.h"
#include "backends/ebpf/bpf/stream.h"
#include "backends/ebpf/bpf/syscalls.h"
#include "backends/ebpf/bpf/count.h"
#include "backends/ebpf/bpf/plain.h"
#include "backends/ebpf/bpf/tasks.h"
#include "backends/ebpf/bpf/steady.h"
#include "backends/ebpf/bpf/walk.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
