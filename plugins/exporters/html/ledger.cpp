// Where every call went, and those that had not returned.
#include <fmt/format.h>

#include <algorithm>

#include "core/model/text_escape.h"
#include "plugins/exporters/completeness.h"
#include "plugins/exporters/html/html_table.h"
#include "plugins/exporters/html/markup.h"
#include "plugins/exporters/html/sections.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/labels.h"
#include "plugins/exporters/markup_escape.h"
#include "plugins/exporters/overhead_text.h"

namespace latimer {
namespace {

struct Term {
  std::string_view name;
  Count value;
};

std::string equation(const Term& left, std::initializer_list<Term> terms) {
  const auto shown = [](const Term& term) {
    return fmt::format("{} {}", term.name, term.value ? human_count(*term.value) : "?");
  };
  std::string text = shown(left);
  for (const Term& term : terms) text += (&term == terms.begin() ? " = " : " + ") + shown(term);
  return paragraph(markup_escape(text), "equation");
}

std::string terms_table(const Ledger& ledger) {
  HtmlTable table("ledger-table", "Every term");
  table.column("Term", HtmlTable::Kind::text);
  table.numbers({"Calls"});
  const auto add = [&](std::string_view name, const Count& value) {
    table.row();
    table.html(markup_escape(name));
    value ? table.count(*value) : table.unknown();
  };
  add("enters", ledger.enters);
  add("exits", ledger.exits);
  add("completed", ledger.completed);
  add("in flight", ledger.in_flight);
  add("no return", ledger.no_return);
  add("returned in children", ledger.child_returns);
  add("refused before entry", ledger.refused);
  add("began before", ledger.began_before_attach);
  add("lost enters", ledger.lost_enters);
  add("lost exits", ledger.lost_exits);
  for (std::size_t i = 0; i < kLossReasonNames.size(); ++i) {
    if (ledger.lost[i]) add(fmt::format("lost: {}", kLossReasonNames[i]), ledger.lost[i]);
  }
  return table.render();
}

std::string lines_of(const Ledger& ledger) {
  if (!ledger.lines) return "";
  const LineLedger& lines = *ledger.lines;
  std::string out = equation(
      {"lines", lines.total},
      {{"records", lines.records}, {"ignored", sum_of(lines.ignored)}, {"rejected", sum_of(lines.rejected)}});
  if (lines.rejected.empty()) return out;
  std::string reasons;
  for (const auto& [reason, count] : lines.rejected)
    reasons += fmt::format("{}{} {}", reasons.empty() ? "" : ", ", escape_bytes(reason), human_count(count));
  out += paragraph("Rejected: " + markup_escape(reasons)) + "<ul>\n";
  for (const std::string& line : lines.first_rejected)
    out += "<li><code>" + markup_bytes(line) + "</code></li>\n";
  const std::uint64_t rejected = sum_of(lines.rejected);
  if (rejected > lines.first_rejected.size())
    out += fmt::format("<li>and {} more</li>\n", human_count(rejected - lines.first_rejected.size()));
  return out + "</ul>\n";
}

}  // namespace

Part ledger_part(const Report& report) {
  const Ledger& ledger = report.ledger;
  std::string body = equation({"enters", ledger.enters}, {{"completed", ledger.completed},
                                                          {"in flight", ledger.in_flight},
                                                          {"no return", ledger.no_return},
                                                          {"lost", ledger.lost_exits}});
  body += equation({"exits", ledger.exits}, {{"completed", ledger.completed},
                                             {"in children", ledger.child_returns},
                                             {"refused", ledger.refused},
                                             {"began before", ledger.began_before_attach},
                                             {"lost", ledger.lost_enters}});
  body += lines_of(ledger);
  body +=
      paragraph(fmt::format("<strong class=\"{}\">{}</strong>: {}", report.complete ? "good" : "bad",
                            report.complete ? "COMPLETE" : "INCOMPLETE",
                            markup_escape(report.complete ? what_balances(report) : incompleteness(report))));
  body += terms_table(ledger);
  const std::string overhead = overhead_text(report);
  if (!overhead.empty()) body += "<h3>Overhead</h3>\n" + paragraph(markup_escape(overhead));
  return {"ledger", "Ledger", body};
}

Part in_flight_part(const Report& report) {
  const std::string id = "in-flight", title = "Still inside at the end";
  const auto& calls = report.in_flight;
  if (calls.empty()) return {id, title, paragraph("No call was.")};
  HtmlTable table("in-flight-table", "Calls in flight, oldest first; they are counted nowhere above");
  table.column("Call", HtmlTable::Kind::text);
  table.numbers({"At least", "Process", "Thread"});
  table.column("Command", HtmlTable::Kind::text);
  const std::size_t shown = std::min(calls.size(), kMostHtmlRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const InFlightCall& call = calls[i];
    table.row();
    table.html(markup_escape(call_label(report, call.abi, call.name)) +
               (call.waiting ? " <span class=\"dim\">(waits by nature)</span>" : ""));
    table.duration(call.age_ns);
    table.id_number(call.pid);
    table.id_number(call.tid);
    table.bytes(call.comm);
  }
  std::string body = table.render();
  const std::uint64_t more = calls.size() - shown + report.in_flight_hidden;
  if (more > 0)
    body += paragraph(counted(more, "younger one is", "younger ones are") + " not shown.", "more");
  if (std::any_of(calls.begin(), calls.end(), [](const InFlightCall& call) { return call.at_least; }))
    body += paragraph("Some were already inside when Latimer began to watch: their age is what was watched.",
                      "dim");
  return {id, title, body};
}

}  // namespace latimer
