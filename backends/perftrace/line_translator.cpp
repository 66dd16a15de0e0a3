#include "backends/perftrace/line_translator.h"

#include <algorithm>
#include <utility>

namespace latimer::perftrace {

LineTranslator::LineTranslator(const TranslatorOptions& options, const PairingOptions& pairing,
                               TaskOracle* oracle)
    : filter_(options.filter), by_(options.by), pairing_(pairing, oracle) {}

void LineTranslator::begin_log(std::string name) {
  if (logs_++ > 0) pairing_.forget_tasks(now_ns_);
  account_.set_log(std::move(name));
  now_ns_.reset();
  lost_ = 0;
}

void LineTranslator::lost(std::uint64_t count) {
  lost_ += count;
  pairing_.tool_lost(count);
}

void LineTranslator::lost_in_all(std::uint64_t count) {
  if (count > lost_) lost(count - lost_);
}

std::optional<std::uint64_t> LineTranslator::span_ns() const {
  if (logs_ != 1 || !first_ns_) return std::nullopt;
  return static_cast<std::uint64_t>(*now_ns_ - *first_ns_);
}

// perf merges the CPUs' buffers by time, but not strictly.
void LineTranslator::note_time(std::int64_t time_ns) {
  first_ns_ = std::min(first_ns_.value_or(time_ns), time_ns);
  now_ns_ = std::max(now_ns_.value_or(time_ns), time_ns);
}

bool has_trait(std::int32_t number, CallTrait trait) {
  return (call_traits(kNativeAbi, number) & trait) != 0;
}

}  // namespace latimer::perftrace
