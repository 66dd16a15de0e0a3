#include "core/sys/bounded_run.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "core/sys/unique_fd.h"

using namespace latimer;
using std::chrono::milliseconds;

namespace {

BoundedRun shell(const std::string& script, milliseconds limit = milliseconds(30'000)) {
  BoundedRun run;
  run.path = "/bin/sh";
  run.argv = {"sh", "-c", script};
  run.limit = limit;
  return run;
}

}  // namespace

TEST_CASE("A run tells what it printed and how it ended", "[bounded_run]") {
  const auto outcome = run_bounded(shell("echo out; echo err >&2; exit 3"));
  REQUIRE(outcome.ok());
  CHECK(outcome.value().out == "out\n");
  CHECK(outcome.value().err == "err\n");
  CHECK(outcome.value().status == ExitStatus{false, false, 3});
  CHECK_FALSE(outcome.value().timed_out);
  CHECK(outcome.value().peak_rss_bytes > 100'000);
  CHECK(outcome.value().wall_ns > 0);
}

TEST_CASE("A run that prints more than is kept comes to its end all the same", "[bounded_run]") {
  BoundedRun run = shell("head -c 5000000 /dev/zero; echo done >&2");
  run.most_output = 1000;
  const auto outcome = run_bounded(run);
  REQUIRE(outcome.ok());
  CHECK(outcome.value().out.size() == 1000);
  CHECK(outcome.value().err == "done\n");
}

TEST_CASE("A run beyond its limit is ended, its children with it", "[bounded_run]") {
  const auto outcome = run_bounded(shell("sleep 1000 & echo $!; wait", milliseconds(200)));
  REQUIRE(outcome.ok());
  CHECK(outcome.value().timed_out);
  CHECK(outcome.value().status.signaled);
  CHECK(outcome.value().status.value == SIGTERM);
  // It may be a zombie until init has waited for it, but it runs no more.
  const pid_t child = std::stoi(outcome.value().out);
  for (int i = 0; i < 500 && ::kill(child, 0) == 0; ++i) ::usleep(10'000);
  CHECK(::kill(child, 0) != 0);
}

TEST_CASE("A run that somebody interrupts is not taken for one that was too slow", "[bounded_run]") {
  const UniqueFd event(::eventfd(1, EFD_CLOEXEC));
  const auto outcome = run_bounded(shell("exec sleep 1000"), event.get());
  REQUIRE(outcome.ok());
  CHECK(outcome.value().interrupted);
  CHECK_FALSE(outcome.value().timed_out);
}

TEST_CASE("A descendant that keeps the outputs open is not waited for", "[bounded_run]") {
  const auto outcome = run_bounded(shell("sleep 3 & exit 0"));
  REQUIRE(outcome.ok());
  CHECK(outcome.value().status == ExitStatus{});
  CHECK(outcome.value().wall_ns < 2'500'000'000U);
}

TEST_CASE("What cannot be run is an error", "[bounded_run]") {
  BoundedRun run;
  run.path = "/nonexistent";
  run.argv = {"nonexistent"};
  const auto outcome = run_bounded(run);
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.error().code == Errc::not_found);
}
