#include "backends/ebpf/comm_regex.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "core/model/text_escape.h"

namespace latimer::ebpf {
namespace {

constexpr unsigned kAsciiEnd = 0x80;
constexpr int kMaxRepeat = 15;  // a name has no more bytes

ByteSet ascii() { return byte_range(0, kAsciiEnd - 1); }

// \d \w \s and their opposites, restricted to ASCII as RE2 defines them; nullopt for any other letter.
std::optional<ByteSet> perl_class(char letter) {
  const ByteSet digits = byte_range('0', '9');
  const ByteSet words = digits | byte_range('a', 'z') | byte_range('A', 'Z') | ByteSet().set('_');
  ByteSet spaces;
  for (const char c : {'\t', '\n', '\f', '\r', ' '}) spaces.set(static_cast<unsigned char>(c));
  switch (letter) {
    case 'd':
      return digits;
    case 'D':
      return ~digits;
    case 'w':
      return words;
    case 'W':
      return ~words;
    case 's':
      return spaces;
    case 'S':
      return ~spaces;
    default:
      return std::nullopt;
  }
}

// Recursive descent over the expression; depth is bounded by its length, which RE2 has limited.
class Parser {
 public:
  Parser(CommNfa& nfa, std::string_view text) : nfa_(nfa), text_(text) {}

  Result<Fragment> parse() {
    if (text_.substr(0, 4) == "(?i)") {
      fold_case_ = true;
      at_ = 4;
    }
    Fragment whole = alternatives();
    if (!refused_.empty()) {
      return Error{Errc::unsupported,
                   fmt::format("the kernel cannot match '/{}/': {}", escape_bytes(text_), refused_),
                   "literals, . [a-z] ^ $ | ( ) * + ? {n,m} \\d \\w \\s and a leading (?i) can be matched; "
                   "or give a glob"};
    }
    return whole;
  }

 private:
  [[nodiscard]] bool more() const { return refused_.empty() && at_ < text_.size(); }
  [[nodiscard]] char peek() const { return text_[at_]; }
  bool take(std::string_view what) {
    if (text_.substr(at_, what.size()) != what) return false;
    at_ += what.size();
    return true;
  }
  Fragment refuse(const std::string& what) {
    if (refused_.empty()) refused_ = fmt::format("it has {} at character {}", what, at_ + 1);
    return nfa_.empty();
  }

  Fragment alternatives() {
    Fragment all = sequence();
    while (more() && take("|")) all = nfa_.either(all, sequence());
    return all;
  }

  Fragment sequence() {
    Fragment all = nfa_.empty();
    while (more() && peek() != '|' && peek() != ')') {
      const std::uint32_t first_state = nfa_.size();
      const Fragment part = atom();
      all = nfa_.concat(all, repeated(part, first_state));
    }
    return all;
  }

  Fragment repeated(Fragment part, std::uint32_t first_state) {
    while (more()) {
      const std::uint32_t end_state = nfa_.size();
      if (take("*")) {
        part = nfa_.repeat(part, false);
      } else if (take("+")) {
        part = nfa_.repeat(part, true);
      } else if (take("?")) {
        part = nfa_.either(part, nfa_.empty());
      } else if (const std::optional<Bounds> bounds = take_bounds()) {
        part = counted(part, *bounds, first_state, end_state);
      } else {
        break;
      }
      take("?");  // lazy: no difference to whether it matches
    }
    return part;
  }

  struct Bounds {
    int low = 0;
    std::optional<int> high;
  };

  std::optional<int> take_number() {
    if (!more() || peek() < '0' || peek() > '9') return std::nullopt;
    int number = 0;
    while (more() && peek() >= '0' && peek() <= '9')
      number = std::min(number * 10 + (text_[at_++] - '0'), 1000);
    return number;
  }

  // {n}, {n,}, {n,m}; anything else is a literal {, as in RE2.
  std::optional<Bounds> take_bounds() {
    const std::size_t back = at_;
    if (take("{")) {
      if (const std::optional<int> low = take_number()) {
        const bool comma = take(",");
        const std::optional<int> high = comma ? take_number() : low;
        if (take("}")) return Bounds{*low, high};
      }
    }
    at_ = back;
    return std::nullopt;
  }

  Fragment counted(Fragment part, Bounds bounds, std::uint32_t first_state, std::uint32_t end_state) {
    // More than a name has bytes: the same as "that many at least", because parts that read nothing do not
    // count.
    const int low = std::min(bounds.low, kMaxRepeat + 1);
    Fragment all = nfa_.empty();
    for (int i = 0; i < low; ++i) all = nfa_.concat(all, nfa_.copy(part, first_state, end_state));
    if (!bounds.high) return nfa_.concat(all, nfa_.repeat(nfa_.copy(part, first_state, end_state), false));
    for (int i = low; i < std::min(*bounds.high, kMaxRepeat + 1); ++i) {
      all = nfa_.concat(all, nfa_.either(nfa_.copy(part, first_state, end_state), nfa_.empty()));
    }
    return all;
  }

  Fragment atom() {
    if (take("(?:") || (text_.substr(at_, 2) != "(?" && take("("))) {
      const Fragment inner = alternatives();
      take(")");
      return inner;
    }
    if (text_.substr(at_, 2) == "(?") return refuse("a group with flags or a name");
    if (take("^")) return nfa_.assertion(CommNfa::Edge::at_start);
    if (take("$")) return nfa_.assertion(CommNfa::Edge::at_end);
    if (take(".")) return nfa_.character(ascii() & ~ByteSet().set('\n'), true);
    if (peek() == '[') return set();
    if (peek() == '\\') return escape();
    return literal(static_cast<unsigned char>(text_[at_++]));
  }

  Fragment literal(unsigned char byte) { return nfa_.bytes(folded(ByteSet().set(byte))); }

  Fragment escape() {
    if (at_ + 1 >= text_.size()) return refuse("a trailing \\");
    const char letter = text_[at_ + 1];
    if (const std::optional<ByteSet> set = perl_class(letter)) {
      at_ += 2;
      return nfa_.character(*set & ascii(), set->test(kAsciiEnd));
    }
    if (letter == 'A' || letter == 'z') {
      at_ += 2;
      return nfa_.assertion(letter == 'A' ? CommNfa::Edge::at_start : CommNfa::Edge::at_end);
    }
    const std::optional<unsigned char> byte = escaped_byte();
    return byte ? literal(*byte) : refuse(fmt::format("\\{}", letter));
  }

  // \. \/ \n \t ...: the byte, with `at_` behind it.
  std::optional<unsigned char> escaped_byte() {
    const char letter = text_[at_ + 1];
    const bool is_word = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                         (letter >= 'A' && letter <= 'Z');
    char byte = letter;
    if (is_word) {
      constexpr std::string_view kLetters = "nrtfv";
      constexpr std::string_view kBytes = "\n\r\t\f\v";
      const std::size_t which = kLetters.find(letter);
      if (which == std::string_view::npos) return std::nullopt;
      byte = kBytes[which];
    }
    at_ += 2;
    return static_cast<unsigned char>(byte);
  }

  Fragment set() {
    ++at_;
    const bool negated = take("^");
    ByteSet members;
    bool beyond_ascii = negated;
    for (bool first = true; more() && (peek() != ']' || first); first = false) {
      if (text_.substr(at_, 2) == "[:") return refuse("a named class");
      if (peek() == '\\' && at_ + 1 < text_.size()) {
        if (const std::optional<ByteSet> perl = perl_class(text_[at_ + 1])) {
          at_ += 2;
          members |= *perl & ascii();
          if (perl->test(kAsciiEnd)) beyond_ascii = !negated;
          continue;
        }
      }
      const std::optional<unsigned char> low = set_member();
      if (!low) return refuse("an escape that only Unicode has");
      unsigned char high = *low;
      if (at_ + 1 < text_.size() && peek() == '-' && text_[at_ + 1] != ']') {
        ++at_;
        high = set_member().value_or(0xFF);
      }
      if (*low >= kAsciiEnd || high >= kAsciiEnd) return refuse("a character beyond ASCII inside [ ]");
      if (*low <= high) members |= byte_range(*low, high);
    }
    take("]");
    members = folded(members);
    return nfa_.character(negated ? ~members & ascii() : members, beyond_ascii);
  }

  std::optional<unsigned char> set_member() {
    if (!more()) return std::nullopt;
    if (peek() == '\\' && at_ + 1 < text_.size()) return escaped_byte();
    return static_cast<unsigned char>(text_[at_++]);
  }

  [[nodiscard]] ByteSet folded(ByteSet set) const {
    if (!fold_case_) return set;
    for (unsigned lower = 'a'; lower <= 'z'; ++lower) {
      const unsigned upper = lower - 'a' + 'A';
      if (set.test(lower) || set.test(upper)) set.set(lower).set(upper);
    }
    return set;
  }

  CommNfa& nfa_;
  std::string_view text_;
  std::size_t at_ = 0;
  bool fold_case_ = false;
  std::string refused_;
};

}  // namespace

Result<Fragment> parse_comm_regex(CommNfa& nfa, std::string_view regex) { return Parser(nfa, regex).parse(); }

}  // namespace latimer::ebpf
