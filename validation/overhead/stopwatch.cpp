// latimer-stopwatch FOLDER: runs a command and tells when it began and ended and what it used, from within
// whatever tracer runs this program. So the times of a run are free of the tracer's own start and end.
//
// In FOLDER: `command` (its arguments, a NUL after each), the FIFOs `said` and `go`, and at the end `stdout`
// and `stderr`, the command's. Says `ready PID`, waits for a byte in `go`, runs the command, says
// `done BEGIN END STATUS USER SYSTEM` (CLOCK_MONOTONIC, ns; STATUS as a shell has it; CPU of the command and
// of what it waited for, and of this program), waits for another byte, and ends with STATUS. The end of `go`
// ends it, too: whoever measures is gone then.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr int kExitFailure = 125;

[[noreturn]] void fail(const std::string& what) {
  const std::string line = "latimer-stopwatch: " + what + ": " + std::strerror(errno) + "\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
  _exit(kExitFailure);
}

long long now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);  // the vDSO: not a system call
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

long long in_ns(const timeval& time) { return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1'000LL; }

int open_or_fail(const std::string& path, int flags) {
  const int file = open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file < 0) fail("cannot open " + path);
  return file;
}

std::vector<std::string> read_command(const std::string& path) {
  const int file = open_or_fail(path, O_RDONLY);
  std::string text;
  char block[4096];
  for (ssize_t got; (got = read(file, block, sizeof block)) > 0;)
    text.append(block, static_cast<size_t>(got));
  close(file);
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size(); at += words.back().size() + 1) words.emplace_back(text.c_str() + at);
  if (words.empty()) fail("no command in " + path);
  return words;
}

void say(int file, const std::string& line) {
  if (write(file, line.data(), line.size()) != static_cast<ssize_t>(line.size())) fail("cannot speak");
}

void wait_for_go(int file) {
  char byte;
  if (read(file, &byte, 1) != 1) _exit(kExitFailure);
}

// Never returns in the child. Its outputs are files: a tracer's own are not mixed with them.
pid_t start(std::vector<std::string>& words, int out, int err) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0) _exit(kExitFailure);
  execvp(argv[0], argv.data());
  fail("cannot run " + words[0]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("Usage: latimer-stopwatch FOLDER\n", stderr);
    return kExitFailure;
  }
  const std::string folder = argv[1];
  std::vector<std::string> command = read_command(folder + "/command");
  const int out = open_or_fail(folder + "/stdout", O_WRONLY | O_CREAT | O_TRUNC);
  const int err = open_or_fail(folder + "/stderr", O_WRONLY | O_CREAT | O_TRUNC);
  const int said = open_or_fail(folder + "/said", O_WRONLY);
  const int go = open_or_fail(folder + "/go", O_RDONLY);
  say(said, "ready " + std::to_string(getpid()) + "\n");
  wait_for_go(go);
  const long long begin = now_ns();
  const pid_t child = start(command, out, err);
  if (child < 0) fail("cannot fork");
  int status = 0;
  rusage used{}, own{};
  while (wait4(child, &status, 0, &used) != child) {
    if (errno != EINTR) fail("cannot wait");
  }
  const long long end = now_ns();
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  getrusage(RUSAGE_SELF, &own);
  say(said, "done " + std::to_string(begin) + " " + std::to_string(end) + " " + std::to_string(code) + " " +
                std::to_string(in_ns(used.ru_utime) + in_ns(own.ru_utime)) + " " +
                std::to_string(in_ns(used.ru_stime) + in_ns(own.ru_stime)) + "\n");
  wait_for_go(go);
  return code;
}
