// Which system calls to observe: the argument of -e/--trace, in strace's language.
//
//   openat,read          names; a name of any ABI will do (waitpid exists on i386 only)
//   %file,%network       strace's classes (core/model/syscall_class.h); file, desc ... without % as well,
//                        also ipc and signal: for i386's calls of these names write /^ipc$/
//   /^epoll/             RE2, matching anywhere in a name; strace's unclosed form /^epoll is read, too
//   59,syscall_451       numbers: that number in every ABI, as in strace, known or not
//   ?name                no error when there is no such call (or class, or match)
//   !openat,close        everything but these, numbers without a name included
//   all, none            alone
//   trace=...            strace's own spelling of the option
#pragma once

#include <array>
#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/abi.h"
#include "core/model/result.h"
#include "core/model/syscall_table.h"

namespace latimer {

// A plain value. Default-constructed it selects everything.
class SyscallFilter {
 public:
  using Mask = std::bitset<kSyscallNumbers>;

  SyscallFilter();

  // Errc::usage; the message quotes the offending item, the hint lists the forms or the nearest names.
  [[nodiscard]] static Result<SyscallFilter> parse(std::string_view expression);

  // O(1). Right for any int: numbers outside the mask are unknown ones.
  [[nodiscard]] bool selects(Abi abi, int number) const;

  // Numbers that neither the tables name nor the expression mentions, those beyond the mask included.
  [[nodiscard]] bool selects_unknown_numbers() const { return unknown_; }

  [[nodiscard]] bool selects_all() const;
  [[nodiscard]] bool selects_nothing() const;

  // Bit = number; unnamed numbers have the bit that selects() answers for them.
  [[nodiscard]] const Mask& mask(Abi abi) const { return masks_[static_cast<std::size_t>(abi)]; }

  // The argument of `strace -e trace=` with which strace (5.0 to 7.2 were looked at) reports at least the
  // calls selected here, in plain names. It reports more: strace cannot filter calls that are newer than
  // itself, or have no name at all, and always prints them; and a name goes for all ABIs. So whoever reads
  // the output asks selects() again. Not for --seccomp-bpf, which drops the nameless ones.
  [[nodiscard]] std::string strace_expression() const;

  // The expression, normalised: parse(text()) selects the same. "all" by default.
  [[nodiscard]] const std::string& text() const { return text_; }

  // This one, and besides what `other` selects. text() stays this one's.
  [[nodiscard]] SyscallFilter with(const SyscallFilter& other) const;

  // The names in the expression that `abi` does not have, so that a user who asks for "umount" on x86_64 can
  // be told that only 32-bit programs make such a call.
  [[nodiscard]] std::vector<std::string> names_absent_from(Abi abi) const;

 private:
  friend class FilterParser;

  std::array<Mask, kAbiCount> masks_;
  bool unknown_ = true;
  std::string text_ = "all";
  std::vector<std::string> names_;  // plain names of the expression, in order
};

}  // namespace latimer
