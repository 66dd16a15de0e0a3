/* The few kernel types that Latimer's BPF programs look into, with the members they read and no others.
 *
 * CO-RE: only the names count. libbpf finds every member's real place in the running kernel's BTF at load
 * time, so the order and the gaps here mean nothing. A type with a ___suffix is another kernel version's
 * shape of the same type.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_KERNEL_H
#define LATIMER_BPF_KERNEL_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* arch/x86/include/asm/thread_info.h; syscall_work since 5.11. */
struct thread_info {
  unsigned long syscall_work;
  u32 status;
};

/* arch/x86/include/asm/ptrace.h. The same layout is used for 64-bit and compat entries. */
struct pt_regs {
  unsigned long r11, r10, r9, r8;
  unsigned long bp, bx, ax, cx, dx, si, di;
  unsigned long orig_ax, ip, flags, sp;
};

struct ns_common {
  unsigned int inum;
};

struct pid_namespace {
  unsigned int level;
  struct ns_common ns;
};

struct upid {
  int nr;
  struct pid_namespace *ns;
};

struct pid {
  unsigned int level;
  struct upid numbers[1];
};

struct sched_entity {
  u64 sum_exec_runtime;
};

struct kernfs_node {
  u64 id;
};

struct cgroup {
  struct kernfs_node *kn;
};

struct css_set {
  struct cgroup *dfl_cgrp;
};

typedef struct {
  unsigned long sig[1];
} sigset_t;

struct sigpending {
  sigset_t signal;
};

struct linux_binprm {
  const char *filename; /* as execve was given it; "/dev/fd/N" of fexecve */
};

struct fs_struct;
struct files_struct;

struct task_struct {
  struct thread_info thread_info;
  unsigned int __state; /* since 5.14 */
  unsigned int flags;
  unsigned int on_cpu; /* an int, in 7.x one byte: libbpf adapts the load of unsigned members only */
  int pid, tgid;
  struct sched_entity se;
  u64 utime, stime;
  u64 start_time;     /* CLOCK_MONOTONIC at fork */
  u64 start_boottime; /* CLOCK_BOOTTIME at fork; /proc/PID/stat's field 22 */
  char comm[16];
  struct task_struct *group_leader;
  struct task_struct *real_parent;
  struct pid *thread_pid;
  struct css_set *cgroups;
  struct fs_struct *fs;       /* the current folder ... */
  struct files_struct *files; /* open descriptors */
  struct sigpending pending;  /* of this thread */
  void *bpf_storage;          /* all task storage of the task; NULL: it has none in any map */
};

struct seq_file;
struct bpf_iter_meta {
  struct seq_file *seq;
};

struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};

/* Before 5.14 task_struct::__state was called state (kernel commit 2f064a59a11f). */
struct task_struct___before_5_14 {
  volatile long state;
};

#pragma clang attribute pop

/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000
#define PF_IO_WORKER 0x00000010 /* a thread of io_uring: its registers are a copy of its creator's */
#define PF_EXITING 0x00000004
#define TASK_INTERRUPTIBLE 0x0001
#define TASK_UNINTERRUPTIBLE 0x0002

/* arch/x86/include/asm/thread_info.h: set while a 32-bit call is being served, whatever CS says. */
#define TS_COMPAT 0x0002

/* include/linux/thread_info.h: what may answer a call before its sys_enter tracepoint is reached. */
#define SYSCALL_WORK_SECCOMP (1U << 0)
#define SYSCALL_WORK_SYSCALL_TRACE (1U << 2)
#define SYSCALL_WORK_SYSCALL_EMU (1U << 3)
#define SYSCALL_WORK_SYSCALL_USER_DISPATCH (1U << 5)

#endif
