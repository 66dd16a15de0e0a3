/* Which calls are one logical call with an interrupted one.
 *
 * A call cut short by a signal returns ERESTART*. The kernel then either re-issues it at once (no handler:
 * the instruction pointer is set back by the two bytes of the call instruction), or lets a handler run first
 * and re-issues it when the handler returns by rt_sigreturn - if the handler was installed with SA_RESTART:
 * then the restored instruction pointer is the one set back; otherwise the program gets EINTR, and a
 * following call from the same place is its own new attempt. The stack pointer tells which handler's return
 * it is. Only the latest interrupted call of a task is kept: of calls interrupted inside handlers of
 * interrupted calls, the inner is followed.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_RESTART_H
#define LATIMER_BPF_RESTART_H

#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516
#define CALL_INSTRUCTION_BYTES 2 /* syscall, sysenter's landing pad and int $0x80 alike */

static __always_inline bool is_restart(s64 ret) {
  return ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK && ret != -515;
}

/* The call just completed was interrupted. */
static __always_inline void remember_restart(struct lat_task *st, struct pt_regs *regs, u32 abi, s32 nr,
                                             s64 ret) {
  st->restart_ip = regs->ip;
  st->restart_sp = regs->sp;
  st->restart_nr = nr;
  st->restart_abi = abi;
  st->restart_block = ret == -ERESTART_RESTARTBLOCK;
  st->restart_state = LAT_RESTART_DIRECT;
  __sync_fetch_and_or(&st->flags, LAT_RESTART);
}

static __always_inline void forget_restart(struct lat_task *st) {
  st->restart_state = LAT_RESTART_NONE;
  __sync_fetch_and_and(&st->flags, ~LAT_RESTART);
}

/* A call is entered while an interrupted one is remembered. */
static __always_inline void enter_after_restart(struct lat_task *st, struct pt_regs *regs, u32 abi, s32 nr) {
  if (st->restart_state == LAT_RESTART_WAIT) return;
  bool same = regs->ip == st->restart_ip && regs->sp == st->restart_sp && abi == st->restart_abi;
  bool by_block = st->restart_block && (flags_of_call(abi, nr) & LAT_CALL_RESTART);
  if (same && (nr == st->restart_nr || by_block)) {
    __sync_fetch_and_or(&st->flags, LAT_CONTINUES);
    forget_restart(st);
  } else if (st->restart_state == LAT_RESTART_DIRECT) {
    st->restart_state = LAT_RESTART_WAIT;
  } else {
    forget_restart(st);
  }
}

/* rt_sigreturn has put the registers back. */
static __always_inline void return_from_handler(struct lat_task *st, struct pt_regs *regs) {
  if (st->restart_state == LAT_RESTART_NONE || regs->sp != st->restart_sp) return;
  if (regs->ip == st->restart_ip - CALL_INSTRUCTION_BYTES)
    st->restart_state = LAT_RESTART_CONFIRMED;
  else
    forget_restart(st);
}

#endif
