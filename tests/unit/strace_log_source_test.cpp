// Logs as they are found: one, several, families of strace -ff in folders, and what is no log at all.
#include <filesystem>
#include <fstream>

#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;

namespace {

// A -ff family in which a thread executes a program: its call ends in its leader's log.
struct Family {
  TempFolder folder;
  int leader = 0, thread = 0;

  Family(int leader_tid, int thread_tid) : leader(leader_tid), thread(thread_tid) {
    const std::string by = std::to_string(thread);
    put(leader, "clone3({flags=CLONE_VM|CLONE_THREAD, stack_size=8}, 88) = " + by +
                    " <0.000020>\n"
                    "futex(0x1, FUTEX_WAIT, 1, NULL) = ?\n"
                    "+++ superseded by execve in pid " +
                    by +
                    " +++\n"
                    "<... execve resumed>) = 0 <0.000190>\n"
                    "brk(NULL) = 0x1000 <0.000002>\n"
                    "exit_group(0) = ?\n"
                    "+++ exited with 0 +++\n");
    put(thread, "getpid() = " + std::to_string(leader) +
                    " <0.000001>\n"
                    "execve(\"/bin/sh\", [\"sh\"], 0x7f /* 3 vars */ <pid changed to " +
                    std::to_string(leader) + " ...>\n");
  }
  void put(int tid, const std::string& text) const {
    (void)folder.file(text, ("trace." + std::to_string(tid)).c_str());
  }
  [[nodiscard]] LogAnswer read(const LogQuestion& question = {}) const {
    return read_logs({folder.path}, question);
  }
};

}  // namespace

TEST_CASE("calls, errors and durations of a log come out as they are written", "[strace][log]") {
  const LogAnswer answer = read_text(
      "812   openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3 <0.000015>\n"
      "812   read(3, \"root\", 4096) = 4 <0.000005>\n"
      "812   read(3, \"\", 4096) = 0 <0.000003>\n"
      "812   read(9, 0x7f, 1) = -1 EBADF (Bad file descriptor) <0.000002>\n"
      "812   exit_group(0) = ?\n"
      "812   +++ exited with 0 +++\n");
  CHECK_FALSE(answer.error);
  CHECK(count_of(answer, "openat") == 1);
  const SyscallStats read = stats_of(answer, "read");
  CHECK(read.count() == 3);
  CHECK(read.latency.sum() == 10'000);
  CHECK(read.latency.min() == 2'000);
  CHECK(read.errors == std::map<std::int32_t, std::uint64_t>{{9, 1}});
  CHECK(answer.stats.ledger.no_return == 1);
  CHECK(answer.stats.ledger.lines->records == 5);
  CHECK(ignored(answer, "exit") == 1);
  CHECK(answer.stats.ledger.complete());
  CHECK(answer.stats.log->whole);
  CHECK(answer.stats.log->runs == 1);
  CHECK(answer.stats.log->durations);
  CHECK(answer.stats.log->inputs.front().columns == "-f");
  CHECK(answer.stats.warnings.empty());
}

TEST_CASE("several logs are several runs, read in the order given", "[strace][log]") {
  const TempFolder folder;
  const std::string first =
      folder.file("812   read(0, \"\", 1) = 0 <0.000001>\n812   read(0,  <unfinished ...>\n", "b");
  const std::string second =
      folder.file("<... read resumed>\"\", 1) = 0 <0.000002>\nclose(3) = 0 <0.1>\n", "a");
  const LogAnswer answer = read_logs({first, second});
  check_adds_up(answer);
  CHECK(count_of(answer, "read") == 2);
  CHECK(answer.stats.ledger.in_flight ==
        1);  // the first log's, which the second one's end has nothing to do with
  CHECK(answer.stats.ledger.began_before_attach == 1);
  CHECK(answer.stats.log->runs == 2);
  CHECK(warns(answer, "2 runs of strace are added up here"));
  REQUIRE(answer.stats.log->inputs.size() == 2);
  CHECK(answer.stats.log->inputs[0].name == first);
  CHECK(answer.stats.log->inputs[0].columns == "-f");
  CHECK(answer.stats.log->inputs[1].columns == "without flags");
}

TEST_CASE("what interrupted the last call of a log is not finished by the next log", "[strace][log]") {
  const TempFolder folder;
  const std::string first = folder.file("812   futex(0x1, FUTEX_WAKE, 1 <unfinished ...>\n", "a");
  const std::string second = folder.file(")  = 1 <0.000013>\n812   close(3) = 0 <0.000001>\n", "b");
  const LogAnswer answer = read_logs({first, second});
  check_adds_up(answer);
  CHECK(count_of(answer, "futex") == 0);
  CHECK(rejected(answer) == 1);
}

TEST_CASE("a folder's logs of one run are put together", "[strace][log]") {
  for (const auto& [leader, thread] : {std::pair{500, 501}, std::pair{501, 500}}) {
    INFO(leader << " " << thread);
    const Family family(leader, thread);
    const LogAnswer answer = family.read({.by = GroupBy::thread});
    check_adds_up(answer);
    CHECK(threads_of(answer, "execve") == std::vector<std::int32_t>{leader});
    CHECK(stats_of(answer, "execve").latency.sum() == 190'000);
    CHECK(count_of(answer, "execve") == 1);
    CHECK(stats_of(answer, "futex").killed_inside == 1);
    CHECK(threads_of(answer, "getpid") == std::vector<std::int32_t>{thread});
    CHECK(answer.stats.ledger.lost_enters == 0);
    CHECK(answer.stats.ledger.in_flight == 0);
    CHECK(answer.stats.ledger.began_before_attach == 0);
    CHECK(answer.stats.log->runs == 1);
    CHECK(answer.stats.ledger.complete());
  }
}

TEST_CASE("an execve whose beginning is in a log that is not there counts all the same", "[strace][log]") {
  const Family family(500, 501);
  std::filesystem::remove(family.folder.path / "trace.501");
  const LogAnswer answer = family.read();
  check_adds_up(answer);
  CHECK(count_of(answer, "execve") == 1);
  CHECK(*answer.stats.ledger.began_before_attach + *answer.stats.ledger.lost_enters == 1);
}

TEST_CASE("families in one folder, and packed members, are told apart by their names", "[strace][log]") {
  const TempFolder folder;
  (void)folder.file("read(0, \"\", 1) = 0 <0.000001>\nread(0,  <unfinished ...>\n", "one.7");
  (void)folder.file(gzip_of("<... read resumed>\"\", 1) = 0 <0.000002>\n"), "two.7.gz");
  (void)folder.file(gzip_of("read(0, \"\", 1) = 0 <0.000004>\n"), "one.8.gz");
  const LogAnswer answer = read_logs({folder.path}, {.by = GroupBy::thread});
  check_adds_up(answer);
  CHECK(answer.stats.log->runs == 2);
  CHECK(stats_of(answer, "read").latency.sum() == 7'000);
  CHECK(answer.stats.ledger.in_flight == 1);
  CHECK(answer.stats.log->inputs.front().compression.empty());
  CHECK(answer.stats.log->inputs[1].compression == "gzip");
  CHECK(threads_of(answer, "read") == std::vector<std::int32_t>{7, 8});
}

TEST_CASE("foreign files in a folder are left out and named", "[strace][log]") {
  const TempFolder folder;
  (void)folder.file("812   close(3) = 0 <0.000001>\n", "a.log");
  (void)folder.file(
      "\x7f"
      "ELF\x02\x01\x01",
      "program");
  (void)folder.file("#include <stdio.h>\nint main() { return 0; }\n", "main.c");
  (void)folder.file("PERFILE2xxxxxxxxx", "perf.data");
  (void)folder.file("812   close(3) = 0 <0.000001>\n", ".hidden");
  std::filesystem::create_directory(folder.path / "more");
  std::filesystem::create_symlink("loop", folder.path / "loop");
  std::filesystem::create_symlink("nowhere", folder.path / "dangling");
  const LogAnswer answer = read_logs({folder.path});
  REQUIRE_FALSE(answer.error);
  check_adds_up(answer);
  CHECK(count_of(answer, "close") == 1);
  CHECK(answer.stats.warnings.size() == 3);
  CHECK(warns(answer, "program: left out: it is an ELF program or library"));
  CHECK(warns(answer, "main.c: left out: none of its first 2 lines is a record; it begins with '#include"));
  CHECK(warns(answer, "perf.data: left out: it is a perf.data file"));
  CHECK(answer.stats.log->whole);
}

TEST_CASE("warnings of many logs have an end, and say how many there were", "[strace][log]") {
  const TempFolder folder;
  for (int i = 0; i < 23; ++i)
    (void)folder.file("812   close(3) = 0 <0.000001>\nsome\nother\nlines\n",
                      fmt::format("{}.log", i).c_str());
  const LogAnswer answer = read_logs({folder.path});
  REQUIRE_FALSE(answer.error);
  CHECK(warns(answer, "only 1 of its first 4 lines are records"));
  CHECK(warns(answer, "3 more warnings about logs"));
  CHECK(answer.stats.ledger.lines->rejected.begin()->second == 69);
}

TEST_CASE("a folder's links to its own logs are those logs", "[strace][log]") {
  const TempFolder folder;
  (void)folder.file("812   close(3) = 0 <0.000001>\n", "a.log");
  std::filesystem::create_symlink("a.log", folder.path / "latest");
  const LogAnswer answer = read_logs({folder.path});
  REQUIRE_FALSE(answer.error);
  CHECK(count_of(answer, "close") == 1);
  const LogAnswer twice = read_logs({folder.path, folder.path / "latest"});
  REQUIRE(twice.error);
  CHECK(twice.error->message.find("are the same log") != std::string::npos);
}

TEST_CASE("the name that strace -ff -o was given leads to its logs", "[strace][log]") {
  const TempFolder folder;
  (void)folder.file("close(3) = 0 <0.000001>\n", "trace.812");
  const LogAnswer answer = read_logs({folder.path / "trace"});
  REQUIRE(answer.error);
  CHECK(answer.error->hint.find("trace.*'") != std::string::npos);
}

TEST_CASE("doubts about a log's beginning are dropped when all of it was read", "[strace][log]") {
  std::string text;
  for (const char* columns : {"", "10:00:01.5 ", "1795216340.5 ", "     0.000000 "})
    text += std::string(columns) + "execve(\"/bin/a\", [\"a\"], 0x7f /* 1 var */) = 0 <0.000001>\n" +
            columns + "close(1) = 0 <0.000001>\n" + columns + "+++ exited with 0 +++\n";
  const LogAnswer answer = read_text(text);
  REQUIRE_FALSE(answer.error);
  CHECK(answer.stats.ledger.lines->rejected.empty());
  CHECK(answer.stats.log->runs == 4);
  CHECK_FALSE(warns(answer, "are records of strace"));
  const TempFolder many;
  for (int i = 0; i < 23; ++i) (void)many.file(text, fmt::format("{}.log", i).c_str());
  CHECK_FALSE(warns(read_logs({many.path}), "more warnings about logs"));
  CHECK(warns(read_text("close(1) = 0\nnothing\nof\nthe kind\n"), "only 1 of its first 4 lines"));
}

TEST_CASE("calls that nobody asked for are not calls that are not there", "[strace][log]") {
  LogQuestion question;
  question.filter = *SyscallFilter::parse("%network");
  const LogAnswer answer = read_text("close(1) = 0 <0.000001>\n", question);
  CHECK(warns(answer, "none of the log's calls was asked for"));
}

TEST_CASE("what is no log is refused and named, with what to do", "[strace][log]") {
  const auto refusal = [](const std::string& text) {
    const LogAnswer answer = read_text(text);
    INFO(text.substr(0, 40));
    REQUIRE(answer.error);
    CHECK(answer.error->code == Errc::unsupported);
    CHECK(answer.error->message.find("/log: this is no strace log: ") != std::string::npos);
    return answer.error->message.substr(answer.error->message.rfind(": ") + 2) + " | " + answer.error->hint;
  };
  CHECK(refusal("\x7f"
                "ELF\x02") ==
        "it is an ELF program or library | to trace a program: latimer latency -- FILE");
  CHECK(refusal("PERFILE2xx").find("it is a perf.data file | perf script -i FILE") == 0);
  CHECK(refusal("\xff\xfe"
                "8")
            .find("it is UTF-16 text | iconv") == 0);
  CHECK(refusal("812 close(3) = 0\r813 close(3) = 0\r812 close(").find("it is text whose lines end in CR") ==
        0);
  CHECK(refusal("     0.061 ( 0.019 ms): true/27430 brk() = 0x55\n").find("it is the output of perf trace") ==
        0);
  CHECK(
      refusal("{\"type\": \"attached_probes\", \"data\": {}}\n").find("it is the JSON output of bpftrace") ==
      0);
  CHECK(refusal(std::string("\1\2\3\4\0\1\2\3", 8)).find("it is binary data") == 0);
  CHECK(refusal("hello\nworld\n")
            .find("none of its first 2 lines is a record; it begins with 'hello' | if it is") == 0);
}

TEST_CASE("an input that cannot be read is an error before anything else", "[strace][log]") {
  const TempFolder folder;
  const auto error = [](const std::vector<std::string>& inputs) {
    const LogAnswer answer = read_logs(inputs);
    REQUIRE(answer.error);
    return *answer.error;
  };
  CHECK(error({folder.path / "none"}).code == Errc::not_found);
  CHECK(error({folder.path}).message.find("the folder holds no files") != std::string::npos);
  CHECK(error({"-", "-"}).code == Errc::usage);
  const std::string good = folder.file("812   close(3) = 0 <0.000001>\n", "good");
  const std::string broken = folder.file(gzip_of(sample(100'000)).substr(0, 3'000), "broken.gz");
  const LogAnswer half = read_logs({good, broken});
  REQUIRE(half.error);
  CHECK(half.error->message.find("broken.gz") != std::string::npos);
  CHECK(count_of(half, "close") == 1);  // what came before it stays
  CHECK_FALSE(half.stats.log->whole);
}

TEST_CASE("only the calls asked for are counted, and the others accounted for", "[strace][log]") {
  LogQuestion question;
  question.filter = *SyscallFilter::parse("read");
  const LogAnswer answer = read_text(
      "812   read(0, \"\", 1) = 0 <0.000001>\n"
      "812   close(0) = 0 <0.000001>\n"
      "812   frobnicate(0) = 0 <0.000001>\n",
      question);
  CHECK(answer.stats.ledger.exits == 1);
  CHECK(ignored(answer, "not selected") == 2);
}
