#include <array>

#include "backends/strace/line.h"
#include "backends/strace/scan.h"

namespace latimer::strace {
namespace {

// signal(7), the numbers of x86 and arm. Index = number.
constexpr std::array<std::string_view, 32> kNames = {
    "",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
    "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
    "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS"};

constexpr std::uint64_t kRealTimeSignals = 32;  // SIGRT_n is 32 + n

}  // namespace

std::int32_t signal_number(std::string_view name) {
  if (name.starts_with("SIGRT_")) {
    Cursor cursor{name, 6};
    const auto offset = scan_unsigned(cursor, kRealTimeSignals);
    return offset && cursor.done() ? static_cast<std::int32_t>(kRealTimeSignals + *offset) : 0;
  }
  if (name == "SIGRTMIN") return static_cast<std::int32_t>(kRealTimeSignals);
  if (!name.starts_with("SIG")) return 0;
  name.remove_prefix(3);
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<std::int32_t>(i);
  }
  return 0;
}

}  // namespace latimer::strace
