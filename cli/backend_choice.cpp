#include "cli/backend_choice.h"

#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "cli/log_beginning.h"
#include "core/engine/joined_logs.h"

namespace latimer {
namespace {

std::string target_option(const Target& target) {
  if (std::holds_alternative<PidTarget>(target)) return "-p";
  if (std::holds_alternative<CommTarget>(target)) return "--comm";
  if (std::holds_alternative<CgroupTarget>(target)) return "--cgroup";
  if (std::holds_alternative<LogTarget>(target)) return "--input";
  return "-a";
}

// What was asked for and this backend cannot do, whatever the host allows; empty: it can.
std::string cannot_do(const BackendDescriptor& backend, const CaptureSettings& settings) {
  const CaptureRequest& request = settings.request;
  const bool attaches = std::holds_alternative<PidTarget>(request.target);
  if (!backend.can_launch && !settings.reads_log()) return "reads what was recorded, and watches nothing";
  if (attaches && !backend.can_attach) return "cannot attach to running processes (-p)";
  if (settings.reads_log() && !backend.reads_logs) return "writes no logs that could be read (--input)";
  if (!attaches && !settings.reads_log() && !settings.launches() && !backend.can_select_host) {
    return fmt::format("cannot watch by {}", target_option(request.target));
  }
  const auto& groups = backend.groups;
  if (request.by != GroupBy::none && std::find(groups.begin(), groups.end(), request.by) == groups.end()) {
    return fmt::format("cannot tell calls apart by {}", to_string(request.by));
  }
  if (settings.ring_option && !backend.has_ring)
    return "has no buffer whose size could be chosen (--ring-size)";
  if (settings.ring_option && backend.can_aggregate && request.mode == CaptureMode::aggregate)
    return "has such a buffer only in stream mode: add --mode stream, or leave --ring-size out";
  if (settings.perf_option && backend.name != "perftrace")
    return "has no --perf-mode: that is about -b perftrace";
  if (!settings.kernel_option.empty() && !backend.can_aggregate) {
    return fmt::format("gets every call as text and has no use for {}", settings.kernel_option);
  }
  return "";
}

std::string reason(const ProbeReport& probe) {
  const ProbeCheck* failure = probe.first_failure();
  if (failure == nullptr) return "it is not available";
  return failure->detail.empty() ? failure->what : fmt::format("{}: {}", failure->what, failure->detail);
}

std::string fix(const ProbeReport& probe) {
  const ProbeCheck* failure = probe.first_failure();
  return failure == nullptr ? "" : failure->fix;
}

Result<BackendChoice> named_backend(const Registry& registry, const CaptureSettings& settings) {
  Backend* backend = registry.backend(settings.backend);
  if (backend == nullptr) {
    std::string names = "auto";
    for (const auto& known : registry.backends()) names += ", " + known->descriptor().name;
    return Error{Errc::usage, fmt::format("--backend: '{}' is none of {}", settings.backend, names),
                 "latimer backends describes them"};
  }
  if (const std::string why = cannot_do(backend->descriptor(), settings); !why.empty()) {
    return Error{Errc::usage, fmt::format("{} {}", settings.backend, why),
                 "latimer backends shows what each of them can do"};
  }
  if (settings.reads_log()) return BackendChoice{backend, "", ""};  // its tool is not needed
  const ProbeReport probe = backend->probe(false);
  if (!probe.available()) {
    return Error{Errc::unavailable,
                 fmt::format("{} cannot be used here: {}", settings.backend, reason(probe)), fix(probe)};
  }
  return BackendChoice{backend, probe.version, ""};
}

// The way on for whoever may not use the preferred backend on what already runs.
std::string alternatives(const Registry& registry, const CaptureSettings& settings,
                         const Backend& preferred) {
  std::string text;
  for (const auto& other : registry.backends()) {
    if (other.get() == &preferred || !cannot_do(other->descriptor(), settings).empty()) continue;
    if (!other->probe(false).available()) continue;
    text += fmt::format("\nor choose it yourself: -b {} ({})", other->descriptor().name,
                        other->descriptor().costs);
  }
  return text;
}

// Whoever says that a log is its tracer's; nullptr: nobody does.
Backend* recognizing_backend(const Registry& registry, std::string_view beginning) {
  for (const auto& backend : registry.backends())
    if (backend->descriptor().reads_logs && backend->recognizes(beginning)) return backend.get();
  return nullptr;
}

// Who reads what nobody recognizes.
Backend* default_reader(const Registry& registry) {
  for (const auto& backend : registry.backends())
    if (backend->descriptor().reads_logs) return backend.get();
  return nullptr;
}

// Of a folder, by which its kind is told; else the input itself.
std::string first_file_of(const std::string& input) {
  std::string first;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(input, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().string();
    if (entry->is_regular_file(error) && (first.empty() || name < first)) first = std::move(name);
  }
  return first.empty() ? input : first;
}

// Each input to whom it belongs. What is empty, or cannot be looked at without taking it away (a FIFO, a
// folder), goes with the first of the others.
std::vector<LogShare> shares_of(const Registry& registry, const std::vector<std::string>& inputs,
                                int interrupted) {
  std::vector<LogShare> shares;
  const auto give = [&shares](Backend* reader, const std::string& input) {
    const auto its = std::find_if(shares.begin(), shares.end(),
                                  [reader](const LogShare& share) { return share.reader == reader; });
    (its != shares.end() ? *its : shares.emplace_back(LogShare{reader, {}})).inputs.push_back(input);
  };
  std::vector<std::string> unseen;
  for (const std::string& input : inputs) {
    const std::optional<std::string> beginning = beginning_of(first_file_of(input), interrupted);
    if (!beginning || beginning->empty()) {
      unseen.push_back(input);
      continue;
    }
    Backend* reader = recognizing_backend(registry, *beginning);
    give(reader != nullptr ? reader : default_reader(registry), input);
  }
  for (const std::string& input : unseen)
    give(shares.empty() ? default_reader(registry) : shares.front().reader, input);
  return shares;
}

Result<BackendChoice> reader_of_logs(const Registry& registry, const CaptureSettings& settings,
                                     int interrupted) {
  std::vector<LogShare> shares =
      shares_of(registry, std::get<LogTarget>(settings.request.target).inputs, interrupted);
  BackendChoice choice;
  if (shares.size() > 1) {
    choice.own = std::make_unique<JoinedLogs>(std::move(shares));
    choice.backend = choice.own.get();
  } else {
    choice.backend = shares.front().reader;
  }
  if (choice.backend == nullptr)
    return Error{Errc::unavailable, "this build reads no logs", "latimer backends shows what it has"};
  if (const std::string why = cannot_do(choice.backend->descriptor(), settings); !why.empty())
    return Error{Errc::usage, fmt::format("{} {}", choice.backend->descriptor().name, why),
                 "latimer backends shows what each of them can do"};
  return choice;
}

}  // namespace

Result<BackendChoice> choose_backend(const Registry& registry, const CaptureSettings& settings,
                                     int interrupted) {
  if (settings.backend != "auto") return named_backend(registry, settings);
  if (settings.reads_log()) return reader_of_logs(registry, settings, interrupted);
  std::string note;
  Backend* preferred = nullptr;
  Error refused{Errc::unavailable, "no backend can do this",
                "latimer backends shows what each of them can do"};
  for (const auto& backend : registry.backends()) {
    const std::string& name = backend->descriptor().name;
    if (const std::string why = cannot_do(backend->descriptor(), settings); !why.empty()) {
      if (preferred == nullptr) refused = {Errc::usage, fmt::format("{} {}", name, why), refused.hint};
      continue;
    }
    const ProbeReport probe = backend->probe(false);
    if (probe.available()) {
      if (!note.empty()) note = fmt::format("using {}, not {}", name, note);
      return BackendChoice{backend.get(), probe.version, note};
    }
    if (preferred == nullptr) {
      preferred = backend.get();
      refused = {Errc::unavailable, fmt::format("{} cannot be used here: {}", name, reason(probe)),
                 fix(probe)};
      note = fmt::format("{}: {}", name, reason(probe));
      if (!settings.launches()) {
        refused.hint += alternatives(registry, settings, *backend);
        break;
      }
    } else {
      refused.message += fmt::format("; neither can {}: {}", name, reason(probe));
      refused.hint += "\n" + fix(probe);
    }
  }
  if (refused.hint.starts_with('\n')) refused.hint.erase(0, 1);
  return refused;
}

}  // namespace latimer
