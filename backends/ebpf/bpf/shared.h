/* What the BPF programs and the C++ side tell each other: plain C structs, the same bytes on both sides.
 *
 * Everything here is cumulative from the start of a capture; user space subtracts. Nothing is cleared while
 * programs can write to it: what user space takes back belongs to subjects that have no task left.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_SHARED_H
#define LATIMER_BPF_SHARED_H

#include "core/stats/bucket.h"

typedef unsigned char lat_u8;
typedef unsigned int lat_u32;
typedef int lat_s32;
typedef unsigned long long lat_u64;
typedef long long lat_s64;

#define LAT_COMM_LEN 16
#define LAT_DIRECT_NUMBERS 512 /* = kSyscallNumbers: numbers below it are found without searching */
#define LAT_COUNTER_CPUS 512
#define LAT_ABIS 2 /* x86_64, i386: the values of latimer::Abi */

/* Whom to observe (lat_config::target). */
enum lat_target {
  LAT_TARGET_MARKED = 0, /* tasks that user space seeded, their threads and, with `follow`, their children */
  LAT_TARGET_COMM = 1,   /* tasks whose comm the automaton accepts */
  LAT_TARGET_CGROUP = 2, /* tasks below the cgroup in `target_cgroup` at the time of the call */
  LAT_TARGET_HOST = 3    /* every task but those excluded */
};

/* How to tell callers apart (lat_config::by): the values of latimer::GroupBy. */
enum lat_by { LAT_BY_NONE = 0, LAT_BY_PROCESS = 1, LAT_BY_THREAD = 2, LAT_BY_COMM = 3, LAT_BY_CGROUP = 4 };

/* Set before loading, constant afterwards: the verifier removes the code that a capture does not need. */
struct lat_config {
  lat_u8 target;          /* enum lat_target */
  lat_u8 by;              /* enum lat_by */
  lat_u8 stream;          /* one event per call instead of adding up */
  lat_u8 timing;          /* 0: sys_enter is not attached and nothing has a duration */
  lat_u8 filter;          /* consult call_flags for selection */
  lat_u8 follow;          /* children of targets are targets */
  lat_u8 atomic;          /* several CPUs share a stripe of `stats` */
  lat_u8 details;         /* of a stream: births, deaths and programs, and call_memory is followed */
  lat_u8 shared_counters; /* more possible CPUs than LAT_COUNTER_CPUS */
  lat_u32 sub_bits;       /* of the bucket scheme */
  lat_u32 buckets;        /* LAT_BUCKETS(sub_bits), or 0 without timing */
  lat_u32 stripes;        /* rows of `stats` per slot */
  lat_u32 stripe_mask;
  lat_u32 ns_level;    /* level of Latimer's pid namespace; 0 is the initial one */
  lat_u32 ns_inum;     /* and its number, to tell it from its siblings */
  lat_u32 ring_events; /* length of a CPU's ring, a power of two */
  lat_u32 wake_mask;   /* a ring wakes its reader every wake_mask + 1 events */
  lat_u64 attach_ns;   /* CLOCK_MONOTONIC before anything was attached */
};

/* call_flags[abi][number] */
#define LAT_CALL_SELECTED 1  /* observed */
#define LAT_CALL_LOOK_EXIT 2 /* its exit may belong to an observed call (execveat comes back as execve) */
#define LAT_CALL_EXEC 4
#define LAT_CALL_SIGRETURN 8
#define LAT_CALL_FORK 16
#define LAT_CALL_NO_RETURN 32 /* exit, exit_group */
#define LAT_CALL_RESTART 64   /* restart_syscall */

/* lat_task::flags. A task whose flags are exactly LAT_TARGET is on the fast path. */
#define LAT_TARGET 1
#define LAT_SEED 2          /* put by user space into a leader: the walk marks the whole process */
#define LAT_HELD 4          /* becomes a target when it enters execve */
#define LAT_EXCLUDED 8      /* Latimer itself */
#define LAT_FRESH 16        /* made by a target and not yet returned from the call that made it */
#define LAT_BEFORE 32       /* existed when sys_enter was attached and has not entered a call since */
#define LAT_RESTART 64      /* `restart` holds an interrupted call */
#define LAT_DIRTY 128       /* comm has changed: judge it again */
#define LAT_NEED_ENTITY 256 /* joins its entity at the next call */
#define LAT_OUTSIDE 512     /* last entered a call while outside the target cgroup */
#define LAT_CONTINUES 1024  /* the call under way goes on with an interrupted one */

/* lat_task::call: 0, or one of these with the number in the low half and the ABI above it: one comparison
 * tells whether an exit goes with it. */
#define LAT_CALL_INSIDE (1ULL << 40)  /* start record valid */
#define LAT_CALL_CLAIMED (1ULL << 41) /* the final walk has counted it as in flight */
#define LAT_CALL_OLD (1ULL << 42)     /* was asleep in it when Latimer attached: start is the attach time */
#define LAT_CALL_SETTLED (1ULL << 43) /* of a place: in no call */
#define LAT_CALL_WORD(abi, nr) (((lat_u64)(abi) << 32) | (lat_u32)(nr))
#define LAT_CALL_NR(call) ((lat_s32)(call))
#define LAT_CALL_ABI(call) ((lat_u32)((call) >> 32) & 1)

#define LAT_RESTART_NONE 0
#define LAT_RESTART_DIRECT 1    /* interrupted; nothing entered since */
#define LAT_RESTART_WAIT 2      /* another call came first: a handler runs */
#define LAT_RESTART_CONFIRMED 3 /* the handler returned to the call instruction */

/* The value in task storage. The first 64 bytes are all that an ordinary call touches. */
struct lat_task {
  lat_u64 call;
  lat_u64 start_ns;
  lat_u32 flags;
  lat_u32 entity;
  lat_u32 cached_nr;   /* number | abi << 31 of the call whose slot is in cached_slot */
  lat_u32 cached_slot; /* 0: none */
  lat_s32 tid;         /* in Latimer's pid namespace; 0: not visible there */
  lat_s32 tgid;
  lat_u32 group_entity; /* of the process, kept in its leader */
  lat_u32 place;        /* number of its place, from 1; 0: none (place.h) */
  lat_u64 epoch;        /* start of the process, ns since boot */
  lat_u64 cgroup_id;    /* that `entity` stands for, with LAT_BY_CGROUP */
  lat_u64 restart_ip, restart_sp;
  lat_s32 restart_nr;
  lat_u32 restart_abi;
  lat_u32 restart_state;
  lat_u32 restart_block;            /* goes on by restart_syscall */
  lat_u64 dirty_until_ns;           /* another task changed comm: it may not be visible before */
  lat_u64 utime0, stime0, runtime0; /* CPU time when it became a target */
  lat_u64 args[6];                  /* of calls whose registers are gone on return */
};

/* Where a settled target has its call (place.h). Targets beyond their number are found as everybody else. */
#define LAT_PLACES_LOG 11
#define LAT_PLACES (1 << LAT_PLACES_LOG)
struct lat_place {
  lat_u64 key; /* whose it is; 0: nobody's. Atomic */
  lat_u64 call;
  lat_u64 start_ns;
} __attribute__((aligned(64)));

/* What counts on a CPU. Each field is written by one program only, or atomically, so that programs that
 * interrupt each other on kernels with preemptible tracepoints do not lose updates. */
struct lat_counters {
  lat_u64 enters;           /* sys_enter */
  lat_u64 lost_exits_enter; /* sys_enter found a start record still open */
  lat_u64 exits;            /* sys_exit, and the following */
  lat_u64 child_returns;
  lat_u64 refused;
  lat_u64 began_before;
  lat_u64 lost_enters;
  lat_u64 lost_exits_exit;
  lat_u64 mismatch;
  lat_u64 map_full; /* atomic */
  lat_u64 errno_full;
  lat_u64 ring_full;            /* atomic */
  lat_u64 storage;              /* atomic */
  lat_u64 no_return;            /* sched_process_exit */
  lat_u64 clamped;              /* the clock ran backwards */
} __attribute__((aligned(64))); /* cache lines of its own */

/* A row of `stats`: slot + stripe; slots are multiples of `stripes`. All zero is empty. */
struct lat_row {
  lat_u64 total;
  lat_u64 max;
  lat_u64 min_inverted; /* ~minimum, so that zero is "none yet" */
  lat_u64 untimed;      /* completions without a duration */
  lat_u64 killed;       /* atomic: calls that the caller's death ended */
  lat_u64 continuations;
  lat_u64 pad[2]; /* a cache line of its own */
  lat_u64
      buckets[LAT_BUCKETS_MAX]; /* as many as the scheme has; their sum is the number of timed completions */
};
#define LAT_ROW_HEADER 64

/* Who a slot belongs to, at slot / stripes. Slot 0 is never given out. */
struct lat_slot {
  lat_u32 used;
  lat_u32 entity;
  lat_s32 nr;
  lat_u32 abi;
};
struct lat_slot_key {
  lat_u32 entity;
  lat_u32 abi;
  lat_s32 nr;
};
struct lat_errno_key {
  lat_u32 slot;
  lat_u32 error;
};

#define LAT_ENTITY_DEAD 0x80000000U /* in `live`: user space has taken it back, nobody may join */

/* A process, thread, comm or cgroup that rows belong to. Entity 0 is "nobody in particular". */
struct lat_entity {
  lat_u32 live; /* tasks in it; atomic */
  lat_u32 used;
  lat_s32 tgid;
  lat_s32 tid;
  lat_u64 epoch; /* start of the process or thread, ns since boot */
  lat_u64 cgroup_id;
  char comm[LAT_COMM_LEN];
  lat_u64 pad[2];
};

/* One state of the automaton that judges comms (target COMM). */
#define LAT_DFA_STATES 256
struct lat_dfa_state {
  lat_u8 next[256]; /* by byte; state 0 rejects whatever follows */
  lat_u8 accept;    /* the name may end here */
  lat_u8 pad[7];
};

enum lat_kind {
  LAT_EVENT_COMPLETED = 0,
  LAT_EVENT_REFUSED = 1,
  LAT_EVENT_KILLED = 2,
  LAT_EVENT_FORKED = 3, /* args: its parent's tgid; LAT_SHARES_* */
  LAT_EVENT_ENDED = 4,
  LAT_EVENT_NO_RETURN = 5 /* exit, exit_group */
};

/* CLONE_FS and CLONE_FILES, include/uapi/linux/sched.h */
#define LAT_SHARES_FS 0x200
#define LAT_SHARES_FILES 0x400

/* What call_memory says of a call's pointers, a byte for each of two: kind and argument. */
#define LAT_MEMORY_STRING 1
#define LAT_MEMORY_ADDRESS 2     /* a socket's; its length is in the next argument */
#define LAT_MEMORY_ADDRESS_OUT 3 /* the same, where the next argument points */
#define LAT_MEMORY_EIGHT_BYTES 4
#define LAT_MEMORY_CONTROL 5 /* the control data of a struct msghdr */
#define LAT_MEMORY_NAME 6    /* the address in it; as if it were the argument LAT_MESSAGE_NAME */
#define LAT_MESSAGE_NAME 6
#define LAT_MEMORY(kind, argument) ((kind) << 3 | (argument))
#define LAT_MEMORY_KIND(what) ((what) >> 3)
#define LAT_MEMORY_ARGUMENT(what) ((what)&7)

#define LAT_PIECES 2
#define LAT_PIECE_CELLS 16 /* 2032 bytes of a string */

/* What stood at a pointer: in `cells` elements of the ring behind the event, of strings 127 bytes in each. */
struct lat_piece {
  unsigned short length;
  lat_u8 cells : 6;
  lat_u8 cut : 2; /* the string goes on */
  lat_u8 argument;
};

/* One call, in a ring: 128 bytes, two cache lines. */
struct lat_event {
  lat_u64 start_ns;
  lat_u64 duration_ns;
  lat_s64 ret;
  lat_u64 args[6];
  char comm[LAT_COMM_LEN];
  lat_u64 epoch;
  lat_u64 cgroup_id;
  lat_s32 tgid;
  lat_s32 tid;
  lat_s32 nr;
  lat_u8 abi;
  lat_u8 kind;
  lat_u8 continuation;
  lat_u8 clamped;
  struct lat_piece pieces[LAT_PIECES]; /* the second behind the first */
};

/* A program was executed (last_events). */
#define LAT_PROGRAM_PATH 1024
struct lat_program {
  lat_s32 tid;
  lat_u32 length; /* without the NUL */
  char path[LAT_PROGRAM_PATH];
};

/* The ring of a CPU: events [tail, head), each at its number modulo ring_events. */
struct lat_ring {
  lat_u64 head; /* written by the program, after the event */
  lat_u64 pad_head[7];
  lat_u64 tail; /* written by user space, after reading */
  lat_u64 pad_tail[7];
};

/* lat_notice */
#define LAT_NOTICE_EVENTS 1
#define LAT_NOTICE_GONE 2

enum lat_walk_mode {
  LAT_WALK_MARK = 0, /* mark the targets */
  LAT_WALK_LIVE = 1, /* tell about targets, change nothing */
  LAT_WALK_FINAL = 2 /* claim calls in flight: what dies later is not counted again */
};

/* One target, as the walk tells it. */
struct lat_walk_record {
  lat_u64 call; /* as in lat_task; 0: in none */
  lat_u32 entity;
  lat_s32 tgid;
  lat_s32 tid;
  lat_u32 pad;
  lat_u64 start_ns;
  lat_u64 epoch;
  lat_u64 cgroup_id;
  lat_u64 utime, stime, runtime; /* ns since it became a target */
  char comm[LAT_COMM_LEN];
};

/* What preemption.bpf.c sees. */
#define LAT_PREEMPTION_OFF 1
#define LAT_PREEMPTION_ON 2

/* Shared by all CPUs, in .bss. */
struct lat_state {
  lat_u32 walk_mode;    /* set by user space */
  lat_u32 armed;        /* sys_enter is attached: who is born now cannot have begun before */
  lat_u32 stopping;     /* no new calls are taken up; those under way are finished */
  lat_u32 marked;       /* targets marked so far; atomic */
  lat_u32 live_targets; /* atomic */
  lat_u32 slots_taken;  /* slots popped minus pushed back by programs; atomic */
  lat_u32 entities_taken;
  lat_u32 reader_ns_level;                            /* of the pid namespace of whoever reads the walk */
  lat_u64 exited_utime, exited_stime, exited_runtime; /* of targets that have ended; atomic */
  lat_u64 details_lost; /* births, deaths and programs that there was no room to tell; atomic */
};

/* What every call touches, on one page (for the first 13 CPUs): a program that has just used its caches up,
 * or slept, pays for each page and each line of ours that it has to fetch. */
struct lat_hot {
  lat_u32 slot_of[LAT_DIRECT_NUMBERS]; /* of x86_64 calls where rows are told apart by the call alone; 0: none
                                          yet */
  lat_u8 bucket_of_byte[256];          /* see lat_bucket_of_short(); set before loading */
  struct lat_state state __attribute__((aligned(64)));
  /* By CPU. Fixed in number because .bss cannot be sized at load time; machines with more CPUs share
   * (config.shared_counters). */
  struct lat_counters counters[LAT_COUNTER_CPUS];
} __attribute__((aligned(4096)));

#endif
