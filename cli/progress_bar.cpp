#include "cli/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "cli/diagnostics.h"

namespace latimer {
namespace {

using namespace std::chrono_literals;

constexpr int kBarWidth = 24;

std::string bytes_text(double bytes) {
  return bytes >= 1e9 ? fmt::format("{:.2f} GB", bytes / 1e9) : fmt::format("{:.0f} MB", bytes / 1e6);
}

int terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_text(const Progress& progress, std::chrono::nanoseconds elapsed, int width) {
  const double seconds = std::max(1e-3, std::chrono::duration<double>(elapsed).count());
  const auto done = static_cast<double>(progress.done);
  const double speed = done / seconds;
  std::string text;
  if (progress.total && *progress.total > 0) {
    const auto total = static_cast<double>(*progress.total);
    const double share = std::min(1.0, done / total);
    const int filled = static_cast<int>(std::lround(share * kBarWidth));
    const double left = speed > 0 ? (total - done) / speed : 0;
    text = fmt::format("[{}{}] {:3.0f} %  {} of {}  {:.0f} MB/s  {:.0f} s left", std::string(filled, '#'),
                       std::string(kBarWidth - filled, '.'), share * 100, bytes_text(done), bytes_text(total),
                       speed / 1e6, std::ceil(std::max(0.0, left)));
  } else {
    text = fmt::format("read {}  {:.0f} MB/s", bytes_text(done), speed / 1e6);
  }
  return text.substr(0, static_cast<std::size_t>(std::max(1, width - 1)));
}

ProgressBar::ProgressBar(const EventSource& source) : source_(source), thread_([this] { run(); }) {}

ProgressBar::~ProgressBar() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ProgressBar::run() {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  const auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  bool drawn = false;
  auto pause = 500ms;
  while (!changed_.wait_for(lock, pause, [this] { return ending_; })) {
    pause = 200ms;
    const auto progress = source_.progress();
    if (!progress) continue;
    const std::string text =
        progress_text(*progress, std::chrono::steady_clock::now() - start, terminal_columns());
    print_stderr("\r" + text + "\x1b[K");
    drawn = true;
  }
  if (drawn) print_stderr("\r\x1b[K");
}

}  // namespace latimer
