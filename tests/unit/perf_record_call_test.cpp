#include "backends/perftrace/record_call.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "backends/perftrace/buffer_size.h"
#include "backends/perftrace/tool.h"

using namespace latimer;
using namespace latimer::perftrace;

namespace {

SyscallFilter filter_of(const char* expression) { return SyscallFilter::parse(expression).value(); }

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool has_pair(const std::vector<std::string>& argv, const std::string& first, const std::string& second) {
  const auto found = std::adjacent_find(
      argv.begin(), argv.end(),
      [&](const std::string& a, const std::string& b) { return a == first && b == second; });
  return found != argv.end();
}

}  // namespace

TEST_CASE("the kernel lets through what was asked for, and what says what becomes of tasks") {
  const std::string text = tracepoint_filter(filter_of("read"));
  CHECK(text.starts_with("id==-1||"));
  for (const char* id :
       {"id==0", "id==15", "id==56", "id==57", "id==58", "id==59", "id==60", "id==231", "id==435"})
    CHECK(contains(text + "||", std::string("||") + id + "||"));
  CHECK_FALSE(contains(text + "||", "||id==1||"));
}

TEST_CASE("what is too much for one filter of the kernel's is not filtered there") {
  CHECK(tracepoint_filter(SyscallFilter()).empty());
  CHECK(tracepoint_filter(filter_of("!read")).empty());
  CHECK(tracepoint_filter(filter_of("%file")).size() < 4096);
}

TEST_CASE("perf is told whom to watch, where to write and when to begin") {
  RecordCall call;
  call.pids = {12, 34};
  call.output_fd = 7;
  call.control_fd = 8;
  call.answer_fd = 9;
  call.buffer_bytes = 65536;
  const std::vector<std::string> argv = record_arguments(call);
  CHECK(has_pair(argv, "-p", "12,34"));
  CHECK(has_pair(argv, "-o", "/proc/self/fd/7"));
  CHECK(has_pair(argv, "-m", "65536B"));
  CHECK(has_pair(argv, "-D", "-1"));
  CHECK(std::count(argv.begin(), argv.end(), "--control=fd:8,9") == 1);
  CHECK(std::count(argv.begin(), argv.end(), "--filter") == 0);
  call.pids.clear();
  call.filter = filter_of("read");
  const std::vector<std::string> host = record_arguments(call);
  CHECK(std::count(host.begin(), host.end(), "-a") == 1);
  CHECK(std::count(host.begin(), host.end(), "--exclude-perf") == 2);  // each is about one event
  CHECK(std::count(host.begin(), host.end(), "--filter") == 2);
}

TEST_CASE("a CPU's buffer is a power of two of pages") {
  CHECK(buffer_per_cpu(128 << 20, 2) == 64 << 20);
  CHECK(buffer_per_cpu(100 << 20, 3) == 32 << 20);
  CHECK(buffer_per_cpu(1, 64) == 4096);
  CHECK(buffer_per_cpu(8192, 0) == 8192);
}

TEST_CASE("perf's version is the one that it says") {
  std::string text;
  CHECK(parse_version("perf version 6.1.192\n", text).value() == ToolVersion{6, 1});
  CHECK(text == "6.1.192");
  CHECK(parse_version("perf version 5.10.g12345\n", text).value() == ToolVersion{5, 10});
  const auto absent = parse_version("WARNING: perf not found for kernel 6.1.0-18\n", text);
  REQUIRE_FALSE(absent.ok());
  CHECK(contains(absent.error().message, "perf not found for kernel"));
  CHECK_FALSE(parse_version("", text).ok());
  CHECK_FALSE(parse_version("perf version unknown", text).ok());
}
