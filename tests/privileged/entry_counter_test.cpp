// The kernel's own count of a command's calls.
#include "core/sys/entry_counter.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "core/model/syscall_table.h"
#include "core/sys/child_process.h"

using namespace latimer;
using namespace std::chrono_literals;

namespace {

std::string of(const char* name) { return "id==" + std::to_string(*syscall_number(kNativeAbi, name)); }

}  // namespace

TEST_CASE("The kernel counts the entries of a command and its descendants", "[privileged]") {
  HeldOptions options;
  options.path = "/bin/sh";
  // Each subshell is a child of its own; the last is an orphan when it calls.
  options.argv = {"sh", "-c", "kill -0 $$; (kill -0 $$; kill -0 $$); (kill -0 $$ & wait)"};
  Result<ChildProcess> child = ChildProcess::spawn_held(options);
  REQUIRE(child.ok());
  const auto kills = EntryCounter::open(child->pid(), of("kill"));
  const auto executions = EntryCounter::open(child->pid(), of("execve"));
  REQUIRE(kills);
  REQUIRE(executions);
  CHECK(kills->read() == 0);
  REQUIRE(child->release().ok());
  REQUIRE(child->wait(std::chrono::steady_clock::now() + 30s));
  CHECK(kills->read() == 4);
  // It begins within the command's own execve, behind its entry.
  CHECK(executions->read() == 0);
}

TEST_CASE("Nothing is counted of a process that is gone, or by a filter that the kernel refuses",
          "[privileged]") {
  CHECK_FALSE(EntryCounter::open(INT32_MAX, of("kill")));
  HeldOptions options;
  options.path = "/bin/true";
  options.argv = {"true"};
  Result<ChildProcess> child = ChildProcess::spawn_held(options);
  REQUIRE(child.ok());
  CHECK_FALSE(EntryCounter::open(child->pid(), "no_such_field==1"));
}
