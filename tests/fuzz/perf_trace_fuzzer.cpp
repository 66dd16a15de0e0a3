// Any bytes as what perf trace printed. Whatever they say: every line is accounted for, also of a record that
// has several; both sides of the ledger balance, no duration is negative, and it makes no difference whether
// calls are added up or told one by one.
#include <algorithm>
#include <cstdint>
#include <string>

#include "backends/perftrace/file_source.h"
#include "tests/fuzz/log_fuzzing.h"

using namespace latimer;
using namespace latimer::test;

namespace {

LogAnswer read(const std::string& text, CaptureMode mode) {
  return read_as(perftrace::FileSource::open, text, mode);
}

std::uint64_t lines_of(const std::string& text) {
  const auto ended = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  return ended + (text.ends_with('\n') ? 0 : 1);
}

void judge(const LogAnswer& answer, const std::string& text) {
  const std::string told = text_of(answer);
  const Ledger& ledger = answer.stats.ledger;
  demand(ledger.lines->total == lines_of(text), "every line is accounted for", told);
  demand(!answer.negative, "a duration is not negative", told);
  demand(ledger.line_residual().value_or(0) == 0, "lines = records + ignored + rejected", told);
  demand(ledger.enter_residual() == 0, "enters balance", told);
  std::uint64_t count = 0;
  for (const auto& [key, stats] : answer.snapshot.stats) count += stats.count();
  demand(*ledger.completed + *ledger.began_before_attach + *ledger.lost_enters + *ledger.child_returns ==
             *ledger.exits,
         "exits balance", told);
  const std::uint64_t nameless = ledger.lost[static_cast<std::size_t>(LossReason::skipped)].value_or(0);
  demand(count + *ledger.child_returns + nameless == *ledger.exits,
         "what returned counts, once, unless nobody knows what it was", told);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first lines make it one, so that the rest is looked at.
  std::string text;
  for (int i = 0; i < 30; ++i) text += " 0.001 ( 0.002 ms): ls/9 brk() = 0x5\n";
  text.append(reinterpret_cast<const char*>(data), size);
  const LogAnswer sums = read(text, CaptureMode::aggregate);
  if (sums.error) return 0;  // packed by chance
  judge(sums, text);
  const LogAnswer events = read(text, CaptureMode::stream);
  demand_same(sums, events);
  return 0;
}
