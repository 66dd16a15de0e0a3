// What a latency or count command line asks for, checked as far as that is possible without a backend.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/parsed_options.h"
#include "core/engine/capture_request.h"
#include "core/engine/distribution_builder.h"
#include "core/engine/report_builder.h"
#include "core/engine/session.h"
#include "core/record/trace_file.h"

namespace latimer {

enum class ColorChoice { automatic, always, never };
[[nodiscard]] Result<ColorChoice> parse_color(const ParsedOptions& options);

struct CaptureSettings {
  std::string command;  // "latency", "count", "trace", "analyze", "report"
  CaptureRequest request;
  SessionOptions session;
  std::string target_text;  // --comm pattern or cgroup as typed
  std::string backend = "auto";
  std::string kernel_option;  // given, and of no use to a backend that adds nothing up in the kernel
  bool ring_option = false;   // --ring-size was given
  bool perf_option = false;   // --perf-mode was given
  std::string format = "text";
  std::optional<std::string> output;  // -o; "-" is standard output
  SortKey sort = SortKey::total;
  std::optional<std::size_t> top;
  bool histogram = false;
  bool fail_on_loss = false;
  std::optional<DistributionOptions> distribution;  // of histogram
  bool convert = false;                             // every call, in another format
  bool analyze = false;                             // single calls, too: files, peers, threads, kinds of work
  std::optional<TraceFileOptions> trace;            // record instead of printing
  ColorChoice color = ColorChoice::automatic;

  [[nodiscard]] bool launches() const { return std::holds_alternative<CommandTarget>(request.target); }
  [[nodiscard]] bool reads_log() const { return std::holds_alternative<LogTarget>(request.target); }
};

// `argv`: what followed "--"; nullopt: there was none.
[[nodiscard]] Result<CaptureSettings> make_settings(const CommandSpec& command, const ParsedOptions& options,
                                                    const std::optional<std::vector<std::string>>& argv);

// target_options.cpp
struct ChosenTarget {
  Target target;
  std::string text;
};
// What was recorded: --input, or just names of files.
[[nodiscard]] Result<ChosenTarget> choose_log(const ParsedOptions& options);
[[nodiscard]] Result<ChosenTarget> choose_target(const ParsedOptions& options,
                                                 const std::optional<std::vector<std::string>>& argv);

}  // namespace latimer
