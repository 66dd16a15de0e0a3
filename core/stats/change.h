// How one number differs between two sides, A (before) and B (after), and how sure that is.
//
// With several runs on a side the run is the unit, and the statement is about what was run. With one run on
// each side the unit can only be the call: the statement is then about these two runs and not about the
// programs; see call_interval.h for what it assumes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/stats/bootstrap.h"

namespace latimer {

enum class LatencyVerdict : std::uint8_t {
  slower,   // the whole interval of the shift lies above the margin
  faster,   // below minus the margin
  same,     // within the margin
  unclear,  // none of these; more runs, or calls, may tell
};
[[nodiscard]] std::string_view to_string(LatencyVerdict verdict);

enum class CountVerdict : std::uint8_t { more, fewer, equal, unclear };
[[nodiscard]] std::string_view to_string(CountVerdict verdict);

// ns, calls, or calls per second: the metric says which. Values are medians over the runs of a side (halves
// occur). Intervals are of 95 %; an end may be infinite: nothing is known there. No interval: there is one
// run, and this number is not one that its calls have a spread of.
struct Change {
  std::optional<double> a, b;             // nullopt: not known, or no such calls on that side
  std::optional<Interval> of_b;           // of b alone
  std::optional<Interval> shift;          // b - a
  std::optional<Interval> ratio;          // b / a; nullopt also where a is 0
  std::optional<double> margin;           // what a shift has to pass; at least 0; times only
  std::optional<LatencyVerdict> verdict;  // times only; nullopt: nothing to judge
};

// One number for each run. Shift and ratio of the medians with the bootstrap's interval (bootstrap.h). The
// bootstrap of few values is too narrow (two runs on each side would lie apart by pure chance in one of three
// comparisons), so the interval also takes in Welch's (Biometrika 34, 1947), for the ratio that of the
// logarithms. Runs are taken to be independent: those of A and B made in turn, not A's first and then B's.
[[nodiscard]] Change change_of_runs(std::span<const double> a, std::span<const double> b,
                                    const BootstrapOptions& options);

// A number of one run on each side, with its interval: shift by MOVER (Zou & Donner, Statistics in Medicine
// 27, 2008), which keeps lopsided intervals lopsided; ratio by the same on logarithms.
[[nodiscard]] Change change_of_calls(const Interval& a, const Interval& b);

// `margin`: at least 0. Preconditions: change.shift is known.
[[nodiscard]] LatencyVerdict judge_latency(const Interval& shift, double margin);

// equal: the same number, or within `margin` (a part of a). Where there is no interval the numbers are taken
// for what they are: of these two runs. nullopt: a side is not known.
[[nodiscard]] std::optional<CountVerdict> judge_count(const Change& change, double margin);

}  // namespace latimer
