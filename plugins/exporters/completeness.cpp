#include "plugins/exporters/completeness.h"

#include <fmt/format.h>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"

namespace latimer {
namespace {

// Without what the tracer lost by itself, which is not counted in calls.
std::string loss_list(const Ledger& ledger) {
  std::string list;
  for (std::size_t i = 0; i < kLossReasonNames.size(); ++i) {
    if (ledger.lost[i].value_or(0) == 0 || static_cast<LossReason>(i) == LossReason::tool_reported) continue;
    list +=
        fmt::format("{}{} {}", list.empty() ? "" : ", ", kLossReasonNames[i], human_count(*ledger.lost[i]));
  }
  return list;
}

std::string residual_text(std::string_view side, const std::optional<std::int64_t>& residual) {
  if (residual.value_or(0) == 0) return "";
  const bool more = *residual > 0;
  const auto size = static_cast<std::uint64_t>(more ? *residual : -*residual);
  return fmt::format("{} {} {} than accounted for", human_count(size), more ? "more" : "fewer", side);
}

void append_reason(std::string& text, const std::string& reason) {
  if (!reason.empty()) text += (text.empty() ? "" : "; ") + reason;
}

std::string share_read(const LogInfo& log) {
  std::uint64_t read = 0, size = 0;
  for (const LogInput& input : log.inputs) {
    if (!input.size) return "";
    read += input.bytes;
    size += *input.size;
  }
  if (size == 0 || log.inputs.size() < log.input_count) return "";
  return fmt::format(" at {} of the log",
                     human_percent(static_cast<double>(read) / static_cast<double>(size)));
}

}  // namespace

std::uint64_t sum_of(const CountsByName& counts) {
  std::uint64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
}

std::string incompleteness(const Report& report) {
  const Ledger& ledger = report.ledger;
  std::string text;
  const Count& told = ledger.lost[static_cast<std::size_t>(LossReason::tool_reported)];
  if (told.value_or(0) > 0)
    append_reason(text, fmt::format("{} entries and exits lost by the tracer itself", human_count(*told)));
  if (report.log && ledger.total_lost() > told.value_or(0)) {
    append_reason(text, fmt::format("{} ends of calls without a beginning, {} beginnings without an end",
                                    human_count(ledger.lost_enters.value_or(0)),
                                    human_count(ledger.lost_exits.value_or(0))));
  } else if (const std::uint64_t lost = ledger.total_lost() - told.value_or(0); !report.log && lost > 0) {
    const std::string list = loss_list(ledger);
    append_reason(text, fmt::format("{} {} lost{}", human_count(lost), lost == 1 ? "call" : "calls",
                                    list.empty() ? "" : " (" + list + ")"));
  }
  if (!ledger.live) {
    append_reason(text, residual_text("enters", ledger.enter_residual()));
    append_reason(text, residual_text("exits", ledger.exit_residual()));
    append_reason(text, residual_text("lines", ledger.line_residual()));
  }
  if (ledger.lines && sum_of(ledger.lines->rejected) > 0) {
    const std::uint64_t rejected = sum_of(ledger.lines->rejected);
    append_reason(text, fmt::format("{} {} could not be read", human_count(rejected),
                                    rejected == 1 ? "line" : "lines"));
  }
  if (report.log && !report.log->whole && report.end_reason == "interrupted")
    append_reason(text, "reading was interrupted" + share_read(*report.log));
  if (text.empty() && report.log && !report.log->whole && report.end_reason == "input ended")
    append_reason(text, "not all that was recorded is here as it was: see the warnings");
  if (text.empty()) append_reason(text, escape_bytes(report.end_reason));
  return text;
}

std::string what_balances(const Report& report) {
  const Ledger& ledger = report.ledger;
  if (ledger.live) return "nothing lost (read while calls were moving)";
  const std::string unseen =
      fmt::format(" (? is not known to {}{})", report.backend, report.command == "count" ? " in count" : "");
  if (ledger.enter_residual() && ledger.exit_residual()) return "nothing lost, both sides balance";
  if (ledger.enter_residual()) return "nothing lost, enters balance" + unseen;
  if (ledger.exit_residual()) return "nothing lost, exits balance" + unseen;
  return "nothing lost" + unseen;
}

}  // namespace latimer
