#include "backends/strace/skim.h"

#include "backends/strace/scan.h"
#include "core/model/errno_table.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace latimer::strace {
namespace {

constexpr std::string_view kUnfinished = " <unfinished ...>";
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kDurationSize = 11;  // " <0.000012>"
// Bytes that are looked at before the end of a result, so that no read begins before the line.
constexpr std::size_t kWindow = 16;

#ifdef __SSE2__
unsigned equal_bits(const char* text, char c) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))));
}
#else
unsigned equal_bits(const char* text, char c) {
  unsigned bits = 0;
  for (unsigned i = 0; i < kWindow; ++i) bits |= static_cast<unsigned>(text[i] == c) << i;
  return bits;
}
#endif

// Where the last '=' stands before `end`; 0: there is none, or it is far away.
std::size_t last_equals(const char* text, std::size_t end) {
  for (int windows = 0; windows < 8 && end >= kWindow; ++windows) {
    const unsigned bits = equal_bits(text + end - kWindow, '=');
    if (bits != 0) return end - kWindow + 31 - static_cast<unsigned>(__builtin_clz(bits));
    end -= kWindow;
  }
  return 0;
}

constexpr std::uint64_t kOnes = 0x0101010101010101;

// Eight digits, the first of them in the lowest byte. False: something else is among them.
bool eight_exactly(std::uint64_t bytes, std::uint64_t& value) {
  const std::uint64_t digits = bytes ^ (kOnes * '0');
  if ((((digits + kOnes * 0x76) | digits) & (kOnes * 0x80)) != 0) return false;
  value = value_of_digits(digits);
  return true;
}

// "5.000015": the six behind the point.
bool micro_at(const char* text, std::uint64_t& value) {
  return text[1] == '.' && eight_exactly((eight_bytes(text) & ~std::uint64_t{0xffff}) | 0x3030, value);
}

// Moves behind "10001 " or, when bracketed, "[pid 10001] ".
bool skim_tid(std::string_view line, PidColumn column, std::size_t& at, std::int32_t& tid) {
  if (column == PidColumn::none) return true;
  if (column == PidColumn::bracketed) {
    if (line[0] != '[') return true;
    if (!line.starts_with("[pid ")) return false;
    at = 5;
    while (line[at] == ' ') ++at;
    if (line.size() < at + 16) return false;
  }
  const Digits digits = eight_digits(line.data() + at);
  if (digits.count == 0 || digits.count == 8 || digits.value == 0) return false;
  at += digits.count;
  tid = static_cast<std::int32_t>(digits.value);
  if (column == PidColumn::bracketed && line[at++] != ']') return false;
  if (line[at++] != ' ') return false;
  if (column == PidColumn::plain) {
    while (line[at] == ' ') ++at;
  }
  return true;
}

// "1795216340.000015 ".
bool skim_epoch(std::string_view line, std::size_t& at, std::int64_t& time_ns) {
  const char* text = line.data() + at;
  constexpr std::uint64_t kMostHigh = 92'000'000;  // of ns in 63 bits
  std::uint64_t high = 0, micro = 0;
  if (!eight_exactly(eight_bytes(text), high) || !is_digit(text[8]) || !is_digit(text[9]) ||
      !micro_at(text + 9, micro) || text[17] != ' ' || high >= kMostHigh)
    return false;
  const std::int64_t low = (text[8] - '0') * 10 + (text[9] - '0');
  time_ns =
      (static_cast<std::int64_t>(high) * 100 + low) * kSecond + static_cast<std::int64_t>(micro) * 1'000;
  at += 18;
  return true;
}

// "23:12:22.158950 ".
bool skim_time_of_day(std::string_view line, std::size_t& at, std::int64_t& time_ns) {
  const char* text = line.data() + at;
  const auto two = [text](std::size_t place) {
    return is_digit(text[place]) && is_digit(text[place + 1])
               ? (text[place] - '0') * 10 + (text[place + 1] - '0')
               : 100;
  };
  const int hours = two(0), minutes = two(3), seconds = two(6);
  std::uint64_t micro = 0;
  if (text[2] != ':' || text[5] != ':' || hours > 23 || minutes > 59 || seconds > 60 ||
      !micro_at(text + 7, micro) || text[15] != ' ')
    return false;
  time_ns = (hours * 3'600 + minutes * 60 + seconds) * kSecond + static_cast<std::int64_t>(micro) * 1'000;
  at += 16;
  return true;
}

bool skim_time(std::string_view line, TimeColumn column, std::size_t& at, std::int64_t& time_ns) {
  if (column == TimeColumn::none) return true;
  if (line.size() < at + 32) return false;
  return column == TimeColumn::epoch ? skim_epoch(line, at, time_ns) : skim_time_of_day(line, at, time_ns);
}

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

// "</etc/passwd>": of a descriptor that is returned.
bool is_path(std::string_view text) {
  return text.starts_with("</") && text.find_first_of("<>", 1) == text.size() - 1;
}

// "0", "4096", "0x7f3c", "3</etc/passwd>", "0x802 (flags O_RDWR)", "-1 ENOENT (No such file or directory)".
bool skim_result(std::string_view text, std::int32_t& error) {
  std::size_t at = 0;
  if (text[0] == '-') {
    if (!text.starts_with("-1 E")) return false;
    const std::size_t end = text.find(' ', 4);
    if (end == std::string_view::npos || text[end + 1] != '(' || text.back() != ')') return false;
    error = errno_number(text.substr(3, end - 3)).value_or(0);
    return error != 0;
  }
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) return false;  // octal
  if (text.starts_with("0x")) {
    at = 2;
    while (at < text.size() && is_hex(text[at])) ++at;
    if (at == 2 || at > 17) return false;
  } else {
    // Behind it there are eight bytes: the duration.
    at = eight_digits(text.data()).count;
    if (at == 8) {
      while (at < text.size() && is_digit(text[at])) ++at;
    }
    if (at == 0 || at > 15) return false;
  }
  if (at == text.size() || (text[at] == '<' && is_path(text.substr(at)))) return true;
  return text.size() > at + 2 && text[at] == ' ' && text[at + 1] == '(' && text.back() == ')' &&
         text.find('>', at) == std::string_view::npos;
}

}  // namespace

bool can_skim(const Layout& layout) { return !layout.relative && !layout.number && !layout.address; }

void skim(std::string_view line, const Layout& layout, Skimmed& skimmed) {
  skimmed.usual = false;
  constexpr std::size_t kLeast = 24;
  if (line.size() < kLeast || line.back() != '>') return;
  const char* text = line.data();
  std::size_t at = 0;
  skimmed.tid = skimmed.error = 0;
  skimmed.time_ns = skimmed.duration_ns = 0;
  if (!skim_tid(line, layout.pid, at, skimmed.tid)) return;
  if (!skim_time(line, layout.time, at, skimmed.time_ns)) return;
  bool resumed = false;
  if (text[at] == '<') {
    if (!line.substr(at).starts_with("<... ")) return;
    resumed = true;
    at += 5;
  }
  const std::size_t name = at;
  at = end_of_name(line, at);
  if (at == name || at + kDurationSize + 5 > line.size()) return;
  skimmed.name = line.substr(name, at - name);
  if (resumed) {
    if (!line.substr(at).starts_with(" resumed>")) return;
    at += 9;
  } else if (text[at++] != '(') {
    return;
  }
  const char* tail = text + line.size() - kDurationSize;
  if (tail[0] != ' ' || tail[1] != '<') {
    skimmed.usual = !resumed && line.ends_with(kUnfinished);
    skimmed.kind = RecordKind::entered;
    return;
  }
  std::uint64_t micro = 0;
  if (!is_digit(tail[2]) || !micro_at(tail + 2, micro)) return;
  skimmed.duration_ns = (tail[2] - '0') * kSecond + static_cast<std::int64_t>(micro) * 1'000;
  const std::size_t end = line.size() - kDurationSize;
  const std::size_t sign = last_equals(text, end);
  if (sign <= at + 1 || sign + 2 >= end || text[sign + 1] != ' ' || text[sign - 1] != ' ') return;
  const std::size_t close = text[sign - 2] == ')' ? sign - 1 : begin_of_blanks(line, at, sign);
  if (close == at || text[close - 1] != ')') return;
  if (!skim_result(line.substr(sign + 2, end - sign - 2), skimmed.error)) return;
  if (!seems_whole(line, at, close - 1)) return;
  skimmed.usual = true;
  skimmed.kind = resumed ? RecordKind::resumed : RecordKind::call;
}

}  // namespace latimer::strace
