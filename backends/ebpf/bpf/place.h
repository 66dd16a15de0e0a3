/* Places: where a settled target has the call that it is in, so that the usual capture (plain.h) finds it
 * without asking the kernel who runs. And strangers: who was seen to be nobody's target.
 *
 * Each helper call costs 1 to 10 ns, more where returns are guarded against speculation, and two of the three
 * at each end of a call only find lat_task. The tracepoint's registers lie at the top of the task's stack:
 * where they are says who runs, for nothing. So a target that has become ordinary (its flags are LAT_TARGET
 * and nothing else) takes the place that this address hashes to, and keeps it until its death. While the
 * place's `call` is not 0, it holds the truth, and lat_task::call is 0.
 *
 *   0                  not settled: look at lat_task
 *   LAT_CALL_SETTLED   in no call, nothing odd about it
 *   LAT_CALL_INSIDE..  in this call, since start_ns
 *   LAT_CALL_CLAIMED.. the final walk has counted it
 *
 * Only the task itself writes to its place, but for the final walk, which claims by compare-and-swap. Who
 * finds the place taken goes on as before, by its storage.
 *
 * Strangers are remembered by the same address. It is forgotten when a task becomes a target, which happens
 * before it can run with that; a stranger's death changes nothing, since who has its stack next is either no
 * target or becomes one.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_PLACE_H
#define LATIMER_BPF_PLACE_H

/* A fixed-size .bss, as for `counters`: a constant address needs no lookup. */
struct lat_place places[LAT_PLACES] = {};
lat_u64 strangers[LAT_PLACES] = {};

/* Who runs, by its registers. A difference of pointers, because the verifier lets no pointer be calculated
 * with; the subtrahend is a constant of the capture. */
static __always_inline u64 key_of(u64 *ctx) { return ctx[0] - (u64)places; }

/* Fibonacci hashing of the stack's number: stacks are 16 KiB long. */
static __always_inline u32 hash_of(u64 key) {
  u64 index = ((key >> 14) * 0x9E3779B97F4A7C15ULL) >> (64 - LAT_PLACES_LOG);
  barrier_var(index);
  return index & (LAT_PLACES - 1);
}

static __always_inline struct lat_place *place_of(u64 key) { return &places[hash_of(key)]; }

static __always_inline bool is_stranger(u64 key) { return strangers[hash_of(key)] == key; }

/* The current task is nobody's target. Not remembered where it could not be forgotten (before 5.15). */
static __always_inline void remember_stranger(u64 key) {
  if (HAS_TASK_PT_REGS) strangers[hash_of(key)] = key;
}

/* The task becomes a target. */
static __always_inline void forget_stranger(struct task_struct *task) {
  if (!HAS_TASK_PT_REGS) return;
  u64 key = (u64)bpf_task_pt_regs(task) - (u64)places;
  if (is_stranger(key)) strangers[hash_of(key)] = 0;
}

/* The place that the task has, or NULL. */
static __always_inline struct lat_place *place_in(struct lat_task *st) {
  u32 number = st->place;
  if (!number) return NULL;
  u32 index = number - 1;
  barrier_var(index);
  return &places[index & (LAT_PLACES - 1)];
}

/* lat_task holds the truth again. By the task itself; against the final walk, which looks at the place first.
 */
static __always_inline void take_back(struct lat_task *st) {
  struct lat_place *place = place_in(st);
  if (!place) return;
  u64 call = place->call;
  if (!call) return;
  if (call & LAT_CALL_INSIDE) {
    st->start_ns = place->start_ns;
    st->call = call;
  }
  call = __sync_lock_test_and_set(&place->call, 0);
  if (call & LAT_CALL_CLAIMED) st->call = call;
}

/* The task is in no call. From now on its place holds the truth, if nothing is odd and there is one. */
static __always_inline void settle(struct lat_task *st, u64 key) {
  if (st->flags != LAT_TARGET || st->call) return;
  struct lat_place *place = place_of(key);
  if (place->key != key) {
    if (place->key || __sync_val_compare_and_swap(&place->key, 0, key)) return;
    st->place = (u32)(place - places) + 1;
  }
  place->call = LAT_CALL_SETTLED;
}

/* The task ends: its stack will be somebody else's. */
static __always_inline void give_up_place(struct lat_task *st) {
  struct lat_place *place = place_in(st);
  if (!place) return;
  take_back(st);
  st->place = 0;
  *(volatile u64 *)&place->key = 0;
}

#endif
