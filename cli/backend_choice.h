// Which backend watches.
#pragma once

#include <memory>
#include <string>

#include "cli/capture_settings.h"
#include "core/engine/registry.h"

namespace latimer {

struct BackendChoice {
  Backend* backend = nullptr;
  std::string version;  // of its tool or of the kernel, as its probe found it
  std::string note;     // for standard error: why it is not the one that was hoped for; may be empty
  std::unique_ptr<Backend> own = nullptr;  // what `backend` is, where it was made for these logs
};

// auto: the first registered backend that is available and can do it; for a launched command any other that
// is. Processes that already run are not handed to ptrace unasked, because it can stall them. `interrupted`:
// a descriptor that is readable when a log on standard input need not be waited for any more.
[[nodiscard]] Result<BackendChoice> choose_backend(const Registry& registry, const CaptureSettings& settings,
                                                   int interrupted);

}  // namespace latimer
