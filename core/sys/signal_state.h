// The signal mask and dispositions that Latimer was started with: what its children must get, whatever
// Latimer does to its own.
#pragma once

#include <csignal>

namespace latimer {

struct SignalState {
  sigset_t mask{};
  sigset_t ignored{};  // signals whose disposition was SIG_IGN

  // In a child between fork and exec: async-signal-safe.
  void restore() const;
};

// Reads the state at the first call and answers with that ever after. main() calls it before it changes
// anything; everything in core/sys that changes a mask or a disposition calls it first.
const SignalState& initial_signal_state();

// For writers that want EPIPE and EFBIG instead of death.
void ignore_output_signals();

}  // namespace latimer
