// Names and numbers of system calls, per ABI, as the kernel's own tables have them (tables/, generated).
//
// Numbers that the tables do not know, x32's included, are written syscall_N (decimal); that form and
// strace's syscall_0xN are read back, so name and number are inverse to each other for every int.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/model/abi.h"

namespace latimer {

// No table has a number this high; what is bigger is "unknown". Bitmaps of calls have this many bits.
inline constexpr int kSyscallNumbers = 512;

// All names of `abi`, index = number, empty = unused number. Static data.
[[nodiscard]] std::span<const std::string_view> syscall_names(Abi abi);

// O(1). Empty when the number is unknown. The text is static and NUL-terminated.
[[nodiscard]] std::string_view syscall_name_or_empty(Abi abi, int number);

// The name, or "syscall_N".
[[nodiscard]] std::string syscall_name(Abi abi, int number);

// O(1): one hash and about one comparison. Reads syscall_N and syscall_0xN too, whether or not that number
// has a name.
[[nodiscard]] std::optional<int> syscall_number(Abi abi, std::string_view name);

// Whether any ABI has a call of that name (syscall_N is none).
[[nodiscard]] bool is_syscall_name(std::string_view name);

}  // namespace latimer
