// ChildProcess::spawn_held: the command to be observed, by a launcher of our own. (A gate in Boost's
// on_exec_setup would deadlock: its parent waits for the exec.)
//
//   parent                          child
//   fork ------------------------->  signals, identity
//   <------ Report{ready, 0} ------
//   (attach tracers)                 blocked in read(gate)
//   'G' on the gate --------------> execve
//   <------ EOF (CLOEXEC), or Report{exec, errno}
//
// Between fork and exec the child only makes async-signal-safe calls: Latimer may have threads. Everything
// that allocates is prepared before.
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/sys/child_process.h"
#include "core/sys/fd_util.h"
#include "core/sys/signal_state.h"

namespace latimer {
namespace {

constexpr int kLatimerDied = 125;

enum class Stage : std::int32_t { ready, user, exec };

struct Report {
  Stage stage = Stage::ready;
  std::int32_t error = 0;
};

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string home, shell, name;
};

// Everything the child needs, made before the fork.
struct Plan {
  std::string path;
  std::vector<const char*> argv;
  std::vector<const char*> shell_argv;  // /bin/sh PATH ARGS..., for files the kernel does not know
  std::vector<std::string> environment_text;
  std::vector<const char*> environment;
  std::optional<Identity> identity;
  bool allow_tracing = false;
  pid_t parent = 0;
};

Result<Identity> find_user(const std::string& wanted) {
  std::vector<char> buffer(1 << 16);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(wanted.c_str(), &entry, buffer.data(), buffer.size(), &found);
  uid_t number = 0;
  const auto [end, problem] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (found == nullptr && problem == std::errc{} && end == wanted.data() + wanted.size()) {
    ::getpwuid_r(number, &entry, buffer.data(), buffer.size(), &found);
  }
  if (found == nullptr) return Error{Errc::usage, "no such user: " + wanted, ""};
  Identity identity{entry.pw_uid, entry.pw_gid, {}, entry.pw_dir, entry.pw_shell, entry.pw_name};
  int count = 64;
  do {
    identity.groups.resize(static_cast<std::size_t>(count));
  } while (::getgrouplist(entry.pw_name, entry.pw_gid, identity.groups.data(), &count) < 0);
  identity.groups.resize(static_cast<std::size_t>(count));
  return identity;
}

// Latimer's own environment, with the variables that `su USER` sets.
std::vector<std::string> environment_for(const Identity& identity) {
  const std::pair<std::string, std::string> changes[] = {{"HOME=", identity.home},
                                                         {"SHELL=", identity.shell},
                                                         {"USER=", identity.name},
                                                         {"LOGNAME=", identity.name}};
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    bool replaced = false;
    for (const auto& [name, value] : changes)
      replaced = replaced || std::strncmp(*variable, name.c_str(), name.size()) == 0;
    if (!replaced) result.emplace_back(*variable);
  }
  for (const auto& [name, value] : changes) result.push_back(name + value);
  return result;
}

Result<Plan> make_plan(const HeldOptions& options) {
  Plan plan;
  plan.path = options.path;
  plan.parent = ::getpid();
  plan.allow_tracing = options.allow_tracing;
  for (const std::string& argument : options.argv) plan.argv.push_back(argument.c_str());
  plan.shell_argv = {"/bin/sh", options.path.c_str()};
  for (std::size_t i = 1; i < options.argv.size(); ++i) plan.shell_argv.push_back(options.argv[i].c_str());
  plan.argv.push_back(nullptr);
  plan.shell_argv.push_back(nullptr);
  if (options.user) {
    Result<Identity> identity = find_user(*options.user);
    if (!identity) return std::move(identity).error();
    plan.identity = *std::move(identity);
    plan.environment_text = environment_for(*plan.identity);
    for (const std::string& variable : plan.environment_text) plan.environment.push_back(variable.c_str());
  } else {
    for (char** variable = environ; *variable != nullptr; ++variable) plan.environment.push_back(*variable);
  }
  plan.environment.push_back(nullptr);
  return plan;
}

// Whoever is not root may only trace what has no more privileges than he has, and was not marked untraceable.
// Both may hold for Latimer: by file capabilities, or a change of user before it was started. The command
// keeps neither through execve, so its launcher gives them up early. (Ambient capabilities do pass through;
// then nothing is changed.)
void become_traceable() {
  if (::geteuid() == 0) return;
  for (int capability = 0; capability <= 63; ++capability) {
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) == 1) return;
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return;
  for (__user_cap_data_struct& part : data) part.effective = part.permitted = 0;
  if (::syscall(SYS_capset, &header, data) != 0) return;
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

[[noreturn]] void leave(int report_fd, Stage stage, int status) {
  const Report report{stage, errno};
  (void)!::write(report_fd, &report, sizeof report);
  ::_exit(status);
}

// The child's life. Async-signal-safe.
[[noreturn]] void run_child(const Plan& plan, const SignalState& signals, int gate, int report_fd) {
  if (plan.identity) {
    const Identity& user = *plan.identity;
    if (::setgroups(user.groups.size(), user.groups.data()) != 0 || ::setgid(user.gid) != 0 ||
        ::setuid(user.uid) != 0) {
      leave(report_fd, Stage::user, kLatimerDied);
    }
  }
  if (plan.allow_tracing) become_traceable();
  // Yama in its mode 1 lets only ancestors trace; this admits Latimer and its descendants, and ends with
  // Latimer. Unknown without Yama.
  if (plan.allow_tracing) ::prctl(PR_SET_PTRACER, plan.parent, 0, 0, 0);
  const Report ready{};
  (void)!::write(report_fd, &ready, sizeof ready);
  char token = 0;
  ssize_t got = 0;
  // A signal from the terminal must be able to end the waiting child, so the mask is restored before the
  // read.
  signals.restore();
  do {
    got = ::read(gate, &token, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(kLatimerDied);
  auto* const* environment = const_cast<char* const*>(plan.environment.data());
  ::execve(plan.path.c_str(), const_cast<char* const*>(plan.argv.data()), environment);
  if (errno == ENOEXEC) ::execve("/bin/sh", const_cast<char* const*>(plan.shell_argv.data()), environment);
  leave(report_fd, Stage::exec, errno == ENOENT ? 127 : 126);
}

Result<std::optional<Report>> read_report(int fd) {
  Report report;
  for (;;) {
    const ssize_t got = ::read(fd, &report, sizeof report);
    if (got == static_cast<ssize_t>(sizeof report)) return std::optional<Report>(report);
    if (got == 0) return std::optional<Report>();
    if (got > 0) return Error{Errc::internal, "short report from the launcher", ""};
    if (errno != EINTR) return Error{Errc::io, "cannot read from the launcher: " + errno_text(errno), ""};
  }
}

Error exec_error(const std::string& path, int number) {
  std::string message = "cannot execute " + path + ": " + errno_text(number);
  if (number != ENOENT) return Error{Errc::not_executable, std::move(message), ""};
  if (::access(path.c_str(), F_OK) != 0) return Error{Errc::not_found, std::move(message), ""};
  return Error{Errc::not_found, std::move(message),
               "the file exists, but its interpreter (#! line or ELF loader) does not"};
}

}  // namespace

Result<ChildProcess> ChildProcess::spawn_held(const HeldOptions& options) {
  Result<Plan> plan = make_plan(options);
  if (!plan) return std::move(plan).error();
  Result<Pipe> gate = make_pipe();
  if (!gate) return std::move(gate).error();
  Result<Pipe> report = make_pipe();
  if (!report) return std::move(report).error();
  const SignalState& signals = initial_signal_state();

  const pid_t pid = ::fork();
  if (pid < 0) return Error{Errc::unavailable, "cannot fork: " + errno_text(errno), ""};
  if (pid == 0) {
    ::close(gate->write.get());  // else it would keep its own gate open
    run_child(*plan, signals, gate->read.get(), report->write.get());
  }
  Result<ChildProcess> child = adopt(pid);
  if (!child) return child;
  child->gate_number_ = gate->read.get();
  child->gate_ = std::move(gate->write);
  child->path_ = options.path;
  report->write.reset();
  Result<std::optional<Report>> first = read_report(report->read.get());
  if (!first) return std::move(first).error();
  if (!first->has_value())
    return Error{Errc::unavailable, "the launched process died before its command was started", ""};
  if ((*first)->stage == Stage::user) {
    return Error{Errc::permission, "cannot become user " + *options.user + ": " + errno_text((*first)->error),
                 "run latimer as root"};
  }
  child->report_ = std::move(report->read);
  return child;
}

Status ChildProcess::release() {
  if (!held()) return Error{Errc::internal, "release() without a held child", ""};
  const char token = 'G';
  // MSG_NOSIGNAL has no counterpart for pipes: whoever uses this class ignores SIGPIPE (the child may have
  // been killed).
  ignore_output_signals();
  (void)!::write(gate_.get(), &token, 1);
  gate_.reset();
  Result<std::optional<Report>> report = read_report(report_.get());
  report_.reset();
  if (!report) return std::move(report).error();
  if (!report->has_value()) return {};  // executed; or killed at the gate, which wait() will tell
  (void)wait(std::chrono::steady_clock::time_point::max());
  return exec_error(path_, (*report)->error);
}

}  // namespace latimer
