// Any calls with any arguments, as a log may tell them: following descriptors, the analysis and the converter
// survive them, and nothing that they say is more than what was made.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/engine/analysis_builder.h"
#include "core/engine/fd_tracker.h"
#include "core/model/syscall_table.h"
#include "core/record/chrome_trace.h"
#include "core/record/report_json.h"
#include "tests/fuzz/log_fuzzing.h"

using namespace latimer;
using namespace latimer::test;

namespace {

// Lines: number, thread, value, kind and flags in five bytes, then the arguments as text.
bool take_event(std::string_view& data, SyscallEvent& event) {
  if (data.size() < 5) return false;
  const auto byte = [&data](std::size_t i) { return static_cast<unsigned char>(data[i]); };
  const unsigned parent = byte(0) % 2U + 1;
  event.number = (byte(0) << 1) & 0x1ff;
  event.tid = 1 + byte(1) % 5;
  event.tgid = 1 + byte(1) % 2;
  event.return_value = static_cast<std::int64_t>(byte(2)) - 8;
  if (*event.return_value < 0) event.error = static_cast<std::int32_t>(-*event.return_value);
  event.kind = static_cast<EventKind>(byte(3) % 9);
  event.start_ns = byte(4) * 100;
  event.duration_ns = byte(3);
  data.remove_prefix(5);
  const std::size_t end = std::min(data.find('\n'), data.size());
  event.text_args = data.substr(0, end);
  data.remove_prefix(std::min(end + 1, data.size()));
  if (event.kind == EventKind::forked)
    event.args = {parent, event.start_ns.value_or(0) % 3 == 0 ? 0x600U : 0U};
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view data(reinterpret_cast<const char*>(bytes), size);
  FdTracker tracker({});
  AnalysisBuilder analysis;
  ChromeTrace chrome(0);
  std::string json = chrome.begin();
  std::uint64_t made = 0;
  SyscallEvent event;
  while (take_event(data, event)) {
    tracker.track(event);
    demand(event.path.size() <= size * 8 + 4096, "a path is no longer than what was told",
           std::string(event.path));
    analysis.event(event);
    chrome.append(json, event, syscall_name(event.abi, event.number), "x", "");
    ++made;
    event = {};
  }
  const Analysis result = analysis.finish(5);
  demand(result.all.count <= made, "no more calls than were made", std::to_string(made));
  std::uint64_t by_work = 0;
  for (const WorkRow& row : result.work) by_work += row.activity.count;
  demand(by_work == result.all.count, "each call is one kind of work", std::to_string(by_work));
  json += ChromeTrace::end();
  demand(Json::accept(json), "the picture in time is JSON", json);
  return 0;
}
