#include "backends/perftrace/interference.h"

#include <fmt/format.h>

#include "core/model/text_escape.h"
#include "core/sys/tracepoint_programs.h"

namespace latimer::perftrace {
namespace {

std::string describe(const TracepointPrograms& programs) {
  std::string text;
  std::int32_t latest = 0;
  for (const TracepointProgram& program : programs.found) {
    if (program.pid != latest)
      text += fmt::format("{}{} (process {}) has BPF programs on raw_syscalls:", text.empty() ? "" : "; ",
                          escape_bytes(program.process), program.pid);
    text += fmt::format("{} {} (on {})", program.pid == latest ? "," : "",
                        program.program.empty() ? "one of an unknown name" : escape_bytes(program.program),
                        program.tracepoint);
    latest = program.pid;
  }
  return text;
}

}  // namespace

std::string interfering_programs() { return describe(programs_on_raw_syscalls()); }

Error silenced_by(const std::string& programs) {
  return {Errc::unavailable, "perf was silenced: " + programs,
          "a program there that returns 0 takes perf's samples away: end that tool first, or use -b ebpf"};
}

std::string warning_of(const std::string& programs) {
  return programs + ": if it returns 0, perf was silent while it was there, without a word";
}

ProbeCheck check_interference() {
  ProbeCheck check;
  check.what = "nobody else's BPF programs on raw_syscalls";
  check.required = false;
  const TracepointPrograms programs = programs_on_raw_syscalls();
  check.detail = describe(programs);
  if (!programs.found.empty()) {
    check.outcome = ProbeCheck::Outcome::fails;
    check.detail += ": if it returns 0 (syscount's does), perf sees nothing while it is there";
    check.fix = "end that tool first, or use -b ebpf, which it does not disturb";
  } else if (!programs.all) {
    check.outcome = ProbeCheck::Outcome::unknown;
    check.detail = "unknown: other processes' programs are shown only to CAP_SYS_ADMIN";
  } else {
    check.detail = "none";
  }
  return check;
}

}  // namespace latimer::perftrace
