// validate: do the tracers tell the truth here?
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>

#include "cli/capture_settings.h"
#include "cli/commands.h"
#include "cli/diagnostics.h"
#include "cli/interruption.h"
#include "cli/status_line.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "core/model/text_escape.h"
#include "core/sys/child_process.h"
#include "core/sys/host_info.h"
#include "core/sys/output_file.h"
#include "validation/compare/render.h"
#include "validation/measure/programs.h"

namespace latimer {
namespace {

using compare::Scenario;
using compare::Scenarios;
using compare::ValidateRequest;
using compare::ValidateResult;

// Of a command without truth: enough to see whether it always makes the same calls.
constexpr unsigned kRunsOfCommand = 5;
constexpr std::uint64_t kMostRuns = 10'000;
constexpr auto kLeastTimeout = std::chrono::seconds(1);

Error usage(std::string message, std::string hint = "") {
  return {Errc::usage, std::move(message),
          hint.empty() ? "latimer validate -h explains the options" : std::move(hint)};
}

// "strace cannot be used here: it is not installed", behind the way's name: it is not installed.
std::string without_name(const std::string& message) {
  constexpr std::string_view kUnusable = " cannot be used here: ";
  const std::size_t at = message.find(kUnusable);
  return at == std::string::npos ? message : message.substr(at + kUnusable.size());
}

Status choose_ways(const Registry& registry, const ParsedOptions& options, ValidateRequest& request) {
  if (options.has(Opt::backends)) {
    Result<std::vector<Way>> ways = ways_named(registry, options.value(Opt::backends));
    if (!ways) return std::move(ways).error();
    for (const Way& way : *ways) {
      if (auto reason = why_not(registry, way)) return std::move(*reason);
    }
    request.ways = std::move(ways).value();
    return {};
  }
  for (Way& way : all_ways(registry)) {
    if (auto reason = why_not(registry, way))
      request.left_out.emplace_back(way.name, without_name(reason->message));
    else
      request.ways.push_back(std::move(way));
  }
  if (request.ways.empty())
    return Error{Errc::unavailable, "no backend can be used here", "latimer doctor says why, and the fix"};
  return {};
}

// `scenarios` must outlive the validation.
Status choose_scenarios(const ParsedOptions& options, const Scenarios& scenarios, ValidateRequest& request) {
  if (!options.has(Opt::scenario)) {
    request.scenarios = scenarios.all();
    return {};
  }
  for (const std::string& name : options.values(Opt::scenario)) {
    Result<Scenario> scenario = scenarios.named(name);
    if (!scenario) return std::move(scenario).error();
    const bool has = std::any_of(request.scenarios.begin(), request.scenarios.end(),
                                 [&](const Scenario& chosen) { return chosen.name == scenario->name; });
    if (!has) request.scenarios.push_back(std::move(scenario).value());
  }
  return {};
}

Status choose_command(const std::vector<std::string>& argv, ValidateRequest& request) {
  if (argv.empty()) return usage("there is no command after --");
  const Result<std::string> path = resolve_command(argv.front());
  if (!path) return path.error();
  request.has_truth = false;
  request.scenarios = {
      Scenario{escape_bytes(fmt::format("{}", fmt::join(argv, " "))), "", argv, false, {}, ""}};
  return {};
}

Status read_numbers(const ParsedOptions& options, ValidateRequest& request) {
  request.runs = request.has_truth ? 1 : kRunsOfCommand;
  request.seed = std::random_device{}();
  if (options.has(Opt::runs)) {
    const auto runs = parse_count("runs", options.value(Opt::runs));
    if (!runs) return runs.error();
    if (*runs > kMostRuns) return usage(fmt::format("--runs {}: at most {}", *runs, kMostRuns));
    request.runs = static_cast<unsigned>(*runs);
  }
  if (options.has(Opt::seed)) {
    const auto seed = parse_count("seed", options.value(Opt::seed));
    if (!seed) return seed.error();
    request.seed = *seed;
  }
  if (options.has(Opt::timeout)) {
    const auto limit = parse_time("timeout", options.value(Opt::timeout));
    if (!limit) return limit.error();
    if (*limit < kLeastTimeout)
      return usage(fmt::format("--timeout {}: at least 1s", options.value(Opt::timeout)),
                   "it is the limit of each run, the tracer's start included");
    request.limit = std::chrono::ceil<std::chrono::milliseconds>(*limit);
  }
  if (options.has(Opt::ring_size)) {
    const auto size = parse_size("ring-size", options.value(Opt::ring_size));
    if (!size) return size.error();
    request.ring_size = options.value(Opt::ring_size);
  }
  return {};
}

Status check(const ParsedOptions& options, bool with_command) {
  if (!options.positional().empty())
    return usage(fmt::format("unexpected argument '{}'", options.positional().front()),
                 "a workload comes after --scenario, a command after --");
  if (with_command && (options.has(Opt::scenario) || options.has(Opt::every_scenario)))
    return usage("--scenario and --all are about workloads of known truth; a command has none",
                 "leave them out, or the command");
  if (options.has(Opt::scenario) && options.has(Opt::every_scenario))
    return usage("--all and --scenario exclude each other");
  if (options.has(Opt::output) && options.value(Opt::output).empty())
    return usage("--output: its FILE is empty");
  const std::string format = options.value_or(Opt::document_format, "text");
  if (format != "text" && format != "json" && format != "markdown")
    return usage(fmt::format("--format {}: text, json or markdown", format));
  return {};
}

std::string rendered(const ValidateResult& result, const ParsedOptions& options, ColorChoice color,
                     bool to_stdout) {
  const HostInfo host = read_host_info();
  const compare::RenderHost where{LATIMER_VERSION, host.kernel, host.machine, host.cpus};
  const std::string format = options.value_or(Opt::document_format, "text");
  if (format == "json") return render_json(result, where);
  if (format == "markdown") return render_markdown(result, where);
  const ExportOptions terminal = terminal_options(to_stdout ? STDOUT_FILENO : -1, color);
  return render_text(result, where, terminal.color, terminal.width);
}

int fail(const Error& error, bool with_command) {
  print_error(error);
  return exit_code_for(error, with_command);
}

}  // namespace

int run_validate(const Registry& registry, const ParsedOptions& options, const CommandLine& argv) {
  const bool with_command = argv.has_value();
  ValidateRequest request;
  if (Status sound = check(options, with_command); !sound) return fail(sound.error(), with_command);
  const auto color = parse_color(options);
  if (!color) return fail(color.error(), with_command);
  std::optional<Scenarios> scenarios;
  if (with_command) {
    if (Status chosen = choose_command(*argv, request); !chosen) return fail(chosen.error(), true);
  } else {
    Result<std::string> program = options.has(Opt::workload_program)
                                      ? Result<std::string>(options.value(Opt::workload_program))
                                      : find_program_of_ours("latimer-workload");
    if (!program) return fail(program.error(), false);
    request.workload = *program;
    Result<Scenarios> listed =
        Scenarios::of(request.workload, options.has(Opt::scenario) ? options.values(Opt::scenario)
                                                                   : std::vector<std::string>());
    if (!listed) return fail(listed.error(), false);
    scenarios.emplace(std::move(listed).value());
    if (Status chosen = choose_scenarios(options, *scenarios, request); !chosen)
      return fail(chosen.error(), false);
  }
  if (Status read = read_numbers(options, request); !read) return fail(read.error(), with_command);
  if (Status chosen = choose_ways(registry, options, request); !chosen)
    return fail(chosen.error(), with_command);

  std::optional<OutputFile> file;
  if (options.value_or(Opt::output, "-") != "-") {
    Result<OutputFile> created = OutputFile::create(options.value(Opt::output));
    if (!created) return fail(created.error(), with_command);
    file.emplace(std::move(created).value());
  }
  auto interruption = Interruption::create();
  if (!interruption) return fail(interruption.error(), with_command);
  request.interrupt_fd = (*interruption)->fd();
  StatusLine status;
  request.progress = [&status](std::size_t done, std::size_t all, const std::string& what) {
    status.show(fmt::format("{} of {}: {}", done, all, what));
  };
  const Result<ValidateResult> result = compare::validate(request);
  status.clear();
  if (!result) return fail(result.error(), with_command);

  const std::string text = rendered(*result, options, *color, !file);
  Status written = file ? file->write(text) : print_stdout(text);
  if (written.ok() && file) written = file->commit();
  if (!written) return fail(written.error(), with_command);
  if (const auto signal = (*interruption)->first_signal()) return 128 + *signal;
  return result->agrees() ? kExitOk : kExitFailure;
}

}  // namespace latimer
