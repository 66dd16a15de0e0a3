#include "cli/end_like.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace latimer {

void end_like(const ExitStatus& status) {
  if (!status.signaled) std::exit(status.value);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // A core pattern that is a pipe ignores the limit; only this keeps it from being run (core(5)).
  prctl(PR_SET_DUMPABLE, 0);
  signal(status.value, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, status.value);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  raise(status.value);
  std::exit(128 + status.value);  // a signal that does not end anybody here
}

}  // namespace latimer
