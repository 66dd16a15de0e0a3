"""The traps of tracing system calls by eBPF: what goes wrong, the lines of ours that keep it from going wrong, what is
left when they are taken out, and the tests that must then fail."""
from dataclasses import dataclass

BPF, EBPF = "backends/ebpf/bpf/", "backends/ebpf/"


@dataclass(frozen=True)
class Trap:
    name: str
    danger: str
    tests: str  # a regular expression of ctest's names
    edits: tuple  # of (file, text that stands in it exactly once, what takes its place)


def trap(name, danger, tests, *edits):
    return Trap(name, danger, tests, edits)


TRAPS = (
    trap("attach-order", "sys_enter attached before sys_exit: what is entered in between seems never to return",
         "race attach-to-busy-threads by ebpf-aggregate",
         (EBPF + "programs.cpp",
          """  if (Status attached = attach(exit_, exit_links_); !attached) return attached;
  return enter_ != nullptr ? attach(enter_, enter_links_) : Status{};""",
          """  if (enter_ != nullptr) {
    if (Status attached = attach(enter_, enter_links_); !attached) return attached;
  }
  return attach(exit_, exit_links_);""")),
    trap("fork-hook-first", "threads born after the walk and before the fork hook are nobody's",
         "race attach-to-thread-maker by ebpf-aggregate",
         (EBPF + "source.cpp", "  if (Status hooked = programs_->attach_hooks(); !hooked) return hooked;\n", ""),
         (EBPF + "source.cpp", "  if (Status attached = programs_->attach_calls(); !attached) return attached;\n",
          "  if (Status attached = programs_->attach_calls(); !attached) return attached;\n"
          # the window is a tenth of a millisecond, and hit in one run of two: here it is hit in every run
          "  std::this_thread::sleep_for(milliseconds(5));\n"
          "  if (Status hooked = programs_->attach_hooks(); !hooked) return hooked;\n")),
    trap("mark-at-fork", "a child that gets its mark later makes calls before it",
         "truth: children by ebpf-aggregate",
         (BPF + "tasks.h", "u32 flags = inherited(parent, child);", "u32 flags = 0;")),
    trap("held-command", "the launcher's own calls are counted as the command's",
         "truth: loop by ebpf-aggregate",
         (EBPF + "targets.cpp", "programs.flag_task(pidfd, LAT_HELD)", "programs.flag_task(pidfd, LAT_TARGET)")),
    trap("gate-closed", "a command whose latimer died before it was attached runs unseen",
         "unit:a held child whose launcher goes away ends with 125",
         ("core/sys/child_held.cpp", "  if (got != 1) ::_exit(kLatimerDied);\n", "")),
    trap("already-inside", "a process that hangs for the whole capture is not shown at all",
         "attached hung-before by ebpf-aggregate",
         (BPF + "walk.h", "  if (asleep_in(task, &nr)) {", "  if (config.stream > 1 && asleep_in(task, &nr)) {")),
    trap("compat", "32-bit calls are taken for 64-bit ones of the same number",
         "truth: int80 by ebpf-(aggregate|stream)",
         (BPF + "maps.h", "return (task->thread_info.status & TS_COMPAT) ? 1 : 0;", "return 0;")),
    trap("compat-arguments", "arguments of 32-bit calls are in other registers",
         "privileged:events carry the six arguments",
         (BPF + "stream.h", "  if (abi) { /* i386 */", "  if (abi > 1) { /* i386 */")),
    trap("kept-arguments", "after exec the registers are the new program's",
         "privileged:a call that comes back with other registers",
         (BPF + "syscalls.h", "if (config.stream && loses_registers(abi, nr)) read_args", "if (0) read_args")),
    trap("exec-number", "execveat comes back as execve",
         "truth: fexecve by ebpf-(aggregate|stream)",
         (BPF + "syscalls.h", "(began & flags_of_call(abi, nr) & LAT_CALL_EXEC)", "0")),
    trap("sigreturn-number", "rt_sigreturn comes back as -1",
         "truth: eintr by ebpf-(aggregate|stream)",
         (BPF + "syscalls.h", "} else if ((began & LAT_CALL_SIGRETURN) && nr == -1) {", "} else if (0) {")),
    trap("mismatch", "a return that does not go with the entry is taken for its return",
         "race renumbered-call by ebpf-(aggregate|stream)",
         (BPF + "syscalls.h", "      bump(&c->mismatch);\n      lose_both_ends(c);\n      st->call = 0;\n",
          "      finish_slowly(task, st, regs, ret, now);\n")),
    trap("consume-once", "a start record that stays is taken for the next call's",
         "truth: loop by ebpf-aggregate",
         (BPF + "plain.h", "  place->call = LAT_CALL_SETTLED;\n", "")),
    trap("child-return", "a child returns from a fork that it never entered",
         "truth: children by ebpf-(aggregate|stream)",
         (BPF + "syscalls.h", "} else if ((flags & LAT_FRESH) && ret == 0 &&", "} else if (0 &&")),
    trap("seccomp", "a refused call has an exit and no entry",
         "truth: seccomp by ebpf-(aggregate|stream)",
         (BPF + "syscalls.h", "} else if (may_have_been_refused(task)) {",
          "} else if (config.stream > 1 && may_have_been_refused(task)) {")),
    trap("killed-inside", "a call in which a thread is killed seems to have returned ERESTARTNOHAND",
         "truth: killed-in-pause by ebpf-(aggregate|stream)",
         (BPF + "syscalls.h", "if ((call & LAT_CALL_INSIDE) && dies_inside(task, ret)) return 0;", "")),
    trap("exec-of-thread", "a thread that executes a program goes on under the leader's number",
         "target exec-of-thread by ebpf-(aggregate|stream)",
         (BPF + "tasks.h", "  s32 tid = visible_pid(task);\n", "  s32 tid = st->tid;\n")),
    trap("read-then-clear", "calls between a reading and the clearing after it are lost",
         "race read-while-counting by ebpf-aggregate",
         (EBPF + "reader.cpp",
          """    const SyscallStats stats = read_slot(place, errors);
    const auto [at, is_new] = snapshot.stats.try_emplace(key_of(slot), stats);
    if (!is_new) at->second.merge(stats);
  }
""",
          """    SyscallStats stats = read_slot(place, ErrorsBySlot{});
    std::memset(programs_.rows().bytes() + std::size_t{place} * plan_.config.stripes * plan_.row_bytes, 0,
                std::size_t{plan_.config.stripes} * plan_.row_bytes);
    const auto [at, is_new] = retired_.stats.try_emplace(key_of(slot), stats);
    if (!is_new) at->second.merge(stats);
  }
  snapshot = retired_;
""")),
    trap("full-ring", "events for which there is no room are gone without a word",
         "truth: tiny-ring",
         (BPF + "syscalls.h", "      bump_atomic(&c->ring_full);\n      lose_both_ends(c);\n", "")),
    trap("full-tables", "calls for which there is no row are gone without a word",
         "truth: tiny-tables",
         (BPF + "syscalls.h", "  bump_atomic(&c->map_full);\n  lose_both_ends(c);\n", "  (void)c;\n")),
    trap("no-storage", "a task for whose mark there is no memory is not seen, and nobody knows",
         "race no-memory-for-marks by ebpf-aggregate",
         (BPF + "maps.h", "  if (!st) bump_atomic(&my_counters()->storage);\n", "")),
    trap("keys-of-the-dead", "short-lived processes fill the tables",
         "truth: many-children-by-process",
         (EBPF + "reader.cpp", "  if (by_ == GroupBy::none || plan_.config.stream) return;\n", "  return;\n")),
    trap("memory-limit", "a histogram for each call on each possible CPU takes any amount of memory",
         "unit:tables stay within the limit",
         (EBPF + "plan.cpp", "std::min<std::uint64_t>(wanted, rows / config.stripes)", "wanted")),
    trap("pid-namespace", "pids of the whole host are printed inside a container",
         "target pid-namespace by ebpf-(aggregate|stream)",
         (BPF + "entity.h", "if (config.ns_level == 0) return task->pid;", "return task->pid;")),
    trap("reused-pid", "two processes that had one number become one",
         "target reused-pid by ebpf-aggregate",
         (BPF + "entity.h", "config.by == LAT_BY_THREAD ? task->start_boottime : st->epoch;", "0;")),
    trap("renamed", "--comm judged once: who takes the name later is missed, who gives it up stays",
         "target comm-changes by ebpf-(aggregate|stream)",
         (BPF + "tasks.h", "  __sync_fetch_and_or(&st->flags, LAT_DIRTY);\n  return 0;\n", "  return 0;\n")),
    trap("name-inherited", "children of whoever has the name are missed: fork does not rename",
         "target comm-of-running by ebpf-(aggregate|stream)",
         (BPF + "tasks.h", "    if (flags & LAT_TARGET) return LAT_TARGET | (flags & LAT_DIRTY);\n", "")),
    trap("itself", "latimer sees its own reading",
         "target host by ebpf-aggregate",
         (EBPF + "targets.cpp", "  return programs.flag_task(self.get(), LAT_EXCLUDED);", "  return {};")),
    trap("final-claim", "who dies while latimer leaves is counted twice",
         "race leave-dying by ebpf-aggregate",
         (BPF + "walk.h",
          "  return __sync_val_compare_and_swap(where, call, claimed) == call;\n",
          "  (void)claimed;\n  return true;\n")),
    trap("leave-at-once", "calls are taken up while latimer leaves, those of new children not: families seen by halves",
         "race beside-another by ebpf-aggregate",
         (BPF + "plain.h", "nr < LAT_DIRECT_NUMBERS && !hot.state.stopping)", "nr < LAT_DIRECT_NUMBERS)")),
    trap("place-of-the-dead", "a stack, and what is known by it, goes over to whoever is born next",
         "race stacks-of-the-dead by ebpf-aggregate",
         (BPF + "tasks.h", "  give_up_place(st);\n", "")),
    trap("stranger-becomes-target", "who was nobody's target, or had such a one's stack, stays unseen",
         "race stacks-of-the-dead by ebpf-aggregate",
         (BPF + "target.h", "  forget_stranger(task);\n", "")),
    trap("int80-when-settled", "an i386 call is taken for the x86_64 call of that number",
         "truth: int80 by ebpf-aggregate",
         (BPF + "plain.h", "return regs->cx == regs->ip && regs->r11 == regs->flags;", "return true;")),
    trap("silenced-perf", "a classic tracepoint program that returns 0 takes perf's samples away, on the whole host",
         "race perf-beside by ebpf-(aggregate|stream)",
         (EBPF + "preemption.cpp", "static const bool answer = ask();", "static const bool answer = true || ask();"),
         (BPF + "steady.h", "  leave_call(ctx);\n  return 1;\n", "  leave_call(ctx);\n  return 0;\n"),
         (BPF + "steady.h", "enter((struct pt_regs *)bpf_task_pt_regs(task), record->id);\n  return 1;\n",
          "enter((struct pt_regs *)bpf_task_pt_regs(task), record->id);\n  return 0;\n")),
    trap("least-privilege", "classic tracepoints need more than CAP_BPF and CAP_PERFMON",
         "target capabilities by ebpf-aggregate",
         (EBPF + "source.cpp", "plan->steady = preemptible && classic_tracepoints_usable();", "plan->steady = true;")),
    trap("io-uring", "I/O that is submitted through io_uring is not in these numbers",
         "unit:what io_uring does out of sight",
         ("core/engine/report_builder.cpp", 'if (row.name != "io_uring_enter" ||', "if (true ||")),
)
