#include "core/record/report_json.h"

#include <utility>

#include "core/model/text_escape.h"

namespace latimer {
namespace {

Json counts_object(const CountsByName& counts) {
  Json object = Json::object();
  for (const auto& [name, count] : counts) object[escape_bytes(name)] = count;
  return object;
}

Json anchor_json(const ClockAnchor& anchor) {
  return {{"monotonic_ns", anchor.monotonic_ns}, {"realtime_ns", anchor.realtime_ns}};
}

Json lines_json(const std::optional<LineLedger>& lines) {
  if (!lines) return nullptr;
  return {{"total", lines->total},
          {"records", lines->records},
          {"ignored", counts_object(lines->ignored)},
          {"rejected", counts_object(lines->rejected)},
          {"first_rejected", escaped_array(lines->first_rejected)}};
}

const Json& object_in(const Json& json, const char* name) {
  static const Json kNone = Json::object();
  return json.is_object() && json.contains(name) && json.at(name).is_object() ? json.at(name) : kNone;
}

std::string unescaped(const std::string& text) {
  auto bytes = unescape_bytes(text);
  return bytes ? std::move(bytes).value() : text;
}

std::vector<std::string> text_array(const Json& json, const char* name) {
  std::vector<std::string> result;
  for (const std::string& text : field_or(json, name, std::vector<std::string>()))
    result.push_back(unescaped(text));
  return result;
}

ClockAnchor anchor_from_json(const Json& json) {
  return {field_or<std::int64_t>(json, "monotonic_ns", 0), field_or<std::int64_t>(json, "realtime_ns", 0)};
}

CountsByName counts_from_json(const Json& json) {
  CountsByName counts;
  for (const auto& [name, count] : json.items())
    if (count.is_number_unsigned()) counts[unescaped(name)] = count.get<std::uint64_t>();
  return counts;
}

LineLedger lines_from_json(const Json& json) {
  LineLedger lines;
  lines.total = field_or<std::uint64_t>(json, "total", 0);
  lines.records = field_or<std::uint64_t>(json, "records", 0);
  lines.ignored = counts_from_json(object_in(json, "ignored"));
  lines.rejected = counts_from_json(object_in(json, "rejected"));
  lines.first_rejected = text_array(json, "first_rejected");
  return lines;
}

}  // namespace

Json escaped_array(const std::vector<std::string>& strings) {
  Json array = Json::array();
  for (const auto& text : strings) array.push_back(escape_bytes(text));
  return array;
}

Json target_json(const TargetInfo& target) {
  return {{"kind", target.kind},
          {"argv", escaped_array(target.argv)},
          {"pids", target.pids},
          {"pattern", escape_bytes(target.pattern)},
          {"follow", target.follow},
          {"filter", escape_bytes(target.filter)},
          {"inputs", escaped_array(target.inputs)}};
}

Json environment_json(const EnvironmentInfo& environment) {
  const ClockInfo& clock = environment.clock;
  return {{"latimer_version", escape_bytes(environment.latimer_version)},
          {"kernel", escape_bytes(environment.kernel)},
          {"machine", escape_bytes(environment.machine)},
          {"hostname", escape_bytes(environment.hostname)},
          {"cpus", environment.cpus},
          {"tool", environment.tool.empty() ? Json(nullptr) : Json(escape_bytes(environment.tool))},
          {"clock",
           {{"domain", clock.domain == ClockDomain::monotonic ? "monotonic" : "realtime"},
            {"resolution_ns", clock.resolution_ns},
            {"start", anchor_json(clock.start)},
            {"end", anchor_json(clock.end)}}}};
}

Json ledger_json(const Ledger& ledger) {
  Json lost = Json::object();
  for (std::size_t i = 0; i < kLossReasonNames.size(); ++i)
    lost[std::string(kLossReasonNames[i])] = or_null(ledger.lost[i]);
  return {{"enters", or_null(ledger.enters)},
          {"exits", or_null(ledger.exits)},
          {"completed", or_null(ledger.completed)},
          {"in_flight", or_null(ledger.in_flight)},
          {"no_return", or_null(ledger.no_return)},
          {"child_returns", or_null(ledger.child_returns)},
          {"refused", or_null(ledger.refused)},
          {"began_before_attach", or_null(ledger.began_before_attach)},
          {"lost_enters", or_null(ledger.lost_enters)},
          {"lost_exits", or_null(ledger.lost_exits)},
          {"lost", std::move(lost)},
          {"lines", lines_json(ledger.lines)},
          {"total_lost", ledger.total_lost()},
          {"enter_residual", or_null(ledger.enter_residual())},
          {"exit_residual", or_null(ledger.exit_residual())},
          {"balanced", ledger.balanced()},
          {"live", ledger.live}};
}

Json in_flight_json(const InFlightCall& call) {
  return {{"abi", std::string(to_string(call.abi))},
          {"number", call.number},
          {"name", escape_bytes(call.name)},
          {"waiting", call.waiting},
          {"pid", call.pid},
          {"tid", call.tid},
          {"comm", escape_bytes(call.comm)},
          {"age_ns", or_null(call.age_ns)},
          {"at_least", call.at_least}};
}

std::string text_field(const Json& json, const char* name) {
  return unescaped(field_or(json, name, std::string()));
}

TargetInfo target_from_json(const Json& json) {
  TargetInfo target;
  target.kind = text_field(json, "kind");
  target.argv = text_array(json, "argv");
  target.pids = field_or(json, "pids", std::vector<std::int32_t>());
  target.pattern = text_field(json, "pattern");
  target.follow = field_or(json, "follow", false);
  target.filter = text_field(json, "filter");
  target.inputs = text_array(json, "inputs");
  return target;
}

EnvironmentInfo environment_from_json(const Json& json) {
  EnvironmentInfo environment;
  environment.latimer_version = text_field(json, "latimer_version");
  environment.kernel = text_field(json, "kernel");
  environment.machine = text_field(json, "machine");
  environment.hostname = text_field(json, "hostname");
  environment.cpus = field_or(json, "cpus", 0U);
  environment.tool = text_field(json, "tool");
  const Json& clock = object_in(json, "clock");
  environment.clock.domain =
      text_field(clock, "domain") == "monotonic" ? ClockDomain::monotonic : ClockDomain::realtime;
  environment.clock.resolution_ns = field_or<std::uint64_t>(clock, "resolution_ns", 1);
  environment.clock.start = anchor_from_json(object_in(clock, "start"));
  environment.clock.end = anchor_from_json(object_in(clock, "end"));
  return environment;
}

Ledger ledger_from_json(const Json& json) {
  Ledger ledger;
  const auto count = [&json](const char* name) { return optional_field<std::uint64_t>(json, name); };
  ledger.enters = count("enters");
  ledger.exits = count("exits");
  ledger.completed = count("completed");
  ledger.in_flight = count("in_flight");
  ledger.no_return = count("no_return");
  ledger.child_returns = count("child_returns");
  ledger.refused = count("refused");
  ledger.began_before_attach = count("began_before_attach");
  ledger.lost_enters = count("lost_enters");
  ledger.lost_exits = count("lost_exits");
  const Json& lost = object_in(json, "lost");
  for (std::size_t i = 0; i < kLossReasonNames.size(); ++i)
    ledger.lost[i] = optional_field<std::uint64_t>(lost, std::string(kLossReasonNames[i]).c_str());
  if (json.is_object() && json.contains("lines") && json.at("lines").is_object())
    ledger.lines = lines_from_json(json.at("lines"));
  ledger.live = field_or(json, "live", false);
  return ledger;
}

InFlightCall in_flight_from_json(const Json& json) {
  InFlightCall call;
  call.abi = abi_from_name(text_field(json, "abi")).value_or(Abi::x86_64);
  call.number = field_or(json, "number", -1);
  call.name = text_field(json, "name");
  call.waiting = field_or(json, "waiting", false);
  call.pid = field_or(json, "pid", 0);
  call.tid = field_or(json, "tid", 0);
  call.comm = text_field(json, "comm");
  call.age_ns = optional_field<std::uint64_t>(json, "age_ns");
  call.at_least = field_or(json, "at_least", false);
  return call;
}

}  // namespace latimer
