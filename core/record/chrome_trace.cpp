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

// Tracers print microseconds, and round each number by itself.
constexpr std::int64_t kRounding = 1'000;

// Above all thread ids (PID_MAX_LIMIT is 4,194,304, include/linux/threads.h).
std::int64_t track_id(std::int32_t tid, std::size_t lane) {
  return tid + static_cast<std::int64_t>(lane) * 10'000'000;
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

// A track's first slice, or a new name of its thread.
void ChromeTrace::name_track(std::string& to, const SyscallEvent& event, std::size_t lane) {
  const std::int32_t pid = event.tgid.value_or(event.tid);
  std::string text(event.comm_view());
  if (lane > 0) text += fmt::format(" (at the same time, {})", lane);
  const std::string name = json_text(text);
  item(to, fmt::format(R"({{"ph":"M","name":"thread_name","pid":{},"tid":{},"args":{{"name":{}}}}})", pid,
                       track_id(event.tid, lane), name));
  if (event.tid == pid && lane == 0)
    item(to, fmt::format(R"({{"ph":"M","name":"process_name","pid":{},"tid":{},"args":{{"name":{}}}}})", pid,
                         event.tid, name));
}

// The track that has room for the call.
std::size_t ChromeTrace::lane_for(std::string& to, const SyscallEvent& event) {
  Thread& thread = threads_[event.tid];
  if (thread.lanes > 0 && event.comm[0] != '\0' && event.comm != thread.comm) {
    thread.comm = event.comm;
    for (std::size_t lane = 0; lane < thread.lanes; ++lane) name_track(to, event, lane);
  }
  std::size_t lane = 0;
  while (lane < thread.lanes && *event.start_ns + kRounding < thread.end_ns[lane]) ++lane;
  if (lane == kMostLanes) {
    ++moved_;
    return 0;
  }
  if (lane > 0) ++beside_;
  if (lane < thread.lanes) return lane;
  thread.comm = event.comm;
  thread.end_ns[lane] = std::numeric_limits<std::int64_t>::min();
  ++thread.lanes;
  name_track(to, event, lane);
  return lane;
}

bool ChromeTrace::append(std::string& to, const SyscallEvent& event, std::string_view name,
                         std::string_view category, std::string_view error) {
  if (!event.start_ns) return false;
  const std::size_t lane = lane_for(to, event);
  std::int64_t& end_ns = threads_[event.tid].end_ns[lane];
  const std::int64_t end = *event.start_ns + event.duration_ns.value_or(0);
  const std::int64_t start = std::max(*event.start_ns, end_ns);
  end_ns = std::max(start, end);
  std::string arguments;
  append_arguments(arguments, event);
  std::string details = fmt::format("\"args\":{}", json_text(arguments));
  if (event.return_value) details += fmt::format(",\"return\":\"{}\"", *event.return_value);
  if (!error.empty()) details += fmt::format(",\"errno\":{}", json_text(error));
  if (event.fd) details += fmt::format(",\"fd\":{}", *event.fd);
  if (!event.path.empty()) details += fmt::format(",\"path\":{}", json_text(event.path));
  item(to, fmt::format(R"({{"ph":"X","name":{},"cat":{},"pid":{},"tid":{},"ts":{},"dur":{},"args":{{{}}}}})",
                       json_text(name), json_text(category), event.tgid.value_or(event.tid),
                       track_id(event.tid, lane), microseconds(start - base_ns_),
                       microseconds(end_ns - start), details));
  return true;
}

}  // namespace latimer
