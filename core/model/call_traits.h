// What a call does to the task that makes it, beyond returning: what whoever pairs entries and exits must
// know. Goes by name and is the same for all ABIs.
#pragma once

#include <array>
#include <cstdint>

#include "core/model/abi.h"
#include "core/model/syscall_table.h"

namespace latimer {

// Or-ed.
enum CallTrait : std::uint8_t {
  kNeverReturns = 1,  // exit, exit_group
  kExecutes = 2,      // execve, execveat
  kSigreturns = 4,    // rt_sigreturn, sigreturn: the register of the interrupted code comes back
  kRestarts = 8,      // restart_syscall: goes on with an interrupted call
  kClones = 16,       // clone, clone3, fork, vfork
  kSetsName = 32,     // prctl, which may give the task another name
};

extern const std::array<std::array<std::uint8_t, kSyscallNumbers>, kAbiCount> kCallTraits;

// O(1). 0 for numbers that have no name.
[[nodiscard]] inline std::uint8_t call_traits(Abi abi, int number) {
  if (number < 0 || number >= kSyscallNumbers) return 0;
  return kCallTraits[static_cast<std::size_t>(abi)][static_cast<std::size_t>(number)];
}

}  // namespace latimer
