/* Adding calls up: one row per (slot, stripe), a slot per (entity, call).
 *
 * Slots are given out at the first completion of a call: 64 MiB would not hold a histogram for every number
 * on every possible CPU. A slot is named by the index of its first row.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_AGGREGATE_H
#define LATIMER_BPF_AGGREGATE_H

static __always_inline u32 pop_slot(u32 entity, u32 abi, s32 nr) {
  u32 slot = 0;
  if (bpf_map_pop_elem(&free_slots, &slot)) return 0;
  u32 place = slot / config.stripes;
  struct lat_slot *s = bpf_map_lookup_elem(&slots, &place);
  if (!s) return 0;
  __sync_fetch_and_add(&hot.state.slots_taken, 1);
  s->entity = entity;
  s->nr = nr;
  s->abi = abi;
  s->used = 1;
  return slot;
}

static __always_inline void push_slot(u32 slot) {
  u32 place = slot / config.stripes;
  struct lat_slot *s = bpf_map_lookup_elem(&slots, &place);
  if (s) s->used = 0;
  if (bpf_map_push_elem(&free_slots, &slot, 0) == 0) __sync_fetch_and_sub(&hot.state.slots_taken, 1);
}

/* Where the slot of a call stands that is told apart by the call alone. */
static __always_inline u32 *direct_slot(u32 abi, u32 number) {
  barrier_var(number); /* or the compiler drops the mask that the verifier wants to see */
  number &= LAT_DIRECT_NUMBERS - 1;
  return abi ? &slot_of_i386[number] : &hot.slot_of[number];
}

/* First completion of a call that has such a place. */
static __noinline u32 make_direct_slot(u32 abi, s32 nr) {
  u32 fresh = pop_slot(0, abi, nr);
  if (!fresh) return 0;
  u32 seen = __sync_val_compare_and_swap(direct_slot(abi, nr), 0, fresh);
  if (!seen) return fresh;
  push_slot(fresh); /* another CPU was first */
  return seen;
}

/* The slot of a call that is told apart by entity, or has an odd number (x32, -1). 0: no room. */
static __noinline u32 hashed_slot(u32 entity, u32 abi, s32 nr) {
  struct lat_slot_key key = {.entity = entity, .abi = abi, .nr = nr};
  u32 *found = bpf_map_lookup_elem(&slot_by_key, &key);
  if (found) return *found;
  u32 fresh = pop_slot(entity, abi, nr);
  if (!fresh) return 0;
  if (bpf_map_update_elem(&slot_by_key, &key, &fresh, BPF_NOEXIST) == 0) return fresh;
  push_slot(fresh);
  found = bpf_map_lookup_elem(&slot_by_key, &key);
  return found ? *found : 0;
}

static __always_inline u32 slot_for(struct lat_task *st, u32 abi, s32 nr) {
  u32 number = nr;
  if (config.by == LAT_BY_NONE) {
    if (number >= LAT_DIRECT_NUMBERS) return hashed_slot(0, abi, nr);
    u32 slot = *direct_slot(abi, number);
    return slot ? slot : make_direct_slot(abi, nr);
  }
  if (!st->entity) return 0;
  u32 tag = number | (abi << 31);
  if (st->cached_slot && st->cached_nr == tag) return st->cached_slot;
  u32 slot = hashed_slot(st->entity, abi, nr);
  st->cached_slot = slot;
  st->cached_nr = tag;
  return slot;
}

static __always_inline struct lat_row *row_at(u32 slot) {
  u32 index = bpf_get_smp_processor_id();
  if (config.atomic) index &= config.stripe_mask;
  index += slot;
  return bpf_map_lookup_elem(&stats, &index);
}

/* The constant first argument: the verifier removes what a volatile config rules out, but not the loads that
 * ask it. */
static __always_inline void raise_to(const bool atomic, u64 *where, u64 value) {
  if (!atomic) {
    if (value > *where) *where = value;
    return;
  }
  /* Programs cannot be preempted for long here, so eight rounds lose against other CPUs only in theory. */
  u64 seen = *(volatile u64 *)where;
#pragma unroll
  for (int i = 0; i < 8; i++) {
    if (value <= seen) return;
    u64 now = __sync_val_compare_and_swap(where, seen, value);
    if (now == seen) return;
    seen = now;
  }
}

static __always_inline void add_to(const bool atomic, u64 *where, u64 value) {
  if (atomic)
    __sync_fetch_and_add(where, value);
  else
    *where += value;
}

static __always_inline void add_duration(const bool atomic, struct lat_row *row, u64 duration, u32 bucket) {
  add_to(atomic, &row->total, duration);
  raise_to(atomic, &row->max, duration);
  raise_to(atomic, &row->min_inverted, ~duration);
  add_to(atomic, &row->buckets[bucket], 1);
}

static __noinline int count_error(u32 slot, u32 error) {
  struct lat_errno_key key = {.slot = slot, .error = error};
  u64 *count = bpf_map_lookup_elem(&errors, &key);
  if (count) {
    bump_atomic(count);
    return 0;
  }
  u64 one = 1;
  if (bpf_map_update_elem(&errors, &key, &one, BPF_NOEXIST) == 0) return 0;
  count = bpf_map_lookup_elem(&errors, &key); /* another CPU was first, or the map is full */
  bump_atomic(count ? count : &my_counters()->errno_full);
  return 0;
}

static __always_inline bool is_error(s64 ret) { return (u64)ret >= (u64)-4095LL; }

static __always_inline u32 bucket_of(u64 duration) {
  return config.sub_bits == LAT_SUB_BITS_FINE ? lat_bucket(duration, LAT_SUB_BITS_FINE)
                                              : lat_bucket(duration, LAT_SUB_BITS_COARSE);
}

/* A completion with its duration, but without its error. The slot it went to; 0: there was no room. */
static __always_inline u32 add_timed(struct lat_task *st, u32 abi, s32 nr, u64 duration) {
  u32 slot = slot_for(st, abi, nr);
  if (!slot) return 0;
  struct lat_row *row = row_at(slot);
  if (!row) return 0;
  u32 bucket = bucket_of(duration);
  if (bucket >= config.buckets) return 0;
  if (config.atomic)
    add_duration(true, row, duration, bucket);
  else
    add_duration(false, row, duration, bucket);
  return slot;
}

/* A completion without one. False: there was no room. */
static __always_inline bool add_untimed(struct lat_task *st, u32 abi, s32 nr, s64 ret) {
  u32 slot = slot_for(st, abi, nr);
  if (!slot) return false;
  struct lat_row *row = row_at(slot);
  if (!row) return false;
  if (config.atomic)
    add_to(true, &row->untimed, 1);
  else
    add_to(false, &row->untimed, 1);
  if (is_error(ret)) count_error(slot, (u32)-ret);
  return true;
}

static __always_inline void add_continuation(u32 slot) {
  struct lat_row *row = row_at(slot);
  if (row) bump_atomic(&row->continuations);
}

#endif
