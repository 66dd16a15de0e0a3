#include "tests/damaged/damage_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <random>
#include <utility>
#include <vector>

#include "cli/values.h"
#include "core/model/errno_table.h"

namespace latimer::damaged {
namespace {

constexpr std::array<std::pair<std::string_view, Defect>, 5> kDefects{{{"none", Defect::none},
                                                                       {"drop", Defect::drop},
                                                                       {"shift", Defect::shift},
                                                                       {"errno", Defect::errno_label},
                                                                       {"thread", Defect::thread}}};

// What an error is turned into when nobody says: errors that any call might have.
constexpr std::array kLabels{"EPERM", "EIO", "EBUSY", "EINVAL", "ENOMEM", "EACCES"};

constexpr std::string_view kHint =
    "for example LATIMER_DAMAGE=inner=strace,defect=drop,rate=1000,seed=42; tests/damaged/damage_plan.h has "
    "all of it";

Error wrong(std::string_view what) {
  return {Errc::usage, fmt::format("LATIMER_DAMAGE: {}", what), std::string(kHint)};
}

Status set_number(std::string_view key, std::string_view value, std::uint64_t& to) {
  const Result<std::uint64_t> number = parse_count(key, value);
  if (!number) return wrong(number.error().message);
  to = number.value();
  return {};
}

Status set_errno(std::string_view key, std::string_view value, std::int32_t& to) {
  const std::optional<int> number = errno_number(value);
  if (!number || *number <= 0) return wrong(fmt::format("{}: '{}' is no error's name", key, value));
  to = *number;
  return {};
}

Status set_inner(DamagePlan& plan, std::string_view value) {
  if (value.empty()) return wrong("inner: a backend's name is missing");
  plan.inner = value;
  return {};
}

Status set_defect(DamagePlan& plan, std::string_view value) {
  for (const auto& [name, defect] : kDefects) {
    if (name != value) continue;
    plan.defect = defect;
    return {};
  }
  return wrong(fmt::format("defect: '{}' is none of none, drop, shift, errno, thread", value));
}

Status set_by(DamagePlan& plan, std::string_view value) {
  const bool negative = value.starts_with('-');
  const auto time = parse_time("by", value.substr(negative ? 1 : 0));
  if (!time) return wrong(time.error().message);
  plan.by_ns = negative ? -time->count() : time->count();
  return {};
}

// "1.2" as 1200000: decimal text, up to six digits behind the point.
Status set_factor(DamagePlan& plan, std::string_view value) {
  const std::size_t point = std::min(value.find('.'), value.size());
  std::string digits(value.substr(0, point));
  const std::string_view behind = value.substr(std::min(point + 1, value.size()));
  digits.append(behind).append(6 - std::min<std::size_t>(behind.size(), 6), '0');
  std::uint64_t ppm = 0;
  const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ppm);
  const bool read = error == std::errc() && last == digits.data() + digits.size();
  if (point == 0 || behind.size() > 6 || !read || ppm == 0 || ppm > 1'000'000'000 || ppm == 1'000'000)
    return wrong(fmt::format("factor: '{}' is no number above 0, up to 1000, and other than 1", value));
  plan.factor_ppm = ppm;
  return {};
}

constexpr unsigned bit(Defect defect) { return 1U << static_cast<unsigned>(defect); }
constexpr unsigned kAny = ~0U;

// A word that may be said, and the defects to which it says something.
struct Setting {
  std::string_view key;
  unsigned defects;
  Status (*set)(DamagePlan& plan, std::string_view value);
};

constexpr auto kRandomly = bit(Defect::drop) | bit(Defect::shift) | bit(Defect::errno_label);
const std::array kSettings{
    Setting{"inner", kAny, set_inner},
    Setting{"defect", kAny, set_defect},
    Setting{"seed", kAny,
            [](DamagePlan& plan, std::string_view value) { return set_number("seed", value, plan.seed); }},
    Setting{"rate", kRandomly,
            [](DamagePlan& plan, std::string_view value) { return set_number("rate", value, plan.rate); }},
    Setting{"by", bit(Defect::shift), set_by},
    Setting{"factor", bit(Defect::shift), set_factor},
    Setting{"nth", bit(Defect::errno_label) | bit(Defect::thread),
            [](DamagePlan& plan, std::string_view value) { return set_number("nth", value, plan.nth); }},
    Setting{"from", bit(Defect::errno_label),
            [](DamagePlan& plan, std::string_view value) { return set_errno("from", value, plan.victim); }},
    Setting{"to", bit(Defect::errno_label),
            [](DamagePlan& plan, std::string_view value) { return set_errno("to", value, plan.label); }},
    Setting{"honest-ledger", bit(Defect::drop) | bit(Defect::thread),
            [](DamagePlan& plan, std::string_view value) -> Status {
              if (!value.empty()) return wrong("honest-ledger: takes no value");
              plan.honest_ledger = true;
              return {};
            }},
};

using Words = std::vector<std::pair<const Setting*, std::string_view>>;

Result<Words> words_of(std::string_view text) {
  Words words;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view key = word.substr(0, equals);
    const auto* const setting = std::find_if(kSettings.begin(), kSettings.end(),
                                             [&](const Setting& known) { return known.key == key; });
    if (setting == kSettings.end()) return wrong(fmt::format("'{}' is not understood", word));
    if (std::any_of(words.begin(), words.end(), [&](const auto& has) { return has.first == setting; }))
      return wrong(fmt::format("{} is there twice", key));
    words.emplace_back(setting, word.substr(std::min(equals + 1, word.size())));
  }
  return words;
}

bool said(const Words& words, std::string_view key) {
  return std::any_of(words.begin(), words.end(), [&](const auto& word) { return word.first->key == key; });
}

// What was left out. Drawn from the seed alone, so that all captures of one plan have the same.
void fill_in(DamagePlan& plan, const Words& words) {
  std::mt19937_64 draw(plan.seed);
  const std::uint64_t nth = 1 + draw() % 3;
  const std::size_t label = draw() % kLabels.size();
  if (plan.defect == Defect::drop && !said(words, "rate")) plan.rate = 1000;
  if (!said(words, "nth")) plan.nth = nth;
  if (plan.defect != Defect::errno_label || said(words, "to")) return;
  plan.label = errno_number(kLabels[label]).value_or(1);
  if (plan.label == plan.victim) plan.label = errno_number(kLabels[(label + 1) % kLabels.size()]).value_or(1);
}

Status check(const DamagePlan& plan, const Words& words) {
  for (const auto& [setting, value] : words) {
    if ((setting->defects & bit(plan.defect)) == 0)
      return wrong(fmt::format("{} says nothing to this defect", setting->key));
  }
  if (plan.defect == Defect::shift && said(words, "by") == said(words, "factor"))
    return wrong("shift is either by=TIME or factor=X");
  if (said(words, "from") && said(words, "nth")) return wrong("errno is either from=ENAME or nth=N");
  if (said(words, "from") && plan.victim == plan.label) return wrong("from and to are the same error");
  return {};
}

}  // namespace

Result<DamagePlan> parse_damage(std::string_view text) {
  DamagePlan plan;
  plan.text = text;
  const Result<Words> words = words_of(text);
  if (!words) return words.error();
  for (const auto& [setting, value] : words.value()) {
    if (Status set = setting->set(plan, value); !set) return std::move(set).error();
  }
  if (Status checked = check(plan, words.value()); !checked) return std::move(checked).error();
  fill_in(plan, words.value());
  return plan;
}

}  // namespace latimer::damaged
