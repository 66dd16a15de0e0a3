// Any bytes as what bpftrace printed of Latimer's program, as text or as JSON. Whatever they say: every line
// is accounted for, the exits balance, no duration is negative, and it makes no difference whether calls are
// added up or told one by one.
#include <cstdint>
#include <string>

#include "backends/bpftrace/file_source.h"
#include "tests/fuzz/log_fuzzing.h"

using namespace latimer;
using namespace latimer::test;

namespace {

LogAnswer read(const std::string& text, CaptureMode mode) {
  return read_as(bpftrace::FileSource::open, text, mode);
}

void judge(const LogAnswer& answer) {
  const std::string told = text_of(answer);
  const Ledger& ledger = answer.stats.ledger;
  demand(!answer.negative, "a duration is not negative", told);
  demand(ledger.line_residual().value_or(0) == 0, "lines = records + ignored + rejected", told);
  demand(ledger.exit_residual() == 0, "exits balance", told);
  std::uint64_t count = 0;
  for (const auto& [key, stats] : answer.snapshot.stats) count += stats.count();
  demand(count == *ledger.completed + *ledger.refused, "what came back counts, once", told);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first line makes it one, so that the rest is looked at.
  const std::string text = "latimer-bpftrace 1\n" + std::string(reinterpret_cast<const char*>(data), size);
  const LogAnswer sums = read(text, CaptureMode::aggregate);
  judge(sums);
  const LogAnswer events = read(text, CaptureMode::stream);
  const std::string both = text_of(sums) + "\n---\n" + text_of(events);
  demand(text_of(sums) == text_of(events), "adding up makes no difference", both);
  return 0;
}
