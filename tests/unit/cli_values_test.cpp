#include <unistd.h>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "cli/capture_settings.h"
#include "cli/cgroup_path.h"
#include "cli/diagnostics.h"
#include "cli/help.h"
#include "cli/values.h"

using namespace latimer;
using std::chrono::nanoseconds;

namespace {

using Words = std::vector<std::string>;

Result<CaptureSettings> settings_for(const char* command, const Words& words,
                                     const std::optional<Words>& argv = std::nullopt) {
  const CommandSpec& spec = *find_command(command);
  auto options = ParsedOptions::parse(spec, words);
  if (!options) return std::move(options).error();
  return make_settings(spec, *options, argv);
}

bool is_usage(const Words& words, const std::optional<Words>& argv = std::nullopt,
              const char* command = "latency") {
  const auto settings = settings_for(command, words, argv);
  return !settings && settings.error().code == Errc::usage && !settings.error().message.empty();
}

}  // namespace

TEST_CASE("times are read exactly") {
  CHECK(*parse_time("d", "10") == nanoseconds(10'000'000'000));
  CHECK(*parse_time("d", "10s") == nanoseconds(10'000'000'000));
  CHECK(*parse_time("d", "500ms") == nanoseconds(500'000'000));
  CHECK(*parse_time("d", "1.5s") == nanoseconds(1'500'000'000));
  CHECK(*parse_time("d", "0.1") == nanoseconds(100'000'000));
  CHECK(*parse_time("d", "2m") == nanoseconds(120'000'000'000));
  CHECK(*parse_time("d", "1.5h") == nanoseconds(5'400'000'000'000));
  CHECK(*parse_time("d", "2.5ms") == nanoseconds(2'500'000));
  for (const char* wrong : {"", "0", "0.0", "-1", "abc", "1x", "1 s", "1.s", ".5", "1e9",
                            "99999999999999999999", "11d1", "5000d", "1.2.3"}) {
    INFO(wrong);
    CHECK_FALSE(parse_time("d", wrong).ok());
  }
}

TEST_CASE("sizes, counts and pids") {
  CHECK(*parse_size("s", "65536") == 65536);
  CHECK(*parse_size("s", "64K") == 65536);
  CHECK(*parse_size("s", "8MiB") == 8u << 20);
  for (const char* wrong : {"", "0", "K", "1.5M", "-1", "2000G", "18446744073709551616"})
    CHECK_FALSE(parse_size("s", wrong).ok());
  CHECK(*parse_count("top", "20") == 20);
  for (const char* wrong : {"", "0", "-3", "2.5", "x"}) CHECK_FALSE(parse_count("top", wrong).ok());
  CHECK(*parse_pids({"1,2", "3", "2"}) == std::vector<std::int32_t>{1, 2, 3});
  for (const char* wrong : {"", "0", "-1", "1,", ",1", "1,,2", "x", "1 2", "99999999999"}) {
    INFO(wrong);
    CHECK_FALSE(parse_pids({wrong}).ok());
  }
}

TEST_CASE("a command line becomes a request") {
  const auto settings = settings_for(
      "latency", {"-e", "read,write", "--by=comm", "-d5", "-i", "1", "--top", "3", "-f", "json", "-o-"},
      Words{"ls", "-l"});
  REQUIRE(settings.ok());
  CHECK(std::get<CommandTarget>(settings->request.target).argv == Words{"ls", "-l"});
  CHECK(std::get<CommandTarget>(settings->request.target).follow);
  CHECK(settings->request.by == GroupBy::comm);
  CHECK(settings->session.by == GroupBy::comm);
  CHECK(settings->session.duration == nanoseconds(5'000'000'000));
  CHECK(settings->top == 3u);
  CHECK(settings->request.timing);
  CHECK(settings->output == "-");
  const auto count = settings_for("count", {"-p", "1,2", "--follow"});
  REQUIRE(count.ok());
  CHECK_FALSE(count->request.timing);
  CHECK(std::get<PidTarget>(count->request.target).follow);
  CHECK(count->sort == SortKey::count);
}

TEST_CASE("contradictions and nonsense are refused") {
  const Words ls = {"ls"};
  CHECK(is_usage({}));           // nothing to watch
  CHECK(is_usage({}, Words{}));  // -- without a command
  CHECK(is_usage({"-p", "1"}, ls));
  CHECK(is_usage({"-a", "-p", "1"}));
  CHECK(is_usage({"--comm", "x", "--cgroup", "/"}));
  CHECK(is_usage({"--user", "nobody", "-p", "1"}));
  CHECK(is_usage({"--no-follow", "-p", "1"}));
  CHECK(is_usage({"--until-exit", "-a"}));
  CHECK(is_usage({"--follow", "-a"}));
  CHECK(is_usage({"--follow", "--no-follow"}, ls));
  CHECK(is_usage({"-f", "json"}, ls));  // would mix with the command's output
  CHECK(is_usage({"-f", "csv", "--histogram", "-o", "x"}, ls));
  CHECK(is_usage({"-f", "yaml", "-p", "1"}));
  CHECK(is_usage({"--perf-mode", "fast"}, ls));
  CHECK(is_usage({"-d", "1", "-i", "2"}, ls));
  CHECK(is_usage({"-i", "1ms"}, ls));
  CHECK(is_usage({"--sort", "speed"}, ls));
  CHECK(is_usage({"--sort", "p99"}, ls, "count"));
  CHECK(is_usage({"--histogram"}, ls, "count"));
  CHECK(is_usage({"--by", "color"}, ls));
  CHECK(is_usage({"--mode", "fast"}, ls));
  CHECK(is_usage({"-e", "raed"}, ls));
  CHECK(is_usage({"-e", "/(/"}, ls));
  CHECK(is_usage({"-e", "none"}, ls));
  CHECK(is_usage({"--comm", "/(/"}));
  CHECK(is_usage({"-o", ""}, ls));
  CHECK(is_usage({"-d", "1", "-d", "2"}, ls));
  CHECK(is_usage({"--dur", "1"}, ls));  // no abbreviations
  CHECK(is_usage({"-d"}, ls));          // no argument
  CHECK(is_usage({"ls"}));              // a command without --
  CHECK(is_usage({"--color", "blue"}, ls));
  CHECK(is_usage({"-p", std::to_string(getpid())}));
  CHECK(is_usage({"--cgroup", "/no/such/cgroup"}));
}

TEST_CASE("every option that a command takes is in its help and in the manual page") {
  const std::string manual = manual_page();
  for (const CommandSpec& command : all_commands()) {
    const std::string help = command_help(command);
    CHECK(help.find("Examples") < help.find("Usage"));
    for (const Opt id : command.options) {
      const std::string name(option_spec(id).name);
      INFO(name);
      CHECK(help.find("--" + name) != std::string::npos);
      std::string escaped;
      for (const char c : "--" + name) escaped += c == '-' ? std::string("\\-") : std::string(1, c);
      CHECK(manual.find(escaped) != std::string::npos);
    }
  }
}

TEST_CASE("no command has two options of one name") {
  for (const CommandSpec& command : all_commands()) {
    INFO(command.name);
    std::set<std::string_view> names;
    std::set<char> letters;
    for (const Opt id : command.options) {
      const OptionSpec& option = option_spec(id);
      CHECK(names.insert(option.name).second);
      if (option.letter != '\0') CHECK(letters.insert(option.letter).second);
    }
  }
}

TEST_CASE("the cgroup mount is found in mountinfo") {
  CHECK(cgroup_mount_point("24 1 0:22 / /proc rw - proc proc rw\n30 24 0:26 / /sys/fs/cgroup rw,nosuid "
                           "shared:4 - cgroup2 cgroup2 rw\n") == "/sys/fs/cgroup");
  CHECK(cgroup_mount_point("30 24 0:26 / /mnt/a\\040b rw - cgroup2 none rw\n") == "/mnt/a b");
  CHECK(cgroup_mount_point("30 24 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n").empty());
  CHECK(cgroup_mount_point("").empty());
}

TEST_CASE("a container is found by a piece of its id, and only when it is the only one") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("latimer-cgroups-" + std::to_string(getpid()));
  fs::create_directories(root / "system.slice/docker-3f2a91bcde.scope/inner-3f2a91bcde");
  fs::create_directories(root / "system.slice/docker-3f2a92aaaa.scope");
  const auto found = find_container_cgroup_below(root, "3f2a91");
  REQUIRE(found.ok());
  CHECK(*found == (root / "system.slice/docker-3f2a91bcde.scope").string());
  CHECK_FALSE(find_container_cgroup_below(root, "3f2a9").ok());
  CHECK_FALSE(find_container_cgroup_below(root, "beef").ok());
  CHECK_FALSE(find_container_cgroup_below(root, "3f").ok());
  fs::remove_all(root);
}

TEST_CASE("exit statuses of errors") {
  CHECK(exit_code_for({Errc::usage, "", ""}, false) == 2);
  CHECK(exit_code_for({Errc::permission, "", ""}, false) == 1);
  CHECK(exit_code_for({Errc::usage, "", ""}, true) == 125);
  CHECK(exit_code_for({Errc::permission, "", ""}, true) == 125);
  CHECK(exit_code_for({Errc::not_executable, "", ""}, true) == 126);
  CHECK(exit_code_for({Errc::not_found, "", ""}, true) == 127);
  CHECK(exit_code_for({Errc::not_found, "", ""}, false) == 1);
}

TEST_CASE("messages cannot steer the terminal") {
  CHECK(terminal_safe("a\x1b[2J\\d\nb") == "a\\x1b[2J\\d\nb");
}
