#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "validation/compare/render.h"

namespace latimer::compare {

namespace {

const RenderHost kHost{"0.1", "6.1", "x86_64", 2};

ValidateResult two_cells(Verdict second) {
  ValidateResult result;
  result.scenarios = {"loop"};
  result.ways = {"ebpf-stream", "strace"};
  result.runs = 1;
  result.seed = 42;
  Cell first{"loop", "ebpf-stream", true, Verdict::exact, "", 1, 0, 1000, {}, {}};
  Cell other{"loop", "strace", true, second, "", 1, 0, 1000, {}, {}};
  if (second == Verdict::fail)
    other.complaints = {{ComplaintKind::count, "x86_64:getppid", "999 told, 1000 expected"}};
  if (second == Verdict::explained) other.reasons = {{"a reason", 7}};
  if (second == Verdict::skipped) other.skipped_because = "no such thing here";
  result.cells = {first, other};
  return result;
}

}  // namespace

TEST_CASE("The first line says whether to trust the tracers", "[validate]") {
  const std::string good = render_text(two_cells(Verdict::explained), kHost, false, 96);
  CHECK(good.rfind("The tracers agree with the truth on this host.\n", 0) == 0);
  CHECK(good.find("loop by strace (7 calls)") != std::string::npos);
  const std::string bad = render_text(two_cells(Verdict::fail), kHost, false, 96);
  CHECK(bad.rfind("The tracers DISAGREE", 0) == 0);
  CHECK(bad.find("x86_64:getppid: 999 told, 1000 expected") != std::string::npos);
  CHECK(bad.find("seed 42") != std::string::npos);
}

TEST_CASE("Loss, and nothing at all, are no agreement", "[validate]") {
  CHECK_FALSE(two_cells(Verdict::lost).agrees());
  CHECK(two_cells(Verdict::skipped).agrees());
  ValidateResult nothing = two_cells(Verdict::skipped);
  nothing.cells[0].verdict = Verdict::skipped;
  CHECK_FALSE(nothing.agrees());
  ValidateResult interrupted = two_cells(Verdict::exact);
  interrupted.interrupted = true;
  CHECK_FALSE(interrupted.agrees());
}

TEST_CASE("A duration, a number or a call that somebody tells otherwise is no agreement", "[validate]") {
  ValidateResult result = two_cells(Verdict::exact);
  result.latencies.push_back(
      {"loop", "x86_64:fsync", "p50", "strace", "ebpf-stream", 5, 1, {4, 3, 5}, 1, LatencyVerdict::disagree});
  CHECK_FALSE(result.agrees());
  result = two_cells(Verdict::exact);
  result.beside.push_back(
      {"loop", {{"x86_64:brk", PeerVerdict::differs, {{"strace", 4, 4, 4}, {"ebpf-stream", 3, 3, 3}}}}});
  CHECK_FALSE(result.agrees());
  CHECK(render_text(result, kHost, false, 96).find("always 4 (strace), always 3 (ebpf-stream)") !=
        std::string::npos);
  result = two_cells(Verdict::exact);
  result.calls.push_back(
      {"loop", "strace", {{"x86_64:poll", 1, 9e9, 1, false}, {"x86_64:poll", 1, 9e9, 1, false}}});
  CHECK_FALSE(result.agrees());
}

TEST_CASE("JSON holds every cell, and null for what is not known", "[validate]") {
  ValidateResult result = two_cells(Verdict::fail);
  result.latencies.push_back({"loop",
                              "x86_64:fsync",
                              "p50",
                              "strace",
                              "ebpf-stream",
                              5,
                              1,
                              {4, -std::numeric_limits<double>::infinity(), 5},
                              1,
                              LatencyVerdict::unclear});
  const auto json = nlohmann::json::parse(render_json(result, kHost));
  CHECK(json.at("verdict") == "disagree");
  CHECK(json.at("cells").size() == 2);
  CHECK(json.at("cells")[1].at("complaints")[0].at("kind") == "count");
  CHECK(json.at("latency")[0].at("shift_low_ns").is_null());
}

TEST_CASE("Runs that came to nothing are not held against what a tracer tells", "[validate]") {
  ValidateResult result = two_cells(Verdict::fail);
  result.cells[1].complaints = {{ComplaintKind::failed, "", "killed by signal 11"}};
  CHECK(render_text(result, kHost, false, 96).rfind("Some runs FAILED", 0) == 0);
  CHECK_FALSE(result.agrees());
}

TEST_CASE("A command that was run too few times is not agreed upon", "[validate]") {
  ValidateResult result = two_cells(Verdict::exact);
  result.has_truth = false;
  result.beside.push_back(
      {"loop", {{"x86_64:brk", PeerVerdict::unclear, {{"strace", 4, 4, 4}, {"ebpf-stream", 3, 3, 3}}}}});
  CHECK_FALSE(result.agrees());
  CHECK(render_text(result, kHost, false, 96).rfind("Some numbers differ", 0) == 0);
}

TEST_CASE("JSON says when nothing was compared, or not all", "[validate]") {
  ValidateResult result = two_cells(Verdict::skipped);
  result.cells[0].verdict = Verdict::skipped;
  CHECK(nlohmann::json::parse(render_json(result, kHost)).at("verdict") == "nothing compared");
  result.interrupted = true;
  CHECK(nlohmann::json::parse(render_json(result, kHost)).at("verdict") == "interrupted");
}

TEST_CASE("Markdown has one row for each scenario, and breaks no table", "[validate]") {
  ValidateResult result = two_cells(Verdict::exact);
  result.scenarios = {"a | b"};
  const std::string text = render_markdown(result, kHost);
  CHECK(text.find("| a \\| b | exact | exact |") != std::string::npos);
}

}  // namespace latimer::compare
