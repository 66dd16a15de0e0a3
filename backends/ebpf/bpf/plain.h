/* The two programs of the usual capture: marked tasks, every call, told apart by the call alone, a row and
 * counters for each CPU (plan.cpp says when a capture is that).
 *
 * They do what syscalls.h does, for the call that nothing is odd about: a target with nothing else on its
 * mark, an x86_64 call that is in no other, succeeds in less than 65 us and has a row. Everything else goes
 * there. That saves 3 ns a call: questions that `config` answers are not asked, a bucket is one load, and
 * little is kept across a helper's call (docs/overhead-floor.md).
 *
 * The exit does not look at the ABI again: it is the one that was entered with, also when exec changes it.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_PLAIN_H
#define LATIMER_BPF_PLAIN_H

static __noinline int enter_oddly(u64 *ctx) {
  enter((struct pt_regs *)ctx[0], ctx[1]);
  return 0;
}

SEC("tp_btf/sys_enter")
int on_sys_enter_plain(u64 *ctx) {
  struct task_struct *task = bpf_get_current_task_btf();
  if (!has_storage(task)) return 0;
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st) return 0;
  u64 nr = ctx[1];
  if (st->flags != LAT_TARGET || st->call || (task->thread_info.status & TS_COMPAT) ||
      nr >= LAT_DIRECT_NUMBERS || state.stopping)
    return enter_oddly(ctx);
  st->call = LAT_CALL_INSIDE | LAT_CALL_WORD(0, nr);
  st->start_ns = bpf_ktime_get_ns();
  my_counters()->enters++;
  return 0;
}

/* With the clock already read. */
static __noinline int exit_oddly(u64 *ctx, struct lat_task *st, u64 now) {
  if (!st) return 0;
  struct task_struct *task = bpf_get_current_task_btf();
  if (st->flags & LAT_TARGET) return exit_slowly(task, st, EXIT_REGS, EXIT_RET, now);
  if (st->flags & LAT_DIRTY) judge_again(task, st);
  return 0;
}

SEC("tp_btf/sys_exit")
int on_sys_exit_plain(u64 *ctx) {
  struct task_struct *task = bpf_get_current_task_btf();
  if (!has_storage(task)) return 0;
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st) return 0;
  u64 now = bpf_ktime_get_ns();
  u64 nr = *(u32 *)&EXIT_REGS->orig_ax;
  u64 duration = now - st->start_ns; /* huge when the clock ran backwards */
  if (st->flags != LAT_TARGET || st->call != (LAT_CALL_INSIDE | LAT_CALL_WORD(0, nr)) || is_error(EXIT_RET) ||
      duration >= LAT_SHORT || nr >= LAT_DIRECT_NUMBERS)
    return exit_oddly(ctx, st, now);
  u32 slot = slot_of[nr]; /* x86_64 comes first */
  if (!slot) return exit_oddly(ctx, st, now);
  u32 cpu = bpf_get_smp_processor_id();
  u32 index = slot + cpu;
  barrier_var(cpu);
  counters[cpu & (LAT_COUNTER_CPUS - 1)].exits++;
  st->call = 0;
  struct lat_row *row = bpf_map_lookup_elem(&stats, &index);
  if (!row) return no_room();
  row->total += duration;
  if (duration > row->max) row->max = duration;
  if (~duration > row->min_inverted) row->min_inverted = ~duration;
  row->buckets[lat_bucket_of_short(duration)]++;
  return 0;
}

#endif
