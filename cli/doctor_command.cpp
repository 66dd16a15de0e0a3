// doctor and backends: what works here.
#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/capture_settings.h"
#include "cli/commands.h"
#include "cli/diagnostics.h"
#include "cli/terminal.h"
#include "core/model/text_escape.h"
#include "plugins/exporters/text/style.h"
#include "plugins/exporters/text/table.h"

namespace latimer {
namespace {

struct Examined {
  const Backend* backend;
  ProbeReport report;
};

std::string_view to_string(ProbeCheck::Outcome outcome) {
  switch (outcome) {
    case ProbeCheck::Outcome::works:
      return "works";
    case ProbeCheck::Outcome::missing:
      return "missing";
    case ProbeCheck::Outcome::fails:
      return "fails";
    case ProbeCheck::Outcome::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string painted(const Style& style, const ProbeCheck& check, std::string_view text) {
  if (check.outcome == ProbeCheck::Outcome::works) return style.good(text);
  if (check.outcome == ProbeCheck::Outcome::unknown || !check.required) return style.warning(text);
  return style.bad(text);
}

std::string indented_fix(const std::string& fix) {
  std::string out;
  std::string_view rest = fix;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    out += fmt::format("             {}{}\n", out.empty() ? "fix: " : "     ",
                       terminal_safe(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

std::string doctor_text(const std::vector<Examined>& all, const ExportOptions& options) {
  const Style style(options.color);
  const auto width = static_cast<std::size_t>(options.width);
  std::string out, usable;
  for (const Examined& one : all) {
    const std::string& name = one.backend->descriptor().name;
    const bool available = one.report.available();
    if (available) usable += (usable.empty() ? "" : ", ") + name;
    out += style.title(name) + " " + (available ? style.good("works") : style.bad("cannot be used"));
    if (!one.report.version.empty()) out += " (" + escape_bytes(one.report.version) + ")";
    out += "\n";
    for (const ProbeCheck& check : one.report.checks) {
      std::string line = terminal_safe(check.what);
      if (!check.detail.empty()) line += ": " + terminal_safe(check.detail);
      const std::string lead(13, '.');
      out += "  " + painted(style, check, fmt::format("{:9}", to_string(check.outcome))) + "  ";
      out += wrap_text(lead + line, width, lead.size()).substr(lead.size()) + "\n" + indented_fix(check.fix);
    }
    out += "\n";
  }
  return out + (usable.empty() ? style.bad("no backend works here") : "usable: " + usable) + "\n";
}

std::string doctor_json(const std::vector<Examined>& all) {
  using Json = nlohmann::ordered_json;
  Json backends = Json::array();
  for (const Examined& one : all) {
    Json checks = Json::array();
    for (const ProbeCheck& check : one.report.checks) {
      checks.push_back({{"what", escape_bytes(check.what)},
                        {"outcome", std::string(to_string(check.outcome))},
                        {"detail", escape_bytes(check.detail)},
                        {"fix", escape_bytes(check.fix)},
                        {"required", check.required}});
    }
    backends.push_back({{"name", one.backend->descriptor().name},
                        {"available", one.report.available()},
                        {"version", escape_bytes(one.report.version)},
                        {"checks", std::move(checks)}});
  }
  return Json{{"schema_version", 1}, {"command", "doctor"}, {"backends", std::move(backends)}}.dump() + "\n";
}

Result<std::vector<Examined>> examine(const Registry& registry, const ParsedOptions& options) {
  const std::string wanted = options.value_or(Opt::backend, "auto");
  std::vector<Examined> all;
  for (const auto& backend : registry.backends()) {
    if (!backend->descriptor().can_launch) continue;  // there is nothing to try
    if (wanted == "auto" || wanted == backend->descriptor().name)
      all.push_back({backend.get(), backend->probe(true)});
  }
  if (!all.empty()) return all;
  return Error{Errc::usage, fmt::format("--backend: '{}' is no backend", wanted),
               "latimer backends lists them"};
}

int fail(const Error& error) {
  print_error(error);
  return exit_code_for(error, false);
}

std::string yes_no(bool value) { return value ? "yes" : "no"; }

std::string groups_text(const BackendDescriptor& descriptor) {
  std::string text = "syscall";
  for (const GroupBy group : descriptor.groups) {
    if (group != GroupBy::none) text += " " + std::string(to_string(group));
  }
  return text;
}

}  // namespace

int run_doctor(const Registry& registry, const ParsedOptions& options) {
  const std::string format = options.value_or(Opt::format, "text");
  if (format != "text" && format != "json")
    return fail({Errc::usage, fmt::format("--format: doctor has text and json, not '{}'", format), ""});
  const auto color = parse_color(options);
  if (!color) return fail(color.error());
  if (format == "text" && is_terminal(STDOUT_FILENO) && is_terminal(STDERR_FILENO))
    say("testing every backend; this takes a moment");
  const auto all = examine(registry, options);
  if (!all) return fail(all.error());
  const std::string text =
      format == "json" ? doctor_json(*all) : doctor_text(*all, terminal_options(STDOUT_FILENO, *color));
  if (const Status printed = print_stdout(text); !printed) return fail(printed.error());
  for (const Examined& one : *all) {
    if (one.report.available()) return kExitOk;
  }
  return kExitFailure;
}

int run_backends(const Registry& registry, const ParsedOptions& options) {
  const auto color = parse_color(options);
  if (!color) return fail(color.error());
  const ExportOptions shown = terminal_options(STDOUT_FILENO, *color);
  const Style style(shown.color);
  const auto width = static_cast<std::size_t>(shown.width);
  Table table;
  for (const char* header : {"BACKEND", "AVAILABLE", "ATTACHES", "HOST", "FILES", "ADDS UP IN KERNEL",
                             "CLOCK", "RESOLUTION", "--by"}) {
    table.add_column(header, Table::Align::left);
  }
  std::string details;
  for (const auto& backend : registry.backends()) {
    const BackendDescriptor& d = backend->descriptor();
    const bool available = backend->probe(false).available();
    table.add_row({{d.name},
                   {yes_no(available), available ? Table::Tone::plain : Table::Tone::bad},
                   {yes_no(d.can_attach)},
                   {yes_no(d.can_select_host)},
                   {yes_no(d.reads_logs)},
                   {yes_no(d.can_aggregate)},
                   {d.clock == ClockDomain::monotonic ? "monotonic" : "realtime"},
                   {fmt::format("{}ns", d.resolution_ns)},
                   {groups_text(d)}});
    details += "\n" + style.title(d.name) + ": " + d.summary + "\n";
    for (const auto& [label, text] :
         {std::pair("sees  ", d.sees), {"costs ", d.costs}, {"needs ", d.privileges}}) {
      const std::string lead(10, '.');
      if (!text.empty())
        details += "  " + style.dim(label) + "  " + wrap_text(lead + text, width, 10).substr(10) + "\n";
    }
  }
  const std::string out =
      table.render(style, true) + details + "\nlatimer doctor says why one is not available, and the fix.\n";
  const Status printed = print_stdout(out);
  return printed.ok() ? kExitOk : fail(printed.error());
}

}  // namespace latimer
