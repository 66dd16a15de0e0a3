// Capture -> Report: names, classes, percentiles, sorting, verdict. The only place where a Report is made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/engine/backend.h"
#include "core/engine/session.h"
#include "core/model/report.h"

namespace latimer {

enum class SortKey : std::uint8_t { total, count, avg, max, p99, errors, name };
[[nodiscard]] std::optional<SortKey> parse_sort_key(std::string_view text);  // nullopt: no such key

struct ReportContext {
  std::string command;  // "latency", "count"
  std::string version;  // Latimer's
  const BackendDescriptor* backend = nullptr;
  std::string tool;  // "strace 6.1"; empty for ebpf
  const CaptureRequest* request = nullptr;
  std::string target_text;  // not used for command and pid targets: comm pattern or cgroup path as typed
  SortKey sort = SortKey::total;
  std::optional<std::size_t> top;
};

[[nodiscard]] Report build_report(const ReportContext& context, const Capture& capture);

}  // namespace latimer
