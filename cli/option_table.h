// The one table of commands and options: Boost.Program_options, -h and the manual page are all made from it.
#pragma once

#include <span>
#include <string_view>

namespace latimer {

enum class Opt {
  pid,
  comm,
  cgroup,
  container,
  all,
  input,
  input_flags,
  scenario,
  every_scenario,
  user,
  follow,
  no_follow,
  command,
  until_exit,  // what to watch
  backend,
  mode,
  trace,
  by,
  duration,
  interval,
  ring_size,
  map_memory,
  perf_mode,
  jobs,  // how to watch
  backends,
  workload,
  runs,
  peers,
  seed,
  timeout,
  workload_program,  // what to compare
  output,
  format,
  document_format,
  analysis_format,
  histogram_format,
  histogram_by,
  syscall,
  buckets,
  report_output,
  convert_output,
  before,
  after,
  fail_if,
  sort,
  top,
  histogram,
  trace_output,
  max_size,
  rotate,
  color,
  fail_on_loss,  // what to print
  man,
  version,
  help,
};

enum class OptGroup { target, capture, comparison, output, other };

struct OptionSpec {
  Opt id;
  OptGroup group;
  std::string_view name;      // long name
  char letter;                // '\0': none
  std::string_view argument;  // what help calls its value, as FILE; empty: a switch
  std::string_view help;
  bool repeatable = false;  // lists: may be given more than once
};

struct Example {
  std::string_view line;
  std::string_view what;
};

struct CommandSpec {
  std::string_view name;
  std::string_view usage;    // after "latimer NAME"
  std::string_view summary;  // one line
  std::string_view text;     // a paragraph; lines are refilled
  std::span<const Example> examples;
  std::span<const Opt> options;
};

[[nodiscard]] std::span<const CommandSpec> all_commands();
[[nodiscard]] const CommandSpec* find_command(std::string_view name);  // nullptr: none

[[nodiscard]] std::span<const OptionSpec> all_options();
[[nodiscard]] const OptionSpec& option_spec(Opt id);
[[nodiscard]] std::string_view to_string(OptGroup group);  // as a heading

}  // namespace latimer
