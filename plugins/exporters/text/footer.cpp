#include <fmt/format.h>

#include <algorithm>

#include "core/model/text_escape.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/text/sections.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

std::string term(std::string_view name, const Count& value) {
  std::string text = fmt::format("{} {}", name, value ? human_count(*value) : "?");
  std::replace(text.begin(), text.end(), ' ', kNoBreak);
  return text;
}

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

std::uint64_t sum(const CountsByName& counts) {
  std::uint64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
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

// Why the report is not complete, with the figures.
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
  if (ledger.lines && sum(ledger.lines->rejected) > 0) {
    const std::uint64_t rejected = sum(ledger.lines->rejected);
    append_reason(text, fmt::format("{} {} could not be read", human_count(rejected),
                                    rejected == 1 ? "line" : "lines"));
  }
  if (report.log && !report.log->whole && report.end_reason == "interrupted")
    append_reason(text, "reading was interrupted" + share_read(*report.log));
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

// Why lines could not be read, and the first of them.
std::string rejected_lines(const TextContext& context) {
  const auto& lines = context.report.ledger.lines;
  if (!lines || lines->rejected.empty()) return "";
  std::string reasons;
  for (const auto& [reason, count] : lines->rejected)
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", escape_bytes(reason), human_count(count));
  std::string out = labelled(context, "", 0, "rejected: " + reasons);
  for (const std::string& line : lines->first_rejected)
    out += labelled(context, "", 0, "- " + escape_bytes(line));
  const std::uint64_t more = sum(lines->rejected) - lines->first_rejected.size();
  if (more > 0) out += labelled(context, "", 0, fmt::format("- and {} more", human_count(more)));
  return out;
}

std::string judgement(const TextContext& context) {
  const Report& report = context.report;
  const std::string word = report.complete ? "complete" : "INCOMPLETE";
  const std::string text = report.complete ? what_balances(report) : incompleteness(report);
  // Wrapped first and painted then: colour codes have no width.
  std::string lines = labelled(context, "", 0, word + ": " + text);
  return lines.replace(lines.find(word), word.size(),
                       report.complete ? context.style.good(word) : context.style.bad(word));
}

}  // namespace

std::string verdict_section(const TextContext& context) {
  if (!context.report.verdict) return "";
  return "\n" +
         labelled(context, context.style.title("verdict"), 7, escape_bytes(context.report.verdict->sentence));
}

std::string overhead_section(const TextContext& context) {
  const Report& report = context.report;
  const OverheadInfo& overhead = report.overhead;
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (overhead.ns_per_call) {
    std::string part =
        fmt::format("{:.0f}ns per call in {}'s programs", *overhead.ns_per_call, report.backend);
    if (overhead.measured_calls)
      part += fmt::format(" (over {} runs)", human_count(*overhead.measured_calls));
    if (overhead.share) part += fmt::format(", {} of the time watched", human_percent(*overhead.share));
    add(part);
  }
  if (overhead.tracer_cpu_ns)
    add(fmt::format("{} used {} of CPU", report.backend, human_duration(*overhead.tracer_cpu_ns)));
  if (overhead.own_cpu_ns) add(fmt::format("latimer itself {} of CPU", human_duration(*overhead.own_cpu_ns)));
  if (overhead.own_rss_bytes) add(human_bytes(*overhead.own_rss_bytes) + " of memory");
  if (overhead.kernel_bytes) add(human_bytes(*overhead.kernel_bytes) + " in the kernel");
  if (!overhead.note.empty()) add(escape_bytes(overhead.note));
  return text.empty() ? "" : labelled(context, context.style.title("overhead"), 8, text);
}

std::string warnings_section(const TextContext& context) {
  std::string out;
  for (const std::string& warning : context.report.warnings) {
    out += labelled(context, context.style.warning("warning"), 7, escape_bytes(warning));
  }
  return out;
}

std::string ledger_section(const TextContext& context) {
  const Ledger& ledger = context.report.ledger;
  std::string out =
      labelled(context, context.style.title("ledger"), 6,
               fmt::format("{} = {} + {} + {} + {}", term("enters", ledger.enters),
                           term("completed", ledger.completed), term("in flight", ledger.in_flight),
                           term("no return", ledger.no_return), term("lost", ledger.lost_exits)));
  out +=
      labelled(context, "", 0,
               fmt::format("{} = {} + {} + {} + {} + {}", term("exits", ledger.exits),
                           term("completed", ledger.completed), term("in children", ledger.child_returns),
                           term("refused", ledger.refused), term("began before", ledger.began_before_attach),
                           term("lost", ledger.lost_enters)));
  if (ledger.lines) {
    out += labelled(
        context, "", 0,
        fmt::format("lines {} = records {} + ignored {} + rejected {}", human_count(ledger.lines->total),
                    human_count(ledger.lines->records), human_count(sum(ledger.lines->ignored)),
                    human_count(sum(ledger.lines->rejected))));
  }
  return out + rejected_lines(context) + judgement(context);
}

std::string interval_ledger_line(const TextContext& context) {
  const Ledger& ledger = context.report.ledger;
  const std::string text = fmt::format("ledger (live): {}, {}, lost {}", term("completed", ledger.completed),
                                       term("in flight", ledger.in_flight), human_count(ledger.total_lost()));
  if (ledger.total_lost() == 0) return context.style.dim(wrap_text(text, context.width, 0)) + "\n";
  return context.style.bad("INCOMPLETE") + ": " + incompleteness(context.report) + "\n";
}

}  // namespace latimer
