// What the tests of strace's logs share: texts put into files, read to their ends, and looked at by call.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/model/errno_table.h"
#include "tests/support/log_reading.h"
#include "tests/unit/input_fixture.h"

namespace latimer::test {

// Whatever a log holds, what it came to adds up.
inline void check_adds_up(const LogAnswer& answer) {
  INFO(text_of(answer));
  CHECK(answer.stats.ledger.line_residual() == 0);
  CHECK(answer.stats.ledger.enter_residual() == 0);
  const Ledger& ledger = answer.stats.ledger;
  const std::uint64_t in_children = ledger.child_returns.value_or(0);
  CHECK(*ledger.exits == *ledger.completed + *ledger.began_before_attach + *ledger.lost_enters + in_children);
  CHECK_FALSE(answer.negative);
  std::uint64_t count = 0;
  for (const auto& [key, stats] : answer.snapshot.stats)
    count += stats.count() - (stats.table ? stats.table->count : 0);
  CHECK(count == *ledger.exits - in_children);  // of a log, whatever returned counts
}

inline LogAnswer read_text(const std::string& text, const LogQuestion& question = {}) {
  const TempFolder folder;
  const std::string log = folder.file(text, "log");
  LogAnswer answer = read_logs({log}, question);
  if (!answer.error) check_adds_up(answer);
  LogQuestion singly = question;
  singly.mode = CaptureMode::stream;
  const LogAnswer by_events = read_logs({log}, singly);
  CHECK_FALSE(by_events.negative);
  CHECK(text_of(answer) == text_of(by_events));
  return answer;
}

// Of a call by its name, whatever the ABI and whoever made it; also one that our tables do not know.
inline SyscallStats stats_of(const LogAnswer& answer, const std::string& name) {
  SyscallStats sum;
  for (const auto& [key, stats] : answer.snapshot.stats) {
    const auto foreign = answer.stats.names.calls.find(key.number);
    const bool known = foreign == answer.stats.names.calls.end();
    if ((known ? syscall_name(key.abi, key.number) : foreign->second) == name) sum.merge(stats);
  }
  return sum;
}

inline std::uint64_t count_of(const LogAnswer& answer, const std::string& name) {
  return stats_of(answer, name).count();
}

inline std::uint64_t ignored(const LogAnswer& answer, const std::string& kind) {
  const auto& kinds = answer.stats.ledger.lines->ignored;
  const auto found = kinds.find(kind);
  return found == kinds.end() ? 0 : found->second;
}

inline std::uint64_t rejected(const LogAnswer& answer) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : answer.stats.ledger.lines->rejected) sum += count;
  return sum;
}

inline bool warns(const LogAnswer& answer, const std::string& text) {
  for (const std::string& warning : answer.stats.warnings) {
    if (warning.find(text) != std::string::npos) return true;
  }
  return false;
}

// The thread ids under which `name` was counted; for readings by thread.
inline std::vector<std::int32_t> threads_of(const LogAnswer& answer, const std::string& name) {
  std::vector<std::int32_t> tids;
  for (const auto& [key, stats] : answer.snapshot.stats) {
    if (syscall_name(key.abi, key.number) == name) tids.push_back(key.subject.tid);
  }
  return tids;
}

}  // namespace latimer::test
