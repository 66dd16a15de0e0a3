// Prints the page of a report whose figures are known. Argument: how many files it has (3 if not given).
#include <cstdio>
#include <cstdlib>

#include "plugins/exporters/html/html_exporter.h"
#include "tests/unit/analysis_fixture.h"

int main(int argc, char** argv) {
  const std::size_t files = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 3;
  const auto page = latimer::make_html_exporter()->serialize(latimer::test::analyzed_report(files), {});
  if (!page.ok()) return 1;
  return std::fwrite(page->data(), 1, page->size(), stdout) == page->size() ? 0 : 1;
}
