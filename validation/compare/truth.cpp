#include "validation/compare/truth.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace latimer::compare {
namespace {

using Json = nlohmann::json;

// Json's own conversion takes -1 for the greatest number there is.
std::uint64_t number_in(const std::string& name, const Json& value) {
  if (!value.is_number_unsigned())
    throw std::domain_error(fmt::format("{}: {} is no number from 0 to 2^64 - 1", name, value.dump()));
  return value.get<std::uint64_t>();
}

CountsByName counts_in(const Json& object, const char* name) {
  CountsByName counts;
  for (const auto& [key, value] : object.at(name).items()) counts[key] = number_in(key, value);
  return counts;
}

Truth truth_in(const Json& line) {
  Truth truth;
  truth.scenario = line.at("scenario").get<std::string>();
  for (const auto& [call, made] : line.at("truth").items())
    truth.calls[call] = {number_in(call, made.at("count")), counts_in(made, "errors")};
  truth.killed_inside = counts_in(line, "killed_inside");
  truth.in_flight = counts_in(line, "in_flight");
  truth.refused = counts_in(line, "refused");
  truth.logical = counts_in(line, "logical");
  truth.at_least_ns = counts_in(line, "at_least_ns");
  truth.took_ns = counts_in(line, "took_ns");
  truth.launch_adds = counts_in(line, "launch_adds");
  truth.after_user_change = counts_in(line, "after_user_change");
  truth.measured = counts_in(line, "measured");
  return truth;
}

}  // namespace

Result<Truth> read_truth(std::string_view output) {
  constexpr std::string_view kBeginning = R"({"scenario":)";
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    const std::string_view line = output.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(kBeginning)) continue;
    try {
      Truth truth = truth_in(Json::parse(line));
      if (truth.calls.empty()) return Error{Errc::io, "the workload's line of truth names no call", ""};
      return truth;
    } catch (const std::exception& damage) {  // Json's own, or number_in's
      return Error{Errc::io, std::string("the workload's line of truth cannot be read: ") + damage.what(),
                   ""};
    }
  }
  return Error{Errc::io, "the workload printed no truth", ""};
}

}  // namespace latimer::compare
