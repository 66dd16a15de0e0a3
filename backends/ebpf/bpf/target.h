/* Whom to observe: the mark in task storage.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_TARGET_H
#define LATIMER_BPF_TARGET_H

/* Whether the automaton accepts the comm that the task has now. */
static __noinline bool comm_matches(struct lat_comm *comm) {
  u32 at = 1;
  for (int i = 0; i < LAT_COMM_LEN; i++) {
    struct lat_dfa_state *s = bpf_map_lookup_elem(&comm_dfa, &at);
    if (!s) return false;
    u8 byte = comm->word[i >> 3] >> ((i & 7) * 8);
    if (byte == 0) return s->accept;
    at = s->next[byte];
    if (at == 0) return false;
  }
  return false; /* the kernel always ends comm with a zero byte */
}

static __always_inline bool judge_comm(struct task_struct *task) {
  struct lat_comm comm;
  read_comm(&comm, task);
  return comm_matches(&comm);
}

/* Makes the task a target. `extra` are flags beside. Done once however many try: the walk and the fork hook
 * may meet. */
static __always_inline void mark(struct task_struct *task, struct lat_task *st, u32 extra) {
  st->tid = visible_pid(task);
  st->tgid = visible_pid(task->group_leader);
  st->epoch = task->group_leader->start_boottime;
  if (config.by != LAT_BY_NONE && !config.stream) extra |= LAT_NEED_ENTITY;
  if (!hot.state.armed) extra |= LAT_BEFORE;
  forget_stranger(task);
  if (__sync_fetch_and_or(&st->flags, LAT_TARGET | extra) & LAT_TARGET) return;
  st->utime0 = task->utime;
  st->stime0 = task->stime;
  st->runtime0 = task->se.sum_exec_runtime;
  __sync_fetch_and_add(&hot.state.marked, 1);
  __sync_fetch_and_add(&hot.state.live_targets, 1);
}

static __always_inline void tell_all_gone(void) { notify(LAT_NOTICE_GONE); }

/* The task is no target any more: it ends, or its comm stopped to match. */
static __always_inline void unmark(struct task_struct *task, struct lat_task *st) {
  if (!(__sync_fetch_and_and(&st->flags, LAT_EXCLUDED | LAT_DIRTY) & LAT_TARGET)) return;
  __sync_fetch_and_add(&hot.state.exited_utime, task->utime - st->utime0);
  __sync_fetch_and_add(&hot.state.exited_stime, task->stime - st->stime0);
  __sync_fetch_and_add(&hot.state.exited_runtime, task->se.sum_exec_runtime - st->runtime0);
  if (st->entity) leave(st);
  if (__sync_fetch_and_sub(&hot.state.live_targets, 1) == 1) tell_all_gone();
}

/* comm has changed. True: the task is a target now. */
static __noinline bool judge_again(struct task_struct *task, struct lat_task *st) {
  if (!task || !st) return false;
  if (bpf_ktime_get_ns() >= st->dirty_until_ns) __sync_fetch_and_and(&st->flags, ~LAT_DIRTY);
  if (config.by == LAT_BY_COMM) __sync_fetch_and_or(&st->flags, LAT_NEED_ENTITY);
  if (config.target != LAT_TARGET_COMM) return st->flags & LAT_TARGET;
  if (judge_comm(task)) {
    if (!(st->flags & LAT_TARGET)) mark(task, st, 0);
    return true;
  }
  unmark(task, st);
  return false;
}

static __always_inline bool in_target_cgroup(void) {
  return bpf_current_task_under_cgroup(&target_cgroup, 0) == 1;
}

/* A task of which nothing is known yet makes a call (whole host, cgroup). */
static __noinline struct lat_task *adopt(struct task_struct *task, u32 extra) {
  struct lat_task *st = make_storage(task);
  if (st) mark(task, st, extra);
  return st;
}

#endif
