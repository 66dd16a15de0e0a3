#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <utility>

#include "core/model/syscall_table.h"
#include "core/model/text_escape.h"
#include "core/stats/fail_if.h"

namespace latimer {
namespace {

constexpr std::string_view kExample =
    "write conditions like read.p99 > 1.2x, write.count > +10%, fsync.total > +5ms";
constexpr std::string_view kBounds =
    "1.2x is B / A, +10% and -10% a change, +5ms or -100 a difference, 200us or 0 the value of B";
constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::uint64_t kLargest = 1'000'000'000;
constexpr std::size_t kShown = 70;  // bytes of the text on either side of the caret

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_'; }

// Characters as a terminal shows them, for what is not wider than one column.
std::size_t width_of(std::string_view text) {
  const std::string shown = escape_bytes(text);
  return static_cast<std::size_t>(std::count_if(
      shown.begin(), shown.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// A place to cut at that is not inside of a character.
std::size_t whole_before(std::string_view text, std::size_t at) {
  for (int i = 0;
       i < 3 && at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; ++i)
    --at;
  return at;
}

Error wrong(std::string_view text, std::size_t at, std::string_view what, std::string_view hint) {
  const std::size_t from = at > kShown ? whole_before(text, at - kShown) : 0;
  const std::size_t to = text.size() - at > kShown ? whole_before(text, at + kShown) : text.size();
  const std::string_view lead = text.substr(from, at - from);
  return Error{Errc::usage,
               fmt::format("bad condition at column {}: {}", width_of(text.substr(0, at)) + 1, what),
               fmt::format("{}\n{}^\n{}", escape_bytes(text.substr(from, to - from)),
                           std::string(width_of(lead), ' '), hint)};
}

std::string all_metrics() {
  std::string names;
  for (const Metric metric : kAllMetrics) {
    if (!names.empty()) names += ", ";
    names += to_string(metric);
  }
  return names;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(ends.first - a.begin());
}

// The names that begin as `word` does, as far as any does; the longest common beginnings first.
std::string similar_calls(std::string_view word, const std::vector<std::string>& also_known) {
  std::vector<std::pair<std::size_t, std::string_view>> found;
  const auto consider = [&](std::string_view name) {
    if (const std::size_t same = common_prefix(word, name); !name.empty() && same > 0)
      found.emplace_back(same, name);
  };
  for (const Abi abi : kAllAbis) {
    for (const std::string_view name : syscall_names(abi)) consider(name);
  }
  for (const std::string& name : also_known) consider(name);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (found.size() > 8) found.resize(8);
  std::string names;
  for (const auto& [same, name] : found)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", escape_bytes(name));
  return names;
}

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::array<Unit, 6> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", kBillion},
                                         {"min", 60 * kBillion},
                                         {"h", 3600 * kBillion}}};

// A number as it was written, and what follows it without a blank.
struct Amount {
  std::size_t at = 0;  // of the sign or the first digit
  char sign = 0;       // 0: none
  std::int64_t billionths = 0;
  std::size_t unit_at = 0;
  std::string_view unit;
};

class Parser {
 public:
  Parser(std::string_view text, const std::vector<std::string>& also_known)
      : text_(text), also_known_(also_known) {}

  Result<FailIf> parse();

 private:
  [[nodiscard]] Error error(std::size_t at, std::string_view what, std::string_view hint) const {
    return wrong(text_, at, what, hint);
  }
  [[nodiscard]] std::string found_here() const;
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  std::string_view take_word();
  bool take(std::string_view word);
  Result<FailCondition> condition();
  Status call(FailCondition& condition);
  Status metric(FailCondition& condition);
  Status compare(FailCondition& condition);
  Status bound(FailCondition& condition);
  Result<Amount> amount();
  Status relative(FailCondition& condition, const Amount& amount) const;
  Status absolute(FailCondition& condition, const Amount& amount) const;

  std::string_view text_;
  const std::vector<std::string>& also_known_;
  std::size_t at_ = 0;
};

std::string Parser::found_here() const {
  if (at_ >= text_.size()) return "the end";
  const Utf8Char next = utf8_at(text_, at_);
  return fmt::format("'{}'", escape_bytes(text_.substr(at_, std::max<std::size_t>(next.length, 1))));
}

std::string_view Parser::take_word() {
  const std::size_t from = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  return text_.substr(from, at_ - from);
}

// A whole word, or a sign.
bool Parser::take(std::string_view word) {
  skip_blanks();
  if (!text_.substr(at_).starts_with(word)) return false;
  const std::size_t end = at_ + word.size();
  if (is_word(word.back()) && end < text_.size() && is_word(text_[end])) return false;
  at_ = end;
  return true;
}

Result<FailIf> Parser::parse() {
  if (text_.size() > kLongestFailIf)
    return error(kLongestFailIf, fmt::format("more than {} bytes", kLongestFailIf), "give fewer conditions");
  FailIf result;
  do {
    std::vector<FailCondition> all;
    do {
      Result<FailCondition> next = condition();
      if (!next) return std::move(next).error();
      all.push_back(std::move(next).value());
    } while (take("and"));
    result.any_of.push_back(std::move(all));
  } while (take(",") || take("or"));
  skip_blanks();
  if (at_ < text_.size())
    return error(at_, fmt::format("{} after a whole condition", found_here()),
                 "conditions are joined by a comma, 'or' or 'and'; 'surely' may stand behind the bound");
  return result;
}

Result<FailCondition> Parser::condition() {
  skip_blanks();
  FailCondition result;
  const std::size_t from = at_;
  for (const auto part : {&Parser::call, &Parser::metric, &Parser::compare, &Parser::bound}) {
    if (Status done = (this->*part)(result); !done) return std::move(done).error();
  }
  result.surely = take("surely");
  result.text = std::string(text_.substr(from, at_ - from));
  while (!result.text.empty() && is_blank(result.text.back())) result.text.pop_back();
  return result;
}

Status Parser::call(FailCondition& condition) {
  std::size_t from = at_;
  std::string_view word = take_word();
  if (word.empty())
    return error(at_, fmt::format("a system call, or total, is missing before {}", found_here()), kExample);
  if (at_ < text_.size() && text_[at_] == ':') {
    condition.abi = abi_from_name(word);
    if (!condition.abi)
      return error(from, fmt::format("unknown ABI '{}'", word),
                   "an ABI is x86_64, i386 or aarch64; without one all are meant");
    from = ++at_;
    word = take_word();
  }
  const bool numbered = word.starts_with("syscall_") && syscall_number(Abi::x86_64, word).has_value();
  const bool total = word == "total" && !condition.abi;
  if (!total && !numbered && !is_syscall_name(word) &&
      std::find(also_known_.begin(), also_known_.end(), word) == also_known_.end()) {
    const std::string similar = similar_calls(word, also_known_);
    return error(from, fmt::format("unknown system call '{}'", word),
                 similar.empty()
                     ? std::string("name a system call, or total for all calls together")
                     : fmt::format("name one of {} ..., or total for all calls together", similar));
  }
  condition.call = std::string(word);
  return {};
}

Status Parser::metric(FailCondition& condition) {
  if (!take("."))
    return error(at_, fmt::format("a metric is missing: {} after '{}'", found_here(), condition.call),
                 fmt::format("write {}.METRIC; metrics are {}", condition.call, all_metrics()));
  skip_blanks();
  const std::size_t from = at_;
  const std::string_view word = take_word();
  const auto known = metric_from_name(word);
  if (!known)
    return error(from,
                 word.empty() ? fmt::format("a metric is missing before {}", found_here())
                              : fmt::format("unknown metric '{}'", word),
                 fmt::format("metrics are {}", all_metrics()));
  condition.metric = *known;
  return {};
}

Status Parser::compare(FailCondition& condition) {
  // Longer ones first.
  constexpr std::array<std::pair<std::string_view, FailOperator>, 4> kOperators = {
      {{">=", FailOperator::at_least},
       {"<=", FailOperator::at_most},
       {">", FailOperator::above},
       {"<", FailOperator::below}}};
  for (const auto& [sign, meaning] : kOperators) {
    if (!take(sign)) continue;
    condition.compare = meaning;
    return {};
  }
  return error(at_, fmt::format("an operator is missing before {}", found_here()), "operators are > >= < <=");
}

Result<Amount> Parser::amount() {
  Amount result;
  result.at = at_;
  if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) result.sign = text_[at_++];
  if (at_ == text_.size() || !is_digit(text_[at_]))
    return error(at_, fmt::format("a number is missing before {}", found_here()), kBounds);
  std::uint64_t whole = 0;
  for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
    whole = whole * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
    if (whole >= kLargest)
      return error(result.at, "the number is too large",
                   "numbers are below 1000000000; a larger unit may help");
  }
  std::int64_t fraction = 0;
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    if (at_ == text_.size() || !is_digit(text_[at_]))
      return error(at_, fmt::format("a digit is missing before {}", found_here()), kBounds);
    for (std::int64_t place = kBillion / 10; at_ < text_.size() && is_digit(text_[at_]); ++at_, place /= 10)
      fraction += place * (text_[at_] - '0');
  }
  result.billionths = static_cast<std::int64_t>(whole) * kBillion + fraction;
  result.unit_at = at_;
  result.unit = text_.substr(at_, 1) == "%" ? text_.substr(at_++, 1) : take_word();
  return result;
}

Status Parser::bound(FailCondition& condition) {
  skip_blanks();
  Result<Amount> parsed = amount();
  if (!parsed) return std::move(parsed).error();
  if (parsed->unit == "x" || parsed->unit == "%") return relative(condition, *parsed);
  return absolute(condition, *parsed);
}

Status Parser::relative(FailCondition& condition, const Amount& amount) const {
  condition.kind = FailBound::ratio;
  condition.billionths = amount.billionths;
  if (amount.unit == "x") {
    if (amount.sign != 0) return error(amount.at, "a ratio has no sign", "1.2x is B / A; a change is +20%");
    return {};
  }
  if (amount.sign == 0)
    return error(amount.at, "a percentage needs a sign", "+10% is a tenth more than A, -10% a tenth less");
  const std::int64_t part = amount.billionths / 100;
  if (amount.sign == '-' && part > kBillion)
    return error(amount.at, "nothing falls by more than 100%", "-100% is nothing left");
  condition.billionths = kBillion + (amount.sign == '-' ? -part : part);
  return {};
}

Status Parser::absolute(FailCondition& condition, const Amount& amount) const {
  condition.kind = amount.sign == 0 ? FailBound::value : FailBound::shift;
  const std::int64_t sign = amount.sign == '-' ? -1 : 1;
  const std::string_view name = to_string(condition.metric);
  if (!is_time(condition.metric)) {
    if (!amount.unit.empty())
      return error(amount.unit_at,
                   fmt::format("'{}' makes no sense of {}, which is no time", amount.unit, name), kBounds);
    condition.amount = sign * amount.billionths;
    return {};
  }
  if (amount.unit.empty() && amount.billionths == 0) return {};
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                 [&](const Unit& known) { return known.name == amount.unit; });
  if (unit == kUnits.end())
    return error(amount.unit_at,
                 amount.unit.empty() ? fmt::format("{} is a time and needs a unit", name)
                                     : fmt::format("unknown unit '{}'", amount.unit),
                 "units are ns, us, ms, s, min, h; x behind the number makes it a ratio");
  const std::int64_t whole = amount.billionths / kBillion, fraction = amount.billionths % kBillion;
  // fraction * ns can pass 2^63 only for units above a second, which are whole seconds.
  const std::int64_t rest =
      unit->ns >= kBillion ? fraction * (unit->ns / kBillion) : fraction * unit->ns / kBillion;
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(whole, unit->ns, &ns) || __builtin_add_overflow(ns, rest, &ns))
    return error(amount.at, "the time is too long", "times are below 292 years");
  condition.amount = sign * ns;
  return {};
}

}  // namespace

Result<FailIf> parse_fail_if(std::string_view text, const std::vector<std::string>& also_known) {
  return Parser(text, also_known).parse();
}

}  // namespace latimer
