#include "validation/overhead/tool_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <sstream>

#include "core/model/text_escape.h"
#include "core/sys/child_process.h"
#include "core/sys/fd_util.h"
#include "core/sys/proc.h"
#include "core/sys/tool_process.h"
#include "core/sys/tracepoint_programs.h"

namespace latimer::overhead {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

std::uint64_t ns_between(SteadyClock::time_point a, SteadyClock::time_point b) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::chrono::nanoseconds(b - a).count()));
}

// The end of what a program said, on one line.
std::string last_words(const std::string& text) {
  constexpr std::size_t kMost = 300;
  std::string words = text.substr(text.size() - std::min(text.size(), kMost));
  while (!words.empty() && words.back() == '\n') words.pop_back();
  std::replace(words.begin(), words.end(), '\n', ' ');
  return words.empty() ? "it said nothing" : escape_bytes(words);
}

void replace_in(std::string& word, std::string_view what, const std::string& by) {
  if (const std::size_t at = word.find(what); at != std::string::npos) word.replace(at, what.size(), by);
}

class Run {
 public:
  explicit Run(const ToolRunRequest& request) : request_(request), tool_(*request.competitor) {}
  ~Run() { kill_all(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  ToolRunOutcome run();

 private:
  using Step = std::optional<ToolRunFailure>;

  Step prepare();
  Step start_tool();
  Step wait_until_attached();
  Step start_stopwatch();
  Step wait_until_ready();
  Step run_workload();
  Step leave();
  void look_at_tool();

  Result<ChildProcess> spawn(const std::vector<std::string>& argv, std::string_view name, int stdin_fd);
  // A line that the stopwatch says, within the limit.
  Result<std::string> next_line(std::string_view waiting_for, Step& failure);
  Step wait_for_end(ChildProcess& child, std::string_view what);
  Step failed(Failed who, std::string message) const;
  [[nodiscard]] std::string tool_said() const;
  [[nodiscard]] std::string file(std::string_view name) const;
  void kill_all();

  const ToolRunRequest& request_;
  const Competitor& tool_;
  ToolRunResult result_;
  ChildProcess tool_process_;  // around and beside
  ChildProcess stopwatch_;     // alone and beside: our own child
  UniqueFd said_, go_, tool_input_;
  std::string heard_;
  std::int32_t stopwatch_pid_ = -1;
  std::uint64_t tool_cpu_so_far_ = 0;  // at the workload's end
  SteadyClock::time_point started_;
  std::vector<std::int32_t> groups_;  // process groups that may still have somebody in them
};

Run::Step Run::failed(Failed who, std::string message) const {
  return ToolRunFailure{who, {Errc::unavailable, std::move(message), ""}};
}

std::string Run::file(std::string_view name) const {
  Result<std::string> text = read_file(fmt::format("{}/{}", request_.folder, name));
  return text ? std::move(text).value() : "";
}

std::string Run::tool_said() const { return file("tool.err") + file("tool.out"); }

Run::Step Run::prepare() {
  std::string command;
  for (const std::string& word : *request_.command) command += word + '\0';
  const std::string& folder = request_.folder;
  const UniqueFd file(::open((folder + "/command").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!file || !write_all(file.get(), command).ok())
    return failed(Failed::host, fmt::format("cannot write {}/command: {}", folder, errno_text(errno)));
  for (const char* name : {"/said", "/go"}) {
    if (::mkfifo((folder + name).c_str(), 0600) != 0)
      return failed(Failed::host, fmt::format("cannot make {}{}: {}", folder, name, errno_text(errno)));
  }
  // Opened at both ends, so that nobody's open() waits for us; `said` never comes to its end, then, but
  // whoever speaks there is watched.
  said_.reset(::open((folder + "/said").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  go_.reset(::open((folder + "/go").c_str(), O_RDWR | O_CLOEXEC));
  if (!said_ || !go_) return failed(Failed::host, fmt::format("cannot open the FIFOs in {}", folder));
  return std::nullopt;
}

Result<ChildProcess> Run::spawn(const std::vector<std::string>& argv, std::string_view name, int stdin_fd) {
  const auto open_output = [&](std::string_view ending) {
    const std::string path = fmt::format("{}/{}.{}", request_.folder, name, ending);
    return UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  };
  const UniqueFd out = open_output("out");
  const UniqueFd err = open_output("err");
  if (!out || !err) return Error{Errc::io, "cannot write into " + request_.folder, ""};
  SpawnOptions options;
  options.path = argv.front();
  options.argv = argv;
  options.environment = plain_environment();
  options.stdin_fd = stdin_fd;
  options.stdout_fd = out.get();
  options.stderr_fd = err.get();
  options.parent_death_signal = SIGTERM;
  options.own_process_group = true;
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (child) groups_.push_back(child->pid());
  return child;
}

Run::Step Run::start_tool() {
  if (tool_.place == Place::alone) return std::nullopt;
  std::vector<std::string> argv = tool_.tool;
  for (std::string& word : argv) {
    replace_in(word, "{folder}", request_.folder);
    replace_in(word, "{calls}", request_.calls);
  }
  if (tool_.place == Place::around) {
    argv.push_back(request_.stopwatch);
    argv.push_back(request_.folder);
  }
  Result<Pipe> input = make_pipe();
  if (!input) return failed(Failed::host, input.error().message);
  tool_input_ = std::move(input->write);
  started_ = SteadyClock::now();
  Result<ChildProcess> child = spawn(argv, "tool", input->read.get());
  if (!child) return failed(Failed::tool, fmt::format("it cannot be started: {}", child.error().message));
  tool_process_ = std::move(child).value();
  return std::nullopt;
}

Run::Step Run::wait_until_attached() {
  if (tool_.place != Place::beside) return std::nullopt;
  const auto attached = [&] {
    if (tool_.attached == Attached::says_so) return file("tool.out").find("attached") != std::string::npos;
    const TracepointPrograms programs = programs_on_raw_syscalls();
    const auto has = [&](std::string_view side) {
      return std::any_of(programs.found.begin(), programs.found.end(), [&](const TracepointProgram& one) {
        return one.pid == tool_process_.pid() && one.tracepoint == side;
      });
    };
    return has("sys_enter") && has("sys_exit");
  };
  const auto deadline = started_ + request_.limit;
  while (!attached()) {
    if (tool_process_.try_wait())
      return failed(Failed::tool, fmt::format("it ended before it watched: {}", last_words(tool_said())));
    if (SteadyClock::now() > deadline)
      return failed(Failed::tool, fmt::format("it did not attach within {} s", request_.limit / 1s));
    if (request_.interrupt_fd >= 0 && wait_readable(request_.interrupt_fd, SteadyClock::now() + 5ms))
      return failed(Failed::interrupted, "interrupted");
    if (request_.interrupt_fd < 0) ::usleep(5000);
  }
  result_.start_ns = ns_between(started_, SteadyClock::now());
  ::usleep(100'000);  // until it has nothing more to do at its start
  return std::nullopt;
}

Run::Step Run::start_stopwatch() {
  if (tool_.place == Place::around) return std::nullopt;
  Result<ChildProcess> child = spawn({request_.stopwatch, request_.folder}, "stopwatch", -1);
  if (!child) return failed(Failed::host, fmt::format("latimer-stopwatch: {}", child.error().message));
  stopwatch_ = std::move(child).value();
  return std::nullopt;
}

Result<std::string> Run::next_line(std::string_view waiting_for, Step& failure) {
  const auto deadline = SteadyClock::now() + request_.limit;
  while (true) {
    if (const std::size_t end = heard_.find('\n'); end != std::string::npos) {
      std::string line = heard_.substr(0, end);
      heard_.erase(0, end + 1);
      return line;
    }
    std::array<pollfd, 4> fds{{{said_.get(), POLLIN, 0},
                               {request_.interrupt_fd, POLLIN, 0},
                               {tool_process_.valid() ? tool_process_.poll_fd() : -1, POLLIN, 0},
                               {stopwatch_.valid() ? stopwatch_.poll_fd() : -1, POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), poll_timeout(deadline));
    if (ready < 0) continue;  // EINTR
    std::array<char, 256> block;
    const ssize_t got = fds[0].revents != 0 ? ::read(said_.get(), block.data(), block.size()) : 0;
    if (got > 0) {
      heard_.append(block.data(), static_cast<std::size_t>(got));
    } else if (fds[1].revents != 0) {
      failure = failed(Failed::interrupted, "interrupted");
    } else if (fds[2].revents != 0) {
      failure =
          failed(Failed::tool, fmt::format("it ended before {}: {}", waiting_for, last_words(tool_said())));
    } else if (fds[3].revents != 0) {
      failure = failed(Failed::host, fmt::format("latimer-stopwatch ended before {}: {}", waiting_for,
                                                 last_words(file("stopwatch.err"))));
    } else if (ready == 0) {
      const Failed who = tool_.place == Place::alone ? Failed::workload : Failed::tool;
      failure = failed(who, fmt::format("{} did not come within {} s", waiting_for, request_.limit / 1s));
    }
    if (failure) return Error{Errc::unavailable, "", ""};
  }
}

Run::Step Run::wait_until_ready() {
  Step failure;
  const Result<std::string> line = next_line("the workload's beginning", failure);
  if (!line) return failure;
  std::istringstream words(*line);
  std::string word;
  if (!(words >> word >> stopwatch_pid_) || word != "ready")
    return failed(Failed::host, "latimer-stopwatch says what is not understood: " + *line);
  if (tool_.place == Place::around) result_.start_ns = ns_between(started_, SteadyClock::now());
  return std::nullopt;
}

Run::Step Run::run_workload() {
  if (const Status went = write_all(go_.get(), "g"); !went.ok())
    return failed(Failed::host, went.error().message);
  Step failure;
  const Result<std::string> line = next_line("the workload's end", failure);
  if (!line) return failure;
  std::istringstream words(*line);
  std::string word;
  std::uint64_t begin = 0, end = 0, user = 0, system = 0;
  int status = 0;
  if (!(words >> word >> begin >> end >> status >> user >> system) || word != "done")
    return failed(Failed::host, "latimer-stopwatch says what is not understood: " + *line);
  result_.wall_ns = end - begin;
  result_.workload_cpu_ns = user + system;
  result_.workload_out = file("stdout");
  if (status == 0) return std::nullopt;
  return failed(Failed::workload,
                fmt::format("it ended with status {}: {}", status, last_words(file("stderr"))));
}

// While the stopwatch waits: the tool is all there, and the clock stands.
void Run::look_at_tool() {
  if (!tool_process_.valid()) return;
  std::uint64_t peak = 0;
  std::vector<std::int32_t> processes{tool_process_.pid()};
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (const auto status = status_of(processes[i])) peak += status->peak_rss_bytes;
    if (const auto stat = stat_of(processes[i])) tool_cpu_so_far_ += stat->own.user_ns + stat->own.system_ns;
    for (const std::int32_t child : children_of(processes[i])) {
      if (child != stopwatch_pid_) processes.push_back(child);
    }
  }
  if (peak > 0) result_.tool_rss_bytes = peak;
}

Run::Step Run::wait_for_end(ChildProcess& child, std::string_view what) {
  const auto deadline = SteadyClock::now() + request_.limit;
  while (!child.wait(std::min(deadline, SteadyClock::now() + 50ms))) {
    if (SteadyClock::now() >= deadline)
      return failed(Failed::tool, fmt::format("{} did not end within {} s", what, request_.limit / 1s));
    if (request_.interrupt_fd >= 0 && wait_readable(request_.interrupt_fd, SteadyClock::now()))
      return failed(Failed::interrupted, "interrupted");
  }
  return std::nullopt;
}

Run::Step Run::leave() {
  look_at_tool();
  const auto told = SteadyClock::now();
  if (const Status went = write_all(go_.get(), "g"); !went.ok())
    return failed(Failed::host, went.error().message);
  if (stopwatch_.valid()) {
    if (auto failure = wait_for_end(stopwatch_, "latimer-stopwatch")) return failure;
    if (const auto cpu = stopwatch_.cpu()) result_.tree_cpu_ns += cpu->user_ns + cpu->system_ns;
  }
  if (!tool_process_.valid()) return std::nullopt;
  auto left_at = told;
  if (tool_.place == Place::beside) {
    left_at = SteadyClock::now();
    tool_input_.reset();
    if (tool_.attached == Attached::has_tracepoints) tool_process_.kill(SIGINT);
  }
  if (auto failure = wait_for_end(tool_process_, "it")) return failure;
  result_.leave_ns = ns_between(left_at, SteadyClock::now());
  result_.tool_out = tool_said();
  if (const auto cpu = tool_process_.cpu()) {
    const std::uint64_t all = cpu->user_ns + cpu->system_ns;
    // perf trace does not wait for the workload, so the kernel does not count it there.
    constexpr std::uint64_t kSteps = 20'000'000;  // of /proc/PID/stat
    const bool waited =
        tool_.place == Place::around && all + kSteps >= tool_cpu_so_far_ + result_.workload_cpu_ns;
    if (!waited || all >= result_.workload_cpu_ns)
      result_.tool_cpu_ns = all - (waited ? result_.workload_cpu_ns : 0);
    result_.tree_cpu_ns += all;
    if (tool_.place == Place::around && !waited) result_.tree_cpu_ns += result_.workload_cpu_ns;
  }
  const ExitStatus status = tool_process_.try_wait().value_or(ExitStatus{});
  if (tool_.place == Place::around && status != ExitStatus{})
    return failed(Failed::tool, fmt::format("it ended with status {}: {}", status.shell_code(),
                                            last_words(result_.tool_out)));
  return std::nullopt;
}

// Of groups whose leader has ended, too: a command that lost its tracer runs on in its group.
void Run::kill_all() {
  for (const std::int32_t group : groups_) ::kill(-group, SIGTERM);
  for (ChildProcess* child : {&tool_process_, &stopwatch_}) {
    if (child->valid()) (void)child->wait(SteadyClock::now() + 3s);
  }
  for (const std::int32_t group : groups_) ::kill(-group, SIGKILL);
  for (ChildProcess* child : {&tool_process_, &stopwatch_}) {
    if (child->valid()) (void)child->wait(SteadyClock::now() + 10s);
  }
  groups_.clear();
}

ToolRunOutcome Run::run() {
  for (const auto step : {&Run::prepare, &Run::start_tool, &Run::wait_until_attached, &Run::start_stopwatch,
                          &Run::wait_until_ready, &Run::run_workload, &Run::leave}) {
    if (Step failure = (this->*step)()) return {std::nullopt, std::move(failure)};
  }
  groups_.clear();  // all have ended and been waited for
  return {std::move(result_), std::nullopt};
}

}  // namespace

ToolRunOutcome run_tool(const ToolRunRequest& request) { return Run(request).run(); }

}  // namespace latimer::overhead
