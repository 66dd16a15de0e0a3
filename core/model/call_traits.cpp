#include "core/model/call_traits.h"

#include <string_view>

namespace latimer {
namespace {

std::uint8_t traits_of(std::string_view name) {
  if (name == "exit" || name == "exit_group") return kNeverReturns;
  if (name == "execve" || name == "execveat") return kExecutes;
  if (name == "rt_sigreturn" || name == "sigreturn") return kSigreturns;
  if (name == "restart_syscall") return kRestarts;
  if (name == "clone" || name == "clone3" || name == "fork" || name == "vfork") return kClones;
  if (name == "prctl") return kSetsName;
  return 0;
}

std::array<std::array<std::uint8_t, kSyscallNumbers>, kAbiCount> make_traits() {
  std::array<std::array<std::uint8_t, kSyscallNumbers>, kAbiCount> traits{};
  for (const Abi abi : kAllAbis) {
    for (int number = 0; number < kSyscallNumbers; ++number) {
      traits[static_cast<std::size_t>(abi)][static_cast<std::size_t>(number)] =
          traits_of(syscall_name_or_empty(abi, number));
    }
  }
  return traits;
}

}  // namespace

const std::array<std::array<std::uint8_t, kSyscallNumbers>, kAbiCount> kCallTraits = make_traits();

}  // namespace latimer
