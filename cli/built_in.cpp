#include "cli/built_in.h"

#ifdef LATIMER_HAS_BPFTRACE
#include "backends/bpftrace/bpftrace_backend.h"
#endif
#ifdef LATIMER_HAS_EBPF
#include "backends/ebpf/ebpf_backend.h"
#endif
#ifdef LATIMER_HAS_PERFTRACE
#include "backends/perftrace/perftrace_backend.h"
#endif
#ifdef LATIMER_HAS_STRACE
#include "backends/strace/strace_backend.h"
#endif
#include "backends/recorded/recorded_backend.h"
#include "plugins/exporters/csv/csv_exporter.h"
#include "plugins/exporters/html/html_exporter.h"
#include "plugins/exporters/json/json_exporter.h"
#include "plugins/exporters/markdown/markdown_exporter.h"
#include "plugins/exporters/svg/svg_exporter.h"
#include "plugins/exporters/text/text_exporter.h"

namespace latimer {

void add_built_in(Registry& registry) {
#ifdef LATIMER_HAS_EBPF
  registry.add(make_ebpf_backend());
#endif
#ifdef LATIMER_HAS_STRACE
  registry.add(make_strace_backend());
#endif
#ifdef LATIMER_HAS_PERFTRACE
  registry.add(make_perftrace_backend());
#endif
#ifdef LATIMER_HAS_BPFTRACE
  registry.add(make_bpftrace_backend());
#endif
  registry.add(make_recorded_backend());
  registry.add(make_text_exporter());
  registry.add(make_json_exporter());
  registry.add(make_csv_exporter());
  registry.add(make_markdown_exporter());
  registry.add(make_html_exporter());
  registry.add(make_svg_exporter());
}

}  // namespace latimer
