// ChildProcess::spawn: tools, through Boost.Process v2.
//
// What of Boost 1.81 is not used, and why: its process object's destructor kills, its terminate and
// async_wait race for the status, and its status does not tell exit(9) from SIGKILL; so the process is
// detached at once and handled by pidfd. A child whose exec fails calls exit(), which would write the
// parent's buffered output a second time: on_exec_error leaves before that.
#define BOOST_PROCESS_USE_STD_FS 1

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// What Boost 1.81's own headers use without including it when BOOST_PROCESS_USE_STD_FS is set.
#include <boost/optional.hpp>
#include <boost/type_traits/decay.hpp>
#include <boost/type_traits/is_convertible.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>

#include "core/sys/child_process.h"
#include "core/sys/fd_util.h"
#include "core/sys/signal_state.h"

namespace latimer {
namespace {

namespace bp = boost::process::v2;

// Runs in the child between fork and exec; async-signal-safe.
struct ChildSetup {
  const SpawnOptions& options;
  const SignalState& signals;
  int null_fd;
  pid_t parent;

  template <typename Launcher>
  bp::error_code on_exec_setup(Launcher&, const bp::filesystem::path&, const char* const*(&)) {
    signals.restore();
    if (options.own_process_group && ::setpgid(0, 0) != 0) return last_error();
    if (options.parent_death_signal != 0) {
      if (::prctl(PR_SET_PDEATHSIG, options.parent_death_signal) != 0) return last_error();
      if (::getppid() != parent) ::_exit(125);  // it died before the call above: nobody would send the signal
    }
    if (!redirect(options.stdin_fd >= 0 ? options.stdin_fd : null_fd, STDIN_FILENO)) return last_error();
    if (!redirect(options.stdout_fd, STDOUT_FILENO) || !redirect(options.stderr_fd, STDERR_FILENO))
      return last_error();
    for (const int fd : options.pass_fds) {
      if (::fcntl(fd, F_SETFD, 0) != 0) return last_error();
    }
    return {};
  }

  // Boost 1.81 asks for the first form and calls the second.
  template <typename Launcher>
  void on_exec_error(Launcher&, const bp::error_code&, const bp::filesystem::path&, const char* const*(&),
                     const bp::error_code&) {
    ::_exit(127);
  }
  template <typename Launcher>
  void on_exec_error(Launcher&, const bp::filesystem::path&, const char* const*(&), const bp::error_code&) {
    ::_exit(127);
  }

  static bp::error_code last_error() { return {errno, boost::system::system_category()}; }
  static bool redirect(int from, int to) {
    if (from < 0) return true;
    return from == to ? ::fcntl(to, F_SETFD, 0) == 0 : ::dup2(from, to) == to;
  }
};

Error spawn_error(const SpawnOptions& options, int number) {
  const Errc code = number == ENOENT                        ? Errc::not_found
                    : number == EACCES || number == ENOEXEC ? Errc::not_executable
                                                            : Errc::unavailable;
  return Error{code, "cannot run " + options.path + ": " + errno_text(number), ""};
}

std::vector<const char*> pointers(const std::vector<std::string>& strings) {
  std::vector<const char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(text.c_str());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Result<ChildProcess> ChildProcess::spawn(const SpawnOptions& options) {
  const UniqueFd null_fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null_fd) return Error{Errc::io, "cannot open /dev/null: " + errno_text(errno), ""};
  std::vector<const char*> argv = pointers(options.argv);
  std::vector<const char*> environment;
  bp::posix::default_launcher launcher;
  if (options.environment) {
    environment = pointers(*options.environment);
    launcher.env = environment.data();
  }
  for (const int fd : options.pass_fds) launcher.fd_whitelist.push_back(fd);
  try {
    boost::asio::io_context context;
    boost::system::error_code error;
    auto process = launcher(context.get_executor(), error, bp::filesystem::path(options.path), argv.data(),
                            ChildSetup{options, initial_signal_state(), null_fd.get(), ::getpid()});
    if (error) {
      if (launcher.pid > 0) ::waitpid(launcher.pid, nullptr, 0);  // Boost leaves it a zombie
      return spawn_error(options, error.value());
    }
    process.detach();
  } catch (const std::exception& failure) {
    return Error{Errc::unavailable, "cannot run " + options.path + ": " + failure.what(), ""};
  }
  return adopt(launcher.pid);
}

}  // namespace latimer
