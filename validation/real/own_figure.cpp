// What redis-benchmark --csv and latimer-workload --time print of themselves.
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "validation/real/real_workload.h"

namespace latimer {
namespace {

// The lines of `text` that begin with `start`: the last one's.
std::optional<std::string_view> last_line(std::string_view text, std::string_view start) {
  std::optional<std::string_view> found;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(start)) found = line;
  }
  return found;
}

// "GET","123456.79","0.207", ... below a line of titles; redis before 7 has the two first only.
std::optional<OwnFigure> requests_per_second(std::string_view text) {
  for (const std::string_view test : {"\"GET\",\"", "\"SET\",\""}) {
    const auto line = last_line(text, test);
    if (!line) continue;
    const std::string_view number = line->substr(test.size());
    double value = 0;
    const auto end = std::from_chars(number.data(), number.data() + number.size(), value);
    if (end.ec == std::errc() && value > 0) return OwnFigure{value};
  }
  return std::nullopt;
}

std::optional<OwnFigure> cycles_per_call(std::string_view text) {
  const auto line = last_line(text, "{\"scenario\"");
  if (!line) return std::nullopt;
  const auto truth = nlohmann::json::parse(*line, nullptr, false);
  if (!truth.is_object() || !truth.contains("measured")) return std::nullopt;
  const auto& measured = truth["measured"];
  if (!measured.contains("millicycles_per_call") || !measured.contains("cycle_fs")) return std::nullopt;
  const auto number = [&](const char* name) {
    return static_cast<double>(measured[name].get<std::uint64_t>());
  };
  return OwnFigure{number("millicycles_per_call") / 1e3, number("cycle_fs") / 1e6};
}

}  // namespace

Result<OwnFigure> own_figure(Figure figure, std::string_view standard_output) {
  const auto found = figure == Figure::cycles_per_call ? cycles_per_call(standard_output)
                                                       : requests_per_second(standard_output);
  if (found) return *found;
  return Error{Errc::io,
               fmt::format("the workload did not print its figure, but: {}",
                           standard_output.substr(0, std::min<std::size_t>(standard_output.size(), 200))),
               ""};
}

}  // namespace latimer
