#include "backends/strace/sniff.h"

#include "backends/strace/line.h"
#include "backends/strace/summary_table.h"

namespace latimer::strace {
namespace {

constexpr std::size_t kMostLines = 2'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int32_t kMostTid = 1 << 22;
constexpr std::int64_t kLongestGap = 100'000 * kSecond;

bool may_be(const std::optional<bool>& hint, bool value) { return !hint || *hint == value; }

bool allowed(const Layout& layout, const LayoutHints& hints) {
  return may_be(hints.pid, layout.pid != PidColumn::none) && (!hints.time || *hints.time == layout.time) &&
         may_be(hints.relative, layout.relative) && may_be(hints.number, layout.number) &&
         may_be(hints.address, layout.address);
}

std::vector<Layout> candidates(const LayoutHints& hints) {
  std::vector<Layout> all;
  for (const PidColumn pid : {PidColumn::none, PidColumn::plain, PidColumn::bracketed}) {
    for (const TimeColumn time : {TimeColumn::none, TimeColumn::of_day, TimeColumn::epoch}) {
      for (unsigned rest = 0; rest < 8; ++rest) {
        const Layout layout{pid, time, (rest & 1) != 0, (rest & 2) != 0, (rest & 4) != 0};
        if (allowed(layout, hints)) all.push_back(layout);
      }
    }
  }
  return all;
}

int columns(const Layout& layout) {
  return int{layout.pid != PidColumn::none} + int{layout.time != TimeColumn::none} + int{layout.relative} +
         int{layout.number} + int{layout.address};
}

// Whether the numbers can be what they were taken for.
bool plausible(std::string_view line, const Layout& layout, const Record& record) {
  if (record.tid > kMostTid) return false;
  if (record.time_ns && !plausible_stamp(*record.time_ns, layout)) return false;
  if (!record.since_last_ns) return true;
  const bool first = layout.pid == PidColumn::none && layout.time == TimeColumn::none;
  return *record.since_last_ns < kLongestGap && (!first || line.front() == ' ');
}

struct Fit {
  Layout layout;
  std::uint64_t lines = 0;
  std::uint64_t begun = 0;
  bool durations = false;
};

Fit try_on(const std::vector<std::string_view>& lines, const Layout& layout) {
  Fit fit{layout};
  for (const std::string_view line : lines) {
    const Parsed parsed = parse_line(line, layout);
    const auto* record = std::get_if<Record>(&parsed);
    if (record == nullptr) {
      const auto open = parse_open_call(line, layout);
      if (open && plausible(line, layout, *open)) ++fit.begun;
      continue;
    }
    if (!plausible(line, layout, *record)) continue;
    ++fit.lines;
    fit.durations = fit.durations || record->duration_ns.has_value();
  }
  return fit;
}

// Lines that could be records. Which lines have no columns at all is the same for every layout.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  SummaryTable table;
  SummaryRow row;
  bool first = true;
  while (!text.empty() && lines.size() < kMostLines) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos && !first) break;  // it may be cut
    first = false;
    const std::string_view line = text.substr(0, end);
    if (table.open() || SummaryTable::begins(line)) {
      if (table.line(line, row) != SummaryTable::Seen::nothing) {
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        continue;
      }
    }
    if (!std::holds_alternative<Ignored>(parse_line(line, Layout{}))) lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool any_bracketed(const std::vector<std::string_view>& lines) {
  for (const std::string_view line : lines)
    if (line.starts_with("[pid ")) return true;
  return false;
}

}  // namespace

bool has_lines(std::string_view beginning) { return !lines_of(beginning).empty(); }

Sniffed try_columns(std::string_view beginning, const Layout& layout) {
  const std::vector<std::string_view> lines = lines_of(beginning);
  const Fit fit = try_on(lines, layout);
  return {layout, lines.size(), fit.lines, fit.begun, fit.durations, {}};
}

Sniffed sniff(std::string_view beginning, const LayoutHints& hints) {
  const std::vector<std::string_view> lines = lines_of(beginning);
  const bool bracketed = any_bracketed(lines);
  Sniffed sniffed;
  sniffed.lines = lines.size();
  std::vector<Fit> best;
  for (const Layout& layout : candidates(hints)) {
    // Without any such line it would be `none` by another name, except that more may come.
    if (layout.pid == PidColumn::bracketed && !bracketed && !hints.pid) continue;
    const Fit fit = try_on(lines, layout);
    const auto better = [&fit](const Fit& other) {
      if (fit.lines != other.lines) return fit.lines > other.lines;
      if (fit.lines == 0 && fit.begun != other.begun) return fit.begun > other.begun;
      return columns(fit.layout) < columns(other.layout);
    };
    if (best.empty() || better(best.front())) {
      best.assign(1, fit);
    } else if (fit.lines == best.front().lines && columns(fit.layout) == columns(best.front().layout)) {
      best.push_back(fit);
    }
  }
  if (best.empty()) return sniffed;
  sniffed.layout = best.front().layout;
  sniffed.fitting = best.front().lines;
  sniffed.begun = best.front().begun;
  sniffed.durations = best.front().durations;
  if (sniffed.fitting == 0) return sniffed;
  for (std::size_t i = 1; i < best.size(); ++i) sniffed.rivals.push_back(best[i].layout);
  return sniffed;
}

std::string flags_of(const Layout& columns) {
  std::string flags;
  const auto add = [&flags](std::string_view flag) {
    flags += (flags.empty() ? "" : " ") + std::string(flag);
  };
  if (columns.pid != PidColumn::none) add("-f");
  if (columns.time == TimeColumn::of_day) add("-tt");
  if (columns.time == TimeColumn::epoch) add("-ttt");
  if (columns.relative) add("-r");
  if (columns.number) add("-n");
  if (columns.address) add("-i");
  return flags.empty() ? "without flags" : flags;
}

}  // namespace latimer::strace
