#include "validation/real/real_workload.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "core/sys/bounded_run.h"
#include "tests/support/skip.h"

using namespace latimer;

namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/latimer-real-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string path;
};

}  // namespace

TEST_CASE("Real workloads are chosen by their names", "[real]") {
  const auto both = real_workloads_named("redis,dd-512,redis-get");
  REQUIRE(both.ok());
  REQUIRE(both->size() == 3);
  CHECK((*both)[0]->name == "redis-get");
  CHECK((*both)[1]->name == "redis-set");
  CHECK((*both)[2]->name == "dd-512");
  const auto unknown = real_workloads_named("sqlit");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().code == Errc::usage);
  CHECK(unknown.error().message == "there is no workload 'sqlit'; did you mean sqlite?");
  CHECK(real_workloads_named(",").error().message == "no workload is named");
}

TEST_CASE("A workload's own figure is read from what it prints", "[real]") {
  const auto seven = own_figure(Figure::requests_per_second,
                                "\"test\",\"rps\",\"avg_latency_ms\"\n\"GET\",\"81967.21\",\"0.305\"\n");
  REQUIRE(seven.ok());
  CHECK(seven->value == Approx(81967.21));
  CHECK(own_figure(Figure::requests_per_second, "\"SET\",\"5000.00\"\n")->value == Approx(5000));
  const auto loop = own_figure(
      Figure::cycles_per_call,
      "noise\n{\"scenario\":\"loop\",\"measured\":{\"millicycles_per_call\":305500,\"cycle_fs\":250000}}\n");
  REQUIRE(loop.ok());
  CHECK(loop->value == Approx(305.5));
  CHECK(loop->cycle_ns == Approx(0.25));
}

TEST_CASE("A figure that is not there is an error, not 0", "[real]") {
  for (const char* text :
       {"", "\"GET\",\"\"\n", "\"GET\",\"nan\"", "{\"scenario\":\"loop\"}", "{\"scenario\""}) {
    CHECK_FALSE(own_figure(Figure::requests_per_second, text).ok());
    CHECK_FALSE(own_figure(Figure::cycles_per_call, text).ok());
  }
}

TEST_CASE("Workloads of one size only have the smallest", "[real]") {
  for (const RealWorkload& workload : real_workloads()) {
    INFO(workload.name);
    if (workload.name == "compile") CHECK(smallest_like(workload, Size::full) == Size::brief);
    if (workload.name == "getppid") CHECK(smallest_like(workload, Size::full) == Size::full);
    if (workload.name == "dd-1m") CHECK(smallest_like(workload, Size::middle) == Size::brief);
  }
}

TEST_CASE("Real workloads run; what they leave behind is in nobody's way", "[real]") {
  for (const RealWorkload& workload : real_workloads()) {
    DYNAMIC_SECTION(workload.name) {
      if (const auto missing = why_not(workload)) test::skip(missing->message);
      const TemporaryFolder folder;
      const auto prepared = prepare(workload, folder.path, Size::brief);
      REQUIRE(prepared.ok());
      const int times = workload.name == "sqlite" || workload.name == "redis-set" ? 2 : 1;
      for (int time = 0; time < times; ++time) {
        const auto outcome = run_bounded({prepared->command.front(), prepared->command, std::nullopt});
        REQUIRE(outcome.ok());
        INFO(outcome->err);
        CHECK(outcome->status == ExitStatus{});
        if (workload.figure != Figure::wall_ns) CHECK(own_figure(workload.figure, outcome->out).ok());
      }
    }
  }
}
