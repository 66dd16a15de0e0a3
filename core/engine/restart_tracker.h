// RestartTracker: which calls of a thread go on with an interrupted one, so that a call joined with its
// restarts can be counted once.
//
// A call that a signal cuts short comes back with ERESTART*. What follows (signal(7), kernel
// arch/*/kernel/signal.c):
//   no handler                      the same call is entered again at once; after ERESTART_RESTARTBLOCK
//   restart_syscall is a handler                       the handler's calls, rt_sigreturn, and then
//     ERESTARTNOINTR, or ERESTARTSYS under SA_RESTART: the same call again; rt_sigreturn "returns" the
//     restored register otherwise                     the program gets EINTR, and that is what rt_sigreturn
//     "returns"
// Handlers nest, so there is a stack: one frame per handler under way.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace latimer {

class RestartTracker {
 public:
  // The call returned one of the ERESTART* numbers.
  void interrupted(std::int32_t number, std::int32_t error);
  // A signal is delivered. `caught`: the process has a handler; nullopt: not known.
  void signal(std::optional<bool> caught);
  // A call is entered. True: it continues an interrupted one. `sigreturn` and `restart`: it is rt_sigreturn
  // or restart_syscall.
  bool entered(std::int32_t number, bool sigreturn, bool restart);
  // rt_sigreturn came back, with this errno restored (0: none).
  void sigreturn_returned(std::int32_t error);
  // No call that is entered now can be the continuation of another.
  [[nodiscard]] bool idle() const { return !waiting_; }

 private:
  void handler_begins();
  struct Interrupted {
    std::int32_t number = 0;
    std::int32_t error = 0;
  };
  std::optional<Interrupted> waiting_;  // its re-entry may come next
  // One per handler: the call that it interrupted, if any. Handlers that leave by longjmp never return
  // theirs, so only the latest 64 are kept.
  std::vector<std::optional<Interrupted>> frames_;
};

}  // namespace latimer
