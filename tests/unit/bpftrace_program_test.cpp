// The program that bpftrace is given.
#include "backends/bpftrace/program.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "backends/bpftrace/tool.h"

using namespace latimer;
using namespace latimer::bpftrace;

namespace {

SyscallFilter filter_of(const char* expression) { return SyscallFilter::parse(expression).value(); }

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

ProgramOptions of_command() {
  ProgramOptions options;
  options.watch = Watch::descendants;
  options.pids = {77};
  options.held = true;
  options.own_pid = 99;
  return options;
}

}  // namespace

TEST_CASE("a command's children are watched from when they are made", "[bpftrace]") {
  const std::string text = make_program(of_command());
  CHECK(contains(text, "  @w[77] = 1;"));
  CHECK(contains(text, "  @w[args->child_pid] = 1;"));
  CHECK(contains(text, "sys_enter /@w[pid]/ {"));
  // Its launcher's calls are nobody's.
  CHECK(contains(text, "  @s[77] = ((uint64)3, "));
  CHECK(contains(text, "if ($s.0 == 3 && args->id != 59 && args->id != 322) { return; }"));
}

TEST_CASE("processes without their children are compared with, many are looked up", "[bpftrace]") {
  ProgramOptions options;
  options.watch = Watch::processes;
  options.pids = {77, 78};
  options.own_pid = 99;
  const std::string few = make_program(options);
  CHECK(contains(few, "sys_enter /pid == 77 || pid == 78/ {"));
  CHECK_FALSE(contains(few, "@w"));
  for (std::int32_t pid = 100; pid < 140; ++pid) options.pids.push_back(pid);
  const std::string many = make_program(options);
  CHECK(contains(many, "  @w[139] = 1;"));
  CHECK_FALSE(contains(many, "child_pid] = 1;"));
}

TEST_CASE("on the whole host some are left out", "[bpftrace]") {
  ProgramOptions options;
  options.pids = {5, 6};
  options.own_pid = 6;
  CHECK(contains(make_program(options), "sys_exit /!(pid == 5 || pid == 6)/ {"));
}

TEST_CASE("watching begins and ends by signals, or with the program", "[bpftrace]") {
  const std::string live = make_program(of_command());
  CHECK(contains(live, "  @phase = 0;"));
  CHECK(contains(live, "signal_generate /args->pid == 99/"));
  ProgramOptions options;
  options.watch = Watch::child;
  const std::string alone = make_program(options);
  CHECK(contains(alone, "  @phase = 1;"));
  CHECK(contains(alone, "  @w[cpid] = 1;"));
  CHECK_FALSE(contains(alone, "signal_generate"));
}

TEST_CASE("what is selected is told by the fewest comparisons", "[bpftrace]") {
  CHECK(selection(SyscallFilter(), "n", "c").empty());
  CHECK(selection(filter_of("none"), "n", "c") == "0");
  CHECK(selection(filter_of("getppid"), "n", "c") == "(c == 0 && (n == 110)) || (c == 1 && (n == 64))");
  CHECK(selection(filter_of("!getppid"), "n", "c") == "!((c == 0 && (n == 110)) || (c == 1 && (n == 64)))");
  CHECK(selection(filter_of("%file"), "n", "c") == "@e[n * 2 + c]");
  ProgramOptions options = of_command();
  options.filter = filter_of("%file");
  CHECK(contains(make_program(options), "  @e[4] = 1;"));  // stat
}

TEST_CASE("names are in the records that need them", "[bpftrace]") {
  ProgramOptions options = of_command();
  CHECK_FALSE(contains(make_program(options), "->comm"));
  options.names = true;
  CHECK(contains(make_program(options), "%rh"));
}

TEST_CASE("details are in the records of those who want them", "[bpftrace]") {
  ProgramOptions options = of_command();
  CHECK_FALSE(contains(make_program(options), "@g["));
  options.names = options.details = true;
  const std::string program = make_program(options);
  CHECK(contains(program, "  @p[514] = 2;"));  // openat, whose path is its second argument
  CHECK(contains(program, "str(uptr($x))"));
  CHECK(contains(program, "clear(@g); clear(@p); "));
}

TEST_CASE("the program for recording by hand is this one", "[bpftrace]") {
  ProgramOptions options;
  options.watch = Watch::child;
  options.names = true;
  std::ifstream file(LATIMER_SOURCE_DIR "/docs/record.bt");
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == make_program(options));
}

TEST_CASE("bpftrace's version", "[bpftrace]") {
  std::string text;
  CHECK(parse_version("bpftrace v0.17.0\n", text).value() == ToolVersion{0, 17});
  CHECK(text == "0.17.0");
  CHECK(parse_version("bpftrace v0.21.2-dirty", text).value() == ToolVersion{0, 21});
  CHECK_FALSE(parse_version("command not found", text).ok());
  CHECK_FALSE(parse_version("bpftrace vX", text).ok());
}

TEST_CASE("buffers are powers of two of pages", "[bpftrace]") {
  CHECK(pages_per_cpu(std::uint64_t{128} << 20, 2) == 16384);
  CHECK(pages_per_cpu(100'000, 2) == 8);
  CHECK(pages_per_cpu(0, 4) == 1);
}
