#include "cli/diff_reading.h"

#include <fmt/format.h>

#include <utility>

#include "cli/backend_choice.h"
#include "core/engine/session.h"

namespace latimer {

Result<DiffRun> read_run(const Registry& registry, const std::string& file, const SyscallFilter& filter,
                         int interrupted) {
  CaptureSettings settings;
  settings.command = "diff";
  settings.request.target = LogTarget{{file}, "", 1};
  settings.request.filter = filter;
  auto choice = choose_backend(registry, settings, interrupted);
  if (!choice) return std::move(choice).error();
  auto source = choice->backend->open(settings.request);
  if (!source) return std::move(source).error();
  Session session(**source, settings.session);
  const Capture capture = session.run(interrupted, {});
  if (capture.error) return *capture.error;
  if (capture.end == EndReason::interrupted) return Error{Errc::io, file + ": reading was interrupted", ""};
  DiffRun run;
  run.file = file;
  run.backend = capture.source.origin && !capture.source.origin->backend.empty()
                    ? capture.source.origin->backend
                    : choice->backend->descriptor().name;
  if (const Backend* its = registry.backend(run.backend)) run.costs = its->descriptor().costs;
  if (capture.source.origin) run.recording = capture.source.origin->recording();
  run.complete = capture.source.ledger.complete() && (!capture.source.log || capture.source.log->whole);
  run.durations = capture.source.log && capture.source.log->durations;
  // Logs of other tools do not say what was left out when they were made.
  run.run.watched_all = run.complete && filter.selects_all() && capture.source.origin &&
                        capture.source.origin->target.filter.empty();
  run.run.snapshot = capture.snapshot;
  run.run.observed_ns = capture.observed_ns;
  if (capture.source.log) run.run.duration_step_ns = capture.source.log->duration_step_ns;
  for (const auto& [number, name] : capture.source.names.calls) run.run.call_names.emplace(number, name);
  return run;
}

}  // namespace latimer
