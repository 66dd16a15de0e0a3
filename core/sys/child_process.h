// ChildProcess: the one way in which Latimer has children.
//
// A child is known by its pidfd: waiting, signalling and polling go through it, so no signal handler is
// needed and no pid is mistaken for another. How it ended comes from the kernel itself (waitid), so that
// exit(9) and SIGKILL are never confused.
//
// Every child gets the signal mask and dispositions that Latimer was started with (signal_state.h), and no
// descriptor of Latimer's: all of them are CLOEXEC. Descriptors that Latimer inherited without CLOEXEC pass
// on to a held command, as they would without Latimer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/result.h"
#include "core/sys/exit_status.h"
#include "core/sys/unique_fd.h"

namespace latimer {

// A tool that Latimer uses (strace ...). Started through Boost.Process v2.
struct SpawnOptions {
  std::string path;                                     // file to execute (see resolve_command)
  std::vector<std::string> argv;                        // with argv[0]
  std::optional<std::vector<std::string>> environment;  // "NAME=value"; nullopt: Latimer's own
  int stdin_fd = -1;                                    // -1: /dev/null
  int stdout_fd = -1;                                   // -1: Latimer's own
  int stderr_fd = -1;                                   // -1: Latimer's own
  std::vector<int> pass_fds;       // stay open in the child, with the same number; all others are closed
  int parent_death_signal = 0;     // sent to the child when the *thread* that spawned it ends; 0: none
  bool own_process_group = false;  // the terminal's Ctrl-C does not reach it
};

// A command to be observed. Started by a launcher of our own that waits, before execve, until release().
struct HeldOptions {
  std::string path;               // file to execute (see resolve_command)
  std::vector<std::string> argv;  // with argv[0], as typed
  std::optional<std::string>
      user;  // name or number: identity, groups, and HOME, SHELL, USER, LOGNAME as `su user` sets them
  bool allow_tracing = false;  // lets Latimer's other children ptrace it where Yama is strict
};

// CPU time of an ended child and of those of its descendants that were waited for. ns.
struct ChildCpu {
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
};

class ChildProcess {
 public:
  ChildProcess() = default;  // no child
  ChildProcess(ChildProcess&&) noexcept = default;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  // A held child that was never released ends (status 125) and is waited for; any other goes on running,
  // unwatched.
  ~ChildProcess();

  // Returns when the child has executed the file, or could not (not_found, not_executable, ...).
  static Result<ChildProcess> spawn(const SpawnOptions& options);

  // Returns when the child stands before its gate: identity changed, nothing of the command run. Should
  // Latimer die then, so does the child (125). It stays in Latimer's process group, so that the terminal's
  // Ctrl-C reaches it.
  static Result<ChildProcess> spawn_held(const HeldOptions& options);

  // Opens the gate; returns when the command has been executed, or why it could not be (the child is gone
  // then). A file without "#!" that the kernel does not know is run by /bin/sh, as execvp does.
  Status release();

  [[nodiscard]] bool valid() const { return pidfd_.valid(); }
  [[nodiscard]] std::int32_t pid() const { return pid_; }
  [[nodiscard]] bool held() const { return gate_.valid(); }
  // Descriptor that the held child reads from: its number in the child.
  [[nodiscard]] int gate_number() const { return gate_number_; }
  // Readable once the child has ended.
  [[nodiscard]] int poll_fd() const { return pidfd_.get(); }

  // How it ended; nullopt: still running at the deadline. Collects the zombie. Not thread-safe.
  std::optional<ExitStatus> wait(std::chrono::steady_clock::time_point deadline);
  std::optional<ExitStatus> try_wait() { return wait(std::chrono::steady_clock::time_point::min()); }
  // After wait() gave a status.
  [[nodiscard]] std::optional<ChildCpu> cpu() const { return cpu_; }
  // Of the largest process among it and those of its descendants that were waited for, after wait() gave a
  // status.
  [[nodiscard]] std::optional<std::uint64_t> peak_rss_bytes() const { return peak_rss_bytes_; }

  // Thread-safe against wait(); never hits another process. False: it is gone, or it may not be signalled.
  bool kill(int signal) const;

 private:
  static Result<ChildProcess> adopt(std::int32_t pid);
  void abandon() noexcept;

  std::int32_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd gate_;    // writing end; closing it unwritten ends the child
  UniqueFd report_;  // the launcher's errors; EOF: executed
  int gate_number_ = -1;
  std::string path_;
  std::optional<ExitStatus> status_;
  std::optional<ChildCpu> cpu_;
  std::optional<std::uint64_t> peak_rss_bytes_;
};

// The file that `name` means: itself when it has a '/', else the first executable file of that name in PATH,
// as execvp would find it. not_found: `env` would say 127. not_executable: 126.
[[nodiscard]] Result<std::string> resolve_command(const std::string& name);

}  // namespace latimer
