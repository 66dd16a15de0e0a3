#include "plugins/exporters/human.h"

#include <fmt/format.h>
#include <array>
#include <cmath>

#include "core/model/text_escape.h"

namespace latimer {
namespace {

struct Unit {
  std::uint64_t ns;
  std::string_view name;
  std::uint64_t limit;  // values below this many units are shown in it
};

constexpr std::array<Unit, 6> kUnits = {{{1'000, "us", 1'000},
                                         {1'000'000, "ms", 1'000},
                                         {1'000'000'000, "s", 1'000},
                                         {60'000'000'000, "min", 100},
                                         {3'600'000'000'000, "h", 100},
                                         {86'400'000'000'000, "d", UINT64_MAX}}};

// value with three significant digits; empty when rounding reaches `limit`, so that 999.6us becomes 1.00ms
// and never 1000us.
std::string three_digits(double value, double limit) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  const double scale = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
  const double rounded = std::floor(value * scale + 0.5) / scale;
  if (rounded >= limit) return "";
  return fmt::format("{:.{}f}", rounded, decimals);
}

bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
         (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
}

bool is_combining(char32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x200B && c <= 0x200D) || (c >= 0x20D0 && c <= 0x20FF) ||
         (c >= 0xFE00 && c <= 0xFE0F);
}

}  // namespace

std::string human_duration(std::uint64_t ns) {
  if (ns < 1'000) return fmt::format("{}ns", ns);
  for (const Unit& unit : kUnits) {
    const double value = static_cast<double>(ns) / static_cast<double>(unit.ns);
    const std::string digits = three_digits(value, static_cast<double>(unit.limit));
    if (!digits.empty()) return digits + std::string(unit.name);
  }
  return "";
}

std::string human_edge(std::uint64_t ns) {
  if (ns == 0) return "0";
  if (ns >= 1ULL << 30) return fmt::format("{}s", ns >> 30);
  if (ns >= 1ULL << 20) return fmt::format("{}ms", ns >> 20);
  if (ns >= 1ULL << 10) return fmt::format("{}us", ns >> 10);
  return fmt::format("{}ns", ns);
}

std::string human_count(std::uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (std::size_t place = digits.size(); place > 3; place -= 3) digits.insert(place - 3, ",");
  return digits;
}

std::string human_rate(std::uint64_t count, std::uint64_t duration_ns) {
  if (duration_ns == 0) return "-";
  const double rate = static_cast<double>(count) * 1e9 / static_cast<double>(duration_ns);
  if (rate >= 99.95) return human_count(static_cast<std::uint64_t>(std::llround(rate)));
  if (count > 0 && rate < 0.005) return "<0.01";
  return three_digits(rate, 1e18);
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kNames = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  std::string digits;
  for (const std::string_view name : kNames) {
    value /= 1024;
    digits = value < 999.5 ? three_digits(value, 1024) : fmt::format("{:.0f}", value);
    if (value < 1023.5 || name == kNames.back()) return fmt::format("{} {}", digits, name);
  }
  return digits;
}

std::string human_percent(double share) {
  const double percent = share * 100;
  if (percent > 0 && percent < 0.01) return "<0.01%";
  if (percent < 1) return fmt::format("{:.2f}%", percent);
  return percent < 100 ? fmt::format("{:.1f}%", percent) : fmt::format("{:.0f}%", percent);
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    const Utf8Char c = utf8_at(text, offset);
    if (!is_combining(c.code)) columns += is_wide(c.code) ? 2 : 1;
    offset += c.length;
  }
  return columns;
}

}  // namespace latimer
