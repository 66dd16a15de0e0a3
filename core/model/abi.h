// The system call ABIs whose numbers Latimer knows. A number means nothing without its ABI: 12 is brk on
// x86_64, chdir on i386 and llistxattr on aarch64, so the ABI is part of every key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace latimer {

// The values are stored in trace files and shared with BPF: never renumber.
enum class Abi : std::uint8_t {
  x86_64 = 0,   // 64-bit entry; x32 calls (bit 30 of the number set) count as unknown numbers of it
  i386 = 1,     // int 0x80 or compat sysenter/syscall: 32-bit programs, and 64-bit ones that use int 0x80
  aarch64 = 2,  // 64-bit arm
};

inline constexpr std::size_t kAbiCount = 3;
inline constexpr std::array<Abi, kAbiCount> kAllAbis = {Abi::x86_64, Abi::i386, Abi::aarch64};

// Set in the number of a call made through the x32 ABI (asm/unistd.h: __X32_SYSCALL_BIT).
inline constexpr int kX32SyscallBit = 0x40000000;

// The ABIs that programs can use on the machine this was compiled for, the native one first. (32-bit arm
// programs on aarch64 are not known here.)
#if defined(__aarch64__)
inline constexpr std::array<Abi, 1> kHostAbis = {Abi::aarch64};
#elif defined(__i386__)
inline constexpr std::array<Abi, 1> kHostAbis = {Abi::i386};
#else
inline constexpr std::array<Abi, 2> kHostAbis = {Abi::x86_64, Abi::i386};
#endif
inline constexpr Abi kNativeAbi = kHostAbis[0];

[[nodiscard]] constexpr std::string_view to_string(Abi abi) {
  switch (abi) {
    case Abi::x86_64:
      return "x86_64";
    case Abi::i386:
      return "i386";
    case Abi::aarch64:
      return "aarch64";
  }
  return "unknown";
}

[[nodiscard]] constexpr std::optional<Abi> abi_from_name(std::string_view name) {
  for (const Abi abi : kAllAbis) {
    if (to_string(abi) == name) return abi;
  }
  return std::nullopt;
}

}  // namespace latimer
