// Numbers, and the quick way from a line's end to that of its arguments: it must tell what reading every byte
// tells.
#include "backends/strace/scan.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "backends/strace/line.h"
#include "core/record/wide_bytes.h"

using namespace latimer;
using namespace latimer::strace;

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr Layout kBare{PidColumn::none, TimeColumn::none};

std::optional<std::uint64_t> unsigned_of(const std::string& text, std::uint64_t limit = kMost) {
  Cursor cursor{text, 0};
  const auto value = scan_unsigned(cursor, limit);
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  CHECK(cursor.at == (value ? digits : 0));
  return value;
}

std::optional<std::int64_t> seconds_of(const std::string& text) {
  Cursor cursor{text, 0};
  const auto value = scan_seconds(cursor);
  if (value) CHECK(cursor.at == std::min(text.find_first_not_of("0123456789."), text.size()));
  return value;
}

std::optional<std::optional<std::int64_t>> value_of(const std::string& text) {
  Cursor cursor{text, 0};
  const auto value = scan_value(cursor);
  CHECK(cursor.at == (value ? std::min(text.find_first_not_of("-0123456789abcdefx"), text.size()) : 0));
  return value;
}

// A line's duration is read before all else; without it every byte of the line is looked at.
Parsed slowly(const std::string& call) { return parse_line(call, kBare); }

std::string told(const Parsed& parsed) {
  const auto* r = std::get_if<Record>(&parsed);
  if (r == nullptr) return "no record";
  return std::string(r->name) + "|" + std::string(r->args) + "|" + std::to_string(static_cast<int>(r->kind)) +
         "|" + std::to_string(static_cast<int>(r->outcome)) + "|" +
         (r->value ? std::to_string(*r->value) : "-") + "|" + std::to_string(r->error) + "|" +
         std::string(r->error_name) + "|" + (r->injected ? "injected" : "");
}

// Arguments that could mislead whoever looks for their end.
const std::vector<std::string>& pieces() {
  static const std::vector<std::string> all = {
      "",
      R"x("")x",
      R"x("a) = 3 <0.1>")x",
      R"x("(a) = 3")x",
      R"x("(")x",
      R"x(")")x",
      R"x("\")")x",
      R"x("\\")x",
      R"x("\\\" (", "x")x",
      R"x("= 5 <0.000001>\n"...)x",
      R"x("((x) = -1 EPERM (y) <0.5>")x",
      "3</tmp/a)b>",
      "3</tmp/(a) = 3>",
      "4</tmp/x) = 4",  // an annotation that does not end
      "(1|(2))",
      "{a=[1, (2)]}",
      "/* ) = 3 */",
      "/* ( */ 0x1",
      "1<<CAP_CHOWN",
      "16</dev/null<char 1:3>>",
      R"x(13<UNIX-STREAM:[33998,"/tmp/a)->b].sock"]>)x",
      "[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]",
      "<unfinished ...>",
      "(",
      ")",
      "\"",
  };
  return all;
}

const std::vector<std::string>& results() {
  static const std::vector<std::string> all = {
      "0",
      "19",
      "-1",
      "0x7f9a8f09c000",
      "022",
      "-1 ENOENT (No such file or directory)",
      "-1 EAGAIN (Resource (temporarily) unavailable = -1)",
      "-1 EAGAIN (a) = 5 (b)",
      "-1 (errno 4000) (INJECTED)",
      "? ERESTARTSYS (To be restarted if SA_RESTART is set)",
      "?",
      "? <unavailable>",
      "6</etc/passwd>",
      "5</tmp/a) = 3>",
      "5</tmp/a) = 3</b>>",
      "5</tmp/(a) = 3 (x)>",
      "5</tmp/a) = ? ERESTARTSYS>",
      "5</tmp/a) = ? <unavailable>>",
      "5</tmp/a) = -1 EPERM (x)>",
      "20</memfd:memname>(deleted)",
      "9<TCP:[127.0.0.1:60143->127.0.0.1:44522]>",
      "1 ([{fd=3, revents=POLLIN}])",
      "1 (a (b) = 5 (c))",
      "1 (b) = 5 (c)",
      "0 (INJECTED: args, retval) (DELAYED)",
      "2<sh> /* 11586 in strace's PID NS */",
      "=",
      "",
  };
  return all;
}

}  // namespace

TEST_CASE("digits are read eight at a time, whatever follows them", "[strace][scan]") {
  const std::string digits = "90817263";
  for (std::size_t length = 0; length <= 8; ++length) {
    for (int next = 0; next < 256; ++next) {
      if (is_digit(static_cast<char>(next))) continue;
      for (const char filler : {'9', '\0', '\xff', ':', '/'}) {
        std::string text = digits.substr(0, length);
        if (text.size() < 8) text += static_cast<char>(next);
        text.resize(8, filler);
        const Digits read = eight_digits(text.data());
        const std::uint64_t expected = length == 0 ? 0 : std::stoull(digits.substr(0, length));
        if (read.count != length || read.value != expected)
          FAIL(length << " digits, then byte " << next << ": " << read.count << " " << read.value);
      }
    }
  }
  CHECK(eight_digits("00000000").count == 8);
  CHECK(eight_digits("99999999").value == 99'999'999);
  CHECK(eight_digits("0000001x").value == 1);
}

TEST_CASE("whole numbers end where 64 bits or the limit end", "[strace][scan]") {
  CHECK(unsigned_of("0") == 0);
  CHECK(unsigned_of("00000000000000000000000000000000007") == 7);
  CHECK(unsigned_of("12345678") == 12'345'678);
  CHECK(unsigned_of("123456789x") == 123'456'789);
  CHECK(unsigned_of("18446744073709551609") == kMost - 6);
  CHECK_FALSE(unsigned_of("18446744073709551616"));
  CHECK_FALSE(unsigned_of("99999999999999999999999999"));
  CHECK_FALSE(unsigned_of(""));
  CHECK_FALSE(unsigned_of("x"));
  CHECK_FALSE(unsigned_of("xxxxxxxxxxxx"));
  CHECK(unsigned_of("255", 255) == 255);
  CHECK_FALSE(unsigned_of("256", 255));
  CHECK_FALSE(unsigned_of("256        ", 255));
  CHECK(unsigned_of("123456789", 123'456'789) == 123'456'789);
  CHECK_FALSE(unsigned_of("123456790", 123'456'789));
  // In the middle, and at the very end, of the text.
  const std::string text = "ab1234";
  Cursor cursor{text, 2};
  CHECK(scan_unsigned(cursor, kMost) == 1234);
  CHECK(cursor.done());
  CHECK_FALSE(scan_unsigned(cursor, kMost));
}

TEST_CASE("seconds have nine decimals at most, and end in 2262", "[strace][scan]") {
  CHECK(seconds_of("0") == 0);
  CHECK(seconds_of("2 ") == 2'000'000'000);
  CHECK(seconds_of("1795227296.730639738") == 1795227296730639738);
  std::string decimals;
  std::int64_t expected = 0;
  for (int places = 1; places <= 9; ++places) {
    decimals += static_cast<char>('0' + places);
    std::int64_t unit = 1;
    for (int i = places; i < 9; ++i) unit *= 10;
    expected += places * unit;
    CHECK(seconds_of("0." + decimals) == expected);
    CHECK(seconds_of("0." + decimals + ">        ") == expected);
  }
  CHECK_FALSE(seconds_of("0.1234567890"));
  CHECK_FALSE(seconds_of("0.0000000000"));
  CHECK_FALSE(seconds_of("0."));
  CHECK_FALSE(seconds_of("0.x"));
  CHECK_FALSE(seconds_of(".5"));
  CHECK_FALSE(seconds_of("-1"));
  CHECK(seconds_of("9223372035.999999999") == 9223372035999999999);
  CHECK_FALSE(seconds_of("9223372036.000000000"));
  CHECK_FALSE(seconds_of("18446744073.709551616"));
}

TEST_CASE("values are what the register held, or unknown, but never wrapped", "[strace][scan]") {
  CHECK(value_of("0") == 0);
  CHECK(value_of("00") == 0);
  CHECK(value_of("-1") == -1);
  CHECK(value_of("1234567") == 1'234'567);
  CHECK(value_of("12345678") == 12'345'678);
  CHECK(value_of("-12345678 x") == -12'345'678);
  CHECK(value_of("022") == 18);
  CHECK(value_of("0x7fffffffffffffff") == INT64_MAX);
  CHECK(value_of("0xffffffffffffffff") == -1);
  CHECK(value_of("9223372036854775807") == INT64_MAX);
  CHECK(value_of("18446744073709551615") == -1);
  CHECK(value_of("-9223372036854775808") == INT64_MIN);
  CHECK(value_of("01777777777777777777777") == -1);
  for (const char* beyond : {"18446744073709551616", "-9223372036854775809", "0x10000000000000000",
                             "02000000000000000000000", "99999999999999999999999999999"}) {
    INFO(beyond);
    REQUIRE(value_of(beyond));
    CHECK_FALSE(value_of(beyond)->has_value());
  }
  CHECK_FALSE(value_of("x"));
  CHECK_FALSE(value_of(""));
  CHECK_FALSE(value_of("-"));
  CHECK_FALSE(value_of("0x"));
}

TEST_CASE("parentheses, quotes and other ends are seen in text of any length", "[strace][scan]") {
  // With much of the line behind it, and with nothing.
  for (const std::string& behind : {std::string(")     = 3 <0.000012> and more"), std::string()}) {
    const auto whole = [&behind](const std::string& text) {
      return seems_whole("f(" + text + behind, 2, 2 + text.size());
    };
    for (std::size_t size = 0; size < 100; ++size) {
      std::string text(size, 'x');
      CHECK(whole(text));
      for (std::size_t at = 0; at < size; ++at) {
        for (const char c : {'(', ')', '"'}) {
          text[at] = c;
          if (whole(text)) FAIL(size << " bytes, " << c << " at " << at);
          text[at] = 'x';
        }
        for (const char* end : {"() =", "()  "}) {
          if (at + 4 > size) break;
          std::string other = text;
          other.replace(at, 4, end);
          if (whole(other)) FAIL(size << " bytes, '" << end << "' at " << at);
        }
      }
    }
    const std::string many = std::string(10'000, '(') + std::string(10'000, '"') + std::string(10'000, ')');
    CHECK(whole(many));
    CHECK_FALSE(whole(many + ")"));
    CHECK_FALSE(whole(many + "\""));
  }
}

TEST_CASE("names and blanks end where they end, in text of any length", "[strace][scan]") {
  for (std::size_t size = 0; size < 50; ++size) {
    for (std::size_t more = 0; more < 20; ++more) {
      const std::string name = std::string(size, 'a') + "(" + std::string(more, 'z');
      CHECK(end_of_name(name, 0) == size);
      const std::string blanks = ")" + std::string(size, ' ') + "=" + std::string(more, ' ');
      CHECK(begin_of_blanks(blanks, 0, size + 1) == 1);
      CHECK(begin_of_blanks(std::string(size, ' '), 0, size) == 0);
    }
  }
  for (int c = 1; c < 256; ++c) {
    const auto letter = static_cast<char>(c);
    const bool is_name = (letter >= 'a' && letter <= 'z') || is_digit(letter) || letter == '_';
    for (const std::size_t size : {2U, 40U}) {
      const std::string text = "a" + std::string(1, letter) + std::string(size, '(');
      CHECK(end_of_name(text, 0) == (is_name ? 2U : 1U));
    }
  }
}

TEST_CASE("the quick way to the end of the arguments tells what the slow one does", "[strace][scan]") {
  int records = 0;
  for (const std::string& first : pieces()) {
    for (const std::string& second : pieces()) {
      for (const std::string& result : results()) {
        for (const char* begin : {"f(", "<... f resumed>"}) {
          const std::string call = begin + first + ", " + second + ")   = " + result;
          const Parsed slow = slowly(call);
          if (std::holds_alternative<Rejected>(slow)) continue;
          ++records;
          for (const auto& [suffix, ns] : {std::pair{" <0.000012>", 12'000LL},
                                           {" <1.000000007>", 1'000'000'007LL},
                                           {" <3>", 3'000'000'000LL},
                                           {" <123.5>", 123'500'000'000LL}}) {
            const std::string line = call + suffix;
            const Parsed quick = parse_line(line, kBare);
            if (told(quick) != told(slow))
              FAIL(line << "\nquick: " << told(quick) << "\nslow:  " << told(slow));
            CHECK(std::get<Record>(quick).duration_ns == ns);
          }
        }
      }
    }
  }
  CHECK(records > 10'000);
}

TEST_CASE("a string ends at the first quote that no backslash escapes", "[strace][scan]") {
  std::mt19937 random(11);
  const bool avx2 = use_avx2;
  for (int round = 0; round < 4000; ++round) {
    std::string text = "\"";
    const std::size_t size = random() % 150;
    const std::size_t one_in = 1 + random() % 20;
    for (std::size_t i = 0; i < size; ++i) text += random() % one_in == 0 ? "\\\\\\\""[random() % 4] : 'x';
    std::size_t end = 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    const std::string call = text + ")";
    INFO(call);
    for (const bool wide : {avx2, false}) {
      use_avx2 = wide;
      Cursor cursor{call, 0};
      // Behind the string there may be more strings: then the first of them counts.
      const std::string_view rest =
          end < text.size() ? std::string_view(call).substr(end + 1) : std::string_view();
      const bool closes = scan_to_close(cursor);
      Cursor behind{rest, 0};
      const bool rest_closes = end < text.size() && scan_to_close(behind);
      CHECK(closes == rest_closes);
      if (closes && rest_closes) CHECK(cursor.at == end + 1 + behind.at);
    }
    use_avx2 = avx2;
  }
}
