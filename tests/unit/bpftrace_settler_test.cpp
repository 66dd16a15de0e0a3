#include "backends/bpftrace/settler.h"

#include <catch2/catch.hpp>

using namespace latimer;
using namespace latimer::bpftrace;

namespace {

constexpr std::int64_t kMs = 1'000'000;

SyscallEvent call(std::int64_t start_ms, std::int64_t took_ms) {
  SyscallEvent event;
  event.number = static_cast<std::int32_t>(start_ms + took_ms);
  event.start_ns = start_ms * kMs;
  event.duration_ns = took_ms * kMs;
  return event;
}

std::vector<int> numbers(std::span<const SyscallEvent> events) {
  std::vector<int> result;
  for (const SyscallEvent& event : events) result.push_back(event.number);
  return result;
}

}  // namespace

TEST_CASE("calls of several CPUs come in the order of their ends", "[bpftrace]") {
  Settler settler;
  settler.add(std::vector{call(100, 1), call(150, 1), call(180, 1)});
  CHECK(settler.take(false).empty());  // another CPU may have earlier ones
  settler.add(std::vector{call(90, 50), call(10, 90), call(330, 0)});
  CHECK(numbers(settler.take(false)) == std::vector{100, 101});
  CHECK(numbers(settler.take(false)).empty());
  CHECK(numbers(settler.take(true)) == std::vector{140, 151, 181, 330});
  CHECK(settler.take(true).empty());
}

TEST_CASE("what an event points to is kept with it", "[bpftrace]") {
  Settler settler;
  {
    std::string path = "/a/path/that/is/longer/than/what/a/string/keeps/in/itself";
    MemoryPiece piece{1, true, path};
    SyscallEvent event = call(1, 1);
    event.memory = {&piece, 1};
    settler.add(std::vector{event, call(2, 2)});
    path.assign(path.size(), 'x');
  }
  const auto events = settler.take(true);
  REQUIRE(events.size() == 2);
  REQUIRE(events[0].memory.size() == 1);
  CHECK(events[0].memory[0].bytes == "/a/path/that/is/longer/than/what/a/string/keeps/in/itself");
  CHECK(events[0].memory[0].argument == 1);
  CHECK(events[0].memory[0].cut);
  CHECK(events[1].memory.empty());
}
