// diff: two recorded runs, or several of each, compared call by call.
#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <set>
#include <utility>

#include "cli/capture_settings.h"
#include "cli/commands.h"
#include "cli/diagnostics.h"
#include "cli/diff_render.h"
#include "cli/input_guard.h"
#include "cli/interruption.h"
#include "cli/status_line.h"
#include "cli/terminal.h"
#include "cli/values.h"
#include "core/sys/output_file.h"

namespace latimer {
namespace {

constexpr std::size_t kMostRows = 20;

Error usage(std::string message, std::string hint = "") {
  return {Errc::usage, std::move(message), std::move(hint)};
}

struct Sides {
  std::vector<std::string> a, b;
};

Result<Sides> choose_sides(const ParsedOptions& options) {
  Sides sides;
  if (options.has(Opt::before)) sides.a = options.values(Opt::before);
  if (options.has(Opt::after)) sides.b = options.values(Opt::after);
  const auto& names = options.positional();
  if (sides.a.empty() && sides.b.empty() && names.size() == 2) return Sides{{names[0]}, {names[1]}};
  if (!names.empty())
    return usage(names.size() == 2 ? "two files and --before or --after contradict each other"
                                   : fmt::format("diff compares two files; there are {}", names.size()),
                 "latimer diff A B, or several runs: --before A1 --before A2 --after B1 --after B2");
  if (sides.a.empty() || sides.b.empty())
    return usage("there is nothing to compare",
                 "latimer diff A B, or --before A --after B, each as often as you like");
  return sides;
}

Result<std::vector<DiffRun>> read_all(const Registry& registry, const std::vector<std::string>& files,
                                      const SyscallFilter& filter, Interruption& interruption) {
  std::vector<DiffRun> runs;
  StatusLine status;
  for (const std::string& file : files) {
    status.show("reading " + file);
    auto run = read_run(registry, file, filter, interruption.fd());
    if (!run) return std::move(run).error();
    runs.push_back(std::move(run).value());
  }
  return runs;
}

// What stands between the numbers and what they seem to say.
std::vector<std::string> warnings_of(const DiffResult& result) {
  std::vector<std::string> warnings;
  std::set<std::string> backends;
  std::map<std::string, std::string> recordings;
  bool strace_alone = false;
  for (const auto* side : {&result.a, &result.b}) {
    for (const DiffRun& run : *side) {
      backends.insert(run.backend);
      const std::string identity = run.recording.empty() ? run.file : run.recording;
      if (const auto [first, fresh] = recordings.emplace(identity, run.file); !fresh)
        warnings.push_back(
            fmt::format("{} and {} are the same recording: it counts as two runs, and what is said of how "
                        "much runs differ is too little",
                        first->second, run.file));
      if (!run.complete)
        warnings.push_back(fmt::format("{} is INCOMPLETE: counts are at least what is told", run.file));
      if (!run.durations) warnings.push_back(fmt::format("{} has no durations", run.file));
      strace_alone = strace_alone || (run.backend == "strace" && side->size() == 1);
    }
  }
  if (backends.size() > 1) {
    std::string text = "different tracers saw these runs, and what each adds to a call is in its durations:";
    for (const auto* side : {&result.a, &result.b})
      for (const DiffRun& run : *side)
        if (backends.erase(run.backend) > 0) text += fmt::format(" {} {};", run.backend, run.costs);
    text.back() = '.';
    warnings.push_back(text + " latimer overhead measures it");
  } else if (strace_alone) {
    warnings.emplace_back(
        "under strace two runs of the same program often differ by half, as the scheduler places tracer and "
        "program: record "
        "three or more runs of each, and give them with --before and --after");
  }
  std::size_t common = 0;
  for (const ComparedCall& call : result.comparison.calls) common += call.presence == Presence::both ? 1 : 0;
  if (common == 0) warnings.emplace_back("the two sides have no system call in common");
  return warnings;
}

std::vector<std::string> foreign_names(const DiffResult& result) {
  std::vector<std::string> names;
  for (const auto* side : {&result.a, &result.b})
    for (const DiffRun& run : *side)
      for (const auto& [number, name] : run.run.call_names) names.push_back(name);
  return names;
}

Result<DiffResult> compare_sides(const Registry& registry, const ParsedOptions& options,
                                 Interruption& interruption) {
  auto sides = choose_sides(options);
  if (!sides) return std::move(sides).error();
  if (options.has(Opt::output)) {
    for (const auto* files : {&sides->a, &sides->b})
      if (Status apart = check_apart(*files, options.value(Opt::output)); !apart)
        return std::move(apart).error();
  }
  // A mistake in the conditions is told before gigabytes are read.
  if (options.has(Opt::fail_if)) {
    auto conditions = parse_fail_if(options.value(Opt::fail_if));
    const bool unknown_name = !conditions && conditions.error().message.find("call") != std::string::npos;
    if (!conditions && !unknown_name) return std::move(conditions).error();
  }
  SyscallFilter filter;
  if (options.has(Opt::trace)) {
    auto parsed = SyscallFilter::parse(options.value(Opt::trace));
    if (!parsed) return std::move(parsed).error();
    filter = std::move(parsed).value();
  }
  DiffResult result;
  auto a = read_all(registry, sides->a, filter, interruption);
  if (!a) return std::move(a).error();
  auto b = read_all(registry, sides->b, filter, interruption);
  if (!b) return std::move(b).error();
  result.a = std::move(a).value();
  result.b = std::move(b).value();
  std::vector<ComparedRun> before, after;
  for (const DiffRun& run : result.a) before.push_back(run.run);
  for (const DiffRun& run : result.b) after.push_back(run.run);
  result.comparison = compare(before, after);
  if (options.has(Opt::fail_if)) {
    const auto conditions = parse_fail_if(options.value(Opt::fail_if), foreign_names(result));
    if (!conditions) return conditions.error();
    result.fail_if = evaluate(*conditions, result.comparison);
  }
  result.warnings = warnings_of(result);
  return result;
}

Result<std::string> render(const DiffResult& result, const ParsedOptions& options) {
  const std::string by_name = options.has(Opt::output) ? format_by_name(options.value(Opt::output)) : "";
  const bool known = by_name == "json" || by_name == "markdown";
  const std::string format = options.value_or(Opt::document_format, known ? by_name : "text");
  std::size_t top = kMostRows;
  if (options.has(Opt::top)) {
    const auto parsed = parse_count("top", options.value(Opt::top));
    if (!parsed) return parsed.error();
    top = static_cast<std::size_t>(*parsed);
  }
  if (format == "json") return diff_json(result);
  if (format == "markdown") return diff_markdown(result, top);
  if (format != "text") return usage(fmt::format("--format: '{}' is none of text, json, markdown", format));
  const auto color = parse_color(options);
  if (!color) return color.error();
  const bool file = options.has(Opt::output) && options.value(Opt::output) != "-";
  const ExportOptions shown =
      terminal_options(STDOUT_FILENO, file && *color == ColorChoice::automatic ? ColorChoice::never : *color);
  return diff_text(result, Style(shown.color), static_cast<std::size_t>(shown.width), top);
}

Status print(const std::string& text, const ParsedOptions& options) {
  if (!options.has(Opt::output) || options.value(Opt::output) == "-") return print_stdout(text);
  auto file = OutputFile::create(options.value(Opt::output));
  if (!file) return std::move(file).error();
  if (Status written = file->write(text); !written) return written;
  return file->commit();
}

int fail(const Error& error) {
  print_error(error);
  return exit_code_for(error, false);
}

}  // namespace

int run_diff(const Registry& registry, const ParsedOptions& options) {
  auto interruption = Interruption::create();
  if (!interruption) return fail(interruption.error());
  const auto result = compare_sides(registry, options, **interruption);
  if (!result) return fail(result.error());
  const auto text = render(*result, options);
  if (!text) return fail(text.error());
  if (const Status printed = print(*text, options); !printed) return fail(printed.error());
  if (!result->fail_if) return kExitOk;
  switch (result->fail_if->holds) {
    case Holds::holds:
      return kExitConditionHolds;
    case Holds::unknown:
      say("--fail-if cannot be judged by these runs: see above");
      return kExitFailure;
    case Holds::does_not:
      break;
  }
  return kExitOk;
}

}  // namespace latimer
