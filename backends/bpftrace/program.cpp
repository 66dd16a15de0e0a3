#include "backends/bpftrace/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "backends/bpftrace/line.h"
#include "core/model/call_traits.h"
#include "core/model/syscall_arguments.h"
#include "core/model/syscall_table.h"

namespace latimer::bpftrace {
namespace {

constexpr std::size_t kMostTerms = 40;  // comparisons; more are looked up in a map
constexpr std::size_t kMostPids = 16;
constexpr bool kHasCompat = kHostAbis.size() > 1;

struct Selected {
  std::vector<int> numbers[kAbiCount];  // whose answer is not the one for unknown numbers
  std::size_t count = 0;
};

Selected exceptions_of(const SyscallFilter& filter) {
  Selected selected;
  for (const Abi abi : kHostAbis) {
    for (int number = 0; number < kSyscallNumbers; ++number) {
      if (filter.selects(abi, number) == filter.selects_unknown_numbers()) continue;
      selected.numbers[static_cast<std::size_t>(abi)].push_back(number);
      ++selected.count;
    }
  }
  return selected;
}

std::string any_of(const std::string& what, const std::vector<int>& values) {
  std::string text;
  for (const int value : values) text += fmt::format("{}{} == {}", text.empty() ? "" : " || ", what, value);
  return text.empty() ? "0" : text;
}

std::string any_pid(const std::vector<std::int32_t>& pids) {
  return any_of("pid", std::vector<int>(pids.begin(), pids.end()));
}

class Writer {
 public:
  explicit Writer(const ProgramOptions& options)
      : options_(options),
        live_(options.own_pid != 0),
        follows_(options.watch == Watch::descendants || options.watch == Watch::child),
        by_map_(follows_ || (options.watch == Watch::processes && options.pids.size() > kMostPids)),
        held_(options.held || options.watch == Watch::child),
        details_(options.details) {}

  std::string write() {
    begin();
    fork();
    execute();
    end_of_thread();
    exit();
    enter();
    control();
    return std::move(text_);
  }

 private:
  void add(std::string_view line) { (text_ += line) += '\n'; }

  // Whose events a probe is for at all.
  [[nodiscard]] std::string predicate() const {
    if (by_map_) return "/@w[pid]/ ";
    if (options_.watch == Watch::processes) return fmt::format("/{}/ ", any_pid(options_.pids));
    return options_.pids.empty() ? "" : fmt::format("/!({})/ ", any_pid(options_.pids));
  }

  // Each record has all of them, so that there is one form of record.
  // `arguments`: $g has them; `path`: $x points to it.
  [[nodiscard]] std::string record(char kind, std::string_view start, std::string_view duration,
                                   std::string_view pid, std::string_view number, std::string_view flags,
                                   std::string_view value, bool arguments = false, bool path = false) const {
    const std::string values =
        fmt::format("{}, {}, {}, tid, {}, {}, {}", start, duration, pid, number, flags, value);
    if (arguments && details_) {
      // User's memory, which uptr() says.
      return fmt::format(
          "printf(\"{} %lu %lu %d %d %ld %ld %ld %rh %lx %lx %lx %lx %lx %lx{}\\n\", {}, buf(((struct "
          "task_struct *)curtask)->comm, 16), $g.0, $g.1, $g.2, $g.3, $g.4, $g.5{});",
          kind, path ? " %s" : "", values, path ? ", str(uptr($x))" : "");
    }
    if (!options_.names) return fmt::format("printf(\"{} %lu %lu %d %d %ld %ld %ld\\n\", {});", kind, values);
    // As bytes: the name may hold anything, and bpftrace 0.17 keeps no pointer to an array from one
    // expression to the next (its copy on the stack is gone by then).
    return fmt::format(
        "printf(\"{} %lu %lu %d %d %ld %ld %ld %rh\\n\", {}, buf(((struct task_struct *)curtask)->comm, "
        "16));",
        kind, values);
  }

  [[nodiscard]] static std::string state(int which) {
    return fmt::format("((uint64){}, (int64)0, (int64)0, (int64)0)", which);
  }

  [[nodiscard]] static std::string compat() {
    return kHasCompat ? "(int64)((((struct task_struct *)curtask)->thread_info.status & 2) >> 1)"
                      : "(int64)0";
  }

  void begin() {
    add("BEGIN {");
    add(fmt::format("  printf(\"{}\\n\");", kHeader));
    add(fmt::format("  @phase = {};", live_ ? 0 : 1));
    if (!live_) add("  printf(\"begun %lu\\n\", nsecs);");
    if (options_.watch == Watch::child) {
      add("  @w[cpid] = 1;");
      add(fmt::format("  @s[cpid] = {};", state(3)));
    } else if (by_map_) {
      for (const std::int32_t pid : options_.pids) add(fmt::format("  @w[{}] = 1;", pid));
    }
    if (options_.held) add(fmt::format("  @s[{}] = {};", options_.pids.front(), state(3)));
    const Selected chosen = exceptions_of(options_.filter);
    if (chosen.count > kMostTerms) {
      for (const Abi abi : kHostAbis)
        for (const int number : chosen.numbers[static_cast<std::size_t>(abi)])
          add(fmt::format("  @e[{}] = 1;", number * 2 + (abi == kNativeAbi ? 0 : 1)));
    }
    if (details_) {
      add("  @g[0] = ((uint64)0, (uint64)0, (uint64)0, (uint64)0, (uint64)0, (uint64)0);");
      paths();
    }
    add("}");
  }

  // Which argument is a path, counted from 1.
  void paths() {
    for (const Abi abi : kHostAbis)
      for (int number = 0; number < kSyscallNumbers; ++number)
        if (const CallSpec& spec = call_spec(abi, number); spec.known && spec.path >= 0 && spec.path <= 3)
          add(fmt::format("  @p[{}] = {};", number * 2 + (abi == kNativeAbi ? 0 : 1), spec.path + 1));
  }

  void take_arguments() {
    if (details_) add("    $g = @g[tid];");
  }

  void fork() {
    add(fmt::format("tracepoint:sched:sched_process_fork {}{{", predicate()));
    if (follows_) add("  @w[args->child_pid] = 1;");
    add(fmt::format("  if (@phase == 1) {{ @s[args->child_pid] = {}; }}", state(1)));
    if (details_) tell_birth();
    add("}");
  }

  // With what the parent asked for: CLONE_*.
  void tell_birth() {
    const auto number = [](std::string_view name) { return syscall_number(kNativeAbi, name).value_or(-1); };
    add("  $s = @s[tid];");
    add("  $g = @g[tid];");
    add("  $c = (uint64)0;");
    add(fmt::format("  if ($s.1 == {}) {{ $c = $g.0; }}", number("clone")));
    add(fmt::format("  if ($s.1 == {}) {{ $c = *(uint64 *)uptr($g.0); }}", number("clone3")));
    add("  if (@phase == 1) { printf(\"f %lu %d %d %lx\\n\", nsecs, pid, args->child_pid, $c); }");
  }

  // A thread that is not the leader goes on under its leader's number.
  void execute() {
    add("tracepoint:sched:sched_process_exec /args->pid != args->old_pid/ {");
    add("  if (@phase == 2) { return; }");
    add("  $s = @s[args->old_pid];");
    add("  if ($s.0 > 9) { @s[tid] = ($s.0, $s.1, $s.2, $s.3); }");
    add("  if ($s.0 != 0) { delete(@s[args->old_pid]); }");
    if (details_) {
      add("  $g = @g[args->old_pid];");
      add("  if ($s.0 > 9) { @g[tid] = ($g.0, $g.1, $g.2, $g.3, $g.4, $g.5); }");
      add("  if ($s.0 != 0) { delete(@g[args->old_pid]); }");
    }
    if (follows_) add("  if (@w[args->old_pid]) { delete(@w[args->old_pid]); }");
    add("}");
  }

  void end_of_thread() {
    add("tracepoint:sched:sched_process_exit {");
    add("  if (@phase == 2) { return; }");
    add("  $s = @s[tid];");
    add("  if ($s.0 > 9) {");
    take_arguments();
    add("    " + record('d', "$s.0", "nsecs - $s.0", "$s.3", "$s.1", "$s.2 & 1", "0", true));
    add("    if ($s.2 & 2) { delete(@cut[tid]); }");
    add("  }");
    add("  if ($s.0 != 0) { delete(@s[tid]); }");
    if (details_) add("  if ($s.0 > 1) { delete(@g[tid]); }");
    if (by_map_) {
      // Threads were taken for processes when they were made, and the leader may end before the others.
      add("  if (tid != pid) { if (@w[tid]) { delete(@w[tid]); } }");
      add("  if (((struct task_struct *)curtask)->signal->live.counter == 0) {");
      add("    if (@w[pid]) { delete(@w[pid]); }");
      add("  }");
    }
    add("}");
  }

  void exit() {
    // Where who is watched is looked up, whoever was seen to enter a call needs no looking up.
    add(fmt::format("tracepoint:raw_syscalls:sys_exit {}{{", by_map_ ? "" : predicate()));
    add("  if (@phase != 1) { return; }");
    add("  $s = @s[tid];");
    add("  if ($s.0 > 9) {");
    add("    $t = nsecs - $s.0;");
    add("    if (args->ret <= -512 && args->ret >= -516 && args->ret != -515) {");
    add("      @cut[tid] = ($t, args->ret);");
    add("      @s[tid] = ($s.0, $s.1, (int64)($s.2 | 2), $s.3);");
    add("      return;");
    add("    }");
    add("    @exits = count();");
    take_arguments();
    if (details_) {
      add("    $i = @p[$s.1 * 2 + $s.2];");
      add("    if ($i != 0) {");
      add("      $x = $g.0;");
      add("      if ($i == 2) { $x = $g.1; }");
      add("      if ($i == 3) { $x = $g.2; }");
      add("      if ($i == 4) { $x = $g.3; }");
      add("      " + record('c', "$s.0", "$t", "$s.3", "$s.1", "$s.2", "args->ret", true, true));
      add(fmt::format("      @s[tid] = {};", state(2)));
      add("      return;");
      add("    }");
    }
    add("    " + record('c', "$s.0", "$t", "$s.3", "$s.1", "$s.2", "args->ret", true));
    add(fmt::format("    @s[tid] = {};", state(2)));
    add("    return;");
    add("  }");
    add("  if ($s.0 == 3) { return; }");
    if (by_map_) add("  if (!@w[pid]) { return; }");
    add(fmt::format("  $f = {};", compat()));
    add(fmt::format("  if ($s.0 != 2) {{ @s[tid] = {}; }}", state(2)));
    if (const std::string selected = selection(options_.filter, "args->id", "$f"); !selected.empty())
      add(fmt::format("  if (args->id < 0 || !({})) {{ return; }}", selected));
    add("  @exits = count();");
    const auto kind = [this](char letter) {
      return record(letter, "0", "0", "pid", "args->id", "$f", "args->ret");
    };
    add("  if ($s.0 == 1) { " + kind('b') + " return; }");
    add("  if ($s.0 == 2) { " + kind('r') + " return; }");
    add("  " + kind('a'));
    add("}");
  }

  void enter() {
    add(fmt::format("tracepoint:raw_syscalls:sys_enter {}{{", predicate()));
    add("  if (@phase != 1) { return; }");
    add("  $s = @s[tid];");
    if (held_) {
      std::string executes;
      for (int number = 0; number < kSyscallNumbers; ++number)
        if ((call_traits(kNativeAbi, number) & kExecutes) != 0)
          executes += fmt::format(" && args->id != {}", number);
      add(fmt::format("  if ($s.0 == 3{}) {{ return; }}", executes));
    }
    add("  if ($s.0 > 9) {");
    take_arguments();
    add("    if ($s.2 & 2) {");
    add("      $r = @cut[tid];");
    add("      delete(@cut[tid]);");
    add("      @exits = count();");
    add("      " + record('c', "$s.0", "$r.0", "$s.3", "$s.1", "$s.2 & 1", "$r.1", true));
    add("    } else {");
    add("      " + record('l', "$s.0", "0", "$s.3", "$s.1", "$s.2", "0"));
    add("    }");
    add("  }");
    add(fmt::format("  $f = {};", compat()));
    if (const std::string selected = selection(options_.filter, "args->id", "$f"); !selected.empty())
      add(fmt::format("  if (!({})) {{ if ($s.0 != 2) {{ @s[tid] = {}; }} return; }}", selected, state(2)));
    add("  @enters = count();");
    if (details_)
      add("  @g[tid] = (args->args[0], args->args[1], args->args[2], args->args[3], args->args[4], "
          "args->args[5]);");
    add("  @s[tid] = (nsecs, args->id, $f, (int64)pid);");
    add("}");
  }

  // Last, because probes are attached in the order of the program.
  void control() {
    if (live_) {
      add(fmt::format("tracepoint:signal:signal_generate /args->pid == {}/ {{", options_.own_pid));
      add(fmt::format("  if (args->sig == {} && @phase == 0) {{", kBeginSignal));
      add("    @phase = 1;");
      add("    printf(\"begun %lu\\n\", nsecs);");
      add("    print(\"tick\");");
      add("  }");
      add(fmt::format("  if (args->sig == {} && @phase == 1) {{", kEndSignal));
      add("    @phase = 2;");
      add("    printf(\"over %lu\\n\", nsecs);");
      add("  }");
      add("}");
      // What print() says is not kept back in a buffer, nor is what was printed before it.
      add(fmt::format("interval:ms:100 {{ print(\"tick\"); {}}}", follows_ ? "print(@w); " : ""));
    }
    add(fmt::format("END {{ {}{}{}{}}}", live_ ? "" : "printf(\"over %lu\\n\", nsecs); ",
                    by_map_ ? "clear(@w); " : "",
                    exceptions_of(options_.filter).count > kMostTerms ? "clear(@e); " : "",
                    details_ ? "clear(@g); clear(@p); " : ""));
  }

  const ProgramOptions& options_;
  const bool live_, follows_, by_map_, held_, details_;
  std::string text_;
};

}  // namespace

std::string selection(const SyscallFilter& filter, const std::string& number, const std::string& compat) {
  const bool others = filter.selects_unknown_numbers();
  const Selected chosen = exceptions_of(filter);
  if (chosen.count == 0) return others ? "" : "0";
  std::string among;
  if (chosen.count > kMostTerms) {
    among = fmt::format("@e[{} * 2 + {}]", number, compat);
  } else {
    for (const Abi abi : kHostAbis) {
      const std::vector<int>& numbers = chosen.numbers[static_cast<std::size_t>(abi)];
      if (numbers.empty()) continue;
      among += fmt::format("{}({} == {} && ({}))", among.empty() ? "" : " || ", compat,
                           abi == kNativeAbi ? 0 : 1, any_of(number, numbers));
    }
  }
  return others ? fmt::format("!({})", among) : among;
}

std::string make_program(const ProgramOptions& options) { return Writer(options).write(); }

}  // namespace latimer::bpftrace
