#include "core/record/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "core/model/text_escape.h"
#include "core/record/report_json.h"
#include "core/record/trace_format.h"

namespace latimer {
namespace {

// Microseconds with three decimals, without a double.
std::string microseconds(std::int64_t ns) {
  const bool negative = ns < 0;
  const auto size = static_cast<std::uint64_t>(negative ? -ns : ns);
  return fmt::format("{}{}.{:03}", negative ? "-" : "", size / 1000, size % 1000);
}

std::string json_text(std::string_view bytes) { return Json(escape_bytes(bytes)).dump(); }

}  // namespace

std::string ChromeTrace::begin() const {
  return fmt::format(
      "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"zero_realtime_ns\":\"{}\"}},\"traceEvents\":[",
      base_ns_);
}

std::string ChromeTrace::end() { return "\n]}\n"; }

void ChromeTrace::item(std::string& to, const std::string& json) {
  to.append(first_ ? "\n" : ",\n").append(json);
  first_ = false;
}

// A thread's first slice, or a new name.
void ChromeTrace::name_track(std::string& to, const SyscallEvent& event) {
  const std::int32_t pid = event.tgid.value_or(event.tid);
  const std::string name = json_text(event.comm_view());
  item(to, fmt::format(R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})", pid,
                       event.tid, name));
  if (event.tid == pid)
    item(to, fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"tid":{},"args":{{"name":{}}}}})", pid,
                         event.tid, name));
}

bool ChromeTrace::append(std::string& to, const SyscallEvent& event, std::string_view name,
                         std::string_view category, std::string_view error) {
  if (!event.start_ns) return false;
  const auto [known, fresh] = tracks_.try_emplace(event.tid);
  Track& track = known->second;
  if (fresh) track.end_ns = std::numeric_limits<std::int64_t>::min();
  if (fresh || (event.comm[0] != '\0' && event.comm != track.comm)) {
    track.comm = event.comm;
    name_track(to, event);
  }
  const std::int64_t end = *event.start_ns + event.duration_ns.value_or(0);
  const std::int64_t start = std::max(*event.start_ns, track.end_ns);
  track.end_ns = std::max(start, end);
  std::string arguments;
  append_arguments(arguments, event);
  std::string details = fmt::format("\"args\":{}", json_text(arguments));
  if (event.return_value) details += fmt::format(",\"return\":\"{}\"", *event.return_value);
  if (!error.empty()) details += fmt::format(",\"errno\":{}", json_text(error));
  if (event.fd) details += fmt::format(",\"fd\":{}", *event.fd);
  if (!event.path.empty()) details += fmt::format(",\"path\":{}", json_text(event.path));
  item(to, fmt::format(R"({{"ph":"X","name":{},"cat":{},"pid":{},"tid":{},"ts":{},"dur":{},"args":{{{}}}}})",
                       json_text(name), json_text(category), event.tgid.value_or(event.tid), event.tid,
                       microseconds(start - base_ns_), microseconds(track.end_ns - start), details));
  return true;
}

}  // namespace latimer
