// Any bytes as what perf script printed. Whatever they say: every line is accounted for, both sides of the
// ledger balance, no duration is negative, and it makes no difference whether calls are added up or told one
// by one.
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

void judge(const LogAnswer& answer) {
  const std::string told = text_of(answer);
  const Ledger& ledger = answer.stats.ledger;
  demand(!answer.negative, "a duration is not negative", told);
  demand(ledger.line_residual().value_or(0) == 0, "lines = records + ignored + rejected", told);
  demand(ledger.enter_residual() == 0, "enters balance", told);
  std::uint64_t count = 0;
  for (const auto& [key, stats] : answer.snapshot.stats) count += stats.count();
  demand(count + *ledger.child_returns == *ledger.exits, "what returned counts, once", told);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first line makes it one, so that the rest is looked at.
  const std::string text = "ls 9 [000] 5.000001: raw_syscalls:sys_exit: NR 59 = 0\n" +
                           std::string(reinterpret_cast<const char*>(data), size);
  const LogAnswer sums = read(text, CaptureMode::aggregate);
  if (sums.error) return 0;  // packed by chance
  judge(sums);
  const LogAnswer events = read(text, CaptureMode::stream);
  demand_same(sums, events);
  return 0;
}
