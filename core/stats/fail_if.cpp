#include "core/stats/fail_if.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/model/text_escape.h"

namespace latimer {
namespace {

constexpr long double kBillion = 1e9L;

std::string time_text(double ns) {
  constexpr std::array<std::pair<double, std::string_view>, 3> kUnits = {
      {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}}};
  for (const auto& [size, unit] : kUnits) {
    if (std::abs(ns) >= size) return fmt::format("{:.4g} {}", ns / size, unit);
  }
  return fmt::format("{:.4g} ns", ns);
}

std::string amount_text(Metric metric, double value) {
  if (std::isinf(value)) return value > 0 ? "infinity" : "-infinity";
  if (is_time(metric)) return time_text(value);
  return metric == Metric::rate ? fmt::format("{:.4g}/s", value) : fmt::format("{:.15g}", value);
}

std::string text_of(const FailCondition& condition, double value) {
  if (condition.kind == FailBound::ratio)
    return std::isinf(value) ? std::string("infinitely many times") : fmt::format("{:.4g}x", value);
  const std::string amount = amount_text(condition.metric, value);
  return condition.kind == FailBound::shift && value >= 0 ? "+" + amount : amount;
}

// What the condition is about, in the bound's own measure, with the bound.
struct Measured {
  long double value = 0, bound = 0;  // to be compared; exact where doubles allow it
  double told = 0;
  std::optional<Interval> interval;
};

double bound_of(const FailCondition& condition) {
  if (condition.kind == FailBound::ratio) return static_cast<double>(condition.billionths) / 1e9;
  const auto amount = static_cast<double>(condition.amount);
  return is_time(condition.metric) ? amount : amount / 1e9;
}

// A ratio is judged as B against bound x A, so that 11 to 10 is 1.1 exactly.
Measured measured_ratio(const FailCondition& condition, const Change& change) {
  const double a = *change.a, b = *change.b;
  Measured result;
  if (a > 0) {
    result.value = static_cast<long double>(b) * kBillion;
    result.bound = static_cast<long double>(a) * static_cast<long double>(condition.billionths);
    result.told = b / a;
    result.interval = change.ratio;
    return result;
  }
  result.told = b > 0 ? std::numeric_limits<double>::infinity() : 1;
  result.value = result.told;
  result.bound = static_cast<long double>(condition.billionths) / kBillion;
  return result;
}

// nullopt: a side is missing.
std::optional<Measured> measure(const FailCondition& condition, const Change& change) {
  if (!change.b || (condition.kind != FailBound::value && !change.a)) return std::nullopt;
  if (condition.kind == FailBound::ratio) return measured_ratio(condition, change);
  Measured result;
  const bool shift = condition.kind == FailBound::shift;
  result.told = shift ? *change.b - *change.a : *change.b;
  result.value = result.told;
  result.bound = condition.amount;
  if (!is_time(condition.metric)) result.value *= kBillion;
  result.interval = shift ? change.shift : change.of_b;
  return result;
}

template <typename Number>
bool passes(FailOperator compare, Number value, Number bound) {
  switch (compare) {
    case FailOperator::above:
      return value > bound;
    case FailOperator::at_least:
      return value >= bound;
    case FailOperator::below:
      return value < bound;
    case FailOperator::at_most:
      return value <= bound;
  }
  return false;
}

// Whether both ends say what the estimate says.
bool agrees(const FailCondition& condition, const Interval& interval, bool passed) {
  const double bound = bound_of(condition);
  return passes(condition.compare, interval.low, bound) == passed &&
         passes(condition.compare, interval.high, bound) == passed;
}

std::string label(const FailCondition& condition, const ComparedCall& call, const Comparison& comparison) {
  const bool ambiguous =
      !condition.abi && &call != &comparison.total &&
      std::count_if(comparison.calls.begin(), comparison.calls.end(),
                    [&](const ComparedCall& other) { return other.name == call.name; }) > 1;
  const std::string abi = ambiguous || condition.abi ? fmt::format("{}:", to_string(call.abi)) : "";
  return fmt::format("{}{}.{}", abi, escape_bytes(call.name), to_string(condition.metric));
}

std::string figures(const FailCondition& condition, const Change& change, const Measured& measured) {
  std::string text = text_of(condition, measured.told);
  if (condition.kind != FailBound::value)
    text += fmt::format(" ({} -> {})", amount_text(condition.metric, *change.a),
                        amount_text(condition.metric, *change.b));
  if (measured.interval)
    text += fmt::format(", 95 % interval {} to {}", text_of(condition, measured.interval->low),
                        text_of(condition, measured.interval->high));
  return text;
}

std::string why_unknown(const FailCondition& condition, const ComparedCall& call, const Change& change) {
  const bool latency = is_time(condition.metric) && condition.metric != Metric::total;
  if (call.presence == Presence::is_new && latency && change.b) return "A made no such call";
  if (call.presence == Presence::gone && latency) return "B made no such call";
  const std::string_view side = change.a ? "B" : change.b ? "A" : "both";
  const std::string_view what = is_time(condition.metric) ? "durations are" : "the observed time is";
  return fmt::format("{} not known of {}", what, side);
}

ConditionOutcome judge(const FailCondition& condition, const ComparedCall& call,
                       const Comparison& comparison) {
  const std::string name = label(condition, call, comparison);
  const Change& change = call[condition.metric];
  const auto measured = measure(condition, change);
  if (!measured)
    return {Holds::unknown, std::nullopt, fmt::format("{}: {}", name, why_unknown(condition, call, change))};
  const std::string told = fmt::format("{} is {}", name, figures(condition, change, *measured));
  const bool passed = passes(condition.compare, measured->value, measured->bound);
  ConditionOutcome outcome;
  if (measured->interval) outcome.certain = agrees(condition, *measured->interval, passed);
  if (condition.surely && passed && !outcome.certain) {
    outcome.sentence = told + ": how far it varies is not known, several runs on each side tell";
    return outcome;
  }
  const bool enough = !condition.surely || outcome.certain.value_or(false);
  outcome.holds = passed && enough ? Holds::holds : Holds::does_not;
  std::string_view how;
  if (outcome.certain) how = *outcome.certain ? ", certainly" : ", perhaps";
  outcome.sentence =
      fmt::format("{}: '{}' {}{}{}", told, escape_bytes(condition.text), to_string(outcome.holds), how,
                  passed && !enough ? " (the interval does not pass it whole)" : "");
  return outcome;
}

ConditionOutcome judge(const FailCondition& condition, const Comparison& comparison) {
  if (condition.call == "total") return judge(condition, comparison.total, comparison);
  std::optional<ConditionOutcome> best;
  const auto rank = [](Holds holds) { return holds == Holds::holds ? 2 : holds == Holds::unknown ? 1 : 0; };
  for (const ComparedCall& call : comparison.calls) {
    if (call.name != condition.call || (condition.abi && call.abi != *condition.abi)) continue;
    ConditionOutcome outcome = judge(condition, call, comparison);
    if (!best || rank(outcome.holds) > rank(best->holds)) best = std::move(outcome);
  }
  if (best) return *std::move(best);
  if (comparison.watched_all && (condition.metric == Metric::count || condition.metric == Metric::errors)) {
    // Nobody made it: that is a count, too.
    ComparedCall none;
    none.name = condition.call;
    none.abi = condition.abi.value_or(none.abi);
    Change& change = none.changes[static_cast<std::size_t>(condition.metric)];
    change.a = change.b = 0;
    return judge(condition, none, comparison);
  }
  return {Holds::unknown, std::nullopt,
          fmt::format("{}.{}: neither side has this call", escape_bytes(condition.call),
                      to_string(condition.metric))};
}

Holds both(Holds a, Holds b) {
  if (a == Holds::does_not || b == Holds::does_not) return Holds::does_not;
  return a == Holds::unknown || b == Holds::unknown ? Holds::unknown : Holds::holds;
}

Holds either(Holds a, Holds b) {
  if (a == Holds::holds || b == Holds::holds) return Holds::holds;
  return a == Holds::unknown || b == Holds::unknown ? Holds::unknown : Holds::does_not;
}

}  // namespace

std::string_view to_string(Holds holds) {
  constexpr std::array<std::string_view, 3> kNames = {"holds", "does not hold", "unknown"};
  return kNames[static_cast<std::size_t>(holds)];
}

FailOutcome evaluate(const FailIf& conditions, const Comparison& comparison) {
  FailOutcome result;
  for (const auto& all_of : conditions.any_of) {
    Holds all = Holds::holds;
    for (const FailCondition& condition : all_of) {
      result.conditions.push_back(judge(condition, comparison));
      all = both(all, result.conditions.back().holds);
    }
    result.holds = either(result.holds, all);
  }
  return result;
}

}  // namespace latimer
