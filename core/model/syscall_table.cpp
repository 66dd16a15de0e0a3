#include "core/model/syscall_table.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/model/tables/syscalls_aarch64.h"
#include "core/model/tables/syscalls_i386.h"
#include "core/model/tables/syscalls_x86_64.h"

namespace latimer {
namespace {

static_assert(tables::kSyscallsX86_64.size() <= kSyscallNumbers);
static_assert(tables::kSyscallsI386.size() <= kSyscallNumbers);
static_assert(tables::kSyscallsAarch64.size() <= kSyscallNumbers);

constexpr std::uint32_t hash(std::string_view text) {  // FNV-1a, 32 bits
  std::uint32_t value = 2166136261u;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619u;
  return value ^ (value >> 15);
}

// Open addressing, built by the compiler: slot -> number + 1, 0 = free. At most a quarter full.
constexpr std::size_t kSlots = 2048;
using NameIndex = std::array<std::uint16_t, kSlots>;

template <std::size_t N>
constexpr NameIndex make_index(const std::array<std::string_view, N>& names) {
  NameIndex index{};
  for (std::size_t number = 0; number < N; ++number) {
    if (names[number].empty()) continue;
    std::size_t slot = hash(names[number]) % kSlots;
    while (index[slot] != 0) slot = (slot + 1) % kSlots;
    index[slot] = static_cast<std::uint16_t>(number + 1);
  }
  return index;
}

constexpr std::array<NameIndex, kAbiCount> kIndexes = {make_index(tables::kSyscallsX86_64),
                                                       make_index(tables::kSyscallsI386),
                                                       make_index(tables::kSyscallsAarch64)};

std::optional<int> find_name(Abi abi, std::string_view name) {
  if (name.empty()) return std::nullopt;
  const std::span<const std::string_view> names = syscall_names(abi);
  const NameIndex& index = kIndexes[static_cast<std::size_t>(abi)];
  for (std::size_t slot = hash(name) % kSlots; index[slot] != 0; slot = (slot + 1) % kSlots) {
    const int number = index[slot] - 1;
    if (names[static_cast<std::size_t>(number)] == name) return number;
  }
  return std::nullopt;
}

// "N" and "0xN", the latter as the 32-bit pattern that strace prints: 0xffffffff is -1.
std::optional<int> parse_number(std::string_view text) {
  const char* const end = text.data() + text.size();
  if (text.starts_with("0x")) {
    std::uint32_t bits = 0;
    const auto [stop, error] = std::from_chars(text.data() + 2, end, bits, 16);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return static_cast<int>(bits);
  }
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

constexpr std::string_view kUnknownPrefix = "syscall_";

}  // namespace

std::span<const std::string_view> syscall_names(Abi abi) {
  switch (abi) {
    case Abi::x86_64:
      return tables::kSyscallsX86_64;
    case Abi::i386:
      return tables::kSyscallsI386;
    case Abi::aarch64:
      return tables::kSyscallsAarch64;
  }
  return {};
}

std::string_view syscall_name_or_empty(Abi abi, int number) {
  const std::span<const std::string_view> names = syscall_names(abi);
  if (number < 0 || static_cast<std::size_t>(number) >= names.size()) return {};
  return names[static_cast<std::size_t>(number)];
}

std::string syscall_name(Abi abi, int number) {
  const std::string_view name = syscall_name_or_empty(abi, number);
  if (!name.empty()) return std::string(name);
  return std::string(kUnknownPrefix) + std::to_string(number);
}

std::optional<int> syscall_number(Abi abi, std::string_view name) {
  if (const std::optional<int> number = find_name(abi, name)) return number;
  if (!name.starts_with(kUnknownPrefix)) return std::nullopt;
  return parse_number(name.substr(kUnknownPrefix.size()));
}

bool is_syscall_name(std::string_view name) {
  return std::any_of(kAllAbis.begin(), kAllAbis.end(),
                     [&](Abi abi) { return find_name(abi, name).has_value(); });
}

}  // namespace latimer
