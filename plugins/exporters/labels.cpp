#include "plugins/exporters/labels.h"

#include <fmt/format.h>

#include "core/model/text_escape.h"

namespace latimer {

std::string call_label(const Report& report, Abi abi, const std::string& name) {
  if (to_string(abi) == report.environment.machine) return escape_bytes(name);
  return fmt::format("{} ({})", escape_bytes(name), to_string(abi));
}

std::string subject_label(const Subject& subject) {
  if (subject.kind == GroupBy::none) return "";
  if (subject.exited) return "(exited)";
  const std::string name = escape_bytes(subject.name);
  switch (subject.kind) {
    case GroupBy::process:
      return fmt::format("{} {}", subject.pid, name);
    case GroupBy::thread:
      return fmt::format("{}/{} {}", subject.pid, subject.tid, name);
    case GroupBy::cgroup:
      return name.empty() ? fmt::format("cgroup id {}", subject.id) : name;
    default:
      return name.empty() ? "(no name)" : name;
  }
}

std::string row_label(const Report& report, const SyscallRow& row) {
  const std::string subject = subject_label(row.subject);
  const std::string call = call_label(report, row.abi, row.name);
  return subject.empty() ? call : fmt::format("{} [{}]", call, subject);
}

}  // namespace latimer
