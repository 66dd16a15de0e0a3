/* Stream mode: one event per call into a ring.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_STREAM_H
#define LATIMER_BPF_STREAM_H

static __always_inline void read_args(u64 *args, struct pt_regs *regs, u32 abi) {
  if (abi) { /* i386 */
    args[0] = (u32)regs->bx;
    args[1] = (u32)regs->cx;
    args[2] = (u32)regs->dx;
    args[3] = (u32)regs->si;
    args[4] = (u32)regs->di;
    args[5] = (u32)regs->bp;
  } else {
    args[0] = regs->di;
    args[1] = regs->si;
    args[2] = regs->dx;
    args[3] = regs->r10;
    args[4] = regs->r8;
    args[5] = regs->r9;
  }
}

/* Calls that return with other registers than they were made with, or never: keep their arguments at entry.
 */
static __always_inline bool loses_registers(u32 abi, s32 nr) {
  return flags_of_call(abi, nr) & (LAT_CALL_EXEC | LAT_CALL_SIGRETURN | LAT_CALL_NO_RETURN);
}

/* What happened in a call; `st` names who and which. */
struct happening {
  u64 start_ns;
  u64 duration_ns;
  s64 ret;
  u32 abi;
  s32 nr;
  u8 kind;
  u8 continuation;
  u8 clamped;
};

static __always_inline void fill(struct lat_event *e, struct task_struct *task, struct lat_task *st,
                                 const struct happening *h) {
  e->start_ns = h->start_ns;
  e->duration_ns = h->duration_ns;
  e->ret = h->ret;
  e->epoch = st->epoch;
  e->tgid = st->tgid;
  e->tid = st->tid;
  e->nr = h->nr;
  e->abi = h->abi;
  e->kind = h->kind;
  e->continuation = h->continuation;
  e->clamped = h->clamped;
  e->cgroup_id = config.by == LAT_BY_CGROUP ? task->cgroups->dfl_cgrp->kn->id : 0;
  *(u64 *)e->pieces = 0;
  read_comm((struct lat_comm *)e->comm, task);
}

static __always_inline void kept_args(struct lat_event *e, struct lat_task *st) {
  e->args[0] = st->args[0];
  e->args[1] = st->args[1];
  e->args[2] = st->args[2];
  e->args[3] = st->args[3];
  e->args[4] = st->args[4];
  e->args[5] = st->args[5];
}

/* From sys_exit. regs NULL: the arguments were kept at entry. False: the ring was full. */
static __always_inline bool emit(struct task_struct *task, struct lat_task *st, struct pt_regs *regs,
                                 const struct happening *h) {
  u32 cpu = bpf_get_smp_processor_id();
  struct lat_ring *ring = bpf_map_lookup_elem(&rings, &cpu);
  if (!ring) return false;
  u64 head = ring->head;
  u64 end = *(volatile u64 *)&ring->tail + config.ring_events;
  if (head >= end) return false;
  u32 index = cpu * config.ring_events + ((u32)head & (config.ring_events - 1));
  struct lat_event *e = bpf_map_lookup_elem(&events, &index);
  if (!e) return false;
  fill(e, task, st, h);
  if (regs)
    read_args(e->args, regs, h->abi);
  else
    kept_args(e, st);
  s32 cells = config.details ? capture_memory(e, cpu, head, end) : 0;
  if (cells < 0) return false;
  barrier(); /* x86 keeps stores in order: what is below head is complete */
  *(volatile u64 *)&ring->head = head + 1 + cells;
  if (((u32)head & config.wake_mask) + cells >= config.wake_mask) notify(LAT_NOTICE_EVENTS);
  return true;
}

/* From sched_process_exit. False: the ring was full. */
static __always_inline bool emit_last(struct task_struct *task, struct lat_task *st,
                                      const struct happening *h) {
  struct lat_event *e = bpf_ringbuf_reserve(&last_events, sizeof(*e), 0);
  if (!e) return false;
  fill(e, task, st, h);
  kept_args(e, st);
  bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
  return true;
}

/* A target was born, or is gone. */
static __noinline int tell_task(struct task_struct *task, struct lat_task *st, u8 kind, s32 parent,
                                u64 shares) {
  if (!task || !st) return 0;
  struct lat_event *e = bpf_ringbuf_reserve(&last_events, sizeof(*e), 0);
  if (!e) {
    bump_atomic(&hot.state.details_lost);
    return 0;
  }
  struct happening h = {.start_ns = bpf_ktime_get_ns(), .kind = kind, .nr = -1};
  fill(e, task, st, &h);
  kept_args(e, st);
  e->args[0] = (u32)parent;
  e->args[1] = shares;
  bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
  return 0;
}

/* From sched_process_exec: what the caller's memory said is gone when execve returns. */
static __noinline int tell_program(struct lat_task *st, struct linux_binprm *bprm) {
  if (!st || !bprm) return 0;
  struct lat_program *p = bpf_ringbuf_reserve(&last_events, sizeof(*p), 0);
  if (!p) {
    bump_atomic(&hot.state.details_lost);
    return 0;
  }
  long read = bpf_probe_read_kernel_str(p->path, sizeof(p->path), bprm->filename);
  p->tid = st->tid;
  p->length = read > 0 ? read - 1 : 0;
  bpf_ringbuf_submit(p, BPF_RB_NO_WAKEUP);
  return 0;
}

#endif
