/* Maps, constants and counters that all programs share.
 *
 * Sizes marked 1 are set by user space before loading (programs.cpp), so that a capture takes only the memory
 * it needs.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_MAPS_H
#define LATIMER_BPF_MAPS_H

const volatile struct lat_config config = {};
const volatile lat_u8 call_flags[LAT_ABIS * LAT_DIRECT_NUMBERS] = {};
const volatile unsigned short call_memory[LAT_ABIS * LAT_DIRECT_NUMBERS] = {}; /* LAT_MEMORY */
const volatile lat_u8 other_calls_selected = 1; /* numbers that have no place in call_flags */

/* In .bss because a constant address costs 4 ns less than an array map's lookup, twice per call. It has to be
 * said: with an initializer clang 14 takes a struct with padding for .data. */
struct lat_hot hot SEC(".bss");
lat_u32 slot_of_i386[LAT_DIRECT_NUMBERS] = {}; /* as lat_hot::slot_of */

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct lat_task);
} tasks SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* slots * stripes; the value is cut to the buckets of the scheme */
  __type(key, u32);
  __type(value, struct lat_row);
} stats SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* slots */
  __type(key, u32);
  __type(value, struct lat_slot);
} slots SEC(".maps");

/* User space fills these with the numbers of unused slots and entities. */
struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 1);
  __type(value, u32);
} free_slots SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 1);
  __type(value, u32);
} free_entities SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1); /* slots */
  __type(key, struct lat_slot_key);
  __type(value, u32);
} slot_by_key SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, struct lat_errno_key);
  __type(value, u64);
} errors SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* entities */
  __type(key, u32);
  __type(value, struct lat_entity);
} entities SEC(".maps");

struct lat_comm {
  u64 word[2];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1); /* entities, with LAT_BY_COMM */
  __type(key, struct lat_comm);
  __type(value, u32);
} entity_by_comm SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1); /* entities, with LAT_BY_CGROUP */
  __type(key, u64);
  __type(value, u32);
} entity_by_cgroup SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, u32);
} target_cgroup SEC(".maps");

/* The automaton of --comm: one state per entry. State 0 rejects for good. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1); /* states */
  __type(key, u32);
  __type(value, struct lat_dfa_state);
} comm_dfa SEC(".maps");

/* Stream mode: a ring of events per CPU, `ring_events` long each, one after the other. Only programs that
 * cannot interrupt themselves write to a ring (sys_exit), so it needs neither lock nor reservation: half the
 * cost of BPF_MAP_TYPE_RINGBUF. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* possible CPUs * ring_events */
  __type(key, u32);
  __type(value, struct lat_event);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* possible CPUs */
  __type(key, u32);
  __type(value, struct lat_ring);
} rings SEC(".maps");

/* Calls ended by their caller's death: rare, and written by another program than the rings above. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096); /* bytes */
} last_events SEC(".maps");

/* Wakes user space: events are waiting, or the last target has gone. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} notices SEC(".maps");

static __always_inline struct lat_counters *my_counters(void) {
  u32 cpu = bpf_get_smp_processor_id();
  barrier_var(cpu);
  return &hot.counters[cpu & (LAT_COUNTER_CPUS - 1)];
}

/* Counts on this CPU, from one program only. */
static __always_inline void bump(u64 *counter) {
  if (config.shared_counters)
    __sync_fetch_and_add(counter, 1);
  else
    *counter += 1;
}

/* Counts something that several programs see. */
static __always_inline void bump_atomic(u64 *counter) { __sync_fetch_and_add(counter, 1); }

/* Wakes user space. When there is no room for the notice, it has not yet read an earlier one and comes
 * anyway. */
static __noinline int notify(u64 what) {
  u64 *notice = bpf_ringbuf_reserve(&notices, sizeof(*notice), 0);
  if (!notice) return 0;
  *notice = what;
  bpf_ringbuf_submit(notice, BPF_RB_FORCE_WAKEUP);
  return 0;
}

static __always_inline u32 abi_of(struct task_struct *task) {
  return (task->thread_info.status & TS_COMPAT) ? 1 : 0;
}

/* A task without any storage is nobody's target. Asked before the clock is read and storage searched: one
 * load tells most of the host off. */
static __always_inline bool has_storage(struct task_struct *task) { return task->bpf_storage != NULL; }

/* The task's storage, made when it has none; NULL: there is no memory. Who loses the race for making it gets
 * NULL at first, although it is there by then. */
static __always_inline struct lat_task *make_storage(struct task_struct *task) {
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!st) st = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (!st) bump_atomic(&my_counters()->storage);
  return st;
}

/* Place in a table by ABI and number. The compiler must not drop the mask that the verifier wants to see. */
static __always_inline u32 direct_index(u32 abi, u32 number) {
  u32 index = abi * LAT_DIRECT_NUMBERS + number;
  barrier_var(index);
  return index & (LAT_ABIS * LAT_DIRECT_NUMBERS - 1);
}

/* The flags of a call; 0 for numbers outside of the table. */
static __always_inline u8 flags_of_call(u32 abi, s32 nr) {
  if ((u32)nr >= LAT_DIRECT_NUMBERS) return 0;
  return call_flags[direct_index(abi, nr)];
}

static __always_inline bool is_selected(u32 abi, s32 nr, u8 mask) {
  if ((u32)nr >= LAT_DIRECT_NUMBERS) return other_calls_selected;
  return call_flags[direct_index(abi, nr)] & mask;
}

#endif
