#include <fmt/format.h>

#include "backends/ebpf/comm_regex.h"
#include "core/model/text_escape.h"

namespace latimer::ebpf {
namespace {

constexpr unsigned char kAsciiEnd = 0x80;

// The set after the [ at glob[at]; `at` moves behind its ].
Result<Fragment> parse_set(CommNfa& nfa, std::string_view glob, std::size_t& at) {
  std::size_t i = at + 1;
  const bool negated = glob[i] == '!' || glob[i] == '^';
  if (negated) ++i;
  ByteSet set;
  for (bool first = true; glob[i] != ']' || first; first = false) {
    const auto member = [&]() -> unsigned char {
      if (glob[i] == '\\') ++i;
      return static_cast<unsigned char>(glob[i++]);
    };
    const unsigned char low = member();
    unsigned char high = low;
    if (glob[i] == '-' && glob[i + 1] != ']') {
      ++i;
      high = member();
    }
    if (low >= kAsciiEnd || high >= kAsciiEnd) {
      return Error{Errc::unsupported,
                   fmt::format("the kernel cannot match '{}': a character beyond ASCII inside [ ]",
                               escape_bytes(glob)),
                   "write it outside of brackets, or ? in its place"};
    }
    if (low <= high) set |= byte_range(low, high);
  }
  at = i + 1;
  return nfa.character(negated ? ~set & byte_range(0, kAsciiEnd - 1) : set, negated);
}

}  // namespace

Result<Fragment> parse_comm_glob(CommNfa& nfa, std::string_view glob) {
  const ByteSet ascii = byte_range(0, kAsciiEnd - 1);
  Fragment whole = nfa.empty();
  for (std::size_t i = 0; i < glob.size();) {
    Fragment part;
    if (glob[i] == '*') {
      part = nfa.repeat(nfa.bytes(byte_range(0, 255)), false);
      ++i;
    } else if (glob[i] == '?') {
      part = nfa.character(ascii, true);
      ++i;
    } else if (glob[i] == '[') {
      Result<Fragment> set = parse_set(nfa, glob, i);
      if (!set) return std::move(set).error();
      part = *set;
    } else {
      if (glob[i] == '\\' && i + 1 < glob.size()) ++i;
      part = nfa.bytes(ByteSet().set(static_cast<unsigned char>(glob[i++])));
    }
    whole = nfa.concat(whole, part);
  }
  return whole;
}

}  // namespace latimer::ebpf
