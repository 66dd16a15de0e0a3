#include "core/model/errno_table.h"

#include <charconv>
#include <span>
#include <unordered_map>

#include "core/model/tables/errors.h"

namespace latimer {
namespace {

constexpr std::string_view kUnknownPrefix = "errno_";

// ENOTSUP is a name of the C library only; the kernel's headers have no such macro.
constexpr std::string_view kEnotsup = "ENOTSUP";
constexpr int kEopnotsupp = 95;
static_assert(tables::kErrors[kEopnotsupp] == "EOPNOTSUPP");

std::unordered_map<std::string_view, int> known_numbers() {
  std::unordered_map<std::string_view, int> numbers;
  const auto add = [&numbers](std::span<const std::string_view> names, int base) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!names[i].empty()) numbers.try_emplace(names[i], base + static_cast<int>(i));
    }
  };
  add(tables::kErrors, 0);
  add(tables::kInternalErrors, tables::kFirstInternalError);
  for (const auto& [alias, number] : tables::kErrorAliases) numbers.try_emplace(alias, number);
  numbers.try_emplace(kEnotsup, kEopnotsupp);
  return numbers;
}

}  // namespace

std::string_view errno_name_or_empty(int number) {
  if (number < 0) return {};
  const auto index = static_cast<std::size_t>(number);
  if (index < tables::kErrors.size()) return tables::kErrors[index];
  const std::size_t internal = index - tables::kFirstInternalError;  // wraps to something huge below 512
  return internal < tables::kInternalErrors.size() ? tables::kInternalErrors[internal] : std::string_view();
}

std::string errno_name(int number) {
  const std::string_view name = errno_name_or_empty(number);
  if (!name.empty()) return std::string(name);
  return std::string(kUnknownPrefix) + std::to_string(number);
}

std::optional<int> errno_number(std::string_view name) {
  static const std::unordered_map<std::string_view, int> kKnown = known_numbers();
  if (const auto known = kKnown.find(name); known != kKnown.end()) return known->second;
  if (!name.starts_with(kUnknownPrefix)) return std::nullopt;
  const std::string_view digits = name.substr(kUnknownPrefix.size());
  int number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || stop != digits.data() + digits.size()) return std::nullopt;
  return number;
}
}  // namespace latimer
