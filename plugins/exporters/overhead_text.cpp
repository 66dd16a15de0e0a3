#include "plugins/exporters/overhead_text.h"

#include <fmt/format.h>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"

namespace latimer {

std::string overhead_text(const Report& report) {
  const OverheadInfo& overhead = report.overhead;
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (overhead.ns_per_call) {
    std::string part =
        fmt::format("{:.0f}ns per call in {}'s programs", *overhead.ns_per_call, report.backend);
    if (overhead.measured_calls)
      part += fmt::format(" (over {} runs)", human_count(*overhead.measured_calls));
    if (overhead.share) part += fmt::format(", {} of the time watched", human_percent(*overhead.share));
    add(part);
  }
  if (overhead.tracer_cpu_ns)
    add(fmt::format("{} used {} of CPU", report.backend, human_duration(*overhead.tracer_cpu_ns)));
  if (overhead.own_cpu_ns) add(fmt::format("latimer itself {} of CPU", human_duration(*overhead.own_cpu_ns)));
  if (overhead.own_rss_bytes) add(human_bytes(*overhead.own_rss_bytes) + " of memory");
  if (overhead.kernel_bytes) add(human_bytes(*overhead.kernel_bytes) + " in the kernel");
  if (!overhead.note.empty()) add(escape_bytes(overhead.note));
  return text;
}

}  // namespace latimer
