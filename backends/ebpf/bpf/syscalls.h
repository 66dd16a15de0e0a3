/* The two programs that run at every system call of the host, when durations are wanted.
 *
 * The fast path is a target on whose mark nothing else is set (flags == LAT_TARGET) and an exit that goes
 * with its start record. All else is left to functions that are not inlined, and the fast path is kept so
 * narrow that its stack stays below 64 bytes: from there on the kernel (6.13 and newer) gives a program a
 * stack of its own, which costs some 5 ns a run.
 *
 * The usual capture has a pair of its own: plain.h.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_SYSCALLS_H
#define LATIMER_BPF_SYSCALLS_H

#define SIGKILL 9
#define ADOPTS (config.target == LAT_TARGET_HOST || config.target == LAT_TARGET_CGROUP)

static __always_inline void begin(struct task_struct *task, struct lat_task *st, struct pt_regs *regs,
                                  u32 abi, s32 nr) {
  if (st->call & LAT_CALL_INSIDE) bump(&my_counters()->lost_exits_enter);
  st->call = LAT_CALL_INSIDE | LAT_CALL_WORD(abi, nr);
  if (config.by == LAT_BY_CGROUP && !config.stream && task->cgroups->dfl_cgrp->kn->id != st->cgroup_id)
    join_entity(task, st);
  if (config.stream && loses_registers(abi, nr)) read_args(st->args, regs, abi);
  st->start_ns = bpf_ktime_get_ns();
  /* Not before the clock is read, which waits for what is being loaded: 2 ns. */
  bump(&my_counters()->enters);
}

/* Outside of the target cgroup: the exit of this call is not ours. */
static __always_inline int enter_outside(struct lat_task *st) {
  if (st->flags & LAT_OUTSIDE) return 0;
  __sync_fetch_and_or(&st->flags, LAT_OUTSIDE);
  if (st->call & LAT_CALL_INSIDE) bump_atomic(&my_counters()->lost_exits_enter);
  st->call = 0;
  return 0;
}

/* Puts in order what the flags ask for, then begins the call if it is to be observed. */
static __noinline int enter_slowly(struct task_struct *task, struct lat_task *st, struct pt_regs *regs,
                                   s32 nr) {
  if (!task || !regs) return 0;
  u32 abi = abi_of(task);
  if (!st) {
    if (!ADOPTS || (config.target == LAT_TARGET_CGROUP && !in_target_cgroup())) return 0;
    st = adopt(task, 0);
    if (!st) return 0;
  } else if (config.target == LAT_TARGET_CGROUP && !in_target_cgroup()) {
    return enter_outside(st);
  }
  u32 flags = st->flags;
  if (flags & LAT_EXCLUDED) return 0;
  if (flags & LAT_DIRTY) {
    if (!judge_again(task, st)) return 0;
    flags = st->flags;
  }
  if (!(flags & LAT_TARGET)) {
    if (!(flags & LAT_HELD) || !(flags_of_call(abi, nr) & LAT_CALL_EXEC)) return 0;
    __sync_fetch_and_and(&st->flags, ~LAT_HELD);
    mark(task, st, 0);
  }
  __sync_fetch_and_and(&st->flags, ~(LAT_FRESH | LAT_BEFORE | LAT_CONTINUES | LAT_OUTSIDE | LAT_SEED));
  if (flags & LAT_RESTART) enter_after_restart(st, regs, abi, nr);
  settle_entity(task, st);
  begin(task, st, regs, abi, nr);
  return 0;
}

static __always_inline int enter(struct pt_regs *regs, long id) {
  struct task_struct *task = bpf_get_current_task_btf();
  if (config.filter && !is_selected(abi_of(task), id, LAT_CALL_SELECTED)) return 0;
  if (!ADOPTS && !has_storage(task)) return 0;
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st) {
    if (!ADOPTS) return 0;
  } else if (st->flags == LAT_TARGET && !hot.state.stopping && config.target != LAT_TARGET_CGROUP) {
    begin(task, st, regs, abi_of(task), id);
    return 0;
  } else if (!(st->flags & (LAT_TARGET | LAT_HELD | LAT_DIRTY))) {
    return 0;
  }
  if (hot.state.stopping) return 0;
  return enter_slowly(task, st, regs, id);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id) { return enter(regs, id); }

/* What was seen of a call came to nothing: both its ends are lost. */
static __always_inline void lose_both_ends(struct lat_counters *c) {
  bump(&c->lost_enters);
  bump(&c->lost_exits_exit);
}

/* A call that is no plain success: its errno, and whether it was interrupted. slot 0: there is none (stream).
 */
static __noinline int end_badly(struct lat_task *st, struct pt_regs *regs, s64 ret, u32 slot, u64 call) {
  if (!st || !regs) return 0;
  if (slot) count_error(slot, (u32)-ret);
  if (is_restart(ret)) remember_restart(st, regs, LAT_CALL_ABI(call), LAT_CALL_NR(call), ret);
  return 0;
}

static __noinline int no_room(void) {
  struct lat_counters *c = my_counters();
  bump_atomic(&c->map_full);
  lose_both_ends(c);
  return 0;
}

/* The completion of `call`. Not for the fast path of aggregation. */
static __noinline int finish_slowly(struct task_struct *task, struct lat_task *st, struct pt_regs *regs,
                                    s64 ret, u64 now) {
  if (!task || !st || !regs) return 0;
  struct lat_counters *c = my_counters();
  u64 call = st->call;
  u32 abi = LAT_CALL_ABI(call), slot = 0;
  s32 nr = LAT_CALL_NR(call);
  bool continues = st->flags & LAT_CONTINUES;
  bool backwards = now < st->start_ns;
  u64 duration = backwards ? 0 : now - st->start_ns;
  if (backwards) bump(&c->clamped);
  if (config.stream) {
    struct happening h = {.start_ns = st->start_ns,
                          .duration_ns = duration,
                          .ret = ret,
                          .abi = abi,
                          .nr = nr,
                          .kind = LAT_EVENT_COMPLETED,
                          .continuation = continues,
                          .clamped = backwards};
    if (!emit(task, st, loses_registers(abi, nr) ? NULL : regs, &h)) {
      bump_atomic(&c->ring_full);
      lose_both_ends(c);
    }
  } else {
    slot = add_timed(st, abi, nr, duration);
    if (!slot) {
      no_room();
    } else if (continues) {
      add_continuation(slot);
    }
  }
  if (is_error(ret)) end_badly(st, regs, ret, slot, call);
  st->call = 0;
  return 0;
}

static __always_inline bool may_have_been_refused(struct task_struct *task) {
  return task->thread_info.syscall_work & (SYSCALL_WORK_SECCOMP | SYSCALL_WORK_SYSCALL_TRACE |
                                           SYSCALL_WORK_SYSCALL_EMU | SYSCALL_WORK_SYSCALL_USER_DISPATCH);
}

/* Answered by seccomp or a ptracer before sys_enter: a completion of what was asked for, without a duration.
 */
static __noinline int exit_refused(struct task_struct *task, struct lat_task *st, struct pt_regs *regs,
                                   s64 ret) {
  if (!task || !st || !regs) return 0;
  struct lat_counters *c = my_counters();
  u32 abi = abi_of(task);
  s32 nr = regs->orig_ax;
  bool told;
  settle_entity(task, st);
  if (config.stream) {
    struct happening h = {
        .start_ns = bpf_ktime_get_ns(), .ret = ret, .abi = abi, .nr = nr, .kind = LAT_EVENT_REFUSED};
    told = emit(task, st, regs, &h);
    if (!told) bump_atomic(&c->ring_full);
  } else {
    told = add_untimed(st, abi, nr, ret);
    if (!told) bump_atomic(&c->map_full);
  }
  if (told)
    bump(&c->refused);
  else
    bump(&c->lost_enters);
  return 0;
}

/* An exit without a start record. */
static __noinline int exit_alone(struct task_struct *task, struct lat_task *st, struct pt_regs *regs,
                                 s64 ret) {
  if (!task || !st || !regs) return 0;
  struct lat_counters *c = my_counters();
  u32 abi = abi_of(task);
  s32 nr = regs->orig_ax;
  if (nr == -1 && (st->flags & LAT_RESTART))
    return_from_handler(st, regs); /* an rt_sigreturn that -e leaves out */
  if (config.filter && (nr == -1 || !is_selected(abi, nr, LAT_CALL_SELECTED))) return 0;
  if (hot.state.stopping || (st->flags & LAT_OUTSIDE)) return 0;
  u32 flags = st->flags;
  bool old = st->call & LAT_CALL_OLD;
  st->call = 0;
  /* What comes next is entered under our eyes. */
  if (hot.state.armed) __sync_fetch_and_and(&st->flags, ~(LAT_FRESH | LAT_BEFORE));
  if (config.target == LAT_TARGET_CGROUP && !in_target_cgroup()) return 0;
  bump(&c->exits);
  if (old) {
    bump(&c->began_before);
  } else if ((flags & LAT_FRESH) && ret == 0 && (flags_of_call(abi, nr) & (LAT_CALL_FORK | LAT_CALL_EXEC))) {
    /* from fork, or from the execve with which the kernel itself started a program */
    __sync_fetch_and_and(&st->flags, ~LAT_FRESH);
    bump(&c->child_returns);
  } else if (flags & LAT_BEFORE) {
    bump(&c->began_before);
  } else if (may_have_been_refused(task)) {
    return exit_refused(task, st, regs, ret);
  } else {
    bump(&c->lost_enters);
  }
  return 0;
}

/* Nothing is known of a task that returns from a call (whole host, cgroup). */
static __noinline int exit_of_stranger(struct task_struct *task, struct pt_regs *regs, s64 ret) {
  if (!task || !regs || hot.state.stopping) return 0;
  if (config.target == LAT_TARGET_CGROUP && !in_target_cgroup()) return 0;
  struct lat_task *st = adopt(task, 0);
  struct lat_counters *c = my_counters();
  if (!st) return 0;
  bump(&c->exits);
  /* Its enter was not seen: it was inside when we came, unless it is younger, or storage was refused to
   * somebody. */
  if (task->start_time < config.attach_ns && c->storage == 0)
    bump(&c->began_before);
  else if (ret == 0 && (flags_of_call(abi_of(task), regs->orig_ax) & (LAT_CALL_FORK | LAT_CALL_EXEC)))
    bump(&c->child_returns);
  else
    bump(&c->lost_enters);
  return 0;
}

/* SIGKILL is pending for the thread (a fatal signal, exec or exit_group of another thread all come as that):
 * the program will never see what an interrupted call returned. The start record stays, and the exit hook
 * counts the call as ended by death. */
static __always_inline bool dies_inside(struct task_struct *task, s64 ret) {
  return is_restart(ret) && (task->pending.signal.sig[0] & (1UL << (SIGKILL - 1)));
}

static __noinline int exit_slowly(struct task_struct *task, struct lat_task *st, struct pt_regs *regs,
                                  s64 ret, u64 now) {
  if (!task || !st || !regs) return 0;
  u64 call = st->call;
  u32 abi = abi_of(task);
  s32 nr = regs->orig_ax;
  if ((call & LAT_CALL_INSIDE) && dies_inside(task, ret)) return 0;
  if (!(call & LAT_CALL_INSIDE)) {
    exit_alone(task, st, regs, ret);
  } else {
    u8 began = flags_of_call(LAT_CALL_ABI(call), LAT_CALL_NR(call));
    struct lat_counters *c = my_counters();
    if (call == (LAT_CALL_INSIDE | LAT_CALL_WORD(abi, nr)) ||
        (began & flags_of_call(abi, nr) & LAT_CALL_EXEC)) {
      /* exec comes back with the new program's ABI and always as execve */
      bump(&c->exits);
      finish_slowly(task, st, regs, ret, now);
    } else if ((began & LAT_CALL_SIGRETURN) && nr == -1) {
      /* The kernel erases the number; what the call "returns" is the interrupted program's register. */
      if (st->flags & LAT_RESTART) return_from_handler(st, regs);
      bump(&c->exits);
      finish_slowly(task, st, regs, 0, now);
    } else if (!config.filter || is_selected(abi, nr, LAT_CALL_SELECTED)) {
      bump(&c->exits);
      bump(&c->mismatch);
      lose_both_ends(c);
      st->call = 0;
    }
  }
  if (st->flags & LAT_DIRTY) judge_again(task, st);
  return 0;
}

/* Arguments are read from the context where they are needed: holding them would spill registers. */
#define EXIT_REGS ((struct pt_regs *)ctx[0])
#define EXIT_RET ((s64)ctx[1])

static __always_inline int leave_call(u64 *ctx) {
  struct task_struct *task = bpf_get_current_task_btf();
  if (config.filter) {
    s32 nr = EXIT_REGS->orig_ax;
    if (nr != -1 && !is_selected(abi_of(task), nr, LAT_CALL_SELECTED | LAT_CALL_LOOK_EXIT)) return 0;
  }
  if (!ADOPTS && !has_storage(task)) return 0;
  struct lat_task *st = bpf_task_storage_get(&tasks, task, 0, 0);
  if (!st) return ADOPTS ? exit_of_stranger(task, EXIT_REGS, EXIT_RET) : 0;
  u32 flags = st->flags;
  if (!(flags & LAT_TARGET)) {
    if (flags & LAT_DIRTY) judge_again(task, st);
    return 0;
  }
  u64 now = bpf_ktime_get_ns();
  u64 call = LAT_CALL_INSIDE | LAT_CALL_WORD(abi_of(task), (u32)EXIT_REGS->orig_ax);
  if (st->call != call || st->flags != LAT_TARGET || now < st->start_ns || is_error(EXIT_RET) ||
      config.stream)
    return exit_slowly(task, st, EXIT_REGS, EXIT_RET, now);
  st->call = 0;
  struct lat_counters *c = my_counters();
  bump(&c->exits);
  if (!add_timed(st, LAT_CALL_ABI(call), LAT_CALL_NR(call), now - st->start_ns)) no_room();
  return 0;
}

SEC("tp_btf/sys_exit")
int on_sys_exit(u64 *ctx) { return leave_call(ctx); }

#endif
