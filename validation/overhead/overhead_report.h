// All that a measurement of overhead came to: what the text, JSON and Markdown are made from. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/sys/host_info.h"
#include "validation/overhead/competitor.h"
#include "validation/overhead/figures.h"
#include "validation/overhead/limits.h"
#include "validation/overhead/sample.h"
#include "validation/overhead/task.h"

namespace latimer::overhead {

struct OverheadReport {
  std::string latimer_version;
  HostInfo host;
  std::string cpu_model;  // empty: not told
  std::uint64_t seed = 0;
  unsigned rounds = 0, rounds_done = 0;
  std::uint64_t wall_ns = 0;
  std::vector<Task> tasks;
  std::vector<Competitor> competitors;
  std::vector<Row> rows;
  std::vector<std::vector<double>> calls;  // of each task, by Size; 0: not known
  std::vector<Limit> limits;
  std::vector<Absent> absent;  // competitors
  std::vector<Absent> absent_tasks;
  std::vector<Failure> failures;
  unsigned runs = 0, repeated = 0, disturbed = 0;  // disturbed: kept although others computed meanwhile
  std::string ended_early;                         // why; empty: it ran to its end

  [[nodiscard]] unsigned count(Judgment verdict) const;
  // A limit is missed, a run failed, somebody is absent that was asked for, or it ended early.
  [[nodiscard]] bool failed() const;
};

// For people, at a terminal of `width` columns; for programs (schema_version as in docs/schema.md); for docs.
[[nodiscard]] std::string to_text(const OverheadReport& report, bool color);
[[nodiscard]] std::string to_json(const OverheadReport& report);
[[nodiscard]] std::string to_markdown(const OverheadReport& report);

}  // namespace latimer::overhead
