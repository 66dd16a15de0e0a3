#include "plugins/exporters/html/html_exporter.h"

#include <utility>

#include "plugins/exporters/html/page.h"
#include "plugins/exporters/html/sections.h"

namespace latimer {
namespace {

class HtmlExporter final : public Exporter {
 public:
  [[nodiscard]] std::string_view name() const override { return "html"; }
  [[nodiscard]] bool machine_readable() const override { return false; }

  [[nodiscard]] Result<std::string> serialize(const Report& report,
                                              const ExportOptions& /*options*/) const override {
    Page page(page_title(report), page_heading(report));
    page.add(warnings_part(report));
    page.add(verdict_part(report));
    page.add(work_part(report));
    page.add(calls_part(report));
    page.add(latency_over_time_part(report));
    page.add(work_over_time_part(report));
    page.add(thread_timeline_part(report));
    page.add(files_part(report));
    page.add(peers_part(report));
    page.add(connections_part(report));
    page.add(tasks_part(report));
    page.add(latency_classes_part(report));
    page.add(ledger_part(report));
    page.add(in_flight_part(report));
    return page.render();
  }
};

}  // namespace

std::unique_ptr<Exporter> make_html_exporter() { return std::make_unique<HtmlExporter>(); }

}  // namespace latimer
