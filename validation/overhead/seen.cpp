#include "validation/overhead/seen.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/sys/fd_util.h"

namespace latimer::overhead {
namespace {

using Json = nlohmann::json;

std::uint64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::uint64_t number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// Completions of the calls in `names`; of all calls when there are none.
std::uint64_t completions(const Json& report, const std::vector<std::string>& names) {
  std::uint64_t sum = 0;
  for (const Json& row : report.at("syscalls")) {
    const std::string name = row.value("name", "");
    if (names.empty() || std::find(names.begin(), names.end(), name) != names.end())
      sum += number(row, "count");
  }
  return sum;
}

// Latimer's own report. An error: it is none, or it did not see the workload.
std::optional<Error> read_report(const Prepared& prepared, const std::string& path, Sample& sample) {
  const Result<std::string> text = read_file(path, std::size_t{1} << 28);
  const Json report = text ? Json::parse(*text, nullptr, false) : Json();
  if (!report.is_object() || !report.contains("syscalls") || !report.contains("ledger"))
    return Error{Errc::unavailable, "it wrote no report", ""};
  sample.calls = completions(report, {});
  sample.lost = number(report.at("ledger"), "total_lost");
  const auto& overhead = report.value("overhead", Json::object());
  if (const std::uint64_t rss = number(overhead, "own_rss_bytes"); rss > 0)
    sample.tool_rss_bytes = std::max(sample.tool_rss_bytes.value_or(0), rss);
  for (const MustShow& must : prepared.must_show) {
    const std::uint64_t seen = completions(report, must.any_of);
    if (seen + *sample.lost >= must.least) continue;
    return Error{
        Errc::unavailable,
        fmt::format("it counted {} completions of {} where at least {} were made, and owns to {} lost: "
                    "no measurement of it",
                    seen, fmt::join(must.any_of, ", "), must.least, *sample.lost),
        ""};
  }
  return std::nullopt;
}

// Another's: it must have written something that is more than a title.
std::optional<Error> check_peer(const Competitor& competitor, const ToolRunResult& result,
                                const std::string& folder, Sample& sample) {
  const std::uint64_t written =
      result.tool_out.size() + size_of(folder + "/trace") + size_of(folder + "/perf.data");
  constexpr std::uint64_t kLeast = 100;
  if (written < kLeast)
    return Error{Errc::unavailable, fmt::format("it saw nothing (it wrote {} bytes)", written), ""};
  const bool tells_losses = competitor.name.starts_with("perf") || competitor.name.starts_with("bpftrace");
  if (!tells_losses) return std::nullopt;
  const Result<std::string> trace = read_file(folder + "/trace");
  sample.lost = lost_events_in(result.tool_out) + (trace ? lost_events_in(*trace) : 0);
  return std::nullopt;
}

std::optional<Error> read_own_figure(const Task& task, const ToolRunResult& result, Sample& sample) {
  if (task.figure == Figure::wall_ns) {
    sample.figure = static_cast<double>(result.wall_ns);
    return std::nullopt;
  }
  Result<OwnFigure> figure = own_figure(task.figure, result.workload_out);
  if (!figure) return std::move(figure).error();
  sample.figure = figure->value;
  sample.cycle_ns = figure->cycle_ns;
  return std::nullopt;
}

}  // namespace

std::uint64_t lost_events_in(std::string_view output) {
  std::uint64_t sum = 0;
  for (const std::string_view word : {"LOST ", "Lost ", "lost "}) {
    for (std::size_t at = output.find(word); at != std::string_view::npos; at = output.find(word, at + 1)) {
      const std::string_view rest = output.substr(at + word.size(), 40);
      std::uint64_t count = 0;
      const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), count);
      const bool events = end.ec == std::errc() &&
                          rest.substr(static_cast<std::size_t>(end.ptr - rest.data())).starts_with(" events");
      if (events) sum += count;
    }
  }
  return sum;
}

SampleOutcome make_sample(const Step& step, const Task& task, const Competitor& competitor,
                          const ToolRunResult& result, const std::string& folder) {
  Sample sample;
  sample.step = step;
  sample.wall_ns = result.wall_ns;
  sample.start_ns = result.start_ns;
  sample.leave_ns = result.leave_ns;
  sample.tool_cpu_ns = result.tool_cpu_ns;
  sample.tool_rss_bytes = result.tool_rss_bytes;
  if (auto error = read_own_figure(task, result, sample))
    return {std::nullopt, std::move(error), Failed::workload};
  std::optional<Error> error;
  if (competitor.kind == Kind::way) {
    error = read_report(task.at(step.size), folder + "/report.json", sample);
  } else if (competitor.kind == Kind::peer) {
    error = check_peer(competitor, result, folder, sample);
  }
  if (error) return {std::nullopt, std::move(error), Failed::tool};
  return {sample, std::nullopt, Failed::tool};
}

}  // namespace latimer::overhead
