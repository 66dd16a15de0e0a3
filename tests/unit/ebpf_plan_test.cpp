// How big the kernel's tables are made, for machines of any size.
#include <catch2/catch.hpp>

#include "backends/ebpf/plan.h"

using namespace latimer;
using namespace latimer::ebpf;

namespace {

Plan plan_for(std::uint32_t cpus, GroupBy by, std::uint64_t limit) {
  CaptureRequest request;
  request.by = by;
  request.map_bytes = limit;
  Result<Plan> plan = make_plan(request, cpus, {});
  REQUIRE(plan.ok());
  return *plan;
}

std::uint64_t bytes_of_rows(const Plan& plan) {
  return std::uint64_t{plan.slots} * plan.config.stripes * plan.row_bytes;
}

}  // namespace

TEST_CASE("tables stay within the limit on any number of CPUs, with room for what a host calls",
          "[ebpf][plan]") {
  const std::uint64_t limit = GENERATE(64ULL << 20, 256ULL << 20);
  const std::uint32_t cpus = GENERATE(1, 2, 3, 8, 24, 96, 256, 512, 1024, 8192);
  const GroupBy by = GENERATE(GroupBy::none, GroupBy::process, GroupBy::thread, GroupBy::comm);
  const Plan plan = plan_for(cpus, by, limit);
  CAPTURE(limit, cpus, static_cast<int>(by));
  CHECK(bytes_of_rows(plan) <= limit);
  CHECK(plan.slots >= 160);  // a busy host makes about 100 different calls
  CHECK(plan.config.stripes <= cpus);
  // CPUs that share rows must update them atomically.
  CHECK((plan.config.stripes == cpus || plan.config.atomic != 0));
}

TEST_CASE("a limit in which nothing fits is refused with one that would do", "[ebpf][plan]") {
  CaptureRequest request;
  request.map_bytes = 4096;
  const Result<Plan> plan = make_plan(request, 2, {});
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.error().code == Errc::usage);
  CHECK(plan.error().hint.find("--map-memory") != std::string::npos);
}
