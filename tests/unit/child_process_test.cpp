#include "core/sys/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "core/sys/fd_util.h"
#include "core/sys/proc.h"
#include "core/sys/signal_state.h"

using namespace latimer;
using namespace std::chrono_literals;

namespace {

auto soon() { return std::chrono::steady_clock::now() + 20s; }

struct TempFolder {
  std::string path;
  TempFolder() {
    char name[] = "/tmp/latimer-child-test-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempFolder() { (void)!std::system(("rm -rf " + path).c_str()); }
  std::string file(const std::string& name, const std::string& text, mode_t mode) const {
    const std::string full = path + "/" + name;
    std::ofstream(full) << text;
    ::chmod(full.c_str(), mode);
    return full;
  }
};

ChildProcess held_shell(const std::string& script, HeldOptions options = {}) {
  options.path = "/bin/sh";
  options.argv = {"sh", "-c", script};
  Result<ChildProcess> child = ChildProcess::spawn_held(options);
  REQUIRE(child.ok());
  return *std::move(child);
}

ExitStatus ended(ChildProcess& child) {
  const auto status = child.wait(soon());
  REQUIRE(status.has_value());
  return *status;
}

// Starts sh with its standard output in a pipe; returns status and output.
std::pair<ExitStatus, std::string> output_of(const std::string& script, SpawnOptions options = {}) {
  Result<Pipe> pipe = make_pipe();
  REQUIRE(pipe.ok());
  options.path = "/bin/sh";
  options.argv = {"sh", "-c", script};
  options.stdout_fd = pipe->write.get();
  Result<ChildProcess> child = ChildProcess::spawn(options);
  REQUIRE(child.ok());
  pipe->write.reset();
  std::string text;
  char block[512];
  for (ssize_t got = 0; (got = ::read(pipe->read.get(), block, sizeof block)) > 0;)
    text.append(block, static_cast<size_t>(got));
  return {ended(*child), text};
}

}  // namespace

TEST_CASE("spawn reports how the child ended, natively", "[child]") {
  CHECK(output_of("exit 9").first == ExitStatus{false, false, 9});
  CHECK(output_of("kill -9 $$").first == ExitStatus{true, false, SIGKILL});
  CHECK(output_of("echo hi").second == "hi\n");
}

TEST_CASE("spawn keeps argv[0] and gives the environment it was told", "[child]") {
  SpawnOptions options;
  options.environment = std::vector<std::string>{"A=1"};
  CHECK(output_of("echo $0 $A $HOME", options).second == "sh 1\n");
}

TEST_CASE("a file that cannot be executed is an error and leaves no child", "[child]") {
  SpawnOptions options;
  options.path = "/nonexistent/tool";
  options.argv = {"tool"};
  const Result<ChildProcess> child = ChildProcess::spawn(options);
  REQUIRE(!child.ok());
  CHECK(child.error().code == Errc::not_found);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("a failed exec does not write the parent's buffered output twice", "[child]") {
  TempFolder folder;
  const std::string path = folder.path + "/buffered";
  const pid_t pid = ::fork();
  if (pid == 0) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fputs("once", file);
    SpawnOptions options;
    options.path = "/nonexistent/tool";
    options.argv = {"tool"};
    (void)ChildProcess::spawn(options).ok();
    std::fclose(file);
    ::_exit(0);
  }
  ::waitpid(pid, nullptr, 0);
  CHECK(read_file(path).value() == "once");
}

TEST_CASE("a held child runs nothing before release", "[child]") {
  TempFolder folder;
  ChildProcess child = held_shell("echo x > " + folder.path + "/ran; exit 3");
  CHECK(child.held());
  CHECK_FALSE(child.wait(std::chrono::steady_clock::now() + 50ms).has_value());
  CHECK(::access((folder.path + "/ran").c_str(), F_OK) != 0);
  REQUIRE(child.release().ok());
  CHECK(ended(child) == ExitStatus{false, false, 3});
  CHECK(::access((folder.path + "/ran").c_str(), F_OK) == 0);
}

TEST_CASE("a held child whose launcher goes away ends with 125", "[child]") {
  std::int32_t pid = 0;
  {
    ChildProcess child = held_shell("exit 0");
    pid = child.pid();
  }
  CHECK_FALSE(task_exists(pid));

  // The same when the launching process is killed: the grandchild is ours by then.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ChildProcess child = held_shell("exit 0");
    const std::int32_t grandchild = child.pid();
    (void)!::write(ends[1], &grandchild, sizeof grandchild);
    ::pause();
    ::_exit(0);
  }
  std::int32_t grandchild = 0;
  REQUIRE(::read(ends[0], &grandchild, sizeof grandchild) == sizeof grandchild);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  int status = 0;
  REQUIRE(::waitpid(grandchild, &status, 0) == grandchild);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 125);
  ::close(ends[0]);
  ::close(ends[1]);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("release reports why the command could not be executed", "[child]") {
  TempFolder folder;
  HeldOptions options;
  options.argv = {"x"};
  SECTION("missing interpreter") {
    options.path = folder.file("bad", "#!/nonexistent/interpreter\n", 0755);
    Result<ChildProcess> child = ChildProcess::spawn_held(options);
    REQUIRE(child.ok());
    const Status status = child->release();
    REQUIRE(!status.ok());
    CHECK(status.error().code == Errc::not_found);
    CHECK_FALSE(status.error().hint.empty());
    CHECK(child->try_wait() == ExitStatus{false, false, 127});
  }
  SECTION("no permission") {
    options.path = folder.file("plain", "x", 0644);
    Result<ChildProcess> child = ChildProcess::spawn_held(options);
    REQUIRE(child.ok());
    const Status status = child->release();
    REQUIRE(!status.ok());
    CHECK(status.error().code == Errc::not_executable);
  }
  SECTION("a script without #! is run by the shell") {
    options.path = folder.file("script", "exit 7\n", 0755);
    Result<ChildProcess> child = ChildProcess::spawn_held(options);
    REQUIRE(child.ok());
    REQUIRE(child->release().ok());
    CHECK(ended(*child) == ExitStatus{false, false, 7});
  }
}

TEST_CASE("children get the signal state Latimer was started with", "[child]") {
  (void)initial_signal_state();
  ignore_output_signals();
  sigset_t block, before;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  sigaddset(&block, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &block, &before);
  const std::string script = "grep -E 'SigBlk|SigIgn' /proc/self/status";
  const std::string spawned = output_of(script).second;
  TempFolder folder;
  ChildProcess child = held_shell(script + " > " + folder.path + "/out");
  REQUIRE(child.release().ok());
  CHECK(ended(child).value == 0);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(spawned == read_file(folder.path + "/out").value());
  CHECK(spawned.find("SigBlk:\t0000000000000000") != std::string::npos);
  CHECK(spawned.find("SigIgn:\t0000000000000000") != std::string::npos);
}

TEST_CASE("no descriptor leaks into children", "[child]") {
  Result<Pipe> pipe = make_pipe();
  REQUIRE(pipe.ok());
  TempFolder folder;
  ChildProcess child = held_shell("ls -l /proc/self/fd > " + folder.path + "/out");
  REQUIRE(child.release().ok());
  (void)ended(child);
  const std::string held = read_file(folder.path + "/out").value();
  struct stat ours {};
  REQUIRE(::fstat(pipe->read.get(), &ours) == 0);
  CHECK(held.find("pipe:[" + std::to_string(ours.st_ino) + "]") == std::string::npos);
  CHECK(held.find("pidfd") == std::string::npos);
  SpawnOptions options;
  options.pass_fds = {pipe->read.get()};
  const std::string spawned =
      output_of("readlink /proc/self/fd/" + std::to_string(pipe->read.get()), options).second;
  CHECK(spawned.starts_with("pipe:["));
  CHECK(output_of("readlink /proc/self/fd/" + std::to_string(pipe->read.get())).first.value != 0);
}

TEST_CASE("the death signal follows the parent", "[child]") {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    SpawnOptions options;
    options.path = "/bin/sleep";
    options.argv = {"sleep", "60"};
    options.parent_death_signal = SIGKILL;
    Result<ChildProcess> child = ChildProcess::spawn(options);
    const std::int32_t pid = child.ok() ? child->pid() : 0;
    (void)!::write(ends[1], &pid, sizeof pid);
    ::pause();
  }
  std::int32_t grandchild = 0;
  REQUIRE(::read(ends[0], &grandchild, sizeof grandchild) == sizeof grandchild);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  int status = 0;
  REQUIRE(::waitpid(grandchild, &status, 0) == grandchild);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  ::close(ends[0]);
  ::close(ends[1]);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST_CASE("a running child can be polled, signalled and left alone", "[child]") {
  ChildProcess child = held_shell("exec sleep 60");
  REQUIRE(child.release().ok());
  CHECK_FALSE(child.try_wait().has_value());
  CHECK(child.kill(SIGTERM));
  CHECK(wait_readable(child.poll_fd(), soon()));
  CHECK(ended(child) == ExitStatus{true, false, SIGTERM});
  CHECK_FALSE(child.kill(SIGTERM));
  CHECK(child.cpu().has_value());
}

TEST_CASE("CPU time of a child holds that of the children it waited for", "[child]") {
  ChildProcess child = held_shell("sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; exit 0");
  REQUIRE(child.release().ok());
  (void)ended(child);
  REQUIRE(child.cpu().has_value());
  CHECK(child.cpu()->user_ns > 20'000'000);  // the loop takes ten times that
}

TEST_CASE("a command can be run as another user", "[child][root]") {
  if (::geteuid() != 0) {
    WARN("skipped: needs root");
    return;
  }
  TempFolder folder;
  ::chmod(folder.path.c_str(), 0777);
  HeldOptions options;
  options.user = "nobody";
  ChildProcess child =
      held_shell("{ id -un; id -Gn; echo $HOME:$USER:$LOGNAME; } > " + folder.path + "/out", options);
  REQUIRE(child.release().ok());
  (void)ended(child);
  CHECK(read_file(folder.path + "/out").value() == "nobody\nnogroup\n/nonexistent:nobody:nobody\n");
  options.user = "no-such-user-here";
  options.path = "/bin/true";
  options.argv = {"true"};
  const Result<ChildProcess> refused = ChildProcess::spawn_held(options);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == Errc::usage);
}

TEST_CASE("commands are found as execvp finds them", "[child]") {
  TempFolder folder;
  folder.file("plain", "x", 0644);
  const std::string tool = folder.file("tool", "#!/bin/sh\n", 0755);
  ::mkdir((folder.path + "/subfolder").c_str(), 0755);
  const std::string old_path = std::getenv("PATH");
  ::setenv("PATH", ("/nonexistent:" + folder.path + ":" + old_path).c_str(), 1);
  CHECK(resolve_command("tool").value() == tool);
  CHECK(resolve_command("plain").error().code == Errc::not_executable);
  CHECK(resolve_command("subfolder").error().code == Errc::not_found);
  CHECK(resolve_command("no-such-command-here").error().code == Errc::not_found);
  CHECK(resolve_command("").error().code == Errc::not_found);
  CHECK(resolve_command(folder.path + "/plain").error().code == Errc::not_executable);
  CHECK(resolve_command(folder.path).error().code == Errc::not_executable);
  CHECK(resolve_command("/nonexistent/x").error().code == Errc::not_found);
  ::setenv("PATH", old_path.c_str(), 1);
}
