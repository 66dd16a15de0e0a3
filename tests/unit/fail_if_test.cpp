#include "core/stats/fail_if.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "tests/unit/comparison_fixture.h"

using namespace latimer;

namespace {

FailCondition only(std::string_view text) {
  const Result<FailIf> parsed = parse_fail_if(text);
  INFO(text << ": " << (parsed ? "" : parsed.error().message));
  REQUIRE(parsed);
  REQUIRE(parsed->any_of.size() == 1);
  REQUIRE(parsed->any_of[0].size() == 1);
  return parsed->any_of[0][0];
}

Error error_of(std::string_view text) {
  const Result<FailIf> parsed = parse_fail_if(text);
  INFO(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Errc::usage);
  return parsed.error();
}

// read: 1000 calls of 10 us -> 1100 of 15 us; write only in A, openat only in B; close without durations.
Comparison sample() {
  ComparedRun a = run_of("read", times(1000, 10'000)), b = run_of("read", times(1100, 15'000));
  add_calls(a.snapshot, "write", times(10, 1'000));
  add_calls(b.snapshot, "openat", times(10, 1'000));
  a.snapshot.stats[key_of("close")].untimed = b.snapshot.stats[key_of("close")].untimed = 7;
  b.snapshot.stats[key_of("read")].errors[4] = 3;
  return compare(a, b);
}

FailOutcome outcome(std::string_view text, const Comparison& comparison) {
  const Result<FailIf> parsed = parse_fail_if(text);
  INFO(text << ": " << (parsed ? "" : parsed.error().message));
  REQUIRE(parsed);
  return evaluate(*parsed, comparison);
}

std::string judged(std::string_view text) { return std::string(to_string(outcome(text, sample()).holds)); }

}  // namespace

TEST_CASE("Conditions are read as the grammar says", "[fail_if]") {
  const FailCondition ratio = only("read.p99 > 1.2x");
  CHECK(ratio.call == "read");
  CHECK(ratio.metric == Metric::p99);
  CHECK(ratio.compare == FailOperator::above);
  CHECK(ratio.kind == FailBound::ratio);
  CHECK(ratio.billionths == 1'200'000'000);
  CHECK_FALSE(ratio.surely);
  CHECK(only("write.count>+10%").billionths == 1'100'000'000);
  CHECK(only("write.count <= -2.5%").billionths == 975'000'000);
  CHECK(only("write.count <= -2.5%").compare == FailOperator::at_most);
  const FailCondition shift = only("fsync.total >= +5ms surely");
  CHECK(shift.kind == FailBound::shift);
  CHECK(shift.amount == 5'000'000);
  CHECK(shift.surely);
  CHECK(shift.text == "fsync.total >= +5ms surely");
  CHECK(only("total.errors > 0").kind == FailBound::value);
  CHECK(only("total.errors < -3").amount == -3'000'000'000);
  CHECK(only("openat.avg > 200us").amount == 200'000);
  CHECK(only("read.max < 1.5h").amount == 5'400'000'000'000);
  CHECK(only("read.max > 0.000000001s").amount == 1);
  CHECK(only("i386:read.p50 > 0").abi == Abi::i386);
  CHECK(only(" syscall_999 . rate < 5 ").call == "syscall_999");
}

TEST_CASE("and binds more tightly than or and the comma", "[fail_if]") {
  const auto parsed =
      parse_fail_if("read.p50 > 1x, read.p90 > 1x and read.p95 > 1x or total.count>1 surely and total.avg>0");
  REQUIRE(parsed);
  REQUIRE(parsed->any_of.size() == 3);
  CHECK(parsed->any_of[0].size() == 1);
  CHECK(parsed->any_of[1].size() == 2);
  CHECK(parsed->any_of[2].size() == 2);
  CHECK(parsed->any_of[2][0].text == "total.count>1 surely");
}

TEST_CASE("Errors say what, where, and what could stand there", "[fail_if]") {
  const Error metric = error_of("read.p98 > 1.2x");
  CHECK(metric.message == "bad condition at column 6: unknown metric 'p98'");
  CHECK(metric.hint.starts_with("read.p98 > 1.2x\n     ^\nmetrics are count, errors,"));
  const Error call = error_of("read.p99 > 2x, opena.p99 > 2x");
  CHECK(call.message == "bad condition at column 16: unknown system call 'opena'");
  CHECK(call.hint.find("openat") != std::string::npos);
  CHECK(error_of("").message.find("column 1:") != std::string::npos);
  CHECK(error_of("read.p99 >").message.find("column 11: a number is missing before the end") !=
        std::string::npos);
  CHECK(error_of("read").message.find("column 5") != std::string::npos);
  CHECK(error_of("read.p99 = 1x").message.find("column 10: an operator") != std::string::npos);
  CHECK(error_of("read.p99 > 10%").hint.find("+10%") != std::string::npos);
  CHECK(error_of("read.p99 > +1.2x").message.find("a ratio has no sign") != std::string::npos);
  CHECK(error_of("read.p99 > 100").message.find("needs a unit") != std::string::npos);
  CHECK(error_of("read.p99 > 100sec").message.find("column 15: unknown unit 'sec'") != std::string::npos);
  CHECK(error_of("read.count > 5ms").message.find("no time") != std::string::npos);
  CHECK(error_of("read.p99 < -101%").message.find("100%") != std::string::npos);
  CHECK(error_of("read.p99 > 1.x").message.find("a digit") != std::string::npos);
  CHECK(error_of("read.p99 > 9999999999x").message.find("too large") != std::string::npos);
  CHECK(error_of("read.p99 > 999999999h").message.find("too long") != std::string::npos);
  CHECK(error_of("read.p99 > 1x certainly").message.find("column 15: 'c' after") != std::string::npos);
  CHECK(error_of("read.p99 > 1x,").message.find("column 15") != std::string::npos);
  CHECK(error_of("arm:read.p99 > 1x").message.find("unknown ABI 'arm'") != std::string::npos);
  CHECK(error_of("x86_64:total.p99 > 1x").message.find("unknown system call 'total'") != std::string::npos);
  CHECK(error_of(std::string(kLongestFailIf + 1, ' ')).message.find("4096") != std::string::npos);
}

TEST_CASE("The caret stands below what is wrong, whatever bytes come before", "[fail_if]") {
  const Error error = error_of("read.p99 > 1x\x01 \xC3\xA4");
  CHECK(error.message.find("column 14") != std::string::npos);
  CHECK(error.hint.starts_with("read.p99 > 1x\\x01 \xC3\xA4\n             ^\n"));
  const Error tab = error_of("\tread.p98 > 1x");  // shown as \x09
  CHECK(tab.message.find("column 10") != std::string::npos);
  CHECK(tab.hint.starts_with("\\x09read.p98 > 1x\n         ^\n"));
  const std::string many = [] {
    std::string text;
    for (int i = 0; i < 50; ++i) text += "read.p99 > 1x, ";
    return text + "nope.p99 > 1x";
  }();
  const Error far = error_of(many);
  CHECK(far.message.find("column 751") != std::string::npos);
  const std::size_t caret = far.hint.find('^') - far.hint.find('\n') - 1;
  CHECK(far.hint.substr(caret, 4) == "nope");
}

TEST_CASE("A name that only a log has may be declared", "[fail_if]") {
  CHECK_FALSE(parse_fail_if("novel.count > 1"));
  CHECK(parse_fail_if("novel.count > 1", {"novel"}));
}

TEST_CASE("Conditions hold or do not", "[fail_if]") {
  CHECK(judged("read.p50 > 1.4x") == "holds");
  CHECK(judged("read.p50 > 1.6x") == "does not hold");
  CHECK(judged("read.avg >= 1.5x") == "holds");
  CHECK(judged("read.avg > 1.5x") == "does not hold");
  CHECK(judged("read.count >= +10%") == "holds");  // 1100 is 10 % more than 1000, exactly
  CHECK(judged("read.count > +10%") == "does not hold");
  CHECK(judged("read.count > 1.099999999x") == "holds");
  CHECK(judged("read.total > +6ms") == "holds");
  CHECK(judged("read.total > +6.5ms") == "does not hold");
  CHECK(judged("read.count >= +100") == "holds");
  CHECK(judged("read.max > 14us") == "holds");
  CHECK(judged("read.min < 14us") == "does not hold");
  CHECK(judged("read.rate > 1.05x") == "holds");
  CHECK(judged("total.errors > 0") == "holds");
  CHECK(judged("total.errors > 3") == "does not hold");
  CHECK(judged("total.errors >= 2.5") == "holds");
  CHECK(judged("read.errors > 1000x") == "holds");  // there were none: infinitely more
  CHECK(judged("close.errors >= 1.1x") == "does not hold");
  CHECK(judged("write.count < -50%") == "holds");
  CHECK(judged("openat.count > +5") == "holds");
  CHECK(judged("openat.p99 > 500ns") == "holds");
}

TEST_CASE("What cannot be judged is neither true nor false", "[fail_if]") {
  for (const char* text :
       {"fsync.count > 0", "close.p99 > 1x", "close.p50 < 1s", "openat.p99 > 1.2x", "write.avg < 1s",
        "write.p99 > +1ns", "i386:read.count > 0", "read.count > 1x surely"}) {
    INFO(text);
    const FailOutcome found = outcome(text, sample());
    CHECK(found.holds == Holds::unknown);
    REQUIRE(found.conditions.size() == 1);
    CHECK_FALSE(found.conditions[0].certain);
    CHECK(found.conditions[0].sentence.size() > 20);
  }
  CHECK(outcome("fsync.p99 > 1x", sample()).conditions[0].sentence ==
        "fsync.p99: neither side has this call");
  CHECK(outcome("close.p99 > 1x", sample()).conditions[0].sentence ==
        "close.p99: durations are not known of both");
  CHECK(outcome("openat.p99 > 1x", sample()).conditions[0].sentence == "openat.p99: A made no such call");
  CHECK(outcome("write.p99 > 1ms", sample()).conditions[0].sentence == "write.p99: B made no such call");
}

TEST_CASE("What nobody made is a count where everything was watched", "[fail_if]") {
  Comparison found = sample();
  found.watched_all = true;
  CHECK(outcome("fsync.count > 0", found).holds == Holds::does_not);
  CHECK(outcome("fsync.errors < 1", found).holds == Holds::holds);
  CHECK(outcome("i386:read.count > 0", found).holds == Holds::does_not);
  CHECK(outcome("fsync.p99 > 1x", found).holds == Holds::unknown);
  CHECK(outcome("fsync.count > 0", found).conditions.at(0).sentence ==
        "fsync.count is 0: 'fsync.count > 0' does not hold");
}

TEST_CASE("Unknown parts make a whole unknown only where they matter", "[fail_if]") {
  CHECK(judged("fsync.count > 0, read.p50 > 1.4x") == "holds");
  CHECK(judged("fsync.count > 0 or read.p50 > 1.6x") == "unknown");
  CHECK(judged("fsync.count > 0 and read.p50 > 1.4x") == "unknown");
  CHECK(judged("fsync.count > 0 and read.p50 > 1.6x") == "does not hold");
  CHECK(judged("read.p50 > 1.6x, read.p50 > 1.4x and read.count > 0") == "holds");
  CHECK(outcome("read.p50 > 1.6x, read.p50 > 1.4x and read.count > 0", sample()).conditions.size() == 3);
}

TEST_CASE("The whole interval makes it certain", "[fail_if]") {
  std::mt19937_64 random(9);
  const Source source{20'000, 0.5, 0.8, 5000};
  const Comparison found = compare(drawn_run(source, 1, 0, random), drawn_run(source, 1.5, 0, random));
  const auto first = [&](std::string_view text) { return outcome(text, found).conditions.at(0); };
  const ConditionOutcome clear = first("read.p50 > 1.2x");
  CHECK(clear.holds == Holds::holds);
  CHECK(clear.certain == true);
  CHECK(clear.sentence.ends_with("'read.p50 > 1.2x' holds, certainly"));
  const double ratio = found.calls.at(0)[Metric::p50].ratio.value().estimate;
  const std::string close = "read.p50 > " + std::to_string(ratio - 0.01) + "x";
  CHECK(first(close).holds == Holds::holds);
  CHECK(first(close).certain == false);
  CHECK(first(close + " surely").holds == Holds::does_not);
  CHECK(first("read.p50 > 1.2x surely").holds == Holds::holds);
  CHECK(first("read.p50 > 5x surely").certain == true);
  CHECK(first("read.p50 < +1us surely").holds == Holds::does_not);
  CHECK(first("read.avg > 20us surely").holds == Holds::holds);
}

TEST_CASE("surely judges counts of several runs", "[fail_if]") {
  std::vector<ComparedRun> a, b;
  for (const std::uint64_t count : {100, 101, 102, 103, 104}) {
    a.push_back(run_of("read", times(count, 100)));
    b.push_back(run_of("read", times(count * 2, 100)));
  }
  CHECK(outcome("read.count > 1.5x surely", compare(a, b)).holds == Holds::holds);
  CHECK(outcome("read.count > 1.99x surely", compare(a, b)).holds == Holds::does_not);
}

TEST_CASE("A name means the calls of every ABI that has it", "[fail_if]") {
  ComparedRun a, b;
  for (const Abi abi : {Abi::x86_64, Abi::i386})
    a.snapshot.stats[key_of("read", abi)].untimed = b.snapshot.stats[key_of("read", abi)].untimed = 10;
  b.snapshot.stats[key_of("read", Abi::i386)].untimed = 30;
  const Comparison found = compare(a, b);
  const FailOutcome any = outcome("read.count > 2x", found);
  CHECK(any.holds == Holds::holds);
  CHECK(any.conditions[0].sentence.starts_with("i386:read.count is 3x (10 -> 30)"));
  CHECK(outcome("x86_64:read.count > 2x", found).holds == Holds::does_not);
}

TEST_CASE("Any bytes are read or refused with a column", "[fail_if]") {
  std::mt19937_64 random(13);
  const std::vector<std::string> pieces = {"read",
                                           "total",
                                           ".",
                                           "p99",
                                           "count",
                                           ">",
                                           ">=",
                                           "<",
                                           "1.2x",
                                           "+10%",
                                           "-5",
                                           "5ms",
                                           "surely",
                                           " or ",
                                           " and ",
                                           ",",
                                           ":",
                                           "i386",
                                           "\xC3",
                                           "%",
                                           "x",
                                           "99999999999999999999",
                                           "\n",
                                           "1.",
                                           "+",
                                           "-",
                                           std::string(1, '\0')};
  std::size_t good = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    if (round % 2 == 0) {
      for (std::size_t i = random() % 40; i > 0; --i) text += static_cast<char>(random() % 256);
    } else if (round % 4 == 1) {
      for (std::size_t i = random() % 12; i > 0; --i) text += pieces[random() % pieces.size()];
    } else {
      text = "read.p99 > 1.2x surely and total.count < +5, write.avg >= 5.5us";
      text[random() % text.size()] = static_cast<char>(random() % 256);
      if (random() % 2 == 0) text.resize(random() % text.size());
    }
    const Result<FailIf> parsed = parse_fail_if(text);
    if (parsed) {
      ++good;
      for (const auto& all : parsed->any_of) CHECK_FALSE(all.empty());
      continue;
    }
    const Error& error = parsed.error();
    const bool located = error.message.starts_with("bad condition at column ") &&
                         error.hint.find("^\n") != std::string::npos && error.code == Errc::usage;
    if (!located) {
      INFO(text);
      CHECK(located);
    }
    // One line of text, one of the caret, one of advice.
    if (std::count(error.hint.begin(), error.hint.end(), '\n') != 2) {
      INFO(error.hint);
      CHECK(false);
    }
  }
  CHECK(good > 100);
}
