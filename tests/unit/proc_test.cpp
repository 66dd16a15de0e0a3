#include "core/sys/proc.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

using namespace latimer;

TEST_CASE("threads of a process, the leader first", "[proc]") {
  std::atomic<std::int32_t> tid{0};
  std::atomic<bool> done{false};
  std::thread other([&] {
    ::prctl(PR_SET_NAME, "a b)c");
    tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
    while (!done) std::this_thread::yield();
  });
  while (tid == 0) std::this_thread::yield();
  const auto self = static_cast<std::int32_t>(::getpid());
  const std::vector<std::int32_t> tids = threads_of(self);
  REQUIRE_FALSE(tids.empty());
  CHECK(tids.front() == self);
  CHECK(std::find(tids.begin(), tids.end(), tid.load()) != tids.end());
  CHECK(tgid_of(tid) == self);
  CHECK(comm_of(tid) == "a b)c");
  REQUIRE(stat_of(tid).has_value());
  CHECK(stat_of(tid)->start_ns > 0);
  CHECK(stat_of(self)->parent == ::getppid());
  done = true;
  other.join();
}

TEST_CASE("children of a process", "[proc]") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const std::vector<std::int32_t> children = children_of(static_cast<std::int32_t>(::getpid()));
  CHECK(std::find(children.begin(), children.end(), child) != children.end());
  CHECK(task_exists(child));
  CHECK(status_of(child)->tracer == 0);
  const std::vector<std::int32_t> all = all_processes();
  CHECK(std::binary_search(all.begin(), all.end(), child));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK_FALSE(task_exists(child));
  CHECK_FALSE(status_of(child).has_value());
  CHECK(threads_of(child).empty());
}

TEST_CASE("CPU time and memory of this process", "[proc]") {
  const auto self = static_cast<std::int32_t>(::getpid());
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  const auto stat = stat_of(self);
  ::getrusage(RUSAGE_SELF, &after);
  REQUIRE(stat.has_value());
  const auto total = [](const rusage& r) {
    return static_cast<std::uint64_t>(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1000U;
  };
  const std::uint64_t got = stat->own.user_ns + stat->own.system_ns;
  CHECK(got + 40'000'000U >= total(before));  // counted in ticks of 10 ms
  CHECK(got <= total(after) + 40'000'000U);
  CHECK(status_of(self)->rss_bytes > 0);
  CHECK(status_of(self)->peak_rss_bytes >= status_of(self)->rss_bytes);
}

TEST_CASE("capabilities and privileged files", "[proc]") {
  const auto status = status_of(static_cast<std::int32_t>(::getpid()));
  REQUIRE(status.has_value());
  CHECK(status->uid == ::geteuid());
  CHECK(has_capability(kCapSysPtrace) == ((status->cap_effective >> kCapSysPtrace & 1U) != 0));
  char name[] = "/tmp/latimer-proc-test-XXXXXX";
  const int fd = ::mkstemp(name);
  CHECK(privileges_of_file(name).empty());
  ::fchmod(fd, 04755);
  CHECK(privileges_of_file(name).starts_with("is setuid "));
  ::fchmod(fd, 02755);
  CHECK(privileges_of_file(name).starts_with("is setgid "));
  ::close(fd);
  ::unlink(name);
  CHECK(privileges_of_file(name).empty());
}
