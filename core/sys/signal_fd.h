// SignalFd: SIGINT, SIGTERM and SIGHUP as something to poll.
#pragma once

#include <optional>

#include "core/model/result.h"
#include "core/sys/unique_fd.h"

namespace latimer {

class SignalFd {
 public:
  // Blocks them in the calling thread and in all threads that it makes later, so it comes
  // before them. Children are not affected (signal_state.h). A signal that Latimer was told to ignore (nohup,
  // background jobs of sh) stays ignored.
  static Result<SignalFd> create();

  [[nodiscard]] int fd() const { return fd_.get(); }

  struct Arrival {
    int signal = 0;
    int ordinal = 0;  // 1: the first; 2 and more: whoever sends it means it
  };
  // The next one; nullopt: none is waiting.
  std::optional<Arrival> read();

 private:
  UniqueFd fd_;
  int arrivals_ = 0;
};

}  // namespace latimer
