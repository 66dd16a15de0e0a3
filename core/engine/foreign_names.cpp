#include "core/engine/foreign_names.h"

#include "core/model/errno_table.h"

namespace latimer {
namespace {

constexpr std::size_t kMost = 100;
constexpr std::int32_t kOtherCalls = -2;
constexpr std::int32_t kOtherErrors = kMaxErrno + 1;
constexpr std::string_view kOthers = "(others)";
constexpr std::size_t kLongestName = 64;

std::string shortened(std::string_view name) {
  if (name.size() <= kLongestName) return std::string(name);
  return std::string(name.substr(0, kLongestName)) + "...";
}

}  // namespace

std::int32_t ForeignNameTable::call(std::string_view name) {
  std::string key = shortened(name);
  if (const auto known = calls_.find(key); known != calls_.end()) return known->second;
  if (calls_.size() >= kMost) {
    names_.calls.try_emplace(kOtherCalls, kOthers);
    return kOtherCalls;
  }
  const std::int32_t number = kOtherCalls - 1 - static_cast<std::int32_t>(calls_.size());
  names_.calls.emplace(number, key);
  calls_.emplace(std::move(key), number);
  return number;
}

std::int32_t ForeignNameTable::error(std::string_view name) {
  std::string key = shortened(name);
  if (const auto known = errors_.find(key); known != errors_.end()) return known->second;
  if (errors_.size() >= kMost) {
    names_.errors.try_emplace(kOtherErrors, kOthers);
    return kOtherErrors;
  }
  const std::int32_t number = kOtherErrors + 1 + static_cast<std::int32_t>(errors_.size());
  names_.errors.emplace(number, key);
  errors_.emplace(std::move(key), number);
  return number;
}

std::int32_t ForeignNameTable::nameless(std::int32_t number) {
  if (nameless_.contains(number)) return number;
  if (nameless_.size() >= kMost || number < -1) {
    names_.calls.try_emplace(kOtherCalls, kOthers);
    return kOtherCalls;
  }
  nameless_.insert(number);
  return number;
}

}  // namespace latimer
