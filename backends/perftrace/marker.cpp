#include "backends/perftrace/marker.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

namespace latimer::perftrace {

Marker::Marker() {
  thread_ = std::thread([this] { run(); });
  tid_.wait(0);
}

Marker::~Marker() {
  seen_ = end_ = true;
  poke();
  thread_.join();
}

void Marker::run() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  ::prctl(PR_SET_NAME, "latimer-marker");
  tid_ = static_cast<std::int32_t>(::syscall(SYS_gettid));
  tid_.notify_all();
  while (!seen_) {
    ::syscall(kMarkerCall);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::prctl(PR_SET_NAME, "latimer-waiting");
  for (unsigned answered = 0; !end_;) {
    pokes_.wait(answered);
    answered = pokes_;
    ::syscall(kMarkerCall);
  }
}

void Marker::seen() { seen_ = true; }

void Marker::poke() noexcept {
  ++pokes_;
  pokes_.notify_all();
}

}  // namespace latimer::perftrace
