#include <fmt/format.h>

#include <algorithm>

#include "core/model/text_escape.h"
#include "plugins/exporters/completeness.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/overhead_text.h"
#include "plugins/exporters/text/sections.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

std::string term(std::string_view name, const Count& value) {
  std::string text = fmt::format("{} {}", name, value ? human_count(*value) : "?");
  std::replace(text.begin(), text.end(), ' ', kNoBreak);
  return text;
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
  const std::uint64_t more = sum_of(lines->rejected) - lines->first_rejected.size();
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
  const std::string text = overhead_text(context.report);
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
                    human_count(ledger.lines->records), human_count(sum_of(ledger.lines->ignored)),
                    human_count(sum_of(ledger.lines->rejected))));
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
