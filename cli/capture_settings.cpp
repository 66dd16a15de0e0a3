#include "cli/capture_settings.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <functional>

#include "cli/values.h"
#include "core/engine/fd_effect.h"

namespace latimer {
namespace {

constexpr std::uint64_t kMostFiles = 10'000;  // of --rotate

Error usage(std::string message, std::string hint = "") {
  return {Errc::usage, std::move(message), std::move(hint)};
}

template <typename Value, std::size_t N>
Result<Value> one_of(const ParsedOptions& options, Opt id,
                     const std::array<std::pair<std::string_view, Value>, N>& choices, Value fallback) {
  if (!options.has(id)) return fallback;
  std::string names;
  for (const auto& [name, value] : choices) {
    if (name == options.value(id)) return value;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  }
  return usage(fmt::format("--{}: '{}' is none of {}", option_spec(id).name, options.value(id), names));
}

// Single calls, and what they are about. With -e, what opens and closes descriptors is watched besides.
void want_details(CaptureSettings& settings) {
  CaptureRequest& request = settings.request;
  request.mode = CaptureMode::stream;
  request.details = true;
  if (request.filter.selects_all()) return;
  settings.session.selection = request.filter;
  request.filter = request.filter.with(descriptor_calls());
}

Status set_capture(CaptureSettings& settings, const ParsedOptions& options) {
  static constexpr std::array<std::pair<std::string_view, GroupBy>, 5> kGroups = {
      {{"syscall", GroupBy::none},
       {"process", GroupBy::process},
       {"thread", GroupBy::thread},
       {"comm", GroupBy::comm},
       {"cgroup", GroupBy::cgroup}}};
  static constexpr std::array<std::pair<std::string_view, CaptureMode>, 2> kModes = {
      {{"aggregate", CaptureMode::aggregate}, {"stream", CaptureMode::stream}}};
  CaptureRequest& request = settings.request;
  request.timing = settings.command != "count";
  const auto by = one_of(options, Opt::by, kGroups, GroupBy::none);
  if (!by) return by.error();
  request.by = settings.session.by = *by;
  const auto mode = one_of(options, Opt::mode, kModes, CaptureMode::aggregate);
  if (!mode) return mode.error();
  request.mode = *mode;
  if (options.has(Opt::mode) && request.mode == CaptureMode::aggregate)
    settings.kernel_option = "--mode aggregate";
  if (options.has(Opt::trace)) {
    auto filter = SyscallFilter::parse(options.value(Opt::trace));
    if (!filter) return std::move(filter).error();
    if (filter->selects_nothing())
      return usage("--trace: '" + options.value(Opt::trace) + "' selects no system call");
    request.filter = std::move(filter).value();
  }
  static constexpr std::array<std::pair<std::string_view, PerfMode>, 2> kPerfModes = {
      {{"record", PerfMode::record}, {"live", PerfMode::live}}};
  const auto perf_mode = one_of(options, Opt::perf_mode, kPerfModes, PerfMode::record);
  if (!perf_mode) return perf_mode.error();
  request.perf_mode = *perf_mode;
  settings.perf_option = options.has(Opt::perf_mode);
  if (options.has(Opt::ring_size)) {
    const auto size = parse_size("ring-size", options.value(Opt::ring_size));
    if (!size) return size.error();
    request.ring_bytes = *size;
    settings.ring_option = true;
  }
  if (options.has(Opt::map_memory)) {
    const auto size = parse_size("map-memory", options.value(Opt::map_memory));
    if (!size) return size.error();
    request.map_bytes = *size;
    settings.kernel_option = "--map-memory";
  }
  return {};
}

Status set_times(CaptureSettings& settings, const ParsedOptions& options) {
  constexpr std::chrono::milliseconds kShortestInterval{10};
  if (options.has(Opt::duration)) {
    const auto time = parse_time("duration", options.value(Opt::duration));
    if (!time) return time.error();
    settings.session.duration = *time;
  }
  if (options.has(Opt::interval)) {
    const auto time = parse_time("interval", options.value(Opt::interval));
    if (!time) return time.error();
    if (*time < kShortestInterval) return usage("--interval: at least 10ms");
    settings.session.interval = *time;
    settings.request.as_it_happens = true;
  }
  const auto& session = settings.session;
  if (session.duration && session.interval && *session.interval > *session.duration) {
    return usage(fmt::format("--interval {} is longer than --duration {}", options.value(Opt::interval),
                             options.value(Opt::duration)),
                 "no interval would ever be printed");
  }
  return {};
}

Status set_sort(CaptureSettings& settings, const ParsedOptions& options) {
  const bool counts = settings.command == "count";
  settings.sort = counts ? SortKey::count : SortKey::total;
  if (options.has(Opt::sort)) {
    const auto key = parse_sort_key(options.value(Opt::sort));
    if (!key)
      return usage(fmt::format("--sort: '{}' is none of total, count, avg, max, p99, errors, name",
                               options.value(Opt::sort)));
    const bool by_time = *key != SortKey::count && *key != SortKey::errors && *key != SortKey::name;
    if (counts && by_time) {
      return usage(fmt::format("--sort {}: count measures no times", options.value(Opt::sort)),
                   "sort by count, errors or name, or use latimer latency");
    }
    settings.sort = *key;
  }
  if (options.has(Opt::top)) {
    const auto top = parse_count("top", options.value(Opt::top));
    if (!top) return top.error();
    settings.top = static_cast<std::size_t>(*top);
  }
  return {};
}

Status set_output(CaptureSettings& settings, const ParsedOptions& options) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kFormats = {
      {{"text", "text"}, {"json", "json"}, {"csv", "csv"}}};
  const auto format = one_of<std::string_view>(options, Opt::format, kFormats, "text");
  if (!format) return format.error();
  settings.format = *format;
  if (options.has(Opt::output)) {
    if (options.value(Opt::output).empty()) return usage("--output: the file name is empty");
    settings.output = options.value(Opt::output);
  }
  settings.histogram = options.has(Opt::histogram);
  if (settings.histogram && settings.format == "csv") {
    return usage("--histogram: CSV has no place for distributions", "use -f json, which always has them");
  }
  if (settings.launches() && settings.format != "text" && !settings.output) {
    return usage(fmt::format("-f {} would mix with the command's own output", settings.format),
                 "add -o FILE, or -o - to have it on standard output all the same");
  }
  settings.fail_on_loss = options.has(Opt::fail_on_loss);
  const auto color = parse_color(options);
  if (!color) return color.error();
  settings.color = *color;
  return {};
}

Status set_recording(CaptureSettings& settings, const ParsedOptions& options) {
  want_details(settings);
  if (!options.has(Opt::trace_output) || options.value(Opt::trace_output).empty())
    return usage("trace needs a file to record into",
                 "add -o FILE; FILE.csv.zst is packed; - is standard output");
  TraceFileOptions trace;
  trace.path = options.value(Opt::trace_output);
  if (trace.path == "-" && settings.launches())
    return usage("-o - would mix with the command's own output", "record into a file");
  if (options.has(Opt::max_size)) {
    const auto size = parse_size("max-size", options.value(Opt::max_size));
    if (!size) return size.error();
    trace.max_bytes = *size;
  }
  if (options.has(Opt::rotate)) {
    if (!trace.max_bytes) return usage("--rotate is about --max-size", "say how big a file may be");
    if (trace.path == "-") return usage("--rotate: standard output is one file");
    const auto keep = parse_count("rotate", options.value(Opt::rotate));
    if (!keep) return keep.error();
    if (*keep > kMostFiles) return usage(fmt::format("--rotate: {} at most", kMostFiles));
    trace.keep = static_cast<unsigned>(*keep);
  }
  settings.trace = std::move(trace);
  return {};
}

// analyze and report read single calls, and have formats of their own.
Status set_document(CaptureSettings& settings, const ParsedOptions& options) {
  want_details(settings);
  const bool report = settings.command == "report";
  const Opt output = report ? Opt::report_output : Opt::output;
  if (options.has(output)) {
    if (options.value(output).empty()) return usage("--output: the file name is empty");
    settings.output = options.value(output);
  }
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFormats = {
      {{"text", "text"}, {"json", "json"}, {"markdown", "markdown"}, {"html", "html"}}};
  const auto format = one_of<std::string_view>(options, Opt::analysis_format, kFormats, "");
  if (!format) return format.error();
  settings.format = *format;
  if (settings.format.empty()) settings.format = format_by_name(settings.output.value_or(""));
  if (settings.format == "svg") settings.format.clear();
  if (settings.format.empty() && report) {
    if (!settings.output)
      return usage("report needs a file to write", "add --output FILE.md, FILE.html or FILE.json");
    return usage(fmt::format("--output {}: the name does not say which format", *settings.output),
                 "end it with .md, .html or .json, or add -f markdown|html|json");
  }
  if (settings.format.empty()) settings.format = "text";
  settings.histogram = options.has(Opt::histogram);
  settings.fail_on_loss = options.has(Opt::fail_on_loss);
  const auto color = parse_color(options);
  if (!color) return color.error();
  settings.color = *color;
  return {};
}

Status set_convert(CaptureSettings& settings, const ParsedOptions& options) {
  want_details(settings);
  settings.convert = true;
  if (!options.has(Opt::convert_output) || options.value(Opt::convert_output).empty())
    return usage("convert needs a file to write", "add --output FILE.json; - is standard output");
  settings.output = options.value(Opt::convert_output);
  settings.fail_on_loss = options.has(Opt::fail_on_loss);
  return {};
}

Result<DistributionOptions> parse_distribution(const ParsedOptions& options) {
  static constexpr std::array<std::pair<std::string_view, DistributionBy>, 4> kGroups = {
      {{"all", DistributionBy::all},
       {"thread", DistributionBy::thread},
       {"fd", DistributionBy::fd},
       {"path", DistributionBy::path}}};
  DistributionOptions result;
  result.call = options.value(Opt::syscall);
  const auto by = one_of(options, Opt::histogram_by, kGroups, DistributionBy::all);
  if (!by) return by.error();
  result.by = *by;
  const std::string scale = options.value_or(Opt::buckets, "log2");
  if (scale == "log2") return result;
  result.scale = scale == "linear" ? DistributionScale::linear : DistributionScale::custom;
  for (std::size_t at = 0; result.scale == DistributionScale::custom && at <= scale.size();) {
    const std::size_t end = std::min(scale.find(',', at), scale.size());
    const auto edge = parse_time("buckets", scale.substr(at, end - at));
    if (!edge) return edge.error();
    result.edges_ns.push_back(static_cast<std::uint64_t>(edge->count()));
    at = end + 1;
  }
  if (!std::is_sorted(result.edges_ns.begin(), result.edges_ns.end(), std::less_equal<>()))
    return usage(fmt::format("--buckets {}: each time has to be longer than the one before", scale));
  return result;
}

Status set_histogram(CaptureSettings& settings, const ParsedOptions& options) {
  settings.request.mode = CaptureMode::stream;
  if (!options.has(Opt::syscall))
    return usage("histogram needs a system call", "add --syscall NAME, as read");
  auto filter = SyscallFilter::parse(options.value(Opt::syscall));
  if (!filter) return std::move(filter).error();
  auto distribution = parse_distribution(options);
  if (!distribution) return distribution.error();
  settings.request.details =
      distribution->by == DistributionBy::fd || distribution->by == DistributionBy::path;
  settings.distribution = std::move(distribution).value();
  settings.distribution->filter = std::move(filter).value();
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kFormats = {
      {{"text", "text"}, {"json", "json"}, {"svg", "svg"}}};
  const auto format = one_of<std::string_view>(options, Opt::histogram_format, kFormats, "");
  if (!format) return format.error();
  settings.format = *format;
  if (options.has(Opt::output)) settings.output = options.value(Opt::output);
  if (settings.format.empty()) settings.format = format_by_name(settings.output.value_or(""));
  if (settings.format == "markdown" || settings.format == "html")
    return usage(fmt::format("--output {}: histogram writes text, JSON and SVG", *settings.output),
                 "end it with .txt, .json or .svg, or add -f");
  if (settings.format.empty()) settings.format = "text";
  settings.fail_on_loss = options.has(Opt::fail_on_loss);
  const auto color = parse_color(options);
  if (!color) return color.error();
  settings.color = *color;
  return {};
}

Status set_loss(CaptureSettings& settings, const ParsedOptions& options) {
  settings.fail_on_loss = options.has(Opt::fail_on_loss);
  return {};
}

}  // namespace

Result<ColorChoice> parse_color(const ParsedOptions& options) {
  static constexpr std::array<std::pair<std::string_view, ColorChoice>, 3> kChoices = {
      {{"auto", ColorChoice::automatic}, {"always", ColorChoice::always}, {"never", ColorChoice::never}}};
  return one_of(options, Opt::color, kChoices, ColorChoice::automatic);
}

Result<CaptureSettings> make_settings(const CommandSpec& command, const ParsedOptions& options,
                                      const std::optional<std::vector<std::string>>& argv) {
  // The shell makes several words of --input trace.*
  const bool analyze = command.name == "analyze" || command.name == "report";
  const bool histogram = command.name == "histogram";
  const bool convert = command.name == "convert";
  const bool reads = analyze || histogram || convert;
  if (reads && argv)
    return usage(fmt::format("{} starts no command", command.name),
                 "record it: latimer trace -o FILE -- CMD; then read FILE");
  if (!reads && !options.positional().empty() && !(options.has(Opt::input) && !argv)) {
    const std::string& word = options.positional().front();
    return usage(
        fmt::format("unexpected argument '{}'", word),
        argv ? "options come before --, the command after it"
             : fmt::format("a command comes after --: latimer {0} -- {1}; a log of strace's after --input: "
                           "latimer {0} --input {1}",
                           command.name, word));
  }
  CaptureSettings settings;
  settings.command = command.name;
  settings.backend = options.value_or(Opt::backend, "auto");
  auto target = reads ? choose_log(options) : choose_target(options, argv);
  if (!target) return std::move(target).error();
  settings.target_text = target->text;
  settings.request.target = std::move(target->target);
  const bool records = settings.command == "trace";
  settings.analyze = analyze;
  if (histogram || convert) {
    for (const auto step : {set_capture, set_sort, histogram ? set_histogram : set_convert}) {
      if (Status status = step(settings, options); !status) return std::move(status).error();
    }
    return settings;
  }
  for (const auto step : {set_capture, set_times, records ? set_recording : set_sort,
                          records            ? set_loss
                          : settings.analyze ? set_document
                                             : set_output}) {
    if (Status status = step(settings, options); !status) return std::move(status).error();
  }
  return settings;
}

}  // namespace latimer
