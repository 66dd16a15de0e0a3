#include "core/engine/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/model/syscall_class.h"

namespace latimer {
namespace {

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

std::string figures(const Verdict& verdict) {
  std::string text =
      fmt::format("{:.3f} s in working calls ({:.3f} s of it I/O), {:.3f} s in waiting calls",
                  seconds(verdict.working_ns), seconds(verdict.io_ns), seconds(verdict.waiting_ns));
  if (verdict.user_cpu_ns && verdict.system_cpu_ns) {
    text += fmt::format("; CPU {:.3f} s user, {:.3f} s system", seconds(*verdict.user_cpu_ns),
                        seconds(*verdict.system_cpu_ns));
  } else {
    text += "; CPU time of the target not known";
  }
  return text + fmt::format("; wall {:.3f} s", seconds(verdict.wall_ns));
}

struct Finding {
  const char* kind;
  const char* claim;
};

Finding by_kind_of_call(const Verdict& v, const char* io_claim, const char* other_claim) {
  return v.io_ns >= v.working_ns / 2 ? Finding{"io-bound", io_claim} : Finding{"syscall-bound", other_claim};
}

Finding decide(const Verdict& v, bool tracer_stops_target) {
  const std::uint64_t user = v.user_cpu_ns.value_or(0);
  const std::uint64_t work = v.working_ns;
  if (v.wall_ns == 0) return {"unclear", "nothing was observed"};
  if (user + work < v.wall_ns / 2 && v.waiting_ns >= v.wall_ns / 2)
    return {"waiting", "most of the time nobody had anything to do"};
  if (!v.user_cpu_ns) return {"unclear", "the CPU time of what was watched is not known"};
  if (user + work + v.waiting_ns < v.wall_ns / (tracer_stops_target ? 10 : 2))
    return {"unclear",
            "most of the time it neither ran nor was in a call: stopped, or waiting for a CPU or memory"};
  if (user >= work) return {"cpu-bound", "its own code took more time than its system calls"};
  if (tracer_stops_target) {
    return by_kind_of_call(
        v, "its time went into I/O calls, as far as the tracer's stops inside them let one say",
        "its time went into system calls, as far as the tracer's stops inside them let one say");
  }
  if (v.system_cpu_ns.value_or(0) >= work / 2) return {"syscall-bound", "the kernel computed on its behalf"};
  if (v.io_ns >= work / 2) return {"io-bound", "it slept in I/O calls"};
  return {"unclear", "it slept in calls that are neither I/O nor waiting by nature"};
}

}  // namespace

Verdict judge(const std::vector<SyscallRow>& rows, const std::vector<InFlightCall>& in_flight,
              const std::optional<TargetCpu>& cpu, std::uint64_t wall_ns, bool tracer_stops_target) {
  Verdict verdict;
  verdict.wall_ns = wall_ns;
  if (cpu) {
    verdict.user_cpu_ns = cpu->user_ns;
    verdict.system_cpu_ns = cpu->system_ns;
  }
  for (const SyscallRow& row : rows) {
    const std::uint64_t total = row.total_ns.value_or(0);
    (row.waiting ? verdict.waiting_ns : verdict.working_ns) += total;
    if (!row.waiting && is_io_call(row.abi, row.number)) verdict.io_ns += total;
  }
  for (const InFlightCall& call : in_flight) {
    const std::uint64_t inside = std::min(call.age_ns.value_or(0), wall_ns);
    (call.waiting ? verdict.waiting_ns : verdict.working_ns) += inside;
    if (!call.waiting && is_io_call(call.abi, call.number)) verdict.io_ns += inside;
  }
  const Finding finding = decide(verdict, tracer_stops_target);
  verdict.kind = finding.kind;
  verdict.sentence = fmt::format("{}: {} ({})", finding.kind, finding.claim, figures(verdict));
  return verdict;
}

}  // namespace latimer
