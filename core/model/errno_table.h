// Names of error numbers. Linux numbers them alike on x86_64, i386 and aarch64 (asm-generic), so no ABI is
// asked for.
//
// Besides what programs see (1..134) the table has the kernel-internal numbers from 512 on, above all
// ERESTARTSYS and its kin: a tracepoint sees them where the program gets EINTR or nothing at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace latimer {

// Return values in [-kMaxErrno, -1] are errors (linux/err.h); a call's other negative results are values.
inline constexpr int kMaxErrno = 4095;

inline constexpr int kErestartsys = 512;           // interrupted; restarted where the handler has SA_RESTART
inline constexpr int kErestartnointr = 513;        // interrupted; always restarted
inline constexpr int kErestartnohand = 514;        // interrupted; restarted where no handler ran
inline constexpr int kErestartRestartblock = 516;  // interrupted; continued by restart_syscall

// `number` is positive. O(1). Empty when unknown. The text is static and NUL-terminated.
[[nodiscard]] std::string_view errno_name_or_empty(int number);

// The name, or "errno_N". Where a number has two names, the one that strace prints: EAGAIN, EDEADLK, EUCLEAN.
[[nodiscard]] std::string errno_name(int number);

// Reads second names (EWOULDBLOCK, EDEADLOCK, ENOTSUP) and errno_N too.
[[nodiscard]] std::optional<int> errno_number(std::string_view name);

// ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK: the call was cut short by a signal.
[[nodiscard]] constexpr bool is_restart_errno(int number) {
  return number == kErestartsys || number == kErestartnointr || number == kErestartnohand ||
         number == kErestartRestartblock;
}

}  // namespace latimer
