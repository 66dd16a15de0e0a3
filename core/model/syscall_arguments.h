// What arguments a system call takes: their names and kinds, as the kernel's own descriptions have them
// (tables/arguments.h, generated). The same for all ABIs, by the call's name; off_t arguments that i386
// splits over two registers are those of the 64-bit call.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/model/abi.h"

namespace latimer {

// The letters are those of the table.
enum class ArgumentKind : char {
  descriptor = 'F',   // an open file of the caller
  folder = 'D',       // the same, or AT_FDCWD: where a relative path begins
  path = 'P',         // char *: the name of a file
  text = 'S',         // char *: another name
  address = 'A',      // struct sockaddr *
  pointer = 'X',      // any other, or an address in memory
  int32 = 'i',        // signed, 32 bits of the register
  uint32 = 'u',       // unsigned, 32 bits
  int64 = 'I',        // signed
  uint64 = 'U',       // unsigned: sizes, counts
  bits32 = 'h',       // flags, 32 bits
  bits64 = 'H',       // flags
  permissions = 'o',  // a file's mode
};

inline constexpr std::size_t kMostArguments = 6;

struct CallArgumentSpec {
  std::string_view name;
  ArgumentKind kind = ArgumentKind::uint64;
};

struct CallSpec {
  bool known = false;  // false: the rest means nothing; there may be six
  std::uint8_t count = 0;
  // Where the first argument of that kind stands; -1: there is none. A path's folder is the one before it.
  std::int8_t descriptor = -1;  // kinds descriptor and folder
  std::int8_t path = -1;        // the first path
  std::int8_t second_path = -1;
  std::int8_t address = -1;
  std::array<CallArgumentSpec, kMostArguments> arguments{};

  // By its name; -1: no such argument.
  [[nodiscard]] int find(std::string_view name) const;
};

// O(1). Of a number without a name: known is false. Static data.
[[nodiscard]] const CallSpec& call_spec(Abi abi, int number);

}  // namespace latimer
