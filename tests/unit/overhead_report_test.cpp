#include "validation/overhead/overhead_report.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace latimer;
using namespace latimer::overhead;

namespace {

OverheadReport made() {
  OverheadReport report;
  report.latimer_version = "0.1.0";
  report.host = {"6.18", "x86_64", "host", 2};
  report.cpu_model = "A CPU";
  report.seed = 42;
  report.rounds = report.rounds_done = 3;
  report.runs = 9;
  Task task;
  task.name = "sqlite";
  task.summary = "a | database";
  report.tasks = {task};
  Competitor nothing, tool;
  nothing.name = "nothing";
  tool.name = "strace -c";
  tool.what = "strace -f -c";
  tool.kind = Kind::peer;
  tool.place = Place::around;
  tool.version = "strace 6.1";
  report.competitors = {nothing, tool};
  report.calls = {{12'000, 0, 0}};
  Row base, under;
  base.runs = under.runs = 3;
  base.figure = {2e8, 1.9e8, 2.1e8};
  under.competitor = 1;
  under.figure = {3e9, 2.9e9, 3.1e9};
  under.slowdown = Interval{15, 14.5, 15.5};
  under.ns_per_call = Interval{233'333, 225'000, 241'666};
  under.start_ns = 12e6;
  report.rows = {base, under};
  base.size = under.size = Size::brief;
  for (Row& row : report.rows) row.size = Size::brief;
  Limit limit;
  limit.about = "something";
  limit.bound = 2;
  limit.bound_text = "<= 2";
  limit.seen = Interval{15, -INFINITY, INFINITY};
  limit.verdict = Judgment::open;
  report.limits = {limit};
  return report;
}

}  // namespace

TEST_CASE("The text has figures, limits and what is not known", "[overhead]") {
  const std::string text = to_text(made(), false);
  CHECK(text.find("seed 42") != std::string::npos);
  CHECK(text.find("strace 6.1") != std::string::npos);
  CHECK(text.find("15.0 x") != std::string::npos);
  CHECK(text.find("14.5 to 15.5") != std::string::npos);
  CHECK(text.find("12.0ms") != std::string::npos);
  CHECK(text.find("?") != std::string::npos);
  CHECK(text.find("open       something 15.000 (-inf to inf), limit <= 2") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(to_text(made(), true).find('\x1b') != std::string::npos);
}

TEST_CASE("Infinite is null in JSON, and so is what is not known", "[overhead]") {
  const auto json = nlohmann::json::parse(to_json(made()));
  CHECK(json["schema_version"] == 1);
  CHECK(json["command"] == "overhead");
  const auto& row = json["workloads"][0]["rows"][1];
  CHECK(row["competitor"] == "strace -c");
  CHECK(row["calls"] == 12'000);
  CHECK(row["slowdown"]["estimate"] == 15);
  CHECK(row["start_ns"] == 12'000'000);
  CHECK(row["tool_cpu_ns"].is_null());
  CHECK(row["lost"].is_null());
  CHECK(json["limits"][0]["seen"]["low"].is_null());
  CHECK(json["limits"][0]["verdict"] == "open");
  CHECK(json["failed"] == false);
}

TEST_CASE("Markdown keeps its columns", "[overhead]") {
  OverheadReport report = made();
  report.limits[0].about = "a | b";
  const std::string text = to_markdown(report);
  CHECK(text.find("a \\| b") != std::string::npos);
  CHECK(text.find("### sqlite: a | database") != std::string::npos);
  CHECK(text.find("| strace -c | 3.00s | 12,000 | 15.0 x |") != std::string::npos);
}

TEST_CASE("A measurement fails by what was missed, failed or asked for in vain", "[overhead]") {
  CHECK_FALSE(made().failed());
  OverheadReport report = made();
  report.limits[0].verdict = Judgment::missed;
  CHECK(report.failed());
  report = made();
  report.failures.push_back({0, 1, "it hung"});
  CHECK(report.failed());
  CHECK(
      to_text(report, false).find("sqlite under strace -c failed, and was left out from then on: it hung") !=
      std::string::npos);
  report = made();
  report.ended_early = "interrupted";
  CHECK(report.failed());
  report = made();
  report.absent.push_back(
      {"perf record", {Errc::not_found, "perf is not installed", "apt-get install linux-perf"}});
  CHECK_FALSE(report.failed());
  report.absent[0].required = true;
  CHECK(report.failed());
  CHECK(to_text(report, false).find("perf is not installed: apt-get install linux-perf") !=
        std::string::npos);
}
