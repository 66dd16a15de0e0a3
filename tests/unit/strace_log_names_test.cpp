// Names that our tables do not have, beginnings that are not in the log, and strace's own tables.
#include "tests/unit/strace_log_fixture.h"

using namespace latimer;
using namespace latimer::test;

namespace {

constexpr const char* kTable =
    "% time     seconds  usecs/call     calls    errors syscall\n"
    "------ ----------- ----------- --------- --------- ----------------\n"
    " 51.32    0.000214          10        21         2 openat\n"
    " 48.68    0.000203           5        37           close\n"
    "------ ----------- ----------- --------- --------- ----------------\n"
    "100.00    0.000417           7        58         2 total\n";

}  // namespace

TEST_CASE("names that are not in our tables are kept as they are", "[strace][log]") {
  const LogAnswer answer = read_text(
      "7 frobnicate(1) = 0 <0.000001>\n"
      "7 frobnicate(1) = -1 EFROB (Frobnicated) <0.000002>\n"
      "7 frobnicate( <unfinished ...>\n"
      "8 close(1) = -1 EBLOB (Blobbed) <0.000002>\n"
      "7 <... frobnicate resumed>1) = -1 EFROB (Frobnicated) <0.000004>\n");
  const SyscallStats stats = stats_of(answer, "frobnicate");
  CHECK(stats.count() == 3);
  CHECK(stats.latency.sum() == 7'000);
  CHECK(stats.error_count() == 2);
  CHECK(answer.stats.ledger.complete());
  REQUIRE(answer.stats.names.errors.size() == 2);
  for (const auto& [number, name] : answer.stats.names.errors) CHECK(number > kMaxErrno);
  for (const auto& [number, name] : answer.stats.names.calls) CHECK(number < -1);
}

TEST_CASE("of names that nobody knows a hundred are kept, and the rest counted together", "[strace][log]") {
  std::string text;
  for (int i = 0; i < 150; ++i) {
    const std::string n = std::to_string(i);
    text += "7 call_" + n + "(1) = -1 EFOO" + n + " (Foo) <0.000001>\n";
  }
  text += "7 call_3(1) = 0 <0.000001>\n7 call_149(1) = 0 <0.000001>\n";
  const LogAnswer answer = read_text(text);
  CHECK(answer.stats.names.calls.size() == 101);
  CHECK(answer.stats.names.errors.size() == 101);
  CHECK(count_of(answer, "call_99") == 1);
  CHECK(count_of(answer, "call_3") == 2);
  CHECK(count_of(answer, "(others)") == 51);
  CHECK(stats_of(answer, "(others)").error_count() == 50);
}

TEST_CASE("so it is with numbers that have no name", "[strace][log]") {
  std::string named, columned;
  for (int i = 0; i < 150; ++i) {
    named +=
        fmt::format("7 syscall_0x{:x}(1, 2) = -1 ENOSYS (Function not implemented) <0.000001>\n", 5000 + i);
    columned += fmt::format("7 [{:4}] syscall_0x{:x}(1) = -1 ENOSYS (Function not implemented) <0.000001>\n",
                            5000 + i, 5000 + i);
  }
  const LogAnswer answer = read_text(named);
  CHECK(answer.snapshot.stats.size() == 101);
  CHECK(count_of(answer, "syscall_5000") == 1);
  CHECK(count_of(answer, "(others)") == 50);
  const LogAnswer numbered = read_text(columned);
  CHECK(numbered.stats.ledger.exits == 150);
  CHECK(numbered.snapshot.stats.size() == 101);
  CHECK(count_of(numbered, "(others)") == 50);
  CHECK(count_of(read_text("7 syscall_0x0(1) = 0 <0.000001>\n"), syscall_name(kNativeAbi, 0)) == 1);
}

TEST_CASE("a foreign architecture's numbers do not make its calls others", "[strace][log]") {
  // aarch64's read and close, -n.
  const LogAnswer answer = read_text(
      "7 [  63] read(0, \"\", 1) = 0 <0.000001>\n"
      "7 [  57] close(0) = 0 <0.000001>\n");
  if (kNativeAbi == Abi::aarch64) return;
  CHECK(count_of(answer, "read") == 1);
  CHECK(count_of(answer, "close") == 1);
}

TEST_CASE("the threads of a program that was executed are one process", "[strace][log]") {
  const LogAnswer answer = read_text(
      "100 execve(\"/a\", [\"a\"], 0x7f /* 1 var */) = 0 <0.000300>\n"
      "100 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_THREAD) = 101 <0.000020>\n"
      "101 close(3) = 0 <0.000001>\n"
      "100 clone(child_stack=NULL, flags=SIGCHLD) = 102 <0.000020>\n"
      "102 close(3) = 0 <0.000001>\n",
      {.by = GroupBy::process});
  std::vector<std::int32_t> pids;
  for (const auto& [key, stats] : answer.snapshot.stats) {
    if (syscall_name(key.abi, key.number) == "close") pids.push_back(key.subject.pid);
  }
  CHECK(pids == std::vector<std::int32_t>{100, 102});
}

TEST_CASE("the first that is heard of a thread may be the end of a call", "[strace][log]") {
  const LogAnswer answer = read_text(
      "7 <... read resumed>\"\", 1) = 0 <0.000005>\n"
      "7 close(0) = 0 <0.000001>\n"
      "8 <... read resumed>\"\", 1) = -1 EINTR (Interrupted) <0.000004>\n");
  const SyscallStats read = stats_of(answer, "read");
  CHECK(read.count() == 2);
  CHECK(read.latency.sum() == 9'000);
  CHECK(read.error_count() == 1);
  CHECK(answer.stats.ledger.began_before_attach == 2);
  CHECK(answer.stats.ledger.lost_enters == 0);
  CHECK(answer.stats.ledger.complete());
}

TEST_CASE("a later end without a beginning counts, and is a loss", "[strace][log]") {
  const LogAnswer answer = read_text(
      "7 close(0) = 0 <0.000001>\n"
      "7 <... read resumed>\"\", 1) = 0 <0.000005>\n"
      "7 write(1, \"\", 0 <unfinished ...>\n"
      "7 <... read resumed>\"\", 1) = 0 <0.000007>\n"
      "7 <... write resumed>) = 0 <0.000001>\n");
  CHECK(count_of(answer, "read") == 2);
  CHECK(stats_of(answer, "read").latency.sum() == 12'000);
  CHECK(answer.stats.ledger.lost_enters == 2);
  CHECK(answer.stats.ledger.began_before_attach == 0);
  CHECK(count_of(answer, "write") == 1);
  CHECK_FALSE(answer.stats.ledger.complete());
}

TEST_CASE("strace's table alone tells counts, and wall times only if asked for", "[strace][log]") {
  const LogAnswer answer = read_text(kTable);
  const SyscallStats openat = stats_of(answer, "openat");
  CHECK(openat.count() == 21);
  CHECK(openat.error_count() == 2);
  CHECK(openat.latency.count() == 0);
  CHECK_FALSE(openat.table->total_ns);
  CHECK(count_of(answer, "close") == 37);
  CHECK(answer.stats.log->tabulated == 58);
  CHECK(answer.stats.ledger.exits == 0);
  CHECK(ignored(answer, "summary") == 6);
  CHECK(warns(answer, "58 calls are known only from strace's own table (-c)"));
  CHECK(warns(answer, "CPU time"));
  const LogAnswer wall = read_text(kTable, {.flags = "-f -c -w"});
  CHECK(stats_of(wall, "openat").table->total_ns == 214'000);
  CHECK_FALSE(warns(wall, "CPU time"));
}

TEST_CASE("a table's columns are those that it has", "[strace][log]") {
  const LogAnswer answer = read_text(
      "syscall              calls    shortest     longest     seconds\n"
      "---------------- --------- ----------- ----------- -----------\n"
      "openat                  21    0.000001    0.000100    0,000214\n"
      "frobnicate               2    0.000002    0.000200    0.000300\n"
      "---------------- --------- ----------- ----------- -----------\n"
      "total                   23    0.000001    0.000200    0.000514\n",
      {.flags = "-c --summary-wall-clock"});
  const SyscallStats openat = stats_of(answer, "openat");
  CHECK(openat.count() == 21);
  CHECK(openat.table->min_ns == 1'000);
  CHECK(openat.table->max_ns == 100'000);
  CHECK(openat.table->total_ns == 214'000);
  CHECK(count_of(answer, "frobnicate") == 2);
  const LogAnswer without = read_text(
      "% time     seconds syscall\n------ ----------- ----------------\n 99.00    0.000214 openat\n"
      "------ ----------- ----------------\n100.00    0.000214 total\n");
  CHECK(without.stats.log->tabulated == 0);
  CHECK(warns(without, "strace's table has no column of calls (-U)"));
  const LogAnswer no_errors = read_text(
      "    calls syscall\n--------- ----------------\n       21 openat\n--------- ----------------\n"
      "       21 total\n");
  CHECK(count_of(no_errors, "openat") == 21);
  CHECK(warns(no_errors, "strace's table has no column of errors (-U): none are counted from it"));
}

TEST_CASE("a table that was cut is told", "[strace][log]") {
  const std::string_view table = kTable;
  for (const std::string_view end : {" 48.68", "100.00"}) {
    const std::string cut(table.substr(0, table.rfind(end)));
    CHECK(warns(read_text(cut), "strace's table (-c) ends without its total"));
    CHECK(warns(read_text(cut + "and on\n"), "strace's table (-c) ends without its total"));
    CHECK(warns(read_text(cut + kTable), "strace's table (-c) ends without its total"));
  }
  CHECK_FALSE(warns(read_text(kTable), "without its total"));
}

TEST_CASE("a table on standard error may come after anything", "[strace][log]") {
  const LogAnswer answer = read_text("strace: Process 741 attached\nls: cannot access '/x': no such thing\n" +
                                     std::string(kTable));
  REQUIRE_FALSE(answer.error);
  CHECK(count_of(answer, "close") == 37);
}

TEST_CASE("two ABIs have two tables", "[strace][log]") {
  const LogAnswer answer =
      read_text(std::string(kTable) + "System call usage summary for 32 bit mode:\n" + kTable);
  if (kNativeAbi != Abi::x86_64) return;
  CHECK(count_of(answer, "close") == 74);
  CHECK(answer.snapshot.stats.size() == 4);
  CHECK(answer.snapshot.stats.count({Abi::i386, *syscall_number(Abi::i386, "close"), {}}) == 1);
}

TEST_CASE("a table beside the calls is not added to them", "[strace][log]") {
  std::string calls;
  for (int i = 0; i < 37; ++i) calls += "7 close(3) = 0 <0.000001>\n";
  const LogAnswer answer = read_text(calls + kTable);
  CHECK(count_of(answer, "close") == 37);
  CHECK(count_of(answer, "openat") == 0);
  CHECK(answer.stats.log->tabulated == 0);
  CHECK(warns(answer, "strace's own table (-C) has 58 calls, and 37 are in the log"));
  const std::string table =
      "% time     seconds  usecs/call     calls    errors syscall\n"
      "------ ----------- ----------- --------- --------- ----------------\n"
      "100.00    0.000214          10        37           close\n"
      "------ ----------- ----------- --------- --------- ----------------\n"
      "100.00    0.000214          10        37           total\n";
  CHECK(read_text(calls + table).stats.warnings.empty());
}

TEST_CASE("a table that was cut does not swallow the calls behind it", "[strace][log]") {
  const std::string cut(std::string_view(kTable).substr(0, std::string_view(kTable).find(" 48.68")));
  const LogAnswer answer = read_text("7 close(3) = 0 <0.000001>\n" + cut +
                                     "12345 close(3)                          = 0 <0.000012>\n"
                                     "12345 execve(\"/a\", [\"a\"], 0x7f /* 1 var */) = 0 <0.000012>\n"
                                     "12345 close(4)                          = 0 <0.000012>\n");
  CHECK(count_of(answer, "close") == 3);
  CHECK(stats_of(answer, "close").latency.sum() == 25'000);
  CHECK(ignored(answer, "summary") == 3);
}
