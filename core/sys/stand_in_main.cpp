// The stand-in's own life. It makes few system calls, and all of them are seen by the tracer.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "core/sys/child_process.h"
#include "core/sys/entry_counter.h"
#include "core/sys/fd_util.h"
#include "core/sys/stand_in.h"

namespace latimer {
namespace {

constexpr int kOwnFailure = 125;
// report, environment, three descriptors, until, entries to count, user
constexpr std::size_t kFirstOfCommand = 8;

// -1: it is none.
int number_of(const std::string& text) {
  int number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// In place of the tracer's. The strings live as long as the process.
void set_environment(int fd) {
  static std::string text;
  static std::vector<char*> variables;
  Result<std::string> read = read_file("/proc/self/fd/" + std::to_string(fd));
  if (!read) return;
  text = *std::move(read);
  for (std::size_t at = 0; at < text.size(); at = text.find('\0', at) + 1)
    variables.push_back(text.data() + at);
  variables.push_back(nullptr);
  environ = variables.data();
}

// perf opens what it writes into once more, and lets whatever it launches have it: then its end would not be
// the end of the text.
void close_outputs_of_tracer() {
  struct stat output {};
  if (::fstat(STDOUT_FILENO, &output) != 0 || !S_ISFIFO(output.st_mode)) return;
  std::vector<int> same;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int fd = number_of(entry.path().filename());
    struct stat other {};
    if (fd > STDERR_FILENO && ::fstat(fd, &other) == 0 && other.st_ino == output.st_ino &&
        other.st_dev == output.st_dev)
      same.push_back(fd);
  }
  for (const int fd : same) ::close(fd);
}

// `filters`: each followed by ';'. All of them, or none.
std::vector<EntryCounter> open_counters(std::int32_t pid, const std::string& filters) {
  std::vector<EntryCounter> counters;
  for (std::size_t at = 0; at < filters.size();) {
    const std::size_t end = filters.find(';', at);
    auto counter = EntryCounter::open(pid, filters.substr(at, end - at));
    if (!counter) return {};
    counters.push_back(*std::move(counter));
    at = end + 1;
  }
  return counters;
}

std::string counts_of(const std::vector<EntryCounter>& counters) {
  std::string line = "N";
  for (const EntryCounter& counter : counters) line += ' ' + std::to_string(counter.read());
  return line;
}

void report(int fd, const std::string& line) { (void)write_all(fd, line + "\n"); }

// What the terminal or Latimer tells the tracer to end is not meant for us: the command goes on.
void ignore_signals() {
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGTTOU})
    ::signal(signal, SIG_IGN);
}

std::int64_t in_us(const timeval& time) { return time.tv_sec * std::int64_t{1'000'000} + time.tv_usec; }

// Until the last descendant has ended, or the command.
void wait_for_all(std::int32_t command, bool until_exit, int report_fd) {
  for (;;) {
    int status = 0;
    rusage used{};
    const pid_t ended = ::wait4(-1, &status, 0, &used);
    if (ended < 0) {
      if (errno == EINTR) continue;
      return;  // no children are left
    }
    if (ended != command) continue;
    report(report_fd,
           "C " + std::to_string(in_us(used.ru_utime)) + " " + std::to_string(in_us(used.ru_stime)));
    const int how = WIFEXITED(status) ? 0 : WCOREDUMP(status) ? 2 : 1;
    report(report_fd, "S " + std::to_string(how) + " " +
                          std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)));
    if (until_exit) return;
  }
}

}  // namespace

int run_stand_in(const std::vector<std::string>& arguments) {
  if (arguments.size() <= kFirstOfCommand + 1) return kOwnFailure;
  const int report_fd = number_of(arguments[0]);
  (void)::fcntl(report_fd, F_SETFD, FD_CLOEXEC);
  set_environment(number_of(arguments[1]));
  ::close(number_of(arguments[1]));
  close_outputs_of_tracer();
  for (int fd = 0; fd < 3; ++fd) {
    const int from = number_of(arguments[static_cast<std::size_t>(fd) + 2]);
    ::dup2(from, fd);
    ::close(from);
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  ignore_signals();
  HeldOptions options;
  if (!arguments[7].empty()) options.user = arguments[7];
  options.path = arguments[kFirstOfCommand];
  options.argv.assign(arguments.begin() + kFirstOfCommand + 1, arguments.end());
  Result<ChildProcess> child = ChildProcess::spawn_held(options);
  const auto counters = child ? open_counters(child->pid(), arguments[6]) : std::vector<EntryCounter>();
  Status begun = child ? child->release() : Status(child.error());
  if (!begun) {
    report(report_fd,
           "E " + std::to_string(static_cast<int>(begun.error().code)) + " " + begun.error().message);
    return kOwnFailure;
  }
  report(report_fd, "P " + std::to_string(child->pid()) + " " + std::to_string(::getpid()));
  wait_for_all(child->pid(), arguments[5] == "until-exit", report_fd);
  if (!counters.empty()) report(report_fd, counts_of(counters));
  return 0;
}

}  // namespace latimer
