#include "plugins/exporters/text/text_exporter.h"

#include <algorithm>

#include "plugins/exporters/text/sections.h"

namespace latimer {
namespace {

constexpr int kNarrowest = 60;

class TextExporter final : public Exporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "text"; }
  [[nodiscard]] bool machine_readable() const override { return false; }

  [[nodiscard]] Result<std::string> serialize(const Report& report,
                                              const ExportOptions& options) const override {
    const TextContext context{report, options, Style(options.color),
                              static_cast<std::size_t>(std::max(options.width, kNarrowest))};
    const bool counts_only = report.command == "count";
    const std::string table = counts_only ? count_table(context) : latency_tables(context);
    if (report.interval) {
      std::string out = options.interval_header ? interval_line(context) : "";
      out += table;
      if (options.histogram) out += histogram_section(context);
      return out + interval_ledger_line(context) + "\n";
    }
    std::string out = header_section(context);
    if (report.command == "histogram")
      return out + distributions_section(context) + "\n" + warnings_section(context) +
             ledger_section(context);
    if (report.analysis) out += verdict_section(context) + analysis_section(context) + "\nsystem calls\n";
    out += table;
    if (options.histogram) out += histogram_section(context);
    out += modes_section(context) + in_flight_section(context) + errors_section(context) +
           special_ends_section(context);
    const std::string verdict = report.analysis ? "" : verdict_section(context);
    out += verdict.empty() ? "\n" : verdict;
    return out + overhead_section(context) + warnings_section(context) + ledger_section(context);
  }
};

}  // namespace

std::unique_ptr<Exporter> make_text_exporter() { return std::make_unique<TextExporter>(); }

}  // namespace latimer
