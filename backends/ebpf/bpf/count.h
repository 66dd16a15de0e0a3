/* Counting alone: sys_exit without sys_enter, at less than half the cost.
 *
 * What returns is counted. Calls refused before entry look like any other here, and calls that never return
 * are not seen, so that the ledger's terms for them are unknown, not zero.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_COUNT_H
#define LATIMER_BPF_COUNT_H

#define ENOSYS 38
#define NR_RT_SIGRETURN_X86_64 15
#define NR_RT_SIGRETURN_I386 173

/* Puts in order what the flags ask for. False: this return is not a completion of ours. */
static __noinline bool return_slowly(struct task_struct *task, struct lat_task *st, s32 nr, s64 ret) {
  struct lat_counters *c = my_counters();
  if (!task || !st) return false;
  u32 flags = st->flags;
  if (flags & LAT_EXCLUDED) return false;
  if (flags & LAT_DIRTY) {
    bool was = flags & LAT_TARGET;
    if (!judge_again(task, st) || !was) return false;
    flags = st->flags;
  }
  if (!(flags & LAT_TARGET)) return false;
  __sync_fetch_and_and(&st->flags, ~(LAT_FRESH | LAT_BEFORE | LAT_SEED));
  if ((flags & LAT_FRESH) && (flags_of_call(abi_of(task), nr) & LAT_CALL_FORK) && ret == 0) {
    bump(&c->exits);
    bump(&c->child_returns);
    return false;
  }
  if (st->call & LAT_CALL_OLD) {
    st->call = 0;
    bump(&c->exits);
    bump(&c->began_before);
    return false;
  }
  settle_entity(task, st);
  return true;
}

/* rt_sigreturn has its number erased; an unknown call -1 fails with ENOSYS. */
static __always_inline s32 number_of_return(u32 abi, s32 nr, s64 ret) {
  if (nr != -1 || ret == -ENOSYS) return nr;
  return abi ? NR_RT_SIGRETURN_I386 : NR_RT_SIGRETURN_X86_64;
}

static __always_inline int count_return(struct task_struct *task, struct pt_regs *regs, s64 ret) {
  u32 abi = abi_of(task);
  s32 nr = regs->orig_ax;
  if (nr == -1) {
    nr = number_of_return(abi, nr, ret);
    if (nr != -1) ret = 0;
  }
  if (config.filter && !is_selected(abi, nr, LAT_CALL_SELECTED)) return 0;

  if (!ADOPTS && !has_storage(task)) return 0;
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (hot.state.stopping) return 0;
  if (!st) {
    if (!ADOPTS || (config.target == LAT_TARGET_CGROUP && !in_target_cgroup())) return 0;
    st = adopt(task, 0);
    if (!st) return 0;
  } else if (config.target == LAT_TARGET_CGROUP && !in_target_cgroup()) {
    return 0;
  }
  if (st->flags != LAT_TARGET) {
    if (!(st->flags & (LAT_TARGET | LAT_DIRTY))) return 0;
    if (!return_slowly(task, st, nr, ret)) return 0;
  }
  if (dies_inside(task, ret)) return 0;
  struct lat_counters *c = my_counters();
  bump(&c->exits);
  if (config.by == LAT_BY_CGROUP && task->cgroups->dfl_cgrp->kn->id != st->cgroup_id) join_entity(task, st);
  if (!add_untimed(st, abi, nr, ret)) {
    bump_atomic(&c->map_full);
    bump(&c->lost_enters);
  }
  return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_return, struct pt_regs *regs, long ret) {
  return count_return(bpf_get_current_task_btf(), regs, ret);
}

#endif
