#include "validation/compare/observation.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace latimer::compare {
namespace {

using Json = nlohmann::json;

Count count_in(const Json& object, std::string_view name) {
  const Json& value = object.at(std::string(name));
  return value.is_null() ? Count() : Count(value.get<std::uint64_t>());
}

void add(Count& sum, const Count& more) {
  if (more) sum = sum.value_or(0) + *more;
}

void read_row(const Json& row, SeenCall& call) {
  call.counts.count += row.at("count").get<std::uint64_t>();
  for (const auto& [error, count] : row.at("errors").items())
    call.counts.errors[error] += count.get<std::uint64_t>();
  call.error_count += row.at("error_count").get<std::uint64_t>();
  call.in_flight += row.at("in_flight").get<std::uint64_t>();
  call.untimed += row.at("untimed").get<std::uint64_t>();
  for (const Json& bucket : row.at("histogram")) {
    const auto count = bucket.at("count").get<std::uint64_t>();
    call.in_histogram += count;
    if (count > 0)
      call.histogram.push_back(
          {bucket.at("lo_ns").get<std::uint64_t>(), bucket.at("hi_ns").get<std::uint64_t>(), count});
  }
  add(call.killed_inside, count_in(row, "killed_inside"));
  add(call.logical, count_in(row, "logical_count"));
  add(call.total_ns, count_in(row, "total_ns"));
  const Count least = count_in(row, "min_ns"), most = count_in(row, "max_ns");
  if (least) call.min_ns = std::min(*least, call.min_ns.value_or(*least));
  if (most) call.max_ns = std::max(*most, call.max_ns.value_or(0));
  call.p50_ns = count_in(row, "p50_ns");
  call.p90_ns = count_in(row, "p90_ns");
  call.p99_ns = count_in(row, "p99_ns");
  call.error_bound = row.at("error_bound").is_null() ? 0 : row.at("error_bound").get<double>();
  call.waiting = row.at("waiting").get<bool>();
}

Ledger ledger_in(const Json& book) {
  Ledger ledger;
  ledger.enters = count_in(book, "enters");
  ledger.exits = count_in(book, "exits");
  ledger.completed = count_in(book, "completed");
  ledger.in_flight = count_in(book, "in_flight");
  ledger.no_return = count_in(book, "no_return");
  ledger.child_returns = count_in(book, "child_returns");
  ledger.refused = count_in(book, "refused");
  ledger.began_before_attach = count_in(book, "began_before_attach");
  ledger.lost_enters = count_in(book, "lost_enters");
  ledger.lost_exits = count_in(book, "lost_exits");
  for (std::size_t reason = 0; reason < kLossReasonNames.size(); ++reason)
    ledger.lost[reason] = count_in(book.at("lost"), kLossReasonNames[reason]);
  ledger.live = book.at("live").get<bool>();
  return ledger;
}

Observation observation_in(const Json& report) {
  Observation seen;
  seen.backend = report.at("backend").get<std::string>();
  seen.mode = report.at("mode").get<std::string>();
  for (const Json& row : report.at("syscalls")) {
    const std::string call = row.at("abi").get<std::string>() + ":" + row.at("name").get<std::string>();
    read_row(row, seen.calls[call]);
  }
  seen.ledger = ledger_in(report.at("ledger"));
  seen.balanced = report.at("ledger").at("balanced").get<bool>();
  seen.complete = report.at("complete").get<bool>();
  seen.duration_ns = report.at("duration_ns").get<std::uint64_t>();
  for (const Json& warning : report.at("warnings")) seen.warnings.push_back(warning.get<std::string>());
  return seen;
}

}  // namespace

Result<Observation> read_observation(std::string_view report) {
  if (report.empty()) return Error{Errc::io, "no report was written", ""};
  try {
    return observation_in(Json::parse(report));
  } catch (const Json::exception& damage) {
    return Error{Errc::io, fmt::format("the report cannot be read: {}", damage.what()), ""};
  }
}

}  // namespace latimer::compare
