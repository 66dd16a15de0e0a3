#include "plugins/exporters/markdown/markdown_exporter.h"

#include <fmt/format.h>

#include <algorithm>

#include "plugins/exporters/completeness.h"
#include "plugins/exporters/human.h"
#include "plugins/exporters/markdown/markdown_text.h"

namespace latimer {
namespace {

constexpr std::size_t kMostRows = 25;  // of each table, unless somebody says otherwise

std::string duration(const std::optional<std::uint64_t>& ns) { return ns ? human_duration(*ns) : "-"; }
std::string bytes(std::uint64_t count) { return count == 0 ? "-" : human_bytes(count); }
std::string share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "-" : human_percent(static_cast<double>(part) / static_cast<double>(whole));
}

std::string section(std::string_view heading, const MarkdownTable& table, std::size_t all,
                    std::size_t shown) {
  if (table.empty()) return "";
  std::string out = fmt::format("\n## {}\n\n{}", heading, table.render());
  if (all > shown) out += fmt::format("\nand {} more\n", human_count(all - shown));
  return out;
}

std::string target_of(const TargetInfo& target) {
  std::string text;
  for (const std::string& word : target.argv) text += (text.empty() ? "" : " ") + word;
  for (const std::string& input : target.inputs) text += (text.empty() ? "" : ", ") + input;
  if (text.empty() && !target.pids.empty()) text = fmt::format("process {}", fmt::join(target.pids, ", "));
  return text.empty() ? target.kind : text;
}

std::string head(const Report& report) {
  std::string out = fmt::format("# System calls of {}\n\n", markdown_code(target_of(report.target)));
  const EnvironmentInfo& environment = report.environment;
  if (report.recorded) out += fmt::format("- recording of {}\n", markdown_code(target_of(*report.recorded)));
  out += fmt::format("- seen by {}{}", markdown_text(report.backend),
                     environment.tool.empty() ? "" : " (" + markdown_text(environment.tool) + ")");
  if (!report.recorded_elsewhere)
    out +=
        fmt::format(", Linux {} {}", markdown_text(environment.kernel), markdown_text(environment.machine));
  out += "\n";
  if (report.duration_ns) out += fmt::format("- duration {}\n", human_duration(*report.duration_ns));
  std::uint64_t calls = 0, errors = 0;
  for (const SyscallRow& row : report.syscalls) {
    calls += row.count;
    errors += row.error_count;
  }
  if (report.analysis) {
    calls = report.analysis->all.count;
    errors = report.analysis->all.errors;
  }
  out += fmt::format("- {} calls, {} failed\n", human_count(calls), human_count(errors));
  out += report.complete ? "- complete: nothing lost\n"
                         : fmt::format("- **INCOMPLETE**: {}\n", markdown_text(incompleteness(report)));
  if (report.verdict) out += fmt::format("\nVerdict: {}\n", markdown_text(report.verdict->sentence));
  return out;
}

std::string timed(const Activity& activity, std::uint64_t ns) {
  return activity.timed() ? human_duration(ns) : "-";
}

std::string work_section(const Analysis& analysis) {
  MarkdownTable table(
      {"work", "", "time", "share", "calls", "errors", "p50", "p99", "max", "read", "written"}, 2);
  std::uint64_t working = 0, waiting = 0;
  for (const WorkRow& row : analysis.work) (row.waits ? waiting : working) += row.activity.total_ns;
  for (const bool waits : {false, true}) {
    for (const WorkRow& row : analysis.work) {
      if (row.waits != waits) continue;
      const Activity& a = row.activity;
      table.add_row({std::string(to_string(row.work)),
                     row.bottleneck ? "**bottleneck**"
                     : waits        ? "waiting"
                                    : "",
                     timed(a, a.total_ns), share(a.total_ns, waits ? waiting : working), human_count(a.count),
                     human_count(a.errors), duration(a.p50_ns), duration(a.p99_ns), timed(a, a.max_ns),
                     bytes(a.read_bytes), bytes(a.written_bytes)});
    }
  }
  return section("Where the time went", table, 0, 0) +
         "\nShares are of the working time, and of the waiting time, each by itself.\n";
}

std::string calls_section(const Report& report, std::size_t most) {
  MarkdownTable table({"call", "", "count", "errors", "total", "avg", "p50", "p95", "p99", "max"}, 2);
  const std::size_t shown = std::min(report.syscalls.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    const SyscallRow& row = report.syscalls[i];
    std::string errors = human_count(row.error_count);
    for (std::size_t e = 0; e < std::min<std::size_t>(3, row.errors.size()); ++e)
      errors += fmt::format("{}{} {}", e == 0 ? " (" : ", ", markdown_text(row.errors[e].name),
                            row.errors[e].count);
    if (!row.errors.empty()) errors += row.errors.size() > 3 ? ", ...)" : ")";
    table.add_row({markdown_code(row.name), row.waiting ? "waits" : "", human_count(row.count), errors,
                   duration(row.total_ns), duration(row.avg_ns), duration(row.p50_ns), duration(row.p95_ns),
                   duration(row.p99_ns), duration(row.max_ns)});
  }
  return section("System calls", table, report.syscalls.size() + report.rows_hidden.value_or(0), shown);
}

std::string distribution_section(const Report& report) {
  std::string out;
  std::size_t told = 0;
  for (const SyscallRow& row : report.syscalls) {
    if (row.log2.empty() || row.count < 2 || told == 5) continue;
    std::uint64_t most = 0;
    for (const HistogramBucket& bar : row.log2) most = std::max(most, bar.count);
    if (most == 0) continue;
    ++told;
    out += fmt::format("\n{}\n\n```\n", markdown_code(row.name));
    for (const HistogramBucket& bar : row.log2) {
      if (bar.count == 0) continue;
      const auto width =
          static_cast<std::size_t>(40.0 * static_cast<double>(bar.count) / static_cast<double>(most));
      out += fmt::format("{:>8} to {:>8} {:>12} {}\n", human_duration(bar.lo_ns),
                         bar.hi_ns ? human_duration(*bar.hi_ns) : "more", human_count(bar.count),
                         std::string(std::max<std::size_t>(1, width), '#'));
    }
    out += "```\n";
  }
  return out.empty() ? "" : "\n## Distributions\n" + out;
}

std::string at_least(bool not_all, std::uint64_t count) {
  return (not_all ? "at least " : "") + human_count(count);
}

std::string tasks_section(const std::vector<TaskRow>& rows, bool threads, std::size_t most) {
  MarkdownTable table({"comm", threads ? "pid/tid" : "pid", "working", "I/O", "waiting", "calls", "errors",
                       "p99", "read", "written"},
                      2);
  const std::size_t shown = std::min(rows.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    const TaskRow& row = rows[i];
    const Activity& a = row.activity;
    table.add_row({markdown_code(row.comm),
                   threads ? fmt::format("{}/{}", row.pid, row.tid) : fmt::format("{}", row.pid),
                   timed(a, a.working_ns()), timed(a, row.io_ns), timed(a, a.waiting_ns),
                   at_least(row.at_least, a.count), human_count(a.errors), duration(a.p99_ns),
                   bytes(a.read_bytes), bytes(a.written_bytes)});
  }
  return section(threads ? "Threads" : "Processes", table, rows.size(), shown);
}

std::string targets_section(std::string_view heading, const std::vector<TargetRow>& rows, std::size_t most) {
  MarkdownTable table({"name", "working", "calls", "errors", "p50", "p99", "max", "read", "written"}, 1);
  const std::size_t shown = std::min(rows.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    const Activity& a = rows[i].activity;
    table.add_row({markdown_code(rows[i].name), timed(a, a.working_ns()), at_least(rows[i].at_least, a.count),
                   human_count(a.errors), duration(a.p50_ns), duration(a.p99_ns), timed(a, a.max_ns),
                   bytes(a.read_bytes), bytes(a.written_bytes)});
  }
  return section(heading, table, rows.size(), shown);
}

std::string connections_section(const std::vector<ConnectionRow>& rows, std::size_t most) {
  MarkdownTable table({"peer", "count", "failed", "establish p50", "max", "first byte p50", "max",
                       "lifetime p50", "read", "written"},
                      1);
  const std::size_t shown = std::min(rows.size(), most);
  for (std::size_t i = 0; i < shown; ++i) {
    const ConnectionRow& row = rows[i];
    table.add_row({markdown_code(row.peer), human_count(row.count), human_count(row.failed),
                   duration(row.establish_p50_ns), duration(row.establish_max_ns),
                   duration(row.first_byte_p50_ns), duration(row.first_byte_max_ns),
                   duration(row.lifetime_p50_ns), bytes(row.read_bytes), bytes(row.written_bytes)});
  }
  return section("Connections", table, rows.size(), shown);
}

std::string ledger_section(const Report& report) {
  const auto count = [](const Count& value) { return value ? human_count(*value) : std::string("?"); };
  const Ledger& ledger = report.ledger;
  std::string out = fmt::format(
      "\n## The books\n\n- enters {} = completed {} + in flight {} + no return {} + lost {}\n"
      "- exits {} = completed {} + in children {} + refused {} + began before {} + lost {}\n",
      count(ledger.enters), count(ledger.completed), count(ledger.in_flight), count(ledger.no_return),
      count(ledger.lost_exits), count(ledger.exits), count(ledger.completed), count(ledger.child_returns),
      count(ledger.refused), count(ledger.began_before_attach), count(ledger.lost_enters));
  for (std::size_t i = 0; i < kLossReasonNames.size(); ++i)
    if (ledger.lost[i].value_or(0) > 0)
      out +=
          fmt::format("- lost, {}: {}\n", markdown_text(kLossReasonNames[i]), human_count(*ledger.lost[i]));
  for (const std::string& warning : report.warnings)
    out += fmt::format("- warning: {}\n", markdown_text(warning));
  return out;
}

class MarkdownExporter final : public Exporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "markdown"; }
  [[nodiscard]] bool machine_readable() const override { return false; }

  [[nodiscard]] Result<std::string> serialize(const Report& report,
                                              const ExportOptions& options) const override {
    const std::size_t most = options.top.value_or(kMostRows);
    std::string out = head(report);
    if (report.analysis) out += work_section(*report.analysis);
    out += calls_section(report, most) + distribution_section(report);
    if (report.analysis) {
      const Analysis& analysis = *report.analysis;
      out += targets_section("Hot files", analysis.files, most) +
             targets_section("Peers", analysis.peers, most) +
             connections_section(analysis.connections, most) +
             tasks_section(analysis.processes, false, most) + tasks_section(analysis.threads, true, most);
    }
    return out + ledger_section(report);
  }
};

}  // namespace

std::unique_ptr<Exporter> make_markdown_exporter() { return std::make_unique<MarkdownExporter>(); }

}  // namespace latimer
