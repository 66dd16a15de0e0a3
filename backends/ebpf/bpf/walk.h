/* The walk over all tasks: marks targets when a capture starts, tells what they are in the middle of while it
 * runs and when it ends.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_WALK_H
#define LATIMER_BPF_WALK_H

static __always_inline long task_state_of(struct task_struct *task) {
  if (bpf_core_field_exists(task->__state)) return task->__state;
  return ((struct task_struct___before_5_14 *)task)->state;
}

/* The call that a task other than the current one sleeps in. False: none, or not to be told (bpf_task_pt_regs
 * needs 5.15). */
static __always_inline bool asleep_in(struct task_struct *task, s32 *nr) {
  if (!HAS_TASK_PT_REGS) return false;
  if (!(task_state_of(task) & (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)) || task->on_cpu) return false;
  struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
  *nr = regs->orig_ax;
  return *nr != -1; /* -1: it sleeps in a page fault or interrupt, or returns from a signal handler */
}

static __always_inline bool wanted(struct task_struct *task) {
  struct task_struct *leader = task->group_leader;
  struct lat_task *home = bpf_task_storage_get(&tasks, leader, 0, 0);
  u32 flags = home ? home->flags : 0;
  if (flags & LAT_EXCLUDED) return false;
  if (config.target == LAT_TARGET_MARKED) return flags & LAT_SEED;
  if (config.target == LAT_TARGET_COMM) return judge_comm(task);
  return true;
}

static __always_inline void mark_in_walk(struct task_struct *task) {
  s32 nr;
  bool want = wanted(task);
  if (!want && config.target == LAT_TARGET_MARKED) return;
  if (!want) { /* Latimer's own threads carry the exclusion themselves: calls look at no leader */
    struct task_struct *leader = task->group_leader;
    struct lat_task *home = bpf_task_storage_get(&tasks, leader, 0, 0);
    if (!home || !(home->flags & LAT_EXCLUDED)) return;
  }
  struct lat_task *st = make_storage(task);
  if (!st) return;
  if (!want) {
    __sync_fetch_and_or(&st->flags, LAT_EXCLUDED);
    return;
  }
  if (st->flags & LAT_TARGET) return; /* born under the fork hook */
  if (asleep_in(task, &nr)) {
    u32 abi = abi_of(task);
    if (!config.filter || is_selected(abi, nr, LAT_CALL_SELECTED)) {
      st->start_ns = bpf_ktime_get_ns();
      st->call = LAT_CALL_OLD | LAT_CALL_WORD(abi, nr);
    }
  }
  mark(task, st, 0); /* nothing is armed yet: it has entered no call under observation */
  /* Its end may have been noticed before it had a mark to take away. */
  if (*(volatile unsigned int *)&task->flags & PF_EXITING) unmark(task, st);
}

/* Takes the call for the final walk. False: its task died this moment, and has counted it. */
static __always_inline bool claim(u64 *where, u64 call) {
  u64 claimed = (call & ~LAT_CALL_INSIDE) | LAT_CALL_CLAIMED;
  return __sync_val_compare_and_swap(where, call, claimed) == call;
}

/* The call that the task is in, as in lat_task::call, or 0. */
static __always_inline u64 call_under_way(struct task_struct *task, struct lat_task *st) {
  u64 call = st->call;
  if (call & LAT_CALL_OLD) {
    s32 nr;
    return asleep_in(task, &nr) && nr == LAT_CALL_NR(call) ? call : 0;
  }
  if (hot.state.walk_mode == LAT_WALK_FINAL && (call & LAT_CALL_INSIDE)) {
    return claim(&st->call, call) ? call : 0;
  }
  /* The walk is repeated for a task when the output was full: what is claimed stays ours. */
  if (call & LAT_CALL_CLAIMED) return (call & ~LAT_CALL_CLAIMED) | LAT_CALL_INSIDE;
  return call;
}

/* The same of a place; *start_ns is set with it. */
static __always_inline u64 call_at_place(struct lat_place *place, u64 *start_ns) {
  u64 call = place->call;
  *start_ns = place->start_ns;
  if (call & LAT_CALL_CLAIMED) return (call & ~LAT_CALL_CLAIMED) | LAT_CALL_INSIDE;
  if (!(call & LAT_CALL_INSIDE)) return 0;
  return hot.state.walk_mode != LAT_WALK_FINAL || claim(&place->call, call) ? call : 0;
}

SEC("iter/task")
int walk(struct bpf_iter__task *ctx) {
  struct seq_file *seq = ctx->meta->seq;
  struct task_struct *task = ctx->task;
  if (!task || (task->flags & (PF_KTHREAD | PF_IO_WORKER))) return 0;
  if (hot.state.walk_mode == LAT_WALK_MARK) {
    hot.state.reader_ns_level = bpf_get_current_task_btf()->thread_pid->level;
    if (!(task->flags & PF_EXITING)) mark_in_walk(task);
    return 0;
  }
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st || !(st->flags & LAT_TARGET)) return 0;
  struct lat_walk_record r = {};
  struct lat_place *place = place_in(st);
  r.start_ns = st->start_ns;
  if (place) r.call = call_at_place(place, &r.start_ns);
  if (!r.call) {
    r.start_ns = st->start_ns;
    r.call = call_under_way(task, st);
  }
  if (r.call == 0 && config.target != LAT_TARGET_MARKED && config.target != LAT_TARGET_COMM) return 0;
  r.entity = st->entity;
  r.tgid = st->tgid;
  r.tid = st->tid;
  r.epoch = config.by == LAT_BY_THREAD ? task->start_boottime : st->epoch;
  r.cgroup_id = task->cgroups->dfl_cgrp->kn->id;
  r.utime = task->utime - st->utime0;
  r.stime = task->stime - st->stime0;
  r.runtime = task->se.sum_exec_runtime - st->runtime0;
  read_comm((struct lat_comm *)r.comm, task);
  bpf_seq_write(seq, &r, sizeof(r));
  return 0;
}

#endif
