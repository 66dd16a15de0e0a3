#include "backends/strace/skim.h"

#include "backends/strace/skim_pieces.h"
#include "core/model/call_traits.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

namespace latimer::strace {
namespace {

// Names of this machine's own calls.
const WordTable& call_names() {
  static const WordTable kTable = [] {
    WordTable table;
    std::int32_t number = 0;
    for (const std::string_view name : syscall_names(kNativeAbi)) table.add(name, number++);
    return table;
  }();
  return kTable;
}

const WordTable& error_names() {
  static const WordTable kTable = [] {
    constexpr std::int32_t kLast = 4095;  // MAX_ERRNO of the kernel
    WordTable table;
    for (std::int32_t error = 1; error <= kLast; ++error) table.add(errno_name_or_empty(error), error);
    return table;
  }();
  return kTable;
}

}  // namespace

bool Skimmer::can_skim(const Layout& layout) { return !layout.relative && !layout.number && !layout.address; }

Skimmer::Skimmer(const Layout& layout) : layout_(layout), calls_(call_names()), errors_(error_names()) {}

// "1795216340.000015 ".
[[gnu::always_inline]] inline bool Skimmer::skim_epoch(std::string_view line, std::size_t& at,
                                                       std::int64_t& time_ns) {
  const char* text = line.data() + at;
  // Most lines have the second of the line before.
  const std::uint64_t eight = eight_bytes(text), others = eight_bytes(text + 8) & 0xffffff;
  if (eight != eight_digits_ || others != other_digits_) {
    constexpr std::uint64_t kMostHigh = 92'000'000;  // of ns in 63 bits
    std::uint64_t high = 0;
    if (!eight_exactly(eight, high) || !is_digit(text[8]) || !is_digit(text[9]) || text[10] != '.' ||
        high >= kMostHigh)
      return false;
    const std::int64_t low = (text[8] - '0') * 10 + (text[9] - '0');
    second_ns_ = (static_cast<std::int64_t>(high) * 100 + low) * kSecond;
    eight_digits_ = eight;
    other_digits_ = others;
  }
  std::uint64_t micro = 0;
  if (!micro_at(text + 9, micro) || text[17] != ' ') return false;
  time_ns = second_ns_ + static_cast<std::int64_t>(micro) * 1'000;
  at += 18;
  return true;
}

[[gnu::always_inline]] inline bool Skimmer::skim_time(std::string_view line, std::size_t& at,
                                                      std::int64_t& time_ns) {
  if (layout_.time == TimeColumn::none) return true;
  if (line.size() < at + 32) return false;
  return layout_.time == TimeColumn::epoch ? skim_epoch(line, at, time_ns)
                                           : skim_time_of_day(line, at, time_ns);
}

bool Skimmer::skim_odd_name(std::string_view line, char behind, std::size_t& at, Skimmed& skimmed) {
  const std::size_t end = end_of_name(line, at);
  skimmed.number = -1;
  skimmed.name = line.substr(at, end - at);
  at = end;
  return !skimmed.name.empty() && at < line.size() && line[at] == behind;
}

// `behind`: what stands behind names in such lines. False: there is no name, or it is that of a call that
// does something to its task.
template <typename Bytes>
[[gnu::always_inline]] inline bool Skimmer::skim_name(std::string_view line, char behind, std::size_t& at,
                                                      Skimmed& skimmed) const {
  const char* name = line.data() + at;
  const auto size = static_cast<unsigned>(__builtin_ctz(Bytes::equal(name, behind) | 0x10000));
  skimmed.number = calls_.find(name, size);
  if (skimmed.number >= 0 && name[size] == behind) {
    skimmed.name = {name, size};
    at += size;
    return call_traits(kNativeAbi, skimmed.number) == 0;
  }
  return skim_odd_name(line, behind, at, skimmed);
}

// From behind the name on, when the line has a duration: "(3, \"abc\", 4096) = 3 <0.000012>", or from behind
// " resumed>".
template <typename Bytes>
[[gnu::always_inline]] inline bool Skimmer::skim_rest(std::string_view line, std::size_t at,
                                                      std::int32_t& error) const {
  const char* text = line.data();
  const std::size_t end = line.size() - kDurationSize;
  const std::size_t sign = last_equals<Bytes>(text, end);
  if (sign <= at + 1 || sign + 2 >= end || text[sign + 1] != ' ' || text[sign - 1] != ' ') return false;
  const std::size_t close = before_blanks<Bytes>(line, sign);
  return close > at && text[close - 1] == ')' &&
         skim_result<Bytes>({text + sign + 2, end - sign - 2}, errors_, error) &&
         is_whole<Bytes>(line, at, close - 1);
}

template <typename Bytes>
[[gnu::always_inline]] inline void Skimmer::skim_with(std::string_view line, Skimmed& skimmed) {
  skimmed.usual = false;
  constexpr std::size_t kLeast = 24;
  if (line.size() < kLeast || line.back() != '>') return;
  const char* text = line.data();
  std::size_t at = 0;
  std::int32_t tid = 0, error = 0;
  std::int64_t time_ns = 0, duration_ns = 0;
  if (!skim_tid(line, layout_.pid, at, tid) || !skim_time(line, at, time_ns)) return;
  const bool resumed = text[at] == '<';
  if (resumed) {
    if (!is_at(text + at, "<... ")) return;
    at += 5;
    if (!skim_name<Bytes>(line, ' ', at, skimmed) || !is_at(text + at, " resumed>")) return;
    at += 9;
  } else {
    if (!skim_name<Bytes>(line, '(', at, skimmed)) return;
    ++at;
  }
  if (at + kDurationSize + 4 > line.size()) return;
  const char* tail = text + line.size() - kDurationSize;
  RecordKind kind = RecordKind::entered;
  if (is_at(tail, " <")) {
    if (!skim_duration(tail, duration_ns) || !skim_rest<Bytes>(line, at, error)) return;
    kind = resumed ? RecordKind::resumed : RecordKind::call;
  } else if (resumed || !line.ends_with(kUnfinished)) {
    return;
  }
  skimmed.usual = true;
  skimmed.kind = kind;
  skimmed.tid = tid;
  skimmed.error = error;
  skimmed.time_ns = time_ns;
  skimmed.duration_ns = duration_ns;
}

#ifdef __x86_64__
LATIMER_AVX2 void Skimmer::skim_avx2(std::string_view line, Skimmed& skimmed) {
  skim_with<Avx2Bytes>(line, skimmed);
}
#endif

void Skimmer::skim(std::string_view line, Skimmed& skimmed) {
#ifdef __x86_64__
  if (use_avx2) return skim_avx2(line, skimmed);
#endif
  skim_with<PlainBytes>(line, skimmed);
}

}  // namespace latimer::strace
