#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/text/sections.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

constexpr std::size_t kMostInFlight = 12;
constexpr std::size_t kMostErrorRows = 12;
constexpr std::size_t kMostModeRows = 12;

std::string age_text(const InFlightCall& call) {
  if (!call.age_ns) return "?";
  return (call.at_least ? ">=" : "") + human_duration(*call.age_ns);
}

// A line for each row: its label, and what `details` says of it, wrapped beside the label.
template <typename Details>
std::string labelled_rows(const TextContext& context, std::span<const SyscallRow* const> rows,
                          const Details& details) {
  std::size_t label_width = 0;
  for (const SyscallRow* row : rows)
    label_width = std::max(label_width, display_width(row_label(context.report, *row)));
  std::string out;
  for (const SyscallRow* row : rows) {
    const std::string label = row_label(context.report, *row);
    const std::string wrapped =
        wrap_text(std::string(label_width + 4, '.') + details(*row), context.width, label_width + 4);
    out += "  " + label + std::string(label_width - display_width(label) + 2, ' ') +
           wrapped.substr(label_width + 4) + "\n";
  }
  return out;
}

std::string modes_of(const SyscallRow& row) {
  std::string list;
  for (const LatencyMode& mode : row.modes) {
    list += fmt::format("{}{} around {}", list.empty() ? "" : ", ", human_percent(mode.share),
                        human_duration(mode.p50_ns));
  }
  return list;
}

std::string errors_of(const SyscallRow& row) {
  std::string list;
  for (const ErrorCount& error : row.errors) {
    list +=
        fmt::format("{}{} {}", list.empty() ? "" : ", ", escape_bytes(error.name), human_count(error.count));
  }
  return list;
}

}  // namespace

std::string in_flight_section(const TextContext& context) {
  const auto& calls = context.report.in_flight;
  if (calls.empty()) return "";
  const std::size_t all = calls.size() + context.report.in_flight_hidden;
  std::string out = "\n" + context.style.title("still inside at the end") +
                    context.style.dim(fmt::format(" ({} {}, not counted above)", human_count(all),
                                                  all == 1 ? "call" : "calls")) +
                    "\n";
  Table table;
  table.add_column("SYSCALL", Table::Align::left);
  table.add_column("AT LEAST", Table::Align::right);
  table.add_column("PID", Table::Align::right);
  table.add_column("TID", Table::Align::right);
  table.add_column("COMM", Table::Align::left);
  for (std::size_t i = 0; i < std::min(calls.size(), kMostInFlight); ++i) {
    const InFlightCall& call = calls[i];
    const auto tone = call.waiting ? Table::Tone::plain : Table::Tone::bad;
    table.add_row({{call_label(context.report, call.abi, call.name)},
                   {age_text(call), tone},
                   {fmt::format("{}", call.pid)},
                   {fmt::format("{}", call.tid)},
                   {escape_bytes(call.comm)}});
  }
  out += table.render(context.style, true);
  const std::size_t more = all - std::min(calls.size(), kMostInFlight);
  if (more != 0)
    out += context.style.dim(fmt::format("and {} younger one{}\n", human_count(more), more == 1 ? "" : "s"));
  const bool any_before =
      std::any_of(calls.begin(), calls.end(), [](const InFlightCall& call) { return call.at_least; });
  if (any_before)
    out += context.style.dim(">= already inside when Latimer attached: the age is what was watched of it") +
           "\n";
  return out;
}

// Calls whose durations lie in two or more humps: one average or median says nothing of either.
std::string modes_section(const TextContext& context) {
  std::vector<const SyscallRow*> rows;
  for (const SyscallRow& row : context.report.syscalls) {
    if (row.modes.size() > 1) rows.push_back(&row);
  }
  if (rows.empty()) return "";
  const std::size_t shown = std::min(rows.size(), kMostModeRows);
  std::string out = "\n" + context.style.title("several speeds") +
                    context.style.dim(" (the durations of these lie in humps: docs/bimodality.md)") + "\n" +
                    labelled_rows(context, std::span(rows).first(shown), modes_of);
  if (rows.size() > shown) out += context.style.dim(fmt::format("  and {} more\n", rows.size() - shown));
  return out;
}

std::string errors_section(const TextContext& context) {
  std::vector<const SyscallRow*> rows;
  for (const SyscallRow& row : context.report.syscalls) {
    if (!row.errors.empty()) rows.push_back(&row);
  }
  if (rows.empty()) return "";
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return a->error_count > b->error_count; });
  const std::size_t shown = std::min(rows.size(), kMostErrorRows);
  std::string out = "\n" + context.style.title("errors") + "\n" +
                    labelled_rows(context, std::span(rows).first(shown), errors_of);
  if (rows.size() > shown)
    out += context.style.dim(fmt::format("  and {} more calls with errors\n", rows.size() - shown));
  return out;
}

std::string special_ends_section(const TextContext& context) {
  std::string killed, restarted;
  for (const SyscallRow& row : context.report.syscalls) {
    const std::string label = row_label(context.report, row);
    if (row.killed_inside.value_or(0) > 0) {
      killed += fmt::format("{}{} {}", killed.empty() ? "" : ", ", label, human_count(*row.killed_inside));
    }
    if (row.logical_count && *row.logical_count < row.count) {
      restarted += fmt::format("{}{}: {} of {} returns went on with an interrupted call",
                               restarted.empty() ? "" : ", ", label,
                               human_count(row.count - *row.logical_count), human_count(row.count));
    }
  }
  std::string out;
  if (!killed.empty()) out += labelled(context, context.style.title("died in"), 7, killed);
  if (!restarted.empty()) out += labelled(context, context.style.title("restarts"), 8, restarted);
  return out.empty() ? "" : "\n" + out;
}

}  // namespace latimer
