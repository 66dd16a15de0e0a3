#include "validation/compare/expectation.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/model/syscall_table.h"

namespace latimer::compare {
namespace {

constexpr std::string_view kI386 = "i386:", kNative = "x86_64:";

std::uint64_t sum_of(const CountsByName& counts) {
  std::uint64_t sum = 0;
  for (const auto& [name, count] : counts) sum += count;
  return sum;
}

void add(CallCounts& to, const CallCounts& more) {
  to.count += more.count;
  for (const auto& [error, count] : more.errors) to.errors[error] += count;
}

// The raw_syscalls tracepoints give a call's number and not whose table it is from.
void i386_by_native_names(Expectation& expected, const CallTable& library) {
  CallTable renamed;
  std::uint64_t moved = 0, of_library = 0;
  for (const auto& [call, counts] : expected.calls) {
    std::string name = call;
    if (call.starts_with(kI386)) {
      const auto number = syscall_number(Abi::i386, std::string_view(call).substr(kI386.size()));
      if (number) name = std::string(kNative) + syscall_name(Abi::x86_64, *number);
      moved += counts.count;
    }
    add(renamed[name], counts);
    const auto others = library.find(name);
    if (name == call || others == library.end() || expected.calls.contains(name)) continue;
    add(renamed[name], others->second);
    of_library += others->second.count;
  }
  expected.calls = std::move(renamed);
  expected.reasons.push_back(
      {fmt::format(
           "perf does not tell 32-bit calls from others: they stand under the x86_64 name of their number, "
           "with {} that the C library makes (counted in a run without others)",
           of_library),
       moved});
}

// The kernel takes a task's perf events away when it executes a program that changes user.
void hidden_after_user_change(const Truth& truth, Expectation& expected) {
  const std::uint64_t hidden = sum_of(truth.after_user_change);
  if (hidden == 0) return;
  for (const auto& [call, count] : truth.after_user_change) expected.calls[call].count -= count;
  expected.reasons.push_back(
      {"the kernel hides from perf what tasks do after changing user by executing a program", hidden});
}

// perf trace looks every number up in its own table, and says nothing of those that it does not find.
void unknown_numbers_dropped(Expectation& expected) {
  std::uint64_t dropped = 0;
  for (auto& [call, counts] : expected.calls) {
    if (!call.starts_with(std::string(kNative) + "syscall_")) continue;
    dropped += counts.count;
    counts = {};
  }
  if (dropped > 0) expected.reasons.push_back({"perf trace drops calls whose number has no name", dropped});
}

void told_by_halves(const Observation& seen, Expectation& expected) {
  std::uint64_t halves = seen.ledger.lost[static_cast<std::size_t>(LossReason::half_told)].value_or(0);
  if (halves >= expected.refused && expected.refused > 0) {
    halves -= expected.refused;
    expected.reasons.push_back(
        {"of a call that seccomp refuses perf trace tells the end alone", expected.refused});
  }
  if (halves > 0) expected.reasons.push_back(half_told_reason(halves));
}

}  // namespace

Reason half_told_reason(std::uint64_t calls) {
  return {
      "perf trace skipped single events without telling; those calls are known by their other end, or by the "
      "kernel's counter, and count",
      calls};
}

bool mixes_abis(const Truth& truth, const Way& way) {
  return way.backend == "perftrace" &&
         std::any_of(truth.calls.begin(), truth.calls.end(),
                     [](const auto& call) { return call.first.starts_with(kI386); });
}

Expectation expect(const Truth& truth, const Way& way, const Observation& seen, const CallTable& library) {
  Expectation expected{truth.calls,   truth.killed_inside,   truth.in_flight,
                       truth.logical, sum_of(truth.refused), {}};
  for (const auto& [call, count] : truth.launch_adds) expected.calls[call].count += count;
  if (way.backend == "perftrace") {
    hidden_after_user_change(truth, expected);
    if (way.name == "perftrace-live") unknown_numbers_dropped(expected);
    if (mixes_abis(truth, way)) i386_by_native_names(expected, library);
    told_by_halves(seen, expected);
  }
  return expected;
}

}  // namespace latimer::compare
