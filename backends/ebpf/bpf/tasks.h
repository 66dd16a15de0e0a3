/* Births, programs replaced, renames and deaths: who becomes a target and who stops being one.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_TASKS_H
#define LATIMER_BPF_TASKS_H

/* Flags a child gets from its parent; 0: it is not our business. Runs before the child does. */
static __always_inline u32 inherited(struct task_struct *parent, struct task_struct *child) {
  bool thread = child->tgid == parent->tgid;
  struct lat_task *from = bpf_task_storage_get(&tasks, parent, 0, 0);
  u32 flags = from ? from->flags : 0;
  if (!(flags & (LAT_TARGET | LAT_EXCLUDED))) {
    /* The walk has not reached this thread yet, but perhaps its process is known. */
    struct task_struct *leader = parent->group_leader;
    struct lat_task *home = bpf_task_storage_get(&tasks, leader, 0, 0);
    if (home) flags |= home->flags & (LAT_SEED | LAT_EXCLUDED);
  }
  if ((flags & LAT_EXCLUDED) && thread) return LAT_EXCLUDED;
  if (config.target == LAT_TARGET_HOST || config.target == LAT_TARGET_CGROUP) return LAT_TARGET;
  if (config.target == LAT_TARGET_COMM) {
    if (flags & LAT_TARGET) return LAT_TARGET | (flags & LAT_DIRTY);
    /* The parent may have been renamed, and has made no call since in which it would have been judged. */
    return (!hot.state.armed || (flags & LAT_DIRTY)) && judge_comm(child) ? LAT_TARGET : 0;
  }
  if (!(flags & (LAT_TARGET | LAT_SEED))) return 0;
  return thread || config.follow ? LAT_TARGET : 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child) {
  u32 flags = inherited(parent, child);
  if (!flags) return 0;
  struct lat_task *st = make_storage(child);
  if (!st) return 0;
  if (flags & LAT_EXCLUDED) {
    __sync_fetch_and_or(&st->flags, LAT_EXCLUDED);
    return 0;
  }
  mark(child, st, LAT_FRESH | (flags & LAT_DIRTY));
  /* The walk may have met the child already; it cannot know that it is new. */
  __sync_fetch_and_or(&st->flags, LAT_FRESH);
  if (config.details) {
    u64 shares = (child->files == parent->files ? LAT_SHARES_FILES : 0) |
                 (child->fs == parent->fs ? LAT_SHARES_FS : 0);
    tell_task(child, st, LAT_EVENT_FORKED, visible_pid(parent->group_leader), shares);
  }
  return 0;
}

/* After a new program is in place. When a thread that is no leader calls exec, its task goes on under the
 * leader's number. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm) {
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st) return 0;
  if (st->flags & LAT_HELD) { /* -e leaves execve out, or only exits are counted */
    __sync_fetch_and_and(&st->flags, ~LAT_HELD);
    mark(task, st, 0);
    if (config.details) tell_program(st, bprm);
    return 0;
  }
  if (!(st->flags & LAT_TARGET)) return 0;
  s32 tid = visible_pid(task);
  if (tid != st->tid && config.by == LAT_BY_THREAD) __sync_fetch_and_or(&st->flags, LAT_NEED_ENTITY);
  st->tid = tid;
  st->tgid = visible_pid(task->group_leader);
  if (config.details) tell_program(st, bprm);
  rename_entity(task, st);
  return 0;
}

/* Fires before the new name is in place, so the name is judged at the task's next call. */
SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task) {
  struct lat_task *st =
      config.target == LAT_TARGET_COMM ? make_storage(task) : bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st || (st->flags & LAT_EXCLUDED)) return 0;
  st->dirty_until_ns = task == bpf_get_current_task_btf() ? 0 : bpf_ktime_get_ns() + 1000000;
  __sync_fetch_and_or(&st->flags, LAT_DIRTY);
  return 0;
}

/* The caller's death ended a call. exit and exit_group end like that by design, and are told by the ledger
 * alone, unless details are wanted. */
static __always_inline void end_inside(struct task_struct *task, struct lat_task *st, u64 call) {
  struct lat_counters *c = my_counters();
  u32 abi = LAT_CALL_ABI(call);
  s32 nr = LAT_CALL_NR(call);
  bump(&c->no_return);
  bool by_design = flags_of_call(abi, nr) & LAT_CALL_NO_RETURN;
  if (by_design && !config.details) return;
  if (config.stream) {
    struct happening h = {.start_ns = st->start_ns,
                          .abi = abi,
                          .nr = nr,
                          .kind = by_design ? LAT_EVENT_NO_RETURN : LAT_EVENT_KILLED};
    h.duration_ns = bpf_ktime_get_ns() - h.start_ns;
    if (!emit_last(task, st, &h)) bump_atomic(&c->ring_full);
    return;
  }
  u32 slot = slot_for(st, abi, nr);
  struct lat_row *row = slot ? row_at(slot) : NULL;
  bump_atomic(row ? &row->killed : &c->map_full);
}

static __always_inline int end_task(struct task_struct *task) {
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st) return 0;
  give_up_place(st);
  if (!(st->flags & LAT_TARGET)) return 0;
  /* Against the final walk: whoever gets it counts it. */
  u64 call = st->call;
  if ((call & LAT_CALL_INSIDE) && __sync_val_compare_and_swap(&st->call, call, 0) == call)
    end_inside(task, st, call);
  if (config.details) tell_task(task, st, LAT_EVENT_ENDED, 0, 0);
  unmark(task, st);
  return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task) { return end_task(task); }

#endif
