#include "cli/values.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace latimer {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint64_t kLongestNs = 10ULL * 366 * 24 * 3600 * kNsPerSecond;

struct Number {
  std::uint64_t whole = 0;
  std::uint64_t billionths = 0;
  std::string_view unit;
};

// Digits, perhaps a fraction (nine places count), then the unit. Decimal text becomes integers without
// passing through a double.
std::optional<Number> split_number(std::string_view text) {
  Number number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number.whole);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    std::uint64_t scale = kNsPerSecond / 10;
    if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
      number.billionths += scale * static_cast<std::uint64_t>(text[0] - '0');
      scale /= 10;
      text.remove_prefix(1);
    }
  }
  number.unit = text;
  return number;
}

template <std::size_t N>
std::optional<std::uint64_t> factor_of(const std::array<std::pair<std::string_view, std::uint64_t>, N>& units,
                                       std::string_view unit) {
  for (const auto& [name, factor] : units) {
    if (name == unit) return factor;
  }
  return std::nullopt;
}

Error usage(std::string_view option, std::string_view text, std::string_view expected) {
  return Error{Errc::usage, fmt::format("--{}: '{}' is not {}", option, text, expected), ""};
}

}  // namespace

Result<std::chrono::nanoseconds> parse_time(std::string_view option, std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 9> kUnits = {
      {{"", kNsPerSecond},
       {"s", kNsPerSecond},
       {"ms", 1'000'000},
       {"us", 1'000},
       {"ns", 1},
       {"m", 60 * kNsPerSecond},
       {"min", 60 * kNsPerSecond},
       {"h", 3600 * kNsPerSecond},
       {"d", 86400 * kNsPerSecond}}};
  const auto number = split_number(text);
  const auto factor = number ? factor_of(kUnits, number->unit) : std::nullopt;
  if (!factor) return usage(option, text, "a time: write 10, 10s, 500ms, 2m or 1h");
  if (number->whole > kLongestNs / *factor) return usage(option, text, "a time of less than 10 years");
  // billionths * factor can pass 2^64 only for units above a second, where splitting the factor keeps it
  // exact.
  const std::uint64_t fraction = *factor >= kNsPerSecond ? number->billionths * (*factor / kNsPerSecond)
                                                         : number->billionths * *factor / kNsPerSecond;
  const std::uint64_t ns = number->whole * *factor + fraction;
  if (ns == 0) return usage(option, text, "a time above 0");
  if (ns > kLongestNs) return usage(option, text, "a time of less than 10 years");
  return std::chrono::nanoseconds(static_cast<std::int64_t>(ns));
}

Result<std::uint64_t> parse_size(std::string_view option, std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 13> kUnits = {
      {{"", 1},
       {"B", 1},
       {"K", 1ULL << 10},
       {"k", 1ULL << 10},
       {"KB", 1ULL << 10},
       {"KiB", 1ULL << 10},
       {"M", 1ULL << 20},
       {"m", 1ULL << 20},
       {"MB", 1ULL << 20},
       {"MiB", 1ULL << 20},
       {"G", 1ULL << 30},
       {"GB", 1ULL << 30},
       {"GiB", 1ULL << 30}}};
  const auto number = split_number(text);
  const auto factor = number && number->billionths == 0 ? factor_of(kUnits, number->unit) : std::nullopt;
  if (!factor || number->whole == 0) return usage(option, text, "a size: write 65536, 64K, 8M or 1G");
  if (number->whole > (1ULL << 40) / *factor) return usage(option, text, "a size of at most 1024G");
  return number->whole * *factor;
}

Result<std::uint64_t> parse_count(std::string_view option, std::string_view text) {
  const auto number = split_number(text);
  if (!number || number->billionths != 0 || !number->unit.empty() || number->whole == 0) {
    return usage(option, text, "a whole number above 0");
  }
  return number->whole;
}

Result<std::vector<std::int32_t>> parse_pids(const std::vector<std::string>& lists) {
  std::vector<std::int32_t> pids;
  for (const std::string& list : lists) {
    std::string_view rest = list;
    for (;;) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      const std::string_view item = rest.substr(0, end);
      std::int32_t pid = 0;
      const auto [last, error] = std::from_chars(item.data(), item.data() + item.size(), pid);
      if (item.empty() || error != std::errc() || last != item.data() + item.size() || pid <= 0) {
        return Error{Errc::usage, fmt::format("--pid: '{}' is not a process id", item),
                     "write -p 1234, or -p 1234,1240 for several"};
      }
      if (std::find(pids.begin(), pids.end(), pid) == pids.end()) pids.push_back(pid);
      if (end == rest.size()) break;
      rest.remove_prefix(end + 1);
    }
  }
  return pids;
}

std::string format_by_name(std::string_view file) {
  for (const auto& [suffix, name] : {std::pair(".md", "markdown"),
                                     {".html", "html"},
                                     {".htm", "html"},
                                     {".json", "json"},
                                     {".svg", "svg"},
                                     {".txt", "text"}})
    if (file.ends_with(suffix)) return name;
  return "";
}

}  // namespace latimer
