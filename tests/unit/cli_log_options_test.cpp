// latency and count with --input: what goes with it, and what is shown while it is read.
#include <catch2/catch.hpp>

#include "cli/capture_settings.h"
#include "cli/commands.h"
#include "cli/progress_bar.h"

using namespace latimer;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;

Result<CaptureSettings> settings_for(const Words& words, const std::optional<Words>& argv = std::nullopt) {
  const CommandSpec& spec = *find_command("latency");
  auto options = ParsedOptions::parse(spec, words);
  if (!options) return std::move(options).error();
  return make_settings(spec, *options, argv);
}

std::string refusal(const Words& words, const std::optional<Words>& argv = std::nullopt) {
  const auto settings = settings_for(words, argv);
  if (settings) return "";
  CHECK(settings.error().code == Errc::usage);
  return settings.error().message;
}

}  // namespace

TEST_CASE("logs to read become a request") {
  const auto settings =
      settings_for({"--input", "a", "--input=b", "--input", "-", "--input-flags", "-f -tt", "--jobs", "3"});
  REQUIRE(settings.ok());
  CHECK(settings->reads_log());
  CHECK_FALSE(settings->launches());
  const auto& target = std::get<LogTarget>(settings->request.target);
  CHECK(target.inputs == Words{"a", "b", "-"});
  CHECK(target.flags == "-f -tt");
  CHECK(target.jobs == 3);
  const auto unasked = settings_for({"--input", "a"});
  REQUIRE(unasked.ok());
  CHECK(std::get<LogTarget>(unasked->request.target).jobs >= 1);
  CHECK(std::get<LogTarget>(unasked->request.target).jobs <= 4);
  CHECK(std::get<LogTarget>(unasked->request.target).flags.empty());
}

TEST_CASE("what is about a running program does not go with a log") {
  for (const Words& words : {Words{"-d", "1"},
                             {"-i", "1"},
                             {"--mode", "stream"},
                             {"--mode", "stream", "--ring-size", "1M"},
                             {"--map-memory", "1M"},
                             {"-p", "1"},
                             {"-a"},
                             {"--comm", "x"},
                             {"--cgroup", "/"},
                             {"--follow"},
                             {"--no-follow"},
                             {"--until-exit"},
                             {"--user", "nobody"}}) {
    Words all = {"--input", "log"};
    all.insert(all.end(), words.begin(), words.end());
    INFO(words.front());
    CHECK(refusal(all).find(words.size() == 1 || words.front()[1] != '-' ? "--" : words.front()) !=
          std::string::npos);
  }
  for (const char* about_children : {"--follow", "--no-follow"}) {
    CHECK(settings_for({"--input", "log", about_children}).error().hint ==
          "a log holds what strace followed when it was written: leave it out");
  }
  CHECK(refusal({"--input", "log"}, Words{"ls"}) == "--input and a command contradict each other");
  CHECK(refusal({"--input", "log", "-d", "1"}) ==
        "--duration is about a capture, and --input reads what was captured before");
  CHECK_FALSE(refusal({"--input", ""}).empty());
}

TEST_CASE("what is about logs does not go with a running program") {
  CHECK(refusal({"--input-flags", "-f", "-p", "1"}) == "--input-flags is about --input");
  CHECK(refusal({"--jobs", "2"}, Words{"ls"}) == "--jobs is about --input");
}

TEST_CASE("jobs have limits") {
  CHECK(refusal({"--input", "a", "--jobs", "64"}).empty());
  CHECK(refusal({"--input", "a", "--jobs", "65"}) == "--jobs: 64 at most");
  for (const char* wrong : {"0", "-1", "x", "", "1.5", "4294967297", "99999999999999999999"}) {
    INFO(wrong);
    CHECK_FALSE(refusal({"--input", "a", "--jobs", wrong}).empty());
  }
}

TEST_CASE("progress says how far, how fast and how long") {
  const auto text = [](std::uint64_t done, std::optional<std::uint64_t> total,
                       std::chrono::nanoseconds elapsed) {
    return progress_text({done, total}, elapsed, 120);
  };
  CHECK(text(750'000'000, 3'000'000'000, 3s) ==
        "[######..................]  25 %  750 MB of 3.00 GB  250 MB/s  9 s left");
  CHECK(text(0, 1'000'000, 1s) == "[........................]   0 %  0 MB of 1 MB  0 MB/s  0 s left");
  CHECK(text(1'000'000, 1'000'000, 1s) == "[########################] 100 %  1 MB of 1 MB  1 MB/s  0 s left");
  // A log that has grown since.
  CHECK(text(3'000'000, 2'000'000, 1s) == "[########################] 100 %  3 MB of 2 MB  3 MB/s  0 s left");
  CHECK(text(1'400'000'000, std::nullopt, 2s) == "read 1.40 GB  700 MB/s");
  CHECK(text(5'000'000, 0, 1s) == "read 5 MB  5 MB/s");
  CHECK(text(0, 1'000'000, 0s).find("nan") == std::string::npos);
}

TEST_CASE("progress fits its line") {
  for (int width = -1; width < 100; ++width) {
    const std::string text = progress_text({750'000'000, 3'000'000'000}, 3s, width);
    CHECK(text.size() <= static_cast<std::size_t>(std::max(1, width - 1)));
    CHECK_FALSE(text.empty());
  }
}
