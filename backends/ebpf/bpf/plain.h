/* The programs of the usual capture: marked tasks, every call, told apart by the call alone, a row and
 * counters for each CPU (plan.cpp says when a capture is that).
 *
 * They do what syscalls.h and count.h do, for the call that nothing is odd about: an x86_64 call of a settled
 * target (place.h) that is in no other, is over in less than 65 us and has a row. No helper is called but
 * for the clock. Everything else goes their way, also because it has to be found out who runs.
 *
 * The exit does not look at the ABI again: it is the one that was entered with, also when exec changes it.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_PLAIN_H
#define LATIMER_BPF_PLAIN_H

/* Whether the call was made by the instruction syscall of a 64-bit program: that leaves the address behind it
 * and the flags in two registers. Who makes an i386 call with these put there by hand is taken for a 64-bit
 * one. */
static __always_inline bool by_syscall(struct pt_regs *regs) {
  return regs->cx == regs->ip && regs->r11 == regs->flags;
}

/* Whether the current task, whose place this is not, may be a target. */
static __always_inline bool may_be_target(u64 key) {
  if (is_stranger(key)) return false;
  if (has_storage(bpf_get_current_task_btf())) return true;
  remember_stranger(key);
  return false;
}

/* The task is not settled, or something is odd. */
static __noinline int enter_unsettled(u64 *ctx) {
  struct lat_task *st = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
  if (!st) return 0;
  take_back(st);
  enter((struct pt_regs *)ctx[0], ctx[1]);
  return 0;
}

SEC("tp_btf/sys_enter")
int on_sys_enter_plain(u64 *ctx) {
  u64 key = key_of(ctx), nr = ctx[1];
  struct lat_place *place = place_of(key);
  if (place->key == key && place->call == LAT_CALL_SETTLED && by_syscall((struct pt_regs *)ctx[0]) &&
      nr < LAT_DIRECT_NUMBERS && !hot.state.stopping) {
    place->call = LAT_CALL_INSIDE | LAT_CALL_WORD(0, nr);
    place->start_ns = bpf_ktime_get_ns();
    my_counters()->enters++;
    return 0;
  }
  if (place->key != key && !may_be_target(key)) return 0;
  return enter_unsettled(ctx);
}

/* An exit that needs its task. */
static __noinline int exit_unsettled(u64 *ctx) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st) return 0;
  u64 now = bpf_ktime_get_ns();
  take_back(st);
  if (st->flags & LAT_TARGET)
    exit_slowly(task, st, EXIT_REGS, EXIT_RET, now);
  else if (st->flags & LAT_DIRTY)
    judge_again(task, st);
  settle(st, key_of(ctx));
  return 0;
}

SEC("tp_btf/sys_exit")
int on_sys_exit_plain(u64 *ctx) {
  u64 key = key_of(ctx);
  struct lat_place *place = place_of(key);
  if (place->key != key) return may_be_target(key) ? exit_unsettled(ctx) : 0;
  u64 nr = *(u32 *)&EXIT_REGS->orig_ax;
  if (place->call != (LAT_CALL_INSIDE | LAT_CALL_WORD(0, nr)) || is_restart(EXIT_RET) ||
      nr >= LAT_DIRECT_NUMBERS)
    return exit_unsettled(ctx);
  u32 slot = hot.slot_of[nr];
  if (!slot) return exit_unsettled(ctx);
  u64 duration = bpf_ktime_get_ns() - place->start_ns; /* huge when the clock ran backwards */
  if (duration >= LAT_SHORT) return exit_unsettled(ctx);
  u32 cpu = bpf_get_smp_processor_id();
  u32 index = slot + cpu;
  barrier_var(cpu);
  hot.counters[cpu & (LAT_COUNTER_CPUS - 1)].exits++;
  place->call = LAT_CALL_SETTLED;
  struct lat_row *row = bpf_map_lookup_elem(&stats, &index);
  if (!row) return no_room();
  row->total += duration;
  if (duration > row->max) row->max = duration;
  if (~duration > row->min_inverted) row->min_inverted = ~duration;
  row->buckets[lat_bucket_of_short(hot.bucket_of_byte, duration)]++;
  if (is_error(EXIT_RET)) count_error(slot, (u32)-EXIT_RET);
  return 0;
}

static __noinline int return_unsettled(u64 *ctx) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st) return 0;
  take_back(st);
  count_return(task, EXIT_REGS, EXIT_RET);
  settle(st, key_of(ctx));
  return 0;
}

/* Counting alone. */
SEC("tp_btf/sys_exit")
int on_return_plain(u64 *ctx) {
  u64 key = key_of(ctx);
  struct lat_place *place = place_of(key);
  if (place->key != key) return may_be_target(key) ? return_unsettled(ctx) : 0;
  u64 nr = *(u32 *)&EXIT_REGS->orig_ax;
  if (place->call != LAT_CALL_SETTLED || !by_syscall(EXIT_REGS) || is_restart(EXIT_RET) ||
      nr >= LAT_DIRECT_NUMBERS || hot.state.stopping)
    return return_unsettled(ctx);
  u32 slot = hot.slot_of[nr];
  if (!slot) return return_unsettled(ctx);
  struct lat_row *row = row_at(slot);
  if (!row) return return_unsettled(ctx);
  my_counters()->exits++;
  row->untimed++;
  if (is_error(EXIT_RET)) count_error(slot, (u32)-EXIT_RET);
  return 0;
}

#endif
