// overhead: what tracing costs.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "cli/capture_settings.h"
#include "cli/commands.h"
#include "cli/diagnostics.h"
#include "cli/interruption.h"
#include "cli/status_line.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "core/sys/output_file.h"
#include "core/sys/temporary_folder.h"
#include "validation/measure/way.h"
#include "validation/overhead/measurement.h"

namespace latimer {
namespace {

using overhead::Field;
using overhead::OverheadReport;
using overhead::Task;

constexpr std::uint64_t kRounds = 9;
constexpr std::uint64_t kMostRounds = 1000;
constexpr std::chrono::milliseconds kLimit{120'000};

int fail(const Error& error) {
  print_error(error);
  return exit_code_for(error, false);
}

struct Wanted {
  std::vector<Way> ways;
  bool named = false;
  std::vector<const RealWorkload*> workloads;
  bool workloads_named = false;
  std::uint64_t rounds = kRounds, seed = 1;
  std::chrono::milliseconds limit = kLimit;
  std::string format;
};

Result<std::vector<const RealWorkload*>> wanted_workloads(const ParsedOptions& options,
                                                          const CommandLine& argv) {
  if (options.has(Opt::workload)) {
    if (argv)
      return Error{Errc::usage, "--workload and a command exclude each other", "leave one of them out"};
    return real_workloads_named(options.value(Opt::workload));
  }
  std::vector<const RealWorkload*> usual;
  for (const RealWorkload& workload : real_workloads()) {
    if (workload.usual && !argv) usual.push_back(&workload);
  }
  return usual;
}

Result<Wanted> wanted(const Registry& registry, const ParsedOptions& options, const CommandLine& argv) {
  Wanted result;
  if (!options.positional().empty())
    return Error{Errc::usage, fmt::format("unexpected argument '{}'", options.positional().front()),
                 "a command comes after --"};
  if (argv && argv->empty()) return Error{Errc::usage, "no command after --", ""};
  result.named = options.has(Opt::backends);
  auto ways = result.named ? ways_named(registry, options.value(Opt::backends))
                           : Result<std::vector<Way>>(all_ways(registry));
  if (!ways) return std::move(ways).error();
  result.ways = std::move(ways).value();
  auto workloads = wanted_workloads(options, argv);
  if (!workloads) return std::move(workloads).error();
  result.workloads = std::move(workloads).value();
  result.workloads_named = options.has(Opt::workload);
  if (options.has(Opt::runs)) {
    const auto runs = parse_count("--runs", options.value(Opt::runs));
    if (!runs) return runs.error();
    if (*runs > kMostRounds) return Error{Errc::usage, fmt::format("--runs: at most {}", kMostRounds), ""};
    result.rounds = *runs;
  }
  result.seed =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) % 1'000'000;
  if (options.has(Opt::seed)) {
    const auto seed = parse_count("--seed", options.value(Opt::seed));
    if (!seed) return seed.error();
    result.seed = *seed;
  }
  if (options.has(Opt::timeout)) {
    const auto time = parse_time("--timeout", options.value(Opt::timeout));
    if (!time) return time.error();
    result.limit =
        std::max(std::chrono::milliseconds(1), std::chrono::duration_cast<std::chrono::milliseconds>(*time));
  }
  result.format = options.value_or(Opt::document_format, "text");
  if (result.format != "text" && result.format != "json" && result.format != "markdown")
    return Error{Errc::usage,
                 fmt::format("--format: overhead has text, json and markdown, not '{}'", result.format), ""};
  return result;
}

// What is missing for a workload leaves that one out; it is told in the report.
Result<std::vector<Task>> make_tasks(const Wanted& wanted, const CommandLine& argv, const std::string& folder,
                                     std::vector<overhead::Absent>& absent) {
  std::vector<Task> tasks;
  if (argv) {
    Result<Task> task = overhead::make_task(*argv);
    if (!task) return std::move(task).error();
    tasks.push_back(std::move(task).value());
  }
  for (const RealWorkload* workload : wanted.workloads) {
    Result<Task> task = overhead::make_task(*workload, folder);
    if (task)
      tasks.push_back(std::move(task).value());
    else
      absent.push_back({std::string(workload->name), std::move(task).error(), wanted.workloads_named});
  }
  if (tasks.empty()) return absent.front().why;
  return tasks;
}

std::string rendered(const OverheadReport& report, const std::string& format, bool color) {
  if (format == "json") return overhead::to_json(report);
  return format == "markdown" ? overhead::to_markdown(report) : overhead::to_text(report, color);
}

// Why the exit status is not 0, on standard error: the report may be in a file.
void say_what_failed(const OverheadReport& report) {
  if (!report.ended_early.empty()) say("ended early: " + report.ended_early);
  for (const overhead::Limit& limit : report.limits) {
    if (limit.verdict == overhead::Judgment::missed) say("limit missed: " + limit.about);
  }
  if (!report.failures.empty())
    say(fmt::format("{} of the workloads failed under somebody; the report has which",
                    report.failures.size()));
  for (const auto* list : {&report.absent, &report.absent_tasks}) {
    for (const overhead::Absent& one : *list) {
      if (one.required)
        print_error({one.why.code, fmt::format("{}: {}", one.name, one.why.message), one.why.hint});
    }
  }
}

int print(const OverheadReport& report, const Wanted& wanted, OutputFile* file, ColorChoice color) {
  const bool colored = file == nullptr && terminal_options(STDOUT_FILENO, color).color;
  const std::string text = rendered(report, wanted.format, colored);
  Status written = file != nullptr ? file->write(text) : print_stdout(text);
  if (written.ok() && file != nullptr) written = file->commit();
  if (!written.ok()) return fail(written.error());
  if (!report.failed()) return kExitOk;
  say_what_failed(report);
  return kExitFailure;
}

}  // namespace

int run_overhead(const Registry& registry, const ParsedOptions& options, const CommandLine& argv) {
  const auto color = parse_color(options);
  if (!color) return fail(color.error());
  const Result<Wanted> asked = wanted(registry, options, argv);
  if (!asked) return fail(asked.error());
  std::optional<OutputFile> file;
  if (options.has(Opt::output) && options.value(Opt::output) != "-") {
    Result<OutputFile> created = OutputFile::create(options.value(Opt::output));
    if (!created) return fail(created.error());
    file.emplace(std::move(created).value());
  }
  const auto interruption = Interruption::create();
  if (!interruption) return fail(interruption.error());
  Result<TemporaryFolder> folder = TemporaryFolder::create();
  if (!folder) return fail(folder.error());
  std::vector<overhead::Absent> absent;
  Result<std::vector<Task>> tasks = make_tasks(*asked, argv, folder->path(), absent);
  if (!tasks) return fail(tasks.error());
  Field field = overhead::make_field(registry, asked->ways, asked->named, options.has(Opt::peers));
  StatusLine line;
  overhead::MeasurementRequest request;
  request.rounds = static_cast<unsigned>(asked->rounds);
  request.seed = asked->seed;
  request.limit = asked->limit;
  request.folder = folder->path();
  request.interrupt_fd = (*interruption)->fd();
  request.progress = [&](std::size_t done, std::size_t all, const std::string& what) {
    line.show(fmt::format("{} of {}: {}", done + 1, all, what));
  };
  Result<OverheadReport> report = overhead::measure(std::move(field), std::move(tasks).value(), request);
  line.clear();
  if (!report) return fail(report.error());
  report->absent_tasks = std::move(absent);
  return print(*report, *asked, file ? &*file : nullptr, *color);
}

}  // namespace latimer
