/* The same programs for kernels whose tracepoints can be preempted (7.x).
 *
 * There a task may lose its CPU in the middle of a tp_btf program. Until it gets it back, the kernel takes
 * every other task's event on that CPU for recursion and skips the program: four threads on two CPUs lost a
 * quarter of their calls. Classic tracepoint programs still run with preemption off, at the price of perf's
 * record being filled for each event. They return 1, so that perf's own samples of the event are not taken
 * away from others.
 *
 * The hook on births has no classic twin that tells which task is born. When a birth was skipped, the child
 * is recognised by its parent at its return from fork.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_STEADY_H
#define LATIMER_BPF_STEADY_H

/* events/raw_syscalls/sys_{enter,exit}/format; the first 8 bytes are common to all events. */
struct enter_record {
  u64 common;
  long id;
};
struct exit_record {
  u64 common;
  long id;
  long ret;
};

/* A task without storage returns from fork: was its birth missed? */
static __noinline int find_parent(struct task_struct *task, s32 nr) {
  if (!task || hot.state.stopping || !(flags_of_call(abi_of(task), nr) & LAT_CALL_FORK)) return 0;
  bool thread = task->pid != task->tgid;
  if (!thread && !config.follow) return 0;
  struct task_struct *from = thread ? task->group_leader : task->real_parent;
  struct lat_task *home = bpf_task_storage_get(&tasks, from, 0, 0);
  if (!home || !(home->flags & LAT_TARGET)) return 0;
  if (!adopt(task, 0)) return 0;
  struct lat_counters *c = my_counters();
  bump(&c->exits);
  bump(&c->child_returns);
  return 0;
}

static __always_inline bool is_orphan(struct task_struct *task, s64 ret) {
  return !ADOPTS && ret == 0 && !has_storage(task);
}

SEC("tp/raw_syscalls/sys_enter")
int on_sys_enter_steady(struct enter_record *record) {
  struct task_struct *task = bpf_get_current_task_btf();
  if (ADOPTS || has_storage(task)) enter((struct pt_regs *)bpf_task_pt_regs(task), record->id);
  return 1;
}

SEC("tp/raw_syscalls/sys_exit")
int on_sys_exit_steady(struct exit_record *record) {
  struct task_struct *task = bpf_get_current_task_btf();
  s64 ret = record->ret;
  if (is_orphan(task, ret)) {
    find_parent(task, record->id);
    return 1;
  }
  u64 ctx[2] = {(u64)bpf_task_pt_regs(task), (u64)ret};
  leave_call(ctx);
  return 1;
}

SEC("tp/raw_syscalls/sys_exit")
int on_return_steady(struct exit_record *record) {
  struct task_struct *task = bpf_get_current_task_btf();
  s64 ret = record->ret;
  if (is_orphan(task, ret))
    find_parent(task, record->id);
  else
    count_return(task, (struct pt_regs *)bpf_task_pt_regs(task), ret);
  return 1;
}

SEC("tp/sched/sched_process_exit")
int on_exit_steady(void *record) {
  end_task(bpf_get_current_task_btf()); /* who ends is the one who runs */
  return 1;
}

#endif
