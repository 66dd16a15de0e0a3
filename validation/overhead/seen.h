// What a run came to, read from what it left behind: the workload's figure, and what the tool says it saw.
#pragma once

#include <optional>
#include <string>

#include "core/model/result.h"
#include "validation/overhead/competitor.h"
#include "validation/overhead/sample.h"
#include "validation/overhead/task.h"
#include "validation/overhead/tool_run.h"

namespace latimer::overhead {

struct SampleOutcome {
  std::optional<Sample> sample;
  std::optional<Error> error;  // when there is none: the tool saw nothing, or a figure is not there
  Failed who = Failed::tool;
};

// `folder`: the run's. A tool that saw nothing is cheap, and no measurement of it: that is an error.
[[nodiscard]] SampleOutcome make_sample(const Step& step, const Task& task, const Competitor& competitor,
                                        const ToolRunResult& result, const std::string& folder);

// Events that a tool says it lost: perf's "LOST 12 events", bpftrace's "Lost 3 events". 0: it says nothing.
[[nodiscard]] std::uint64_t lost_events_in(std::string_view output);

}  // namespace latimer::overhead
