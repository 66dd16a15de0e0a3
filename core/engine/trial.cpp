#include "core/engine/trial.h"

namespace latimer {

Result<std::uint64_t> calls_of_a_child(Backend& backend, CaptureRequest request) {
  const std::string& name = backend.descriptor().name;
  request.target = CommandTarget{{"/bin/true"}, std::nullopt, true, false};
  Result<std::unique_ptr<EventSource>> source = backend.open(request);
  if (!source) return std::move(source).error();
  if (Status started = (*source)->start(); !started) return std::move(started).error();
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::uint64_t calls = 0;
  for (;;) {
    Batch batch;
    const Result<Next> next = (*source)->next(batch, limit);
    if (!next.ok()) return next.error();
    calls += batch.events.size();
    if (next.value() == Next::end) break;
    if (std::chrono::steady_clock::now() >= limit)
      return Error{Errc::unavailable, name + " did not come to an end with its target", ""};
  }
  if (calls == 0) return Error{Errc::unavailable, name + " ran but reported no call", ""};
  return calls;
}

}  // namespace latimer
