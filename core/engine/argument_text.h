// The arguments of a call as tracers print them, taken apart. Pure; the views point into the text.
//
//   AT_FDCWD</tmp>, "a, b)"..., O_RDONLY|O_CLOEXEC       strace, and Latimer's own trace files
//   fd=3</etc/passwd>, buf=..., count=100                strace -N
//   dfd: CWD, filename: 0xb535f2a0, flags: RDONLY        perf trace, which leaves out what is zero
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/model/syscall_arguments.h"

namespace latimer {

// One argument: its text, and what stands in <> behind it.
struct ArgumentText {
  std::string_view value;
  std::optional<std::string_view> annotation;
};

class ArgumentTexts {
 public:
  // `spec`: of the call, for arguments that are printed by name.
  ArgumentTexts(std::string_view text, const CallSpec& spec);

  // nullptr: it is not there.
  [[nodiscard]] const ArgumentText* at(int index) const {
    return index >= 0 && index < static_cast<int>(told_.size()) && told_[static_cast<std::size_t>(index)]
               ? &texts_[static_cast<std::size_t>(index)]
               : nullptr;
  }
  // perf trace's: what is not there is zero.
  [[nodiscard]] bool zeros_left_out() const { return zeros_left_out_; }

 private:
  void take(std::string_view item, std::size_t& next, const CallSpec& spec);

  std::array<ArgumentText, kMostArguments> texts_;
  std::array<bool, kMostArguments> told_{};
  bool zeros_left_out_ = false;
};

// The end of the first item of `text`: where its comma is, or its end. Over strings, brackets, comments and
// annotations.
[[nodiscard]] std::size_t end_of_item(std::string_view text);

// "3</etc/passwd>(deleted)" -> 3 and /etc/passwd.
[[nodiscard]] ArgumentText split_annotation(std::string_view item);

// Decimal, 0x hexadecimal, octal; as a 64-bit register. nullopt: no number, or more behind it.
[[nodiscard]] std::optional<std::int64_t> parse_register(std::string_view text);

// Whether one of the words of "O_RDONLY|O_CLOEXEC|0x8000" is `name`, as "CLOEXEC", with a prefix or without.
[[nodiscard]] bool has_word(std::string_view words, std::string_view name);

}  // namespace latimer
